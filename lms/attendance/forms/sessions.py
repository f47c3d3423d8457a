"""Forms of sessions in the back office."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminDateTimeInput

from lms.attendance.forms.patterns import ClockInput, DayInput
from lms.attendance.forms.rooms import RoomInput
from lms.attendance.models import Session
from lms.attendance.rules import ZONE
from lms.attendance.selectors import staff_name
from lms.attendance.services import SessionPlan, plan_of
from lms.people.enums import Role
from lms.people.selectors import users_with_role
from lms.programmes.models import ClassGroup, Course, Term
from lms.programmes.rules import show_hours

CONFIRM_SHORT = _("I know that the class hours fall short, and plan a session in its place.")


def ask_to_confirm(form: Any) -> None:
    """Show the box with which a person takes it on herself that hours fall short (R2)."""
    form.fields["short_confirmed"].widget = forms.CheckboxInput()


class SessionForm(forms.ModelForm):
    """One session; saving goes through the services."""

    hours = forms.DecimalField(
        label=_("Class hours"), min_value=0, max_digits=5, decimal_places=2, help_text=_("Teaching without breaks.")
    )
    reason = forms.CharField(
        label=_("Reason of the change"), max_length=200, required=False, help_text=_("The learners read it.")
    )

    short_confirmed = forms.BooleanField(label=CONFIRM_SHORT, required=False, widget=forms.HiddenInput)

    class Meta:
        model = Session
        fields = [
            "term",
            "course",
            "groups",
            "starts_at",
            "ends_at",
            "room",
            "instructor",
            "check_out_required",
            "mid_check_minutes",
            "staff_scan_only",
        ]
        widgets = {
            "room": RoomInput,
            "starts_at": AdminDateTimeInput,
            "ends_at": AdminDateTimeInput,
            "groups": forms.CheckboxSelectMultiple,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = self.instance if self.instance.pk else None
        fields: dict[str, Any] = dict(self.fields)
        fields["groups"].queryset = ClassGroup.objects.select_related("term").order_by("-term__starts_on", "code")
        fields["groups"].label_from_instance = lambda group: f"{group.term} · {group}"
        fields["instructor"].queryset = users_with_role(Role.INSTRUCTOR, Role.ASSISTANT)
        fields["instructor"].label_from_instance = staff_name
        fields["groups"].required = False
        fields["mid_check_minutes"].required = False
        if held is not None:
            term = held.term
            fields["term"].disabled = True
            fields["term"].queryset = Term.objects.filter(pk=term.pk)
            self._fit(term)
            self.initial["hours"] = show_hours(held.minutes, term.programme.class_hour_minutes)
        else:
            del self.fields["reason"]
            if isinstance(self.initial.get("term"), Term):
                self._fit(self.initial["term"])

    def _fit(self, term: Term) -> None:
        """Only classes and courses of this term, by their plain names."""
        fields: dict[str, Any] = dict(self.fields)
        fields["groups"].queryset = ClassGroup.objects.filter(term=term)
        fields["groups"].label_from_instance = str
        fields["course"].queryset = Course.objects.filter(module__programme=term.programme_id)

    def clean(self) -> dict[str, Any]:
        """Class hours must be whole minutes; classes and course must fit the term."""
        data = super().clean() or {}
        term, hours = data.get("term"), data.get("hours")
        if term is not None and hours is not None:
            hour = term.programme.class_hour_minutes
            minutes = round(hours * hour)
            if hours * hour != minutes and show_hours(minutes, hour) != f"{hours.normalize():f}":
                self.add_error("hours", _("This is not a whole number of minutes."))
            data["minutes"] = minutes
            if any(group.term_id != term.pk for group in data.get("groups") or []):
                self.add_error("groups", _("This class belongs to another term."))
            course = data.get("course")
            if course is not None and course.module.programme_id != term.programme_id:
                self.add_error("course", _("This course belongs to another programme."))
        return data

    def plan(self) -> SessionPlan:
        """What was typed, for the services."""
        data = self.cleaned_data
        return SessionPlan(
            course=data["course"],
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
            minutes=data["minutes"],
            room=data["room"].strip(),
            instructor=data["instructor"],
            groups=list(data["groups"]),
            check_out_required=data["check_out_required"],
            mid_check_minutes=data["mid_check_minutes"] or 0,
            staff_scan_only=data["staff_scan_only"],
            make_up=self.instance.make_up,
        )


class CancelForm(forms.Form):
    """Why a session is cancelled; the box appears when hours of a published timetable fall short."""

    reason = forms.CharField(label=_("Reason"), max_length=200)
    short_confirmed = forms.BooleanField(label=CONFIRM_SHORT, required=False, widget=forms.HiddenInput)


class MoveForm(forms.Form):
    """Another day, start or room for a session; it keeps its length."""

    day = forms.DateField(label=_("Day"), widget=DayInput)
    start = forms.TimeField(label=_("Start"), widget=ClockInput)
    room = forms.CharField(label=_("Room"), max_length=80, required=False, widget=RoomInput)
    reason = forms.CharField(
        label=_("Reason of the change"), max_length=200, required=False, help_text=_("The learners read it.")
    )

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        self.session = session
        start = session.starts_at.astimezone(ZONE)
        kwargs["initial"] = {
            "day": start.date(),
            "start": start.time(),
            "room": session.room,
            **(kwargs.get("initial") or {}),
        }
        super().__init__(*args, **kwargs)

    def plan(self) -> SessionPlan:
        """The session at its new place."""
        data = self.cleaned_data
        starts_at = datetime.combine(data["day"], data["start"], tzinfo=ZONE)
        length: timedelta = self.session.ends_at - self.session.starts_at
        return plan_of(self.session, starts_at=starts_at, ends_at=starts_at + length, room=data["room"].strip())
