"""The paper roll: printed, typed by one person, confirmed by another; what is on record stays."""

import io
import re
from datetime import time
from typing import Any

import pypdfium2
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lms.attendance.enums import CheckKind, EvidenceKind
from lms.attendance.forms import RollForm
from lms.attendance.models import CheckEntry, PaperRoll, PaperSheet, Session
from lms.attendance.permissions import RunScope
from lms.attendance.rules import Pair, compare_arrival, compare_departure, draw_code, plain_code, read_clock, shown_code
from lms.attendance.selectors import compare_sheet, find_roll, paper_seats, session_rows
from lms.attendance.services import (
    check_in,
    close_session,
    confirm_sheet,
    draw_roll,
    enter_roll,
    keep_evidence,
    print_roll,
    rare_names,
    send_back_sheet,
)
from lms.core.exceptions import DomainError
from lms.files.models import PrivateFile
from lms.files.selectors import may_open
from lms.people.enums import Role
from lms.programmes.models import Enrolment, Term
from tests import factories
from tests.attendance.factories import a_board, a_learner, a_session, at

pytestmark = pytest.mark.django_db
NO_FONT = "\U0003134f"


@pytest.fixture
def typist() -> Any:
    return factories.staff(Role.ASSISTANT)


@pytest.fixture
def second() -> Any:
    return factories.staff(Role.ASSISTANT)


def a_roll(session: Session, actor: Any) -> PaperRoll:
    found = find_roll(print_roll(session, at=at(10, "08:00"), actor=actor).code)
    assert found is not None
    return found


def whole(session: Session) -> Pair:
    return Pair(session.starts_at, session.ends_at)


def a_sheet(session: Session, typist: Any, seats: list[Enrolment]) -> PaperSheet:
    pairs = {seat.pk: whole(session) for seat in seats}
    return enter_roll(a_roll(session, typist), pairs, at=at(10, "12:10"), actor=typist)


def code_of(refused: Any) -> str:
    return refused.value.code


def a_photo(name: str = "roll.jpg") -> SimpleUploadedFile:
    held = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(held, "JPEG")
    return SimpleUploadedFile(name, held.getvalue(), content_type="image/jpeg")


# rules


@pytest.mark.parametrize(
    ("typed", "read"),
    [("8:05", time(8, 5)), ("0805", time(8, 5)), ("805", time(8, 5)), (" 14：30 ", time(14, 30)),
     ("8点05分", time(8, 5)), ("9", time(9, 0)), ("", None)],
)  # fmt: skip
def test_times_are_read_as_people_write_them(typed: str, read: time | None) -> None:
    assert read_clock(typed) == read


@pytest.mark.parametrize("typed", ["25:00", "8:61", "acht", "12345", "8-05", "-1"])
def test_what_is_no_time_is_an_error(typed: str) -> None:
    with pytest.raises(ValueError, match=r"^(hour|minute|" + re.escape(typed) + ")"):
        read_clock(typed)


@given(st.times())
def test_every_minute_of_the_day_is_read_in_four_figures(moment: time) -> None:
    assert read_clock(f"{moment:%H%M}") == moment.replace(second=0, microsecond=0)


@given(st.randoms(use_true_random=False))
def test_codes_hold_no_letters_that_look_alike_and_are_read_however_typed(random: Any) -> None:
    code = draw_code(random.choice)
    assert len(code) == 8
    assert not set(code) & set("0O1IL")
    address = f"https://example.com/admin/attendance/paper/{code}/"
    assert {plain_code(text) for text in (code.lower(), shown_code(code), f" {code} ", address)} == {code}


def test_a_difference_that_costs_nothing_is_no_contradiction() -> None:
    slot = Session(starts_at=at(10), ends_at=at(10, "11:50"), minutes=180).slot
    assert compare_arrival(slot, at(10), at(10, "08:21"), grace=0) == "agrees"
    assert compare_arrival(slot, at(10), at(10, "08:40"), grace=0) == "differs"
    assert compare_arrival(slot, at(10), at(10, "08:40"), grace=10) == "agrees"
    assert compare_arrival(slot, None, at(10, "08:21"), grace=0) == "unlisted"
    assert compare_arrival(slot, at(10), None, grace=0) == "new"
    assert compare_departure(slot, None, None) == "blank"
    assert compare_departure(slot, at(10, "11:20"), at(10, "11:52")) == "differs"


# printing


