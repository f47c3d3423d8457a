"""The paper roll: printed, typed in by one person, confirmed by another."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from lms.attendance.enums import CheckKind, CheckMethod, PaperState, SessionState
from lms.attendance.models import CheckEntry, PaperRoll, PaperSheet, Session
from lms.attendance.rules import Pair, draw_code
from lms.attendance.selectors import expected_enrolments, pairs_of
from lms.attendance.services.evidence import attach_evidence
from lms.attendance.services.locking import lock_session
from lms.attendance.services.refusing import doors_of
from lms.core.audit import record_act
from lms.core.exceptions import DomainError, Refusal, refuse
from lms.core.templatetags.lms_ui import who
from lms.files.models import PrivateFile

KINDS = {CheckKind.IN: "arrived", CheckKind.OUT: "left"}


@transaction.atomic
def print_roll(session: Session, *, at: datetime, actor: Any) -> PaperRoll:
    """A new roll with a code of its own. Refuses `session_cancelled`."""
    if session.state == SessionState.CANCELLED:
        raise refuse("session_cancelled", _("This session was cancelled."))
    code = draw_code(secrets.choice)
    roll = PaperRoll.objects.create(session=session, code=code, printed_by=actor, printed_at=at)
    record_act("lms_attendance.print_roll", session, actor=actor, after={"roll": code})
    return roll


@transaction.atomic
def enter_roll(
    roll: PaperRoll, pairs: Mapping[int, Pair], *, evidence: PrivateFile | None = None, at: datetime, actor: Any
) -> PaperSheet:
    """Keep what stands on the paper until a second person confirms it; `pairs` by seat id.

    Who typed it may type it again while it waits; without another file the photo sent before stays. Refuses
    `session_cancelled`, `session_closed`, `nothing_entered`, `waits_already`, and, with one refusal for each learner,
    what `_require_pairs` refuses. Nothing is credited yet.
    """
    session = lock_session(roll.session_id)
    _require_open(session)
    written = {pk: pair for pk, pair in pairs.items() if pair != Pair()}
    if not written:
        raise refuse("nothing_entered", _("No learner has a time yet."), _("Tick who was there, or type the times."))
    _require_pairs(session, written, at)
    lines = [{"enrolment": pk, "in": _text(pair.arrived), "out": _text(pair.left)} for pk, pair in written.items()]
    sheet = PaperSheet.objects.filter(roll=roll, state=PaperState.WAITING).select_related("entered_by__person").first()
    if sheet is not None and sheet.entered_by_id != actor.pk:
        raise refuse(
            "waits_already",
            _("%(name)s typed this roll already; it waits for a second person.") % {"name": who(sheet.entered_by)},
            _("Confirm it, or send it back with a reason; then it can be typed again."),
        )
    sheet = sheet or PaperSheet(roll=roll, entered_by=actor)
    sheet.lines, sheet.entered_at = lines, at
    sheet.evidence = attach_evidence(evidence) or _photo_before(roll)
    sheet.save()
    record_act("lms_attendance.enter_roll", session, actor=actor, after={"roll": roll.code, "learners": len(lines)})
    return sheet


@transaction.atomic
def confirm_sheet(sheet: PaperSheet, *, at: datetime, actor: Any, seen: str = "") -> PaperSheet:
    """Put on record what stands on the paper, where nothing is on record yet; a repeat changes nothing.

    The actor is another person than the one who typed. What is on record already stays as it is, also where the paper
    says otherwise: that takes a correction. `seen` is when the lines that were compared had been typed (ISO). Refuses
    `typed_again` when they were typed anew since, `same_person`, `already_decided`, `session_cancelled`,
    `session_closed`, and what `_require_pairs` refuses (the session was moved, a seat was given up).
    """
    session = lock_session(sheet.roll.session_id)
    sheet = _lock_sheet(sheet)
    if sheet.state == PaperState.CONFIRMED:
        return sheet
    _require_decidable(sheet, actor)
    if seen and seen != sheet.entered_at.isoformat():
        raise refuse("typed_again", _("This roll was typed again meanwhile."), _("Compare the lines once more."))
    _require_open(session)
    pairs = pairs_of(sheet)
    _require_pairs(session, pairs, at)
    held = set(CheckEntry.objects.filter(session=session).order_by().values_list("enrolment_id", "kind"))
    fresh = [
        CheckEntry(
            session=session,
            enrolment_id=pk,
            kind=kind,
            at=getattr(pair, side),
            method=CheckMethod.PAPER,
            actor=actor,
            recorded_at=at,
        )
        for pk, pair in pairs.items()
        for kind, side in KINDS.items()
        if getattr(pair, side) is not None and (pk, str(kind)) not in held
    ]
    CheckEntry.objects.bulk_create(fresh, ignore_conflicts=True)
    _decide(sheet, PaperState.CONFIRMED, at=at, actor=actor)
    record_act(
        "lms_attendance.confirm_roll",
        session,
        actor=actor,
        after={"roll": sheet.roll.code, "learners": len(pairs), "entries": len(fresh)},
    )
    return sheet


@transaction.atomic
def send_back_sheet(sheet: PaperSheet, *, reason: str, at: datetime, actor: Any) -> PaperSheet:
    """Not as on the paper: it is to be typed again. Refuses `reason_missing`, `same_person`, `already_decided`."""
    sheet = _lock_sheet(sheet)
    if not reason.strip():
        raise refuse("reason_missing", _("Give a reason."))
    _require_decidable(sheet, actor)
    _decide(sheet, PaperState.REFUSED, at=at, actor=actor, reason=reason.strip())
    after = {"roll": sheet.roll.code}
    record_act("lms_attendance.send_back_roll", sheet.roll.session, actor=actor, reason=reason, after=after)
    return sheet


def _photo_before(roll: PaperRoll) -> PrivateFile | None:
    before = PaperSheet.objects.filter(roll=roll, evidence__isnull=False).select_related("evidence").first()
    return before.evidence if before is not None else None


def _lock_sheet(sheet: PaperSheet) -> PaperSheet:
    return PaperSheet.objects.select_for_update(of=("self",)).select_related("roll__session").get(pk=sheet.pk)


def _require_open(session: Session) -> None:
    if session.state == SessionState.CANCELLED:
        raise refuse("session_cancelled", _("This session was cancelled."))
    if session.state == SessionState.CLOSED:
        raise refuse(
            "session_closed",
            _("The sheet of this session is closed and the hours are credited."),
            _("Enter what the paper says as corrections, with the photo as evidence; the learners are told."),
        )


def _require_decidable(sheet: PaperSheet, actor: Any) -> None:
    if sheet.state != PaperState.WAITING:
        raise refuse("already_decided", _("Somebody decided on this roll meanwhile."))
    if sheet.entered_by_id == actor.pk:
        raise refuse(
            "same_person",
            _("You typed this roll yourself."),
            _("Another assistant, the instructor or the administrator confirms it."),
        )


def _require_pairs(session: Session, pairs: Mapping[int, Pair], at: datetime) -> None:
    """Every time within the doors and not ahead; refuses `not_expected`, `in_outside`, `out_outside`, `out_before_in`,
    `ahead`, each with the learner's number under `seat`."""
    seats = {seat.pk: seat for seat in expected_enrolments(session)}
    wrong: list[Refusal] = []
    for pk, pair in pairs.items():
        seat = seats.get(pk)
        if seat is None:
            wrong.append(Refusal("not_expected", _("This learner does not belong to the session."), "", {"seat": pk}))
            continue
        problem = _problem_of(session, pair, at)
        if problem is not None:
            code, sentence = problem
            said = f"{seat.number} {seat.person.name}: {sentence}"
            wrong.append(Refusal(code, said, "", {"seat": pk, "sentence": sentence}))
    if wrong:
        raise DomainError(*wrong)


def _problem_of(session: Session, pair: Pair, at: datetime) -> tuple[str, str] | None:
    for kind, moment in ((CheckKind.IN, pair.arrived), (CheckKind.OUT, pair.left)):
        opens, closes = doors_of(session, kind)
        times = {"opens": f"{localtime(opens):%H:%M}", "closes": f"{localtime(closes):%H:%M}"}
        if moment is not None and not opens <= moment <= closes:
            if kind == CheckKind.IN:
                return "in_outside", _("Coming must lie between %(opens)s and %(closes)s.") % times
            return "out_outside", _("Leaving must lie between %(opens)s and %(closes)s.") % times
        if moment is not None and moment > at:
            return "ahead", _("%(time)s is still ahead.") % {"time": f"{localtime(moment):%H:%M}"}
    if pair.arrived is not None and pair.left is not None and pair.left < pair.arrived:
        return "out_before_in", _("Leaving lies before coming.")
    return None


def _decide(sheet: PaperSheet, state: PaperState, *, at: datetime, actor: Any, reason: str = "") -> None:
    sheet.state, sheet.decided_by, sheet.decided_at, sheet.reason = state, actor, at, reason
    sheet.save(update_fields=["state", "decided_by", "decided_at", "reason"])


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
