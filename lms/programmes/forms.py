"""Back-office forms: figures as people say them (class hours, yuan, "1/3"), stored exactly."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from lms.people.enums import Role
from lms.people.selectors import users_with_role
from lms.programmes.models import ClassGroup, Programme, Term
from lms.programmes.rules import show_hours
from lms.programmes.rules.file_shape import BadValue, fraction, number_pattern

HOUR_FIELDS = {
    "required_hours": "required_offline_minutes",
    "certificate_hours": "certificate_minutes",
    "certificate_online_hours": "certificate_online_minutes",
}
WEIGHTS = (
    ("weight_regular", "weight_theory", "weight_practical"),
    ("weight_attendance", "weight_classroom", "weight_assignments"),
)


def _hours(label: Any, help_text: Any) -> forms.DecimalField:
    return forms.DecimalField(label=label, help_text=help_text, min_value=0, max_digits=7, decimal_places=2)


class ProgrammeForm(WagtailAdminModelForm):
    """All figures of a programme; sums are checked here, decisions already made by the service."""

    required_hours = _hours(_("Required classroom hours"), _("Class hours every learner must be offered."))
    certificate_hours = _hours(_("Hours the certificate counts"), _("Continuing-education class hours."))
    certificate_online_hours = _hours(_("of these online"), _("Classroom and online hours make up the certificate."))
    fee_yuan = forms.DecimalField(label=_("Fee (yuan)"), min_value=0, max_digits=9, decimal_places=2)
    absence_limit_text = forms.CharField(
        label=_("Absence limit"),
        help_text=_('Whoever misses more than this share may not be assessed, like "1/3".'),
    )
    priority_text = forms.CharField(
        label=_("Priority grounds"), help_text=_("One on each line."), widget=forms.Textarea, required=False
    )

    class Meta:
        model = Programme
        exclude = ("slug", "notes", "source_digest", "loaded_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = self.instance
        for name, stored in HOUR_FIELDS.items():
            self.initial.setdefault(name, show_hours(getattr(held, stored) or 0, held.class_hour_minutes))
        self.initial.setdefault("fee_yuan", Decimal(held.fee_fen or 0).scaleb(-2))
        self.initial.setdefault("absence_limit_text", f"{held.absence_numerator}/{held.absence_denominator}")
        self.initial.setdefault("priority_text", "\n".join(held.priority_grounds))

    def clean_absence_limit_text(self) -> str:
        text: str = self.cleaned_data["absence_limit_text"].strip()
        try:
            fraction(text)
        except BadValue as problem:
            raise forms.ValidationError(_('Enter a fraction from 0 to 1, like "1/3".')) from problem
        return text

    def clean_number_pattern(self) -> str:
        try:
            return number_pattern(self.cleaned_data["number_pattern"])
        except BadValue as problem:
            raise forms.ValidationError(_("Write {serial} and perhaps {year}, nothing else in braces.")) from problem

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean()
        for names in WEIGHTS:
            if any(data.get(name) is None for name in names):
                continue
            if (total := sum(data[name] for name in names)) != 100:
                self.add_error(names[0], _("These three weights add up to %(total)s, not to 100.") % {"total": total})
        self._store_hours(data)
        if "fee_yuan" in data:
            self.instance.fee_fen = int(data["fee_yuan"].scaleb(2))
        if "absence_limit_text" in data:
            numerator, denominator = data["absence_limit_text"].split("/")
            self.instance.absence_numerator, self.instance.absence_denominator = int(numerator), int(denominator)
        lines = (line.strip() for line in data.get("priority_text", "").splitlines())
        self.instance.priority_grounds = [line for line in lines if line]
        return data

    def _store_hours(self, data: dict[str, Any]) -> None:
        length = data.get("class_hour_minutes")
        for name, stored in HOUR_FIELDS.items():
            if length is None or data.get(name) is None:
                continue
            minutes = data[name] * length
            if name in self.changed_data or "class_hour_minutes" in self.changed_data:
                if minutes != int(minutes):
                    self.add_error(name, _("This is not a whole number of minutes."))
                    continue
                setattr(self.instance, stored, int(minutes))
        hours = [data.get(name) for name in HOUR_FIELDS]
        if None not in hours and hours[0] + hours[2] != hours[1]:  # type: ignore[operator]
            self.add_error("certificate_hours", _("Classroom and online hours do not add up to this."))


class TermForm(WagtailAdminModelForm):
    """A term; the code of a stored term is shown but stays."""

    class Meta:
        model = Term
        fields = (
            "programme",
            "code",
            "name",
            "starts_on",
            "ends_on",
            "registration_opens_on",
            "registration_closes_on",
            "capacity",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in ("programme", "code"):
                self.fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean()
        for first, last, sentence in (
            ("starts_on", "ends_on", _("The term ends before it starts.")),
            ("registration_opens_on", "registration_closes_on", _("Registration closes before it opens.")),
        ):
            if data.get(first) and data.get(last) and data[first] > data[last]:
                self.add_error(last, sentence)
        closes, starts = data.get("registration_closes_on"), data.get("starts_on")
        if closes and starts and closes >= starts:
            self.add_error("registration_closes_on", _("Registration must close before the term starts."))
        return data


class GroupForm(WagtailAdminModelForm):
    """A class and who runs it."""

    assistants: "forms.ModelMultipleChoiceField[Any]" = forms.ModelMultipleChoiceField(
        label=_("Class assistants"),
        queryset=None,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nobody chosen: every class assistant may run this class."),
    )

    class Meta:
        model = ClassGroup
        fields = ("term", "code", "name", "kind", "capacity", "assistants")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["assistants"]
        field.queryset = users_with_role(Role.ASSISTANT).select_related("person").order_by("username")
        field.label_from_instance = account_name
        if self.instance.pk:
            for name in ("term", "code"):
                self.fields[name].disabled = True


def account_name(user: Any) -> str:
    """Real name and account, for choosing somebody."""
    person = getattr(user, "person", None)
    return f"{person.name} · {user.username}" if person else user.get_full_name() or user.username
