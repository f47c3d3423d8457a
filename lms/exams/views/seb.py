"""Safe Exam Browser over HTTP: what a request shows, and what happens when it shows nothing.

The browser sends its hashes of the request's address in headers. Where it cannot (WKWebView), the page asks the
browser's JavaScript API and sends its hashes of the page's own address, in a header with saves and in a field of forms.
Addresses are made from LMS_PUBLIC_ORIGIN, never from what a proxy or the request says of itself.
"""

from collections.abc import Iterator
from urllib.parse import unquote

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lms.core.conf import core_settings
from lms.core.exceptions import Refusal
from lms.exams.models import ExamBrowser, Sitting
from lms.exams.rules import Shown, proves_browser, public_address
from lms.exams.selectors import BrowserRule, rule_for, server_now
from lms.exams.services import lock_sitting
from lms.exams.tokens import browser_file_matches, sign_browser_file

CONFIG, EXAM = "X-SafeExamBrowser-ConfigKeyHash", "X-SafeExamBrowser-RequestHash"
PAGE, PAGE_CONFIG, PAGE_EXAM = "X-Exam-Page", "X-Exam-Page-ConfigKeyHash", "X-Exam-Page-RequestHash"
FIELDS = ("browser_page", "browser_config_hash", "browser_exam_hash")
SESSION = "lms_exams_browser"
MOST_CHARACTERS = 500
LOCKED, MISSING = "browser_locked", "browser_missing"


def browser_proven(request: HttpRequest, rule: BrowserRule, *, page: str) -> bool:
    """Whether this request comes from the required browser. `page` is the path of the page that sends it."""
    return proves_browser(_shown(request, page), config=rule.config_key, exam_keys=rule.exam_keys)


def browser_refusal(request: HttpRequest, sitting: Sitting, *, page: str) -> Refusal | None:
    """What stands against this request of a page or form: the sitting is locked, or the browser is another one.

    Reading without headers is let through for the sign-in that showed the hashes of the JavaScript API at the start.
    """
    rule = rule_for(sitting)
    if rule is None:
        return None
    if rule.locked:
        return locked_refusal()
    if browser_proven(request, rule, page=page):
        return None
    if request.method in ("GET", "HEAD") and request.session.get(SESSION) == _started(sitting):
        return None
    return Refusal(
        MISSING,
        _("This exam is sat in Safe Exam Browser, and this is another browser."),
        _("Open the exam with its configuration file, from the page of the exam. What was saved is kept."),
    )


def locked_refusal() -> Refusal:
    """The sitting waits for a person."""
    return Refusal(
        LOCKED,
        _("The exam is locked, because a request did not come from Safe Exam Browser. What was saved is kept."),
        _("Raise your hand: the invigilator can let you go on. Leave this page open."),
    )


def remember_browser(request: HttpRequest, sitting: Sitting) -> None:
    """Called after a proven start: pages of this sitting may be read by this sign-in where no header is sent."""
    if CONFIG not in request.headers and rule_for(sitting) is not None:
        request.session[SESSION] = _started(sitting)


def refuse_page(request: HttpRequest, sitting: Sitting, refusal: Refusal, *, lock: bool = False) -> HttpResponse:
    """403 with what to do now; never the paper. With `lock`, the sitting waits for a person from here on."""
    if lock:
        lock_sitting(sitting.pk, at=server_now())
        refusal = locked_refusal()
    context = {"exam": sitting.exam, "sitting": sitting, "refusals": [refusal], "place": "today"}
    return render(request, "lms_exams/browser.html", context | browser_links(request, sitting), status=403)


def browser_links(request: HttpRequest, sitting: Sitting) -> dict[str, str]:
    """Where the configuration file is fetched, and the same for the browser itself."""
    address = f"{reverse('lms_exams:browser_file', args=[sitting.exam_id])}?key={sign_browser_file(sitting.exam_id)}"
    whole = f"{core_settings.PUBLIC_ORIGIN.rstrip('/')}{address}"
    return {"browser_file": address, "browser_open": f"seb{whole.removeprefix('http')}"}


@never_cache
@require_safe
def browser_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The configuration as it was given out. Fetched before anybody has signed in: the key is the right."""
    browser = ExamBrowser.objects.filter(exam_id=pk, required=True).first()
    if browser is None or not browser_file_matches(request.GET.get("key", ""), pk):
        raise Http404
    answer = HttpResponse(browser.configuration, content_type="application/seb")
    answer["Content-Disposition"] = f'attachment; filename="exam-{pk}.seb"'
    return answer


def _shown(request: HttpRequest, page: str) -> Iterator[Shown]:
    yield Shown(_addresses(request), request.headers.get(CONFIG, ""), request.headers.get(EXAM, ""))
    sent, config_hash, exam_hash = (request.headers.get(name, "") for name in (PAGE, PAGE_CONFIG, PAGE_EXAM))
    if not sent and request.method == "POST" and request.content_type != "application/json":
        sent, config_hash, exam_hash = (request.POST.get(name, "") for name in FIELDS)
    if sent.partition("?")[0] == page and len(sent) <= MOST_CHARACTERS:
        yield Shown([public_address(core_settings.PUBLIC_ORIGIN, sent)], config_hash, exam_hash)


def _addresses(request: HttpRequest) -> list[str]:
    """The address of this request as Django writes it, and as it stood on the line where the server tells."""
    paths = [request.get_full_path()]
    raw = request.META.get("RAW_URI") or request.META.get("REQUEST_URI") or ""
    if raw.startswith("/") and unquote(raw.partition("?")[0]) == request.path:
        paths.append(raw)
    return [public_address(core_settings.PUBLIC_ORIGIN, path) for path in paths]


def _started(sitting: Sitting) -> str:
    return f"{sitting.pk}.{sitting.epoch}"
