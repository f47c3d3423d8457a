"""Lists of the back office."""

from datetime import timedelta
from typing import Any

import django_filters
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic

from lms.attendance.forms import RoomForm, SessionForm, ask_to_confirm, staff_name
from lms.attendance.models import Room, Session
from lms.attendance.permissions import RunScope, session_policy
from lms.attendance.services import add_session, change_session
from lms.core.exceptions import DomainError
from lms.core.templatetags.lms_ui import when
from lms.people.viewsets import RoleModelPermissionPolicy, RoleViewSet
from lms.programmes.models import Term
from lms.programmes.rules import show_hours

session_permissions = RoleModelPermissionPolicy(Session, session_policy, never={"delete"})
room_permissions = RoleModelPermissionPolicy(Room, session_policy)


class SessionFilterSet(WagtailFilterSet):
    """By term, state and day."""

    day = django_filters.DateFilter(field_name="starts_at", lookup_expr="date", label=gettext_lazy("Day"))

    class Meta:
        model = Session
        fields = ["term", "state", "day"]


class _Saving:
    """Save through a service; a refusal stands in the form and what was typed is kept."""

    def form_valid(self, form: SessionForm) -> HttpResponse:
        scope = RunScope(self.request.user, form.cleaned_data["term"])  # type: ignore[attr-defined]
        if not scope.covers_groups(form.cleaned_data["groups"]):
            raise PermissionDenied
        try:
            session = self.save_through_service(form)  # type: ignore[attr-defined]
        except DomainError as problem:
            for refusal in problem.refusals:
                if refusal.code == "hours_fall_short":
                    ask_to_confirm(form)
                form.add_error(None, f"{refusal.sentence} {refusal.explanation}".strip())
            self.produced_error_message = self.get_error_message()  # type: ignore[attr-defined]
            return self.form_invalid(form)  # type: ignore[attr-defined]
        messages.success(self.request, _("The session is saved."))  # type: ignore[attr-defined]
        address = reverse("lms_attendance_admin:timetable")
        return redirect(f"{address}?term={session.term_id}&day={timezone.localdate(session.starts_at).isoformat()}")


class SessionCreateView(_Saving, generic.CreateView):
    """A new session; coming from a timetable, of that term; a copy of the session named as `?from=`."""

    def get_initial(self) -> dict[str, Any]:
        """The term named in the address; its classes and courses are then the only choices."""
        copied = self._named(Session.objects.select_related("term__programme"), "from")
        if copied is not None:
            return super().get_initial() | _copy(copied)
        term = self._named(Term.objects, "term")
        return super().get_initial() | ({"term": term} if term else {})

    def _named(self, rows: Any, key: str) -> Any:
        asked = self.request.GET.get(key, "")
        return rows.filter(pk=asked).first() if asked.isdecimal() and len(asked) < 10 else None

    def save_through_service(self, form: SessionForm) -> Session:
        """`add_session`."""
        return add_session(form.cleaned_data["term"], form.plan(), at=timezone.now(), actor=self.request.user)


class SessionEditView(_Saving, generic.EditView):
    """Move or alter a session; not one of other assistants' classes only."""

    def get_object(self, queryset: Any = None) -> Session:
        """403 for a session she may not run."""
        session: Session = super().get_object(queryset)
        if not RunScope(self.request.user, session.term).covers_session(session):
            raise PermissionDenied
        return session

    def save_through_service(self, form: SessionForm) -> Session:
        """`change_session`, with the reason the learners read."""
        return change_session(
            self.object,
            form.plan(),
            at=timezone.now(),
            actor=self.request.user,
            reason=form.cleaned_data["reason"],
            short_confirmed=form.cleaned_data["short_confirmed"],
        )


class SessionIndexView(generic.IndexView):
    """All sessions, soonest first."""

    def get_base_queryset(self) -> models.QuerySet[Session]:
        """With what the columns need."""
        rows = super().get_base_queryset()
        return rows.select_related("course", "term__programme", "instructor__person").prefetch_related("groups")


class SessionViewSet(RoleViewSet):
    """Search, filters and export over every session; the title opens its sheet."""

    model = Session
    icon = "date"
    name = "lms_attendance_sessions"
    url_prefix = "attendance/sessions"
    menu_label = gettext_lazy("Sessions")
    permission_policy = session_permissions
    index_view_class = SessionIndexView
    add_view_class = SessionCreateView
    edit_view_class = SessionEditView
    inspect_view_enabled = False
    filterset_class = SessionFilterSet
    search_fields = ["course__title", "room", "term__name"]
    search_backend_name = None
    ordering = ["-starts_at"]
    list_per_page = 50
    list_export = ["term", "course", "starts_at", "ends_at", "minutes", "room", "state"]
    export_filename = "sessions"

    def get_form_class(self, for_update: bool = False) -> type[SessionForm]:
        """The same form for both."""
        return SessionForm

    @property
    def list_display(self) -> list[Any]:
        """Columns."""
        return [
            TitleColumn(
                "course",
                label=gettext_lazy("Session"),
                accessor=str,
                get_url=lambda session: reverse("lms_attendance_admin:sheet", args=[session.pk]),
            ),
            Column("starts_at", label=gettext_lazy("When"), accessor=_say_when, sort_key="starts_at"),
            Column("room", label=gettext_lazy("Room")),
            Column("groups", label=gettext_lazy("Classes"), accessor=_say_groups),
            Column("hours", label=gettext_lazy("Class hours"), accessor=_say_hours),
            Column("instructor", label=gettext_lazy("Instructor"), accessor=_say_instructor),
            Column("state", label=gettext_lazy("State"), accessor="get_state_display", sort_key="state"),
        ]


class RoomViewSet(RoleViewSet):
    """Names that sessions suggest; position and networks serve the hints of place, where those are switched on."""

    model = Room
    icon = "home"
    name = "lms_attendance_rooms"
    url_prefix = "attendance/rooms"
    menu_label = gettext_lazy("Rooms")
    permission_policy = room_permissions
    inspect_view_enabled = False
    search_fields = ["name"]
    search_backend_name = None
    ordering = ["name"]
    list_display = ["name", "radius_metres"]
    list_export = ["name", "latitude", "longitude", "radius_metres", "networks"]
    export_filename = "rooms"

    def get_form_class(self, for_update: bool = False) -> type[RoomForm]:
        """The same form for both."""
        return RoomForm


def _copy(session: Session) -> dict[str, Any]:
    """A session as the start of another one: everything but the day, which is a week later."""
    week = timedelta(days=7)
    names = ("course", "room", "instructor", "check_out_required", "mid_check_minutes", "staff_scan_only", "term")
    return {
        **{name: getattr(session, name) for name in names},
        "groups": list(session.groups.all()),
        "starts_at": session.starts_at + week,
        "ends_at": session.ends_at + week,
        "hours": show_hours(session.minutes, session.term.programme.class_hour_minutes),
    }


def _say_when(session: Session) -> str:
    return when(session.starts_at)


def _say_groups(session: Session) -> str:
    return "、".join(group.name for group in session.groups.all()) or _("everybody")


def _say_hours(session: Session) -> str:
    return show_hours(session.minutes, session.term.programme.class_hour_minutes)


def _say_instructor(session: Session) -> str:
    return staff_name(session.instructor) if session.instructor else ""
