"""Reads about applications."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import localdate

from lms.admissions.conf import admissions_settings
from lms.admissions.enums import ApplicationAct, ApplicationState
from lms.admissions.models import LIVE, Application, ApplicationEvent
from lms.admissions.permissions import application_policy
from lms.admissions.rules import (
    Clause,
    Draft,
    appraisal_clauses,
    appraisal_years,
    degree_clause,
    missing_steps,
    next_window,
    ranked,
)
from lms.files.models import PrivateFile
from lms.files.selectors import files_about
from lms.people.models import Person
from lms.programmes.models import Term
from lms.programmes.rules import Difference

PROOF = "lms_admissions.proof"
STATE_OF_ACT = {
    ApplicationAct.STARTED: ApplicationState.DRAFT,
    ApplicationAct.SUBMITTED: ApplicationState.SUBMITTED,
    ApplicationAct.RETURNED: ApplicationState.DRAFT,
    ApplicationAct.ADMITTED: ApplicationState.ADMITTED,
    ApplicationAct.WAIT_LISTED: ApplicationState.WAIT_LISTED,
    ApplicationAct.REJECTED: ApplicationState.REJECTED,
    ApplicationAct.WITHDRAWN: ApplicationState.WITHDRAWN,
}


@dataclass(frozen=True)
class WantedProof:
    """A document the programme asks for: a picture may be uploaded, the paper is handed in (R6)."""

    code: str
    title: str
    detail: str


def applications_of(person: Person) -> QuerySet[Application]:
    """Every application of the person, newest first."""
    rows = Application.objects.filter(person=person).select_related("term__programme", "group")
    return rows.order_by("-started_at", "-pk")


def live_application(person: Person, year: int) -> Application | None:
    """The one live application of that year (R7)."""
    rows = Application.objects.filter(person=person, year=year, state__in=LIVE)
    return rows.select_related("term__programme").first()


def application_queue() -> QuerySet[Application]:
    """Everything that was ever submitted, longest waiting first, with what the list shows."""
    return (
        Application.objects.exclude(state=ApplicationState.DRAFT)
        .exclude(submitted_at=None)
        .select_related("person__unit", "person__user", "term__programme", "group", "decided_by")
        .order_by("submitted_at", "pk")
    )


def ranking(term: Term) -> list[Application]:
    """Who waits for a decision in the term, in the order of R4."""
    rows = application_queue().filter(term=term, state__in=[ApplicationState.SUBMITTED, ApplicationState.WAIT_LISTED])
    return ranked((row, len(row.grounds), row.submitted_at) for row in rows)  # type: ignore[misc]


def next_to_review(application: Application) -> Application | None:
    """The longest waiting application besides this one."""
    rows = application_queue().filter(state=ApplicationState.SUBMITTED).exclude(pk=application.pk)
    return rows.first()


def years_of(term: Term) -> tuple[int, ...]:
    """The years whose appraisals count (R3)."""
    return appraisal_years(term.starts_on, term.programme.appraisal_years)


def wanted_proofs(term: Term) -> list[WantedProof]:
    """Documents of the programme file (R6)."""
    rows: Sequence[dict[str, Any]] = term.programme.notes.get("documents", ())
    return [WantedProof(row["code"], row["title"], row.get("detail", "")) for row in rows]


def proofs_of(application: Application) -> dict[str, list[PrivateFile]]:
    """Document code -> present files. One query."""
    found: dict[str, list[PrivateFile]] = {}
    for file in PrivateFile.objects.filter(
        kind=PROOF, reference__startswith=f"{application.pk}:", removed_at=None
    ).order_by("made_at"):
        found.setdefault(file.reference.partition(":")[2], []).append(file)
    return found


def files_of(application: Application, code: str) -> QuerySet[PrivateFile]:
    """Present files of one document."""
    return files_about(PROOF, f"{application.pk}:{code}")


def steps_missing(application: Application) -> tuple[str, ...]:
    """Steps without which the application cannot be submitted (R5).

    Pictures of the documents are checked when `LMS_ADMISSIONS_REQUIRE_UPLOADS`; the papers are handed in anyway (R6).
    """
    term = application.term
    draft = Draft(
        identity_confirmed=application.identity_confirmed_at is not None,
        has_class=application.group_id is not None or not term.groups.exists(),
        degree=application.degree,
        appraisals=application.appraisals,
        proofs=frozenset(proofs_of(application)),
    )
    wanted = [proof.code for proof in wanted_proofs(term)] if admissions_settings.REQUIRE_UPLOADS else []
    return missing_steps(draft, years=years_of(term), wanted_proofs=wanted)


def clauses_of(application: Application) -> list[Clause]:
    """The conditions of R3 with the figures used."""
    term = application.term
    degree = degree_clause(application.degree, term.programme.minimum_degree)
    return [degree, *appraisal_clauses(application.appraisals, years_of(term))]


def window_after(at: datetime, programme_id: int) -> tuple[date, date] | None:
    """The next registration window of the programme that has not opened yet."""
    rows = Term.objects.filter(programme_id=programme_id).values_list("registration_opens_on", "registration_closes_on")
    return next_window(rows, localdate(at))


def may_read(file: PrivateFile, user: Any) -> bool:
    """Reviewers open the proofs of applications (LMS_FILES_READERS)."""
    return file.kind == PROOF and application_policy.allows(user, "view")


def application_differences() -> Iterable[Difference]:
    """The state of every application against the last event of its journal (LMS_JOURNAL_VERIFIERS)."""
    last: dict[int, str] = {}
    for pk, act in ApplicationEvent.objects.order_by("pk").values_list("application_id", "act"):
        last[pk] = act
    for pk, state in Application.objects.order_by("pk").values_list("pk", "state"):
        expected = str(STATE_OF_ACT[ApplicationAct(last[pk])]) if pk in last else "no event"
        if expected != state:
            yield Difference(f"lms_admissions.application:{pk} state", expected, state)
