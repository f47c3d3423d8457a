"""Facts are told after the rows are committed, and whoever listens cannot harm them."""

from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import Signal


def announce(signal: Signal, sender: type[Any], **facts: Any) -> None:
    """Send `signal` on commit. A receiver that fails is logged; the rows stand and the others are told all the same."""
    transaction.on_commit(partial(signal.send_robust, sender, **facts), robust=True)
