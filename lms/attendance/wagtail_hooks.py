"""Registration only."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, include, path, reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.permissions import register_permission_policy

from lms.appeals.rules import AppealableKind
from lms.attendance.enums import CheckKind, ExclusionAct, FlagAct, FlagKind, LeaveState, ScanAct
from lms.attendance.marks import attendance_marks, classroom_marks, recall_classroom
from lms.attendance.models import LeaveRequest, Room, Session
from lms.attendance.permissions import (
    classroom_policy,
    device_policy,
    exclusion_policy,
    flag_policy,
    in_charge,
    leave_policy,
    paper_policy,
    scan_policy,
    session_policy,
    sheet_policy,
)
from lms.attendance.selectors import (
    appealable_absences,
    appealable_exclusions,
    sessions_to_close,
    sessions_today,
    sheets_to_confirm,
)
from lms.attendance.views import (
    backoffice,
    conflicts,
    corrections,
    devices,
    flags,
    leaves,
    make_ups,
    paper,
    room,
    sheets,
    terms,
    timetables,
    units,
)
from lms.attendance.views.cards import desk_cards
from lms.attendance.views.conflicts import scan_jobs
from lms.attendance.views.guard_jobs import guard_jobs
from lms.attendance.viewsets import RoomViewSet, SessionViewSet, room_permissions, session_permissions
from lms.core.audit import choice_words, declare_action, declare_fact
from lms.core.screens import HomeJob, Place
from lms.core.templatetags.lms_ui import clock_time
from lms.core.viewsets import BackofficeItem, backoffice_group
from lms.programmes.enums import MarkPart
from lms.programmes.marks import MarkSource

register_permission_policy(Session, session_permissions)
register_permission_policy(Room, room_permissions)
hooks.register("lms_desk_cards", desk_cards)
hooks.register("lms_me_links", units.me_links)

declare_action("lms_attendance.generate", _("Make a timetable"))
declare_action("lms_attendance.publish", _("Publish a timetable"))
declare_action("lms_attendance.add_session", _("Add a session"))
declare_action("lms_attendance.change_session", _("Change a session"))
declare_action("lms_attendance.cancel_session", _("Cancel a session"))
declare_action("lms_attendance.open_board", _("Open the board"))
declare_action("lms_attendance.switch_board", _("Turn the board"))
declare_action("lms_attendance.start_prompt", _("Start the check during class"))
declare_action("lms_attendance.call_off_prompt", _("Call the check during class off"))
declare_action("lms_attendance.headcount", _("Enter a headcount"))
declare_action("lms_attendance.roll_call", _("Call the roll"))
declare_action("lms_attendance.close", _("Close a sheet"))
declare_action("lms_attendance.correct", _("Correct attendance"))
declare_action("lms_attendance.print_roll", _("Print a paper roll"))
declare_action("lms_attendance.enter_roll", _("Type in a paper roll"))
declare_action("lms_attendance.confirm_roll", _("Confirm a paper roll"))
declare_action("lms_attendance.send_back_roll", _("Send a paper roll back"))
declare_action("lms_attendance.register_scanner", _("Register a scanning phone"))
declare_action("lms_attendance.revoke_scanner", _("Revoke a scanning phone"))
declare_action("lms_attendance.approve_key", _("Approve a learner's phone for the personal code"))
declare_action("lms_attendance.refuse_key", _("Refuse a learner's phone for the personal code"))
declare_action("lms_attendance.open_by_scan", _("Open a session by the first scan"))
declare_action("lms_attendance.scan_forged", _("Scans with a wrong signature turned away"))
declare_action("lms_attendance.decide_scan", _("Decide on a scan"))
declare_action("lms_attendance.decide_device", _("Decide on another phone"))
declare_action("lms_attendance.decide_flag", _("Decide on a flag"))
declare_action("lms_attendance.grant_leave", _("Enter leave"))
declare_action("lms_attendance.decide_leave", _("Decide on leave"))
declare_action("lms_attendance.withdraw_leave", _("Withdraw leave"))
declare_action("lms_attendance.assign_make_up", _("Assign a make-up session"))
declare_action("lms_attendance.withdraw_make_up", _("Withdraw a make-up session"))
declare_action("lms_attendance.classroom_marks", _("Enter classroom marks"))
declare_action("lms_attendance.exclusion_confirmed", _("Confirm an exclusion"))
declare_action("lms_attendance.exclusion_lifted", _("Lift an exclusion"))
declare_action("lms_attendance.exclusion_restored", _("Exclusion ended within the limit"))

declare_fact("lms_attendance.act", _("Decision"), choice_words(ExclusionAct))
declare_fact("lms_attendance.decide_scan.act", _("Decision"), choice_words(ScanAct))
declare_fact("lms_attendance.decide_scan.seat", _("Seat"))
declare_fact("lms_attendance.decide_scan.scanned_at", _("Scanned at"))
declare_fact("lms_attendance.scan_forged.scans", _("Scans"))
declare_fact("lms_attendance.decide_flag.act", _("Decision"), choice_words(FlagAct))
declare_fact("lms_attendance.decide_flag.kind", pgettext_lazy("flag", "What"), choice_words(FlagKind))
declare_fact("lms_attendance.missed", _("Minutes missed"))
declare_fact("lms_attendance.scheduled", _("Minutes scheduled"))
declare_fact("lms_attendance.switch_board.kind", _("Board"), choice_words(CheckKind))
declare_fact("lms_attendance.switch_board.prompt", _("Check during class"), lambda _value: gettext("called off"))
declare_fact("lms_attendance.start_prompt.until", _("Until"))
declare_fact("lms_attendance.counted", _("Heads counted"))
declare_fact("lms_attendance.on_record", _("Learners on record"))
declare_fact("lms_attendance.close.time", _("Counted at"))
declare_fact("lms_attendance.roll_call.seat", _("Seat"))
declare_fact("lms_attendance.roll_call.seen", pgettext_lazy("roll call", "Seen"))
declare_fact("lms_attendance.close.minutes", _("Minutes credited"))
declare_fact("lms_attendance.learners", _("Learners"))
declare_fact("lms_attendance.sessions", _("Sessions"))
declare_fact("lms_attendance.hours_short", _("Class minutes left, too few"))
declare_fact("lms_attendance.roll", _("Paper roll"))
declare_fact("lms_attendance.entries", _("Entries written"))
declare_fact("lms_attendance.missed_session", _("Missed session"))
declare_fact("lms_attendance.seats", _("Seat numbers"))
declare_fact("lms_attendance.minutes_by_seat", _("Minutes present"))


@hooks.register("register_admin_viewset")
def register_sessions() -> SessionViewSet:
    """List, add and change."""
    return SessionViewSet()


@hooks.register("register_admin_viewset")
def register_rooms() -> RoomViewSet:
    """Rooms by the names that sessions use."""
    return RoomViewSet()


@hooks.register("register_admin_urls")
def register_screens() -> list[URLPattern | URLResolver]:
    """The assistant's screens under the back office."""
    screens = [
        path("timetable/", timetables.timetable, name="timetable"),
        path("timetable/<int:pk>/generate/", timetables.generate, name="generate"),
        path("timetable/<int:pk>/publish/", timetables.publish, name="publish"),
        path("sheet/", sheets.term, name="term_sheet"),
        path("sheet/<int:pk>/paper/", sheets.session, name="session_paper"),
        path("make-ups/", make_ups.make_ups, name="make_ups"),
        path("make-ups/<int:pk>/", make_ups.missed, name="missed"),
        path("make-ups/seat/<int:pk>/withdraw/", make_ups.withdraw, name="withdraw_make_up"),
        path("limit/", terms.exclusions, name="exclusions"),
        path("classroom/", terms.classroom, name="classroom"),
        path("leave/", leaves.leave, name="leave"),
        path("scanners/", conflicts.phones, name="scanners"),
        path("conflicts/", conflicts.conflicts, name="conflicts"),
        path("phones/", devices.phones, name="phones"),
        path("flags/", flags.flags, name="flags"),
        path("flags/<int:pk>/", flags.flag, name="flag"),
        path("flags/<int:pk>/decide/", flags.decide, name="decide_flag"),
        path("sheet/<int:pk>/flags/", flags.look_again, name="find_flags"),
        path("sheet/<int:pk>/", backoffice.sheet, name="sheet"),
        path("sheet/<int:pk>/roll/", paper.print_, name="print_roll"),
        path("paper/", paper.paper, name="paper"),
        path("paper/sheets/<int:pk>/", paper.sheet, name="paper_sheet"),
        path("paper/<str:code>/", paper.roll, name="paper_roll"),
        path("paper/<str:code>/pdf/", paper.pdf, name="roll_pdf"),
        path("sheet/<int:pk>/correct/", corrections.correct, name="correct"),
        path("sheet/<int:pk>/leave/", corrections.enter_leave, name="enter_leave"),
        path("sheet/<int:pk>/close/", backoffice.close, name="close"),
        path("sheet/<int:pk>/move/", timetables.move, name="move"),
        path("sheet/<int:pk>/cancel/", timetables.cancel, name="cancel"),
        path("sheet/<int:pk>/room/", room.room, name="room"),
        path("sheet/<int:pk>/room/count/", room.headcount, name="headcount"),
        path("sheet/<int:pk>/room/call/", room.roll_call, name="roll_call"),
        path("sheet/<int:pk>/room/check/", room.start_check, name="start_check"),
        path("sheet/<int:pk>/room/check/off/", room.call_off_check, name="call_off_check"),
    ]
    return [path("attendance/", include((screens, "lms_attendance_admin")))]


