"""A term lived through the services the screens use: the frame that every plug-in's step works in.

Steps are dotted paths in `LMS_SIMULATION_STEPS`, each `(SimulatedTerm) -> None`; a step counts what it did
in `world.counts`. Everything random comes from `world.rng(...)`, so that one seed has one outcome.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any

from django.db import transaction

from lms.core.exceptions import DomainError
from lms.people.enums import UnitLevel
from lms.people.models import Person
from lms.people.rules import id_checksum
from lms.people.selectors import id_index
from lms.people.services import NewPerson, add_people, find_or_add_units, set_unit_levels
from lms.programmes.conf import simulation_settings
from lms.programmes.models import ClassGroup, Enrolment, Term
from lms.programmes.rules import day_start
from lms.programmes.rules.invented import InventedPerson, invent_habits, invent_people
from lms.programmes.selectors import LIVE
from lms.programmes.services import enrol_person

ADMISSIONS = "lms.admissions."


@dataclass
class SimulatedLearner:
    """One person with her habits, each between 0 and 1."""

    person: Person
    ability: float
    diligence: float
    punctuality: float
    enrolment: Enrolment | None = None


@dataclass
class SimulatedTerm:
    """The term being lived. Nothing happens after `until` (the demo term is lived up to now).

    `staff` has one user for every role, by its short name ("assistant"). `size` is how many learners to gather.
    """

    term: Term
    seed: int
    until: datetime
    staff: dict[str, Any]
    size: int = 0
    learners: list[SimulatedLearner] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def rng(self, *purpose: object) -> random.Random:
        """A generator of its own for each purpose: a step that changes does not disturb the others."""
        return random.Random(f"{self.seed}/{self.term.code}/" + "/".join(map(str, purpose)))  # noqa: S311

    def enrolled(self) -> list[SimulatedLearner]:
        """Those who hold a seat."""
        return [learner for learner in self.learners if learner.enrolment is not None]


@transaction.atomic
def gather(world: SimulatedTerm) -> None:
    """First step: `world.size` invented people with their habits; run again, the same people.

    When no admission step is configured it gives them their seats at once, class by class, until the term is full.
    """
    invented = invent_people(world.size, world.rng("people"), id_checksum)
    people = _people(invented, world)
    habits = world.rng("habits")
    held = {
        enrolment.person_id: enrolment
        for enrolment in Enrolment.objects.filter(term=world.term, state__in=LIVE).select_related("person", "group")
    }
    for person in people:
        like = invent_habits(habits)
        learner = SimulatedLearner(person, like.ability, like.diligence, like.punctuality, held.get(person.pk))
        world.learners.append(learner)
    if not any(step.startswith(ADMISSIONS) for step in simulation_settings.SIMULATION_STEPS):
        _seat_everybody(world)


def _people(invented: list[InventedPerson], world: SimulatedTerm) -> list[Person]:
    """The invented people as persons, in their order; who is there already is taken as she is."""
    indexes = [id_index(one.id_number) for one in invented]
    known = {person.id_index: person for person in Person.objects.filter(id_index__in=indexes).select_related("unit")}
    units = find_or_add_units([one.unit for one in invented])
    levels = {
        units[one.unit].pk: UnitLevel(one.unit_level) for one in invented if units[one.unit].level == UnitLevel.UNSET
    }
    set_unit_levels(levels, at=day_start(world.term.registration_opens_on), actor=world.staff.get("administrator"))
    fresh = [
        NewPerson(one.name, one.id_number, unit=units[one.unit], position=one.position)
        for one, index in zip(invented, indexes, strict=True)
        if index not in known
    ]
    for person in add_people(fresh, actor=world.staff.get("administrator")) if fresh else ():
        known[person.id_index] = person
    return [known[index] for index in indexes]


def _seat_everybody(world: SimulatedTerm) -> None:
    at = min(world.until, day_start(world.term.registration_closes_on) + timedelta(hours=9))
    groups = cycle(ClassGroup.objects.filter(term=world.term).order_by("code") or [None])
    for learner in world.learners:
        world.counts["applied"] += 1
        group = next(groups)
        if learner.enrolment is None:
            learner.enrolment = _seat(world, learner, group, at)
        world.counts["admitted"] += learner.enrolment is not None


def _seat(world: SimulatedTerm, learner: SimulatedLearner, group: ClassGroup | None, at: datetime) -> Enrolment | None:
    """A seat in the class, else in none of the classes, else none: the term is full."""
    for choice in (group, None):
        try:
            return enrol_person(learner.person, world.term, at=at, group=choice, actor=world.staff.get("administrator"))
        except DomainError as problem:
            if problem.code != "group_full":
                return None
    return None
