"""Writes about results: compose, release, revise."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from lms.core.audit import record_act
from lms.core.exceptions import Refusal, refuse
from lms.core.gates import ask
from lms.grading.enums import Outcome
from lms.grading.marks import NOTHING, gather_marks
from lms.grading.models import ResultRelease, ResultVersion
from lms.grading.rules import PARTS, arithmetic_of, compose, write_mark
from lms.grading.selectors import latest_versions
from lms.grading.signals import result_released
from lms.programmes.models import Enrolment, Term
from lms.programmes.rules import PartMark
from lms.programmes.selectors import LIVE, live_enrolments


@dataclass(frozen=True)
class Composing:
    """What composing did: new versions, seats left unchanged, and released results whose sources now say otherwise."""

    written: int
    unchanged: int
    differing: tuple[int, ...]


@transaction.atomic
def compose_results(term: Term, *, at: datetime, actor: Any = None, reason: str = "") -> Composing:
    """Compose the result of every seat of the term from the mark sources (R11) and the result gates (R12).

    A seat whose sources say the same gets no new version. A released result is never replaced here: its enrolment
    is returned in `differing`, and a person decides with `revise_result`.
    """
    term = Term.objects.select_for_update(of=("self",)).select_related("programme").get(pk=term.pk)
    latest = {version.enrolment_id: version for version in latest_versions(term)}
    drafts = _draft_results(term)
    changed = {pk: draft for pk, draft in drafts.items() if not _says_the_same(latest.get(pk), draft)}
    differing = tuple(pk for pk in changed if pk in latest and latest[pk].released)
    rows = [
        _stamp(draft, latest.get(pk), at=at, actor=actor, reason=reason or _("The sources changed before the release."))
        for pk, draft in changed.items()
        if pk not in differing
    ]
    ResultVersion.objects.bulk_create(rows)
    record_act(
        "lms_grading.compose",
        term,
        actor=actor,
        reason=reason,
        before={str(row.enrolment.number): _summary(latest.get(row.enrolment_id)) for row in rows},
        after={str(row.enrolment.number): _summary(row) for row in rows},
    )
    return Composing(len(rows), len(drafts) - len(changed), differing)


@transaction.atomic
def release_results(term: Term, *, at: datetime, actor: Any) -> int:
    """Release the complete results of seats held in the term; returns how many. `actor` is a named human.

    Incomplete results stay back. Refuses `nothing_to_release`, and `stale` when the sources no longer say what was
    composed: nobody releases what she has not seen. `result_released` is sent for each on commit.
    """
    term = Term.objects.select_for_update(of=("self",)).select_related("programme").get(pk=term.pk)
    waiting = [
        version
        for version in latest_versions(term).select_related("enrolment__person", "release")
        if not version.released and version.outcome != Outcome.INCOMPLETE and version.enrolment.state in LIVE
    ]
    if not waiting:
        raise refuse("nothing_to_release", _("There is no complete result that waits for release."))
    drafts = _draft_results(term)
    stale = [version for version in waiting if not _says_the_same(version, drafts.get(version.enrolment_id))]
    if stale:
        raise refuse(
            "stale",
            _("The marks of %(count)s learners have changed since the results were composed.") % {"count": len(stale)},
            _("Compose the results again, look at them, then release."),
            rule="R11",
            enrolments=[version.enrolment_id for version in stale],
        )
    ResultRelease.objects.bulk_create(
        ResultRelease(version=version, released_by=actor, released_at=at) for version in waiting
    )
    record_act(
        "lms_grading.release",
        term,
        actor=actor,
        before={"waiting": len(waiting)},
        after={"released": len(waiting), "seats": [version.enrolment.number for version in waiting]},
    )
    transaction.on_commit(lambda: _announce(waiting, revised=False))
    return len(waiting)


@transaction.atomic
def revise_result(enrolment: Enrolment, *, reason: str, at: datetime, actor: Any) -> ResultVersion:
    """Compose a released result anew and release it at once, with a reason and a named human (R11, R14).

    Refuses `not_released` (then composing is enough), `seat_ended`, `reason_missing`, `unchanged` and `incomplete`.
    `result_released` is sent again on commit.
    """
    reason = reason.strip()
    if not reason:
        raise refuse("reason_missing", _("Please say why the released result changes."), rule="R11")
    term = Term.objects.select_for_update(of=("self",)).select_related("programme").get(pk=enrolment.term_id)
    last = ResultVersion.objects.filter(enrolment=enrolment).select_related("release").order_by("-version").first()
    if last is None or not last.released:
        raise refuse("not_released", _("This result has not been released yet."))
    draft = _draft_results(term, only=enrolment.pk).get(enrolment.pk)
    if draft is None:
        raise refuse("seat_ended", _("This seat is no longer active."))
    if _says_the_same(last, draft):
        raise refuse("unchanged", _("The sources say the same as the released result. Correct the mark first."))
    if draft.outcome == Outcome.INCOMPLETE:
        raise refuse("incomplete", _("A part of the mark is missing now, so the result cannot be replaced."))
    version = _stamp(draft, last, at=at, actor=actor, reason=reason[:300])
    version.save()
    ResultRelease.objects.create(version=version, released_by=actor, released_at=at)
    record_act(
        "lms_grading.revise",
        enrolment,
        actor=actor,
        reason=reason,
        before={"total": str(last.total), "outcome": last.outcome},
        after={"total": str(version.total), "outcome": str(version.outcome)},
    )
    transaction.on_commit(lambda: _announce([version], revised=True))
    return version


def _draft_results(term: Term, *, only: int | None = None) -> dict[int, ResultVersion]:
    """Unsaved results by enrolment, in the site's language whatever the actor's: the same sources, the same record."""
    enrolments = live_enrolments(term).select_related("person__unit", "group", "term__programme")
    if only is not None:
        enrolments = enrolments.filter(pk=only)
    with override(settings.LANGUAGE_CODE):
        marks = gather_marks(term)
        return {enrolment.pk: _draft(enrolment, term, marks) for enrolment in enrolments}


def _draft(enrolment: Enrolment, term: Term, marks: Mapping[str, Mapping[int, PartMark]]) -> ResultVersion:
    rules = term.programme.rules
    given = {part: marks[part].get(enrolment.pk, NOTHING) for part in PARTS}
    composition = compose({part: mark.value for part, mark in given.items()}, rules)
    refusals = ask("LMS_GRADING_RESULT_GATES", enrolment)
    return ResultVersion(
        enrolment=enrolment,
        parts={part: _stored_mark(mark) for part, mark in given.items()},
        arithmetic=arithmetic_of(composition, rules),
        refusals=[_stored_refusal(refusal) for refusal in refusals],
        total=composition.total,
        outcome=Outcome.EXCLUDED if refusals else Outcome(composition.outcome),
    )


def _summary(version: ResultVersion | None) -> str:
    """“86.50 passed”, or an empty text where there is none; for the audit trail."""
    return f"{version.total} {version.outcome}" if version else ""


def _stamp(draft: ResultVersion, last: ResultVersion | None, *, at: datetime, actor: Any, reason: str) -> ResultVersion:
    draft.version = last.version + 1 if last else 1
    draft.reason = reason if last else ""
    draft.composed_at, draft.actor = at, actor
    return draft


def _says_the_same(held: ResultVersion | None, draft: ResultVersion | None) -> bool:
    names = ("parts", "arithmetic", "refusals", "total", "outcome")
    return held is not None and draft is not None and all(getattr(held, n) == getattr(draft, n) for n in names)


def _stored_mark(mark: PartMark) -> dict[str, Any]:
    value = None if mark.value is None else write_mark(mark.value)
    return {"value": value, "lines": [str(line) for line in mark.lines], "reference": mark.reference}


def _stored_refusal(refusal: Refusal) -> dict[str, Any]:
    return {
        "code": refusal.code,
        "rule": refusal.rule,
        "sentence": str(refusal.sentence),
        "explanation": "; ".join(map(str, (refusal.explanation, *refusal.lines))).strip("; "),
        "figures": {name: _plain(value) for name, value in refusal.figures.items()},
    }


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value if isinstance(value, (int, str, bool, type(None))) else str(value)


def _announce(versions: Iterable[ResultVersion], *, revised: bool) -> None:
    for version in versions:
        result_released.send(ResultVersion, result=version, revised=revised)
