"""Facts about money."""

from django.dispatch import Signal

#: Sent by `services.record_payment` on commit, not for a repeat. Arguments: order, entry.
payment_recorded = Signal()
#: Sent by `services.decide_refund` (and by a request that the rule grants at once) on commit. Arguments: refund.
refund_decided = Signal()
