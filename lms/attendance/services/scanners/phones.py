"""Phones of staff that scan: registered by their owner while online, revoked in the back office."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.attendance.models import Scanner
from lms.attendance.services.scanners.codes import is_public_key
from lms.core.audit import record_act
from lms.core.exceptions import refuse


@transaction.atomic
def register_scanner(user: Any, *, name: str, public_key: str, sent_at: datetime, at: datetime) -> Scanner:
    """Make a scanning phone known; the same key of the same person is the same phone.

    `skew_ms` is how far its clock lies behind the server's. Refuses `key_malformed`, `key_taken`.
    """
    if not is_public_key(public_key):
        raise refuse("key_malformed", _("This phone sent a key that cannot be used."))
    values = {
        "user": user,
        "name": name.strip()[:60] or str(_("Scanning phone")),
        "registered_at": at,
        "last_seen_at": at,
        "skew_ms": milliseconds(sent_at, at),
    }
    scanner, fresh = Scanner.objects.get_or_create(public_key=public_key, defaults=values)
    if scanner.user_id != user.pk:
        raise refuse("key_taken", _("This phone is registered for somebody else."))
    if fresh:
        record_act("lms_attendance.register_scanner", scanner, actor=user)
    return scanner


@transaction.atomic
def revoke_scanner(scanner: Scanner, *, at: datetime, actor: Any) -> Scanner:
    """Nothing this phone sends is taken from now on. Revoking twice changes nothing."""
    scanner = Scanner.objects.select_for_update(of=("self",)).get(pk=scanner.pk)
    if scanner.revoked_at is None:
        scanner.revoked_at = at
        scanner.save(update_fields=["revoked_at"])
        record_act("lms_attendance.revoke_scanner", scanner, actor=actor)
    return scanner


def milliseconds(earlier: datetime, later: datetime) -> int:
    """Whole milliseconds from one moment to the other, negative when the first is later."""
    return round((later - earlier).total_seconds() * 1000)
