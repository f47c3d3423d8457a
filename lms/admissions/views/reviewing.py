"""The reviewer's desk: queue, one application in two panes, several at once."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import IndexView

from lms.admissions import services
from lms.admissions.enums import ApplicationState, Degree, Grade
from lms.admissions.forms import DecisionForm
from lms.admissions.models import Application
from lms.admissions.permissions import application_policy
from lms.admissions.selectors import (
    application_queue,
    clauses_of,
    next_to_review,
    proofs_of,
    ranking,
    wanted_proofs,
)
from lms.core.exceptions import DomainError
from lms.core.templatetags.lms_ui import when
from lms.core.viewsets import SaysWhatComes
from lms.programmes.models import Term
from lms.programmes.selectors import seats_taken


class MomentColumn(Column):
    """A moment in words."""

    def get_value(self, instance: Any) -> str:
        return when(super().get_value(instance))


class ApplicationQueue(SaysWhatComes, IndexView):
    """Everything that was submitted, longest waiting first, with search, filters and export."""

    model = Application
    permission_policy = None
    page_title = gettext_lazy("Applications")
    header_icon = "form"
    empty_hint = gettext_lazy("No application has come in yet. They come from the site while registration is open.")
    index_url_name = "lms_admissions_admin:index"
    index_results_url_name = "lms_admissions_admin:results"
    edit_url_name = "lms_admissions_admin:review"
    search_backend_name = None
    search_fields = ["person__name", "person__pinyin", "person__unit__name"]
    list_filter = ["state", "term", "group"]
    default_ordering = "submitted_at"
    paginate_by = 50
    list_display = [
        TitleColumn("person", label=gettext_lazy("Applicant"), accessor="person.name", url_name=edit_url_name),
        Column("unit", label=gettext_lazy("Unit"), accessor="person.unit"),
        Column("term", label=gettext_lazy("Term"), accessor="term.name"),
        Column("group", label=gettext_lazy("Class"), accessor="group"),
        Column("grounds", label=gettext_lazy("Priority grounds"), accessor=lambda row: len(row.grounds)),
        MomentColumn("submitted_at", label=gettext_lazy("Submitted at"), sort_key="submitted_at"),
        Column("state", label=gettext_lazy("State"), accessor="get_state_display", sort_key="state"),
    ]
    list_export = [
        "pk",
        "person.name",
        "person.masked_id",
        "person.unit",
        "term.name",
        "group",
        "degree",
        "grounds_text",
        "submitted_at",
        "get_state_display",
        "reason",
    ]
    export_headings = {
        "person.name": gettext_lazy("Applicant"),
        "person.masked_id": gettext_lazy("ID number"),
        "person.unit": gettext_lazy("Unit"),
        "term.name": gettext_lazy("Term"),
        "group": gettext_lazy("Class"),
        "grounds_text": gettext_lazy("Priority grounds"),
        "get_state_display": gettext_lazy("State"),
    }
    export_filename = "applications"

    def get_base_queryset(self) -> Any:
        return application_queue()


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """Left what was handed in and how R3 judges it, right the decision, then the next one."""
    application = get_object_or_404(application_queue(), pk=pk)
    form = DecisionForm(request.POST or None)
    if request.method == "POST":
        application_policy.require(request.user, "decide")
        if form.is_valid():
            try:
                _decide(application, form.cleaned_data, request)
            except DomainError as problem:
                for refusal in problem.refusals:
                    form.add_error("reason" if refusal.code == "reason_too_short" else None, str(refusal.sentence))
            else:
                messages.success(request, _("The decision has been recorded; the applicant sees it on her page."))
                following = next_to_review(application)
                if following is None:
                    return redirect("lms_admissions_admin:index")
                return redirect("lms_admissions_admin:review", following.pk)
    return render(request, "lms_admissions/backoffice/review.html", _review_context(application, form, request))


@require_http_methods(["GET", "HEAD", "POST"])
def admit_several(request: HttpRequest, pk: int) -> HttpResponse:
    """Who waits in a term in the order of R4; those ticked are admitted, each on its own, and refusals are told."""
    term = get_object_or_404(Term, pk=pk)
    if not application_policy.allows(request.user, "decide"):
        raise PermissionDenied
    if request.method == "POST":
        _admit_ticked(request, term)
        return redirect("lms_admissions_admin:admit", term.pk)
    rows = ranking(term)
    left = max(0, term.capacity - seats_taken(term))
    waiting = Term.objects.filter(applications__state=ApplicationState.SUBMITTED)
    context = {
        "term": term,
        "rows": [(row, number <= left) for number, row in enumerate(rows, 1)],
        "left": left,
        "terms": waiting.annotate(waiting=Count("applications")).order_by("starts_on"),
    }
    return render(request, "lms_admissions/backoffice/admit.html", context)


def choose_term(request: HttpRequest) -> HttpResponse:
    """Leads to the term where most people wait, else to the newest one."""
    waiting = Term.objects.filter(applications__state=ApplicationState.SUBMITTED)
    term = waiting.annotate(waiting=Count("applications")).order_by("-waiting").first() or Term.objects.last()
    if term is None:
        return redirect("lms_admissions_admin:index")
    return redirect("lms_admissions_admin:admit", term.pk)


def _admit_ticked(request: HttpRequest, term: Term) -> None:
    chosen = {value for value in request.POST.getlist("application") if value.isdigit()}
    rows = [row for row in ranking(term) if str(row.pk) in chosen]
    admitted, refused = 0, []
    for row in rows:
        try:
            services.admit_application(row, at=timezone.now(), actor=request.user)
            admitted += 1
        except DomainError as problem:
            refused.append(f"{row.person.name}: {problem}")
    if admitted:
        told = ngettext("%(count)d person has been admitted.", "%(count)d people have been admitted.", admitted)
        messages.success(request, told % {"count": admitted})
    for sentence in refused[:10]:
        messages.error(request, sentence)


def _decide(application: Application, data: dict[str, Any], request: HttpRequest) -> None:
    at, actor, reason = timezone.now(), request.user, data["reason"]
    verbs = {
        "admit": services.admit_application,
        "return": services.return_application,
        "wait_list": services.wait_list_application,
        "reject": services.reject_application,
    }
    verbs[data["outcome"]](application, at=at, actor=actor, reason=reason)


def _review_context(application: Application, form: DecisionForm, request: HttpRequest) -> dict[str, Any]:
    proofs = proofs_of(application)
    grades, degrees = dict(Grade.choices), dict(Degree.choices)
    lines = []
    for clause in clauses_of(application):
        if clause.key == "degree":
            found = degrees.get(clause.figures["degree"], "—")
            label = _("Degree: at least %(minimum)s") % {"minimum": clause.figures["minimum"] or "—"}
        else:
            found = grades.get(clause.figures["grade"], "—")
            label = _("Appraisal %(year)s: competent or better") % {"year": clause.figures["year"]}
        lines.append((label, found, clause.verdict))
    own = application.person.user_id == request.user.pk
    return {
        "application": application,
        "form": form,
        "lines": lines,
        "proofs": [(proof, proofs.get(proof.code, [])) for proof in wanted_proofs(application.term)],
        "events": application.events.select_related("actor__person"),
        "own": own,
        "may_decide": not own and application.awaits_decision and application_policy.allows(request.user, "decide"),
    }
