"""What the term will end with, said in time to the learner, her class assistant and her unit."""

from fractions import Fraction
from typing import Any

import pytest
from django.apps import apps
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from lms.attendance.enums import CheckKind
from lms.attendance.models import Session
from lms.attendance.rules import best_case, expected_at_end
from lms.attendance.selectors import attendance_of
from lms.attendance.services import (
    Correction,
    assign_make_up,
    cancel_session,
    check_in,
    close_session,
    confirm_exclusion,
    correct_attendance,
    lift_exclusion,
    withdraw_make_up,
)
from lms.people.enums import ConsentKind, Role
from lms.people.models import ConsentEntry, ConsentText
from lms.programmes.models import Enrolment, Term
from tests import factories
from tests.attendance.factories import a_board, a_learner, a_session, at

told = pytest.mark.skipif(not apps.is_installed("lms.notifications"), reason="lms.notifications is not installed")


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_the_forecast_goes_on_at_the_present_rate(missed: int, earned: int, ahead: int) -> None:
    so_far = missed + earned
    scheduled = so_far + ahead
    will = expected_at_end(missed, so_far, scheduled), expected_at_end(earned, so_far, scheduled)
    assert sum(will) == (scheduled if so_far else 0)
    assert missed <= will[0] or not so_far
    assert best_case(earned, so_far, scheduled) == earned + ahead
    assert will[1] <= earned + ahead


@pytest.fixture
def assistant(term: Term) -> Any:
    return factories.staff(Role.ASSISTANT)


@pytest.fixture
def contact(term: Term) -> Any:
    """Who speaks for a unit."""
    user = factories.staff(Role.UNIT_CONTACT)
    factories.a_person("李敏", user=user, unit=factories.a_unit("市统计局"))
    return user


def of_unit(term: Term, contact: Any, name: str = "王芳") -> Enrolment:
    return factories.an_enrolment(term, factories.a_person(name, unit=contact.person.unit))


def attend(session: Session, seat: Enrolment) -> None:
    board = session.boards.first() or a_board(session)
    for kind, moment in ((CheckKind.IN, session.starts_at), (CheckKind.OUT, session.ends_at)):
        check_in(session.pk, seat.person.user, kind=kind, nonce=board.nonce, scanned_at=moment, at=moment)


def lived(term: Term, seat: Enrolment, assistant: Any, days: str) -> list[Session]:
    """18 sessions; "x" missed, "o" attended, the rest ahead."""
    sessions = [a_session(term, starts_at=at(2 + n), room="") for n in range(18)]
    for mark, session in zip(days, sessions, strict=False):
        a_board(session)
        if mark == "o":
            attend(session, seat)
        close_session(session, at=session.check_out_until, actor=assistant)
    return sessions


def read(client: Any, address: str) -> str:
    """The page in English, in one line."""
    client.cookies["django_language"] = "en"
    page = client.get(address)
    assert page.status_code == 200
    return " ".join(page.content.decode().split())


def notices(user: Any) -> list[str]:
    from lms.notifications.models import Notice

    return list(Notice.objects.filter(user=user).order_by("pk").values_list("kind", flat=True))


def test_figures_of_a_learner(term: Term, assistant: Any) -> None:
    seat = a_learner(term)
    lived(term, seat, assistant, "ooxooox")
    standing = attendance_of(seat).standing
    assert (standing.expected_missed, standing.expected_earned) == (
        Fraction(360 * 3240, 1260),
        Fraction(900 * 3240, 1260),
    )
    assert (standing.best_earned, standing.ahead) == (900 + 11 * 180, 11 * 180)


def test_the_learner_reads_her_forecast(term: Term, assistant: Any, signed_in: Any) -> None:
    seat = a_learner(term)
    lived(term, seat, assistant, "ooxooox")
    text = read(signed_in(seat.person.user), reverse("lms_attendance:overview"))
    assert "you will have missed 20.57 of 72 class hours by the end of the term and earned 51.43" in text
    assert "you can reach at most 64" in text


def test_the_learner_reads_when_it_can_no_longer_be_reached(term: Term, assistant: Any, signed_in: Any) -> None:
    seat = a_learner(term)
    lived(term, seat, assistant, "xxxxxxx")
    text = read(signed_in(seat.person.user), reverse("lms_attendance:overview"))
    assert "cannot bring you back within it" in text


