"""The learner's appeals and the desk where they are decided."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from wagtail import hooks
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic import IndexView

from lms.appeals.forms import AppealForm, DecisionForm
from lms.appeals.models import Appeal
from lms.appeals.permissions import appeal_policy
from lms.appeals.rules import AppealableDecision, AppealableKind, in_time
from lms.appeals.selectors import appeal_queue, appeals_of, filing_deadline, next_open_after
from lms.appeals.services import decide_appeal, file_appeal, withdraw_appeal
from lms.core.exceptions import DomainError
from lms.core.templatetags.lms_ui import when
from lms.core.viewsets import SaysWhatComes
from lms.people.selectors import person_of
from lms.programmes.models import Enrolment
from lms.programmes.selectors import enrolments_of

TONES = {"open": "attention", "upheld": "done", "rejected": "neutral", "withdrawn": "neutral"}


@dataclass(frozen=True)
class Offer:
    """A decision on the learner's page, with the last day to appeal it."""

    enrolment: Enrolment
    kind: AppealableKind
    decision: AppealableDecision
    due_on: date
    open: bool


def appealable_kinds() -> list[AppealableKind]:
    """What the installed plug-ins declare appealable."""
    return [hook() for hook in hooks.get_hooks("lms_appealable_kinds")]


@login_required
@require_safe
def my_appeals(request: HttpRequest) -> HttpResponse:
    """Decisions that can be appealed, and the learner's appeals."""
    person = person_of(request.user)
    appeals = list(appeals_of(person)) if person else []
    taken = {(row.enrolment_id, row.kind, row.reference) for row in appeals if row.state != "withdrawn"}
    offers = [
        offer
        for offer in _offers(request, timezone.now())
        if (offer.enrolment.pk, offer.kind.key, offer.decision.reference) not in taken
    ]
    offers.sort(key=lambda offer: (offer.open, offer.decision.decided_at), reverse=True)
    for appeal in appeals:
        appeal.tone = TONES[appeal.state]  # type: ignore[attr-defined]
    return render(request, "lms_appeals/my_appeals.html", {"offers": offers, "appeals": appeals, "place": "me"})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_appeal(request: HttpRequest) -> HttpResponse:
    """The form against one decision, named by enrolment, kind and reference in the address."""
    at = timezone.now()
    offer = _find_offer(request, at)
    form = AppealForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            appeal = file_appeal(
                offer.enrolment,
                offer.kind.key,
                offer.decision,
                grounds=form.cleaned_data["grounds"],
                at=at,
                actor=request.user,
            )
        except DomainError as problem:
            _show_refusals(form, problem)
        else:
            messages.success(request, _("Your appeal has been filed."))
            return redirect("lms_appeals:detail", appeal.pk)
    return render(request, "lms_appeals/new_appeal.html", {"offer": offer, "form": form, "place": "me"})


@login_required
@require_safe
def my_appeal(request: HttpRequest, pk: int) -> HttpResponse:
    """One of her own appeals."""
    appeal = _own_appeal(request, pk)
    context = {"appeal": appeal, "tone": TONES[appeal.state], "events": appeal.events.all(), "place": "me"}
    return render(request, "lms_appeals/my_appeal.html", context)


