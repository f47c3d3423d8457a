"""What an employing unit sees: its own people, how far they are, and who comes near the limit. Read only."""

from collections.abc import Sequence

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lms.attendance.permissions import unit_policy
from lms.attendance.selectors import unit_sheet, unit_terms
from lms.core.screens import MeLink
from lms.people.models import Unit
from lms.people.selectors import person_of
from lms.programmes.models import Term

TONES = {"clear": "done", "warned": "attention", "last": "attention", "over": "danger"}


@login_required
@never_cache
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Earned, missed and outlook of the unit's people in a term; 403 for whoever speaks for no unit."""
    unit_policy.require(request.user, "view")
    person = person_of(request.user)
    if person is None or person.unit is None:
        raise PermissionDenied
    terms = unit_terms(person.unit)
    term = _chosen(request, terms)
    context = {
        "unit": person.unit,
        "terms": terms,
        "term": term,
        "found": unit_sheet(person.unit, term, at=timezone.now()) if term else None,
        "hour": term.programme.class_hour_minutes if term else 1,
        "tones": TONES,
        "words": {
            "clear": _("within the limit"),
            "warned": _("near the limit"),
            "last": _("at the limit"),
            "over": _("over the limit"),
        },
        "place": "me",
    }
    return render(request, "lms_attendance/unit.html", context)


def me_links(request: HttpRequest) -> Sequence[MeLink]:
    """The way there, for whoever speaks for a unit."""
    if not unit_policy.allows(request.user, "view") or unit_of_user(request) is None:
        return []
    return [MeLink(_("Attendance of our people"), reverse("lms_attendance:unit"), "attendance", 60)]


def unit_of_user(request: HttpRequest) -> Unit | None:
    """The unit she speaks for."""
    person = person_of(request.user)
    return person.unit if person is not None else None


def _chosen(request: HttpRequest, terms: Sequence[Term]) -> Term | None:
    wanted = request.GET.get("term", "")
    found = [term for term in terms if wanted in ("", term.code)]
    if wanted and not found:
        raise Http404
    return found[0] if found else None
