"""Extra time with its second person, the incident log, the invigilator's desk."""

import secrets
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import InternalError
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from lms.core.exceptions import DomainError
from lms.exams.models import ExtraTime, ExtraTimeDecision, Incident, MarkEntry, Sitting
from lms.exams.rules import deadline_of
from lms.exams.selectors import (
    live_rows,
    saved_state,
    theory_marks,
    unmarked_expired,
    verify_answers,
    verify_extra_time,
    verify_marks,
)
from lms.exams.services import (
    close_exam,
    decide_extra_time,
    log_incident,
    mark_expired,
    prepare_papers,
    propose_extra_time,
    publish_exam,
    save_answers,
    start_sitting,
    submit_sitting,
    withdraw_exam,
)
from lms.people.enums import Role
from tests import factories as base
from tests.exams import factories

pytestmark = pytest.mark.django_db
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
SPACE = "lms_exams_backoffice"


@pytest.fixture
def two(db):
    return base.staff(Role.ASSISTANT), base.staff(Role.EXAMINER)


def propose(exam, seat, two, at, minutes=10, **changes):
    values = {"reason": "停电", "nonce": secrets.token_hex(16), "actor": two[0], **changes}
    return propose_extra_time(exam, seat, minutes=minutes, at=at, **values)


def extend(exam, seat, two, at, minutes=10, **changes):
    return decide_extra_time(propose(exam, seat, two, at, minutes, **changes), granted=True, at=at, actor=two[1])


def save(sitting, answers, at, seq=1):
    return save_answers(sitting.pk, answers, owner=sitting.owner_id, epoch=sitting.epoch, seq=seq, at=at)


@given(*[st.integers(0, 300)] * 4, st.integers(0, 240), st.integers(0, 240))
def test_more_minutes_never_make_a_deadline_earlier(started, length, extra, beyond, more_extra, more_beyond):
    start = timezone.now().replace(microsecond=0)
    window = {"duration_minutes": length + 1, "closes_at": start + started * MINUTE}
    before = deadline_of(start, **window, extra_minutes=extra, beyond_minutes=beyond)
    after = deadline_of(start, **window, extra_minutes=extra + more_extra, beyond_minutes=beyond + more_beyond)
    assert before <= after <= before + (more_extra + more_beyond) * MINUTE
    assert after <= window["closes_at"] + (beyond + more_beyond) * MINUTE


@pytest.mark.parametrize(
    ("start", "minutes", "beyond", "deadline"),
    [(0, 10, False, 100), (0, 40, False, 120), (0, 40, True, 130), (30, 10, False, 120), (30, 10, True, 130)],
)
def test_a_running_sitting_gets_the_minutes_that_were_granted(noon, two, start, minutes, beyond, deadline):
    exam = factories.an_exam(noon)
    sitting = factories.a_started(exam, noon + start * MINUTE)
    extend(exam, sitting.enrolment, two, noon + 40 * MINUTE, minutes, beyond=beyond)
    sitting.refresh_from_db()
    assert sitting.deadline == noon + deadline * MINUTE
    assert not [*verify_extra_time()]


def test_a_proposal_alone_changes_nothing_and_its_author_does_not_decide(noon, two):
    exam = factories.an_exam(noon)
    sitting = factories.a_started(exam, noon)
    proposal = propose(exam, None, two, noon)
    with pytest.raises(DomainError) as caught:
        decide_extra_time(proposal, granted=True, at=noon, actor=two[0])
    assert caught.value.code == "same_person"
    with pytest.raises(IntegrityError), transaction.atomic():
        ExtraTimeDecision.objects.create(
            proposal=proposal, granted=True, proposed_by=two[0], decided_by=two[0], at=noon
        )
    sitting.refresh_from_db()
    assert sitting.deadline == noon + 90 * MINUTE


def test_granting_twice_moves_the_deadline_once(noon, two):
    exam = factories.an_exam(noon)
    sitting = factories.a_started(exam, noon)
    proposal = propose(exam, None, two, noon)
    first = decide_extra_time(proposal, granted=True, at=noon, actor=two[1])
    assert decide_extra_time(proposal, granted=True, at=noon + MINUTE, actor=two[1]) == first
    with pytest.raises(DomainError) as caught:
        decide_extra_time(proposal, granted=False, at=noon, actor=two[1])
    assert caught.value.code == "decided"
    sitting.refresh_from_db()
    assert sitting.deadline == noon + 100 * MINUTE


