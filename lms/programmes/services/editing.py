"""Changing a programme, a term or a class on the screen: asked the same questions as a file, and audited."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.core.audit import record_act
from lms.core.exceptions import refuse
from lms.programmes.models import ClassGroup, Programme, Term
from lms.programmes.rules import Change, differences, flatten
from lms.programmes.rules.figures import Figures, show_figure
from lms.programmes.selectors import figures_of
from lms.programmes.selectors.figures import term_document
from lms.programmes.services.changing import require_changeable


@transaction.atomic
def change_programme(programme: Programme, *, at: datetime, actor: Any) -> tuple[Change, ...]:
    """Save the edited figures of `programme`, or refuse with every reason (own rules and the change gates).

    `programme` carries the new values; the stored row is locked and compared. Returns the changes; none = no write.
    """
    stored = Programme.objects.select_for_update().get(pk=programme.pk)
    changes = differences(flatten(figures_of(stored)), flatten(figures_of(programme)))
    require_changeable(stored, changes, at=at)
    if changes:
        programme.save()
        _record("lms_programmes.change", programme, changes, actor)
    return changes


@transaction.atomic
def save_term(term: Term, *, at: datetime, actor: Any) -> tuple[Change, ...]:
    """Add a term or save an edited one. Refuses a new code for a stored term (`term_code_lost`), moved dates of a
    term that has begun with learners, fewer seats than taken (R1, R4), and what the change gates refuse.
    """
    Programme.objects.select_for_update().get(pk=term.programme_id)
    stored = Term.objects.filter(pk=term.pk).first() if term.pk else None
    if stored is not None and stored.code != term.code:
        raise refuse("term_code_lost", _("The code of a term never changes: everything hangs on it."))
    changes = differences(_term_figures(stored), _term_figures(term))
    require_changeable(stored.programme if stored else term.programme, changes, at=at)
    if changes:
        term.save()
        _record("lms_programmes.change_term" if stored else "lms_programmes.add_term", term, changes, actor)
    return changes


@transaction.atomic
def save_group(
    group: ClassGroup, *, at: datetime, actor: Any, assistants: Iterable[Any] | None = None
) -> tuple[Change, ...]:
    """Add a class or save an edited one with its assistants. Refuses `group_moved`, `seats_taken` and by gates."""
    term = Term.objects.select_for_update().select_related("programme").get(pk=group.term_id)
    stored = ClassGroup.objects.filter(pk=group.pk).first() if group.pk else None
    if stored is not None and (stored.term_id, stored.code) != (group.term_id, group.code):
        raise refuse("group_moved", _("A class keeps its term and its code."))
    before = _group_figures(term, stored)
    changes = list(differences(before, _group_figures(term, group)))
    require_changeable(term.programme, changes, at=at)
    group.save()
    changes += _set_assistants(group, term, assistants)
    if changes:
        _record("lms_programmes.change_group" if stored else "lms_programmes.add_group", group, changes, actor)
    return tuple(changes)


def _set_assistants(group: ClassGroup, term: Term, assistants: Iterable[Any] | None) -> list[Change]:
    if assistants is None:
        return []
    before = tuple(group.assistants.order_by("pk").values_list("username", flat=True))
    group.assistants.set(assistants)
    after = tuple(group.assistants.order_by("pk").values_list("username", flat=True))
    key = f"terms.{term.code}.groups.{group.code}.assistants"
    return [Change(key, before, after)] if before != after else []


def _term_figures(term: Term | None) -> Figures:
    return flatten({"terms": [term_document(term)]}) if term else {}


def _group_figures(term: Term, group: ClassGroup | None) -> Figures:
    rows = flatten({"groups": term_document(term, [group])["groups"]}) if group else {}
    return {f"terms.{term.code}.{key}": value for key, value in rows.items()}


def _record(action: str, subject: Any, changes: Iterable[Change], actor: Any) -> None:
    listed = tuple(changes)
    before = {change.key: show_figure(change.old) for change in listed if change.old is not None}
    after = {change.key: show_figure(change.new) for change in listed}
    record_act(action, subject, actor=actor, before=before, after=after)
