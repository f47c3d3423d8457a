"""Applications, payments and refunds."""

from typing import Any

from lms.core.templatetags.lms_ui import money
from lms.notifications.enums import NoticeKind as Kind
from lms.notifications.receivers.listening import address, on
from lms.notifications.services import tell

#: Who is admitted hears of her seat (`enrolled`); the same is not told twice.
DECISIONS = {
    "returned": Kind.APPLICATION_RETURNED,
    "wait_listed": Kind.APPLICATION_WAIT_LISTED,
    "rejected": Kind.APPLICATION_REJECTED,
}


@on("lms.admissions", "application_submitted")
def tell_application_submitted(application: Any, **facts: Any) -> None:
    # After a return it is handed in again: another row of its journal, another notice.
    event = application.events.order_by("-pk")[0]
    tell(
        [application.person.user],
        Kind.APPLICATION_SUBMITTED,
        key=f"application_submitted:{event.pk}",
        at=event.at,
        url=address("lms_admissions:detail", application.pk),
        params={"term": application.term.name},
    )


@on("lms.admissions", "application_decided")
def tell_application_decided(application: Any, act: str, reason: str = "", **facts: Any) -> None:
    if act not in DECISIONS:
        return
    tell(
        [application.person.user],
        DECISIONS[act],
        key=f"application_decided:{application.pk}:{act}:{application.decided_at.isoformat()}",
        at=application.decided_at,
        url=address("lms_admissions:detail", application.pk),
        params={"term": application.term.name, "reason": reason},
    )


@on("lms.fees", "payment_recorded")
def tell_payment(order: Any, entry: Any, **facts: Any) -> None:
    tell(
        [order.enrolment.person.user],
        Kind.PAYMENT_RECORDED,
        key=f"payment_recorded:{entry.pk}",
        at=entry.at,
        url=address("lms_fees:mine"),
        params={"amount": money(entry.fen), "code": order.code, "due": money(order.due_fen)},
    )


@on("lms.fees", "refund_decided")
def tell_refund_decided(refund: Any, **facts: Any) -> None:
    order = refund.order
    tell(
        [order.enrolment.person.user],
        Kind.REFUND_GRANTED if refund.state == "granted" else Kind.REFUND_REFUSED,
        key=f"refund_decided:{refund.pk}",
        at=refund.decided_at,
        url=address("lms_fees:mine"),
        params={"amount": money(refund.fen), "code": order.code, "reason": refund.answer},
    )