def test_a_declined_proposal_moves_nothing(noon, two):
    exam = factories.an_exam(noon)
    sitting = factories.a_started(exam, noon)
    decide_extra_time(propose(exam, None, two, noon), granted=False, at=noon, actor=two[1])
    sitting.refresh_from_db()
    assert (sitting.deadline, sitting.extra_minutes) == (noon + 90 * MINUTE, 0)


def test_a_proposal_sent_twice_stands_once(noon, two):
    exam = factories.an_exam(noon)
    first = propose(exam, None, two, noon, nonce="n" * 32)
    assert propose(exam, None, two, noon, nonce="n" * 32) == first
    assert ExtraTime.objects.count() == 1


def test_later_starts_and_later_seats_get_what_was_granted_before(noon, two):
    exam = factories.an_exam(noon, learners=2)
    first, second = Sitting.objects.order_by("enrolment__number")
    extend(exam, None, two, noon - MINUTE, 5)
    extend(exam, first.enrolment, two, noon - MINUTE, 7)
    seat = base.an_enrolment(exam.term)
    prepare_papers(exam, at=noon - MINUTE)
    minutes = {row.enrolment_id: start_sitting(factories.a_sitting(exam, row.enrolment), at=noon).deadline - noon
               for row in Sitting.objects.select_related("enrolment")}  # fmt: skip
    assert minutes == {first.enrolment_id: 102 * MINUTE, second.enrolment_id: 95 * MINUTE, seat.pk: 95 * MINUTE}


def test_extra_time_outlives_a_withdrawal(noon, two):
    exam = factories.an_exam(noon)
    seat = factories.a_sitting(exam).enrolment
    extend(exam, seat, two, noon - 20 * MINUTE, 7)
    publish_exam(withdraw_exam(exam, reason="改时间"), at=noon - 10 * MINUTE)
    assert start_sitting(factories.a_sitting(exam), at=noon).deadline == noon + 97 * MINUTE


def test_a_start_that_read_the_paper_before_the_grant_gets_the_minutes(noon, two):
    exam = factories.an_exam(noon)
    read_before = factories.a_sitting(exam)
    extend(exam, None, two, noon - MINUTE, 10)
    assert start_sitting(read_before, at=noon).deadline == noon + 100 * MINUTE


def test_who_handed_in_stays_handed_in(noon, two):
    exam = factories.an_exam(noon)
    sitting = factories.a_started(exam, noon)
    submit_sitting(sitting, at=noon + MINUTE)
    extend(exam, None, two, noon + 2 * MINUTE)
    sitting.refresh_from_db()
    assert sitting.deadline == noon + 90 * MINUTE
    with pytest.raises(DomainError) as caught:
        propose(exam, sitting.enrolment, two, noon + 3 * MINUTE)
    assert caught.value.code == "submitted"


def test_a_late_save_counts_once_the_deadline_lies_after_it_and_the_chain_stays(noon, two):
    exam = factories.an_exam(noon)
    sitting = factories.a_started(exam, noon)
    assert save(sitting, factories.right_answers(sitting), noon + 90 * MINUTE + 30 * SECOND).late
    assert saved_state(sitting).answers == {}
    extend(exam, None, two, noon + 91 * MINUTE)
    sitting.refresh_from_db()
    assert len(saved_state(sitting).answers) == 6
    assert submit_sitting(sitting, at=noon + 95 * MINUTE).mark == Decimal(100)
    assert not [*verify_answers(), *verify_marks()]


def test_a_mark_given_before_a_grant_after_the_fact_is_given_anew(noon, two):
    exam = factories.an_exam(noon)
    sitting = factories.a_started(exam, noon)
    save(sitting, factories.right_answers(sitting), noon + 90 * MINUTE + 30 * SECOND)
    assert mark_expired(exam, at=noon + 110 * MINUTE) == 1
    assert theory_marks(exam.term, noon + 110 * MINUTE)[sitting.enrolment_id].value == Decimal(0)
    extend(exam, None, two, noon + 115 * MINUTE)
    assert list(MarkEntry.objects.values_list("revision", "mark")) == [(1, Decimal(0)), (2, Decimal(100))]
    assert theory_marks(exam.term, noon + 115 * MINUTE)[sitting.enrolment_id].value == Decimal(100)
    assert not [*verify_marks()]


