"""What reviewers decide: admit, wait-list, reject, return; always with a name, against somebody with a reason."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.admissions.enums import ApplicationAct, ApplicationState
from lms.admissions.models import Application
from lms.admissions.rules import MINIMUM_REASON, reason_suffices
from lms.admissions.services.applying import write_event
from lms.admissions.signals import application_decided
from lms.core.exceptions import DomainError, refuse
from lms.programmes.models import ClassGroup, Enrolment
from lms.programmes.services import enrol_person


@transaction.atomic
def admit_application(
    application: Application, *, at: datetime, actor: Any, reason: str = "", any_class: bool = False
) -> Application:
    """Give the applicant a seat; seat, order and decision stand or fall together. Twice = the first answer.

    Refuses `not_open`, `own_application`, `term_full` and `group_full` (R4). With `any_class` a full class leads to
    a seat without class instead.
    """
    application = _lock(application)
    if application.state == ApplicationState.ADMITTED:
        return application
    _require_open(application, actor)
    enrolment = _enrol(application, at, actor, any_class=any_class)
    application.enrolment = enrolment
    return _decide(application, ApplicationState.ADMITTED, ApplicationAct.ADMITTED, at=at, actor=actor, reason=reason)


@transaction.atomic
def wait_list_application(application: Application, *, at: datetime, actor: Any, reason: str = "") -> Application:
    """Keep the application for a seat that may become free (R4). Refuses `not_open`, `own_application`."""
    application = _lock(application)
    _require_open(application, actor)
    state, act = ApplicationState.WAIT_LISTED, ApplicationAct.WAIT_LISTED
    return _decide(application, state, act, at=at, actor=actor, reason=reason)


@transaction.atomic
def reject_application(application: Application, *, at: datetime, actor: Any, reason: str) -> Application:
    """Refuse the application, always with a reason. Refuses `not_open`, `own_application`, `reason_too_short`."""
    application = _lock(application)
    _require_open(application, actor)
    _require_reason(reason)
    state, act = ApplicationState.REJECTED, ApplicationAct.REJECTED
    return _decide(application, state, act, at=at, actor=actor, reason=reason)


@transaction.atomic
def return_application(application: Application, *, at: datetime, actor: Any, reason: str) -> Application:
    """Send the application back as a draft with a reason; nothing the applicant wrote is lost (R6)."""
    application = _lock(application)
    _require_open(application, actor)
    _require_reason(reason)
    state, act = ApplicationState.DRAFT, ApplicationAct.RETURNED
    return _decide(application, state, act, at=at, actor=actor, reason=reason)


@transaction.atomic
def end_with_seat(enrolment: Enrolment, *, at: datetime, actor: Any, reason: str) -> None:
    """The seat was given up or deferred: its application is withdrawn, so that another one may be started (R7)."""
    application = Application.objects.select_for_update().filter(enrolment=enrolment).first()
    if application is None or application.state != ApplicationState.ADMITTED:
        return
    before, application.state = application.state, ApplicationState.WITHDRAWN
    application.save(update_fields=["state"])
    write_event(application, ApplicationAct.WITHDRAWN, at=at, actor=actor, reason=reason, before=before)


def _enrol(application: Application, at: datetime, actor: Any, *, any_class: bool) -> Enrolment:
    choices: tuple[ClassGroup | None, ...] = (application.group, None) if any_class else (application.group,)
    for number, group in enumerate(choices):
        try:
            return enrol_person(application.person, application.term, at=at, group=group, actor=actor)
        except DomainError as problem:
            if problem.code != "group_full" or number + 1 == len(choices):
                raise
    raise AssertionError("unreachable")


def _decide(
    application: Application,
    state: ApplicationState,
    act: ApplicationAct,
    *,
    at: datetime,
    actor: Any,
    reason: str,
) -> Application:
    before = application.state
    application.state, application.decided_at, application.decided_by = state, at, actor
    application.reason = reason.strip()
    application.save(update_fields=["state", "decided_at", "decided_by", "reason", "enrolment"])
    write_event(application, act, at=at, actor=actor, reason=application.reason, before=before)
    transaction.on_commit(
        lambda: application_decided.send(Application, application=application, act=act, reason=application.reason)
    )
    return application


def _lock(application: Application) -> Application:
    rows = Application.objects.select_for_update(of=("self",)).select_related("term", "person", "group")
    return rows.get(pk=application.pk)


def _require_open(application: Application, actor: Any) -> None:
    if actor is not None and application.person.user_id == actor.pk:
        raise refuse("own_application", _("Nobody decides on her own application."))
    if not application.awaits_decision:
        raise refuse("not_open", _("This application does not wait for a decision."))


def _require_reason(reason: str) -> None:
    if not reason_suffices(reason):
        raise refuse(
            "reason_too_short", _("The reason needs at least %(count)s characters.") % {"count": MINIMUM_REASON}
        )
