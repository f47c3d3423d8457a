"""The sheet of a term of 1,000 learners × 36 sessions on screen: the page one reaches from the menu."""

from django.core import signing
from django.db import connection
from django.http import HttpRequest, HttpResponse

from bench.jobs import Call, Job, Plan
from bench.sheets import TERM, full_term

PAGES = 20
ROWS = 50


def prepare() -> Plan:
    """Every page of the sheet in turn, as the class assistant."""
    assistant = full_term()
    return Plan(
        product=[
            Call(f"/admin/attendance/sheet/?term={TERM}&page={number}", headers={"Cookie": assistant.cookie})
            for number in range(1, PAGES + 1)
        ],
        floor=[
            Call(f"/floor/attendance_sheet/?page={number}", headers={"Cookie": f"bench={assistant.token}"})
            for number in range(1, PAGES + 1)
        ],
    )


def floor_view(request: HttpRequest) -> HttpResponse:
    """Sessions, the seats of a page, their credits, and who was late, early or checked once: four plain statements.

    Corrections, leave, make-ups and late seats are left out.
    """
    signing.loads(request.COOKIES["bench"])
    page = int(request.GET["page"])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.id, s.starts_at, s.minutes, s.state, c.title FROM lms_attendance_session s "
            "JOIN lms_programmes_term t ON t.id = s.term_id JOIN lms_programmes_course c ON c.id = s.course_id "
            "WHERE t.code = %s AND NOT s.make_up AND s.state <> 'cancelled' ORDER BY s.starts_at",
            [TERM],
        )
        sessions = cursor.fetchall()
        cursor.execute(
            "SELECT e.id, e.number, p.name, g.name FROM lms_programmes_enrolment e "
            "JOIN lms_programmes_term t ON t.id = e.term_id JOIN lms_people_person p ON p.id = e.person_id "
            "LEFT JOIN lms_programmes_classgroup g ON g.id = e.group_id "
            "WHERE t.code = %s AND e.state IN ('active', 'completed') ORDER BY e.number LIMIT %s OFFSET %s",
            [TERM, ROWS, (page - 1) * ROWS],
        )
        seats = cursor.fetchall()
        ids = [seat[0] for seat in seats]
        cursor.execute(
            "SELECT enrolment_id, reference, sum(minutes) FROM lms_programmes_hourentry "
            "WHERE enrolment_id = ANY(%s) AND source = 'attendance.session' GROUP BY 1, 2",
            [ids],
        )
        credits = {(seat, int(session)): minutes for seat, session, minutes in cursor.fetchall()}
        cursor.execute(
            "SELECT c.enrolment_id, c.session_id FROM lms_attendance_checkentry c "
            "JOIN lms_attendance_session s ON s.id = c.session_id WHERE c.enrolment_id = ANY(%s) "
            "GROUP BY c.enrolment_id, c.session_id, s.starts_at, s.ends_at HAVING count(*) < 2 "
            "OR min(c.at) >= s.starts_at + interval '11 minutes' OR max(c.at) <= s.ends_at - interval '1 minute'",
            [ids],
        )
        odd = set(cursor.fetchall())
    heads = "".join(f"<th title='{title}'>{at:%m-%d %H:%M}</th>" for _pk, at, _minutes, _state, title in sessions)
    rows = [_row(seat, sessions, credits, odd) for seat in seats]
    return HttpResponse(f"<!doctype html><table><tr><th>{heads}</tr>{''.join(rows)}</table>")


def _row(
    seat: tuple[int, int, str, str], sessions: list[tuple[int, object, int, str, str]], credits: dict, odd: set
) -> str:
    pk, number, name, group = seat
    earned = held = 0
    cells = []
    for session, _at, minutes, state, _title in sessions:
        if state != "closed":
            cells.append("<td></td>")
            continue
        credited = credits.get((pk, session), 0)
        earned, held = earned + credited, held + minutes
        sign = " class='odd'" if credited < minutes or (pk, session) in odd else ""
        cells.append(f"<td{sign}>{credited / 45:g}</td>")
    return f"<tr><th>{name}</th><td>{number}</td><td>{group}</td><td>{earned} / {held}</td>{''.join(cells)}</tr>"


JOB = Job(
    "attendance_sheet",
    "attendance sheet, 1,000 learners × 36 sessions, a page",
    reach_ms=60,
    prepare=prepare,
    floor_view=floor_view,
    crowds=True,
)
