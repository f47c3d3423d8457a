"""A check-in by QR: the tap, with the ticket of a scan, always one that is not on record yet (fresh inserts only)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from psycopg import Cursor

from bench.jobs import Call, Job, Plan
from bench.seed import TERM, SignedIn, classroom

PRODUCT, FLOOR = "check-in", "check-in floor"
SESSIONS = 400
CSRF = "c" * 32
HOUR = timedelta(hours=1)

# The guards of the product on the product's tables: open session, board, doors, live seat, class, account, signed in.
STATEMENT = """
INSERT INTO lms_attendance_checkentry
  (session_id, enrolment_id, kind, at, method, board_id, actor_id, recorded_at, device, code_age_ms, stale_tries)
SELECT s.id, e.id, 'in', %(at)s, 'qr', b.id, p.user_id, %(at)s, '', NULL, 0
FROM lms_attendance_session s
JOIN lms_attendance_board b ON b.session_id = s.id AND b.nonce = %(nonce)s
JOIN lms_programmes_enrolment e ON e.term_id = s.term_id AND e.state IN ('active', 'completed')
JOIN lms_people_person p ON p.id = e.person_id AND p.user_id = %(user)s
JOIN auth_user u ON u.id = p.user_id AND u.is_active
WHERE s.id = %(session)s AND s.state = 'open' AND NOT s.staff_scan_only
  AND s.check_in_from <= %(at)s AND s.ends_at > %(at)s
  AND EXISTS (SELECT 1 FROM django_session d WHERE d.session_key = %(key)s AND d.expire_date > %(at)s)
  AND CASE WHEN s.make_up THEN EXISTS (
         SELECT 1 FROM lms_attendance_makeupseat m
         WHERE m.session_id = s.id AND m.enrolment_id = e.id AND m.withdrawn_at IS NULL)
       ELSE e.group_id IN (SELECT g.classgroup_id FROM lms_attendance_session_groups g WHERE g.session_id = s.id)
         OR NOT EXISTS (SELECT 1 FROM lms_attendance_session_groups g WHERE g.session_id = s.id) END
FOR KEY SHARE OF s
ON CONFLICT (session_id, enrolment_id, kind) DO NOTHING
RETURNING id
"""


@dataclass(frozen=True)
class Pair:
    """A learner who has not checked in at a session; `nonce` is its board's."""

    learner: SignedIn
    user_id: int
    session_id: int
    nonce: str

    @property
    def login(self) -> str:
        """The key of her signed-in session."""
        return self.learner.cookie.partition("=")[2]

    @property
    def key(self) -> tuple[int, int]:
        """How the row is found again."""
        return self.session_id, self.learner.enrolment_id


def prepare() -> Plan:
    """100 learners and 2 × 400 open sessions of their class: 40,000 first taps for the product and for the floor."""
    learners = classroom()
    users = _into_one_class(learners)
    pairs = {
        room: [
            Pair(learner, users[learner.enrolment_id], *found) for found in _open_sessions(room) for learner in learners
        ]
        for room in (PRODUCT, FLOOR)
    }

    def check(acknowledged: int) -> Sequence[str]:
        return [*_missing(PRODUCT, pairs[PRODUCT], acknowledged), *_missing(FLOOR, pairs[FLOOR], 0)]

    return Plan([_tap(pair) for pair in pairs[PRODUCT]], [_floor_tap(pair) for pair in pairs[FLOOR]], check)


def floor_view(request: HttpRequest) -> HttpResponse:
    """The one guarded statement, prepared by PostgreSQL, and nothing else."""
    values = {
        "user": signing.loads(request.COOKIES["bench"]),
        "session": int(request.POST["session"]),
        "nonce": request.POST["nonce"],
        "key": request.POST["key"],
        "at": timezone.now(),
    }
    connection.ensure_connection()
    connection.connection.prepare_threshold = 0  # Django switches preparing off
    row = Cursor(connection.connection).execute(STATEMENT, values, prepare=True).fetchone()
    return HttpResponse(status=303 if row else 409)


