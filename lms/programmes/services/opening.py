"""Demo terms around today: the rules of a real programme on shifted dates, so that every step can be tried at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.core.audit import record_act
from lms.programmes.models import ClassGroup, Programme, Term

SEATS = 200
GROUP_SEATS = 100


@dataclass(frozen=True)
class DemoDates:
    """Days from today: start, end, and the registration window."""

    code: str
    name: str
    starts: int
    ends: int
    opens: int
    closes: int


@transaction.atomic
def open_demo_terms(programme: Programme, *, today: date, at: datetime, actor: Any = None) -> Sequence[Term]:
    """`demo` (began 20 days ago, 10 to go) and `demo-next` (registration open, starts in 20 days), two classes each.

    Idempotent: a demo term that is there keeps the dates it was first opened with.
    """
    wanted = (
        DemoDates("demo", _("Demo term"), -20, 10, -65, -35),
        DemoDates("demo-next", _("Next demo term"), 20, 50, -10, 15),
    )
    return [_open(programme, plan, today, at, actor) for plan in wanted]


def _open(programme: Programme, plan: DemoDates, today: date, at: datetime, actor: Any) -> Term:
    term, made = Term.objects.get_or_create(
        code=plan.code,
        defaults={
            "programme": programme,
            "name": plan.name,
            "starts_on": today + timedelta(days=plan.starts),
            "ends_on": today + timedelta(days=plan.ends),
            "registration_opens_on": today + timedelta(days=plan.opens),
            "registration_closes_on": today + timedelta(days=plan.closes),
            "capacity": SEATS,
        },
    )
    for code, name, kind in (("A", _("Demo class one"), "机关班"), ("B", _("Demo class two"), "事业单位班")):
        values = {"name": name, "kind": kind, "capacity": GROUP_SEATS}
        ClassGroup.objects.get_or_create(term=term, code=code, defaults=values)
    if made:
        record_act("lms_programmes.add_term", term, actor=actor, after={"code": plan.code, "opened_for": str(today)})
    return term
