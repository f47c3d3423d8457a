"""Forms of decisions about learners."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.attendance.enums import EvidenceKind
from lms.attendance.forms.evidence import EvidenceForm
from lms.attendance.models import Session


class ReasonForm(forms.Form):
    """A reason that a decision needs."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class CorrectionForm(EvidenceForm):
    """Other class minutes for the learners that were ticked."""

    kind = EvidenceKind.CORRECTION
    PRESENT, ABSENT, MINUTES, COMPUTED = "present", "absent", "minutes", "computed"

    what = forms.ChoiceField(
        label=_("Let count"),
        choices=[
            (PRESENT, _("the whole session")),
            (ABSENT, _("nothing (absent)")),
            (MINUTES, _("these class minutes")),
            (COMPUTED, _("what check-in and check-out give")),
        ],
    )
    minutes = forms.IntegerField(label=_("Class minutes"), min_value=0, required=False)
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def clean(self) -> dict[str, Any]:
        """Minutes are needed only where they are asked."""
        data = super().clean()
        if data.get("what") == self.MINUTES and data.get("minutes") is None:
            self.add_error("minutes", _("Give the minutes."))
        return data

    def minutes_for(self, session: Session) -> int | None:
        """Class minutes to set; None goes back to the computed ones."""
        given = self.cleaned_data["minutes"]
        return {self.PRESENT: session.minutes, self.ABSENT: 0, self.MINUTES: given, self.COMPUTED: None}[
            self.cleaned_data["what"]
        ]


class GrantLeaveForm(CorrectionForm):
    """Leave for the learners ticked, from the same bar of the sheet: what is to count does not matter."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["what"].required = False

    def clean(self) -> dict[str, Any]:
        """Without minutes."""
        return EvidenceForm.clean(self)


class LeaveAnswerForm(forms.Form):
    """An answer to some requests for leave; a refusal, and leave taken back for a learner, need a sentence."""

    act = forms.ChoiceField(choices=[("approve", ""), ("refuse", ""), ("withdraw", "")])
    answer = forms.CharField(label=_("Answer to the request"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        """A refusal says why."""
        data = super().clean() or {}
        if data.get("act") == "refuse" and not data.get("answer"):
            self.add_error("answer", _("Say why the leave is refused; the learner reads it."))
        if data.get("act") == "withdraw" and not data.get("answer"):
            self.add_error("answer", _("Say why the leave is withdrawn; the learner reads it."))
        return data
