"""Who reads: learners and alumni their own programme, staff the newest one; others are told what to do."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from lms.modules.permissions import lesson_policy
from lms.modules.selectors import newest_programme
from lms.programmes.enums import EnrolmentState
from lms.programmes.models import Enrolment, Programme
from lms.programmes.selectors import current_enrolment


@dataclass(frozen=True)
class Reader:
    """Whose page it is: `enrolment` is None for staff."""

    programme: Programme | None
    enrolment: Enrolment | None

    @property
    def studies(self) -> bool:
        """Whether study time counts: only for somebody enrolled now."""
        return self.enrolment is not None and self.enrolment.state == EnrolmentState.ACTIVE


def reader_of(user: Any) -> Reader | None:
    """The reader, or None for somebody without a seat and without a role."""
    enrolment = current_enrolment(user)
    if enrolment is not None:
        return Reader(enrolment.term.programme, enrolment)
    return Reader(newest_programme(), None) if lesson_policy.allows(user, "read") else None


def for_readers(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Pass the reader to the view as second argument; anonymous people sign in, others get a 403 page."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        reader = reader_of(request.user)
        if reader is None:
            return render(request, "lms_modules/refused.html", status=403)
        return view(request, reader, *args, **kwargs)

    return login_required(guarded)
