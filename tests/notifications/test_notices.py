"""Notices: once each, in the reader's language, by e-mail and text message."""

import json
from datetime import datetime
from typing import Any

import pytest
from django.apps import apps
from django.core import mail
from django.urls import reverse
from django.utils import translation

from lms.core.fields import encrypt_text
from lms.notifications import tasks
from lms.notifications.conf import SEALED
from lms.notifications.enums import WORDING, MailState, NoticeKind
from lms.notifications.models import Notice, Preference, TextMessage
from lms.notifications.receivers.listening import FACTS
from lms.notifications.selectors import unread_of, words_of
from lms.notifications.services import (
    mark_all_read,
    mark_read,
    save_preference,
    send_text_message,
    send_waiting_mail,
    tell,
)
from lms.notifications.views import bar_item, desk_card
from lms.people.enums import Role
from lms.people.services import make_activation_code
from lms.programmes.services import enrol_person
from tests import factories

pytestmark = pytest.mark.django_db
SENT: list[tuple[str, str]] = []


class ListSms:
    def send(self, phone: str, text: str) -> None:
        SENT.append((phone, text))


class BrokenSms:
    def send(self, phone: str, text: str) -> None:
        raise ConnectionError


@pytest.fixture(autouse=True)
def _empty_list() -> None:
    SENT.clear()


@pytest.fixture
def learner() -> Any:
    return factories.a_user(email="li@example.org", password="Qinling-2025-jixiao")


def told(*users: Any, at: datetime, key: str = "certificate:1", number: str = "XYJX-2025-00001") -> None:
    tell(users, NoticeKind.CERTIFICATE_ISSUED, key=key, at=at, url="/certificates/", params={"number": number})


def test_a_fact_told_twice_is_one_notice_for_each_user(learner: Any, noon: datetime) -> None:
    other = factories.a_user()
    told(learner, other, at=noon)
    told(learner, other, at=noon)
    told(learner, at=noon, key="certificate:2")
    assert sorted(Notice.objects.values_list("user", "key")) == sorted(
        [(learner.pk, "certificate:1"), (other.pk, "certificate:1"), (learner.pk, "certificate:2")]
    )


def test_the_words_are_made_in_the_readers_language(learner: Any, noon: datetime) -> None:
    params = {"title": "理论考试", "opens_at": noon, "closes_at": noon, "minutes": 90}
    tell([learner], NoticeKind.EXAM_PUBLISHED, key="e:1", at=noon, params=params)
    notice = Notice.objects.get()
    assert notice.params["opens_at"] == "2025-03-10T12:00:00+08:00"
    with translation.override("en"):
        assert words_of(notice).title == "“理论考试” is announced"
        assert "Mon 10 Mar 2025 12:00" in words_of(notice).body
    with translation.override("zh-hans"):
        assert "2025年3月10日 周一 12:00" in words_of(notice).body
        assert "理论考试" in words_of(notice).title
        assert "announced" not in words_of(notice).title


def test_every_kind_has_words() -> None:
    assert set(WORDING) == set(NoticeKind)


def test_everybody_with_an_address_gets_the_mail_once(learner: Any, noon: datetime, settings: Any) -> None:
    settings.LMS_PUBLIC_ORIGIN = "https://lms.example.org"
    told(learner, factories.a_user(), at=noon)
    assert list(Notice.objects.order_by("pk").values_list("mail", flat=True)) == ["waiting", "none"]
    assert (send_waiting_mail(), send_waiting_mail()) == (1, 0)
    assert [message.to for message in mail.outbox] == [["li@example.org"]]
    assert "https://lms.example.org/certificates/" in mail.outbox[0].body
    assert "XYJX-2025-00001" in mail.outbox[0].body


