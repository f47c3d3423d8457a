"""Telling people something, and what they do with it."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django_q.tasks import async_task

from lms.notifications.conf import notifications_settings
from lms.notifications.enums import MailState, NoticeKind
from lms.notifications.models import Notice, Preference
from lms.notifications.selectors import as_param, mail_wanted


def tell(
    users: Iterable[Any],
    kind: NoticeKind,
    *,
    key: str,
    at: datetime,
    url: str = "",
    params: dict[str, Any] | None = None,
) -> None:
    """Put a notice into each user's inbox, once for each (user, key); e-mail follows in the background.

    Two statements however many users, a third to queue the e-mail. Never holds an ID number or a secret in `params`.
    """
    receivers = {user.pk: user for user in users if user is not None and user.is_active}
    mailed = mail_wanted(receivers.values(), kind) if notifications_settings.MAIL else set()
    stored = {name: as_param(value) for name, value in (params or {}).items()}
    Notice.objects.bulk_create(
        [
            Notice(
                user=user,
                kind=kind,
                params=stored,
                url=url,
                key=key,
                made_at=at,
                mail=MailState.WAITING if pk in mailed else MailState.NONE,
            )
            for pk, user in receivers.items()
        ],
        ignore_conflicts=True,
        batch_size=500,
    )
    if mailed:
        transaction.on_commit(lambda: async_task("lms.notifications.tasks.mail_waiting"), robust=True)


def mark_read(user: Any, pk: int, *, at: datetime) -> Notice | None:
    """Mark one of the user's own notices read; None when there is none. Reading twice keeps the first time."""
    Notice.objects.filter(user=user, pk=pk, read_at=None).update(read_at=at)
    return Notice.objects.filter(user=user, pk=pk).first()


def mark_all_read(user: Any, *, at: datetime) -> int:
    """Mark everything read that came until `at`; how many."""
    return Notice.objects.filter(user=user, read_at=None, made_at__lte=at).update(read_at=at)


@transaction.atomic
def save_preference(user: Any, *, address: str, mail: bool, muted_topics: Collection[str], language: str) -> Preference:
    """How the user wants to be reached; `address` is the e-mail address of the account, empty for none."""
    if user.email != address:
        user.email = address
        user.save(update_fields=["email"])
    saved, _made = Preference.objects.update_or_create(
        user=user, defaults={"mail": mail, "muted_topics": sorted(muted_topics), "language": language}
    )
    return saved
