"""The loss of the right to be assessed takes effect only when a named person confirms it (R12)."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.attendance.enums import ExclusionAct
from lms.attendance.models import ExclusionDecision
from lms.attendance.selectors import Standing, attendance_of
from lms.attendance.services.announcing import announce
from lms.attendance.signals import exclusion_confirmed, exclusion_lifted
from lms.core.audit import record_act
from lms.core.exceptions import refuse
from lms.programmes.models import Enrolment
from lms.programmes.rules import show_hours


@transaction.atomic
def confirm_exclusion(enrolment: Enrolment, *, reason: str, at: datetime, actor: Any) -> ExclusionDecision:
    """A named person confirms that the learner lost the right to be assessed; twice returns the first decision.

    Refuses `reason_missing`, and `limit_not_exceeded` with the figures. `exclusion_confirmed` is sent on commit.
    """
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
    if last is None or last.act == ExclusionAct.LIFTED:
        raise refuse("not_excluded", _("No exclusion is in force for this learner."))
    standing = attendance_of(enrolment).standing
    decision = _decide(enrolment, ExclusionAct.LIFTED, standing, last, reason=reason, at=at, actor=actor)
    announce(exclusion_lifted, ExclusionDecision, decision=decision)
    return decision


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