def menu_items() -> Sequence[MenuItem]:
    """Each shown to whoever may open it."""

    def item(label: object, name: str, icon: str, order: int, policy: object) -> BackofficeItem:
        return BackofficeItem(
            label,
            reverse(name),
            name=name.replace(":", "-"),
            icon_name=icon,
            order=order,
            allowed=lambda user: policy.allows(user, "view"),  # type: ignore[attr-defined]
        )

    return [
        item(_("Timetable"), "lms_attendance_admin:timetable", "calendar-alt", 10, session_policy),
        item(_("All sessions"), "lms_attendance_sessions:index", "list-ul", 20, session_policy),
        item(_("Rooms"), "lms_attendance_rooms:index", "home", 25, session_policy),
        item(_("Attendance sheet"), "lms_attendance_admin:term_sheet", "table", 30, sheet_policy),
        item(_("Make-up sessions"), "lms_attendance_admin:make_ups", "rotate", 35, sheet_policy),
        item(_("Limit of absence"), "lms_attendance_admin:exclusions", "warning", 40, exclusion_policy),
        item(_("Leave of absence"), "lms_attendance_admin:leave", "time", 50, leave_policy),
        item(_("Paper rolls"), "lms_attendance_admin:paper", "doc-full", 51, paper_policy),
        item(_("Staff scan"), "lms_attendance_admin:scanners", "mobile-alt", 52, scan_policy),
        item(_("Scans to decide"), "lms_attendance_admin:conflicts", "help", 54, scan_policy),
        item(_("Other phones"), "lms_attendance_admin:phones", "mobile-alt", 56, device_policy),
        item(_("Flags"), "lms_attendance_admin:flags", "warning", 58, flag_policy),
        item(_("Classroom performance"), "lms_attendance_admin:classroom", "edit", 60, classroom_policy),
    ]