def test_preferences_decide_about_mail_and_its_language(learner: Any, noon: datetime) -> None:
    save_preference(learner, address="li@example.org", mail=True, muted_topics={"assessment"}, language="en")
    told(learner, at=noon)
    tell([learner], NoticeKind.WORK_MARKED, key="w", at=noon, params={"title": "方案", "mark": "90", "comment": ""})
    send_waiting_mail()
    assert [message.subject for message in mail.outbox] == ["“方案” is marked: 90"]
    Preference.objects.update(mail=False)
    tell([learner], NoticeKind.REPLIED, key="r", at=noon, params={"title": "a", "name": "b"})
    assert Notice.objects.get(key="r").mail == MailState.NONE


def test_a_mail_that_fails_waits_and_is_sent_later(learner: Any, noon: datetime, settings: Any) -> None:
    told(learner, at=noon)
    works = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "tests.notifications.test_notices.BrokenMail"
    with pytest.raises(ConnectionError):
        tasks.mail_waiting()
    assert Notice.objects.get().mail == MailState.WAITING
    settings.EMAIL_BACKEND = works
    assert tasks.mail_waiting() == 1


class BrokenMail:
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def send_messages(self, messages: Any) -> int:
        raise ConnectionError


def test_text_messages_go_out_once_by_key(noon: datetime, settings: Any) -> None:
    settings.LMS_NOTIFICATIONS_SMS_BACKEND = "tests.notifications.test_notices.BrokenSms"
    with pytest.raises(ConnectionError):
        send_text_message("13900000001", "hello", key="k", at=noon)
    settings.LMS_NOTIFICATIONS_SMS_BACKEND = "tests.notifications.test_notices.ListSms"
    assert send_text_message("13900000001", "hello", key="k", at=noon)
    assert not send_text_message("13900000001", "hello", key="k", at=noon)
    assert SENT == [("13900000001", "hello")]
    assert TextMessage.objects.get().masked_phone == "139****0001"
    settings.LMS_NOTIFICATIONS_SMS_BACKEND = ""
    assert not send_text_message("13900000001", "hello", key="other", at=noon)