def test_a_roll_lists_the_classes_in_order_and_is_drawn_the_same_twice(term: Term, typist: Any) -> None:
    groups = [factories.a_group(term, code) for code in "BA"]
    session = a_session(term)
    session.groups.set(groups)
    for n in range(4):
        a_learner(term, group=groups[n % 2])
    a_learner(term)
    roll = a_roll(session, typist)
    seats = paper_seats(roll.session, RunScope(typist, term))
    assert [seat.group.code for seat in seats] == ["A", "A", "B", "B"]
    drawn = draw_roll(roll, seats, origin="https://example.com")
    assert drawn == draw_roll(roll, seats, origin="https://example.com/")
    text = "".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(drawn)).replace(" ", "")
    assert shown_code(roll.code) in text
    assert "2025年3月10日周一08:30–11:50" in text
    assert "A班" in text
    assert "第1页" in text


def test_a_name_without_a_glyph_is_spelled_and_reported(term: Term, typist: Any) -> None:
    seat = factories.an_enrolment(term, factories.a_person(f"李{NO_FONT}"))
    a_learner(term)
    roll = a_roll(a_session(term), typist)
    seats = paper_seats(roll.session, RunScope(typist, term))
    assert [found.pk for found in rare_names(seats)] == [seat.pk]
    pages = pypdfium2.PdfDocument(draw_roll(roll, seats, origin="https://example.com"))
    text = pages[0].get_textpage().get_text_bounded().replace(" ", "")
    assert "U+3134F" in text
    assert "手写" in text


def test_a_cancelled_session_has_no_roll(term: Term, typist: Any) -> None:
    session = a_session(term, state="cancelled")
    with pytest.raises(DomainError) as refused:
        print_roll(session, at=at(9), actor=typist)
    assert code_of(refused) == "session_cancelled"


# typing


def test_what_is_typed_waits_and_may_be_typed_again_by_the_same_person(term: Term, typist: Any, second: Any) -> None:
    session, seat = a_session(term), a_learner(term)
    roll = a_roll(session, typist)
    first = enter_roll(roll, {seat.pk: whole(session)}, at=at(10, "12:10"), actor=typist)
    again = enter_roll(roll, {seat.pk: Pair(at(10, "08:40"), None)}, at=at(10, "12:12"), actor=typist)
    assert (again.pk, again.state) == (first.pk, "waiting")
    assert again.lines == [{"enrolment": seat.pk, "in": at(10, "08:40").isoformat(), "out": None}]
    assert not CheckEntry.objects.exists()
    with pytest.raises(DomainError) as refused:
        enter_roll(roll, {seat.pk: whole(session)}, at=at(10, "12:13"), actor=second)
    assert code_of(refused) == "waits_already"


@pytest.mark.parametrize(
    ("came", "went", "code"),
    [("07:59", None, "in_outside"), ("11:51", None, "in_outside"), (None, "12:06", "out_outside"),
     (None, "08:29", "out_outside"), ("09:00", "08:45", "out_before_in")],
)  # fmt: skip
def test_times_outside_the_doors_are_refused_by_line(
    term: Term, typist: Any, came: str | None, went: str | None, code: str
) -> None:
    session, seat = a_session(term), a_learner(term)
    pair = Pair(*(at(10, clock) if clock else None for clock in (came, went)))
    with pytest.raises(DomainError) as refused:
        enter_roll(a_roll(session, typist), {seat.pk: pair}, at=at(10, "12:10"), actor=typist)
    assert code_of(refused) == code
    assert refused.value.refusals[0].figures["seat"] == seat.pk
    assert not PaperSheet.objects.exists()


def test_times_ahead_strangers_and_an_empty_roll_are_refused(term: Term, typist: Any) -> None:
    session, seat, stranger = a_session(term), a_learner(term), a_learner(factories.a_term())
    roll = a_roll(session, typist)
    for pairs, code in (
        ({seat.pk: whole(session)}, "ahead"),
        ({stranger.pk: Pair(at(10))}, "not_expected"),
        ({seat.pk: Pair()}, "nothing_entered"),
    ):
        with pytest.raises(DomainError) as refused:
            enter_roll(roll, pairs, at=at(10, "11:00"), actor=typist)
        assert code_of(refused) == code


# confirming


