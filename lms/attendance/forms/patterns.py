"""The pattern a timetable is laid out from."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, time
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.attendance.conf import attendance_settings
from lms.attendance.forms.rooms import RoomInput
from lms.attendance.rules import HalfDay, half_days_fit
from lms.attendance.selectors import staff_name
from lms.attendance.services import ClassPattern, TimetablePattern
from lms.core.templatetags.lms_ui import day
from lms.people.enums import Role
from lms.people.selectors import users_with_role
from lms.programmes.models import ClassGroup, Course, Term
from lms.programmes.selectors import holidays, workdays

STARTS = ("start_1", "start_2", "start_3")
TOGETHER, APART = "together", "apart"


class DaysField(forms.CharField):
    """Days written as 2025-10-09, with spaces or commas between them."""

    def clean(self, value: Any) -> list[date]:
        """The days in order."""
        text, found = super().clean(value), set()
        for part in filter(None, re.split(r"[\s,;，、；]+", text)):
            try:
                found.add(date.fromisoformat(part))
            except ValueError as problem:
                raise forms.ValidationError(
                    _("“%(text)s” is not a day; write it like 2025-10-09.") % {"text": part}
                ) from problem
        return sorted(found)


class ClockInput(forms.TimeInput):
    """Hours and minutes."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class DayInput(forms.DateInput):
    """A day."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class PatternForm(forms.Form):
    """Weekdays, half-days, days off, rooms and instructors; it starts with what settings and calendar say."""

    first = forms.DateField(label=gettext_lazy("First teaching day"), widget=DayInput)
    last = forms.DateField(label=gettext_lazy("Last teaching day"), widget=DayInput)
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Weekdays"),
        coerce=int,
        choices=list(WEEKDAYS.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    start_1 = forms.TimeField(label=gettext_lazy("First half-day begins"), widget=ClockInput)
    start_2 = forms.TimeField(label=gettext_lazy("Second half-day begins"), widget=ClockInput, required=False)
    start_3 = forms.TimeField(label=gettext_lazy("Third half-day begins"), widget=ClockInput, required=False)
    hours = forms.IntegerField(label=gettext_lazy("Class hours of a half-day"), min_value=1, max_value=8)
    break_minutes = forms.IntegerField(
        label=gettext_lazy("Break in the middle, in minutes"), min_value=0, max_value=120
    )
    off = forms.MultipleChoiceField(
        label=gettext_lazy("Days off by the calendar"), widget=forms.CheckboxSelectMultiple, required=False
    )
    more_off = DaysField(
        label=gettext_lazy("More days off"),
        required=False,
        help_text=gettext_lazy("Like 2025-10-09, several with spaces between them."),
    )
    on = forms.MultipleChoiceField(
        label=gettext_lazy("Make-up workdays by the calendar"), widget=forms.CheckboxSelectMultiple, required=False
    )
    more_on = DaysField(label=gettext_lazy("More teaching days"), required=False)
    how = forms.ChoiceField(
        label=gettext_lazy("Classes"),
        choices=[
            (TOGETHER, gettext_lazy("Everybody together")),
            (APART, gettext_lazy("Each class in its own room, at the same times")),
        ],
        widget=forms.RadioSelect,
    )
    room = forms.CharField(label=gettext_lazy("Room"), max_length=80, required=False, widget=RoomInput)

    def __init__(self, *args: Any, term: Term, groups: Sequence[ClassGroup], **kwargs: Any) -> None:
        self.term, self.groups = term, list(groups)
        self.courses = list(
            Course.objects.filter(module__programme=term.programme_id, offline_minutes__gt=0).order_by(
                "module__order", "order", "pk"
            )
        )
        self.teachers = {user.pk: user for user in users_with_role(Role.INSTRUCTOR, Role.ASSISTANT)}
        kwargs["initial"] = {**_defaults(term), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        years = range(term.starts_on.year, term.ends_on.year + 1)
        self._offer("off", holidays(years))
        self._offer("on", workdays(years))
        if not self.groups:
            del self.fields["how"]
        for group in self.groups:
            self.fields[f"class_{group.pk}"] = forms.BooleanField(label=group.name, required=False, initial=True)
            self.fields[f"room_{group.pk}"] = forms.CharField(
                label=_("Room of %(group)s") % {"group": group.name}, max_length=80, required=False, widget=RoomInput
            )
        choices = [("", "—"), *((str(pk), staff_name(user)) for pk, user in self.teachers.items())]
        for course in self.courses:
            for taught in (None, *self.groups):
                label = f"{course.title} · {taught.name}" if taught else course.title
                self.fields[_teacher(course, taught)] = forms.ChoiceField(label=label, choices=choices, required=False)

    def _offer(self, name: str, days: Iterable[date]) -> None:
        found = sorted(one for one in days if self.term.starts_on <= one <= self.term.ends_on)
        field: Any = self.fields[name]
        field.choices = [(one.isoformat(), day(one)) for one in found]
        self.initial[name] = [one.isoformat() for one in found]

    def rows(self) -> list[tuple[Any, Any, Any]]:
        """For the template: (class, box, room) of each class."""
        return [(group, self[f"class_{group.pk}"], self[f"room_{group.pk}"]) for group in self.groups]

    def teaching(self) -> list[tuple[Course, Any, list[Any]]]:
        """For the template: (course, field for everybody, fields of the classes)."""
        return [
            (course, self[_teacher(course, None)], [self[_teacher(course, group)] for group in self.groups])
            for course in self.courses
        ]

    def days(self) -> list[Any]:
        """For the template: the first and the last day."""
        return [self["first"], self["last"]]

    def half_days(self) -> list[Any]:
        """For the template: the fields with the starts."""
        return [self[name] for name in STARTS]

    def clean(self) -> dict[str, Any]:
        """Half-days follow one another, days lie in the term, and somebody is taught."""
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if first and last and not self.term.starts_on <= first <= last <= self.term.ends_on:
            self.add_error("last", _("The teaching days must lie within the term."))
        whole = data.get("hours") and data.get("break_minutes") is not None and data.get("start_1")
        if whole and not half_days_fit(self._starts(data), self._half_day(data)):
            self.add_error("start_1", _("The half-days overlap or do not end on the same day."))
        if data.get("how") == APART and not self._chosen(data):
            self.add_error("how", _("Choose at least one class."))
        return data

    def pattern(self) -> TimetablePattern:
        """What was filled in, for the services."""
        data = self.cleaned_data
        return TimetablePattern(
            first=data["first"],
            last=data["last"],
            weekdays=data["weekdays"],
            starts=self._starts(data),
            half_day=self._half_day(data),
            days_off=[*map(date.fromisoformat, data["off"]), *data["more_off"]],
            workdays=[*map(date.fromisoformat, data["on"]), *data["more_on"]],
            classes=self._classes(data),
        )

    def _classes(self, data: dict[str, Any]) -> list[ClassPattern]:
        if data.get("how") != APART:
            return [ClassPattern(None, data["room"].strip(), self._teachers(data, None))]
        return [
            ClassPattern(group, data[f"room_{group.pk}"].strip(), self._teachers(data, group))
            for group in self._chosen(data)
        ]

    def _chosen(self, data: dict[str, Any]) -> list[ClassGroup]:
        return [group for group in self.groups if data.get(f"class_{group.pk}")]

    def _teachers(self, data: dict[str, Any], group: ClassGroup | None) -> dict[int, Any]:
        named = {course.pk: data.get(_teacher(course, group)) for course in self.courses}
        return {pk: self.teachers[int(key)] for pk, key in named.items() if key}

    def _starts(self, data: dict[str, Any]) -> list[time]:
        return [data[name] for name in STARTS if data.get(name)]

    def _half_day(self, data: dict[str, Any]) -> HalfDay:
        return HalfDay(data["hours"], self.term.programme.class_hour_minutes, data["break_minutes"])


def _teacher(course: Course, group: ClassGroup | None) -> str:
    return f"teacher_{course.pk}_{group.pk}" if group else f"teacher_{course.pk}"


def _defaults(term: Term) -> dict[str, Any]:
    starts = dict(zip(STARTS, map(time.fromisoformat, attendance_settings.HALF_DAYS), strict=False))
    return {
        "first": term.starts_on,
        "last": term.ends_on,
        "weekdays": list(attendance_settings.TEACHING_WEEKDAYS),
        "hours": attendance_settings.HALF_DAY_HOURS,
        "break_minutes": attendance_settings.BREAK_MINUTES,
        "how": TOGETHER,
        **starts,
    }
