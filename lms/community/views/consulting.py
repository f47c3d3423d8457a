"""Policy consulting."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.community import services
from lms.community.conf import community_settings
from lms.community.forms import AskForm, show_refusals
from lms.community.permissions import may_answer
from lms.community.rules import is_overdue
from lms.community.selectors import questions_for
from lms.community.views.access import members_only, page_of_rows, typed_query
from lms.core.exceptions import DomainError


@require_safe
@members_only
def questions(request: HttpRequest) -> HttpResponse:
    """Public questions and one's own."""
    query, mine = typed_query(request), request.GET.get("mine") == "1"
    rows = questions_for(request.user, mine=mine, all_private=may_answer(request.user), query=query)
    context = {"page_obj": page_of_rows(request, rows), "query": query, "mine": mine, "place": "me"}
    return render(request, "lms_community/questions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@members_only
def ask(request: HttpRequest) -> HttpResponse:
    """Ask the experts."""
    form = AskForm(request.POST or None)
    if form.is_valid():
        try:
            made = services.ask_question(**form.cleaned_data, author=request.user, at=timezone.now())
        except DomainError as problem:
            show_refusals(form, problem)
        else:
            messages.success(request, _("Your question has been sent to the experts."))
            return redirect("lms_community:question", made.pk)
    context = {"form": form, "days": community_settings.ANSWER_WORKING_DAYS, "place": "me"}
    return render(request, "lms_community/ask.html", context)


@require_safe
@members_only
def question(request: HttpRequest, pk: int) -> HttpResponse:
    """A question with its answers; somebody else's private question does not exist."""
    rows = questions_for(request.user, all_private=may_answer(request.user))
    found = get_object_or_404(rows, pk=pk)
    context = {
        "question": found,
        "answers": found.answers.select_related("author__person__unit"),
        "overdue": is_overdue(found.due_on, timezone.localdate()),
        "mine": found.author_id == request.user.pk,
        "expert": may_answer(request.user),
        "place": "me",
    }
    return render(request, "lms_community/question.html", context)


@require_POST
@members_only
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Whoever asked needs nothing more."""
    found = get_object_or_404(questions_for(request.user, mine=True), pk=pk)
    services.close_question(found, actor=request.user)
    messages.success(request, _("The question is closed."))
    return redirect("lms_community:question", found.pk)
