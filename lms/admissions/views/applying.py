"""The applicant's pages: open terms, the steps of R5, where the application stands."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.admissions import services
from lms.admissions.enums import Grade
from lms.admissions.forms import ClassForm, IdentityForm, MaterialsForm
from lms.admissions.models import Application
from lms.admissions.rules import CLASS, CONFIRM, IDENTITY, MATERIALS, STEPS
from lms.admissions.selectors import (
    applications_of,
    proofs_of,
    steps_missing,
    wanted_proofs,
    years_of,
)
from lms.core.exceptions import DomainError, Refusal
from lms.files.models import PrivateFile
from lms.people.models import Person
from lms.people.selectors import person_of
from lms.programmes.models import Term
from lms.programmes.selectors import open_terms, seats_taken

TONES = {
    "draft": "info",
    "submitted": "attention",
    "admitted": "done",
    "wait_listed": "attention",
    "rejected": "danger",
    "withdrawn": "neutral",
}


@dataclass(frozen=True)
class StepView:
    """One step of the wizard as drawn."""

    key: str
    label: str
    url: str
    done: bool


@login_required
@require_safe
def my_applications(request: HttpRequest) -> HttpResponse:
    """Terms that are open now, and what the person applied for."""
    person = person_of(request.user)
    applications = list(applications_of(person)) if person else []
    for application in applications:
        application.tone = TONES[application.state]  # type: ignore[attr-defined]
    today = timezone.localdate()
    context = {
        "person": person,
        "applications": applications,
        "terms": list(open_terms(today).select_related("programme").order_by("registration_closes_on")),
        "coming": Term.objects.filter(registration_opens_on__gt=today).order_by("registration_opens_on").first(),
        "place": "me",
    }
    return render(request, "lms_admissions/my_applications.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, code: str) -> HttpResponse:
    """What applying for this term means; POST opens the draft."""
    term = get_object_or_404(Term.objects.select_related("programme"), code=code)
    person = person_of(request.user)
    refusals: Any = ()
    if request.method == "POST" and person is not None:
        try:
            application = services.start_application(person, term, at=timezone.now(), actor=request.user)
        except DomainError as problem:
            refusals = problem.refusals
        else:
            return redirect(_continue_url(application))
    context = {
        "term": term,
        "person": person,
        "refusals": refusals,
        "is_open": term.registration_open(timezone.now()),
        "seats_left": max(0, term.capacity - seats_taken(term)),
        "documents": wanted_proofs(term),
        "place": "me",
    }
    return render(request, "lms_admissions/start.html", context, status=422 if refusals else 200)


@login_required
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the application stands and what comes next."""
    application = _own(request, pk)
    context = _context(application) | {
        "tone": TONES[application.state],
        "events": application.events.all(),
        "may_withdraw": application.is_draft or application.awaits_decision,
        "continue_url": _continue_url(application) if application.is_draft else "",
    }
    return render(request, "lms_admissions/detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """One step: read what was typed, call its service, go on to the next."""
    if key not in STEPS:
        raise Http404
    application = _own(request, pk)
    if not application.is_draft:
        return redirect("lms_admissions:detail", application.pk)
    form = _form(application, key, request)
    if request.method == "POST" and form.is_valid():
        try:
            _save(application, key, form, request)
        except DomainError as problem:
            for refusal in problem.refusals:
                form.add_error(None, " ".join(str(part) for part in (refusal.sentence, refusal.explanation) if part))
        else:
            return _go_on(request, application, key)
    context = _context(application, current=key) | {"form": form, "key": key}
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, f"lms_admissions/step_{key}.html", context, status=status)


@login_required
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the application back."""
    application = _own(request, pk)
    try:
        services.withdraw_application(application, at=timezone.now(), actor=request.user)
    except DomainError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Your application has been withdrawn."))
    return redirect("lms_admissions:detail", application.pk)


@login_required
@require_POST
def remove_file(request: HttpRequest, pk: int, file: UUID) -> HttpResponse:
    """Take an uploaded document back."""
    application = _own(request, pk)
    proof = get_object_or_404(PrivateFile, pk=file, owner=request.user, removed_at=None)
    try:
        services.remove_proof(application, proof, at=timezone.now())
    except DomainError as problem:
        messages.error(request, str(problem))
    return redirect("lms_admissions:step", application.pk, MATERIALS)


def _form(application: Application, key: str, request: HttpRequest) -> Form:
    data: Any = request.POST if request.method == "POST" else None
    if key == IDENTITY:
        return IdentityForm(data, initial={"confirmed": application.identity_confirmed_at is not None})
    if key == CLASS:
        return ClassForm(data, application=application, initial={"group": application.group_id})
    if key == MATERIALS:
        initial = {"degree": application.degree, "grounds": application.grounds, "remark": application.remark}
        initial |= {f"appraisal_{year}": grade for year, grade in application.appraisals.items()}
        return MaterialsForm(data, application=application, complete="stay" not in request.POST, initial=initial)
    return Form(data)


def _save(application: Application, key: str, form: Any, request: HttpRequest) -> None:
    at, actor = timezone.now(), request.user
    if key == IDENTITY:
        services.confirm_identity(application, at=at, actor=actor)
    elif key == CLASS:
        services.save_class(application, group=form.cleaned_data.get("group"), actor=actor)
    elif key == MATERIALS:
        services.save_materials(
            application,
            degree=form.cleaned_data["degree"],
            appraisals=form.appraisals,
            grounds=form.cleaned_data.get("grounds", []),
            remark=form.cleaned_data["remark"],
            actor=actor,
        )
        _add_proofs(application, request)
    else:
        services.submit_application(application, at=at, actor=actor)


def _add_proofs(application: Application, request: HttpRequest) -> None:
    """Keep every file that is accepted; of the others the sentence names paper and file."""
    refused: list[Refusal] = []
    for proof in wanted_proofs(application.term):
        for upload in request.FILES.getlist(f"proof_{proof.code}"):
            name = upload.name or proof.code
            try:
                services.add_proof(application, proof.code, upload, name=name, at=timezone.now(), actor=request.user)
            except DomainError as problem:
                refused += [_about(refusal, proof.title, name) for refusal in problem.refusals]
    if refused:
        raise DomainError(*refused)


def _about(refusal: Refusal, paper: str, name: str) -> Refusal:
    sentence = _("%(paper)s, file “%(name)s”: %(problem)s Everything else on this page is saved.")
    return replace(refusal, sentence=sentence % {"paper": paper, "name": name, "problem": refusal.sentence})


def _go_on(request: HttpRequest, application: Application, key: str) -> HttpResponse:
    if key == CONFIRM:
        messages.success(request, _("Your application has been submitted."))
        return redirect("lms_admissions:detail", application.pk)
    if key == MATERIALS and "stay" in request.POST:
        messages.success(request, _("Saved."))
        return redirect("lms_admissions:step", application.pk, key)
    return redirect("lms_admissions:step", application.pk, STEPS[STEPS.index(key) + 1])


def _context(application: Application, current: str = "") -> dict[str, Any]:
    missing = steps_missing(application)
    proofs = proofs_of(application)
    grades = dict(Grade.choices)
    return {
        "application": application,
        "person": application.person,
        "term": application.term,
        "missing": missing,
        "steps": _steps(application, missing),
        "current": current,
        "proofs": [(proof, proofs.get(proof.code, [])) for proof in wanted_proofs(application.term)],
        "appraisals": [
            (year, grades.get(application.appraisals.get(str(year), ""), "")) for year in years_of(application.term)
        ],
        "place": "me",
    }


def _steps(application: Application, missing: tuple[str, ...]) -> list[StepView]:
    labels = {
        IDENTITY: _("Identity"),
        CLASS: _("Term and class"),
        MATERIALS: _("Supporting material"),
        CONFIRM: _("Confirm and submit"),
    }
    return [
        StepView(
            key,
            labels[key],
            reverse("lms_admissions:step", args=[application.pk, key]),
            key not in missing and (key != CONFIRM or not application.is_draft),
        )
        for key in STEPS
    ]


def _continue_url(application: Application) -> str:
    """The first step that lacks something, else the last."""
    if not application.is_draft:
        return reverse("lms_admissions:detail", args=[application.pk])
    missing = steps_missing(application)
    return reverse("lms_admissions:step", args=[application.pk, missing[0] if missing else CONFIRM])


def _own(request: HttpRequest, pk: int) -> Application:
    person: Person | None = person_of(request.user)
    if person is None:
        raise Http404
    return get_object_or_404(applications_of(person).select_related("person__unit", "term__programme", "group"), pk=pk)
