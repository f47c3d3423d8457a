"""Starting, re-entering and handing in a sitting."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from lms.core.exceptions import DomainError, refuse
from lms.core.selectors import CompiledRead
from lms.exams.models import MarkEntry, Sitting
from lms.exams.selectors import start_refusals
from lms.exams.services.marking import write_mark
from lms.exams.signals import sitting_started, sitting_submitted


@transaction.atomic
def start_sitting(sitting: Sitting, *, at: datetime) -> Sitting:
    """Enter the exam room: the first time fixes start and deadline, every time takes the pen (`epoch` rises by one).

    Refuses with every reason at once, see `selectors.start_refusals`. The device that held the pen before becomes
    read-only at its next save. `sitting_started` is sent on commit of the first start. One conditional UPDATE.
    """
    refusals = start_refusals(sitting, at)
    if refusals:
        raise DomainError(*refusals)
    if sitting.started_at is None and _start_fresh(sitting, at):
        transaction.on_commit(lambda: sitting_started.send(Sitting, sitting=sitting))
        return sitting
    open_still = Sitting.objects.filter(pk=sitting.pk, submitted_at=None, deadline__gte=at)
    if not open_still.update(epoch=F("epoch") + 1):
        raise refuse("closed", _("This sitting is closed. What was saved counts."))
    sitting.refresh_from_db(fields=["epoch", "started_at", "deadline"])
    return sitting


def _start_fresh(sitting: Sitting, at: datetime) -> bool:
    """Fix start and deadline, unless somebody has; extra time granted at the same moment is read anew and counts."""
    for _attempt in range(2):
        extra, beyond = sitting.extra_minutes, sitting.beyond_minutes
        deadline = sitting.deadline_for(sitting.exam, at)
        fresh = Sitting.objects.filter(pk=sitting.pk, started_at=None, extra_minutes=extra, beyond_minutes=beyond)
        if fresh.update(started_at=at, deadline=deadline, epoch=1):
            sitting.started_at, sitting.deadline, sitting.epoch = at, deadline, 1
            return True
        sitting.refresh_from_db(fields=["extra_minutes", "beyond_minutes"])
    return False


@transaction.atomic
def submit_sitting(sitting: Sitting, *, at: datetime, actor: Any = None) -> MarkEntry:
    """Hand in: nothing can be saved afterwards, and the paper is marked. Handing in twice returns the same mark.

    Refuses `not_started`, and `deadline_passed` (then the sitting is closed with what was saved). The signal
    `sitting_submitted` is sent on commit.
    """
    held: Sitting = _locked.first(pk=sitting.pk)
    if held.submitted_at is None:
        if held.started_at is None or held.deadline is None:
            raise refuse("not_started", _("This sitting has not been started."))
        if at > held.deadline:
            raise refuse("deadline_passed", _("The time of this exam is over. What was saved counts."))
        held.submitted_at = at
        Sitting.objects.filter(pk=held.pk).update(submitted_at=at)
        mark = write_mark(held, at=at, actor=actor)
        transaction.on_commit(lambda: sitting_submitted.send(Sitting, sitting=held, mark=mark))
    else:
        mark = write_mark(held, at=at, actor=actor)
    sitting.submitted_at = held.submitted_at
    return mark


_locked = CompiledRead(
    lambda pk: Sitting.objects.filter(pk=pk).select_for_update(of=("self",)).select_related("exam").defer("paper"),
    pk=int,
)
