"""Forms of the appeals app."""

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.appeals.rules import MINIMUM_REASON


class AppealForm(forms.Form):
    """Why the learner appeals."""

    grounds = forms.CharField(
        label=_("Grounds"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text=_("Say what you think is wrong and why, with dates and facts."),
    )


class DecisionForm(forms.Form):
    """Upheld or not, and why."""

    outcome = forms.ChoiceField(
        label=_("Your decision"),
        choices=[("upheld", _("Uphold: the learner is right")), ("rejected", _("Do not uphold"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"),
        min_length=MINIMUM_REASON,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("The learner reads this."),
    )
