"""The desk, the learner's hours and the back-office lists: who sees them, what they say, how many queries they need."""

import io
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lms.core.screens import Action, DeskCard
from lms.people.enums import Role
from lms.programmes.enums import EnrolmentState, HourKind
from lms.programmes.services import set_credit
from lms.programmes.views.desk import _greeting, one_primary
from tests import factories

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
AT = datetime(2025, 3, 10, 12, tzinfo=ZONE)
LISTS = ("programme", "term", "group", "enrolment")


def credit(
    enrolment: Any, minutes: int, reference: str, *, kind: HourKind = HourKind.OFFLINE, reason: str = ""
) -> None:
    about = {"source": "test", "reference": reference, "earned_on": date(2025, 3, 3), "at": AT, "reason": reason}
    set_credit(enrolment, minutes, kind=kind, **about)


def test_one_button_of_the_desk_stands_out() -> None:
    def card(key: str, *primary: bool) -> DeskCard:
        return DeskCard(key, "now", key, actions=[Action(key, "/", primary=one) for one in primary])

    shown = one_primary([card("calm", False), card("first", True, True), card("second", True)])
    assert [[action.primary for action in card.actions] for card in shown] == [[False], [True, False], [False]]


@pytest.mark.parametrize("name", ["desk", "hours"])
def test_anonymous_visitors_sign_in_first(client: Any, name: str) -> None:
    response = client.get(reverse(f"lms_programmes:{name}"))
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/accounts/login/")


def test_the_desk_of_somebody_without_a_seat_says_what_to_do(signed_in: Any, outsider: Any) -> None:
    response = signed_in(outsider).get(reverse("lms_programmes:desk"))
    assert response.status_code == 200
    assert "您还没有参加任何一期培训" in response.content.decode()


def test_the_desk_of_staff_leads_to_the_back_office(signed_in: Any, administrator: Any) -> None:
    page = signed_in(administrator).get(reverse("lms_programmes:desk")).content.decode()
    assert reverse("wagtailadmin_home") in page


def test_the_desk_names_term_class_and_number(signed_in: Any) -> None:
    term = factories.a_term()
    enrolment = factories.an_enrolment(term, group=factories.a_group(term, name="春季一班"), number=37)
    page = signed_in(enrolment.person.user).get(reverse("lms_programmes:desk")).content.decode()
    for part in ("2025年春季班", "春季一班", "37", "张伟，"):
        assert part in page


def test_the_desk_shows_the_cards_of_the_plugins_in_their_zones(signed_in: Any, monkeypatch: Any) -> None:
    from wagtail import hooks

    cards = [
        DeskCard("b", "due", "交作业", order=20, actions=()),
        DeskCard("a", "now", "绩效面谈技巧", order=10, state="info", state_label="可签到"),
    ]
    enrolment = factories.an_enrolment()
    monkeypatch.setattr(hooks, "get_hooks", lambda name: [lambda *_args: cards] if name == "lms_desk_cards" else [])
    response = signed_in(enrolment.person.user).get(reverse("lms_programmes:desk"))
    zones = response.context["zones"]
    assert [card.key for card in zones["now"]] == ["a"]
    assert [card.key for card in zones["due"]] == ["b"]
    assert [card.key for card in zones["progress"]] == ["programmes.hours"]
    page = response.content.decode()
    assert page.index("绩效面谈技巧") < page.index("交作业")


@pytest.mark.parametrize("rows", [3, 200])
def test_the_desk_needs_at_most_twelve_queries(signed_in: Any, rows: int) -> None:
    enrolment = factories.an_enrolment()
    for place in range(rows):
        credit(enrolment, 45, str(place))
    client = signed_in(enrolment.person.user)
    client.get(reverse("lms_programmes:desk"))  # the first page of a process reads what the site keeps in its cache
    with CaptureQueriesContext(connection) as queries:
        assert client.get(reverse("lms_programmes:desk")).status_code == 200
    assert len(queries) <= 12, [query["sql"][:120] for query in queries]


@pytest.mark.parametrize("rows", [3, 200])
def test_the_hours_page_needs_the_same_queries(signed_in: Any, rows: int) -> None:
    enrolment = factories.an_enrolment()
    for place in range(rows):
        credit(enrolment, 45, str(place))
    client = signed_in(enrolment.person.user)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(reverse("lms_programmes:hours")).status_code == 200
    assert len(queries) <= 8


def test_hours_line_by_line_with_a_running_balance(signed_in: Any) -> None:
    enrolment = factories.an_enrolment()
    credit(enrolment, 180, "1")
    credit(enrolment, 135, "1", reason="早退一学时")
    credit(enrolment, 30, "2", kind=HourKind.ONLINE)
    response = signed_in(enrolment.person.user).get(reverse("lms_programmes:hours"))
    lines = [(line.entry.minutes, line.balance) for line in response.context["page"]]
    assert lines == [(30, 165), (-45, 135), (180, 180)]
    figures = [(figure.value, figure.of) for figure in response.context["figures"]]
    assert figures == [("3", "72"), ("0.67", "18"), ("3.67", "90")]
    assert "早退一学时" in response.content.decode()