def test_a_second_person_puts_it_on_record_by_the_rules_of_the_programme(term: Term, typist: Any, second: Any) -> None:
    session, punctual, late, absent = a_session(term), a_learner(term), a_learner(term), a_learner(term)
    pairs = {punctual.pk: whole(session), late.pk: Pair(at(10, "08:50"), at(10, "11:50")), absent.pk: Pair()}
    sheet = enter_roll(a_roll(session, typist), pairs, at=at(10, "12:10"), actor=typist)
    with pytest.raises(DomainError) as refused:
        confirm_sheet(sheet, at=at(10, "12:15"), actor=typist)
    assert code_of(refused) == "same_person"
    with pytest.raises(DomainError) as refused:
        confirm_sheet(sheet, at=at(10, "12:16"), actor=second, seen=at(10, "12:05").isoformat())
    assert code_of(refused) == "typed_again", "what was compared is not what is there now"
    sheet.refresh_from_db()
    seen = sheet.entered_at.isoformat()
    assert confirm_sheet(sheet, at=at(10, "12:20"), actor=second, seen=seen).state == "confirmed"
    entry = CheckEntry.objects.get(enrolment=late, kind=CheckKind.IN)
    assert (entry.method, entry.at, entry.actor, entry.recorded_at) == (
        "paper", at(10, "08:50"), second, at(10, "12:20"),
    )  # fmt: skip
    assert CheckEntry.objects.count() == 4
    session = close_session(session, at=at(10, "12:30"), actor=typist)
    assert {seat.pk: (str(cell.status), cell.minutes) for seat, cell in session_rows(session)} == {
        punctual.pk: ("present", 180), late.pk: ("late", 162), absent.pk: ("absent", 0),
    }  # fmt: skip


def test_the_record_stays_where_the_paper_says_otherwise_and_a_repeat_changes_nothing(
    term: Term, typist: Any, second: Any
) -> None:
    session, scanned, unsigned, fresh = a_session(term), a_learner(term), a_learner(term), a_learner(term)
    nonce = a_board(session, opened_by=typist).nonce
    for seat in (scanned, unsigned):
        moment = at(10, "08:45")
        check_in(session.pk, seat.person.user, kind=CheckKind.IN, nonce=nonce, scanned_at=moment, at=moment)
    sheet = a_sheet(session, typist, [scanned, fresh])
    seats = [scanned, unsigned, fresh]
    sheet.roll.session = session
    lines = {line.enrolment.pk: (line.arrival, line.departure, line.fresh) for line in compare_sheet(sheet, seats)}
    assert lines == {
        scanned.pk: ("differs", "new", 1), unsigned.pk: ("unlisted", "blank", 0), fresh.pk: ("new", "new", 2),
    }  # fmt: skip
    confirm_sheet(sheet, at=at(10, "12:20"), actor=second)
    assert CheckEntry.objects.get(enrolment=scanned, kind=CheckKind.IN).at == at(10, "08:45")
    before = list(CheckEntry.objects.order_by("pk").values_list("pk", "at", "method"))
    assert len(before) == 5
    confirm_sheet(sheet, at=at(10, "12:25"), actor=second)
    assert list(CheckEntry.objects.order_by("pk").values_list("pk", "at", "method")) == before


def test_after_closing_a_confirmation_is_refused_with_what_to_do(term: Term, typist: Any, second: Any) -> None:
    session, seat = a_session(term), a_learner(term)
    sheet = a_sheet(session, typist, [seat])
    close_session(session, at=at(10, "12:15"), actor=typist)
    with pytest.raises(DomainError) as refused:
        confirm_sheet(sheet, at=at(10, "12:20"), actor=second)
    assert code_of(refused) == "session_closed"
    assert refused.value.refusals[0].explanation
    with pytest.raises(DomainError) as refused:
        enter_roll(sheet.roll, {seat.pk: whole(session)}, at=at(10, "12:20"), actor=typist)
    assert code_of(refused) == "session_closed"
    assert not CheckEntry.objects.exists()


def test_a_roll_sent_back_needs_a_reason_and_can_be_typed_again(term: Term, typist: Any, second: Any) -> None:
    session, seat = a_session(term), a_learner(term)
    sheet = a_sheet(session, typist, [seat])
    for actor, reason, code in ((second, " ", "reason_missing"), (typist, "错行", "same_person")):
        with pytest.raises(DomainError) as refused:
            send_back_sheet(sheet, reason=reason, at=at(10, "12:20"), actor=actor)
        assert code_of(refused) == code
    send_back_sheet(sheet, reason="第3行错位", at=at(10, "12:20"), actor=second)
    with pytest.raises(DomainError) as refused:
        confirm_sheet(sheet, at=at(10, "12:21"), actor=second)
    assert code_of(refused) == "already_decided"
    again = enter_roll(sheet.roll, {seat.pk: whole(session)}, at=at(10, "12:30"), actor=typist)
    assert again.pk != sheet.pk
    assert confirm_sheet(again, at=at(10, "12:40"), actor=second).state == "confirmed"