def test_an_activation_code_is_texted_and_never_queued_in_clear(
    noon: datetime, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.LMS_NOTIFICATIONS_SMS_BACKEND = "tests.notifications.test_notices.ListSms"
    person = factories.a_person(phone="13900000001")
    with django_capture_on_commit_callbacks(execute=True):
        code = make_activation_code(person, at=noon)
    [(phone, text)] = SENT
    assert phone == "13900000001"
    assert code in text
    sealed = encrypt_text(json.dumps({"phone": "1", "text": "x", "key": "k"}), context=SEALED)
    assert tasks.text(sealed)
    assert "text" not in sealed


def test_a_seat_tells_its_holder(noon: datetime) -> None:
    person = factories.a_person("李静")
    term = factories.a_term()
    enrol_person(person, term, at=noon)
    notice = Notice.objects.get(user=person.user)
    assert (notice.kind, notice.url, notice.made_at) == ("enrolled", "/desk/", noon)
    with translation.override("en"):
        assert words_of(notice).title == "You have a seat in 2025年春季班"


def test_a_notice_that_fails_never_undoes_the_fact(noon: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("lms.notifications.receivers.training.tell", fail)
    enrolment = enrol_person(factories.a_person(), factories.a_term(), at=noon)
    assert enrolment.pk
    assert not Notice.objects.exists()


def test_every_listened_signal_exists_in_its_app() -> None:
    from importlib import import_module

    missing = [
        f"{app}.{signal}"
        for app, signal, _receiver in FACTS
        if apps.is_installed(app) and not hasattr(import_module(f"{app}.signals"), signal)
    ]
    assert missing == []


def test_the_inbox_shows_marks_and_leads_on(signed_in: Any, learner: Any, noon: datetime) -> None:
    told(learner, at=noon)
    client = signed_in(learner)
    inbox = reverse("lms_notifications:inbox")
    assert "XYJX-2025-00001" in client.get(inbox).content.decode()
    notice = Notice.objects.get()
    assert notice.read_at is None
    response = client.post(reverse("lms_notifications:open", args=[notice.pk]))
    assert response.headers["Location"] == "/certificates/"
    notice.refresh_from_db()
    assert notice.read_at is not None
    assert list(client.get(inbox, {"show": "unread"}).context["rows"]) == []


def test_a_notice_never_leads_to_another_site(signed_in: Any, learner: Any, noon: datetime) -> None:
    tell(
        [learner], NoticeKind.REPLIED, key="r", at=noon, url="https://example.org/", params={"title": "a", "name": "b"}
    )
    response = signed_in(learner).post(reverse("lms_notifications:open", args=[Notice.objects.get().pk]))
    assert response.headers["Location"] == reverse("lms_notifications:inbox")


def test_an_outsider_opens_no_notice_of_others(
    signed_in: Any, client: Any, learner: Any, outsider: Any, noon: datetime
) -> None:
    told(learner, at=noon)
    address = reverse("lms_notifications:open", args=[Notice.objects.get().pk])
    assert signed_in(outsider).post(address).status_code == 404
    assert signed_in(outsider).get(address).status_code == 405
    for name in ("inbox", "preferences"):
        assert "login" in client.get(reverse(f"lms_notifications:{name}")).headers["Location"]
    assert "login" in client.post(address).headers["Location"]
    assert mark_read(outsider, Notice.objects.get().pk, at=noon) is None


def test_everything_is_marked_read_at_once(signed_in: Any, learner: Any, noon: datetime) -> None:
    for number in range(3):
        told(learner, at=noon, key=str(number))
    assert mark_all_read(factories.a_user(), at=noon) == 0
    signed_in(learner).post(reverse("lms_notifications:read_all"))
    assert not Notice.objects.filter(read_at=None).exists()


def test_the_bell_and_the_card_share_one_query(
    rf: Any, learner: Any, noon: datetime, django_assert_num_queries: Any
) -> None:
    for number in range(150):
        told(learner, at=noon, key=str(number))
    request = rf.get("/desk/")
    request.user = learner
    with django_assert_num_queries(1):
        bell = bar_item(request)
        card = desk_card(request, None)
    assert bell is not None
    assert card is not None
    assert (bell.shown, card.zone, len(card.lines)) == ("99+", "due", 3)
    assert len(unread_of(learner)) == 100


def test_the_inbox_costs_the_same_for_3_notices_and_for_200(
    signed_in: Any, learner: Any, noon: datetime, django_assert_max_num_queries: Any
) -> None:
    client, counts = signed_in(learner), []
    client.get(reverse("lms_notifications:inbox"))
    for wanted in (3, 200):
        for number in range(Notice.objects.count(), wanted):
            told(learner, at=noon, key=str(number))
        with django_assert_max_num_queries(12) as queries:
            client.get(reverse("lms_notifications:inbox"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_new_address_needs_the_password(signed_in: Any, learner: Any) -> None:
    client, address = signed_in(learner), reverse("lms_notifications:preferences")
    values = {"address": "new@example.org", "mail": "on", "topics": ["training"], "language": "en", "password": ""}
    response = client.post(address, values)
    assert response.status_code == 422
    assert "password" in response.context["form"].errors
    client.post(address, {**values, "password": "Qinling-2025-jixiao"})
    learner.refresh_from_db()
    held = Preference.objects.get(user=learner)
    assert (learner.email, held.mail, held.muted_topics, held.language) == (
        "new@example.org",
        True,
        ["assessment", "exchange"],
        "en",
    )


def test_somebody_without_a_person_may_read_her_messages(signed_in: Any, noon: datetime) -> None:
    examiner = factories.staff(Role.EXAMINER)
    told(examiner, at=noon)
    assert signed_in(examiner).get(reverse("lms_notifications:inbox")).status_code == 200
