"""What the learner owes and why, what was paid, how to get it back."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.core.exceptions import DomainError
from lms.fees.enums import RefundState
from lms.fees.forms import RefundForm
from lms.fees.selectors import orders_of, outlook_for
from lms.fees.services import request_refund

TONES = {"open": "attention", "part": "attention", "paid": "done", "over": "info", "released": "neutral"}


@login_required
@require_safe
def my_fees(request: HttpRequest) -> HttpResponse:
    """Every order with its lines and the refund rule as it stands now."""
    now = timezone.now()
    orders = list(orders_of(request.user))
    rows = [
        {
            "order": order,
            "tone": TONES[order.state],
            "outlook": outlook_for(order, at=now),
            "may_ask": order.enrolment.state == "active"
            and not any(refund.state in {"open", "granted"} for refund in order.refunds.all()),
        }
        for order in orders
    ]
    return render(request, "lms_fees/my_fees.html", {"rows": rows, "place": "me"})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask_refund(request: HttpRequest, pk: int) -> HttpResponse:
    """What asking now leads to, and the form."""
    order = get_object_or_404(orders_of(request.user), pk=pk)
    form = RefundForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            refund = request_refund(order, reason=form.cleaned_data["reason"], at=timezone.now(), actor=request.user)
        except DomainError as problem:
            for refusal in problem.refusals:
                form.add_error(None, f"{refusal.sentence} {refusal.explanation}".strip())
        else:
            granted = refund.state == RefundState.GRANTED
            messages.success(
                request,
                _("Your request is granted; the money is paid back.") if granted else _("Your request has been sent."),
            )
            return redirect("lms_fees:mine")
    context = {"order": order, "form": form, "outlook": outlook_for(order, at=timezone.now()), "place": "me"}
    return render(request, "lms_fees/ask_refund.html", context, status=422 if form.errors else 200)