def test_a_sitting_that_goes_on_again_has_no_mark_until_its_new_end(noon, two):
    exam = factories.an_exam(noon)
    sitting = factories.a_started(exam, noon)
    assert mark_expired(exam, at=noon + 92 * MINUTE) == 1
    extend(exam, None, two, noon + 93 * MINUTE)
    sitting.refresh_from_db()
    assert sitting.state_at(noon + 93 * MINUTE) == "running"
    assert theory_marks(exam.term, noon + 93 * MINUTE)[sitting.enrolment_id].value is None
    save(sitting, factories.right_answers(sitting), noon + 94 * MINUTE)
    after = noon + 102 * MINUTE
    assert theory_marks(exam.term, after)[sitting.enrolment_id].value == Decimal(100)
    assert mark_expired(exam, at=after) == 1
    assert not unmarked_expired(exam, after).exists()
    assert theory_marks(exam.term, after)[sitting.enrolment_id].value == Decimal(100)


def test_a_mark_that_stays_the_same_after_extra_time_does_not_wait_for_ever(noon, two):
    exam = factories.an_exam(noon)
    factories.a_started(exam, noon)
    mark_expired(exam, at=noon + 92 * MINUTE)
    extend(exam, None, two, noon + 93 * MINUTE)
    assert mark_expired(exam, at=noon + 102 * MINUTE) == 1
    assert mark_expired(exam, at=noon + 103 * MINUTE) == 0


def test_an_exam_is_not_closed_while_somebody_writes_past_its_window(noon, two):
    exam = factories.an_exam(noon)
    factories.a_started(exam, noon + 30 * MINUTE)
    extend(exam, None, two, noon + 40 * MINUTE, beyond=True)
    with pytest.raises(DomainError) as caught:
        close_exam(exam, at=exam.closes_at + 5 * MINUTE)
    assert caught.value.code == "still_open"
    assert close_exam(exam, at=exam.closes_at + 12 * MINUTE).state == "closed"


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"minutes": 0}, "minutes_outside"), ({"minutes": 241}, "minutes_outside"), ({"reason": " "}, "reason_missing")],
)
def test_what_a_proposal_refuses(noon, two, changes, code):
    exam = factories.an_exam(noon)
    with pytest.raises(DomainError) as caught:
        propose(exam, None, two, noon, **changes)
    assert caught.value.code == code
    assert not ExtraTime.objects.exists()


def test_a_changed_number_of_minutes_is_found(noon, two):
    exam = factories.an_exam(noon)
    sitting = factories.a_started(exam, noon)
    extend(exam, None, two, noon)
    Sitting.objects.filter(pk=sitting.pk).update(extra_minutes=25)
    found = [(row.where, row.expected, row.found) for row in verify_extra_time()]
    assert found[0] == (f"exams.extra:{sitting.pk}", "10+0", "25+0")


def test_the_log_keeps_what_was_written_and_changes_nothing(noon, two):
    exam = factories.an_exam(noon)
    sitting = factories.a_started(exam, noon)
    values = {"kind": "suspicion", "words": "看了邻座的试卷", "nonce": "n" * 32, "actor": two[0]}
    entry = log_incident(exam, sitting.enrolment, at=noon, **values)
    assert log_incident(exam, sitting.enrolment, at=noon, **values) == entry
    before = Sitting.objects.values().get(pk=sitting.pk)
    log_incident(exam, None, at=noon, **values | {"kind": "technical", "nonce": "m" * 32})
    assert Sitting.objects.values().get(pk=sitting.pk) == before
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        Incident.objects.filter(pk=entry.pk).update(words="没事")
    with pytest.raises(DomainError) as caught:
        log_incident(exam, None, at=noon, **values | {"words": " ", "nonce": "k" * 32})
    assert caught.value.code == "words_missing"
    assert [row.incidents for row in live_rows(exam, noon)] == [1]


