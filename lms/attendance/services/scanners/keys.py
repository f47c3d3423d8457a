"""The key of a learner's phone: installed while online, approved by a person where the phone may not be hers."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.attendance.conf import attendance_settings
from lms.attendance.models import LearnerKey
from lms.attendance.selectors.evidence import is_used_by_others, phones_of
from lms.attendance.services.scanners.codes import is_public_key
from lms.core.audit import record_act
from lms.core.exceptions import refuse
from lms.programmes.models import Enrolment


@transaction.atomic
def install_key(enrolment: Enrolment, public_key: str, *, at: datetime, device: str = "") -> LearnerKey:
    """Make the phone's public key known. The first key of a seat counts at once, a later one once it is approved.

    A first key waits too on another phone than she checked in with (layer `other_device`), and on one that another
    learner of the term used (`shared_device`). `device` is the mark of the phone, "" when it is not known.
    Installing the same key again changes nothing; a new key takes the place of one that still waits. Refuses
    `key_malformed`.
    """
    if not is_public_key(public_key):
        raise refuse("key_malformed", _("This phone sent a key that cannot be used."))
    Enrolment.objects.select_for_update(of=("self",)).get(pk=enrolment.pk)
    keys = LearnerKey.objects.filter(enrolment=enrolment)
    held = keys.filter(public_key=public_key).first()
    if held is not None:
        return held
    keys.filter(approved_at__isnull=True, retired_at__isnull=True).update(retired_at=at)
    first = not keys.filter(approved_at__isnull=False).exists() and not _may_be_strange(enrolment, device)
    return LearnerKey.objects.create(
        enrolment=enrolment,
        public_key=public_key,
        device=device,
        installed_at=at,
        approved_at=at if first else None,
    )


@transaction.atomic
def approve_key(key: LearnerKey, *, at: datetime, actor: Any) -> LearnerKey:
    """Let this phone's key count from now on; the key before it counts no longer. Refuses `key_decided`."""
    key = _waiting(key)
    LearnerKey.objects.filter(enrolment=key.enrolment_id, approved_at__isnull=False, retired_at__isnull=True).update(
        retired_at=at
    )
    key.approved_at = at
    key.save(update_fields=["approved_at"])
    record_act("lms_attendance.approve_key", key.enrolment, actor=actor)
    return key


@transaction.atomic
def refuse_key(key: LearnerKey, *, at: datetime, actor: Any) -> LearnerKey:
    """Turn the new phone away; the key before it goes on to count. Refuses `key_decided`."""
    key = _waiting(key)
    key.retired_at = at
    key.save(update_fields=["retired_at"])
    record_act("lms_attendance.refuse_key", key.enrolment, actor=actor)
    return key


def _may_be_strange(enrolment: Enrolment, device: str) -> bool:
    layers = attendance_settings.LAYERS
    held = phones_of(enrolment) if device else set()
    if device in held or not device:
        return False
    return bool(held and "other_device" in layers) or (
        "shared_device" in layers and is_used_by_others(enrolment, device)
    )


def _waiting(key: LearnerKey) -> LearnerKey:
    Enrolment.objects.select_for_update(of=("self",)).get(pk=key.enrolment_id)
    key = LearnerKey.objects.select_related("enrolment__person").get(pk=key.pk)
    if key.approved_at is not None or key.retired_at is not None:
        raise refuse("key_decided", _("This phone was already decided on."))
    return key
