"""Loading a programme file: all or nothing, idempotent, never against a decision already made."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.core.audit import record_act
from lms.core.exceptions import Refusal
from lms.programmes.models import Enrolment, Programme, Term
from lms.programmes.rules import Change, Figures, Problem, ProgrammeFile, differences, read_programme_file
from lms.programmes.rules.figures import show_figure
from lms.programmes.selectors import flat_figures
from lms.programmes.services.changing import number_refusals, refusals_of
from lms.programmes.services.writing import write_programme
from lms.programmes.signals import programme_loaded


@dataclass(frozen=True)
class LoadReport:
    """What became of the file: `created`, `changed`, `unchanged`, `refused` (see refusals) or `invalid` (see problems).

    `kept` names terms and classes that are stored but absent from the file: they stay as they are.
    """

    outcome: str
    slug: str = ""
    changes: Sequence[Change] = field(default_factory=tuple)
    kept: Sequence[str] = field(default_factory=tuple)
    problems: Sequence[Problem] = field(default_factory=tuple)
    refusals: Sequence[Refusal] = field(default_factory=tuple)

    @property
    def stands(self) -> bool:
        """Whether what the file says is (or, in a dry run, would be) what is stored."""
        return self.outcome in {"created", "changed", "unchanged"}


def load_programme(text: str, *, at: datetime, actor: Any = None, dry_run: bool = False) -> LoadReport:
    """Make the stored programme what the file says, in one transaction; or write nothing and report every reason.

    Terms, classes, modules and courses are never deleted. `programme_loaded` is sent inside the transaction, also
    when nothing changed, so that an app installed later gets its pages. A dry run writes and sends nothing.
    """
    file, problems = read_programme_file(text)
    if file is None:
        return LoadReport("invalid", problems=problems)
    with transaction.atomic():
        programme = Programme.objects.select_for_update().filter(slug=file.slug).first()
        report = _compare(programme, file, at)
        if report.stands and not dry_run:
            programme = _write(programme, file, report, at, actor)
            programme_loaded.send(Programme, programme=programme, document=file.document)
    return report


def _compare(programme: Programme | None, file: ProgrammeFile, at: datetime) -> LoadReport:
    after = file.figures
    before, kept = _without_absent(flat_figures(programme), file.document) if programme else ({}, ())
    changes = differences(before, after)
    refusals = [*_code_refusals(programme, file.document)]
    if programme is None:
        pattern, year = after["certificate.number_pattern"], after["programme.year"]
        refusals += number_refusals(None, str(pattern), int(str(year)))
    else:
        refusals += refusals_of(programme, changes, at=at)
    outcome = "created" if programme is None else "changed" if changes else "unchanged"
    return LoadReport("refused" if refusals else outcome, file.slug, changes, kept, (), tuple(refusals))


def _without_absent(before: Figures, document: Mapping[str, Any]) -> tuple[Figures, tuple[str, ...]]:
    """Stored figures without the terms and classes that the file does not name, and the names of those."""
    named = {term["code"]: {group["code"] for group in term["groups"]} for term in document["terms"]}
    present: Figures = {}
    kept: dict[str, None] = {}
    for key, value in before.items():
        parts = key.split(".")
        if parts[0] != "terms":
            present[key] = value
        elif parts[1] not in named:
            kept[f"terms.{parts[1]}"] = None
        elif parts[2] == "groups" and ".".join(parts[3:-1]) not in named[parts[1]]:
            kept[".".join(parts[:-1])] = None
        else:
            present[key] = value
    return present, tuple(kept)


def _code_refusals(programme: Programme | None, document: Mapping[str, Any]) -> list[Refusal]:
    """Everything hangs on a term's code: no other programme's code, and no new code for a term with learners."""
    named = {term["code"]: term for term in document["terms"]}
    found = [
        Refusal(
            "term_code_taken",
            _("Term code %(code)s belongs to the programme %(programme)s.")
            % {"code": term.code, "programme": term.programme.slug},
            _("Choose another code."),
            {"key": f"terms.{term.code}.code"},
        )
        for term in Term.objects.filter(code__in=named).exclude(programme=programme).select_related("programme")
    ]
    if programme is None:
        return found
    stored = {term.code: term for term in programme.terms.all()}
    new = [term for code, term in named.items() if code not in stored]
    for code, term in stored.items():
        again = next((row for row in new if code not in named and _is_same_term(term, row)), None)
        if again is not None and Enrolment.objects.filter(term=term).exists():
            found.append(
                Refusal(
                    "term_code_lost",
                    _("%(term)s has learners and keeps its code %(code)s; the file calls it %(new)s.")
                    % {"term": term.name, "code": code, "new": again["code"]},
                    _("Put the old code back."),
                    {"key": f"terms.{code}.code", "new": again["code"]},
                )
            )
    return found


def _is_same_term(term: Term, row: Mapping[str, Any]) -> bool:
    return term.name == row["name"] or (term.starts_on, term.ends_on) == (row["starts_on"], row["ends_on"])


def _write(programme: Programme | None, file: ProgrammeFile, report: LoadReport, at: datetime, actor: Any) -> Programme:
    if programme is not None and report.outcome == "unchanged":
        return programme
    written = write_programme(programme, file.document)
    written.source_digest, written.loaded_at = hashlib.sha256(file.text.encode()).hexdigest(), at
    written.save(update_fields=["source_digest", "loaded_at"])
    is_new = programme is None
    before = {} if is_new else {change.key: show_figure(change.old) for change in report.changes}
    after = {"slug": file.slug} if is_new else {change.key: show_figure(change.new) for change in report.changes}
    record_act("lms_programmes.load", written, actor=actor, before=before, after=after)
    return written
