"""Forms of the application and of its review."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.admissions.enums import Degree, Grade
from lms.admissions.models import Application
from lms.admissions.selectors import years_of
from lms.programmes.models import ClassGroup


class IdentityForm(forms.Form):
    """Step 2: the recorded identity is confirmed."""

    confirmed = forms.BooleanField(label=_("Name, ID number and unit above are mine and correct"))


class ClassForm(forms.Form):
    """Step 3: the class."""

    group = forms.ModelChoiceField(
        label=_("Class"), queryset=ClassGroup.objects.none(), widget=forms.RadioSelect, empty_label=None
    )

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = ClassGroup.objects.filter(term=application.term).order_by("code")
        field: Any = self.fields["group"]
        field.queryset = groups
        field.required = bool(groups)
        field.label_from_instance = lambda group: " · ".join(part for part in (group.name, group.kind) if part)


class MaterialsForm(forms.Form):
    """Step 4: degree, appraisals of the years that count, grounds. `complete=False` keeps a draft with gaps."""

    degree = forms.ChoiceField(label=_("Degree"), choices=[("", "—"), *Degree.choices])
    grounds = forms.MultipleChoiceField(
        label=_("Priority grounds that apply to you"),
        help_text=_("Tick what you can prove. Applicants with more proven grounds come first."),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    remark = forms.CharField(
        label=_("Remark for the reviewers"), widget=forms.Textarea(attrs={"rows": 3}), max_length=500, required=False
    )

    def __init__(self, *args: Any, application: Application, complete: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["degree"].required = complete
        grounds: Any = self.fields["grounds"]
        grounds.choices = [(ground, ground) for ground in application.term.programme.priority_grounds]
        if not grounds.choices:
            del self.fields["grounds"]
        self.years = [str(year) for year in years_of(application.term)]
        for year in self.years:
            self.fields[f"appraisal_{year}"] = forms.ChoiceField(
                label=_("Annual appraisal %(year)s") % {"year": year},
                choices=[("", "—"), *Grade.choices],
                required=complete,
            )
        self.order_fields(["degree", *(f"appraisal_{year}" for year in self.years), "grounds", "remark"])

    @property
    def appraisals(self) -> dict[str, str]:
        """Year -> grade, as typed."""
        return {year: self.cleaned_data[f"appraisal_{year}"] for year in self.years}

    def appraisal_fields(self) -> list[Any]:
        """The bound fields of the years."""
        return [self[f"appraisal_{year}"] for year in self.years]


class DecisionForm(forms.Form):
    """What the reviewer decides."""

    outcome = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            ("admit", _("Admit")),
            ("return", _("Return for correction")),
            ("wait_list", _("Put on the wait-list")),
            ("reject", _("Do not admit")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("The applicant reads it. Needed to return or not to admit."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=1000,
        required=False,
    )
