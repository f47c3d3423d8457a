"""The page 我的: who I am here, my phone, my consents, and what the plug-ins add."""

from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from wagtail import hooks

from lms.core.exceptions import DomainError
from lms.core.screens import MeLink
from lms.people.enums import ConsentKind, Role
from lms.people.forms import PhoneForm
from lms.people.models import Person
from lms.people.permissions import held_roles, works_in_back_office
from lms.people.selectors import consents_given, person_of, texts_in_force
from lms.people.services import change_phone, withdraw_consent


@login_required
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """My name, masked numbers and unit, links of the plug-ins, language, second factor, sign out."""
    roles = held_roles(request.user)
    context = {
        "person": person_of(request.user),
        "links": _links(request),
        "roles": [role.label for role in Role if role in roles],
        "second_factor": is_mfa_enabled(request.user),
        "back_office": _back_office() if works_in_back_office(request.user) else "",
    }
    return render(request, "lms_people/me.html", context)


@login_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def phone(request: HttpRequest) -> HttpResponse:
    """A new mobile number, which is the name to sign in with."""
    person = _person_or_403(request)
    form = PhoneForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            change_phone(person, form.cleaned_data["phone"], actor=request.user)
        except DomainError as refusal:
            form.add_error("phone", str(refusal.refusals[0].sentence))
        else:
            messages.success(request, _("Your mobile number is changed. Sign in with it from now on."))
            return redirect("lms_people:me")
    context = {"form": form, "person": person, "place": "me"}
    return render(request, "lms_people/phone.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def consents(request: HttpRequest) -> HttpResponse:
    """What I agreed to and since when, each with its text and the way to take it back."""
    person = _person_or_403(request)
    given = consents_given(person)
    current = {text.pk for text in texts_in_force(timezone.now())}
    context = {"entries": given, "current": current, "person": person, "place": "me"}
    return render(request, "lms_people/consents.html", context)


@login_required
@require_POST
def withdraw(request: HttpRequest, kind: str) -> HttpResponse:
    """Take back a consent."""
    if kind not in ConsentKind.values:
        raise Http404
    person = _person_or_403(request)
    if withdraw_consent(person, ConsentKind(kind), at=timezone.now(), actor=request.user):
        messages.success(request, _("Your consent is withdrawn from now on."))
    return redirect("lms_people:consents")


def _links(request: HttpRequest) -> list[MeLink]:
    found: list[MeLink] = []
    for hook in hooks.get_hooks("lms_me_links"):
        answer: Any = hook(request)
        found += [answer] if isinstance(answer, MeLink) else list(answer or ())
    return sorted(found, key=lambda link: (link.order, str(link.label)))


def _person_or_403(request: HttpRequest) -> Person:
    person = person_of(request.user)
    if person is None:
        raise PermissionDenied(_("No person is recorded for this account."))
    return person


def _back_office() -> str:
    try:
        return reverse("wagtailadmin_home")
    except NoReverseMatch:
        return ""
