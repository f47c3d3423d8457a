"""Writes of the resource library (R24)."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.community.enums import ResourceKind, Validity
from lms.community.models import Resource
from lms.community.rules import clean_text
from lms.community.selectors import FILE_KIND
from lms.community.signals import resource_published
from lms.core.audit import record_act
from lms.core.exceptions import refuse
from lms.core.rules import bigrams
from lms.files.models import FileOpening, PrivateFile
from lms.files.services import log_opening, store_file

ALLOWED = frozenset({"pdf", "docx", "xlsx", "pptx", "txt", "zip"})
SHOWN_BEFORE_AFTER = ("title", "kind", "document_number", "validity")


@dataclass(frozen=True)
class ResourceFacts:
    """What is said about a document, whatever its file."""

    title: str
    kind: ResourceKind
    summary: str = ""
    document_number: str = ""
    issuer: str = ""
    tags: list[str] = field(default_factory=list)
    validity: Validity = Validity.VALID
    repealed_on: date | None = None
    successor: Resource | None = None


@transaction.atomic
def publish_resource(
    slug: str, facts: ResourceFacts, *, content: IO[bytes], name: str, actor: Any, at: datetime
) -> Resource:
    """A new document with its file. Refuses what `lms.files` refuses, and `repealed_without_day`, `own_successor`.

    `resource_published` is sent on commit.
    """
    _require_sound(None, facts)
    stored = _stored(content, slug=slug, name=name, actor=actor, at=at)
    resource = Resource(slug=slug, file=stored, published_at=at, updated_at=at)
    _apply(resource, facts)
    resource.save(force_insert=True)
    record_act("lms_community.publish", resource, actor=actor, after=_summary(resource))
    transaction.on_commit(lambda: resource_published.send(Resource, resource=resource))
    return resource


@transaction.atomic
def revise_resource(
    resource: Resource,
    facts: ResourceFacts,
    *,
    actor: Any,
    at: datetime,
    content: IO[bytes] | None = None,
    name: str = "",
) -> Resource:
    """Change what is said about a document, its validity included; with `content` its file becomes the next version.

    Refuses as `publish_resource`. `resource_published` is sent on commit when there is a new version.
    """
    resource = Resource.objects.select_for_update(of=("self",)).get(pk=resource.pk)
    _require_sound(resource, facts)
    before = _summary(resource)
    if content is not None:
        resource.file = _stored(content, slug=resource.slug, name=name, actor=actor, at=at)
        resource.version += 1
        transaction.on_commit(lambda: resource_published.send(Resource, resource=resource))
    _apply(resource, facts)
    resource.updated_at = at
    resource.save()
    record_act("lms_community.revise", resource, actor=actor, before=before, after=_summary(resource))
    return resource


def take_resource(resource: Resource, *, user: Any, at: datetime) -> FileOpening:
    """Write down that the user takes the present file. The file is sent only after this stands."""
    return log_opening(resource.file, user, at=at)


def words_of_resource(resource: Resource) -> str:
    """What a search finds it by: title, summary, keywords, number and issuer."""
    said = (resource.title, resource.summary, resource.document_number, resource.issuer, *resource.tags)
    return bigrams("\n".join(said))


def _stored(content: IO[bytes], *, slug: str, name: str, actor: Any, at: datetime) -> PrivateFile:
    return store_file(content, owner=actor, kind=FILE_KIND, reference=slug, name=name, at=at, allowed=ALLOWED)


def _apply(resource: Resource, facts: ResourceFacts) -> None:
    resource.title, resource.kind = clean_text(facts.title), facts.kind
    resource.summary, resource.tags = clean_text(facts.summary), [clean_text(tag) for tag in facts.tags]
    resource.document_number, resource.issuer = facts.document_number.strip(), facts.issuer.strip()
    resource.validity, resource.successor = facts.validity, facts.successor
    resource.repealed_on = facts.repealed_on if facts.validity == Validity.REPEALED else None
    resource.words = words_of_resource(resource)


def _require_sound(resource: Resource | None, facts: ResourceFacts) -> None:
    if facts.validity == Validity.REPEALED and facts.repealed_on is None:
        raise refuse("repealed_without_day", _("Please give the day from which it is no longer in force."), rule="R24")
    if resource is not None and facts.successor is not None and facts.successor.pk == resource.pk:
        raise refuse("own_successor", _("A document cannot replace itself."), rule="R24")


def _summary(resource: Resource) -> dict[str, Any]:
    return {name: str(getattr(resource, name)) for name in SHOWN_BEFORE_AFTER} | {"version": resource.version}
