"""The finance officer's desk: orders with totals, payments, refunds."""

from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from django_filters import ChoiceFilter
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import IndexView

from lms.core.exceptions import DomainError
from lms.core.templatetags.lms_ui import money, when
from lms.core.viewsets import SaysWhatComes
from lms.fees.forms import PaymentForm, RefundDecisionForm
from lms.fees.models import STATE_LABELS, Order, Refund
from lms.fees.permissions import order_policy
from lms.fees.selectors import all_orders, refund_queue, totals
from lms.fees.services import decide_refund, record_payment
from lms.programmes.rules import ZONE

WHOLE = "w-whitespace-nowrap"


class MoneyColumn(Column):
    """Fen as yuan."""

    def get_value(self, instance: Any) -> str:
        return money(super().get_value(instance))


class MomentColumn(Column):
    """A moment in words."""

    def get_value(self, instance: Any) -> str:
        return when(super().get_value(instance))


class OrderFilters(WagtailFilterSet):
    """Term, authority and what is still due."""

    due = ChoiceFilter(
        label=gettext_lazy("State"),
        choices=[("open", STATE_LABELS["open"]), ("settled", gettext_lazy("Nothing due"))],
        method="filter_due",
    )

    class Meta:
        model = Order
        fields = ["enrolment__term", "authority"]

    def filter_due(self, rows: QuerySet[Order], name: str, value: str) -> QuerySet[Order]:
        """Compares what is borne with what was received."""
        still = Q(amount_fen__gt=F("subsidy_fen") + F("released_fen") + F("paid_fen") - F("refunded_fen"))
        return rows.filter(still) if value == "open" else rows.exclude(still)


class OrderList(SaysWhatComes, IndexView):
    """All orders with search, filters, totals and export."""

    model = Order
    permission_policy = None
    page_title = gettext_lazy("Fee orders")
    header_icon = "tag"
    template_name = "lms_fees/backoffice/orders.html"
    empty_hint = gettext_lazy("There are no orders yet. One is opened for everybody who gets a seat.")
    index_url_name = "lms_fees_admin:index"
    index_results_url_name = "lms_fees_admin:results"
    edit_url_name = "lms_fees_admin:order"
    search_backend_name = None
    search_fields = [
        "code",
        "enrolment__person__name",
        "enrolment__person__pinyin",
        "enrolment__person__unit__name",
    ]
    filterset_class = OrderFilters
    default_ordering = "-opened_at"
    paginate_by = 50
    list_display = [
        "code",
        Column("person", label=gettext_lazy("Learner"), accessor="enrolment.person.name", classname=WHOLE),
        Column("unit", label=gettext_lazy("Unit"), accessor="enrolment.person.unit"),
        Column("term", label=gettext_lazy("Term"), accessor="enrolment.term.name", classname=WHOLE),
        Column("authority", label=gettext_lazy("Funding authority"), accessor="authority", sort_key="authority"),
        MoneyColumn("payable_fen", label=gettext_lazy("To bear")),
        MoneyColumn("paid_fen", label=gettext_lazy("Paid"), sort_key="paid_fen"),
        MoneyColumn("due_fen", label=gettext_lazy("Due")),
        Column("state_label", label=gettext_lazy("State"), classname=WHOLE),
    ]
    list_export = [
        "code",
        "enrolment.person.name",
        "enrolment.person.unit",
        "enrolment.term.name",
        "authority",
        "amount_fen",
        "subsidy_fen",
        "payable_fen",
        "paid_fen",
        "refunded_fen",
        "due_fen",
        "state_label",
    ]
    export_headings = {
        "enrolment.person.name": gettext_lazy("Learner"),
        "enrolment.person.unit": gettext_lazy("Unit"),
        "enrolment.term.name": gettext_lazy("Term"),
        "amount_fen": gettext_lazy("Fee (fen)"),
        "subsidy_fen": gettext_lazy("Subsidy (fen)"),
        "payable_fen": gettext_lazy("To bear (fen)"),
        "paid_fen": gettext_lazy("Paid (fen)"),
        "refunded_fen": gettext_lazy("Paid back (fen)"),
        "due_fen": gettext_lazy("Due (fen)"),
        "state_label": gettext_lazy("State"),
    }
    export_filename = "orders"

    def get_base_queryset(self) -> Any:
        return all_orders()

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        return {**context, "totals": totals(all_orders())}


