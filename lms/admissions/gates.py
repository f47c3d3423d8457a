"""Answers to other apps' questions."""

from collections.abc import Collection, Iterator

from django.utils.translation import gettext as _

from lms.admissions.models import DECIDED, Application
from lms.admissions.selectors import PROOF
from lms.core.exceptions import Refusal
from lms.files.models import PrivateFile
from lms.programmes.models import Programme

CONDITIONS = frozenset({"eligibility.minimum_degree", "eligibility.appraisal_years", "eligibility.priority"})


def refuse_change_of_decided_applications(programme: Programme, changed_keys: Collection[str]) -> Refusal | None:
    """`LMS_PROGRAMMES_CHANGE_GATES`: conditions and grounds stand once somebody was admitted, listed or rejected by
    them (R3, R4); a document that applicants handed in stays on the list (R6).
    """
    touched = sorted(CONDITIONS.intersection(changed_keys))
    if touched and Application.objects.filter(term__programme=programme, state__in=DECIDED).exists():
        return Refusal(
            "applications_decided",
            _("Applications of this programme were decided by the present conditions."),
            _("Set the new figures in the programme of a later year."),
            {"keys": touched},
            "R3",
        )
    lost = sorted(code for code in _codes_gone(programme, changed_keys) if _was_handed_in(programme, code))
    if not lost:
        return None
    return Refusal(
        "documents_handed_in",
        _("Applicants have handed in documents that are missing from the list: %(codes)s.")
        % {"codes": ", ".join(lost)},
        _("Put it back into the file."),
        {"keys": [f"documents.{code}.code" for code in lost]},
        "R6",
    )


def _codes_gone(programme: Programme, changed_keys: Collection[str]) -> Iterator[str]:
    """A stored document whose code changes is a document that goes."""
    rows = programme.notes.get("documents", ())
    return (row["code"] for row in rows if f"documents.{row['code']}.code" in changed_keys)


def _was_handed_in(programme: Programme, code: str) -> bool:
    applications = Application.objects.filter(term__programme=programme).values_list("pk", flat=True)
    files = PrivateFile.objects.filter(kind=PROOF, reference__endswith=f":{code}", removed_at=None)
    named = {reference.partition(":")[0] for reference in files.values_list("reference", flat=True)}
    return any(str(pk) in named for pk in applications)
