"""Forms of the grading app."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.grading.enums import Outcome


class SheetFilter(forms.Form):
    """Search and filter of the grade sheet."""

    q = forms.CharField(label=_("Name or unit"), required=False, max_length=60)
    outcome = forms.ChoiceField(label=_("Outcome"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = [("", _("All")), *Outcome.choices, ("waiting", _("Not released"))]  # type: ignore[attr-defined]


class RevisionForm(forms.Form):
    """Why a released result changes."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The learner reads this. First correct the mark where it was given, then compose anew here."),
    )
