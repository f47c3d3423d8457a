"""Corrections: seen before they are entered, with a file, told with before and after, kept with their history."""

import io
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from lms.attendance.checks import check_evidence_can_be_read
from lms.attendance.enums import CheckKind, EvidenceKind
from lms.attendance.models import AttendanceMark, CheckEntry, LeaveRequest, Session
from lms.attendance.selectors import corrections_of, preview_corrections
from lms.attendance.services import Correction, close_session, correct_attendance, keep_evidence
from lms.attendance.signals import attendance_corrected
from lms.core.exceptions import DomainError
from lms.files.models import PrivateFile
from lms.files.selectors import may_open
from lms.people.enums import Role
from lms.programmes.models import Enrolment, HourEntry, Term
from tests import factories
from tests.attendance.factories import a_learner, a_session, at

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def private_files(settings: Any, tmp_path: Any) -> None:
    settings.LMS_PRIVATE_ROOT = tmp_path


def came(session: Session, seat: Enrolment, *, left: str = "") -> None:
    """On record from 08:20, and until `left`."""
    times = {CheckKind.IN: "08:20", CheckKind.OUT: left}
    for kind, clock in times.items():
        if clock:
            CheckEntry.objects.create(
                session=session, enrolment=seat, kind=kind, at=at(10, clock), method="qr", actor=seat.person.user,
                recorded_at=at(10, clock),
            )  # fmt: skip


def a_picture(name: str = "proof.png") -> SimpleUploadedFile:
    held = io.BytesIO()
    Image.new("RGB", (20, 20), "white").save(held, "PNG")
    return SimpleUploadedFile(name, held.getvalue(), content_type="image/png")


def a_proof(owner: Any) -> PrivateFile:
    return keep_evidence(
        a_picture().file, kind=EvidenceKind.CORRECTION, name="proof.png", owner=owner, at=at(10, "13:00")
    )


def address(name: str, *args: Any) -> str:
    return reverse(f"lms_attendance_admin:{name}", args=args)


# services


def test_one_file_serves_the_whole_bulk_and_lasts(term: Term, assistant: Any) -> None:
    session, seats = a_session(term), [a_learner(term) for _n in range(3)]
    proof = a_proof(assistant)
    assert proof.expires_at == at(11, "13:00")
    correct_attendance(
        session, [Correction(seat, 90) for seat in seats], reason="停电", at=at(10, "14:00"), actor=assistant,
        evidence=proof,
    )  # fmt: skip
    assert set(AttendanceMark.objects.values_list("evidence", flat=True)) == {proof.pk}
    proof.refresh_from_db()
    assert proof.expires_at is None


def test_where_a_setting_asks_for_a_file_a_correction_without_one_is_refused(
    term: Term, assistant: Any, settings: Any
) -> None:
    settings.LMS_ATTENDANCE_CORRECTION_NEEDS_EVIDENCE = True
    session, seat = a_session(term), a_learner(term)
    with pytest.raises(DomainError) as refused:
        correct_attendance(session, [Correction(seat, 90)], reason="停电", at=at(10, "14:00"), actor=assistant)
    assert refused.value.code == "evidence_missing"
    assert not AttendanceMark.objects.exists()
    marks = correct_attendance(
        session, [Correction(seat, 90)], reason="停电", at=at(10, "14:00"), actor=assistant, evidence=a_proof(assistant)
    )
    assert len(marks) == 1


def test_each_correction_is_announced_with_the_minutes_before_and_after(
    term: Term, assistant: Any, django_capture_on_commit_callbacks: Any
) -> None:
    session, seat = a_session(term), a_learner(term)
    came(session, seat)
    heard: list[tuple[Enrolment, int, int]] = []

    def hear(mark: AttendanceMark, before: int, after: int, **facts: Any) -> None:
        heard.append((mark.enrolment, before, after))

    attendance_corrected.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            correct_attendance(session, [Correction(seat, 180)], reason="在场", at=at(10, "14:00"), actor=assistant)
            close_session(session, at=at(10, "14:01"), actor=assistant)
            correct_attendance(session, [Correction(seat, None)], reason="收回", at=at(10, "14:02"), actor=assistant)
    finally:
        attendance_corrected.disconnect(hear)
    assert heard == [(seat, 0, 180), (seat, 180, 0)]