@told
def test_each_level_is_told_once_to_each_of_the_three(
    term: Term, assistant: Any, contact: Any, django_capture_on_commit_callbacks: Any
) -> None:
    seat = of_unit(term, contact)
    for session, mark in zip(lived(term, seat, assistant, ""), "oxoxoxoxoxoxox", strict=False):
        with django_capture_on_commit_callbacks(execute=True):
            a_board(session)
            if mark == "o":
                attend(session, seat)
            close_session(session, at=session.check_out_until, actor=assistant)
    own = ["absence_warned", "absence_last", "absence_over"]
    assert [kind for kind in notices(seat.person.user) if kind.startswith("absence")] == own
    for user in (assistant, contact):
        assert [kind for kind in notices(user) if kind.startswith("learner")] == [f"learner_{kind}" for kind in own]


@told
def test_a_level_reached_by_a_wrong_record_is_told_again_after_its_correction(
    term: Term, assistant: Any, contact: Any, django_capture_on_commit_callbacks: Any
) -> None:
    seat = of_unit(term, contact)
    with django_capture_on_commit_callbacks(execute=True):
        sessions = lived(term, seat, assistant, "x")
    with django_capture_on_commit_callbacks(execute=True):
        correct_attendance(sessions[0], [Correction(seat, 180)], reason="在场", at=at(2, "13:00"), actor=assistant)
    for session, mark in zip(sessions[1:], "ox", strict=False):
        with django_capture_on_commit_callbacks(execute=True):
            a_board(session)
            if mark == "o":
                attend(session, seat)
            close_session(session, at=session.check_out_until, actor=assistant)
    assert notices(seat.person.user).count("absence_warned") == 1
    with django_capture_on_commit_callbacks(execute=True):
        a_board(sessions[3])
        close_session(sessions[3], at=sessions[3].check_out_until, actor=assistant)
    assert notices(seat.person.user).count("absence_warned") == 2


@told
def test_a_cancelled_session_that_shrinks_the_limit_is_told(
    term: Term, assistant: Any, contact: Any, django_capture_on_commit_callbacks: Any
) -> None:
    seat = of_unit(term, contact)
    sessions = lived(term, seat, assistant, "xxxxxx" + "o" * 10)
    assert not attendance_of(seat).standing.exceeded
    with django_capture_on_commit_callbacks(execute=True):
        cancel_session(sessions[17], at=at(19), actor=assistant, reason="停课", short_confirmed=True)
    assert attendance_of(seat).standing.exceeded
    for user, kind in ((seat.person.user, "absence_over"), (contact, "learner_absence_over")):
        assert kind in notices(user)


@told
def test_two_sessions_in_a_row_are_told_and_the_third_is_not(
    term: Term, assistant: Any, contact: Any, django_capture_on_commit_callbacks: Any
) -> None:
    seat = of_unit(term, contact)

    def runs(user: Any) -> int:
        return sum(kind.endswith("in_a_row") for kind in notices(user))

    with django_capture_on_commit_callbacks(execute=True):
        sessions = lived(term, seat, assistant, "oxoxxx")
    assert [runs(user) for user in (seat.person.user, assistant, contact)] == [1, 1, 1]
    with django_capture_on_commit_callbacks(execute=True):
        for n, session in enumerate(sessions[6:9]):
            a_board(session)
            if n == 0:
                attend(session, seat)
            close_session(session, at=session.check_out_until, actor=assistant)
    assert runs(contact) == 2, "a new row is told anew"


@told
def test_a_correction_that_makes_the_outlook_worse_is_told(
    term: Term, assistant: Any, contact: Any, django_capture_on_commit_callbacks: Any
) -> None:
    seat = of_unit(term, contact)
    sessions = lived(term, seat, assistant, "oooooooooooo")
    with django_capture_on_commit_callbacks(execute=True):
        for session in sessions[:5]:
            correct_attendance(session, [Correction(seat, 0)], reason="代签", at=at(20), actor=assistant)
    assert [kind for kind in notices(contact) if "in_a_row" not in kind] == ["learner_absence_warned"]
    with django_capture_on_commit_callbacks(execute=True):
        correct_attendance(sessions[0], [Correction(seat, 180)], reason="更正", at=at(21), actor=assistant)
    assert [kind for kind in notices(contact) if "in_a_row" not in kind] == ["learner_absence_warned"]


@told
def test_exclusion_and_its_end_are_told_to_learner_assistant_and_unit(
    term: Term, assistant: Any, contact: Any, django_capture_on_commit_callbacks: Any
) -> None:
    seat = of_unit(term, contact)
    lived(term, seat, assistant, "xxxxxxx")
    with django_capture_on_commit_callbacks(execute=True):
        confirm_exclusion(seat, reason="核对无误", at=at(20), actor=assistant)
        lift_exclusion(seat, reason="申诉成立", at=at(21), actor=assistant)
    assert notices(seat.person.user)[-2:] == ["excluded", "exclusion_lifted"]
    for user in (assistant, contact):
        assert notices(user)[-2:] == ["learner_excluded", "learner_exclusion_lifted"]


