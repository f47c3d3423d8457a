"""People, terms and seats for tests, made with plain rows: the shortest true state a test can start from."""

import itertools
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth import get_user_model

from lms.core.fields import blind_index
from lms.people.enums import Role
from lms.people.models import Person, Unit
from lms.people.rules import id_checksum, read_id_number
from lms.people.selectors import ID_CONTEXT
from lms.people.services import role_group, spell_name
from lms.programmes.enums import ModuleKind
from lms.programmes.models import ClassGroup, Course, Enrolment, Module, Programme, Term

ZONE = ZoneInfo("Asia/Shanghai")
_numbers = itertools.count(1)


def a_user(username: str = "", *, roles: tuple[Role, ...] = (), password: str = "", **fields: Any) -> Any:
    user = get_user_model()(username=username or f"user{next(_numbers)}", **fields)
    user.set_password(password) if password else user.set_unusable_password()
    user.save()
    for role in roles:
        user.groups.add(role_group(role))
    return user


def staff(*roles: Role) -> Any:
    return a_user(roles=roles)


def an_id_number(serial: int, *, born_on: date = date(1985, 6, 15)) -> str:
    """A valid number in the unassigned region 999999."""
    body = f"999999{born_on:%Y%m%d}{serial:03d}"
    return body + id_checksum(body)


def a_unit(name: str = "", **fields: Any) -> Unit:
    return Unit.objects.create(name=name or f"测试单位{next(_numbers)}", **fields)


def a_person(name: str = "张伟", *, user: Any = None, id_number: str = "", **fields: Any) -> Person:
    days, serial = divmod(next(_numbers), 1000)
    number = id_number or an_id_number(serial, born_on=date(1980, 1, 1) + timedelta(days=days))
    identity = read_id_number(number)
    return Person.objects.create(
        user=user or a_user(),
        name=name,
        pinyin=spell_name(name),
        id_number=identity.value,
        id_index=blind_index(identity.value, context=ID_CONTEXT),
        born_on=identity.born_on,
        sex=identity.sex,
        **{"phone": f"139{next(_numbers):08d}", **fields},
    )


def a_programme(slug: str = "", **fields: Any) -> Programme:
    """The figures of the notice (RULES.md) unless told otherwise."""
    values = {
        "slug": slug or f"programme-{next(_numbers)}",
        "name": "绩效考核培训",
        "year": 2025,
        "class_hour_minutes": 45,
        "required_offline_minutes": 72 * 45,
        "certificate_minutes": 90 * 45,
        "certificate_online_minutes": 18 * 45,
        "weight_regular": 30,
        "weight_theory": 40,
        "weight_practical": 30,
        "weight_attendance": 40,
        "weight_classroom": 20,
        "weight_assignments": 40,
        "pass_mark": Decimal(60),
        "number_pattern": "XYJX-{year}-{serial:05d}",
        "fee_fen": 180_000,
    }
    return Programme.objects.create(**{**values, **fields})


def a_course(programme: Programme, code: str = "T1", *, kind: ModuleKind = ModuleKind.THEORY, **fields: Any) -> Course:
    module, _made = Module.objects.get_or_create(programme=programme, kind=kind, defaults={"title": kind.label})
    return Course.objects.create(module=module, code=code, title=fields.pop("title", f"课程{code}"), **fields)


def a_term(programme: Programme | None = None, code: str = "", **fields: Any) -> Term:
    """1–31 March 2025 with registration 15 January–15 February (R1) unless told otherwise."""
    values = {
        "programme": programme or a_programme(),
        "code": code or f"term-{next(_numbers)}",
        "name": "2025年春季班",
        "starts_on": date(2025, 3, 1),
        "ends_on": date(2025, 3, 31),
        "registration_opens_on": date(2025, 1, 15),
        "registration_closes_on": date(2025, 2, 15),
        "capacity": 300,
    }
    return Term.objects.create(**{**values, **fields})


def a_group(term: Term, code: str = "A", **fields: Any) -> ClassGroup:
    return ClassGroup.objects.create(
        term=term, code=code, **{"name": f"{code}班", "kind": "机关班", "capacity": 100, **fields}
    )


def an_enrolment(term: Term | None = None, person: Person | None = None, **fields: Any) -> Enrolment:
    term = term or a_term()
    values = {
        "person": person or a_person(),
        "term": term,
        "number": next(_numbers),
        "enrolled_at": datetime(2025, 2, 20, 9, 0, tzinfo=ZONE),
    }
    return Enrolment.objects.create(**{**values, **fields})
