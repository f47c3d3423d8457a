"""The same sheet narrowed by a status: every row of the term is looked at, one page of the matches is shown."""

from django.core import signing
from django.db import connection
from django.http import HttpRequest, HttpResponse

from bench.jobs import Call, Job, Plan
from bench.sheets import TERM, full_term


def prepare() -> Plan:
    """Who was ever late, who was ever on leave, who is near the limit; all three look at 36,000 cells."""
    assistant = full_term()
    filters = ("status=late", "status=leave", "limit=near")
    return Plan(
        product=[
            Call(f"/admin/attendance/sheet/?term={TERM}&{found}", headers={"Cookie": assistant.cookie})
            for found in filters
        ],
        floor=[Call("/floor/attendance_sheet_filtered/", headers={"Cookie": f"bench={assistant.token}"})],
    )


def floor_view(request: HttpRequest) -> HttpResponse:
    """What such a filter must read of everybody: credits by learner, and who was late, early or checked once."""
    signing.loads(request.COOKIES["bench"])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT h.enrolment_id, string_agg(h.reference || ':' || h.minutes, ' ') FROM lms_programmes_hourentry h "
            "JOIN lms_programmes_enrolment e ON e.id = h.enrolment_id JOIN lms_programmes_term t ON t.id = e.term_id "
            "WHERE t.code = %s AND h.source = 'attendance.session' GROUP BY 1",
            [TERM],
        )
        credits = cursor.fetchall()
        cursor.execute(
            "SELECT c.enrolment_id, c.session_id FROM lms_attendance_checkentry c "
            "JOIN lms_attendance_session s ON s.id = c.session_id JOIN lms_programmes_term t ON t.id = s.term_id "
            "WHERE t.code = %s GROUP BY c.enrolment_id, c.session_id, s.starts_at, s.ends_at HAVING count(*) < 2 "
            "OR min(c.at) >= s.starts_at + interval '11 minutes' OR max(c.at) <= s.ends_at - interval '1 minute'",
            [TERM],
        )
        odd = cursor.fetchall()
    rows = "".join(f"<tr><td>{seat}</td><td>{line.count(' ') + 1}</td></tr>" for seat, line in credits[:50])
    return HttpResponse(f"<!doctype html><p>{len(odd)}</p><table>{rows}</table>")


JOB = Job(
    "attendance_sheet_filtered",
    "the same sheet, narrowed by a status",
    reach_ms=150,
    prepare=prepare,
    floor_view=floor_view,
    crowds=True,
)