def test_a_preview_counts_from_the_journals_and_writes_nothing(term: Term, assistant: Any) -> None:
    session, whole, forgot = a_session(term), a_learner(term), a_learner(term)
    came(session, whole, left="11:50")
    came(session, forgot)
    found = [
        (change.before, change.after, change.alters) for change in preview_corrections(session, [whole, forgot], 180)
    ]
    assert found == [(180, 180, False), (0, 180, True)]
    correct_attendance(session, [Correction(whole, 0)], reason="代签", at=at(10, "12:00"), actor=assistant)
    assert [(c.before, c.after) for c in preview_corrections(session, [whole], None)] == [(0, 180)]
    assert AttendanceMark.objects.count() == 1


def test_every_correction_of_a_cell_stays_readable(term: Term, assistant: Any) -> None:
    session, seat = a_session(term), a_learner(term)
    for minutes, reason in ((90, "迟到"), (180, "核实为准时"), (None, "恢复")):
        correct_attendance(session, [Correction(seat, minutes)], reason=reason, at=at(10, "14:00"), actor=assistant)
    history = corrections_of(session)[seat.pk]
    assert [(mark.minutes, mark.reason) for mark in history] == [(None, "恢复"), (180, "核实为准时"), (90, "迟到")]


# who may open the file


def test_the_file_opens_for_the_learner_concerned_and_staff_of_her_class(term: Term) -> None:
    mine, me, other = factories.a_group(term, "A"), factories.staff(Role.ASSISTANT), factories.staff(Role.ASSISTANT)
    mine.assistants.add(me)
    factories.a_group(term, "B").assistants.add(other)
    session, seat = a_session(term), a_learner(term, group=mine)
    boss = factories.staff(Role.ADMINISTRATOR)
    proof = a_proof(boss)
    assert not may_open(proof, seat.person.user)
    correct_attendance(session, [Correction(seat, 90)], reason="停电", at=at(10, "14:00"), actor=boss, evidence=proof)
    assert may_open(proof, seat.person.user)
    assert may_open(proof, me)
    assert may_open(proof, factories.staff(Role.SUPERVISOR))
    for stranger in (other, a_learner(term, group=mine).person.user, factories.staff(Role.FINANCE)):
        assert not may_open(proof, stranger)


def test_a_site_that_does_not_list_the_reader_is_warned(settings: Any) -> None:
    assert check_evidence_can_be_read() == []
    settings.LMS_FILES_READERS = []
    assert [warning.id for warning in check_evidence_can_be_read()] == ["lms_attendance.W004"]


# screens


def test_the_preview_comes_first_and_keeps_the_file_for_the_second_step(
    signed_in: Any, term: Term, assistant: Any
) -> None:
    session, seats = a_session(term), [a_learner(term) for _n in range(2)]
    client = signed_in(assistant)
    typed = {"seat": [seat.pk for seat in seats], "what": "minutes", "minutes": "90", "reason": "停电"}
    with time_machine.travel(at(10, "14:00"), tick=False):
        page = client.post(address("correct", session.pk), {**typed, "preview": "1", "evidence": a_picture()})
        assert [(change.before, change.after) for change in page.context["changes"]] == [(0, 90), (0, 90)]
        assert not AttendanceMark.objects.exists()
        kept = page.context["form"].file
        answer = client.post(address("correct", session.pk), {**typed, "kept": str(kept.pk)})
    assert answer["Location"] == address("sheet", session.pk)
    assert {mark.evidence_id for mark in AttendanceMark.objects.all()} == {kept.pk}


def test_a_refused_file_keeps_what_was_typed(signed_in: Any, term: Term, assistant: Any) -> None:
    session, seat = a_session(term), a_learner(term)
    wrong = SimpleUploadedFile("proof.exe", b"MZ\x00\x01 not a picture", content_type="image/png")
    typed = {"seat": seat.pk, "what": "present", "reason": "停电", "preview": "1", "evidence": wrong}
    page = signed_in(assistant).post(address("correct", session.pk), typed)
    assert page.context["form"].errors.keys() == {"evidence"}
    assert page.context["ticked"] == {seat.pk}
    assert 'value="停电"' in page.content.decode()


def test_the_kept_file_of_somebody_else_is_not_taken(signed_in: Any, term: Term, assistant: Any) -> None:
    session, seat = a_session(term), a_learner(term)
    theirs = a_proof(factories.staff(Role.ASSISTANT))
    typed = {"seat": seat.pk, "what": "present", "reason": "停电", "kept": str(theirs.pk)}
    with time_machine.travel(at(10, "14:00"), tick=False):
        signed_in(assistant).post(address("correct", session.pk), typed)
    assert AttendanceMark.objects.get().evidence is None


