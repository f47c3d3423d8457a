"""What learners hand in and markers give."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from lms.modules.conf import modules_settings


class WorkForm(forms.Form):
    """The learner's text; `revision` is the version her page expects to write."""

    text = forms.CharField(label=_("Your answer"), widget=forms.Textarea(attrs={"rows": 14}))
    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class MarkForm(forms.Form):
    """The marker's decision on one text."""

    value = forms.DecimalField(
        label=_("Mark (0–100)"), min_value=Decimal(0), max_value=Decimal(100), max_digits=5, decimal_places=2
    )
    comment = forms.CharField(
        label=_("Comment for the learner"),
        widget=forms.Textarea(attrs={"rows": 8}),
        required=False,
        max_length=modules_settings.COMMENT_LIMIT,
    )
    reason = forms.CharField(label=_("Reason of the correction"), required=False, max_length=200)
    submission = forms.IntegerField(widget=forms.HiddenInput)
    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class AssignmentForm(WagtailAdminModelForm):
    """An assignment belongs to a term and to a module of the same programme."""

    def clean(self) -> dict[str, Any]:
        """Says so at the field."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        term, module = cleaned.get("term"), cleaned.get("module")
        if term and module and term.programme_id != module.programme_id:
            self.add_error("module", _("This module belongs to another programme than the term."))
        return cleaned
