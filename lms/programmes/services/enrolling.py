"""Giving, ending and completing a seat."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from lms.core.audit import record_act
from lms.core.exceptions import refuse
from lms.people.models import Person
from lms.programmes.enums import EnrolmentState
from lms.programmes.models import ClassGroup, Enrolment, Term
from lms.programmes.selectors import LIVE
from lms.programmes.signals import enrolled, enrolment_completed, enrolment_ended


@transaction.atomic
def enrol_person(
    person: Person, term: Term, *, at: datetime, group: ClassGroup | None = None, actor: Any = None
) -> Enrolment:
    """Give the person a seat (R7: one live seat a term; a second call returns the first seat).

    Locks the term, so that the last seat is given once. Refuses `term_full`, `group_full`, `group_of_other_term`.
    `enrolled` is sent inside the transaction.
    """
    term = Term.objects.select_for_update().get(pk=term.pk)
    held = Enrolment.objects.filter(person=person, term=term, state__in=LIVE).first()
    if held is not None:
        return held
    _require_seat(term, group)
    last = Enrolment.objects.filter(term=term).aggregate(last=Max("number"))["last"] or 0
    enrolment = Enrolment.objects.create(person=person, term=term, group=group, number=last + 1, enrolled_at=at)
    record_act("lms_programmes.enrol", enrolment, actor=actor, after={"term": term.code, "number": last + 1})
    enrolled.send(Enrolment, enrolment=enrolment, actor=actor)
    return enrolment


@transaction.atomic
def end_enrolment(
    enrolment: Enrolment, *, state: EnrolmentState, at: datetime, reason: str, actor: Any = None
) -> Enrolment:
    """End an active seat as withdrawn or deferred, with a reason. Refuses `not_active`."""
    enrolment = Enrolment.objects.select_for_update().select_related("term").get(pk=enrolment.pk)
    if enrolment.state != EnrolmentState.ACTIVE:
        raise refuse("not_active", _("This seat is no longer active."))
    before = {"state": str(enrolment.state)}
    enrolment.state, enrolment.ended_at = state, at
    enrolment.save(update_fields=["state", "ended_at"])
    record_act("lms_programmes.end", enrolment, actor=actor, reason=reason, before=before, after={"state": str(state)})
    enrolment_ended.send(Enrolment, enrolment=enrolment, state=state, reason=reason, actor=actor)
    return enrolment


@transaction.atomic
def complete_enrolment(enrolment: Enrolment, *, at: datetime, actor: Any = None) -> Enrolment:
    """The learner has finished and is now an alumnus; a second call changes nothing. Refuses `not_active`."""
    enrolment = Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    if enrolment.state == EnrolmentState.COMPLETED:
        return enrolment
    if enrolment.state != EnrolmentState.ACTIVE:
        raise refuse("not_active", _("This seat is no longer active."))
    before = {"state": str(enrolment.state)}
    enrolment.state, enrolment.ended_at = EnrolmentState.COMPLETED, at
    enrolment.save(update_fields=["state", "ended_at"])
    after = {"state": str(enrolment.state)}
    record_act("lms_programmes.complete", enrolment, actor=actor, before=before, after=after)
    transaction.on_commit(lambda: enrolment_completed.send(Enrolment, enrolment=enrolment))
    return enrolment


def _require_seat(term: Term, group: ClassGroup | None) -> None:
    taken = Enrolment.objects.filter(term=term, state__in=LIVE).count()
    if taken >= term.capacity:
        raise refuse(
            "term_full", _("All seats of this term are taken."), taken=taken, capacity=term.capacity, rule="R4"
        )
    if group is None:
        return
    if group.term_id != term.pk:
        raise refuse("group_of_other_term", _("This class belongs to another term."))
    in_group = Enrolment.objects.filter(group=group, state__in=LIVE).count()
    if in_group >= group.capacity:
        raise refuse("group_full", _("All seats of this class are taken."), taken=in_group, capacity=group.capacity)
