"""Writes about employing units."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from lms.core.audit import record_act
from lms.people.enums import UnitLevel
from lms.people.models import Unit
from lms.people.signals import unit_level_set


def find_or_add_units(names: Collection[str]) -> Mapping[str, Unit]:
    """Name -> unit for every name; unknown ones are added without a parent and level, to be placed in the tree later.

    Of several units with one name the one added first is taken. Two or three statements in all.
    """
    wanted = {name for name in names if name}
    found: dict[str, Unit] = {}
    for unit in Unit.objects.filter(name__in=wanted).order_by("pk"):
        found.setdefault(unit.name, unit)
    missing = sorted(wanted - found.keys())
    for unit in Unit.objects.bulk_create([Unit(name=name) for name in missing]):
        found[unit.name] = unit
    return found


@transaction.atomic
def set_unit_levels(levels: Mapping[int, UnitLevel], *, at: datetime, actor: Any) -> list[Unit]:
    """Unit id -> its level; the units whose level changed. `unit_level_set` is sent inside the transaction (R18)."""
    changed = []
    for unit in Unit.objects.select_for_update().filter(pk__in=levels).order_by("pk"):
        before, unit.level = unit.level, levels[unit.pk]
        if unit.level != before:
            unit.save(update_fields=["level"])
            record_act(
                "lms_people.set_level", unit, actor=actor, before={"level": before}, after={"level": str(unit.level)}
            )
            unit_level_set.send(Unit, unit=unit, at=at, actor=actor)
            changed.append(unit)
    return changed
