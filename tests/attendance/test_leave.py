"""Leave: asked for before the session, one or several at once, with a file; answered together or entered afterwards."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.dispatch import Signal
from django.urls import reverse
from django.utils.translation import gettext as _
from PIL import Image
from wagtail.models import ModelLogEntry

from lms.attendance.enums import EvidenceKind, LeaveState
from lms.attendance.models import LeaveRequest, Session
from lms.attendance.selectors import attendance_of, leave_cases, leave_requests, verify_credits
from lms.attendance.services import (
    ask_leave,
    ask_leaves,
    close_session,
    decide_leave,
    decide_leaves,
    grant_leave,
    keep_evidence,
    withdraw_leave,
    withdraw_leaves,
)
from lms.attendance.signals import leave_asked, leave_decided, leave_withdrawn
from lms.core.exceptions import DomainError
from lms.files.models import PrivateFile
from lms.files.selectors import may_open
from lms.people.enums import Role
from lms.programmes.models import Enrolment, Term
from tests import factories
from tests.attendance.factories import a_learner, a_session, at

pytestmark = pytest.mark.django_db
MINE, STAFF = "/attendance/leave/", "lms_attendance_admin:leave"


@pytest.fixture(autouse=True)
def private_files(settings: Any, tmp_path: Any) -> None:
    settings.LMS_PRIVATE_ROOT = tmp_path


def days(term: Term, count: int) -> list[Session]:
    """Sessions of 180 class minutes on 10 March and the days after."""
    return [a_session(term, starts_at=at(10 + n)) for n in range(count)]


def a_picture(name: str = "note.jpg") -> SimpleUploadedFile:
    held = io.BytesIO()
    Image.new("RGB", (20, 20), "white").save(held, "JPEG")
    return SimpleUploadedFile(name, held.getvalue(), content_type="image/jpeg")


def a_note(seat: Enrolment) -> PrivateFile:
    owner = seat.person.user
    return keep_evidence(a_picture().file, kind=EvidenceKind.LEAVE, name="note.jpg", owner=owner, at=at(9))


def code_of(refused: Any) -> str:
    return refused.value.code


@contextmanager
def hearing(signal: Signal) -> Iterator[list[list[int]]]:
    """The keys of the requests of each announcement."""
    heard: list[list[int]] = []

    def hear(leave: LeaveRequest, leaves: list[LeaveRequest], **facts: Any) -> None:
        assert leave == leaves[0]
        heard.append([found.pk for found in leaves])

    signal.connect(hear)
    try:
        yield heard
    finally:
        signal.disconnect(hear)


# asking


def test_several_sessions_are_asked_for_at_once_each_with_a_request_of_its_own(
    term: Term, django_capture_on_commit_callbacks: Any
) -> None:
    seat, sessions = a_learner(term), days(term, 3)
    note = a_note(seat)
    with hearing(leave_asked) as heard, django_capture_on_commit_callbacks(execute=True):
        leaves = ask_leaves(seat, sessions, reason="住院", at=at(9), evidence=note)
    assert [leave.session_id for leave in leaves] == [session.pk for session in sessions]
    assert {leave.evidence_id for leave in leaves} == {note.pk}
    assert heard == [[leave.pk for leave in leaves]]
    again = ask_leaves(seat, [*sessions, a_session(term, starts_at=at(20))], reason="又", at=at(9))
    assert [leave.pk for leave in again][:3] == [leave.pk for leave in leaves]
    assert LeaveRequest.objects.count() == 4


def test_once_a_session_has_begun_nobody_asks_any_more_and_nothing_of_the_range_is_written(term: Term) -> None:
    seat, sessions = a_learner(term), days(term, 2)
    ask_leave(seat, sessions[0], reason="早退前一分钟", at=at(10, "08:29"))
    LeaveRequest.objects.all().delete()
    with pytest.raises(DomainError) as refused:
        ask_leaves(seat, sessions, reason="住院", at=at(10, "08:30"))
    assert code_of(refused) == "too_late"
    assert refused.value.refusals[0].explanation
    assert not LeaveRequest.objects.exists()


def test_the_screen_takes_a_range_and_a_photo(signed_in: Any, term: Term) -> None:
    seat, sessions = a_learner(term), days(term, 4)
    client = signed_in(seat.person.user)
    with time_machine.travel(at(9), tick=False):
        typed = {"session": sessions[0].pk, "until": sessions[2].pk, "reason": "住院", "evidence": a_picture()}
        assert client.post(MINE, typed).status_code == 302
        assert LeaveRequest.objects.count() == 3
        backwards = {"session": sessions[3].pk, "until": sessions[0].pk, "reason": "x"}
        assert "until" in client.post(MINE, backwards).context["form"].errors
        page = client.get(MINE)
        assert page.context["form"]["session"].value() == sessions[3].pk, "the first she has not asked for yet"
    assert PrivateFile.objects.get().expires_at is None
    assert "note.jpg" in page.content.decode()


def test_a_refused_file_keeps_what_was_typed_and_a_good_file_survives_a_missing_reason(
    signed_in: Any, term: Term
) -> None:
    seat, session = a_learner(term), a_session(term)
    client = signed_in(seat.person.user)
    with time_machine.travel(at(9), tick=False):
        wrong = SimpleUploadedFile("note.pdf", b"%PDF-1.7 broken", content_type="application/pdf")
        page = client.post(MINE, {"session": session.pk, "reason": "住院三天", "evidence": wrong})
        assert page.context["form"].errors.keys() == {"evidence"}
        assert "住院三天" in page.content.decode()
        page = client.post(MINE, {"session": session.pk, "reason": "", "evidence": a_picture()})
        assert page.context["form"].errors.keys() == {"reason"}
        kept = page.context["form"].file
        assert str(kept.pk) in page.content.decode()
        client.post(MINE, {"session": session.pk, "reason": "住院", "kept": str(kept.pk)})
    assert LeaveRequest.objects.get().evidence_id == kept.pk


# answering


def test_requests_are_answered_together_and_the_learner_is_told_once(
    term: Term, assistant: Any, django_capture_on_commit_callbacks: Any
) -> None:
    seat, other, sessions = a_learner(term), a_learner(term), days(term, 2)
    leaves = [
        *ask_leaves(seat, sessions, reason="住院", at=at(9)),
        ask_leave(other, sessions[0], reason="差", at=at(9)),
    ]
    with pytest.raises(DomainError) as refused:
        decide_leaves(leaves, approve=False, answer=" ", at=at(9), actor=assistant)
    assert code_of(refused) == "reason_missing"
    with hearing(leave_decided) as heard, django_capture_on_commit_callbacks(execute=True):
        decide_leaves(leaves, approve=False, answer="考核当日", at=at(9), actor=assistant)
    assert set(LeaveRequest.objects.values_list("state", "answer")) == {("refused", "考核当日")}
    assert sorted(heard) == [[leaves[0].pk, leaves[1].pk], [leaves[2].pk]]


def test_one_that_is_decided_already_stops_the_whole_bulk(term: Term, assistant: Any) -> None:
    seat, sessions = a_learner(term), days(term, 2)
    first, second = ask_leaves(seat, sessions, reason="住院", at=at(9))
    withdraw_leave(second, at=at(9), actor=seat.person.user)
    with pytest.raises(DomainError) as refused:
        decide_leaves([first, second], approve=True, answer="", at=at(9), actor=assistant)
    assert code_of(refused) == "already_decided"
    assert LeaveRequest.objects.get(pk=first.pk).state == "pending"


def test_the_figures_beside_a_request_say_what_it_would_cost(term: Term, assistant: Any) -> None:
    seat, sessions = a_learner(term), days(term, 6)
    close_session(sessions[0], at=at(10, "12:00"), actor=assistant)
    ask_leaves(seat, sessions[1:3], reason="住院", at=at(10, "13:00"))
    (case,) = leave_cases(list(leave_requests()))
    assert case.standing is not None
    assert (case.standing.missed, case.standing.may_still_miss, case.minutes, case.too_much) == (180, 180, 360, True)
    decide_leave(case.leaves[1], approve=False, answer="来", at=at(10, "14:00"), actor=assistant)
    (case,) = leave_cases(list(leave_requests().filter(state=LeaveState.PENDING)))
    assert (case.minutes, case.too_much) == (180, False)


def test_the_assistant_answers_several_on_one_screen(signed_in: Any, term: Term, assistant: Any) -> None:
    seat, other, sessions = a_learner(term), a_learner(term), days(term, 2)
    leaves = [
        *ask_leaves(seat, sessions, reason="住院", at=at(9)),
        ask_leave(other, sessions[0], reason="差", at=at(9)),
    ]
    client, keys = signed_in(assistant), [leave.pk for leave in leaves]
    page = client.get(reverse(STAFF))
    assert [len(case.leaves) for case in page.context["page"]] == [2, 1]
    page = client.post(reverse(STAFF), {"leave": keys[1:], "act": "refuse", "answer": ""})
    assert page.context["form"].errors.keys() == {"answer"}
    assert (page.context["wrong"], page.context["unticked"]) == ({keys[0], keys[2]}, {keys[0]})
    assert client.post(reverse(STAFF), {"act": "approve"}).context["form"].errors
    client.post(reverse(STAFF), {"leave": keys[:2], "act": "approve", "answer": ""})
    client.post(reverse(STAFF), {"leave": keys[2], "act": "refuse", "answer": "当日有考核"})
    assert sorted(LeaveRequest.objects.values_list("state", flat=True)) == ["approved", "approved", "refused"]


# entered by the assistant


def test_leave_is_entered_afterwards_once(term: Term, assistant: Any) -> None:
    (session,), seat, waiting = days(term, 1), a_learner(term), a_learner(term)
    asked = ask_leave(waiting, session, reason="自述", at=at(9))
    with pytest.raises(DomainError) as refused:
        grant_leave(session, [seat], reason=" ", at=at(11), actor=assistant)
    assert code_of(refused) == "reason_missing"
    assert len(grant_leave(session, [seat, waiting], reason="急诊", at=at(11), actor=assistant)) == 2
    assert grant_leave(session, [seat, waiting], reason="急诊", at=at(11), actor=assistant) == []
    asked.refresh_from_db()
    assert (asked.state, asked.reason, asked.answer) == ("approved", "自述", "急诊")
    with pytest.raises(DomainError) as refused:
        grant_leave(session, [a_learner(factories.a_term())], reason="急诊", at=at(11), actor=assistant)
    assert code_of(refused) == "not_expected"


# taking back


def approved(term: Term, seat: Enrolment, count: int, assistant: Any) -> list[LeaveRequest]:
    leaves = ask_leaves(seat, days(term, count), reason="住院", at=at(8))
    return list(decide_leaves(leaves, approve=True, answer="准假", at=at(8, "12:00"), actor=assistant))


def test_approved_leave_is_taken_back_until_the_session_begins_and_keeps_its_approval(
    term: Term, assistant: Any, django_capture_on_commit_callbacks: Any
) -> None:
    seat = a_learner(term)
    first, second = approved(term, seat, 2, assistant)
    with hearing(leave_withdrawn) as heard, django_capture_on_commit_callbacks(execute=True):
        withdraw_leave(first, at=at(10, "08:29"), actor=seat.person.user)
        again = withdraw_leave(first, at=at(10, "08:40"), actor=seat.person.user)
    assert heard == [[first.pk]]
    found = LeaveRequest.objects.get(pk=first.pk)
    assert (found.state, found.answer, found.decided_by, found.decided_at) == (
        "withdrawn",
        "准假",
        assistant,
        at(8, "12:00"),
    )
    assert (found.withdrawn_by, found.withdrawn_at, again.withdrawn_at) == (seat.person.user, *[at(10, "08:29")] * 2)
    entry = ModelLogEntry.objects.get(action="lms_attendance.withdraw_leave")
    assert (entry.data["before"], entry.data["after"]) == ({"state": "approved"}, {"state": "withdrawn"})
    assert [own.on_leave for own in attendance_of(seat).sessions] == [False, True]
    assert ask_leave(seat, first.session, reason="又", at=at(10, "08:29")).pk != first.pk
    assert LeaveRequest.objects.get(pk=second.pk).state == "approved"


@pytest.mark.parametrize(("closed", "clock", "code"), [(False, "08:30", "too_late"), (True, "12:00", "session_closed")])
def test_once_it_has_begun_the_leave_stands(term: Term, assistant: Any, closed: bool, clock: str, code: str) -> None:
    seat = a_learner(term)
    begun, ahead = approved(term, seat, 2, assistant)
    if closed:
        close_session(begun.session, at=at(10, "11:50"), actor=assistant)
    with pytest.raises(DomainError) as refused:
        withdraw_leaves([begun, ahead], at=at(10, clock), actor=seat.person.user)
    assert code_of(refused) == code
    assert refused.value.refusals[0].explanation
    assert set(LeaveRequest.objects.values_list("state", flat=True)) == {"approved"}
    assert not list(verify_credits())


def test_a_refused_request_is_not_withdrawn_and_the_assistant_says_why(term: Term, assistant: Any) -> None:
    seat = a_learner(term)
    (leave,) = approved(term, seat, 1, assistant)
    with pytest.raises(DomainError) as refused:
        withdraw_leave(leave, at=at(9), actor=assistant, reason=" ")
    assert code_of(refused) == "reason_missing"
    other = ask_leave(a_learner(term), leave.session, reason="差", at=at(8))
    decide_leave(other, approve=False, answer="考核", at=at(8), actor=assistant)
    with pytest.raises(DomainError) as refused:
        withdraw_leaves([leave, other], at=at(9), actor=assistant, reason="本人来电")
    assert code_of(refused) == "already_decided"
    assert withdraw_leave(leave, at=at(9), actor=assistant, reason="本人来电").withdrawn_by == assistant


def test_the_learner_takes_it_back_on_her_pages(signed_in: Any, term: Term, assistant: Any) -> None:
    seat = a_learner(term)
    first, second = approved(term, seat, 2, assistant)
    client, own = signed_in(seat.person.user), f"/attendance/sessions/{second.session_id}/"
    buttons = [reverse("lms_attendance:withdraw_leave", args=[leave.pk]) for leave in (first, second)]
    with time_machine.travel(at(10, "09:00"), tick=False):
        page = client.get(MINE).content.decode()
        assert [button in page for button in buttons] == [False, True]
        assert buttons[1] in client.get(own).content.decode()
        said = [str(message) for message in client.post(buttons[0], follow=True).context["messages"]]
        assert len(said) == 1
        assert str(_("This session has begun; leave for it can no longer be withdrawn.")) in said[0]
        said = [str(message) for message in client.post(buttons[1], follow=True).context["messages"]]
        assert said == [_("Your leave is withdrawn. You are expected at the session; the class assistant is told.")]
        assert buttons[1] not in client.get(MINE).content.decode()
    assert sorted(LeaveRequest.objects.values_list("state", flat=True)) == ["approved", "withdrawn"]


def test_the_assistant_takes_some_of_it_back_for_her(signed_in: Any, term: Term, assistant: Any) -> None:
    seat = a_learner(term)
    first, second = approved(term, seat, 2, assistant)
    client, list_ = signed_in(assistant), reverse(STAFF) + "?state=approved"
    with time_machine.travel(at(9), tick=False):
        assert 'value="withdraw"' in client.get(list_).content.decode()
        page = client.post(list_, {"leave": [second.pk], "act": "withdraw", "answer": ""})
        assert page.context["form"].errors.keys() == {"answer"}
        assert client.post(list_, {"leave": [second.pk], "act": "withdraw", "answer": "本人来电"})["Location"] == list_
    with time_machine.travel(at(10, "08:30"), tick=False):
        assert 'value="withdraw"' not in client.get(list_).content.decode()
        client.post(list_, {"leave": [first.pk], "act": "withdraw", "answer": "本人来电"})
    assert list(LeaveRequest.objects.order_by("pk").values_list("state", flat=True)) == ["approved", "withdrawn"]


def test_nobody_else_takes_it_back(signed_in: Any, term: Term, assistant: Any, outsider: Any) -> None:
    group = factories.a_group(term, "A")
    group.assistants.add(assistant)
    stranger = factories.staff(Role.ASSISTANT)
    factories.a_group(term, "B").assistants.add(stranger)
    seat = a_learner(term, group=group)
    (leave,) = approved(term, seat, 1, assistant)
    button = reverse("lms_attendance:withdraw_leave", args=[leave.pk])
    sent = {"leave": leave.pk, "act": "withdraw", "answer": "x"}
    with time_machine.travel(at(9), tick=False):
        for user in (outsider, a_learner(term, group=group).person.user, assistant, stranger):
            assert signed_in(user).post(button).status_code == 404
        for user in (stranger, factories.staff(Role.INSTRUCTOR), factories.staff(Role.SUPERVISOR)):
            assert signed_in(user).post(reverse(STAFF), sent).status_code == 403
        signed_in(outsider).post(reverse(STAFF), sent)
        assert signed_in(seat.person.user).get(button).status_code == 405
    assert LeaveRequest.objects.get().state == "approved"


@pytest.mark.skipif(not apps.is_installed("lms.notifications"), reason="lms.notifications is not installed beside it")
def test_who_did_not_act_is_told(term: Term, assistant: Any, django_capture_on_commit_callbacks: Any) -> None:
    Notice = apps.get_model("lms_notifications", "Notice")
    group = factories.a_group(term, "A")
    group.assistants.add(assistant)
    seat = a_learner(term, group=group)
    first, second, third = approved(term, seat, 3, assistant)
    with django_capture_on_commit_callbacks(execute=True):
        withdraw_leave(first, at=at(9), actor=seat.person.user)
        withdraw_leaves([second, third], at=at(9), actor=assistant, reason="本人来电")
    told = [(notice.user, notice.kind) for notice in Notice.objects.order_by("pk")]
    assert told == [(assistant, "leave_withdrawn"), (seat.person.user, "leaves_ended")]


# outsiders and loads


def test_strangers_neither_decide_nor_open_the_file(signed_in: Any, term: Term) -> None:
    mine, me, stranger = factories.a_group(term, "A"), factories.staff(Role.ASSISTANT), factories.staff(Role.ASSISTANT)
    mine.assistants.add(me)
    factories.a_group(term, "B").assistants.add(stranger)
    seat, session = a_learner(term, group=mine), a_session(term)
    note = a_note(seat)
    leave = ask_leave(seat, session, reason="住院", at=at(9), evidence=note)
    answer = {"leave": leave.pk, "act": "approve"}
    assert list(signed_in(stranger).get(reverse(STAFF)).context["page"]) == []
    assert signed_in(stranger).post(reverse(STAFF), answer).status_code == 403
    for user in (factories.staff(Role.INSTRUCTOR), factories.staff(Role.SUPERVISOR)):
        assert signed_in(user).get(reverse(STAFF)).status_code == 403
        assert signed_in(user).post(reverse(STAFF), answer).status_code == 403
    assert signed_in(seat.person.user).post(reverse(STAFF), answer).status_code == 302
    assert LeaveRequest.objects.get().state == "pending"
    assert may_open(note, seat.person.user)
    assert may_open(note, me)
    for user in (stranger, a_learner(term, group=mine).person.user, factories.staff(Role.INSTRUCTOR)):
        assert not may_open(note, user)


@pytest.mark.parametrize("count", [3, 200])
def test_queries_of_the_leave_screens(
    signed_in: Any, term: Term, assistant: Any, django_assert_max_num_queries: Any, count: int
) -> None:
    (session,) = days(term, 1)
    for _n in range(count):
        ask_leave(a_learner(term), session, reason="住院", at=at(9))
    client, keys = signed_in(assistant), list(LeaveRequest.objects.values_list("pk", flat=True))
    client.get(reverse(STAFF))
    with django_assert_max_num_queries(26):
        assert client.get(reverse(STAFF)).status_code == 200
    with time_machine.travel(at(9), tick=False), django_assert_max_num_queries(26):
        assert client.get(reverse(STAFF), {"state": "all", "page": 2}).status_code == 200
    assert client.post(reverse(STAFF), {"leave": keys, "act": "approve"}).status_code == 302
    assert LeaveRequest.objects.filter(state="approved").count() == count
