"""Safe Exam Browser: setting it for an exam, locking a sitting, letting it go on."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from lms.core.audit import record_act
from lms.core.conf import core_settings
from lms.core.exceptions import refuse
from lms.exams.enums import LockKind
from lms.exams.models import Exam, ExamBrowser, LockEntry, Sitting
from lms.exams.rules import build_settings, config_key, digest, write_configuration

LEAVE = "?leave=1"


@transaction.atomic
def set_browser(
    exam: Exam,
    *,
    required: bool,
    quit_password: str | None,
    exam_keys: Sequence[str],
    at: datetime,
    actor: Any = None,
) -> ExamBrowser:
    """Ask for Safe Exam Browser in this exam, or no longer. `quit_password`: None keeps the one set, "" takes it away.

    The configuration file is written once and kept as it was given out; only another password or another public
    address of the site writes it anew. Refuses `already_started` where somebody has started: then the file and the
    demand stay, but Browser Exam Keys may be added and the demand may be dropped. Refuses `origin_missing` without
    LMS_PUBLIC_ORIGIN, since the hashes are made of absolute addresses.
    """
    exam = Exam.objects.select_for_update().get(pk=exam.pk)
    held = ExamBrowser.objects.filter(exam=exam).first()
    if required and not core_settings.PUBLIC_ORIGIN:
        raise refuse("origin_missing", _("The public address of the site (LMS_PUBLIC_ORIGIN) is not set."))
    salt = held.salt if held else secrets.token_hex(32)
    quit_hash = digest(quit_password) if quit_password else "" if quit_password == "" or not held else held.quit_hash
    settings = _settings(exam, quit_hash, salt)
    key = config_key(settings)
    started = Sitting.objects.filter(exam=exam).exclude(started_at=None).exists()
    if started and required and (held is None or not held.required or held.config_key != key):
        raise refuse("already_started", _("Somebody has started. What is asked of the browser can no longer change."))
    before = {"required": bool(held and held.required), "browser_keys": len(held.exam_keys) if held else 0}
    browser, _made = ExamBrowser.objects.update_or_create(
        exam=exam,
        defaults={
            "required": required,
            "configuration": write_configuration(settings).decode(),
            "config_key": key,
            "salt": salt,
            "quit_hash": quit_hash,
            "exam_keys": list(exam_keys),
            "changed_at": at,
        },
    )
    after = {"required": required, "browser_keys": len(exam_keys)}
    record_act("lms_exams.browser", exam, actor=actor, before=before, after=after)
    return browser


@transaction.atomic
def lock_sitting(sitting_id: int, *, at: datetime) -> None:
    """Nothing more is taken of this sitting until a person lets it go on; what is saved stays. Locking twice is once.

    Nobody is judged by it (R13): a browser that crashed looks the same.
    """
    Sitting.objects.select_for_update().only("pk").get(pk=sitting_id)
    last = LockEntry.objects.filter(sitting=sitting_id).order_by("-pk").values_list("kind", flat=True).first()
    if last != LockKind.LOCKED:
        LockEntry.objects.create(sitting_id=sitting_id, kind=LockKind.LOCKED, at=at)


@transaction.atomic
def unlock_sitting(
    sitting: Sitting, *, reason: str, without: bool = False, at: datetime, actor: Any
) -> LockEntry | None:
    """Let a learner go on: in the required browser, or `without` it in any. Needs a reason (`reason_missing`).

    Unlocking what is not locked changes nothing and returns None.
    """
    reason = reason.strip()
    if not reason:
        raise refuse("reason_missing", _("Say why."))
    Sitting.objects.select_for_update().only("pk").get(pk=sitting.pk)
    last = LockEntry.objects.filter(sitting=sitting).order_by("-pk").values_list("kind", flat=True).first()
    kind = LockKind.WAIVED if without else LockKind.UNLOCKED
    if last == kind or (kind == LockKind.UNLOCKED and last != LockKind.LOCKED):
        return None
    entry = LockEntry.objects.create(sitting=sitting, kind=kind, reason=reason[:200], actor=actor, at=at)
    record_act(
        "lms_exams.unlock",
        sitting,
        actor=actor,
        reason=reason,
        before={"browser_lock": last or ""},
        after={"browser_lock": str(kind)},
    )
    return entry


def _settings(exam: Exam, quit_hash: str, salt: str) -> dict[str, Any]:
    return build_settings(
        origin=core_settings.PUBLIC_ORIGIN.rstrip("/"),
        start=reverse("lms_exams:exam", args=[exam.pk]),
        leave=f"{reverse('lms_exams:list')}{LEAVE}",
        quit_hash=quit_hash,
        salt=salt,
    )
