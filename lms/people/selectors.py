"""Reads about people."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.module_loading import import_string

from lms.core.fields import blind_index
from lms.people.conf import people_settings
from lms.people.enums import ConsentKind, Role
from lms.people.models import ActivationSheet, ConsentEntry, ConsentText, Person
from lms.people.rules import read_id_number

ID_CONTEXT = "lms_people.person.id_number"


def person_of(user: Any) -> Person | None:
    """The person behind a signed-in user, with her unit; kept on the user object for the request."""
    if not user.is_authenticated:
        return None
    if not hasattr(user, "_lms_person"):
        user._lms_person = Person.objects.select_related("unit").filter(user_id=user.pk).first()
    found: Person | None = user._lms_person
    return found


def id_index(id_number: str) -> str:
    """Blind index of an ID number, whatever way it was typed. Raises `InvalidId`."""
    return blind_index(read_id_number(id_number).value, context=ID_CONTEXT)


def find_by_id_number(id_number: str) -> Person | None:
    """The one person with this ID number, or None. Raises `InvalidId`."""
    return Person.objects.filter(id_index=id_index(id_number)).first()


def users_with_role(*roles: Role) -> QuerySet[Any]:
    """Active users who hold any of the roles."""
    from django.contrib.auth import get_user_model

    return get_user_model().objects.filter(is_active=True, groups__name__in=roles).distinct()


def unit_contacts(unit_id: int | None) -> QuerySet[Any]:
    """Active users who speak for this unit: the role of an employing unit, and the unit as their own."""
    return users_with_role(Role.UNIT_CONTACT).filter(person__unit_id=unit_id, person__unit__isnull=False)


def open_to_unit(people: QuerySet[Person], *, at: datetime) -> QuerySet[Person]:
    """Those of `people` whose training their unit may follow: consent to the handling of personal data stands.

    Everybody where the site asks for no such consent.
    """
    if not ConsentText.objects.filter(kind=ConsentKind.PRIVACY, in_force_from__lte=at).exists():
        return people
    later = ConsentEntry.objects.filter(person=OuterRef("person"), text=OuterRef("text"), pk__gt=OuterRef("pk"))
    standing = ConsentEntry.objects.filter(person=OuterRef("pk"), text__kind=ConsentKind.PRIVACY, given=True)
    return people.filter(Exists(standing.filter(~Exists(later))))


@dataclass(frozen=True)
class SheetRow:
    """One line of a sheet of activation codes."""

    name: str
    unit: str
    phone: str
    code: str


def sheet_rows(sheet: ActivationSheet, *, at: datetime) -> list[SheetRow]:
    """The codes on a sheet; none once it was handed out or its time is over."""
    if not sheet.rows or sheet.handed_out_at is not None or at >= sheet.expires_at:
        return []
    return [SheetRow(**row) for row in json.loads(sheet.rows)]


def staff_among(people: Iterable[Person]) -> bool:
    """Whether any of these people holds a role or is a superuser."""
    users = [person.user_id for person in people]
    holds = Q(user__groups__name__in=Role.values) | Q(user__is_superuser=True)
    return Person.objects.filter(holds, user__in=users).exists()


def people_open_to(user: Any) -> QuerySet[Person]:
    """Whom this member of staff answers for, by every scope listed in LMS_PEOPLE_SCOPES; without one, everybody."""
    people = Person.objects.all()
    for path in people_settings.SCOPES:
        people = import_string(path)(user, people)
    return people


def find_people(words: str) -> Q:
    """Name, pinyin (full or initials), unit, or the last four digits of the phone."""
    text = words.strip()
    if text.isdigit() and len(text) == 4:
        return Q(phone__endswith=text)
    return Q(name__icontains=text) | Q(pinyin__icontains=text.lower()) | Q(unit__name__icontains=text)


def texts_in_force(at: datetime) -> list[ConsentText]:
    """The newest version of each kind that is in force."""
    newest: dict[str, ConsentText] = {}
    for text in ConsentText.objects.filter(in_force_from__lte=at).order_by("version"):
        newest[text.kind] = text
    return [newest[kind] for kind in ConsentKind.values if kind in newest]


def consents_given(person: Person) -> list[ConsentEntry]:
    """Consents that stand: given and not withdrawn since, newest version last."""
    latest: dict[int, ConsentEntry] = {}
    for entry in ConsentEntry.objects.filter(person=person).select_related("text").order_by("at", "pk"):
        latest[entry.text_id] = entry
    return sorted((entry for entry in latest.values() if entry.given), key=lambda entry: entry.text.version)


def consents_due(person: Person, *, at: datetime) -> list[ConsentText]:
    """Texts the person must agree to before going on: personal data, and the ID number when one is kept."""
    wanted = {ConsentKind.PRIVACY} | ({ConsentKind.IDENTITY} if person.id_index else set())
    texts = [text for text in texts_in_force(at) if text.kind in wanted]
    if not texts:
        return []
    held = {entry.text_id for entry in consents_given(person)}
    return [text for text in texts if text.pk not in held]