def test_the_desk_tells_who_is_silent_and_filters(signed_in, two):
    now = timezone.now()
    exam = factories.an_exam(now - 10 * MINUTE, learners=3)
    silent, busy, _waiting = (factories.a_sitting(exam, row.enrolment) for row in exam.sittings.order_by("pk"))
    start_sitting(silent, at=now - 5 * MINUTE)
    start_sitting(busy, at=now - 5 * MINUTE)
    save(silent, {"q1": [0]}, now - 3 * MINUTE)
    save(busy, {"q1": [0]}, now - SECOND)
    rows = live_rows(exam, now)
    assert [(row.state, row.idle, row.seconds_since) for row in rows] == [
        ("running", True, 180), ("running", False, 1), ("prepared", False, None),
    ]  # fmt: skip
    desk, address = signed_in(two[0]), reverse(f"{SPACE}:live_list", args=[exam.pk])
    shown = {key: len(desk.get(address, {"show": key}).context["rows"]) for key in ("all", "idle", "prepared", "ended")}
    assert shown == {"all": 3, "idle": 1, "prepared": 1, "ended": 0}
    assert len(desk.get(address, {"show": "?"}).context["rows"]) == 3


def test_the_desk_costs_four_statements_for_few_and_for_many(noon, two):
    exam = factories.an_exam(noon, learners=3)
    extend(exam, None, two, noon)

    def statements():
        with CaptureQueriesContext(connection) as captured:
            live_rows(exam, noon)
        return len(captured)

    assert statements() == 2
    for _number in range(60):
        base.an_enrolment(exam.term)
    prepare_papers(exam, at=noon)
    for sitting in exam.sittings.select_related("exam__term__programme", "enrolment__person"):
        start_sitting(sitting, at=noon)
    assert statements() == 2


def test_extra_time_from_the_screen_takes_two_people(signed_in, two):
    exam = factories.an_exam(timezone.now() - MINUTE)
    sitting = factories.a_started(exam, timezone.now())
    assistant, examiner = signed_in(two[0]), signed_in(two[1])
    address = reverse(f"{SPACE}:extra_time", args=[exam.pk])
    form = {"minutes": 10, "reason": "电脑重启", "nonce": "n" * 32}
    assert assistant.post(address, {**form, "minutes": 900}).status_code == 200
    seat = f"{address}?seat={sitting.enrolment_id}"
    assert assistant.post(seat, form).status_code == 302
    assert assistant.post(seat, form).status_code == 302
    proposal = ExtraTime.objects.get()
    decide = reverse(f"{SPACE}:decide_extra", args=[proposal.pk])
    assert assistant.post(decide, {"act": "grant"}).status_code == 403
    assert reverse(f"{SPACE}:decide_extra", args=[proposal.pk]) in examiner.get(address).content.decode()
    examiner.post(decide, {"act": "grant"})
    before, sitting = sitting.deadline, Sitting.objects.get(pk=sitting.pk)
    assert sitting.deadline == before + 10 * MINUTE


def test_incidents_are_written_from_the_screen(signed_in, two):
    exam = factories.an_exam(timezone.now() - MINUTE)
    seat = exam.term.enrolments.get()
    assistant = signed_in(two[0])
    address = reverse(f"{SPACE}:incidents", args=[exam.pk]) + f"?seat={seat.pk}"
    assert assistant.post(address, {"kind": "toilet", "words": " ", "nonce": "n" * 32}).status_code == 200
    assert assistant.post(address, {"kind": "toilet", "words": "10:05–10:09", "nonce": "n" * 32}).status_code == 302
    assert Incident.objects.get().enrolment == seat
    assert "10:05–10:09" in assistant.get(address).content.decode()
    other = base.an_enrolment(base.a_term(code="2031-1"))
    assert assistant.get(reverse(f"{SPACE}:incidents", args=[exam.pk]), {"seat": other.pk}).status_code == 404
    assert assistant.get(reverse(f"{SPACE}:incidents", args=[exam.pk]), {"seat": "x"}).status_code == 404


@pytest.mark.parametrize("name", ["extra_time", "incidents"])
def test_an_outsider_sees_nothing_of_the_room(signed_in, outsider, noon, name):
    exam = factories.an_exam(noon)
    assert signed_in(outsider).get(reverse(f"{SPACE}:{name}", args=[exam.pk])).status_code in (302, 403)
    finance = signed_in(base.staff(Role.FINANCE))
    assert finance.post(reverse(f"{SPACE}:{name}", args=[exam.pk]), {}).status_code == 403
