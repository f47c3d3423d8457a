"""An open page learns of the check during class by itself: it asks every few seconds, for one statement.

The page carries a text sealed for its seat and its signed-in browser, so that asking needs neither session nor user to
be read first (decision 15). Asking is a POST that writes nothing: the text then stands in no address and no log.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from lms.attendance.forms import TypedCodeForm
from lms.attendance.models import Prompt, Session
from lms.attendance.rules import Watched, look_out, minutes_left
from lms.attendance.selectors import open_prompt_for, watched_sessions
from lms.attendance.selectors.watching import WATCHED_AHEAD
from lms.attendance.tokens import mark_browser, open_watch, seal_watch
from lms.attendance.views.asked import number_of
from lms.core.conf import core_settings
from lms.programmes.models import Enrolment
from lms.programmes.selectors import current_enrolment

WATCH = "lms_attendance/parts/mid_watch.html"


@csrf_exempt
@require_POST
@never_cache
def watch(request: HttpRequest) -> HttpResponse:
    """What the page that asks has to do. Form fields `watch`, and `shown` for the session whose check it shows.

    It writes nothing, so no other site gains by sending it.

    204: nothing yet, ask again in seconds. Else {state, rest}: "asked" with {key, left}, "answered" and "missed" with
    {key, html}, "rest" or "over"; `rest` is in milliseconds until the next session, None when none is ahead.
    """
    now, login = timezone.now(), request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    key = core_settings.CODE_KEY
    seat = open_watch(key, request.POST.get("watch", ""), mark_browser(key, login))
    sessions = [] if seat is None else watched_sessions(seat, login=login, at=now)
    look, found, rest = look_out(sessions, now, shown=number_of(request.POST.get("shown", "")))
    if look == "look":
        return HttpResponse(status=204)
    told = {"state": look, "rest": None if rest is None else rest // timedelta(milliseconds=1)}
    return JsonResponse(told | (_told(found, now, answered=look == "answered") if found else {}))


@login_required
@never_cache
@require_safe
def check(request: HttpRequest) -> HttpResponse:
    """The card to answer the check that waits for this learner; 204 when none does."""
    enrolment = current_enrolment(request.user)
    prompt = open_prompt_for(enrolment, at=timezone.now()) if enrolment else None
    if prompt is None:
        return HttpResponse(status=204)
    return render(request, "lms_attendance/parts/mid_check.html", check_part(prompt, timezone.now()))


def check_part(prompt: Prompt, at: datetime, form: TypedCodeForm | None = None) -> dict[str, Any]:
    """For parts/mid_check.html: the check that waits for the learner, with the field for its six digits."""
    left = minutes_left(prompt.until, at)
    return {"prompt": prompt, "prompt_left": say_left(left), "mid_form": form or TypedCodeForm(auto_id="mid_%s")}


def say_left(minutes: int) -> str:
    """How long it can still be answered."""
    return ngettext("%(minutes)s minute left", "%(minutes)s minutes left", minutes) % {"minutes": minutes}


def watch_part(request: HttpRequest, enrolment: Enrolment, sessions: Iterable[Session], at: datetime) -> dict[str, Any]:
    """For parts/mid_watch.html: the sealed text, "" while no session with a check during class is near. No query."""
    near = at + WATCHED_AHEAD
    if not any(session.mid_check_minutes and at < session.ends_at and session.starts_at < near for session in sessions):
        return {"watch": ""}
    key, login = core_settings.CODE_KEY, request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return {"watch": seal_watch(key, enrolment.pk, mark_browser(key, login))}


def _told(found: Watched, at: datetime, *, answered: bool) -> dict[str, Any]:
    if found.look(at) == "asked" and found.until is not None:
        return {"key": found.session_id, "left": say_left(minutes_left(found.until, at))}
    context = {"answered": found.answered if answered else None, "until": found.until}
    return {"key": found.session_id, "html": render_to_string("lms_attendance/parts/mid_over.html", context)}
