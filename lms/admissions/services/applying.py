"""What the applicant does: start, save step by step, submit, withdraw."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import IO, Any

from django.db import IntegrityError, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from lms.admissions.conf import admissions_settings
from lms.admissions.enums import ApplicationAct, ApplicationState
from lms.admissions.models import Application, ApplicationEvent
from lms.admissions.rules import clean_grounds
from lms.admissions.selectors import PROOF, live_application, steps_missing, wanted_proofs, window_after, years_of
from lms.admissions.signals import application_submitted
from lms.core.audit import record_act
from lms.core.exceptions import DomainError, Refusal, refuse
from lms.files.models import PrivateFile
from lms.files.services import remove_file, store_file
from lms.people.models import Person
from lms.programmes.models import ClassGroup, Term

PICTURES = ("jpg", "png", "webp", "pdf")


def start_application(person: Person, term: Term, *, at: datetime, actor: Any) -> Application:
    """Open a draft for the term. A second call for the same term returns the first application.

    Refuses `window_closed` (R1, with the next window) and `already_applied` (R7: one live application a year).
    """
    year = term.starts_on.year
    held = live_application(person, year)
    if held is None:
        require_window(term, at)
        try:
            with transaction.atomic():
                return _open_draft(person, term, year, at, actor)
        except IntegrityError:
            held = live_application(person, year)
            if held is None:
                raise
    if held.term_id == term.pk:
        return held
    raise refuse(
        "already_applied",
        _("You have already applied for %(term)s. One person takes part in one term a year.")
        % {"term": held.term.name},
        _("Withdraw that application first, or ask for a transfer with a proof of your unit."),
        rule="R7",
        term=held.term.code,
    )


def require_window(term: Term, at: datetime) -> None:
    """Raise `window_closed` outside the registration window, to the second in Asia/Shanghai (R1)."""
    if term.registration_open(at):
        return
    following = window_after(at, term.programme_id)
    hint = (
        _("The next registration opens on %(first)s and closes at the end of %(last)s.")
        % {"first": date_format(following[0]), "last": date_format(following[1])}
        if following
        else _("The next registration window has not been announced yet.")
    )
    raise refuse(
        "window_closed",
        _("Registration for %(term)s is not open: it runs from %(first)s to the end of %(last)s.")
        % {
            "term": term.name,
            "first": date_format(term.registration_opens_on),
            "last": date_format(term.registration_closes_on),
        },
        hint,
        rule="R1",
        opens=term.registration_opens_on.isoformat(),
        closes=term.registration_closes_on.isoformat(),
    )


@transaction.atomic
def confirm_identity(application: Application, *, at: datetime, actor: Any) -> Application:
    """The applicant says that name, ID number and unit are hers. Refuses `not_draft`, `no_identity`."""
    application = lock_draft(application)
    if not application.person.id_index:
        raise refuse("no_identity", _("No ID number is recorded for you. Please ask the reviewers to add it."))
    application.identity_confirmed_at = application.identity_confirmed_at or at
    application.save(update_fields=["identity_confirmed_at"])
    return application


@transaction.atomic
def save_class(application: Application, *, group: ClassGroup | None, actor: Any) -> Application:
    """The wanted class (班型). Refuses `not_draft`, `group_of_other_term`."""
    application = lock_draft(application)
    if group is not None and group.term_id != application.term_id:
        raise refuse("group_of_other_term", _("This class belongs to another term."))
    application.group = group
    application.save(update_fields=["group"])
    return application


@transaction.atomic
def save_materials(
    application: Application,
    *,
    degree: str,
    appraisals: Mapping[str, str],
    grounds: Sequence[str],
    remark: str = "",
    actor: Any,
) -> Application:
    """Degree, appraisals of the years that count, priority grounds (R3, R4). An incomplete draft is kept as it is."""
    application = lock_draft(application)
    years = {str(year) for year in years_of(application.term)}
    application.degree = degree
    application.appraisals = {year: grade for year, grade in appraisals.items() if year in years and grade}
    application.grounds = clean_grounds(grounds, application.term.programme.priority_grounds)
    application.remark = remark.strip()
    application.save(update_fields=["degree", "appraisals", "grounds", "remark"])
    return application


def add_proof(
    application: Application, code: str, content: IO[bytes], *, name: str, at: datetime, actor: Any
) -> PrivateFile:
    """Keep a picture or PDF of one document. Refuses `not_draft`, `unknown_document` and what `store_file` refuses."""
    if not application.is_draft:
        raise _not_draft()
    if code not in {proof.code for proof in wanted_proofs(application.term)}:
        raise refuse("unknown_document", _("This document is not asked for."))
    return store_file(
        content,
        owner=actor,
        kind=PROOF,
        name=name,
        at=at,
        reference=f"{application.pk}:{code}",
        allowed=PICTURES,
        max_bytes=admissions_settings.MAX_BYTES,
    )


def remove_proof(application: Application, file: PrivateFile, *, at: datetime) -> None:
    """Take an uploaded document back while the application is a draft. Refuses `not_draft`, `other_application`."""
    if not application.is_draft:
        raise _not_draft()
    if file.kind != PROOF or not file.reference.startswith(f"{application.pk}:"):
        raise refuse("other_application", _("This file belongs to another application."))
    remove_file(file, at=at)


@transaction.atomic
def submit_application(application: Application, *, at: datetime, actor: Any) -> Application:
    """Hand the application in. Sent twice, the first answer stands; a returned one keeps its first time (R4, R6).

    Refuses `window_closed` (R1; not for a returned one) and, all at once, every step that lacks something
    (`missing_identity`, `missing_class`, `missing_materials`; R5). `application_submitted` is sent on commit.
    """
    application = _lock(application)
    if application.state == ApplicationState.SUBMITTED:
        return application
    if not application.is_draft:
        raise _not_draft()
    if application.submitted_at is None:
        require_window(application.term, at)
    missing = steps_missing(application)
    if missing:
        raise DomainError(*(_lacks(step) for step in missing))
    before = application.state
    application.state, application.reason = ApplicationState.SUBMITTED, ""
    application.submitted_at = application.submitted_at or at
    application.save(update_fields=["state", "submitted_at", "reason"])
    write_event(application, ApplicationAct.SUBMITTED, at=at, actor=actor, before=before)
    transaction.on_commit(lambda: application_submitted.send(Application, application=application))
    return application


@transaction.atomic
def withdraw_application(application: Application, *, at: datetime, actor: Any) -> Application:
    """Take an undecided or wait-listed application back. Refuses `already_decided`: a seat is given up another way."""
    application = _lock(application)
    if application.state == ApplicationState.WITHDRAWN:
        return application
    if not (application.is_draft or application.awaits_decision):
        raise refuse(
            "already_decided",
            _("This application has been decided and can no longer be withdrawn."),
            _("To give up a seat, apply for a refund or ask the reviewers."),
            rule="R7",
        )
    before, application.state = application.state, ApplicationState.WITHDRAWN
    application.save(update_fields=["state"])
    write_event(application, ApplicationAct.WITHDRAWN, at=at, actor=actor, before=before)
    return application


def write_event(
    application: Application, act: ApplicationAct, *, at: datetime, actor: Any, reason: str = "", before: str = ""
) -> ApplicationEvent:
    """One row of the journal and one line of the audit trail (`before`: the state), in the caller's transaction."""
    was, now = {"state": str(before)} if before else None, {"state": str(application.state)}
    record_act(f"lms_admissions.{act.value}", application, actor=actor, reason=reason, before=was, after=now)
    return ApplicationEvent.objects.create(application=application, act=act, reason=reason, actor=actor, at=at)


def lock_draft(application: Application) -> Application:
    """The locked row, refused unless it is a draft."""
    application = _lock(application)
    if not application.is_draft:
        raise _not_draft()
    return application


def _lock(application: Application) -> Application:
    rows = Application.objects.select_for_update(of=("self",)).select_related("term__programme", "person")
    return rows.get(pk=application.pk)


@transaction.atomic
def _open_draft(person: Person, term: Term, year: int, at: datetime, actor: Any) -> Application:
    application = Application.objects.create(person=person, term=term, year=year, started_at=at)
    write_event(application, ApplicationAct.STARTED, at=at, actor=actor)
    return application


def _not_draft() -> DomainError:
    return refuse("not_draft", _("This application has been submitted and can no longer be changed."))


def _lacks(step: str) -> Refusal:
    sentences = {
        "identity": _("Please confirm who you are."),
        "class": _("Please choose a class."),
        "materials": _("Please complete degree, annual appraisals and documents."),
    }
    return Refusal(f"missing_{step}", sentences[step], figures={"step": step}, rule="R5")
