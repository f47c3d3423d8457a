"""Who is in the room by the journals: for the check during class, the headcount and the roll call."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lms.attendance.conf import attendance_settings
from lms.attendance.enums import CheckKind, CheckMethod, DeviceState, SessionState
from lms.attendance.models import AttendanceMark, CheckEntry, DeviceChange, Headcount, Prompt, RollCall, Session
from lms.attendance.rules.suspicion import Check, own_phones
from lms.attendance.selectors.evidence import BY_PHONE, read_limits
from lms.attendance.selectors.sessions import class_enrolments, of_learner
from lms.programmes.models import Enrolment

LAYER = "headcount"
PHONE_COLUMNS = ("enrolment_id", "device", "at")


@dataclass
class RoomFacts:
    """What the journals say of one session, by enrolment id: entries by kind, latest correction, latest call."""

    entries: dict[int, dict[str, CheckEntry]] = field(default_factory=dict)
    marks: dict[int, int | None] = field(default_factory=dict)
    calls: dict[int, RollCall] = field(default_factory=dict)

    def was_there(self, pk: int, at: datetime) -> bool:
        """In the room at `at` before anybody was called: came and had not left, or a correction says so (R12)."""
        came, left = self._at(pk, CheckKind.IN), self._at(pk, CheckKind.OUT)
        if (left is not None and left <= at) or self.marks.get(pk) == 0:
            return False
        return (came is not None and came <= at) or bool(self.marks.get(pk))

    def is_there(self, pk: int, at: datetime) -> bool:
        """The same, less those who were called and not seen."""
        return self.was_there(pk, at) and (pk not in self.calls or self.calls[pk].seen)

    def everybody(self) -> set[int]:
        """Whoever left a trace."""
        return {*self.entries, *self.marks}

    def _at(self, pk: int, kind: CheckKind) -> datetime | None:
        entry = self.entries.get(pk, {}).get(kind)
        return entry.at if entry else None


@dataclass(frozen=True)
class HeadcountState:
    """The latest headcount beside what the journals, roll call included, say today of that moment."""

    latest: Headcount | None
    record: int

    @property
    def difference(self) -> int:
        """Heads counted less learners on record; 0 when nobody counted."""
        return self.latest.counted - self.record if self.latest else 0

    @property
    def matches(self) -> bool:
        """Somebody counted, and the figures agree."""
        return self.latest is not None and self.difference == 0


@dataclass(frozen=True)
class RollRow:
    """A learner on record in the room. `signs` are words; `call` is what calling her by name gave."""

    enrolment: Enrolment
    came: datetime | None
    signs: Sequence[str]
    call: RollCall | None


def headcount_on() -> bool:
    """Whether heads must be counted before a sheet is closed."""
    return LAYER in attendance_settings.LAYERS


def read_room(session: Session) -> RoomFacts:
    """Three queries."""
    facts = RoomFacts()
    for entry in CheckEntry.objects.filter(session=session).order_by("pk"):
        facts.entries.setdefault(entry.enrolment_id, {})[entry.kind] = entry
    marks = AttendanceMark.objects.filter(session=session).order_by("revision")
    facts.marks = dict(marks.values_list("enrolment_id", "minutes"))
    facts.calls = {call.enrolment_id: call for call in RollCall.objects.filter(session=session).order_by("pk")}
    return facts


def count_room(session: Session, *, at: datetime) -> int:
    """How many the journals have in the room at `at`, those called and not seen left out."""
    return _count(session, read_room(session), at)


def headcount_state(session: Session) -> HeadcountState:
    """The latest headcount, compared with the record as it stands after roll call and corrections."""
    latest = Headcount.objects.filter(session=session).order_by("-pk").first()
    return HeadcountState(latest, count_room(session, at=latest.at) if latest else 0)


def unanswered(session: Session, *, at: datetime) -> set[int]:
    """Enrolment ids of those who were in the room when the check during class began and did not answer it.

    Empty until it is over. Who came after it began, or had left, is not among them. Costs no class hours by itself.
    """
    prompt = Prompt.objects.filter(session=session, until__lt=min(at, session.closed_at or at)).first()
    return _unanswered(read_room(session), prompt)


def roll_rows(session: Session, *, at: datetime) -> list[RollRow]:
    """Everybody on record in the room at `at`, those with weak signs first; eight queries."""
    facts = read_room(session)
    prompt = Prompt.objects.filter(session=session, until__lt=min(at, session.closed_at or at)).first()
    silent, weigh = _unanswered(facts, prompt), _Signs(facts)
    rows = []
    for seat in class_enrolments(session):
        if facts.was_there(seat.pk, at):
            entry = facts.entries.get(seat.pk, {}).get(CheckKind.IN)
            signs = [_("Check during class not answered")] if seat.pk in silent else []
            rows.append(RollRow(seat, entry.at if entry else None, signs + weigh.of(entry), facts.calls.get(seat.pk)))
    return sorted(rows, key=lambda row: (-len(row.signs), row.enrolment.number))


def off_record(session: Session, words: str, *, at: datetime) -> list[Enrolment]:
    """Learners of the session by a part of the name or the seat number, who are not on record in the room."""
    facts = read_room(session)
    found = class_enrolments(session).filter(person__name__icontains=words)
    if words.isdecimal():
        found = class_enrolments(session).filter(number=int(words[:9]))
    return [seat for seat in found if not facts.was_there(seat.pk, at)]


def room_notes(session: Session, *, at: datetime) -> dict[int, list[str]]:
    """Enrolment id -> words for the sheet: check during class not answered, called and not seen."""
    facts = read_room(session)
    prompt = Prompt.objects.filter(session=session, until__lt=min(at, session.closed_at or at)).first()
    notes: dict[int, list[str]] = {pk: [_("Check during class not answered")] for pk in _unanswered(facts, prompt)}
    for pk, call in facts.calls.items():
        if not call.seen:
            notes.setdefault(pk, []).append(_("Called and not seen"))
    return notes


def open_prompt_for(enrolment: Enrolment, *, at: datetime) -> Prompt | None:
    """The check during class that this learner is to answer now: she has checked in, not out, and not answered."""
    here = CheckEntry.objects.filter(enrolment=enrolment)
    return (
        Prompt.objects.filter(opens_at__lte=at, until__gte=at, session__state=SessionState.OPEN)
        .filter(of_learner(enrolment, "session"), session__term=enrolment.term_id)
        .filter(session__in=here.filter(kind=CheckKind.IN).values("session"))
        .exclude(session__in=here.filter(kind__in=[CheckKind.MID, CheckKind.OUT]).values("session"))
        .select_related("session__course")
        .first()
    )


def _count(session: Session, facts: RoomFacts, at: datetime) -> int:
    members = set(class_enrolments(session).values_list("pk", flat=True))
    return sum(1 for pk in facts.everybody() & members if facts.is_there(pk, at))


def _unanswered(facts: RoomFacts, prompt: Prompt | None) -> set[int]:
    if prompt is None:
        return set()
    silent = set()
    for pk, entries in facts.entries.items():
        came, left = entries.get(CheckKind.IN), entries.get(CheckKind.OUT)
        if came is None or came.at > prompt.opens_at or CheckKind.MID in entries:
            continue
        if left is None or left.at > prompt.opens_at:
            silent.add(pk)
    return silent


class _Signs:
    """Words for what makes a check-in weaker than others of the session. None of them says that somebody cheated."""

    def __init__(self, facts: RoomFacts) -> None:
        came = [kinds[CheckKind.IN] for kinds in facts.entries.values() if CheckKind.IN in kinds]
        self.phones = Counter(entry.device for entry in came if entry.device)
        self.own = _own_phones(came)
        self.mostly_scanned = 2 * sum(entry.method == CheckMethod.SCAN for entry in came) > len(came)
        self.old_ms = read_limits().old_ms

    def of(self, entry: CheckEntry | None) -> list[str]:
        """The signs of one check-in; without one somebody entered the learner by hand."""
        if entry is None:
            return [_("No check-in, entered by hand")]
        return [*self._of_phone(entry), *self._of_code(entry)]

    def _of_phone(self, entry: CheckEntry) -> list[str]:
        if self.phones[entry.device] > 1:
            return [_("One phone for several learners")]
        if entry.device and entry.device not in self.own.get(entry.enrolment_id, {entry.device}):
            return [_("Another phone than at first")]
        return []

    def _of_code(self, entry: CheckEntry) -> list[str]:
        signs, tries = [], entry.stale_tries
        if tries:
            signs.append(ngettext("%(n)s outdated code before", "%(n)s outdated codes before", tries) % {"n": tries})
        if (entry.code_age_ms or 0) >= self.old_ms:
            signs.append(_("Code almost out of date"))
        if entry.method == CheckMethod.TYPED:
            signs.append(_("Typed code"))
        if self.mostly_scanned and entry.method in BY_PHONE:
            signs.append(_("Not scanned by staff"))
        return signs


def _own_phones(came: Iterable[CheckEntry]) -> dict[int, set[str]]:
    """Enrolment id -> phones that count as hers, for those who came with one; two queries."""
    seats = [entry.enrolment_id for entry in came if entry.device]
    rows = CheckEntry.objects.filter(enrolment__in=seats, method__in=BY_PHONE).exclude(device="")
    checks = [Check(0, pk, CheckKind.IN, at, device=mark) for pk, mark, at in rows.values_list(*PHONE_COLUMNS)]
    held = DeviceChange.objects.filter(enrolment__in=seats, state=DeviceState.APPROVED)
    return own_phones(checks, list(held.values_list("enrolment_id", "mark")))