def test_nobody_reads_the_hours_of_another(signed_in: Any) -> None:
    mine, hers = factories.an_enrolment(), factories.an_enrolment()
    credit(hers, 45, "1", reason="她的记录")
    page = signed_in(mine.person.user).get(reverse("lms_programmes:hours"), {"term": hers.term.code})
    assert "她的记录" not in page.content.decode()
    assert page.context["enrolment"] == mine


@pytest.mark.parametrize(("hour", "words"), [(8, "上午好"), (12, "下午好"), (18, "晚上好"), (4, "晚上好")])
def test_the_greeting_follows_the_clock(hour: int, words: str) -> None:
    assert _greeting(datetime(2025, 3, 10, hour, tzinfo=ZONE), "张伟") == f"张伟，{words}"


@pytest.mark.parametrize("name", LISTS)
def test_lists_answer_403_to_the_wrong_role(signed_in: Any, name: str) -> None:
    expert = factories.staff(Role.EXPERT)
    for action in ("index", "add"):
        assert signed_in(expert).get(reverse(f"lms_programmes_{name}:{action}")).status_code == 403


@pytest.mark.parametrize("name", LISTS)
def test_lists_send_outsiders_away(signed_in: Any, outsider: Any, client: Any, name: str) -> None:
    for visitor in (signed_in(outsider), client):
        response = visitor.get(reverse(f"lms_programmes_{name}:index"))
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("name", ["programme", "term", "group"])
def test_whoever_may_only_look_cannot_change(signed_in: Any, name: str) -> None:
    term = factories.a_term()
    pk = {"programme": term.programme_id, "term": term.pk, "group": factories.a_group(term).pk}[name]
    client = signed_in(factories.staff(Role.ASSISTANT))
    assert client.get(reverse(f"lms_programmes_{name}:index")).status_code == 200
    assert client.get(reverse(f"lms_programmes_{name}:inspect", args=[pk])).status_code == 200
    for action in ("edit", "delete"):
        assert client.get(reverse(f"lms_programmes_{name}:{action}", args=[pk])).status_code == 403


def test_nobody_deletes_a_programme_or_adds_a_seat_by_hand(signed_in: Any, administrator: Any) -> None:
    enrolment = factories.an_enrolment()
    client = signed_in(administrator)
    assert client.get(reverse("lms_programmes_enrolment:add")).status_code == 403
    assert client.post(reverse("lms_programmes_enrolment:delete", args=[enrolment.pk])).status_code == 403
    address = reverse("lms_programmes_programme:delete", args=[enrolment.term.programme_id])
    assert client.post(address).status_code == 403


def test_enrolments_are_found_by_pinyin_and_filtered(signed_in: Any, administrator: Any) -> None:
    term = factories.a_term()
    factories.an_enrolment(term, factories.a_person("欧阳建国"))
    factories.an_enrolment(term, factories.a_person("李秀英"), state=EnrolmentState.WITHDRAWN)
    address = reverse("lms_programmes_enrolment:index")
    client = signed_in(administrator)
    for query, found in (({"q": "ouyang"}, "欧阳建国"), ({"state": "withdrawn"}, "李秀英"), ({"q": "lxy"}, "李秀英")):
        rows = client.get(address, query).context["object_list"]
        assert [row.person.name for row in rows] == [found]


def test_the_export_has_a_row_for_each_seat_and_no_formulas(signed_in: Any, administrator: Any) -> None:
    factories.an_enrolment(person=factories.a_person("=1+1"))
    address = reverse("lms_programmes_enrolment:index")
    response = signed_in(administrator).get(address, {"export": "xlsx"})
    content = b"".join(response.streaming_content) if response.streaming else response.content
    rows = list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))
    assert rows[0][:4] == ("期次", "班级", "学号", "姓名")
    assert rows[1][3] == "=1+1"
    written = signed_in(administrator).get(address, {"export": "csv"})
    text = (b"".join(written.streaming_content) if written.streaming else written.content).decode()
    assert ",'=1+1," in text


def test_the_enrolment_list_needs_the_same_queries_for_3_and_200(signed_in: Any, administrator: Any) -> None:
    client, term, counts = signed_in(administrator), factories.a_term(), []
    for _place in range(3):
        factories.an_enrolment(term)
    client.get(reverse("lms_programmes_enrolment:index"))
    for more in (0, 197):
        for _place in range(more):
            factories.an_enrolment(term)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("lms_programmes_enrolment:index"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_staff_read_a_ledger(signed_in: Any, administrator: Any) -> None:
    enrolment = factories.an_enrolment()
    credit(enrolment, 90, "7", reason="补课")
    page = signed_in(administrator).get(reverse("lms_programmes_enrolment:inspect", args=[enrolment.pk]))
    assert page.status_code == 200
    assert "补课" in page.content.decode()