def test_the_sheet_narrows_to_a_word_and_counts_the_others(signed_in: Any, term: Term, assistant: Any) -> None:
    session, forgot, absent = a_session(term), a_learner(term), a_learner(term)
    came(session, forgot)
    close_session(session, at=at(10, "12:00"), actor=assistant)
    page = signed_in(assistant).get(address("sheet", session.pk), {"status": "no_check_out"})
    assert [seat.pk for seat, _cell in page.context["shown"]] == [forgot.pk]
    assert {str(word): count for word, _label, count in page.context["counts"]} == {"no_check_out": 1, "absent": 1}
    page = signed_in(assistant).get(address("sheet", session.pk), {"status": "nonsense"})
    assert {seat.pk for seat, _cell in page.context["shown"]} == {forgot.pk, absent.pk}


def test_leave_is_entered_afterwards_from_the_sheet_and_changes_no_minutes(
    signed_in: Any, term: Term, assistant: Any
) -> None:
    session, seat = a_session(term), a_learner(term)
    close_session(session, at=at(10, "12:00"), actor=assistant)
    client = signed_in(assistant)
    with time_machine.travel(at(11), tick=False):
        assert client.post(address("enter_leave", session.pk), {"seat": seat.pk}).context["form"].errors
        client.post(address("enter_leave", session.pk), {"seat": seat.pk, "reason": "急诊", "evidence": a_picture()})
    leave = LeaveRequest.objects.get()
    assert (leave.state, leave.answer, leave.decided_by, bool(leave.evidence)) == ("approved", "急诊", assistant, True)
    page = client.get(address("sheet", session.pk))
    assert [str(cell.status) for _seat, cell in page.context["rows"]] == ["leave"]
    assert sum(HourEntry.objects.values_list("minutes", flat=True)) == 0


def test_her_own_page_shows_reason_and_file_and_nobody_elses(signed_in: Any, term: Term, assistant: Any) -> None:
    session, seat, other = a_session(term), a_learner(term), a_learner(term)
    proof, shared = a_proof(assistant), a_proof(assistant)
    for found, reason, file in ((seat, "设备故障", proof), (seat, "全班", shared), (other, "别人的理由", shared)):
        correct_attendance(
            session, [Correction(found, 90)], reason=reason, at=at(10, "14:00"), actor=assistant, evidence=file
        )
    page = signed_in(seat.person.user).get(reverse("lms_attendance:own_session", args=[session.pk])).content.decode()
    assert "设备故障" in page
    assert str(proof.pk) in page
    assert str(shared.pk) not in page, "a file about several learners is for staff"
    client = signed_in(seat.person.user)
    opened = [client.get(reverse("lms_files:open", args=[file.pk])).status_code for file in (proof, shared)]
    assert opened[0] == 200
    assert opened[1] in {403, 404}
    assert "别人的理由" not in page
    elsewhere = a_learner(factories.a_term())
    own_page = reverse("lms_attendance:own_session", args=[session.pk])
    assert signed_in(elsewhere.person.user).get(own_page).status_code == 404
    assert signed_in(assistant).get(own_page).status_code == 404


def test_outsiders_enter_nothing(signed_in: Any, term: Term) -> None:
    mine, stranger = factories.a_group(term, "A"), factories.staff(Role.ASSISTANT)
    mine.assistants.add(factories.staff(Role.ASSISTANT))
    factories.a_group(term, "B").assistants.add(stranger)
    session, seat = a_session(term), a_learner(term, group=mine)
    typed = {"seat": seat.pk, "what": "present", "reason": "在场"}
    for user in (stranger, factories.staff(Role.INSTRUCTOR), factories.staff(Role.SUPERVISOR)):
        for name in ("correct", "enter_leave"):
            assert signed_in(user).post(address(name, session.pk), typed).status_code == 403
    assert signed_in(seat.person.user).post(address("correct", session.pk), typed).status_code == 302
    assert not AttendanceMark.objects.exists()
    assert not LeaveRequest.objects.exists()


@pytest.mark.parametrize("count", [3, 200])
def test_queries_of_the_sheet_and_the_preview(
    signed_in: Any, term: Term, assistant: Any, django_assert_max_num_queries: Any, count: int
) -> None:
    session, seats = a_session(term), [a_learner(term) for _n in range(count)]
    correct_attendance(
        session, [Correction(seat, 90) for seat in seats], reason="停电", at=at(10, "14:00"), actor=assistant,
        evidence=a_proof(assistant),
    )  # fmt: skip
    client = signed_in(assistant)
    client.get(address("sheet", session.pk))
    with django_assert_max_num_queries(28):
        assert client.get(address("sheet", session.pk)).status_code == 200
    typed = {"seat": [seat.pk for seat in seats], "what": "present", "reason": "在场"}
    with django_assert_max_num_queries(24):
        assert client.post(address("correct", session.pk), {**typed, "preview": "1"}).status_code == 200
