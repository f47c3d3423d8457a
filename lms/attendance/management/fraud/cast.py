"""Who and where: 300 learners in two classes, their staff, a hall and two rooms, three half-days with five sessions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType

from lms.attendance.models import Room, Session, Timetable
from lms.people.enums import ConsentKind, Role
from lms.people.models import ConsentEntry, ConsentText, Person
from lms.people.services import role_group
from lms.programmes.enums import ModuleKind
from lms.programmes.models import ClassGroup, Course, Enrolment, Module, Programme, Term

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2025, 3, 10, 7, 0, tzinfo=ZONE)
LEARNERS = 300
MINUTE = timedelta(minutes=1)
WALL = 200 * MINUTE
TACTICS = ("relayed_photo", "lent_phone", "shared_login", "early_leave", "forged_request")
EACH = 6
POSITION = (34.32932, 108.70929)
#: Day, hour, minute, rooms (none means the hall with everybody), check-out, minutes of the check during class.
HALF_DAYS = (
    (10, 8, 30, (), True, 0),
    (10, 14, 0, ("301", "302"), False, 4),
    (11, 8, 30, ("301", "302"), True, 4),
)
HALL = "第一报告厅"


@dataclass
class Learner:
    """A person of the play. `tactic` is "" for an honest one; only actors read it."""

    number: int
    user: Any
    seat: Enrolment
    consents: bool
    wifi: bool
    two_apps: bool
    slow: bool
    tactic: str = ""
    partner: "Learner | None" = None


@dataclass
class Company:
    """Everybody and every session."""

    term: Term
    learners: list[Learner]
    sessions: list[Session]
    staff: dict[str, Any]
    groups: dict[str, ClassGroup] = field(default_factory=dict)

    def expected(self, session: Session) -> list[Learner]:
        """Learners of the session's class."""
        wanted = {group.pk for group in session.groups.all()}
        return [one for one in self.learners if not wanted or one.seat.group_id in wanted]


def cast(random: Random) -> Company:
    """Made in bulk with plain rows; nobody has a password."""
    term = _term()
    groups = {code: _group(term, code) for code in "AB"}
    staff = {room: _assistant(room) for room in (HALL, "301", "302")}
    learners = _learners(random, term, list(groups.values()))
    _plant(random, learners)
    _agree(learners)
    return Company(term, learners, _sessions(term, groups), staff, groups)


def _term() -> Term:
    programme = Programme.objects.create(
        slug="play",
        name="演练",
        year=2025,
        class_hour_minutes=45,
        required_offline_minutes=16 * 45,
        certificate_minutes=90 * 45,
        certificate_online_minutes=18 * 45,
        weight_regular=30,
        weight_theory=40,
        weight_practical=30,
        weight_attendance=40,
        weight_classroom=20,
        weight_assignments=40,
        pass_mark=Decimal(60),
        number_pattern="PLAY-{year}-{serial:05d}",
        fee_fen=0,
    )
    term = Term.objects.create(
        programme=programme,
        code="play",
        name="演练班",
        starts_on=date(2025, 3, 1),
        ends_on=date(2025, 3, 31),
        registration_opens_on=date(2025, 1, 15),
        registration_closes_on=date(2025, 2, 15),
        capacity=LEARNERS,
    )
    Timetable.objects.create(term=term, published_at=START - timedelta(days=3))
    for name in (HALL, "301", "302"):
        Room.objects.create(
            name=name,
            latitude=Decimal(str(POSITION[0])),
            longitude=Decimal(str(POSITION[1])),
            networks="10.20.0.0/16",
        )
    return term


def _group(term: Term, code: str) -> ClassGroup:
    return ClassGroup.objects.create(term=term, code=code, name=f"{code}班", kind="机关班", capacity=LEARNERS)


def _assistant(room: str) -> Any:
    user = get_user_model().objects.create(username=f"assistant-{room}")
    group = role_group(Role.ASSISTANT)
    place, _made = ContentType.objects.get_or_create(app_label="wagtailadmin", model="admin")
    access, _made = Permission.objects.get_or_create(content_type=place, codename="access_admin", name="access")
    group.permissions.add(access)
    user.groups.add(group)
    return user


def _learners(random: Random, term: Term, groups: Sequence[ClassGroup]) -> list[Learner]:
    users = get_user_model().objects.bulk_create(
        get_user_model()(username=f"learner{number}") for number in range(LEARNERS)
    )
    people = Person.objects.bulk_create(
        Person(user=user, name=f"学员{number:03d}", pinyin=f"xueyuan{number}") for number, user in enumerate(users)
    )
    seats = Enrolment.objects.bulk_create(
        Enrolment(
            person=person,
            term=term,
            group=groups[number * len(groups) // LEARNERS],
            number=number + 1,
            enrolled_at=START - timedelta(days=10),
        )
        for number, person in enumerate(people)
    )
    return [
        Learner(
            number,
            user,
            seats[number],
            consents=random.random() < 0.3,
            wifi=random.random() < 0.45,
            two_apps=random.random() < 0.12,
            slow=random.random() < 0.08,
        )
        for number, user in enumerate(users)
    ]


def _agree(learners: Sequence[Learner]) -> None:
    text = ConsentText.objects.create(kind=ConsentKind.LOCATION, version=1, title="位置", in_force_from=START)
    ConsentEntry.objects.bulk_create(
        ConsentEntry(person=one.seat.person, text=text, given=True, at=START) for one in learners if one.consents
    )


def _plant(random: Random, learners: Sequence[Learner]) -> None:
    """Six for each tactic: pairs of one class who cover for each other in turn; forgers act alone."""
    half = LEARNERS // 2
    pools = [random.sample(list(learners[:half]), half), random.sample(list(learners[half:]), half)]
    for tactic in TACTICS:
        for number in range(EACH // 2):
            pool = pools[(number + len(tactic)) % 2]
            first, second = pool.pop(), pool.pop()
            for one, other in ((first, second), (second, first)):
                one.tactic = tactic
                one.partner = None if tactic == "forged_request" else other
                # Whoever means to cheat seldom lets her phone say where it is.
                one.consents = one.consents and random.random() < 0.3


def _sessions(term: Term, groups: dict[str, ClassGroup]) -> list[Session]:
    module = Module.objects.create(programme=term.programme, kind=ModuleKind.THEORY, title="理论")
    course = Course.objects.create(module=module, code="T1", title="演练课程")
    made = []
    for day, hour, minute, rooms, check_out, mid in HALF_DAYS:
        starts_at = datetime(2025, 3, day, hour, minute, tzinfo=ZONE)
        for room, code in zip(rooms or (HALL,), "AB", strict=False):
            session = Session.objects.create(
                term=term,
                course=course,
                room=room,
                starts_at=starts_at,
                ends_at=starts_at + WALL,
                minutes=180,
                check_out_required=check_out,
                mid_check_minutes=mid,
                check_in_from=starts_at - 30 * MINUTE,
                check_out_until=starts_at + WALL + 20 * MINUTE,
            )
            if rooms:
                session.groups.add(groups[code])
            made.append(session)
    return made
