"""Answers to other apps' questions."""

from collections.abc import Collection

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lms.core.exceptions import Refusal
from lms.fees.models import Order, Refund
from lms.programmes.models import Programme


def refuse_change_of_money_decided(programme: Programme, changed_keys: Collection[str]) -> Refusal | None:
    """`LMS_PROGRAMMES_CHANGE_GATES`: the days of a refund stand once one was asked for (R20), a funding authority stays
    while orders are subsidised by it (R18). Fee and rates may change: an order keeps what it was opened with.
    """
    if "fee.refund_days" in changed_keys and _asked(programme):
        return Refusal(
            "refunds_asked",
            _("Refunds of this programme were asked for under the present number of days."),
            _("Set the new figures in the programme of a later year."),
            {"keys": ["fee.refund_days"]},
            "R20",
        )
    names = programme.subsidies.values_list("authority", flat=True)
    gone = [name for name in names if f"fee.subsidies.{name}.authority" in changed_keys]
    used = sorted(set(_orders(programme).filter(authority__in=gone).values_list("authority", flat=True)))
    if not used:
        return None
    return Refusal(
        "subsidy_used",
        _("Orders are subsidised by an authority that is missing from the table: %(names)s.")
        % {"names": "、".join(used)},
        _("Put it back into the file."),
        {"keys": [f"fee.subsidies.{name}.authority" for name in used]},
        "R18",
    )


def _orders(programme: Programme) -> QuerySet[Order]:
    return Order.objects.filter(enrolment__term__programme=programme)


def _asked(programme: Programme) -> bool:
    return Refund.objects.filter(order__in=_orders(programme)).exists()
