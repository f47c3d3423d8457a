"""Writes about money: each verb is one function."""

from lms.fees.services.orders import assess_subsidies, open_order, record_payment
from lms.fees.services.refunds import decide_refund, request_refund

__all__ = ["assess_subsidies", "decide_refund", "open_order", "record_payment", "request_refund"]
