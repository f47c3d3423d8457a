"""The first sign-in: activation with a code, and consent."""

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from lms.core.exceptions import DomainError, refuse
from lms.people.adapters import AccountAdapter
from lms.people.conf import CONSENT_DUE, people_settings
from lms.people.enums import ConsentKind
from lms.people.forms import ActivationForm
from lms.people.models import ConsentText, Person
from lms.people.selectors import consents_due, person_of
from lms.people.services import activate_account, give_consents
from lms.people.services.activation import too_many_codes
from lms.people.services.throttling import count_failure, failures

BACKEND = "lms.people.auth_backends.PhoneBackend"
WRONG = {"code_wrong", "code_expired", "code_locked"}


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def activate(request: HttpRequest) -> HttpResponse:
    """Phone, code and a new password twice; then signed in and at the desk."""
    form = ActivationForm(request.POST or None, initial={"phone": request.GET.get("phone", "")})
    if request.method == "POST" and form.is_valid():
        try:
            person = _activate(request, form)
        except DomainError as refusal:
            form.add_error("code", str(refusal.refusals[0].sentence))
        else:
            messages.success(request, _("Your password is set. Welcome."))
            return _enter(request, person)
    context = {"form": form, "days": people_settings.ACTIVATION_DAYS}
    return render(request, "lms_people/activate.html", context, status=422 if form.errors else 200)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def consent(request: HttpRequest) -> HttpResponse:
    """The texts that are due; each is agreed to separately, and only all of them let one go on."""
    now = timezone.now()
    person = person_of(request.user)
    due = consents_due(person, at=now) if person else []
    target = _safe_target(request)
    missing: list[ConsentText] = []
    if request.method == "POST" and person is not None:
        agreed = [text for text in due if request.POST.get(f"agree_{text.kind}_{text.version}")]
        missing = [text for text in due if text not in agreed]
        if not missing:
            give_consents(person, agreed, at=now)
            due = []
    if not due:
        request.session.pop(CONSENT_DUE, None)
        return redirect(target)
    context = {"texts": due, "missing": missing, "next": target, "identity": ConsentKind.IDENTITY}
    return render(request, "lms_people/consent.html", context, status=422 if missing else 200)


def _activate(request: HttpRequest, form: ActivationForm) -> Person:
    """Activate, counting failures for the address and for the number, whether it is known or not."""
    phone, address = form.cleaned_data["phone"], AccountAdapter(request).get_client_ip(request)
    if (
        failures("activate_address", address) >= people_settings.ADDRESS_FAILURES
        or failures("activate_phone", phone) >= people_settings.PHONE_FAILURES
    ):
        raise refuse("throttled", _("Too many attempts. Please wait half an hour or ask your class assistant."))
    person = Person.objects.select_related("user").filter(phone=phone, user__is_active=True).first()
    try:
        if person is None:
            raise refuse("code_wrong", _("The mobile number or the activation code is not right."))
        activate_account(person, form.cleaned_data["code"], password=form.cleaned_data["password"], at=timezone.now())
    except DomainError as refusal:
        if refusal.code not in WRONG:
            raise
        count_failure("activate_address", address)
        if count_failure("activate_phone", phone) > people_settings.ACTIVATION_FAILURES:
            raise too_many_codes() from refusal
        raise
    return person


def _enter(request: HttpRequest, person: Person) -> HttpResponse:
    """Sign in, except who has a second factor: that one signs in with it."""
    if is_mfa_enabled(person.user):
        return redirect("account_login")
    login(request, person.user, backend=BACKEND)
    return redirect(AccountAdapter(request).get_login_redirect_url(request))


def _safe_target(request: HttpRequest) -> str:
    target = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return target
    return AccountAdapter(request).get_login_redirect_url(request)