class RefundList(SaysWhatComes, IndexView):
    """Requests for refunds."""

    model = Refund
    permission_policy = None
    page_title = gettext_lazy("Refund requests")
    header_icon = "rotate"
    empty_hint = gettext_lazy("Nobody has asked for a refund. Learners ask on their fee page.")
    index_url_name = "lms_fees_admin:refunds"
    index_results_url_name = "lms_fees_admin:refund_results"
    edit_url_name = "lms_fees_admin:refund"
    search_backend_name = None
    search_fields = ["order__code", "order__enrolment__person__name", "order__enrolment__person__pinyin"]
    list_filter = ["state"]
    default_ordering = "asked_at"
    list_display = [
        TitleColumn("order", label=gettext_lazy("Fee order"), accessor="order.code", url_name=edit_url_name),
        Column("person", label=gettext_lazy("Learner"), accessor="order.enrolment.person.name"),
        MomentColumn("asked_at", label=gettext_lazy("Asked at"), sort_key="asked_at"),
        MoneyColumn("fen", label=gettext_lazy("Amount")),
        Column("state", label=gettext_lazy("State"), accessor="get_state_display", sort_key="state"),
    ]
    list_export = ["order.code", "order.enrolment.person.name", "asked_at", "reason", "fen", "get_state_display"]
    export_filename = "refunds"

    def get_base_queryset(self) -> Any:
        return refund_queue()


@require_http_methods(["GET", "HEAD", "POST"])
def order(request: HttpRequest, pk: int) -> HttpResponse:
    """One order with its journal; a payment is recorded here."""
    found = get_object_or_404(all_orders(), pk=pk)
    initial = {"paid_on": timezone.localdate(), "amount": f"{found.due_fen / 100:.2f}"}
    form = PaymentForm(request.POST or None, initial=initial)
    if request.method == "POST":
        order_policy.require(request.user, "record")
        if form.is_valid():
            data = form.cleaned_data
            at = datetime.combine(data["paid_on"], time(12), tzinfo=ZONE)
            try:
                record_payment(
                    found,
                    data["amount"],
                    nonce=data["nonce"],
                    at=min(at, timezone.now()),
                    actor=request.user,
                    reason=data["reason"],
                )
            except DomainError as problem:
                for refusal in problem.refusals:
                    form.add_error("amount", f"{refusal.sentence} {refusal.explanation}".strip())
            else:
                messages.success(request, _("The payment has been recorded."))
                return redirect("lms_fees_admin:order", found.pk)
    context = {
        "order": found,
        "form": form,
        "entries": found.entries.select_related("actor__person"),
        "refunds": found.refunds.all(),
        "may_record": found.due_fen > 0 and order_policy.allows(request.user, "record"),
    }
    return render(request, "lms_fees/backoffice/order.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def refund(request: HttpRequest, pk: int) -> HttpResponse:
    """One request with the dates that matter, and the decision."""
    found = get_object_or_404(refund_queue(), pk=pk)
    form = RefundDecisionForm(request.POST or None)
    if request.method == "POST":
        order_policy.require(request.user, "refund")
        if form.is_valid():
            granted = form.cleaned_data["outcome"] == "grant"
            answer = form.cleaned_data["answer"]
            try:
                decide_refund(found, granted=granted, answer=answer, at=timezone.now(), actor=request.user)
            except DomainError as problem:
                for refusal in problem.refusals:
                    form.add_error(None, str(refusal.sentence))
            else:
                messages.success(request, _("The decision has been recorded."))
                return redirect("lms_fees_admin:refunds")
    context = {
        "refund": found,
        "order": found.order,
        "term": found.order.enrolment.term,
        "form": form,
        "may_decide": found.state == "open" and order_policy.allows(request.user, "refund"),
    }
    return render(request, "lms_fees/backoffice/refund.html", context)
