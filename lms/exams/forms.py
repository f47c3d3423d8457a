"""Forms of the exams app."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.core.exceptions import Refusal
from lms.exams.conf import exams_settings
from lms.exams.enums import IncidentKind
from lms.exams.models import Exam, Sitting
from lms.exams.rules import HIGHEST_CHOICE, MOST_EXTRA, clean_keys
from lms.exams.selectors import part_labels
from lms.exams.services import PracticalEntry
from lms.programmes.enums import ModuleKind
from lms.programmes.models import Course, Enrolment, Term
from lms.questions.enums import Difficulty, ItemKind

EMPTY_ROWS = 3
DIGITS = frozenset(str(choice) for choice in range(HIGHEST_CHOICE + 1))


def read_plain_answers(post: Any, sitting: Sitting) -> dict[str, list[int]]:
    """The answers of the whole paper from a plain form: question id -> sorted choices, empty when none is ticked."""
    found = {}
    for question in json.loads(sitting.paper)["questions"]:
        values = {value for value in post.getlist(question["id"]) if value in DIGITS}
        found[question["id"]] = sorted(int(value) for value in values)
    return found


class ExamForm(forms.ModelForm):
    """What an exam is, without its blueprint."""

    term = forms.ModelChoiceField(label=_("Term"), queryset=Term.objects.order_by("-starts_on"))

    class Meta:
        model = Exam
        fields = [
            "term",
            "title",
            "audience",
            "opens_at",
            "closes_at",
            "duration_minutes",
            "late_entry_minutes",
            "shuffle_questions",
            "shuffle_options",
            "marking_policy",
            "signal_policy",
            "signal_limit",
            "instructions",
        ]
        widgets = {
            "opens_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            "closes_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            "instructions": forms.Textarea(attrs={"rows": 4}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["term"].disabled = True
        for name in ("signal_policy", "signal_limit"):
            self.fields[name].required = False

    def clean_signal_policy(self) -> str:
        """Not sent: as it was."""
        return self.cleaned_data["signal_policy"] or self.instance.signal_policy

    def clean_signal_limit(self) -> int:
        """At least 2, since the one before is announced; not sent: as it was."""
        limit: int = self.cleaned_data["signal_limit"] or self.instance.signal_limit
        if limit < 2:
            raise forms.ValidationError(_("At least 2, so that the last reminder can come before."))
        return limit

    def _get_validation_exclusions(self) -> set[str]:
        """The window is judged by the service, in words and together with the blueprint."""
        return {*super()._get_validation_exclusions(), "opens_at"}  # type: ignore[misc]

    def add_refusals(self, refusals: Sequence[Refusal]) -> None:
        """Show what the service refused, at the field where there is one."""
        for refusal in refusals:
            name = str(refusal.figures.get("field", ""))
            self.add_error(name if name in self.fields else None, refusal.sentence)


class BrowserForm(forms.Form):
    """Safe Exam Browser for one exam."""

    required = forms.BooleanField(
        label=_("Only in Safe Exam Browser"),
        required=False,
        help_text=_("Every request of this exam must come from Safe Exam Browser with the exam's own configuration."),
    )
    quit_password = forms.CharField(
        label=_("Password for quitting"),
        required=False,
        max_length=64,
        help_text=_("Asked when somebody leaves before handing in. Empty: the one set before stays."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    no_password = forms.BooleanField(label=_("Anybody may quit, without a password"), required=False)
    exam_keys = forms.CharField(
        label=_("Browser Exam Keys"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=_("One a line, as Safe Exam Browser shows them. Empty: the configuration alone is checked."),
    )

    def clean_exam_keys(self) -> list[str]:
        """The keys, each once, in lower case."""
        keys = clean_keys(self.cleaned_data["exam_keys"])
        if keys is None:
            raise forms.ValidationError(_("A Browser Exam Key has 64 digits from 0 to 9 and a to f."))
        return keys

    def password(self) -> str | None:
        """What the service takes: None keeps the password, "" takes it away."""
        return "" if self.cleaned_data["no_password"] else self.cleaned_data["quit_password"] or None


class LineForm(forms.Form):
    """One row of the blueprint."""

    source = forms.ChoiceField(label=_("Questions from"), required=False)
    kind = forms.ChoiceField(label=_("Question kind"), choices=ItemKind, initial=ItemKind.SINGLE.value)
    difficulty = forms.TypedChoiceField(
        label=_("Difficulty"),
        choices=[("", _("any")), *Difficulty.choices],
        coerce=int,
        empty_value=None,
        required=False,
    )
    count = forms.IntegerField(label=_("Number of questions"), min_value=1, max_value=200)
    points = forms.DecimalField(label=_("Points each"), min_value=Decimal("0.01"), max_digits=5, decimal_places=2)

    def __init__(self, *args: Any, sources: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = sources  # type: ignore[attr-defined]

    def row(self) -> dict[str, Any]:
        """The row as the blueprint stores it."""
        data = self.cleaned_data
        part, _colon, value = data["source"].partition(":")
        row = {"kind": data["kind"], "count": data["count"], "points": f"{data['points']:f}".removesuffix(".00")}
        if value:
            row[part] = value
        if data["difficulty"]:
            row["difficulty"] = data["difficulty"]
        return row


LineFormSet = forms.formset_factory(LineForm, extra=EMPTY_ROWS, max_num=40, can_delete=True)


def line_formset(data: Any, exam: Exam | None) -> Any:
    """The rows of the blueprint with empty ones at the end."""
    initial = [_line_initial(row) for row in exam.blueprint] if exam else []
    return LineFormSet(data, initial=initial, prefix="lines", form_kwargs={"sources": line_sources()})


def blueprint_of(formset: Any) -> list[dict[str, Any]]:
    """The blueprint of a valid formset; empty and deleted rows are left out."""
    kept = [form for form in formset.forms if form.has_changed() or form.initial]
    return [form.row() for form in kept if not form.cleaned_data.get("DELETE")]


def line_sources() -> list[tuple[str, str]]:
    """The whole programme, its modules, its courses."""
    courses = Course.objects.select_related("module").order_by("module__order", "order", "code")
    titles = {course.code: f"{course.code} {course.title}" for course in courses}
    return [
        ("", str(_("whole programme"))),
        *[(f"module:{kind.value}", str(kind.label)) for kind in ModuleKind],
        *[(f"course:{code}", title) for code, title in titles.items()],
    ]


def _line_initial(row: dict[str, Any]) -> dict[str, Any]:
    source = next((f"{part}:{row[part]}" for part in ("course", "module") if row.get(part)), "")
    return {**row, "source": source}


class PracticalForm(forms.Form):
    """The points of one learner, part by part. Every part empty means "not given", which is not nought."""

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    reason = forms.CharField(label=_("Reason for the change"), max_length=200, required=False)

    def __init__(self, *args: Any, enrolment: Enrolment, held: Any = None, **kwargs: Any) -> None:
        self.enrolment, self.held = enrolment, held
        rubric = held.rubric if held else {}
        kwargs.setdefault("prefix", f"e{enrolment.pk}")
        kwargs["initial"] = {"revision": held.revision if held else 0, **rubric}
        super().__init__(*args, **kwargs)
        labels = part_labels()
        for part, limit in exams_settings.PRACTICAL_PARTS.items():
            widget = forms.NumberInput(attrs={"min": 0, "max": limit, "step": "0.5", "inputmode": "decimal"})
            self.fields[part] = forms.DecimalField(label=labels.get(part, part), required=False, widget=widget)

    def part_fields(self) -> list[forms.BoundField]:
        """The inputs of the parts, in order."""
        return [self[part] for part in exams_settings.PRACTICAL_PARTS]

    def entry(self) -> PracticalEntry:
        """What the service takes."""
        data = self.cleaned_data
        points = {part: data[part] for part in exams_settings.PRACTICAL_PARTS}
        given = None if all(value is None for value in points.values()) else points
        return PracticalEntry(self.enrolment.pk, given, data["revision"], data["reason"].strip())

    def add_refusal(self, refusal: Refusal) -> None:
        """At the part it is about, or at the row."""
        part = str(refusal.figures.get("part", ""))
        field = part if part in self.fields else "reason" if refusal.code == "reason_missing" else None
        self.add_error(field, refusal.sentence)


class RefusableForm(forms.Form):
    """Shows what a service refused at the field it is about; `nonce` makes a repeated sending harmless."""

    nonce = forms.CharField(widget=forms.HiddenInput, min_length=32, max_length=32)

    def add_refusals(self, refusals: Sequence[Refusal]) -> None:
        """At the field where there is one."""
        for refusal in refusals:
            name = str(refusal.figures.get("field", ""))
            self.add_error(name if name in self.fields else None, refusal.sentence)


class ExtraTimeForm(RefusableForm):
    """How many minutes, and why."""

    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=MOST_EXTRA, initial=10)
    reason = forms.CharField(label=_("Reason"), max_length=200)
    beyond = forms.BooleanField(
        label=_("May go past the end of the window"),
        required=False,
        help_text=_("Otherwise nobody writes longer than until the exam closes."),
    )


class IncidentForm(RefusableForm):
    """What happened."""

    kind = forms.ChoiceField(label=_("Kind of incident"), choices=IncidentKind)
    words = forms.CharField(label=_("What happened"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
