"""One-time codes with which people whose accounts were made for them set their first password."""

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.core.audit import record_act, record_acts
from lms.core.exceptions import DomainError, refuse
from lms.core.fields import blind_index
from lms.people.conf import people_settings
from lms.people.enums import Role
from lms.people.models import ActivationCode, ActivationSheet, Person
from lms.people.permissions import roles_of
from lms.people.selectors import SheetRow, sheet_rows, staff_among
from lms.people.signals import activation_code_made

CODE_DIGITS = 8
CODE_CONTEXT = "lms_people.activation_code"


@transaction.atomic
def make_activation_code(person: Person, *, at: datetime) -> str:
    """A fresh one-time code of 8 digits; earlier codes of the person end. Shown once, stored as a keyed digest."""
    return _make_codes([person], at=at)[person.pk]


@transaction.atomic
def issue_activation_codes(people: Sequence[Person], *, at: datetime, actor: Any) -> ActivationSheet:
    """Fresh codes for these people on one sheet, which its maker may see and download once.

    Refuses `no_phone` (the phone is the login name) and `staff_account`: only an administrator gives a new way in
    to somebody who holds a role.
    """
    _require_may_issue(people, actor)
    codes = _make_codes(people, at=at)
    rows = [
        {"name": person.name, "unit": str(person.unit or ""), "phone": person.phone, "code": codes[person.pk]}
        for person in people
    ]
    sheet = ActivationSheet.objects.create(
        made_by=actor,
        made_at=at,
        expires_at=at + timedelta(hours=people_settings.SHEET_HOURS),
        count=len(rows),
        rows=json.dumps(rows, ensure_ascii=False),
    )
    record_acts("lms_people.issue_code", [(person, {}) for person in people], actor=actor)
    return sheet


@transaction.atomic
def hand_out_sheet(sheet: ActivationSheet, *, at: datetime) -> list[SheetRow]:
    """The rows of a sheet for its one download; afterwards the sheet is empty. Refuses `sheet_gone`."""
    sheet = ActivationSheet.objects.select_for_update().get(pk=sheet.pk)
    rows = sheet_rows(sheet, at=at)
    if not rows:
        raise refuse("sheet_gone", _("These codes were handed out already. Make new ones from the list of people."))
    sheet.rows, sheet.handed_out_at = "", at
    sheet.save(update_fields=["rows", "handed_out_at"])
    return rows


def activate_account(person: Person, code: str, *, password: str, at: datetime) -> None:
    """Set the password with the activation code. Refuses `code_wrong`, `code_expired`, `code_locked` (5 failures).

    A refusal is counted in a transaction of its own, so that it stays counted.
    """
    with transaction.atomic():
        held = person.activation_codes.select_for_update().filter(used_at=None).order_by("-made_at").first()
        problem = _code_problem(held, person, code, at)
        if problem is None and held is not None:
            person.user.set_password(password)
            person.user.save(update_fields=["password"])
            held.used_at = at
            held.save(update_fields=["used_at"])
            record_act("lms_people.activate", person, actor=person.user)
        elif held is not None and held.failures < people_settings.ACTIVATION_FAILURES:
            held.failures += 1
            held.save(update_fields=["failures"])
    if problem is not None:
        raise problem


def too_many_codes() -> DomainError:
    """The refusal `code_locked`; a number nobody has gets it after as many tries, so that it tells nothing."""
    return refuse("code_locked", _("Too many wrong codes. Ask your class assistant for a new one."))


def _make_codes(people: Sequence[Person], *, at: datetime) -> Mapping[int, str]:
    """Person id -> code; two statements however many people. `activation_code_made` is sent on commit."""
    codes = {person.pk: "".join(secrets.choice("0123456789") for _digit in range(CODE_DIGITS)) for person in people}
    expires_at = at + timedelta(days=people_settings.ACTIVATION_DAYS)
    ActivationCode.objects.filter(person__in=people, used_at=None).delete()
    ActivationCode.objects.bulk_create(
        ActivationCode(person=person, digest=_digest(person, codes[person.pk]), made_at=at, expires_at=expires_at)
        for person in people
    )
    for person in people:
        _announce(person, codes[person.pk], expires_at)
    return codes


def _announce(person: Person, code: str, expires_at: datetime) -> None:
    transaction.on_commit(
        lambda: activation_code_made.send(Person, person=person, code=code, expires_at=expires_at), robust=True
    )


def _require_may_issue(people: Sequence[Person], actor: Any) -> None:
    without = [person.name for person in people if not person.phone]
    if without:
        raise refuse("no_phone", _("Enter a mobile number first: %(names)s.") % {"names": "、".join(without)})
    if Role.ADMINISTRATOR not in roles_of(actor) and staff_among(people):
        raise refuse("staff_account", _("Only an administrator can help somebody who holds a role to sign in."))


def _code_problem(held: ActivationCode | None, person: Person, code: str, at: datetime) -> DomainError | None:
    if held is not None and held.failures >= people_settings.ACTIVATION_FAILURES:
        return too_many_codes()
    if held is None or not secrets.compare_digest(held.digest, _digest(person, code)):
        return refuse("code_wrong", _("The mobile number or the activation code is not right."))
    if held.expires_at <= at:
        return refuse("code_expired", _("This activation code has expired. Ask your class assistant for a new one."))
    return None


def _digest(person: Person, code: str) -> str:
    return blind_index(f"{person.pk}:{code}", context=CODE_CONTEXT)