def _into_one_class(learners: Sequence[SignedIn]) -> dict[int, int]:
    from lms.programmes.models import ClassGroup, Enrolment, Term

    group, _made = ClassGroup.objects.get_or_create(term=Term.objects.get(code=TERM), code="A", defaults={"name": "A"})
    seats = Enrolment.objects.filter(pk__in=[learner.enrolment_id for learner in learners])
    seats.update(group=group)
    return dict(seats.values_list("pk", "person__user_id"))


def _open_sessions(room: str) -> list[tuple[int, str]]:
    from lms.attendance.models import Board, Session
    from lms.people.models import Person
    from lms.programmes.models import ClassGroup, Course, Term

    term, now = Term.objects.get(code=TERM), timezone.now()
    course = Course.objects.filter(module__programme=term.programme).first()
    group, opener = ClassGroup.objects.get(term=term, code="A"), Person.objects.order_by("pk").first().user
    rows = Session.objects.bulk_create(
        Session(
            term=term,
            course=course,
            room=room,
            state="open",
            starts_at=now + HOUR,
            ends_at=now + 4 * HOUR,
            minutes=180,
            check_in_from=now - HOUR,
            check_out_until=now + 5 * HOUR,
        )
        for _number in range(SESSIONS)
    )
    through: Any = Session.groups.through
    through.objects.bulk_create(through(session_id=row.pk, classgroup_id=group.pk) for row in rows)
    Board.objects.bulk_create(
        Board(session=row, nonce=f"b{row.pk}", opened_by=opener, opened_at=now - HOUR) for row in rows
    )
    return [(row.pk, f"b{row.pk}") for row in rows]


def _tap(pair: Pair) -> Call:
    from lms.attendance.tokens import Scan, Ticket, mark_browser, mark_device, seal_ticket
    from lms.core.conf import core_settings

    key, now = core_settings.CODE_KEY, timezone.now()
    ticket = Ticket(
        Scan(pair.session_id, "in", pair.nonce, now, 1500),
        holder=pair.user_id,
        browser=mark_browser(key, pair.login),
        device=mark_device(key, f"phone of {pair.user_id}"),
        starts=int((now + HOUR).timestamp()),
        ends=int((now + 4 * HOUR).timestamp()),
    )
    cookie = f"{pair.learner.cookie}; csrftoken={CSRF}; lms_device={'d' * 32}"
    return _post("/attendance/check-in/", cookie, ticket=seal_ticket(key, ticket), csrfmiddlewaretoken=CSRF)


def _floor_tap(pair: Pair) -> Call:
    fields = {"session": pair.session_id, "nonce": pair.nonce, "key": pair.login}
    return _post("/floor/check_in/", f"bench={pair.learner.token}", **fields)


def _post(path: str, cookie: str, **fields: object) -> Call:
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    return Call(path, "POST", urlencode(fields).encode(), headers, expect=303)


def _missing(room: str, pairs: Sequence[Pair], acknowledged: int) -> list[str]:
    """The calls are taken in turn, so the rows must be an unbroken run from the first call on."""
    from lms.attendance.models import CheckEntry

    rows = list(CheckEntry.objects.filter(session__room=room).values_list("session_id", "enrolment_id"))
    found = set(rows)
    last = max((place for place, pair in enumerate(pairs) if pair.key in found), default=-1)
    problems = []
    if len(rows) != len(found):
        problems.append(f"{room}: {len(rows) - len(found)} rows too many")
    if holes := sum(pair.key not in found for pair in pairs[: last + 1]):
        problems.append(f"{room}: {holes} check-ins without a row")
    if len(rows) < acknowledged:
        problems.append(f"{room}: {acknowledged} acknowledged, {len(rows)} rows")
    if len(rows) == len(pairs):
        problems.append(f"{room}: all first taps are used up; repeats were measured too")
    return problems


JOB = Job("check_in", "check-in by QR, first taps", reach_ms=1.0, prepare=prepare, floor_view=floor_view, crowds=True)