def test_the_database_itself_asks_for_a_second_person_and_a_reason(term: Term, typist: Any, second: Any) -> None:
    sheet = a_sheet(a_session(term), typist, [a_learner(term)])
    for change in (
        {"state": "confirmed", "decided_by": typist},
        {"state": "refused", "decided_by": second, "reason": ""},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            PaperSheet.objects.filter(pk=sheet.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        PaperSheet.objects.create(roll=sheet.roll, lines=[], entered_by=second, entered_at=at(10, "12:20"))


# screens


def address(name: str, *args: Any) -> str:
    return reverse(f"lms_attendance_admin:{name}", args=args)


def test_while_the_session_runs_the_roll_says_until_when(signed_in: Any, term: Term, typist: Any) -> None:
    session, client = a_session(term), signed_in(typist)
    a_learner(term)
    client.post(address("print_roll", session.pk))
    roll, words = address("paper_roll", PaperRoll.objects.get().code), "本次课到 11:50 结束"
    for clock, said in (("08:20", False), ("10:00", True), ("11:50", False)):
        with time_machine.travel(at(10, clock), tick=False):
            assert (words in client.get(roll).content.decode()) == said, clock


def test_from_the_print_to_the_record_on_screen(
    signed_in: Any, term: Term, typist: Any, second: Any, settings: Any, tmp_path: Any
) -> None:
    settings.LMS_PRIVATE_ROOT = tmp_path
    session, whole_time, late = a_session(term), a_learner(term), a_learner(term)
    first, other = signed_in(typist), signed_in(second)
    with time_machine.travel(at(10, "12:10"), tick=False):
        answer = first.post(address("print_roll", session.pk))
        code = PaperRoll.objects.get().code
        assert answer["Location"] == address("paper_roll", code)
        pdf = first.get(address("roll_pdf", code))
        assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
        found = first.get(address("paper"), {"code": shown_code(code).lower()})
        assert found["Location"] == address("paper_roll", code)
        wrong = {f"p{whole_time.pk}": "on", f"i{late.pk}": "2500", "evidence": a_photo()}
        page = first.post(address("paper_roll", code), wrong)
        rows = {row.seat.pk: row for row in page.context["form"].rows}
        assert rows[late.pk].error
        assert not rows[whole_time.pk].error
        assert (rows[late.pk].arrived, rows[whole_time.pk].present) == ("2500", True)
        kept = page.context["form"].file
        assert kept.expires_at is not None
        right = {f"p{whole_time.pk}": "on", f"p{late.pk}": "on", f"i{late.pk}": "0850", "kept": str(kept.pk)}
        first.post(address("paper_roll", code), right)
        sheet = PaperSheet.objects.get()
        assert sheet.evidence_id == kept.pk
        assert PrivateFile.objects.get().expires_at is None
        assert first.post(address("paper_sheet", sheet.pk), {"act": "confirm"}).status_code == 302
        assert PaperSheet.objects.get().state == "waiting"
        assert other.post(address("paper_sheet", sheet.pk), {"act": "back"}).context["form"].errors
        page = other.get(address("paper_roll", code), follow=True)
        assert page.redirect_chain == [(address("paper_sheet", sheet.pk), 302)]
        other.post(address("paper_sheet", sheet.pk), {"act": "confirm"})
    assert CheckEntry.objects.filter(method="paper").count() == 4
    assert CheckEntry.objects.get(enrolment=late, kind="in").at == at(10, "08:50")


def test_an_evening_that_goes_past_midnight_is_typed_by_the_clock(term: Term) -> None:
    session, seat = a_session(term, starts_at=at(10, "22:00")), a_learner(term)
    form = RollForm(
        {f"i{seat.pk}": "2210", f"o{seat.pk}": "0115"},
        session=session, seats=[seat], typed={}, owner=seat.person.user, at=at(11, "02:00"),
    )  # fmt: skip
    assert form.is_valid()
    assert form.pairs == {seat.pk: Pair(at(10, "22:10"), at(11, "01:15"))}


def test_outsiders_are_turned_away_and_an_instructor_may_confirm_but_not_type(signed_in: Any, term: Term) -> None:
    mine, me, stranger = factories.a_group(term, "A"), factories.staff(Role.ASSISTANT), factories.staff(Role.ASSISTANT)
    mine.assistants.add(me)
    factories.a_group(term, "B").assistants.add(stranger)
    session, learner = a_session(term), a_learner(term, group=mine)
    session.groups.add(mine)
    sheet = a_sheet(session, me, [learner])
    pages = [("paper_roll", sheet.roll.code), ("roll_pdf", sheet.roll.code), ("paper_sheet", sheet.pk)]
    for name, key in pages:
        assert signed_in(stranger).get(address(name, key)).status_code == 403, name
        assert signed_in(learner.person.user).get(address(name, key)).status_code == 302, name
    assert sheet.roll not in [roll for roll, _sheet in signed_in(stranger).get(address("paper")).context["rolls"]]
    assert signed_in(stranger).post(address("print_roll", session.pk)).status_code == 403
    assert signed_in(stranger).post(address("paper_sheet", sheet.pk), {"act": "confirm"}).status_code == 403
    instructor = signed_in(factories.staff(Role.INSTRUCTOR))
    assert instructor.post(address("print_roll", session.pk)).status_code == 403
    assert instructor.post(address("paper_roll", sheet.roll.code), {f"p{learner.pk}": "on"}).status_code == 403
    with time_machine.travel(at(10, "12:20"), tick=False):
        instructor.post(address("paper_sheet", sheet.pk), {"act": "confirm"})
    assert PaperSheet.objects.get().state == "confirmed"
    assert signed_in(me).get(address("paper_roll", "NOSUCHCD")).status_code == 404


def test_a_roll_of_two_classes_is_confirmed_by_somebody_who_answers_for_all_that_was_typed(
    signed_in: Any, term: Term
) -> None:
    groups = [factories.a_group(term, code) for code in "AB"]
    staff = [factories.staff(Role.ASSISTANT) for _group in groups]
    for group, user in zip(groups, staff, strict=True):
        group.assistants.add(user)
    session, seats = a_session(term), [a_learner(term, group=group) for group in groups]
    sheet = a_sheet(session, staff[0], [seats[0]])
    assert signed_in(staff[1]).get(address("paper_sheet", sheet.pk)).status_code == 403
    assert signed_in(factories.staff(Role.ADMINISTRATOR)).get(address("paper_sheet", sheet.pk)).status_code == 200


def test_the_photo_opens_for_staff_of_the_class_only(term: Term, settings: Any, tmp_path: Any) -> None:
    settings.LMS_PRIVATE_ROOT = tmp_path
    mine, me, stranger = factories.a_group(term, "A"), factories.staff(Role.ASSISTANT), factories.staff(Role.ASSISTANT)
    mine.assistants.add(me)
    factories.a_group(term, "B").assistants.add(stranger)
    session, seat = a_session(term), a_learner(term, group=mine)
    session.groups.add(mine)
    typist = factories.staff(Role.ADMINISTRATOR)
    photo = keep_evidence(a_photo().file, kind=EvidenceKind.PAPER, name="a.jpg", owner=typist, at=at(10, "12:00"))
    enter_roll(a_roll(session, typist), {seat.pk: whole(session)}, evidence=photo, at=at(10, "12:10"), actor=typist)
    again = enter_roll(PaperRoll.objects.get(), {seat.pk: Pair(at(10))}, at=at(10, "12:11"), actor=typist)
    assert again.evidence == photo
    assert may_open(photo, me)
    assert not may_open(photo, stranger)
    assert not may_open(photo, seat.person.user)


@pytest.mark.parametrize("count", [3, 200])
def test_queries_of_typing_and_confirming(
    signed_in: Any, term: Term, typist: Any, second: Any, django_assert_max_num_queries: Any, count: int
) -> None:
    session = a_session(term)
    seats = [a_learner(term) for _n in range(count)]
    sheet = a_sheet(session, typist, seats)
    first, other = signed_in(typist), signed_in(second)
    ticks = {f"p{seat.pk}": "on" for seat in seats}
    with time_machine.travel(at(10, "12:20"), tick=False):
        first.get(address("paper"))
        with django_assert_max_num_queries(24):
            assert first.get(address("paper_roll", sheet.roll.code), {"again": 1}).status_code == 200
        with django_assert_max_num_queries(24):
            assert other.get(address("paper_sheet", sheet.pk)).status_code == 200
        with django_assert_max_num_queries(24):
            assert first.get(address("paper")).status_code == 200
        with django_assert_max_num_queries(30):
            assert first.post(address("paper_roll", sheet.roll.code), ticks).status_code == 302
        with django_assert_max_num_queries(34):
            assert other.post(address("paper_sheet", sheet.pk), {"act": "confirm"}).status_code == 302
    assert CheckEntry.objects.count() == 2 * count