@told
def test_a_make_up_is_told_to_its_learner(
    term: Term, assistant: Any, contact: Any, django_capture_on_commit_callbacks: Any
) -> None:
    seat = of_unit(term, contact)
    [missed, *_more] = lived(term, seat, assistant, "x")
    make_up = a_session(term, starts_at=at(25, "19:00"), room="302", make_up=True)
    with django_capture_on_commit_callbacks(execute=True):
        [held] = assign_make_up(make_up, missed, [seat], at=at(12), actor=assistant)
        withdraw_make_up(held, reason="改期", at=at(13), actor=assistant)
    assert notices(seat.person.user) == ["make_up_assigned", "make_up_withdrawn"]


@told
def test_the_unit_is_not_told_of_people_who_do_not_agree(
    term: Term, assistant: Any, contact: Any, django_capture_on_commit_callbacks: Any
) -> None:
    text = ConsentText.objects.create(kind=ConsentKind.PRIVACY, version=1, title="告知", body="…", in_force_from=at(1))
    agreeing, silent = of_unit(term, contact), of_unit(term, contact, "赵敏")
    ConsentEntry.objects.create(person=agreeing.person, text=text, given=True, at=at(1))
    lived(term, agreeing, assistant, "xxxxxxx")
    with django_capture_on_commit_callbacks(execute=True):
        for seat in (agreeing, silent):
            confirm_exclusion(seat, reason="核对无误", at=at(20), actor=assistant)
    assert notices(contact) == ["learner_excluded"]


# the unit's own page


def test_a_unit_sees_its_own_people_and_nobody_else(term: Term, assistant: Any, contact: Any, signed_in: Any) -> None:
    seat = of_unit(term, contact)
    factories.an_enrolment(term, factories.a_person("陈静", unit=factories.a_unit("市财政局")))
    lived(term, seat, assistant, "ox")
    text = read(signed_in(contact), reverse("lms_attendance:unit"))
    assert "王芳" in text
    assert "Earned 4 of 72 class hours · missed 4, may still miss 20" in text
    assert "陈静" not in text


def test_who_took_the_consent_back_is_counted_and_not_named(
    term: Term, assistant: Any, contact: Any, signed_in: Any
) -> None:
    text = ConsentText.objects.create(kind=ConsentKind.PRIVACY, version=1, title="告知", body="…", in_force_from=at(1))
    seats = [of_unit(term, contact, name) for name in ("王芳", "赵敏", "孙丽")]
    for person in (seats[0].person, seats[1].person, contact.person):
        ConsentEntry.objects.create(person=person, text=text, given=True, at=at(1))
    ConsentEntry.objects.create(person=seats[1].person, text=text, given=False, at=at(2))
    found = signed_in(contact).get(reverse("lms_attendance:unit")).context["found"]
    assert [row.enrolment for row in found.rows] == seats[:1]
    assert found.hidden == 2
    ConsentEntry.objects.create(person=seats[0].person, text=text, given=False, at=at(2))
    said = read(signed_in(contact), reverse("lms_attendance:unit"))
    assert "Nobody of your unit can be shown yet" in said


def test_a_contact_signs_in_to_her_own_page_and_finds_the_way(term: Term, contact: Any, client: Any) -> None:
    contact.set_password("xy-unit-2025")
    contact.save()
    answer = client.post("/accounts/login/", {"login": contact.username, "password": "xy-unit-2025"}, follow=True)
    assert answer.redirect_chain[-1][0] == "/me/"
    assert reverse("lms_attendance:unit") in answer.content.decode()
    assert reverse("wagtailadmin_home") not in answer.content.decode()


def test_nobody_else_sees_the_page_of_a_unit(term: Term, assistant: Any, outsider: Any, signed_in: Any) -> None:
    learner = a_learner(term).person.user
    without_unit = factories.staff(Role.UNIT_CONTACT)
    for user in (outsider, learner, assistant, without_unit):
        assert signed_in(user).get(reverse("lms_attendance:unit")).status_code == 403


def test_the_page_of_a_unit_takes_the_same_statements_for_3_and_60(
    term: Term, contact: Any, signed_in: Any, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(contact)

    def statements() -> int:
        with django_assert_max_num_queries(60) as counted:
            assert client.get(reverse("lms_attendance:unit")).status_code == 200
        return len(counted)

    for _n in range(3):
        of_unit(term, contact)
    statements()
    few = statements()
    for _n in range(57):
        of_unit(term, contact)
    assert statements() == few
