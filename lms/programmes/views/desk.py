"""The learner's desk (今日) and her class hours."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import get_resolver
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from wagtail import hooks

from lms.core.screens import DeskCard, Figure
from lms.people.permissions import works_in_back_office
from lms.people.selectors import person_of
from lms.programmes.models import Enrolment, Programme
from lms.programmes.rules import day_end, day_start, show_hours
from lms.programmes.selectors import (
    current_enrolment,
    enrolments_of,
    ledger_lines,
    minutes_by_kind,
    open_terms,
)

ZONES = ("now", "due", "progress")
ADMISSIONS = "lms_admissions"
LINES_A_PAGE = 60


@require_safe
@never_cache
@login_required
def desk(request: HttpRequest) -> HttpResponse:
    """Today first, then what is due, then progress. Every plug-in adds its cards by the hook `lms_desk_cards`."""
    at = timezone.localtime()
    enrolment = current_enrolment(request.user)
    cards = sorted(_cards(request, enrolment), key=lambda card: (card.order, card.key))
    if enrolment is not None and not any(card.zone == "progress" for card in cards):
        cards.append(_hours_card(enrolment))
    cards = one_primary(card for zone in ZONES for card in cards if card.zone == zone)
    person = enrolment.person if enrolment else person_of(request.user)
    context = {
        "at": at,
        "greeting": _greeting(at, person.name if person else request.user.get_username()),
        "enrolment": enrolment,
        "zones": {zone: [card for card in cards if card.zone == zone] for zone in ZONES},
        "calm": _calm_sentence(enrolment, at) if enrolment else "",
    }
    if enrolment is None:
        context |= {
            "is_staff_member": works_in_back_office(request.user),
            "apply_url": _apply_url(),
            "open_terms": open_terms(at.date()),
        }
    return render(request, "lms_programmes/desk.html", context)


def one_primary(cards: Iterable[DeskCard]) -> list[DeskCard]:
    """Of all the buttons only the first primary one stays so: one thing to do now."""
    found, shown = False, []
    for card in cards:
        actions = []
        for action in card.actions:
            actions.append(replace(action, primary=action.primary and not found))
            found = found or action.primary
        shown.append(replace(card, actions=actions))
    return shown


@require_safe
@never_cache
@login_required
def hours(request: HttpRequest) -> HttpResponse:
    """The learner's own ledger, line by line with the running balance; `?term=` chooses another of her terms."""
    person = person_of(request.user)
    seats: Sequence[Enrolment] = list(enrolments_of(person)) if person else []
    wanted = request.GET.get("term", "")
    present = current_enrolment(request.user)
    default = next((seat for seat in seats if present and seat.pk == present.pk), seats[0] if seats else None)
    chosen = next((seat for seat in seats if seat.term.code == wanted), default)
    context: dict[str, Any] = {"seats": seats, "enrolment": chosen}
    if chosen is not None:
        programme = chosen.term.programme
        lines = ledger_lines(chosen)
        context |= {
            "programme": programme,
            "figures": _hour_figures(minutes_by_kind(chosen), programme),
            "page": Paginator(lines[::-1], LINES_A_PAGE).get_page(request.GET.get("page")),
        }
    return render(request, "lms_programmes/hours.html", context)


def _cards(request: HttpRequest, enrolment: Enrolment | None) -> Iterator[DeskCard]:
    for hook in hooks.get_hooks("lms_desk_cards"):
        answer = hook(request, enrolment)
        if isinstance(answer, DeskCard):
            yield answer
        elif answer:
            yield from answer


def _hours_card(enrolment: Enrolment) -> DeskCard:
    """Own progress, where no plug-in tells more about it."""
    return DeskCard(
        key="programmes.hours",
        zone="progress",
        title=_("Class hours"),
        icon="course",
        figures=_hour_figures(minutes_by_kind(enrolment), enrolment.term.programme),
    )


def _hour_figures(minutes: dict[str, int], programme: Programme) -> list[Figure]:
    length = programme.class_hour_minutes
    parts = (
        (_("Classroom"), minutes["offline"], programme.required_offline_minutes),
        (_("Online"), minutes["online"], programme.certificate_online_minutes),
        (_("Together for the certificate"), sum(minutes.values()), programme.certificate_minutes),
    )
    return [
        Figure(
            label,
            show_hours(earned, length),
            show_hours(wanted, length),
            _("class hours"),
            min(earned / wanted, 1) if wanted else None,
        )
        for label, earned, wanted in parts
    ]


def _greeting(at: datetime, name: str) -> str:
    if at.hour < 5 or at.hour >= 18:
        return _("%(name)s, good evening") % {"name": name}
    if at.hour < 12:
        return _("%(name)s, good morning") % {"name": name}
    return _("%(name)s, good afternoon") % {"name": name}


def _calm_sentence(enrolment: Enrolment, at: datetime) -> str:
    """What to say when nothing is to be done now."""
    term = enrolment.term
    if at < day_start(term.starts_on):
        days = (term.starts_on - at.date()).days
        return _("The term starts in %(days)d days. Nothing needs to be done today.") % {"days": days}
    if at >= day_end(term.ends_on):
        return _("The term has ended. Your results and certificate stay here.")
    return _("Nothing is scheduled for you right now.")


def _apply_url() -> str:
    """Where one applies for a seat, when admissions has addresses on this site."""
    found = get_resolver().namespace_dict.get(ADMISSIONS)
    return f"/{found[0]}" if found else ""
