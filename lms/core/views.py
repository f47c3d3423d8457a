"""The style page, and the error pages that must work when nothing else does."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseServerError, JsonResponse
from django.shortcuts import render
from django.template import TemplateDoesNotExist, loader
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lms.core.exceptions import Refusal
from lms.core.forms import SampleForm
from lms.core.screens import Action, DeskCard, Figure, Place
from lms.core.selectors import examine_health

ICONS = """
today course attendance me check clock alert circle close info search menu back next down up calendar qr scan
certificate exam pen edit file download upload play video image lock unlock person people unit money bell mail forum
reply library question star pin flag trash settings sun moon globe phone print seal link home filter plus minus eye
location copy logout refresh more key external
"""
TOKENS = """
paper surface sunk ink ink-soft line line-strong line-control accent accent-soft cinnabar cinnabar-soft
pine pine-soft gamboge gamboge-soft
"""
LAST_RESORT = (
    '<!doctype html><html lang="zh-hans"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>系统出错 · Error</title><h1>系统出错了</h1><p>已显示“已保存”的内容都在。请稍等一分钟，返回后再试一次。</p>"
    '<h1 lang="en">Something went wrong on our side</h1>'
    '<p lang="en">Everything shown to you as saved is safe. Wait a minute, go back and try once more.</p></html>'
)


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every piece of the design system in its states."""
    sample = {"name": "张伟", "phone": "139", "note": "", "way": "bus"}
    context = {
        "sample_places": [
            Place("today", _("Today"), request.path, "today", 10),
            Place("courses", _("Courses"), "#courses", "course", 20),
            Place("attendance", _("Attendance"), "#attendance", "attendance", 30),
            Place("me", _("Me"), "#me", "me", 40),
        ],
        "icons": ICONS.split(),
        "tokens": TOKENS.split(),
        "fresh_form": SampleForm(prefix="fresh"),
        "bound_form": SampleForm({f"wrong-{key}": value for key, value in sample.items()}, prefix="wrong"),
        "page": Paginator(range(200), 25).page(3),
        "card": DeskCard(
            "exam",
            "due",
            _("Theory exam"),
            _("Closed book, 90 minutes."),
            state="danger",
            state_label=_("Excluded"),
            figures=[Figure(_("Missed"), "24.5", "72", _("class hours"), 0.34)],
            actions=[Action(_("Appeal this decision"), "#courses")],
            refusals=[
                Refusal(
                    "absence",
                    _("You missed more than one third of the class hours."),
                    _("24.5 of 72 were missed; the limit is 24."),
                    rule="R12",
                )
            ],
        ),
        "moment": datetime(2025, 10, 8, 8, 30, tzinfo=ZoneInfo("Asia/Shanghai")),
    }
    return render(request, "lms_core/styleguide.html", context)


def server_error(request: HttpRequest) -> HttpResponse:
    """The 500 page, without database or request; plain words when even its template fails."""
    try:
        return HttpResponseServerError(loader.get_template("500.html").render())
    except (TemplateDoesNotExist, ValueError, OSError):
        return HttpResponseServerError(LAST_RESORT)


@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """For load balancers and monitors: 200 when database, cache and storage work, else 503; tasks do not decide."""
    parts = examine_health(timezone.now())
    well = all(part.well for part in parts if part.part != "tasks")
    answer = JsonResponse(
        {"status": "ok" if well else "failing", "parts": {part.part: part.found or "ok" for part in parts}},
        status=200 if well else 503,
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
