"""What people agree to, version by version."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from lms.core.audit import record_act
from lms.people.enums import ConsentKind
from lms.people.models import ConsentEntry, ConsentText, Person
from lms.people.selectors import consents_given


@transaction.atomic
def load_consent_texts(texts: Iterable[Mapping[str, Any]], *, at: datetime) -> int:
    """Put texts into force; how many are new. A text that stands already under its version is left as it is.

    Each text has kind, version, title, body and summary_en. A changed text needs a new version.
    """
    added = 0
    for text in texts:
        _held, made = ConsentText.objects.get_or_create(
            kind=ConsentKind(text["kind"]),
            version=int(text["version"]),
            defaults={
                "title": text["title"],
                "body": text["body"].strip(),
                "summary_en": text["summary_en"].strip(),
                "in_force_from": at,
            },
        )
        added += made
    return added


@transaction.atomic
def give_consents(person: Person, texts: Collection[ConsentText], *, at: datetime) -> None:
    """Record that the person agrees to each of these texts; what is agreed already adds nothing."""
    Person.objects.select_for_update().get(pk=person.pk)
    held = {entry.text_id for entry in consents_given(person)}
    for text in texts:
        if text.pk not in held:
            ConsentEntry.objects.create(person=person, text=text, given=True, at=at)


@transaction.atomic
def withdraw_consent(person: Person, kind: ConsentKind, *, at: datetime, actor: Any = None) -> int:
    """Take back every consent of the kind; how many. It holds from now on and does not undo what was done before."""
    Person.objects.select_for_update().get(pk=person.pk)
    held = [entry for entry in consents_given(person) if entry.text.kind == kind]
    for entry in held:
        ConsentEntry.objects.create(person=person, text=entry.text, given=False, at=at)
    if held:
        record_act("lms_people.withdraw_consent", person, actor=actor or person.user, after={"kind": str(kind)})
    return len(held)