backoffice_group("attendance", _("Attendance"), icon="calendar-check", order=230, items=menu_items)


@hooks.register("lms_places")
def attendance_place() -> Place:
    """The third place of the bottom bar."""
    return Place("attendance", str(_("Attendance")), reverse("lms_attendance:overview"), "attendance", 30)


@hooks.register("lms_mark_sources")
def mark_sources() -> list[MarkSource]:
    """Attendance and classroom performance (R11)."""
    return [
        MarkSource(MarkPart.ATTENDANCE, attendance_marks),
        MarkSource(MarkPart.CLASSROOM, classroom_marks, recall_classroom),
    ]


@hooks.register("lms_appealable_kinds")
def offer_absence() -> AppealableKind:
    """The hours credited for a session can be appealed (R14)."""
    return AppealableKind("attendance.session", _("Attendance record"), appealable_absences)


@hooks.register("lms_appealable_kinds")
def offer_exclusion() -> AppealableKind:
    """An exclusion can be appealed (R14)."""
    return AppealableKind("attendance.exclusion", _("Exclusion from the assessment"), appealable_exclusions)


@hooks.register("lms_backoffice_home")
def home_jobs(request: HttpRequest) -> Sequence[HomeJob]:
    """Today's sessions, sheets to close, leave to decide: three queries."""
    now = timezone.now()
    jobs: list[HomeJob] = []
    if sheet_policy.allows(request.user, "board"):
        today = list(sessions_today(now))
        url = reverse("lms_attendance_sessions:index")
        if len(today) == 1:
            url = reverse("lms_attendance_admin:sheet", args=[today[0].pk])
        text = gettext("No session today. The timetable shows the next ones.")
        if today:
            text = " · ".join(f"{clock_time(session.starts_at)} {session.course.title}" for session in today[:3])
        jobs.append(HomeJob(gettext("Sessions today"), url, text, "calendar-alt", len(today), 10))
    if sheet_policy.allows(request.user, "close"):
        text = gettext("Class hours are credited when a sheet is closed.")
        url = reverse("lms_attendance_sessions:index")
        jobs.append(HomeJob(gettext("Sheets to close"), url, text, "check", sessions_to_close(now).count(), 20))
    jobs.extend(scan_jobs(request.user))
    jobs.extend(guard_jobs(request.user))
    if leave_policy.allows(request.user, "decide"):
        pending = LeaveRequest.objects.filter(in_charge(request.user, "enrolment__group"), state=LeaveState.PENDING)
        text = gettext("Learners wait for your answer before the session.")
        url = reverse("lms_attendance_admin:leave")
        jobs.append(HomeJob(gettext("Leave to decide"), url, text, "time", pending.distinct().count(), 30))
    if paper_policy.allows(request.user, "confirm"):
        text = gettext("Somebody else typed them; compare them with the paper and confirm.")
        url, waiting = reverse("lms_attendance_admin:paper"), sheets_to_confirm(request.user).count()
        jobs.append(HomeJob(gettext("Paper rolls to confirm"), url, text, "doc-full", waiting, 32))
    return jobs
