"""Forms of the learner's pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.attendance.enums import EvidenceKind
from lms.attendance.forms.evidence import EvidenceForm
from lms.attendance.models import Session
from lms.attendance.selectors import OwnAttendance
from lms.core.templatetags.lms_ui import when


class TypedCodeForm(forms.Form):
    """The six digits beside the QR code."""

    code = forms.RegexField(
        r"^\s*(\d\s*){6}$",
        label=_("Code on the board"),
        help_text=_("Six digits; they change every few seconds."),
        error_messages={"invalid": _("The code has six digits.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": "11"}),
    )

    def clean_code(self) -> str:
        """Digits only."""
        return "".join(self.cleaned_data["code"].split())


class LeaveForm(EvidenceForm):
    """A learner asks to stay away from one of her sessions, or from all from one session to another."""

    kind = EvidenceKind.LEAVE
    session = forms.TypedChoiceField(label=_("Session"), coerce=int)
    until = forms.TypedChoiceField(
        label=_("Up to and including"),
        coerce=int,
        required=False,
        empty_value=None,
        help_text=_("For a whole day or several days choose the last session you will miss."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The class assistant reads it. Approved leave still counts as absence."),
    )
    field_order = ["session", "until", "reason", "evidence"]

    def __init__(self, *args: Any, attendance: OwnAttendance, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ahead = [
            own.session for own in attendance.sessions if own.session.starts_at > self.at and not own.on_leave
        ]
        self.choices = [(one.pk, f"{when(one.starts_at)} {one.course.title}") for one in self.ahead]
        fields: dict[str, Any] = dict(self.fields)
        fields["session"].choices = self.choices
        fields["until"].choices = [("", _("only this session")), *self.choices]
        fields["evidence"].help_text = _("A photo of the proof or a PDF, at most 10 MB. You may leave it out.")

    def clean(self) -> dict[str, Any]:
        """The last session must not lie before the first."""
        data = super().clean()
        first, last = data.get("session"), data.get("until")
        order = [key for key, _label in self.choices]
        if first and last and order.index(last) < order.index(first):
            self.add_error("until", _("The last session lies before the first."))
        return data

    @property
    def sessions(self) -> list[Session]:
        """Every session of the range; call after `is_valid()`."""
        order = [key for key, _label in self.choices]
        first = order.index(self.cleaned_data["session"])
        last = order.index(self.cleaned_data["until"] or self.cleaned_data["session"])
        return self.ahead[first : last + 1]
