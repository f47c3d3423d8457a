"""Another phone: the learner asks at the door, the class assistant sees the person and approves."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lms.attendance.enums import DeviceState
from lms.attendance.models import DeviceChange
from lms.attendance.selectors.evidence import phones_of
from lms.core.audit import record_act
from lms.core.exceptions import refuse
from lms.programmes.models import Enrolment


def ask_device(enrolment: Enrolment, mark: str, *, at: datetime, reason: str = "") -> DeviceChange:
    """Ask that the phone with this mark count as hers; a repeat returns the request that stands.

    Refuses `phone_unknown` (no mark: the browser keeps no cookies) and `phone_is_yours`.
    """
    if not mark:
        raise refuse(
            "phone_unknown",
            _("This phone cannot be told apart, because its browser keeps no cookies."),
            _("Allow cookies for this site, or let the class assistant check you in by hand."),
        )
    held = DeviceChange.objects.filter(enrolment=enrolment, mark=mark).first()
    if held is not None:
        return held
    if mark in phones_of(enrolment):
        raise refuse("phone_is_yours", _("This phone counts as yours already; nothing is needed."))
    try:
        with transaction.atomic():
            return DeviceChange.objects.create(enrolment=enrolment, mark=mark, reason=reason.strip(), asked_at=at)
    except IntegrityError:
        return DeviceChange.objects.get(enrolment=enrolment, mark=mark)


@transaction.atomic
def decide_device(change: DeviceChange, *, approve: bool, at: datetime, actor: Any) -> DeviceChange:
    """Approve the phone, or not; deciding the same again changes nothing, and a refusal may become an approval.

    Refuses `already_approved`: a phone that was approved stays hers; look at its use instead.
    """
    change = DeviceChange.objects.select_for_update(of=("self",)).select_related("enrolment__person").get(pk=change.pk)
    state = DeviceState.APPROVED if approve else DeviceState.REFUSED
    if change.state == state:
        return change
    if change.state == DeviceState.APPROVED:
        raise refuse("already_approved", _("This phone was approved already."))
    before = {"state": str(change.state)}
    change.state, change.decided_by, change.decided_at = state, actor, at
    change.save(update_fields=["state", "decided_by", "decided_at"])
    record_act("lms_attendance.decide_device", change, actor=actor, before=before, after={"state": str(state)})
    return change
