"""What the board shows, and whose code it is."""

from collections.abc import Collection, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import FilteredRelation, Q

from lms.attendance.conf import attendance_settings
from lms.attendance.enums import CheckKind, SessionState
from lms.attendance.models import Board, CheckRefusal, Prompt, Session
from lms.attendance.rules import Face, face_of
from lms.attendance.selectors.sessions import expected_enrolments, of_learner
from lms.programmes.models import Enrolment

REFUSALS_SHOWN = 4


@dataclass(frozen=True)
class BoardView:
    """Counts and names of one session at one side of the door; `present` has the latest first."""

    expected: int
    present: Sequence[tuple[str, datetime]]
    missing: Sequence[str]
    refusals: Sequence[CheckRefusal]


@dataclass(frozen=True)
class Seen:
    """One learner of the session: when she came, answered the check during class, and left."""

    name: str
    times: dict[str, datetime]


def latest_board(session: Session) -> Board | None:
    """The board opened last, with the check during class of its session."""
    return Board.objects.filter(session=session).select_related("session__prompt").order_by("-pk").first()


def prompt_of(session: Session) -> Prompt | None:
    """The check during class, planned or over; no query when it was selected with the session."""
    found: Prompt | None = getattr(session, "prompt", None)
    return found


def may_start_prompt(session: Session, *, at: datetime) -> bool:
    """Whether the check during class can be started by hand: the session runs, has one, and it has not begun."""
    prompt = prompt_of(session)
    unused = prompt is None or prompt.opens_at > at or prompt.opens_at < session.starts_at
    return bool(session.mid_check_minutes) and unused and session.starts_at <= at < session.ends_at


def face_at(board: Board, at: datetime) -> Face:
    """What this board shows at `at`; computed, so that no worker and no hand is needed to turn it."""
    session, prompt = board.session, prompt_of(board.session)
    return face_of(
        board.kind,
        (session.check_in_from, session.ends_at, session.check_out_until),
        prompt=(prompt.opens_at, prompt.until) if prompt else None,
        check_out_required=session.check_out_required,
        at=at,
    )


def board_view(session: Session, face: Face, *, refused_since: datetime, reasons: Collection[str] = ()) -> BoardView:
    """Who is there and who is missing, as the face counts them; refusals for one of the `reasons`. Two queries.

    Coming: everybody expected. Check during class: who was in the room when it began, and whoever answered.
    Leaving: who came. So nobody is called missing who had nothing to do.
    """
    kind = face if face in CheckKind.values else (CheckKind.IN if face == "early" else CheckKind.OUT)
    asked = [seen for seen in _learners(session) if _is_asked(seen, kind, prompt_of(session))]
    present = sorted(((seen.name, seen.times[kind]) for seen in asked if kind in seen.times), key=lambda row: row[1])
    missing = [seen.name for seen in asked if kind not in seen.times]
    refusals = CheckRefusal.objects.filter(session=session, code__in=reasons, at__gte=refused_since).select_related(
        "user__person"
    )
    return BoardView(len(asked), present[::-1], missing, list(refusals[:REFUSALS_SHOWN]))


def open_boards_for(enrolment: Enrolment, *, at: datetime) -> list[Board]:
    """The latest board of each session open to this learner now; one query.

    `kind` is what its code is for at this moment. A board that has just turned comes a second time with the kind it
    had, because its last code is still good.
    """
    boards = (
        Board.objects.filter(of_learner(enrolment, "session"), session__term=enrolment.term_id)
        .filter(session__state=SessionState.OPEN)
        .filter(session__check_in_from__lte=at, session__check_out_until__gte=at)
        .select_related("session__course", "session__prompt")
        .order_by("pk")
    )
    earlier = at - timedelta(seconds=attendance_settings.CODE_SECONDS * attendance_settings.EARLIER_STEPS)
    found = []
    for board in {board.session_id: board for board in boards}.values():
        for face in dict.fromkeys((face_at(board, at), face_at(board, earlier))):
            if face in CheckKind.values:
                shown = copy(board)
                shown.kind = face
                found.append(shown)
    return found


def _learners(session: Session) -> list[Seen]:
    """Everybody expected with her entries: one query, one row for each entry, in order of seat number."""
    entries = FilteredRelation("check_entries", condition=Q(check_entries__session=session))
    rows = expected_enrolments(session).annotate(here=entries)
    found: dict[int, Seen] = {}
    for pk, name, kind, at in rows.values_list("pk", "person__name", "here__kind", "here__at"):
        seen = found.setdefault(pk, Seen(name, {}))
        if kind is not None:
            seen.times[kind] = at
    return list(found.values())


def _is_asked(seen: Seen, kind: str, prompt: Prompt | None) -> bool:
    if kind in seen.times or kind == CheckKind.IN:
        return True
    came, left = seen.times.get(CheckKind.IN), seen.times.get(CheckKind.OUT)
    if kind == CheckKind.OUT or prompt is None:
        return came is not None
    return came is not None and came <= prompt.opens_at and (left is None or left > prompt.opens_at)
