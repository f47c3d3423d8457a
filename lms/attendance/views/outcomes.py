"""What a learner reads after her tap: the same words on the page and in the answer to the script."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.http import HttpResponseRedirect, JsonResponse
from django.urls import get_script_prefix, reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lms.attendance.enums import CheckKind
from lms.attendance.rules import Slot, early_minutes, late_minutes
from lms.core.exceptions import Refusal


class SeeOther(HttpResponseRedirect):
    """After a POST: go and look there."""

    status_code = 303


@dataclass(frozen=True)
class Told:
    """A definite outcome. `tone` is "done", "attention" or "danger" and chooses icon and colour."""

    title: str
    lines: Sequence[str] = ()
    tone: str = "done"
    late: int = 0
    early: int = 0


def tell_recorded(kind: CheckKind, at: datetime, slot: Slot, *, grace: int, again: bool) -> Told:
    """Present, late by so many minutes, left early, or on record already."""
    late = late_minutes(slot, at, grace) if kind == CheckKind.IN else 0
    early = early_minutes(slot, at) if kind == CheckKind.OUT else 0
    lines = [line for line in (_say_late(late), _say_early(early)) if line]
    return Told(_titles(kind, again) % {"time": f"{localtime(at):%H:%M}"}, lines, _tone(late or early), late, early)


def address_of(session_id: int, kind: str, *, again: bool = False) -> str:
    """Where the record is shown."""
    address = _address(get_script_prefix(), session_id, kind)
    return f"{address}?again=1" if again else address


def as_json(told: Told, *, state: str, status: int = 200, **more: Any) -> JsonResponse:
    """For scan.js. `state` is "recorded", "already", "refused" or "signed_out"."""
    body = {"state": state, "title": told.title, "lines": list(told.lines), "tone": told.tone, **more}
    response = JsonResponse(body, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def tell_refused(refusal: Refusal) -> Told:
    """The sentence and what to do."""
    return Told(str(refusal.sentence), [str(refusal.explanation)] if refusal.explanation else [], "danger")


def _tone(lost: int) -> str:
    return "attention" if lost else "done"


def _titles(kind: CheckKind, again: bool) -> str:
    if kind == CheckKind.IN:
        return _("Already checked in at %(time)s") if again else _("Checked in at %(time)s")
    if kind == CheckKind.MID:
        return (
            _("Presence during class already confirmed at %(time)s")
            if again
            else _("Presence during class confirmed at %(time)s")
        )
    return _("Already checked out at %(time)s") if again else _("Checked out at %(time)s")


def _say_late(minutes: int) -> str:
    if not minutes:
        return ""
    return ngettext(
        "%(minutes)s minute late. The minutes missed are not credited.",
        "%(minutes)s minutes late. The minutes missed are not credited.",
        minutes,
    ) % {"minutes": minutes}


def _say_early(minutes: int) -> str:
    if not minutes:
        return ""
    return ngettext(
        "%(minutes)s minute before the end. The minutes missed are not credited.",
        "%(minutes)s minutes before the end. The minutes missed are not credited.",
        minutes,
    ) % {"minutes": minutes}


@lru_cache(maxsize=1000)
def _address(prefix: str, session_id: int, kind: str) -> str:
    return reverse("lms_attendance:outcome", args=[session_id, kind])
