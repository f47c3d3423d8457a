"""A compiled read gives what its query set gives, afresh each time, on either database."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.safestring import mark_safe

from lms.core.selectors import CompiledRead
from lms.core.templatetags.lms_ui import state_badge
from lms.programmes.models import Enrolment, Programme, Term
from tests import factories

pytestmark = pytest.mark.django_db
NOON = datetime(2025, 3, 10, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


def seats(term: int, since: datetime):
    held = Enrolment.objects.filter(term_id=term, enrolled_at__gte=since)
    return held.select_related("term__programme", "person__unit", "group").order_by("number")


def test_model_objects_with_their_relations_need_no_further_query() -> None:
    term = factories.a_term()
    with_unit = factories.an_enrolment(term, factories.a_person(unit=factories.a_unit("市财政局")), enrolled_at=NOON)
    without = factories.an_enrolment(term, enrolled_at=NOON + timedelta(days=1))
    read = CompiledRead(seats, term=int, since=datetime)
    found = read(term=term.pk, since=NOON)
    assert found == list(seats(term.pk, NOON)) == [with_unit, without]
    with CaptureQueriesContext(connection) as queries:
        assert [seat.person.unit and seat.person.unit.name for seat in found] == ["市财政局", None]
        assert [seat.term.programme for seat in found] == [term.programme] * 2
        assert [seat.person.id_number for seat in found] == [with_unit.person.id_number, without.person.id_number]
        assert [seat.group for seat in found] == [None, None]
    assert len(queries) == 0
    assert not found[0]._state.adding


def test_the_same_read_with_other_values_and_after_a_change() -> None:
    term = factories.a_term()
    seat = factories.an_enrolment(term, enrolled_at=NOON)
    read = CompiledRead(seats, term=int, since=datetime)
    assert read.first(term=term.pk, since=NOON) == seat
    assert read.first(term=term.pk, since=NOON + timedelta(microseconds=1)) is None
    assert read(term=term.pk + 1, since=NOON) == []
    Enrolment.objects.filter(pk=seat.pk).update(number=777)
    assert read.first(term=term.pk, since=NOON).number == 777


@pytest.mark.parametrize(
    ("typed", "wanted"), [("春", ["春季", "春天"]), ("春季", ["春季"]), ("%", ["%"]), ("_", ["_"])]
)
def test_what_was_typed_is_no_pattern(typed: str, wanted: list[str]) -> None:
    programme = factories.a_programme()
    for name in ("春季", "春天", "%", "_", "秋季"):
        factories.a_term(programme, name=name)
    read = CompiledRead(
        lambda words: Term.objects.filter(name__startswith=words).order_by("pk").values_list("name"),
        words=str,
    )
    assert [name for (name,) in read(words=typed)] == wanted


def test_one_query_a_call_that_shows_its_values() -> None:
    read = CompiledRead(lambda slug: Programme.objects.filter(slug=slug), slug=str)
    with CaptureQueriesContext(connection) as queries:
        read(slug="one")
        read(slug="two")
    assert ["one" in queries[0]["sql"], "two" in queries[1]["sql"], len(queries)] == [True, True, 2]


@pytest.mark.parametrize("values", [{}, {"slug": None}, {"slug": "a", "other": 1}])
def test_missing_unknown_and_empty_values_are_refused(values: dict) -> None:
    read = CompiledRead(lambda slug: Programme.objects.filter(slug=slug), slug=str)
    with pytest.raises(TypeError):
        read(**values)


def test_a_slot_that_does_not_reach_the_statement_is_refused() -> None:
    read = CompiledRead(lambda slug: Programme.objects.all(), slug=str)
    with pytest.raises(TypeError, match="slug"):
        read(slug="a")


def test_a_signed_out_session_ends_at_once(signed_in) -> None:
    seat = factories.an_enrolment()
    client = signed_in(seat.person.user)
    copy = type(client)()
    copy.cookies["sessionid"] = client.cookies["sessionid"].value
    assert copy.get("/desk/").status_code == 200
    client.post("/accounts/logout/")
    assert copy.get("/desk/").status_code == 302


def test_a_kept_badge_does_not_make_typed_markup_safe() -> None:
    assert "<b>1</b>" in state_badge("info", mark_safe("<b>1</b>"))
    assert "&lt;b&gt;1&lt;/b&gt;" in state_badge("info", "<b>1</b>")
