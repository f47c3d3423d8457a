"""Starting a sitting: the button of the waiting page, always the first start of a paper drawn before."""

from django.db import connection
from django.http import HttpRequest, HttpResponse

from bench import exam_papers
from bench.jobs import Job, Plan
from bench.seed import TERM, classroom

PRODUCT, FLOOR = "start", "start floor"
PAPERS = {PRODUCT: 80, FLOOR: 200}


def prepare() -> Plan:
    """100 learners with 80 exams each (and 200 for the floor), none of them begun."""
    cookies = {learner.enrolment_id: learner.cookie for learner in classroom()}
    exam = exam_papers.publish(TERM)
    seats = {
        name: exam_papers.seats_of(exam_papers.copies(exam, name, count), cookies) for name, count in PAPERS.items()
    }

    return Plan(
        [exam_papers.press(f"/exams/{seat.exam}/start/", seat) for seat in seats[PRODUCT]],
        [exam_papers.floor_call("start_sitting", seat, b"{}") for seat in seats[FLOOR]],
        _missing,
    )


def floor_view(request: HttpRequest) -> HttpResponse:
    """One conditional UPDATE with window, seat and account in its guard; the paper is read in the same statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE lms_exams_sitting s SET started_at = now(), epoch = 1, "
            "deadline = LEAST(now() + x.duration_minutes * interval '1 minute', x.closes_at) "
            "FROM lms_exams_exam x, lms_programmes_enrolment e, auth_user u "
            "WHERE s.id = %(sitting)s AND s.owner_id = %(user)s AND s.started_at IS NULL AND x.id = s.exam_id "
            "AND x.state = 'published' AND now() BETWEEN x.opens_at AND x.closes_at "
            "AND e.id = s.enrolment_id AND e.ended_at IS NULL AND u.id = s.owner_id AND u.is_active "
            "RETURNING s.deadline, s.paper",
            exam_papers.floor_names(request),
        )
        row = cursor.fetchone()
    return HttpResponse(row[1] if row else "", status=200 if row else 409)


def _missing(acknowledged: int) -> list[str]:
    """Every acknowledged first start has its times and epoch 1; a paper that was begun twice is a mistake."""
    from lms.exams.models import Sitting

    begun = Sitting.objects.filter(exam__title=PRODUCT, started_at__isnull=False)
    problems = []
    if (found := begun.count()) < acknowledged:
        problems.append(f"{acknowledged} starts acknowledged, {found} begun")
    if again := begun.filter(epoch__gt=1).count():
        problems.append(f"all papers are used up; {again} re-entries were measured too")
    return problems


JOB = Job("start_sitting", "start a sitting (50 of 200 questions)", 4, prepare, floor_view, crowds=True)
