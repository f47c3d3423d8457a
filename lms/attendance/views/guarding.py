"""Parts of the learner's pages that stand against sitting-in: another phone, and hints of place with consent."""

from typing import Any

from django.utils import timezone

from lms.attendance.conf import attendance_settings
from lms.attendance.models import CheckEntry
from lms.attendance.selectors.evidence import phone_standing
from lms.attendance.services.hints import agrees_to_hints, hint_layers, hint_text, takes_hint
from lms.programmes.models import Enrolment


def phone_part(enrolment: Enrolment, mark: str) -> dict[str, Any]:
    """For parts/other_phone.html: where the phone of this mark stands. Four queries at most, none without a mark."""
    wanted = "other_device" in attendance_settings.LAYERS and mark
    return {"phone_standing": phone_standing(enrolment, mark) if wanted else ""}


def consent_part(enrolment: Enrolment) -> dict[str, Any]:
    """For parts/hint_consent.html: whether a hint of place may be kept. No query while the layers are off."""
    layers = hint_layers()
    text = hint_text(timezone.now()) if layers else None
    return {
        "hint_text": text,
        "hints_agreed": text is not None and agrees_to_hints(enrolment.person),
        "hint_place": "place" in layers,
        "hint_days": attendance_settings.HINT_DAYS,
        "hint_metres": attendance_settings.HINT_ROUND_METRES,
    }


def hint_part(entry: CheckEntry) -> dict[str, Any]:
    """For parts/hint_send.html: whether her phone sends a hint for this check. No query while the layers are off."""
    layers = hint_layers()
    agreed = bool(layers) and takes_hint(entry, timezone.now()) and agrees_to_hints(entry.enrolment.person)
    return {"send_hint": agreed, "hint_place": "place" in layers}