@login_required
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take her appeal back."""
    appeal = _own_appeal(request, pk)
    try:
        withdraw_appeal(appeal, at=timezone.now(), actor=request.user)
    except DomainError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Your appeal has been withdrawn."))
    return redirect("lms_appeals:detail", appeal.pk)


class MomentColumn(Column):
    """A moment in words: 10月8日 周三 08:30."""

    def get_value(self, instance: Any) -> str:
        return when(super().get_value(instance))


class AppealQueue(SaysWhatComes, IndexView):
    """All appeals, oldest first, with search, filters and export."""

    model = Appeal
    permission_policy = None
    page_title = gettext_lazy("Appeals")
    header_icon = "help"
    empty_hint = gettext_lazy("No appeal has been filed. Learners file them beside the decision concerned.")
    index_url_name = "lms_appeals_admin:index"
    index_results_url_name = "lms_appeals_admin:results"
    edit_url_name = "lms_appeals_admin:decide"
    search_backend_name = None
    search_fields = ["title", "enrolment__person__name", "enrolment__person__pinyin"]
    list_filter = ["state", "enrolment__term"]
    default_ordering = "filed_at"
    paginate_by = 50
    list_display = [
        "title",
        Column("person", label=gettext_lazy("Learner"), accessor="enrolment.person.name"),
        Column("term", label=gettext_lazy("Term"), accessor="enrolment.term.name"),
        MomentColumn("filed_at", label=gettext_lazy("Filed at"), sort_key="filed_at"),
        Column("state", label=gettext_lazy("State"), accessor="get_state_display", sort_key="state"),
    ]
    list_export = [
        "pk",
        "filed_at",
        "enrolment.person.name",
        "enrolment.term.name",
        "title",
        "grounds",
        "get_state_display",
        "reason",
    ]
    export_headings = {
        "get_state_display": gettext_lazy("State"),
        "enrolment.person.name": gettext_lazy("Learner"),
        "enrolment.term.name": gettext_lazy("Term"),
    }
    export_filename = "appeals"

    def get_base_queryset(self) -> Any:
        return appeal_queue()


@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Two panes: what was decided and appealed on the left, the decision on the right, then the next one."""
    appeal = get_object_or_404(appeal_queue(), pk=pk)
    form = DecisionForm(request.POST or None)
    if request.method == "POST":
        appeal_policy.require(request.user, "decide")
        if form.is_valid():
            try:
                appeal = decide_appeal(
                    appeal,
                    upheld=form.cleaned_data["outcome"] == "upheld",
                    reason=form.cleaned_data["reason"],
                    at=timezone.now(),
                    actor=request.user,
                )
            except DomainError as problem:
                _show_refusals(form, problem)
            else:
                messages.success(request, _("The appeal has been decided and the learner is told."))
                return _next_or_list(appeal)
    context = {
        "appeal": appeal,
        "form": form,
        "events": appeal.events.select_related("actor__person"),
        "may_decide": appeal.is_open and appeal_policy.allows(request.user, "decide"),
    }
    return render(request, "lms_appeals/backoffice/decide.html", context)


def _next_or_list(appeal: Appeal) -> HttpResponse:
    following = next_open_after(appeal)
    if following is None:
        return redirect("lms_appeals_admin:index")
    return redirect("lms_appeals_admin:decide", following.pk)


def _offers(request: HttpRequest, at: datetime) -> Iterator[Offer]:
    person = person_of(request.user)
    kinds = appealable_kinds()
    for enrolment in enrolments_of(person) if person else ():
        for kind in kinds:
            for decision in kind.decisions_of(enrolment):
                due_on = filing_deadline(enrolment, decision.decided_at)
                yield Offer(enrolment, kind, decision, due_on, in_time(at, due_on))


def _find_offer(request: HttpRequest, at: datetime) -> Offer:
    wanted = tuple(request.GET.get(name, "") for name in ("enrolment", "kind", "reference"))
    for offer in _offers(request, at):
        if (str(offer.enrolment.pk), offer.kind.key, offer.decision.reference) == wanted:
            return offer
    raise Http404


def _own_appeal(request: HttpRequest, pk: int) -> Appeal:
    return get_object_or_404(
        Appeal.objects.select_related("enrolment__term"), pk=pk, enrolment__person__user=request.user
    )


def _show_refusals(form: Any, problem: DomainError) -> None:
    for refusal in problem.refusals:
        form.add_error(None, " ".join(str(part) for part in (refusal.sentence, refusal.explanation) if part))


def appeal_address(enrolment_id: int, kind: str, reference: str) -> str:
    """Where a decision is appealed; for links on other plug-ins' pages."""
    return f"{reverse('lms_appeals:new')}?enrolment={enrolment_id}&kind={kind}&reference={reference}"
