"""Corrections and leave: told once, with the figures and the page that shows them."""

from datetime import date
from typing import Any

import pytest

from lms.attendance.services import Correction, ask_leaves, correct_attendance, decide_leaves
from lms.notifications.models import Notice
from lms.notifications.selectors import words_of
from lms.people.enums import Role
from lms.programmes.models import Term
from tests import factories
from tests.attendance.factories import a_learner, a_session, a_timetable, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def term() -> Term:
    found = factories.a_term(ends_on=date(2025, 3, 31))
    a_timetable(found)
    return found


def test_a_correction_says_before_and_after_and_leads_to_the_session(
    term: Term, django_capture_on_commit_callbacks: Any
) -> None:
    session, seat = a_session(term), a_learner(term)
    with django_capture_on_commit_callbacks(execute=True):
        correct_attendance(
            session,
            [Correction(seat, 135)],
            reason="设备故障",
            at=at(10, "14:00"),
            actor=factories.staff(Role.ASSISTANT),
        )
    notice = Notice.objects.get(user=seat.person.user)
    assert (notice.kind, notice.url) == ("minutes_corrected", f"/attendance/sessions/{session.pk}/")
    assert words_of(notice).body == "“绩效面谈技巧”：原计 0 分钟，现计 135 分钟，共 180 分钟。理由：设备故障"


def test_leave_from_several_sessions_is_told_once_to_each(term: Term, django_capture_on_commit_callbacks: Any) -> None:
    group, assistant = factories.a_group(term, "A"), factories.staff(Role.ASSISTANT)
    group.assistants.add(assistant)
    seat, sessions = a_learner(term, group=group), [a_session(term, starts_at=at(10 + n)) for n in range(3)]
    with django_capture_on_commit_callbacks(execute=True):
        leaves = ask_leaves(seat, sessions, reason="住院", at=at(9))
        decide_leaves(leaves[:2], approve=True, answer="", at=at(9, "10:00"), actor=assistant)
        decide_leaves(leaves[2:], approve=False, answer="当日考核", at=at(9, "10:00"), actor=assistant)
    (asked,) = Notice.objects.filter(user=assistant)
    assert (asked.kind, asked.params["count"], asked.url) == ("leaves_asked", 3, "/admin/attendance/leave/")
    assert words_of(asked).title == f"{seat.person.name}申请 3 次课的请假"
    told = Notice.objects.filter(user=seat.person.user).order_by("pk")
    assert [notice.kind for notice in told] == ["leaves_approved", "leave_refused"]
    assert "当日考核" in words_of(told[1]).body
