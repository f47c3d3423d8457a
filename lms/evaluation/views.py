"""A learner's surveys."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.core.exceptions import DomainError
from lms.evaluation.enums import SurveyState
from lms.evaluation.forms import AnswerSurveyForm, show_refusals
from lms.evaluation.models import Survey
from lms.evaluation.rules import state_of
from lms.evaluation.selectors import has_answered, seat_for, surveys_of
from lms.evaluation.services import answer_survey
from lms.programmes.selectors import is_member


@login_required
@require_safe
def surveys(request: HttpRequest) -> HttpResponse:
    """Every survey of the learner's terms."""
    if not is_member(request.user):
        raise PermissionDenied(_("Surveys are for learners of the programme."))
    now = timezone.now()
    found = surveys_of(request.user)
    for survey in found:
        survey.state = state_of(survey.opens_at, survey.closes_at, now)  # type: ignore[attr-defined]
    return render(request, "lms_evaluation/surveys.html", {"surveys": found, "place": "me"})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def survey(request: HttpRequest, pk: int) -> HttpResponse:
    """The survey's form; somebody of another term does not find it."""
    found = get_object_or_404(Survey.objects.select_related("term"), pk=pk)
    seat = seat_for(request.user, found)
    if seat is None:
        raise Http404
    answered, now = has_answered(found, seat), timezone.now()
    form = AnswerSurveyForm(request.POST or None, survey=found)
    if request.method == "POST" and answered:
        return redirect("lms_evaluation:survey", found.pk)
    if form.is_valid():
        try:
            answer_survey(found, seat, form.answers(), at=now)
        except DomainError as problem:
            if problem.code == "answered":
                return redirect("lms_evaluation:survey", found.pk)
            show_refusals(form, problem)
        else:
            messages.success(request, _("Thank you. Your answer has been taken without your name."))
            return redirect("lms_evaluation:survey", found.pk)
    state = state_of(found.opens_at, found.closes_at, now)
    context = {
        "survey": found,
        "form": form,
        "answered": answered,
        "open": state == SurveyState.OPEN,
        "state": state,
        "place": "me",
    }
    return render(request, "lms_evaluation/survey.html", context)
