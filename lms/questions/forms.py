"""Forms of the question bank."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.core.exceptions import Refusal
from lms.programmes.models import Course
from lms.questions.enums import Difficulty, ItemKind
from lms.questions.models import Item, ItemVersion
from lms.questions.rules import MOST_OPTIONS, TRUEFALSE

TRUE_FALSE_OPTIONS = ("正确", "错误")
PART_FIELDS = {"stem": "stem", "explanation": "explanation", "kind": "kind"}


class ItemForm(forms.Form):
    """One question of any of the three kinds; options are rows of a text and a tick for "right"."""

    course = forms.ModelChoiceField(label=_("Course"), queryset=Course.objects.none())
    kind = forms.ChoiceField(label=_("Question kind"), choices=ItemKind)
    difficulty = forms.TypedChoiceField(label=_("Difficulty"), choices=Difficulty, coerce=int, initial=2)
    stem = forms.CharField(label=_("Question text"), widget=forms.Textarea(attrs={"rows": 4}), required=False)
    explanation = forms.CharField(
        label=_("Explanation of the answer"),
        help_text=_("Shown to learners only after results are released."),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, item: Item | None = None, version: ItemVersion | None = None, **kwargs: Any) -> None:
        if item is not None and version is not None:
            kwargs["initial"] = _initial(item, version)
        super().__init__(*args, **kwargs)
        self.fields["course"].queryset = Course.objects.select_related("module")  # type: ignore[attr-defined]
        for number in range(MOST_OPTIONS):
            self.fields[f"option_{number}"] = forms.CharField(label=_("Option"), required=False)
            self.fields[f"right_{number}"] = forms.BooleanField(label=_("Right answer"), required=False)
        if item is not None:
            self.fields["course"].disabled = True
            self.fields["kind"].disabled = True

    def option_rows(self) -> list[tuple[str, forms.BoundField, forms.BoundField]]:
        """Letter, text and tick of each option, for the template."""
        letters = "ABCDEFGHIJ"
        return [(letters[n], self[f"option_{n}"], self[f"right_{n}"]) for n in range(MOST_OPTIONS)]

    def body(self) -> dict[str, Any]:
        """The body as `services` take it; empty rows are left out and the answer counts the rest."""
        data = self.cleaned_data
        rows = [(data[f"option_{n}"].strip(), data[f"right_{n}"]) for n in range(MOST_OPTIONS)]
        if data["kind"] == TRUEFALSE and not any(text for text, _right in rows):
            rows = [(text, rows[n][1]) for n, text in enumerate(TRUE_FALSE_OPTIONS)]
        kept = [(text, right) for text, right in rows if text or right]
        return {
            "stem": data["stem"],
            "options": [text for text, _right in kept],
            "answer": [index for index, (_text, right) in enumerate(kept) if right],
            "explanation": data["explanation"],
        }

    def add_refusals(self, refusals: Sequence[Refusal]) -> None:
        """Show what the service refused, at the field where there is one."""
        for refusal in refusals:
            self.add_error(PART_FIELDS.get(str(refusal.figures.get("part"))), refusal.sentence)


def _initial(item: Item, version: ItemVersion) -> dict[str, Any]:
    body = version.body
    values = {
        "course": item.course_id,
        "kind": item.kind,
        "difficulty": item.difficulty,
        "stem": body["stem"],
        "explanation": body["explanation"],
        "version": version.number,
    }
    for number, option in enumerate(body["options"]):
        values |= {f"option_{number}": option, f"right_{number}": number in body["answer"]}
    return values
