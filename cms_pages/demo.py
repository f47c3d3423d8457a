"""The demo sign-ins of the reference site: who they are and what can be tried as them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet, Sum

from lms.attendance.enums import SessionState
from lms.attendance.models import CheckEntry
from lms.attendance.selectors.sheets import exclusions_in_force
from lms.people.enums import Role
from lms.programmes.enums import EnrolmentState
from lms.programmes.models import Enrolment

DEMO_PASSWORD = "xy-demo-2025"  # noqa: S105


@dataclass(frozen=True)
class StaffLogin:
    """A sign-in of the back office."""

    username: str
    name: str
    note: str
    roles: tuple[Role, ...] = ()
    superuser: bool = False


@dataclass(frozen=True)
class LearnerLogin:
    """A sign-in of a simulated learner, chosen by what became of her."""

    username: str
    term: str
    note: str
    choose: Callable[[QuerySet[Enrolment], datetime], Enrolment | None]


def _excluded(seats: QuerySet[Enrolment]) -> set[int]:
    terms = {seat.term for seat in seats.select_related("term")}
    return {pk for term in terms for pk in exclusions_in_force(term)}


def _first_active(seats: QuerySet[Enrolment], at: datetime) -> Enrolment | None:
    """Somebody diligent who has not come through the door of the running session yet."""
    present = CheckEntry.objects.filter(session__state=SessionState.OPEN).values("enrolment_id")
    active = seats.filter(state=EnrolmentState.ACTIVE).exclude(pk__in=_excluded(seats))
    earned = active.annotate(earned=Sum("hour_entries__minutes")).order_by("-earned", "pk")
    return earned.exclude(pk__in=present).first() or earned.first()


def _first_excluded(seats: QuerySet[Enrolment], at: datetime) -> Enrolment | None:
    return seats.filter(pk__in=_excluded(seats)).first()


def _first_completed(seats: QuerySet[Enrolment], at: datetime) -> Enrolment | None:
    return seats.filter(state=EnrolmentState.COMPLETED).first()


STAFF = (
    StaffLogin("admin", "系统管理员", "everything", superuser=True),
    StaffLogin("assistant", "陈老师", "class assistant: class lists, sessions, check-in", (Role.ASSISTANT,)),
    StaffLogin("instructor", "李教授", "instructor: lessons, assignments", (Role.INSTRUCTOR,)),
    StaffLogin("examiner", "周考官", "examiner: questions, exams, practical marks, results", (Role.EXAMINER,)),
    StaffLogin("reviewer", "刘审核", "reviewer: admission", (Role.REVIEWER,)),
    StaffLogin("finance", "吴会计", "finance officer: fees", (Role.FINANCE,)),
    StaffLogin("expert", "孙专家", "policy expert: consulting", (Role.EXPERT,)),
    StaffLogin("supervisor", "赵处长", "supervising department: reports", (Role.SUPERVISOR,)),
)
LEARNERS = (
    LearnerLogin("alumnus", "2025-autumn", "alumnus with a certificate", _first_completed),
    LearnerLogin("absentee", "demo", "learner over the limit of absence (R12)", _first_excluded),
    LearnerLogin("learner2", "demo", "another learner of the running term", _first_active),
    LearnerLogin("learner", "demo", "learner of the running term", _first_active),
)
