"""Where a missed session is made up."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.attendance.forms.patterns import ClockInput, DayInput
from lms.attendance.forms.rooms import RoomInput
from lms.attendance.models import Session
from lms.attendance.rules import ZONE
from lms.attendance.selectors import staff_name
from lms.attendance.services import SessionPlan, plan_of
from lms.core.templatetags.lms_ui import when
from lms.people.enums import Role
from lms.people.selectors import users_with_role


class MakeUpForm(forms.Form):
    """An existing make-up session of the course, or day, start and room of a new one as long as the missed session."""

    session = forms.ModelChoiceField(
        Session.objects.none(), label=_("Make-up session"), required=False, empty_label=_("a new one, as below")
    )
    day = forms.DateField(label=_("Day"), widget=DayInput, required=False)
    start = forms.TimeField(label=_("Start"), widget=ClockInput, required=False)
    room = forms.CharField(label=_("Room"), max_length=80, required=False, widget=RoomInput)
    instructor = forms.ModelChoiceField(users_with_role(Role.INSTRUCTOR), label=_("Instructor"), required=False)

    def __init__(self, *args: Any, missed: Session, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.missed = missed
        fields: dict[str, Any] = dict(self.fields)
        fields["session"].queryset = Session.objects.filter(
            term=missed.term_id, course=missed.course_id, make_up=True, state__in=["planned", "open"]
        ).order_by("starts_at")
        fields["session"].label_from_instance = lambda session: " · ".join(
            filter(None, [when(session.starts_at), session.room])
        )
        fields["instructor"].queryset = users_with_role(Role.INSTRUCTOR, Role.ASSISTANT)
        fields["instructor"].label_from_instance = staff_name
        self.initial.setdefault("instructor", missed.instructor_id)

    def clean(self) -> dict[str, Any]:
        """A new session needs its day and start."""
        data = super().clean() or {}
        if data.get("session") is None:
            for name in ("day", "start"):
                if name not in self.errors and not data.get(name):
                    self.add_error(name, _("Needed for a new make-up session."))
        return data

    def plan(self) -> SessionPlan:
        """The missed session at its new place."""
        data = self.cleaned_data
        starts_at = datetime.combine(data["day"], data["start"], tzinfo=ZONE)
        return plan_of(
            self.missed,
            starts_at=starts_at,
            ends_at=starts_at + (self.missed.ends_at - self.missed.starts_at),
            room=data["room"].strip(),
            instructor=data["instructor"],
            groups=(),
            make_up=True,
        )
