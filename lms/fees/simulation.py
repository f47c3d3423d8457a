"""Money of a simulated term: most pay in the days after their admission, a few leave it open."""

from datetime import timedelta

from django.db import transaction

from lms.fees.models import Order
from lms.fees.services import record_payment
from lms.programmes.rules import day_start
from lms.programmes.simulation import SimulatedTerm

UNPAID_SHARE = 0.04


@transaction.atomic
def pay_fees(world: SimulatedTerm) -> None:
    """Counts `paid`; a payment that stands is not made again."""
    orders = Order.objects.filter(enrolment__term=world.term).select_related("enrolment")
    by_person = {order.enrolment.person_id: order for order in orders}
    finance = world.staff.get("finance")
    last = day_start(world.term.starts_on)
    for learner in world.enrolled():
        order = by_person.get(learner.person.pk)
        if order is None:
            continue
        rng = world.rng("fees", learner.person.id_number)
        paid_at = min(order.opened_at + timedelta(hours=rng.uniform(2, 72)), last)
        if rng.random() < UNPAID_SHARE or paid_at > world.until:
            continue
        if order.due_fen > 0:
            nonce = f"simulated:{order.code}"
            record_payment(order, order.due_fen, nonce=nonce, at=paid_at, actor=finance, reason="银行转账")
        world.counts["paid"] += 1
