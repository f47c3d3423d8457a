"""Forms of the evaluation."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from lms.core.exceptions import DomainError
from lms.evaluation.models import Survey
from lms.evaluation.rules import LONGEST_TEXT
from lms.programmes.models import Term

SCALE_WORDS = [
    ("5", _("5 – fully agree")),
    ("4", _("4 – agree")),
    ("3", _("3 – so so")),
    ("2", _("2 – disagree")),
    ("1", _("1 – do not agree at all")),
]


def show_refusals(form: forms.BaseForm, problem: DomainError) -> None:
    """Put every refusal at the head of the form; what was typed stays."""
    for refusal in problem.refusals:
        form.add_error(None, " ".join(filter(None, (str(refusal.sentence), str(refusal.explanation)))))


class AnswerSurveyForm(forms.Form):
    """One field for every question of the survey."""

    def __init__(self, *args: Any, survey: Survey, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scales = {question.key for question in survey.asked if question.kind == "scale"}
        for question in survey.asked:
            self.fields[question.key] = _scale(question.text) if question.kind == "scale" else _text(question.text)

    def answers(self) -> dict[str, Any]:
        """Numbers and texts as the service wants them."""
        return {key: int(value) if key in self.scales else value for key, value in self.cleaned_data.items()}


class SurveyForm(WagtailAdminModelForm):
    """A new survey of a term, or its days."""

    class Meta:
        model = Survey
        fields = ["term", "opens_at", "closes_at"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fresh = self.instance.pk is None
        self.fields["term"].disabled = not fresh
        if fresh:
            self.fields["term"].queryset = Term.objects.filter(survey=None)
        for name in ("opens_at", "closes_at"):
            self.fields[name].required = not fresh
        if fresh:
            self.fields["opens_at"].help_text = _("Empty: the last day of the term.")
            self.fields["closes_at"].help_text = _("Empty: as many days after the last day as the settings say.")


def _scale(text: str) -> forms.Field:
    return forms.ChoiceField(label=text, choices=SCALE_WORDS, widget=forms.RadioSelect)


def _text(text: str) -> forms.Field:
    return forms.CharField(
        label=text,
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Please write nothing that tells who you are."),
    )
