"""The class, its session and the board, made through the services the screens use; what is in the database after."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from bench.attendance.phones import Learner
from bench.attendance.scenarios import Scenario

PROGRAMME = Path(__file__).resolve().parents[2] / "lms/programmes/data/xianyang-2025.toml"
TERM = "2025-spring"


def gather(count: int) -> list[Learner]:
    """So many learners of one term, each signed in on a phone of her own."""
    from django.core.management import call_command
    from django.db import transaction
    from django.utils import timezone

    from lms.people.services import add_person
    from lms.programmes.models import Term
    from lms.programmes.services import enrol_person

    call_command("load_programme", str(PROGRAMME), verbosity=0, stdout=StringIO())
    Term.objects.filter(code=TERM).update(capacity=count)
    term = Term.objects.get(code=TERM)
    with transaction.atomic():
        people = [add_person(f"学员{number:04d}", phone=f"138{number:08d}") for number in range(count)]
        seats = [enrol_person(person, term, at=timezone.now() - timedelta(days=1)) for person in people]
        return [Learner(seat.pk, _sign_in(seat.person.user)) for seat in seats]


def open_session(scenario: Scenario) -> tuple[Any, Callable[[], str]]:
    """A session under way and what its board shows now: the address in the QR code."""
    from django.urls import reverse
    from django.utils import timezone

    from lms.attendance.conf import attendance_settings
    from lms.attendance.models import Session
    from lms.attendance.services import open_board
    from lms.attendance.tokens import board_code
    from lms.core.conf import core_settings
    from lms.people.models import Person
    from lms.programmes.models import Course, Term

    term, now, hour = Term.objects.get(code=TERM), timezone.now(), timedelta(hours=1)
    session = Session.objects.create(
        term=term,
        course=Course.objects.filter(module__programme=term.programme).order_by("pk")[0],
        room=scenario.name,
        starts_at=now + hour,
        ends_at=now + 4 * hour,
        minutes=180,
        check_in_from=now - hour,
        check_out_until=now + 5 * hour,
    )
    opener = Person.objects.order_by("pk")[0].user
    board = open_board(session, at=now, actor=opener)

    def shown() -> str:
        moment, seconds = timezone.now(), attendance_settings.CODE_SECONDS
        code = board_code(core_settings.CODE_KEY, session.pk, "in", board.nonce, at=moment, seconds=seconds)
        return reverse("lms_attendance:scan", args=[code])

    return session, shown


def entries_of(session: Any) -> Sequence[tuple[int, str]]:
    """(seat, moment) of every row of the session."""
    from lms.attendance.models import CheckEntry

    rows = CheckEntry.objects.filter(session=session).values_list("enrolment_id", "at")
    return [(seat, at.isoformat()) for seat, at in rows]


def _sign_in(user: Any) -> str:
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
