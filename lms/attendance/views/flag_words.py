"""Evidence in plain words of the reader's language. Flags keep figures, times and keys only."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lms.attendance.enums import CheckKind, DeviceState, FlagKind, HintSource
from lms.attendance.models import Flag, Session
from lms.attendance.selectors.flags import Traces, names_of, read_moment, sessions_named
from lms.core.templatetags.lms_ui import clock_time, when, who

REFUSED = {
    "not_expected": gettext_lazy("not on the list"),
    "session_closed": gettext_lazy("sheet closed"),
    "session_not_open": gettext_lazy("not open"),
    "too_early": gettext_lazy("too early"),
    "too_late": gettext_lazy("too late"),
    "staff_scan_only": gettext_lazy("only staff scan"),
    "forged_ticket": gettext_lazy("the request was forged"),
    "borrowed_ticket": gettext_lazy("the scan of another account"),
    "stale_ticket": gettext_lazy("the scan had expired"),
    "typed_wrong": gettext_lazy("wrong typed code"),
}
DOES_NOT_FIT = {
    FlagKind.SHARED_DEVICE: gettext_lazy(
        "One phone checks in one learner. A phone lent at the door is approved first."
    ),
    FlagKind.OTHER_DEVICE: gettext_lazy("The phone of the first check-in is hers; another one needs an approval."),
    FlagKind.TWO_ROOMS: gettext_lazy("Nobody sits in two rooms at once."),
    FlagKind.IMPOSSIBLE_TIME: gettext_lazy("These times cannot both be true."),
    FlagKind.EXAM_ELSEWHERE: gettext_lazy("Whoever sits an exam at that moment does not stand at the door."),
    FlagKind.RELAYED: gettext_lazy("Several weak signs together suggest that the code came from somebody in the room."),
    FlagKind.FORGED: gettext_lazy("No page of this site sends such a request by itself."),
    FlagKind.NOT_SEEN: gettext_lazy("On record in the room, and not there when called by name."),
    FlagKind.GONE: gettext_lazy("Checked in, and not there in the middle of the session."),
}


@dataclass(frozen=True)
class Names:
    """Names that evidence refers to by key."""

    learners: Mapping[int, str]
    sessions: Mapping[int, Session]


@dataclass(frozen=True)
class Trace:
    """One line of what is on record, with its moment."""

    at: datetime
    what: str
    detail: str = ""


def names_for(flags: Sequence[Flag]) -> Names:
    """For a page of flags in at most two queries."""
    return Names(names_of(flags), sessions_named(flags))


def say_evidence(flag: Flag, names: Names) -> list[str]:
    """The facts behind a flag, one sentence each."""
    saying: dict[str, Callable[[Mapping[str, Any], Names], list[str]]] = {
        FlagKind.SHARED_DEVICE: _shared,
        FlagKind.OTHER_DEVICE: _other,
        FlagKind.TWO_ROOMS: _rooms,
        FlagKind.IMPOSSIBLE_TIME: _impossible,
        FlagKind.EXAM_ELSEWHERE: _exam,
        FlagKind.FORGED: _forged,
    }
    sentences = saying.get(flag.kind, _signs)(flag.evidence, names)
    checks = _checks(flag.evidence.get("checks", ()))
    return [*sentences, _("On record: %(checks)s.") % {"checks": checks}] if checks else sentences


def say_traces(traces: Traces) -> list[Trace]:
    """Entries, refusals, phones, the check during class, roll call, headcounts and hints, in order of time."""
    found = [
        *(Trace(row.at, str(CheckKind(row.kind).label), _entry(row)) for row in traces.entries),
        *(Trace(row.at, _("Refused"), str(REFUSED.get(row.code, row.code))) for row in traces.refusals),
        *(Trace(row.asked_at, _("Asked for another phone"), _phone(row)) for row in traces.phones),
        *(Trace(row.at, _("Roll call"), _call(row)) for row in traces.calls),
        *(Trace(row.at, _("Headcount of the room"), _heads(row)) for row in traces.headcounts),
        *(
            Trace(row.at, str(HintSource(row.source).label), _hint(row.inside, row.distance_metres))
            for row in traces.hints
        ),
    ]
    if traces.prompt is not None:
        until = _("answers until %(time)s") % {"time": clock_time(traces.prompt.until)}
        found.append(Trace(traces.prompt.opens_at, _("Check during class began"), until))
    return sorted(found, key=lambda row: row.at)


def _checks(rows: Sequence[Mapping[str, str]]) -> str:
    return ", ".join(f"{CheckKind(row['kind']).label} {clock_time(read_moment(row['at']))}" for row in rows)


def _people(keys: Sequence[int], names: Names) -> str:
    return "、".join(names.learners.get(key, f"#{key}") for key in keys)


def _shared(evidence: Mapping[str, Any], names: Names) -> list[str]:
    return [_("The same phone was used for %(names)s at this session.") % {"names": _people(evidence["with"], names)}]


def _other(evidence: Mapping[str, Any], names: Names) -> list[str]:
    said = [_("A phone that nobody approved for this learner was used.")]
    if evidence.get("phone_of"):
        said.append(_("It counts as the phone of %(names)s.") % {"names": _people(evidence["phone_of"], names)})
    return said


def _session(evidence: Mapping[str, Any], names: Names) -> str:
    found = names.sessions.get(evidence["session"])
    return f"{when(found.starts_at)} {found.course.title} {found.room}".strip() if found else f"#{evidence['session']}"


def _rooms(evidence: Mapping[str, Any], names: Names) -> list[str]:
    said = _("Also on record at another session of the same time: %(session)s (%(checks)s).")
    return [said % {"session": _session(evidence, names), "checks": _checks(evidence["other_checks"])}]


def _impossible(evidence: Mapping[str, Any], names: Names) -> list[str]:
    if "session" not in evidence:
        return [_("The check-out is earlier than the check-in.")]
    said = _("%(minutes)s minutes after a check at %(session)s, in another room; the way takes %(needed)s minutes.")
    figures = {"minutes": evidence["seconds"] // 60, "needed": evidence["needed"] // 60}
    return [said % {**figures, "session": _session(evidence, names)}]


def _exam(evidence: Mapping[str, Any], names: Names) -> list[str]:
    figures = {
        "title": evidence.get("title", ""),
        "start": clock_time(read_moment(evidence["started_at"])) if "started_at" in evidence else "",
        "end": clock_time(read_moment(evidence["ended_at"])) if "ended_at" in evidence else "",
    }
    return [_("Was sitting the exam “%(title)s” from %(start)s to %(end)s.") % figures]


def _forged(evidence: Mapping[str, Any], names: Names) -> list[str]:
    said = [
        f"{clock_time(read_moment(row['at']))} {REFUSED.get(row['code'], row['code'])}"
        for row in evidence.get("refused", ())
    ]
    if wrong := evidence.get("wrong_codes", 0):
        said.append(ngettext("%(n)s wrong typed code.", "%(n)s wrong typed codes.", wrong) % {"n": wrong})
    return said


def _signs(evidence: Mapping[str, Any], names: Names) -> list[str]:
    said = [_("Not there when called by name.")] if evidence.get("not_seen") else []
    return said + [_sign(name, figures) for name, figures in evidence.get("signs", {}).items()]


def _sign(name: str, figures: Mapping[str, Any]) -> str:
    if name.startswith("timing_"):
        kind = CheckKind(name.removeprefix("timing_")).label
        age, stale = (figures.get("age_ms") or 0) / 1000, figures.get("stale") or 0
        text = _("%(kind)s with a code %(age).1f seconds old, after %(stale)s outdated codes.")
        return text % {"kind": kind, "age": age, "stale": stale}
    texts = {
        "no_answer": _("The check during class was not answered."),
        "second_app": _("Another phone or app than her own was used as well."),
        "network": _("Outside the room's network."),
        "place": _("Outside the surroundings of the room, about %(metres)s m away."),
        "inside_network": _("In the room's network."),
        "inside_place": _("In the surroundings of the room."),
    }
    return texts[name] % {"metres": figures.get("metres") or 0} if name == "place" else texts[name]


def _entry(row: Any) -> str:
    parts = [row.get_method_display()]
    if row.device:
        parts.append(_("phone …%(tail)s") % {"tail": row.device[-4:]})
    if row.code_age_ms is not None:
        parts.append(_("code %(age).1f s old") % {"age": row.code_age_ms / 1000})
    if row.stale_tries:
        tries = row.stale_tries
        parts.append(ngettext("%(n)s outdated code before", "%(n)s outdated codes before", tries) % {"n": tries})
    return " · ".join(str(part) for part in parts)


def _phone(row: Any) -> str:
    parts = [_("phone …%(tail)s") % {"tail": row.mark[-4:]}, str(DeviceState(row.state).label)]
    return " · ".join([*parts, who(row.decided_by)] if row.decided_by else parts)


def _call(row: Any) -> str:
    return f"{_('Seen in the room') if row.seen else _('Not seen')} · {who(row.actor)}"


def _heads(row: Any) -> str:
    said = _("%(counted)s counted, %(record)s on record") % {"counted": row.counted, "record": row.on_record}
    return f"{said} · {who(row.actor)}"


def _hint(inside: bool, metres: int | None) -> str:
    said = _("in the room's surroundings") if inside else _("elsewhere")
    return f"{said} · {_('about %(metres)s m') % {'metres': metres}}" if metres is not None else said
