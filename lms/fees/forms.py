"""Forms about money."""

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from lms.fees.rules import read_yuan


class YuanField(forms.CharField):
    """An amount in yuan as typed; cleaned to integer fen."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return read_yuan(text)
        except ValueError as problem:
            raise ValidationError(_("Please enter an amount like 360.00."), code="amount") from problem


class PaymentForm(forms.Form):
    """Money received; the hidden reference keeps a form sent twice from counting twice."""

    amount = YuanField(label=_("Amount in yuan"), max_length=20)
    paid_on = forms.DateField(label=_("Received on"), widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label=_("Bank reference or remark"), max_length=200, required=False)
    nonce = forms.CharField(widget=forms.HiddenInput, max_length=80, initial=lambda: f"manual:{uuid.uuid4()}")


class RefundForm(forms.Form):
    """Why the learner asks for the money back."""

    reason = forms.CharField(
        label=_("Why do you ask for the money back?"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=500,
        min_length=4,
    )


class RefundDecisionForm(forms.Form):
    """Yes or no with a reason; no is chosen beforehand (R20)."""

    outcome = forms.ChoiceField(
        label=_("Decision"),
        choices=[("refuse", _("Do not pay back")), ("grant", _("Pay back and release the seat"))],
        widget=forms.RadioSelect,
        initial="refuse",
    )
    answer = forms.CharField(
        label=_("Reason"),
        help_text=_("The learner reads it."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=500,
    )
