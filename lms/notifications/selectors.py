"""Reads about notices."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.dateparse import parse_date, parse_datetime

from lms.core.selectors import CompiledRead
from lms.core.templatetags.lms_ui import day, until, when
from lms.notifications.enums import WORDING, MailState, Wording
from lms.notifications.models import Notice, Preference

UNREAD_CAP = 100


@dataclass(frozen=True)
class Words:
    """A notice in the reader's language."""

    title: str
    body: str
    icon: str


def words_of(notice: Notice) -> Words:
    """Title and body in the active language, made from the kind and the stored figures."""
    wording: Wording = WORDING[notice.kind]
    figures = {name: _say(name, value) for name, value in notice.params.items()}
    return Words(str(wording.title) % figures, (str(wording.body) % figures).strip(), wording.icon)


def notices_of(user: Any) -> QuerySet[Notice]:
    """All notices of a user, newest first."""
    return Notice.objects.filter(user=user)


_unread = CompiledRead(lambda user: Notice.objects.filter(user_id=user, read_at=None)[:UNREAD_CAP], user=int)


def unread_of(user: Any) -> list[Notice]:
    """Unread notices, newest first, at most 100; one query a request, kept on the user object."""
    if not user.is_authenticated:
        return []
    if not hasattr(user, "_lms_unread"):
        user._lms_unread = _unread(user=user.pk)
    found: list[Notice] = user._lms_unread
    return found


def preference_of(user: Any) -> Preference:
    """The stored preference, or an unsaved one with the defaults."""
    return Preference.objects.filter(user=user).first() or Preference(user=user)


def mail_wanted(users: Iterable[Any], kind: str) -> set[int]:
    """Ids of the users who get this kind by e-mail: an address, e-mail on, topic not muted. One query."""
    with_address = {user.pk for user in users if user.email and user.is_active}
    if not with_address:
        return set()
    topic = WORDING[kind].topic
    against = Preference.objects.filter(user__in=with_address).values_list("user_id", "mail", "muted_topics")
    return with_address - {user_id for user_id, mail, muted in against if not mail or topic in muted}


def waiting_for_mail() -> QuerySet[Notice]:
    """Notices whose e-mail has not been sent yet, oldest first."""
    return Notice.objects.filter(mail=MailState.WAITING).select_related("user").order_by("pk")


def _say(name: str, value: Any) -> str:
    if name.endswith("_at") and value:
        return (until if name.startswith("closes") else when)(parse_datetime(value))
    if name.endswith("_on") and value:
        return day(parse_date(value))
    return str(value)


def as_param(value: Any) -> Any:
    """A figure as it is stored: dates and moments in ISO form, everything else as text or whole number."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if isinstance(value, int) else str(value)
