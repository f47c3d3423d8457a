"""Persons and their accounts."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.translation import gettext as _
from pypinyin import Style, lazy_pinyin

from lms.core.audit import record_act, record_acts
from lms.core.exceptions import refuse
from lms.people.models import Person, Unit
from lms.people.rules import IdNumber, clean_name, mask_phone, read_id_number, read_phone
from lms.people.selectors import id_index
from lms.people.signals import person_added

REASON_LENGTH = 4


@dataclass(frozen=True)
class NewPerson:
    """What is known of somebody who gets an account. `id_number` and `phone` as typed or empty."""

    name: str
    id_number: str = ""
    phone: str = ""
    unit: Unit | None = None
    position: str = ""
    username: str = ""


@transaction.atomic
def add_person(
    name: str,
    *,
    id_number: str = "",
    phone: str = "",
    unit: Unit | None = None,
    username: str = "",
    position: str = "",
    actor: Any = None,
) -> Person:
    """A new person with an account that cannot sign in before it is activated.

    Refuses (DomainError) an ID number or phone that another person has: `id_taken`, `phone_taken`.
    Raises `InvalidId` for a wrong number.
    """
    fresh = NewPerson(name=name, id_number=id_number, phone=phone, unit=unit, username=username, position=position)
    return add_people([fresh], actor=actor)[0]


@transaction.atomic
def add_people(fresh: Sequence[NewPerson], *, actor: Any = None) -> list[Person]:
    """New persons with accounts, in the given order, all or none; a handful of statements and one audit line each.

    Refuses `id_taken` and `phone_taken` as `add_person` does. `person_added` is sent for each, inside the transaction.
    """
    identities = [read_id_number(one.id_number) if one.id_number else None for one in fresh]
    _require_free(identities, [one.phone for one in fresh])
    accounts = [_account(one.username) for one in fresh]
    get_user_model().objects.bulk_create(accounts)
    people = Person.objects.bulk_create(
        [_person(one, identity, account) for one, identity, account in zip(fresh, identities, accounts, strict=True)]
    )
    added = [(person, {"name": person.name, "unit": str(person.unit or "")}) for person in people]
    record_acts("lms_people.add", added, actor=actor)
    for person in people:
        person_added.send(Person, person=person)
    return people


@transaction.atomic
def change_person(
    person: Person, *, name: str, phone: str, unit: Unit | None, position: str, actor: Any = None
) -> Person:
    """Correct name, phone, unit and post; before and after go to the audit trail. Refuses `phone_taken`."""
    person = Person.objects.select_for_update().get(pk=person.pk)
    before = _facts(person)
    _require_phone_free(phone, besides=person)
    person.name, person.pinyin = clean_name(name), spell_name(name)
    person.phone, person.unit, person.position = phone or None, unit, position
    person.save(update_fields=["name", "pinyin", "phone", "unit", "position"])
    after = _facts(person)
    if after != before:
        record_act("lms_people.change", person, actor=actor, before=before, after=after)
    return person


@transaction.atomic
def change_phone(person: Person, phone: str, *, actor: Any = None) -> Person:
    """A new mobile number, which is also the login name. Refuses `phone_wrong` and `phone_taken`."""
    number = read_phone(phone)
    if not number:
        raise refuse("phone_wrong", _("This is not a mobile number of 11 digits."))
    person = Person.objects.select_for_update().get(pk=person.pk)
    return change_person(
        person, name=person.name, phone=number, unit=person.unit, position=person.position, actor=actor
    )


@transaction.atomic
def reveal_id_number(person: Person, *, reason: str, actor: Any) -> str:
    """The whole ID number for somebody who says why; the reason goes to the audit trail, the number does not.

    Refuses `reason_missing` and `no_id_number`.
    """
    if len(reason.strip()) < REASON_LENGTH:
        raise refuse("reason_missing", _("Please say in a few words why you need the ID number."))
    if not person.id_number:
        raise refuse("no_id_number", _("No ID number is recorded for this person."))
    record_act("lms_people.reveal_id", person, actor=actor, reason=reason.strip())
    return person.id_number


def spell_name(name: str) -> str:
    """Full pinyin and initials, so that `zhangwei` and `zw` both find 张伟."""
    full = "".join(lazy_pinyin(name))
    initials = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER))
    return f"{full} {initials}"[:200].lower()


def _account(username: str) -> Any:
    account = get_user_model()(username=username or f"u{secrets.token_hex(6)}", is_active=True)
    account.set_unusable_password()
    return account


def _person(fresh: NewPerson, identity: IdNumber | None, account: Any) -> Person:
    return Person(
        user=account,
        name=clean_name(fresh.name),
        pinyin=spell_name(fresh.name),
        id_number=identity.value if identity else "",
        id_index=id_index(identity.value) if identity else None,
        born_on=identity.born_on if identity else None,
        sex=identity.sex if identity else "",
        phone=fresh.phone or None,
        unit=fresh.unit,
        position=fresh.position,
    )


def _facts(person: Person) -> dict[str, str]:
    return {
        "name": person.name,
        "phone": mask_phone(person.phone or ""),
        "unit": str(person.unit or ""),
        "position": person.position,
    }


def _require_free(identities: Sequence[IdNumber | None], phones: Sequence[str]) -> None:
    indexes = [id_index(identity.value) for identity in identities if identity]
    if len(set(indexes)) < len(indexes) or Person.objects.filter(id_index__in=indexes).exists():
        raise refuse("id_taken", _("Another person has this ID number."))
    numbers = [phone for phone in phones if phone]
    if len(set(numbers)) < len(numbers) or Person.objects.filter(phone__in=numbers).exists():
        raise refuse("phone_taken", _("Another person has this mobile number."))


def _require_phone_free(phone: str, *, besides: Person) -> None:
    if phone and Person.objects.filter(phone=phone).exclude(pk=besides.pk).exists():
        raise refuse("phone_taken", _("Another person has this mobile number."))
