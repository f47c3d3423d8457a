"""The loss of the right to be assessed takes effect only when a named person confirms it (R12)."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from lms.attendance.enums import ExclusionAct
from lms.attendance.models import ExclusionDecision
from lms.attendance.selectors import Standing, attendance_of, exclusions_in_force
from lms.attendance.services.announcing import announce
from lms.attendance.signals import exclusion_confirmed, exclusion_lifted
from lms.core.audit import record_act
from lms.core.exceptions import refuse
from lms.programmes.models import Enrolment, Term
from lms.programmes.rules import show_hours

#: What may bring a learner back within the limit; kept as the reason of the row that ends an exclusion.
MADE_UP = gettext_lazy("Restored by a make-up session")
CORRECTED = gettext_lazy("Restored by a correction")
RESCHEDULED = gettext_lazy("Restored by a change of the timetable")
EXCUSED = gettext_lazy("Restored by leave that does not count as absence")
CLOSED = gettext_lazy("Restored when a sheet was closed")


@transaction.atomic
def confirm_exclusion(enrolment: Enrolment, *, reason: str, at: datetime, actor: Any) -> ExclusionDecision:
    """A named person confirms that the learner lost the right to be assessed; twice returns the first decision.

    Refuses `reason_missing`, and `limit_not_exceeded` with the figures. `exclusion_confirmed` is sent on commit.
    Whatever is being recorded in the term meanwhile is waited for: it may bring her back within the limit.
    """
    lock_term(enrolment.term_id)
    enrolment = _lock(enrolment)
    last = _last(enrolment)
    if last is not None and last.act == ExclusionAct.CONFIRMED:
        return last
    standing = attendance_of(enrolment).standing
    if not standing.exceeded:
        hour = enrolment.term.programme.class_hour_minutes
        raise refuse(
            "limit_not_exceeded",
            _(
                "This learner missed %(missed)s of %(scheduled)s class hours; "
                "up to %(limit)s are within the limit (R12)."
            )
            % {
                "missed": show_hours(standing.missed, hour),
                "scheduled": show_hours(standing.scheduled, hour),
                "limit": show_hours(standing.allowance, hour),
            },
            rule="R12",
            missed=standing.missed,
            scheduled=standing.scheduled,
        )
    decision = _decide(enrolment, ExclusionAct.CONFIRMED, standing, last, reason=reason, at=at, actor=actor)
    announce(exclusion_confirmed, ExclusionDecision, decision=decision)
    return decision


@transaction.atomic
def lift_exclusion(enrolment: Enrolment, *, reason: str, at: datetime, actor: Any) -> ExclusionDecision:
    """Give the right back, with a reason. Refuses `reason_missing`, `not_excluded`. `exclusion_lifted` on commit."""
    enrolment = _lock(enrolment)
    last = _last(enrolment)
    if last is None or last.act != ExclusionAct.CONFIRMED:
        raise refuse("not_excluded", _("No exclusion is in force for this learner."))
    standing = attendance_of(enrolment).standing
    decision = _decide(enrolment, ExclusionAct.LIFTED, standing, last, reason=reason, at=at, actor=actor)
    announce(exclusion_lifted, ExclusionDecision, decision=decision)
    return decision


def end_restored(term: Term, learners: Collection[int] | None = None, *, why: Any, at: datetime, actor: Any) -> None:
    """End the exclusions of those who are within the limit again, for good: a later excess wants a person anew (R12).

    Call in the transaction that changed what is credited, excused or scheduled, after the change. `learners`: enrolment
    ids it concerns, None everybody of the term; `why`: one of the words above. Two statements while nobody of the term
    is excluded. `exclusion_lifted` is sent on commit.
    """
    lock_term(term.pk)
    for pk, last in exclusions_in_force(term).items():
        if learners is not None and pk not in learners:
            continue
        enrolment = _lock(last.enrolment)
        standing = attendance_of(enrolment).standing
        if not standing.exceeded:
            reason = _say_restored(enrolment, standing, why)
            decision = _decide(enrolment, ExclusionAct.RESTORED, standing, last, reason=reason, at=at, actor=actor)
            announce(exclusion_lifted, ExclusionDecision, decision=decision)


def lock_term(pk: int) -> None:
    """Nobody else confirms or ends an exclusion in the term until the transaction ends. Sessions are locked before."""
    Term.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=pk)


def _say_restored(enrolment: Enrolment, standing: Standing, why: Any) -> str:
    """In the site's own language, whoever acts."""
    hour = enrolment.term.programme.class_hour_minutes
    with override(settings.LANGUAGE_CODE):
        said = _("%(why)s: %(missed)s of %(scheduled)s class hours missed, the limit is %(limit)s") % {
            "why": why,
            "missed": show_hours(standing.missed, hour),
            "scheduled": show_hours(standing.scheduled, hour),
            "limit": show_hours(standing.allowance, hour),
        }
    return said[:200]


def _lock(enrolment: Enrolment) -> Enrolment:
    return (
        Enrolment.objects.select_for_update(of=("self",))
        .select_related("term__programme", "person")
        .get(pk=enrolment.pk)
    )


def _last(enrolment: Enrolment) -> ExclusionDecision | None:
    return ExclusionDecision.objects.filter(enrolment=enrolment).order_by("-revision").first()


def _decide(
    enrolment: Enrolment,
    act: ExclusionAct,
    standing: Standing,
    last: ExclusionDecision | None,
    *,
    reason: str,
    at: datetime,
    actor: Any,
) -> ExclusionDecision:
    if not reason.strip():
        raise refuse("reason_missing", _("Give a reason."))
    decision = ExclusionDecision.objects.create(
        enrolment=enrolment,
        revision=(last.revision if last else 0) + 1,
        act=act,
        missed_minutes=standing.missed,
        scheduled_minutes=standing.scheduled,
        reason=reason.strip(),
        actor=actor,
        at=at,
    )
    record_act(
        f"lms_attendance.exclusion_{act}",
        enrolment,
        actor=actor,
        reason=reason,
        before={"act": str(last.act) if last else "none"},
        after={"act": str(act), "missed": standing.missed, "scheduled": standing.scheduled},
    )
    return decision
