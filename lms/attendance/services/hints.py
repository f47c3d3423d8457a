"""Hints of place: only with consent, only in or out and a rounded distance, only for a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from lms.attendance.conf import attendance_settings
from lms.attendance.enums import CheckKind, HintSource
from lms.attendance.models import CheckEntry, PlaceHint, Room
from lms.attendance.rules.places import (
    is_inside_networks,
    is_on_earth,
    metres_between,
    read_networks,
    round_metres,
)
from lms.people.enums import ConsentKind
from lms.people.models import ConsentText, Person
from lms.people.selectors import consents_given, texts_in_force
from lms.people.services import give_consents, withdraw_consent

HINT_LAYERS = frozenset({"network", "place"})
#: A phone indoors is often wrong by this much.
ERROR_METRES = 200


@dataclass(frozen=True)
class Whereabouts:
    """What a phone said for one moment. Lives in memory only: it is compared with the room and forgotten."""

    address: str = ""
    position: tuple[float, float] | None = None


def hint_layers() -> frozenset[str]:
    """The hints that are switched on; none by default."""
    return HINT_LAYERS & set(attendance_settings.LAYERS)


def agrees_to_hints(person: Person) -> bool:
    """Whether her consent to hints of place stands."""
    return any(entry.text.kind == ConsentKind.LOCATION for entry in consents_given(person))


def takes_hint(entry: CheckEntry, at: datetime) -> bool:
    """A hint belongs to the moment of the check; hours later it would tell where she lives."""
    return at - entry.recorded_at <= timedelta(minutes=attendance_settings.TICKET_MINUTES)


def keep_hints(entry: CheckEntry, whereabouts: Whereabouts, *, at: datetime) -> int:
    """Keep in or out for one check, when the layer is on, she agreed, and the room says where it is; how many.

    Nothing depends on it: without a hint the check stands all the same. A repeat keeps the first answer.
    """
    layers, room = hint_layers(), Room.objects.filter(name=entry.session.room).first()
    if not layers or room is None or not takes_hint(entry, at) or not agrees_to_hints(entry.enrolment.person):
        return 0
    found = [hint for hint in (_by_network(room, whereabouts), _by_place(room, whereabouts)) if hint]
    rows = [
        PlaceHint(
            session_id=entry.session_id,
            enrolment_id=entry.enrolment_id,
            kind=CheckKind(entry.kind),
            source=source,
            inside=inside,
            distance_metres=metres,
            at=at,
        )
        for source, inside, metres in found
        if source in layers
    ]
    return len(PlaceHint.objects.bulk_create(rows, ignore_conflicts=True))


def forget_hints(*, at: datetime) -> int:
    """Delete hints older than HINT_DAYS; how many. Reads ignore them anyway."""
    old = PlaceHint.objects.filter(at__lt=at - timedelta(days=attendance_settings.HINT_DAYS))
    return old.delete()[0]


def hint_text(at: datetime) -> ConsentText | None:
    """The text people agree to; without one nobody can agree, and no hint is kept."""
    return next((text for text in texts_in_force(at) if text.kind == ConsentKind.LOCATION), None)


def agree_to_hints(person: Person, *, at: datetime) -> None:
    """She agrees to the text in force; without a text nothing happens."""
    text = hint_text(at)
    if text is not None:
        give_consents(person, [text], at=at)


@transaction.atomic
def stop_hints(person: Person, *, at: datetime, actor: Any) -> int:
    """Take the consent back and delete every hint kept of her; how many were deleted."""
    withdraw_consent(person, ConsentKind.LOCATION, at=at, actor=actor)
    return PlaceHint.objects.filter(enrolment__person=person).delete()[0]


Found = tuple[HintSource, bool, int | None]


def _by_network(room: Room, whereabouts: Whereabouts) -> Found | None:
    if not room.networks.strip() or not whereabouts.address:
        return None
    return HintSource.NETWORK, is_inside_networks(whereabouts.address, read_networks(room.networks)), None


def _by_place(room: Room, whereabouts: Whereabouts) -> Found | None:
    if room.latitude is None or room.longitude is None or whereabouts.position is None:
        return None
    if not is_on_earth(*whereabouts.position):
        return None
    distance = metres_between((float(room.latitude), float(room.longitude)), whereabouts.position)
    rounded = round_metres(distance, attendance_settings.HINT_ROUND_METRES)
    return HintSource.PLACE, distance <= room.radius_metres + ERROR_METRES, rounded
