"""How facts of other apps are listened to: only of installed apps, and a failure here never undoes the fact."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import wraps
from importlib import import_module
from typing import Any

import structlog
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import transaction
from django.dispatch import Signal
from django.urls import NoReverseMatch, reverse

from lms.people.enums import Role
from lms.people.models import Person
from lms.people.selectors import open_to_unit, unit_contacts, users_with_role
from lms.programmes.rules import show_hours

log = structlog.get_logger(__name__)
Receiver = Callable[..., None]
FACTS: list[tuple[str, str, Receiver]] = []
LIVE = ("active", "completed")


def on(app: str, signal: str) -> Callable[[Receiver], Receiver]:
    """Listen to `signal` of `app` when that is installed; what goes wrong is logged, not raised."""

    def declare(receiver: Receiver) -> Receiver:
        @wraps(receiver)
        def guarded(sender: Any, **facts: Any) -> None:
            try:
                with transaction.atomic():
                    receiver(**facts)
            except Exception:
                log.exception("notice_failed", signal=f"{app}.{signal}")

        FACTS.append((app, signal, guarded))
        return guarded

    return declare


def connect_facts() -> list[str]:
    """Connect every receiver whose app is installed and knows the signal; names of the connected ones."""
    connected = []
    for app, name, receiver in FACTS:
        if not apps.is_installed(app):
            continue
        signal = getattr(import_module(f"{app}.signals"), name, None)
        if isinstance(signal, Signal):
            signal.connect(receiver, dispatch_uid=f"lms_notifications.{app}.{name}", weak=False)
            connected.append(f"{app}.{name}")
    return connected


def address(name: str, *args: Any) -> str:
    """The path of a page, or nothing when its app has no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def learners(term_id: int, **conditions: Any) -> Iterable[Any]:
    """Users who hold a seat in the term."""
    seats = apps.get_model("lms_programmes", "Enrolment").objects.filter(term_id=term_id, state__in=LIVE, **conditions)
    return [seat.person.user for seat in seats.select_related("person__user")]


def everybody_trained() -> Iterable[Any]:
    """Users who hold or completed a seat in any term; one query."""
    seats = apps.get_model("lms_programmes", "Enrolment").objects.filter(state__in=LIVE)
    return get_user_model().objects.filter(pk__in=seats.values("person__user"), is_active=True)


def assistants(enrolment: Any) -> Iterable[Any]:
    """Who runs the learner's class; every class assistant when nobody is listed."""
    listed = list(enrolment.group.assistants.filter(is_active=True)) if enrolment.group_id else []
    return listed or users_with_role(Role.ASSISTANT)


def unit_of(enrolment: Any, *, at: datetime) -> Iterable[Any]:
    """Who speaks for the learner's unit; nobody when she does not agree to the handling of her data."""
    people = Person.objects.filter(pk=enrolment.person_id)
    return unit_contacts(enrolment.person.unit_id) if open_to_unit(people, at=at).exists() else []


def hours(enrolment: Any, minutes: int) -> str:
    """Class hours as people read them."""
    return show_hours(minutes, enrolment.term.programme.class_hour_minutes)
