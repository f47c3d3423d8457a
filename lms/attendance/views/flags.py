"""Flags: a list to work through, one with its evidence, and the decision of a person. Nothing here touches hours."""

from io import BytesIO
from typing import Any

import xlsxwriter
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.attendance.enums import FlagAct, FlagKind
from lms.attendance.models import Flag
from lms.attendance.permissions import RunScope, flag_policy, sheet_policy
from lms.attendance.selectors.flags import OPEN, flags_of, flags_with_state, traces_of
from lms.attendance.services.flags import decide_flags, find_flags
from lms.attendance.views.asked import number_of, words_of
from lms.attendance.views.backoffice import attempt, session_for
from lms.attendance.views.flag_words import DOES_NOT_FIT, names_for, say_evidence, say_traces
from lms.attendance.views.terms import chosen_term
from lms.core.exceptions import DomainError
from lms.core.templatetags.lms_ui import when
from lms.people.viewsets import role_required
from lms.programmes.models import Term

PAGE = 50
FLAGS = "lms_attendance_admin:flags"


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(flag_policy, "view")
def flags(request: HttpRequest) -> HttpResponse:
    """The flags of a term by class, kind and state, with export; POST clears all open ones of one kind."""
    term, terms = chosen_term(request)
    if term is None:
        return render(request, "lms_attendance/admin/no_term.html", {"terms": terms})
    chosen = _chosen(request)
    scope = RunScope(request.user, term)
    rows = flags_of(term, closed_to_user=scope.closed_to_user, **chosen)
    if request.method == "POST":
        return _dismiss_kind(request, chosen, [flag for flag in rows if flag.act is None])
    if request.GET.get("export") == "xlsx":
        return _export(term, list(rows))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    names = names_for(list(page.object_list))
    context = {
        "term": term,
        "terms": terms,
        "groups": term.groups.all(),
        "kinds": FlagKind.choices,
        "states": [(OPEN, _("Waiting for a decision")), *FlagAct.choices],
        **chosen,
        "page": page,
        "rows": [(flag, say_evidence(flag, names), _state_word(flag)) for flag in page.object_list],
        "kind_label": dict(FlagKind.choices).get(chosen["kind"], ""),
        "may_decide": flag_policy.allows(request.user, "decide"),
    }
    return render(request, "lms_attendance/admin/flags.html", context)


@require_safe
@role_required(flag_policy, "view")
def flag(request: HttpRequest, pk: int) -> HttpResponse:
    """One flag: what does not fit, what is on record of this learner at this session, and the decision."""
    found = _flag(request, pk)
    decisions = list(found.decisions.select_related("actor__person").order_by("-revision"))
    session, seat = found.session, found.enrolment
    others = flags_with_state().filter(session=session, enrolment=seat).exclude(pk=pk)
    context = {
        "flag": found,
        "session": session,
        "seat": seat,
        "why": DOES_NOT_FIT[FlagKind(found.kind)],
        "evidence": say_evidence(found, names_for([found])),
        "traces": say_traces(traces_of(session, seat, at=timezone.now())),
        "state": _state_word(found),
        "upheld": found.act == FlagAct.UPHELD,
        "decisions": decisions,
        "others": [(other, _state_word(other)) for other in others],
        "may_decide": flag_policy.allows(request.user, "decide"),
        "may_correct": sheet_policy.allows(request.user, "correct"),
    }
    return render(request, "lms_attendance/admin/flag.html", context)


@require_POST
@role_required(flag_policy, "decide")
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Upheld or nothing wrong, with a reason; then the same flag again, with the next steps."""
    found = _flag(request, pk)
    act = FlagAct.UPHELD if request.POST.get("act") == FlagAct.UPHELD else FlagAct.DISMISSED
    reason, now = words_of(request.POST.get("reason", "")), timezone.now()
    attempt(
        request,
        lambda: decide_flags([found], act, reason=reason, at=now, actor=request.user),
        _("Your decision is on record. It changes no class hours."),
    )
    return redirect("lms_attendance_admin:flag", pk=pk)


@require_POST
@role_required(flag_policy, "decide")
def look_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Look at the journals of a closed session once more."""
    session, _scope = session_for(request, pk)
    try:
        count = find_flags(session, at=timezone.now())
    except DomainError as problem:
        messages.error(request, str(problem))
        return redirect("lms_attendance_admin:sheet", pk=pk)
    found = ngettext("%(n)s new flag.", "%(n)s new flags.", count) % {"n": count}
    messages.success(request, found if count else _("Nothing new was found."))
    return redirect(f"{reverse(FLAGS)}?term={session.term_id}&session={pk}&state=")


def _chosen(request: HttpRequest) -> dict[str, Any]:
    def key(name: str) -> int | None:
        return number_of(request.GET.get(name, "")) or None

    kind, state = request.GET.get("kind", ""), request.GET.get("state", OPEN)
    return {
        "group": key("group"),
        "session": key("session"),
        "kind": kind if kind in FlagKind.values else "",
        "state": state if state in (OPEN, "", *FlagAct.values) else OPEN,
    }


def _flag(request: HttpRequest, pk: int) -> Any:
    rows = flags_with_state().select_related(
        "session__course", "session__term", "enrolment__person__unit", "enrolment__group"
    )
    found = get_object_or_404(rows, pk=pk)
    if not RunScope(request.user, found.session.term).covers(found.enrolment):
        raise PermissionDenied
    return found


def _state_word(flag: Any) -> str:
    return str(FlagAct(flag.act).label) if flag.act else _("Waiting for a decision")


def _dismiss_kind(request: HttpRequest, chosen: dict[str, Any], rows: list[Flag]) -> HttpResponse:
    """Only of one kind at a time, so that nobody clears what she has not looked at."""
    flag_policy.require(request.user, "decide")
    back = redirect(f"{reverse(FLAGS)}?{request.GET.urlencode()}")
    if not chosen["kind"]:
        messages.error(request, _("Choose one kind first; flags of several kinds are not cleared together."))
        return back
    reason, now = words_of(request.POST.get("reason", "")), timezone.now()
    said = ngettext("%(n)s flag cleared.", "%(n)s flags cleared.", len(rows)) % {"n": len(rows)}
    attempt(request, lambda: decide_flags(rows, FlagAct.DISMISSED, reason=reason, at=now, actor=request.user), said)
    return back


def _export(term: Term, rows: list[Flag]) -> HttpResponse:
    names, held = names_for(rows), BytesIO()
    heads = [
        pgettext("person", "Name"),
        _("Unit"),
        _("Class"),
        _("Session"),
        _("When"),
        pgettext("flag", "What"),
        _("Evidence"),
        _("State"),
    ]
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        page, bold = book.add_worksheet(_("Flags")), book.add_format({"bold": True})
        for column, text in enumerate(heads):
            page.write_string(0, column, str(text), bold)
        for line, flag in enumerate(rows, start=1):
            for column, text in enumerate(_cells(flag, names)):
                page.write_string(line, column, text)
        page.set_column(0, 5, 16)
        page.set_column(6, 6, 60)
        page.freeze_panes(1, 1)
    answer = HttpResponse(
        held.getvalue(), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="flags-{term.code}.xlsx"'
    return answer


def _cells(flag: Flag, names: Any) -> list[str]:
    seat = flag.enrolment
    return [
        seat.person.name,
        str(seat.person.unit or ""),
        str(seat.group or ""),
        flag.session.course.title,
        when(flag.session.starts_at),
        str(flag.get_kind_display()),
        " ".join(say_evidence(flag, names)),
        _state_word(flag),
    ]
