"""The timetable in the calendar of a phone: a page with the secret address, and the feed itself."""

from collections.abc import Sequence
from datetime import UTC, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from icalendar import Alarm, Calendar, Event

from lms.attendance.enums import SessionState
from lms.attendance.models import CalendarFeed
from lms.attendance.permissions import session_policy
from lms.attendance.selectors import CalendarEntry, calendar_entries, staff_name
from lms.attendance.services import renew_feed
from lms.core.conf import core_settings
from lms.programmes.rules import show_hours
from lms.programmes.selectors import current_enrolment

REMIND_BEFORE = timedelta(minutes=30)
FRESH_SECONDS = 900


@login_required
@never_cache
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """One's own address, with what to do on the phone."""
    feed = CalendarFeed.objects.filter(user=request.user.pk).first()
    teaches = current_enrolment(request.user) is None and session_policy.allows(request.user, "view")
    address = f"{_origin(request)}{reverse('lms_attendance:feed', args=[feed.secret])}" if feed else ""
    context = {
        "feed": feed,
        "address": address,
        "webcal": f"webcal://{urlsplit(address).netloc}{urlsplit(address).path}" if feed else "",
        "back": "lms_attendance_admin:timetable" if teaches else "lms_attendance:overview",
        "place": "attendance",
    }
    return render(request, "lms_attendance/calendar.html", context)


@login_required
@require_POST
def renew(request: HttpRequest) -> HttpResponse:
    """Make the address, or another one in place of it."""
    known = CalendarFeed.objects.filter(user=request.user.pk).exists()
    renew_feed(request.user, at=timezone.now())
    messages.success(
        request,
        _("The old address no longer works. Subscribe to the new one.") if known else _("Your address is ready."),
    )
    return redirect("lms_attendance:calendar")


@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponseBase:
    """The person's timetable as iCalendar; whoever has no seat and teaches nothing gets an empty one.

    404 for an address that was never made, was renewed, or whose owner may not sign in any more.
    """
    found = CalendarFeed.objects.select_related("user").filter(secret=secret, user__is_active=True).first()
    if found is None:
        raise Http404
    body = write_calendar(calendar_entries(found.user), host=urlsplit(_origin(request)).netloc)
    etag = f'"{sha256(body).hexdigest()[:32]}"'
    whole = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    whole["Content-Disposition"] = 'inline; filename="timetable.ics"'
    answer = get_conditional_response(request, etag=etag, response=whole) or whole
    answer["ETag"] = etag
    answer["Cache-Control"] = f"private, max-age={FRESH_SECONDS}"
    answer["X-Robots-Tag"] = "noindex"
    return answer


def write_calendar(entries: Sequence[CalendarEntry], *, host: str) -> bytes:
    """RFC 5545: times in UTC, one event for each session under an identity that never changes.

    SEQUENCE counts the changes in the audit trail, so it only grows.
    """
    made = Calendar()
    made.add("prodid", "-//lms-suite//attendance//ZH")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", _("Training timetable"))
    made.add("x-wr-timezone", "Asia/Shanghai")
    made.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", "PT1H")
    for entry in entries:
        made.add_component(_event(entry, host))
    return made.to_ical()


def _event(entry: CalendarEntry, host: str) -> Event:
    session, event = entry.session, Event()
    cancelled = session.state == SessionState.CANCELLED
    title = session.course.title
    event.add("uid", f"session-{session.pk}@{host}")
    event.add("dtstamp", entry.changed_at.astimezone(UTC))
    event.add("last-modified", entry.changed_at.astimezone(UTC))
    event.add("sequence", entry.changes)
    event.add("dtstart", session.starts_at.astimezone(UTC))
    event.add("dtend", session.ends_at.astimezone(UTC))
    event.add("summary", _("Cancelled: %(course)s") % {"course": title} if cancelled else title)
    event.add("description", _description(entry))
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    if session.room:
        event.add("location", session.room)
    if not cancelled:
        event.add_component(_alarm(title))
    return event


def _alarm(title: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    alarm.add("trigger", -REMIND_BEFORE)
    return alarm


def _description(entry: CalendarEntry) -> str:
    session = entry.session
    hours = show_hours(session.minutes, session.term.programme.class_hour_minutes)
    lines = [session.term.name, _("%(hours)s class hours") % {"hours": hours}]
    if session.instructor is not None:
        lines.append(_("Instructor: %(name)s") % {"name": staff_name(session.instructor)})
    if session.make_up:
        lines.append(_("Make-up session"))
    if session.state == SessionState.CANCELLED and session.cancel_reason:
        lines.append(_("Reason: %(reason)s") % {"reason": session.cancel_reason})
    return "\n".join(lines)


def _origin(request: HttpRequest) -> str:
    return core_settings.PUBLIC_ORIGIN.rstrip("/") or f"{request.scheme}://{request.get_host()}"
