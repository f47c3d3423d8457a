"""What does not fit together at one session. Pure: everything the journals say comes in as plain values.

Learners and sessions are their primary keys, moments are aware, ages are milliseconds, distances metres. Nothing here
knows an address of the network, a coordinate or a name. A finding is no judgement: it says what contradicts what and
waits for a person. A single weak sign never makes one (see `POINTS`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

#: How much each weak sign weighs. A check from within the room's network or surroundings takes one away.
POINTS = {"timing": 2, "timing_twice": 3, "no_answer": 2, "second_app": 2, "place": 2, "network": 1}
ENOUGH = 4
#: Weighed and not kept: hints of place are deleted after a time, and with the consent; a flag is kept.
HINTS = frozenset({"place", "network", "inside_place", "inside_network"})
FORGERIES = frozenset({"forged_ticket", "borrowed_ticket"})
STALE_TRIES = 2


@dataclass(frozen=True)
class Meeting:
    """A session: where and when."""

    key: int
    room: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Check:
    """A row of the journal of checks. `by_phone` is false for rows that staff or paper brought in."""

    meeting: int
    learner: int
    kind: str
    at: datetime
    by_phone: bool = True
    device: str = ""
    code_age_ms: int | None = None
    stale_tries: int = 0


@dataclass(frozen=True)
class Refused:
    """A check at this session that was refused."""

    learner: int
    code: str
    at: datetime


@dataclass(frozen=True)
class PlaceSign:
    """A hint of place at this session: `source` is "network" or "place"."""

    learner: int
    kind: str
    source: str
    inside: bool
    metres: int | None = None


@dataclass(frozen=True)
class Journals:
    """Everything known of one session, and the earlier checks of its learners in the term.

    `approved` holds (learner, phone) that staff approved, `seen` the last answer of the roll call, `prompt` from when
    until when the check during class ran, `elsewhere` what a gate answered, by learner.
    """

    meeting: Meeting
    checks: Sequence[Check]
    others: Mapping[int, Meeting] = field(default_factory=dict)
    refused: Sequence[Refused] = ()
    approved: Collection[tuple[int, str]] = frozenset()
    hints: Sequence[PlaceSign] = ()
    seen: Mapping[int, bool] = field(default_factory=dict)
    prompt: tuple[datetime, datetime] | None = None
    elsewhere: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Limits:
    """A code is old from `old_ms` on, two rooms are `travel` apart, `wrong_codes` typed are more than a slip."""

    old_ms: int
    travel: timedelta
    wrong_codes: int


@dataclass(frozen=True)
class Suspicion:
    """One finding. `evidence` holds figures, ISO moments and keys; the words are made where it is shown."""

    kind: str
    learner: int
    evidence: Mapping[str, Any]


def find_suspicions(journals: Journals, layers: Collection[str], limits: Limits) -> list[Suspicion]:
    """Everything the layers that are on find at this session, at most one of each kind for a learner."""
    here = _by_learner(check for check in journals.checks if check.meeting == journals.meeting.key)
    found = [
        *(_shared_devices(journals, here, layers) if "shared_device" in layers else ()),
        *(_other_devices(journals, here, layers) if "other_device" in layers else ()),
        *(_two_rooms(journals, here) if "two_rooms" in layers else ()),
        *(_impossible_times(journals, here, limits) if "impossible_time" in layers else ()),
        *(_exams(journals, here) if "exam_elsewhere" in layers else ()),
        *(_forgeries(journals, limits) if "forged" in layers else ()),
        *(_not_seen(journals, here) if "headcount" in layers else ()),
        *_weak_signs(journals, here, layers, limits),
    ]
    return sorted(found, key=lambda row: (row.learner, row.kind))


def own_phones(checks: Iterable[Check], approved: Collection[tuple[int, str]] = ()) -> dict[int, set[str]]:
    """Learner -> phones that count as hers: the one of her first check, and those that staff approved."""
    phones: dict[int, set[str]] = {}
    for check in sorted(checks, key=lambda row: row.at):
        if check.by_phone and check.device:
            phones.setdefault(check.learner, {check.device})
    for learner, device in approved:
        phones.setdefault(learner, set()).add(device)
    return phones


def _by_learner(checks: Iterable[Check]) -> dict[int, list[Check]]:
    found: dict[int, list[Check]] = defaultdict(list)
    for check in sorted(checks, key=lambda row: row.at):
        found[check.learner].append(check)
    return found


def _strange(checks: Iterable[Check], own: Collection[str]) -> list[Check]:
    return [check for check in checks if check.by_phone and check.device and check.device not in own]


def _say(check: Check) -> dict[str, str]:
    return {"kind": check.kind, "at": check.at.isoformat()}


def _shared_devices(
    journals: Journals, here: Mapping[int, Sequence[Check]], layers: Collection[str]
) -> Iterator[Suspicion]:
    """One phone checked several learners in or out here, and not all of them were seen when called by name.

    A phone approved for a learner is no contradiction.
    """
    users: dict[str, dict[int, list[Check]]] = defaultdict(lambda: defaultdict(list))
    for learner, checks in here.items():
        for check in checks:
            if check.by_phone and check.device and (learner, check.device) not in journals.approved:
                users[check.device][learner].append(check)
    found: dict[int, tuple[set[int], list[Check]]] = {}
    for sharing in users.values():
        settled = all(_was_seen(journals, learner, layers) for learner in sharing)
        for learner, checks in sharing.items() if len(sharing) > 1 and not settled else ():
            others, held = found.setdefault(learner, (set(), []))
            others.update(sharing.keys() - {learner})
            held.extend(checks)
    for learner, (others, checks) in found.items():
        yield Suspicion(
            "shared_device", learner, {"with": sorted(others), "checks": [_say(check) for check in sorted_by(checks)]}
        )


def sorted_by(checks: Iterable[Check]) -> list[Check]:
    """In order of time."""
    return sorted(checks, key=lambda row: row.at)


def _other_devices(
    journals: Journals, here: Mapping[int, Sequence[Check]], layers: Collection[str]
) -> Iterator[Suspicion]:
    """A phone that is not hers and that nobody approved, alone at this session or known as another learner's.

    Beside her own phone at the same session it is a weak sign only: a camera and WeChat on one phone know nothing of
    each other. Whoever was seen at the roll call has nothing to explain.
    """
    phones = own_phones(journals.checks, journals.approved)
    owners = _owners(journals.checks)
    for learner, checks in here.items():
        strange = _strange(checks, phones.get(learner, set()))
        holders = sorted({owners[check.device] for check in strange if check.device in owners} - {learner})
        alone = not any(check.by_phone and check.device in phones.get(learner, ()) for check in checks)
        if strange and (alone or holders) and not _was_seen(journals, learner, layers):
            evidence: dict[str, Any] = {"checks": [_say(check) for check in strange]}
            yield Suspicion("other_device", learner, evidence | ({"phone_of": holders} if holders else {}))


def _owners(checks: Iterable[Check]) -> dict[str, int]:
    """Phone -> the learner whose first phone it is; the earliest where several claim it."""
    found: dict[str, int] = {}
    seen: set[int] = set()
    for check in sorted_by(checks):
        if check.by_phone and check.device and check.learner not in seen:
            seen.add(check.learner)
            found.setdefault(check.device, check.learner)
    return found


def _second_apps(journals: Journals, here: Mapping[int, Sequence[Check]]) -> set[int]:
    """Learners who used their own phone and, at the same session, another one that nobody approved."""
    phones = own_phones(journals.checks, journals.approved)
    return {learner for learner, checks in here.items() if _strange(checks, phones.get(learner, set()))}


def _two_rooms(journals: Journals, here: Mapping[int, Sequence[Check]]) -> Iterator[Suspicion]:
    meeting = journals.meeting
    for learner, away in _elsewhere_checks(journals, here).items():
        for check in away:
            other = journals.others.get(check.meeting)
            if other and other.starts_at < meeting.ends_at and meeting.starts_at < other.ends_at:
                checks = [_say(row) for row in here[learner]]
                yield Suspicion(
                    "two_rooms", learner, {"session": other.key, "checks": checks, "other_checks": [_say(check)]}
                )
                break


def _impossible_times(journals: Journals, here: Mapping[int, Sequence[Check]], limits: Limits) -> Iterator[Suspicion]:
    away = _elsewhere_checks(journals, here)
    for learner, checks in here.items():
        at = {check.kind: check for check in checks}
        if "in" in at and "out" in at and at["out"].at < at["in"].at:
            yield Suspicion("impossible_time", learner, {"checks": [_say(at["out"]), _say(at["in"])]})
            continue
        before = [check for check in away.get(learner, ()) if _follows_too_fast(journals, check, checks[0], limits)]
        if before:
            last = before[-1]
            seconds = int((checks[0].at - last.at).total_seconds())
            evidence = {"session": last.meeting, "seconds": seconds, "needed": int(limits.travel.total_seconds())}
            yield Suspicion("impossible_time", learner, evidence | {"checks": [_say(last), _say(checks[0])]})


def _follows_too_fast(journals: Journals, before: Check, first: Check, limits: Limits) -> bool:
    other, meeting = journals.others.get(before.meeting), journals.meeting
    if other is None or not other.room or other.room == meeting.room or other.ends_at > meeting.starts_at:
        return False
    return timedelta(0) <= first.at - before.at < limits.travel


def _elsewhere_checks(journals: Journals, here: Mapping[int, Sequence[Check]]) -> dict[int, list[Check]]:
    away = _by_learner(check for check in journals.checks if check.meeting != journals.meeting.key)
    return {learner: checks for learner, checks in away.items() if learner in here}


def _exams(journals: Journals, here: Mapping[int, Sequence[Check]]) -> Iterator[Suspicion]:
    for learner, figures in journals.elsewhere.items():
        if learner in here:
            yield Suspicion("exam_elsewhere", learner, {**figures, "checks": [_say(row) for row in here[learner]]})


def _forgeries(journals: Journals, limits: Limits) -> Iterator[Suspicion]:
    tried: dict[int, list[Refused]] = defaultdict(list)
    for row in journals.refused:
        tried[row.learner].append(row)
    for learner, rows in tried.items():
        forged = [row for row in rows if row.code in FORGERIES]
        wrong = sum(1 for row in rows if row.code == "typed_wrong")
        if forged or wrong >= limits.wrong_codes:
            times = [{"code": row.code, "at": row.at.isoformat()} for row in sorted(forged, key=lambda row: row.at)]
            yield Suspicion("forged", learner, {"refused": times[:10], "wrong_codes": wrong})


def _not_seen(journals: Journals, here: Mapping[int, Sequence[Check]]) -> Iterator[Suspicion]:
    for learner, seen in journals.seen.items():
        if not seen and learner in here:
            yield Suspicion("not_seen", learner, {"checks": [_say(check) for check in here[learner]]})


def _was_seen(journals: Journals, learner: int, layers: Collection[str]) -> bool:
    return "headcount" in layers and journals.seen.get(learner) is True


def _weak_signs(
    journals: Journals, here: Mapping[int, Sequence[Check]], layers: Collection[str], limits: Limits
) -> Iterator[Suspicion]:
    """Signs that say something only together. Without an answer during class it reads as having gone."""
    hints = _hints_by_learner(journals, layers)
    second = _second_apps(journals, here) if "other_device" in layers else set()
    for learner, checks in here.items():
        signs = _signs(journals, checks, hints.get(learner, ()), layers, limits)
        signs |= {"second_app": {}} if learner in second else {}
        missed = "headcount" in layers and journals.seen.get(learner) is False
        kept = {name: figures for name, figures in signs.items() if name not in HINTS}
        if "no_answer" in signs and missed:
            yield Suspicion("gone", learner, {"signs": kept, "not_seen": True, "checks": [_say(row) for row in checks]})
        elif "relayed" in layers and _total(signs) >= ENOUGH and not _was_seen(journals, learner, layers):
            kind = "gone" if "no_answer" in signs and "timing_in" not in signs else "relayed"
            yield Suspicion(kind, learner, {"signs": kept, "checks": [_say(row) for row in checks]})


def _hints_by_learner(journals: Journals, layers: Collection[str]) -> dict[int, list[PlaceSign]]:
    found: dict[int, list[PlaceSign]] = defaultdict(list)
    for hint in journals.hints:
        if hint.source in layers:
            found[hint.learner].append(hint)
    return found


def _signs(
    journals: Journals, checks: Sequence[Check], hints: Sequence[PlaceSign], layers: Collection[str], limits: Limits
) -> dict[str, Any]:
    """The weak signs of one learner, by name, with their figures."""
    signs: dict[str, Any] = {}
    if "relayed" in layers:
        for check in checks:
            if _is_slow(check, limits):
                signs[f"timing_{check.kind}"] = {"age_ms": check.code_age_ms, "stale": check.stale_tries}
    if "mid_check" in layers and _owes_answer(journals, checks):
        signs["no_answer"] = {"opens": journals.prompt[0].isoformat()} if journals.prompt else {}
    for hint in hints:
        signs[f"inside_{hint.source}" if hint.inside else hint.source] = {"metres": hint.metres}
    return signs


def _is_slow(check: Check, limits: Limits) -> bool:
    old = check.code_age_ms is not None and check.code_age_ms >= limits.old_ms
    return check.by_phone and (old or check.stale_tries >= STALE_TRIES)


def _owes_answer(journals: Journals, checks: Sequence[Check]) -> bool:
    """Came before the check during class began, had not left by then, and did not answer."""
    if journals.prompt is None:
        return False
    opens, until = journals.prompt
    at = {check.kind: check.at for check in checks}
    return "in" in at and at["in"] <= opens and "mid" not in at and not ("out" in at and at["out"] < until)


def _total(signs: Mapping[str, Any]) -> int:
    slow = sum(1 for name in signs if name.startswith("timing_"))
    points = (0, POINTS["timing"], POINTS["timing_twice"])[min(slow, 2)]
    points += sum(POINTS[name] for name in ("no_answer", "second_app", "place", "network") if name in signs)
    return points - any(name.startswith("inside_") for name in signs)
