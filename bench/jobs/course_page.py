"""A learner's course page: signed in, lessons with her progress, assignments with their state."""

from django.core import signing
from django.db import connection
from django.http import HttpRequest, HttpResponse

from bench.jobs import Call, Job, Plan
from bench.seed import classroom

ROW = "<li><a href='/courses/T1/{}/'>{}</a> {} {}</li>"


def prepare() -> Plan:
    """100 learners of the 2025 programme, each with some lessons finished."""
    learners = classroom()
    return Plan(
        product=[Call("/courses/T1/", headers={"Cookie": learner.cookie}) for learner in learners],
        floor=[Call("/floor/course_page/", headers={"Cookie": f"bench={learner.token}"}) for learner in learners],
    )


def floor_view(request: HttpRequest) -> HttpResponse:
    """The same rows by three plain statements and string joining: user and seat, lessons with progress, assignments."""
    user = signing.loads(request.COOKIES["bench"])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.id, e.term_id, u.username, t.name FROM auth_user u JOIN lms_people_person p ON p.user_id = u.id "
            "JOIN lms_programmes_enrolment e ON e.person_id = p.id JOIN lms_programmes_term t ON t.id = e.term_id "
            "WHERE u.id = %s",
            [user],
        )
        enrolment, term, name, term_name = cursor.fetchone()
        cursor.execute(
            "SELECT w.slug, w.title, l.minutes, g.completed_at FROM lms_modules_coursepage cp "
            "JOIN lms_programmes_course c ON c.id = cp.course_id JOIN wagtailcore_page r ON r.id = cp.page_ptr_id "
            "JOIN wagtailcore_page w ON w.path LIKE r.path || '____' "
            "JOIN lms_modules_lessonpage l ON l.page_ptr_id = w.id "
            "LEFT JOIN lms_modules_lessonprogress g ON g.lesson_id = w.id AND g.enrolment_id = %s "
            "WHERE c.code = 'T1' AND w.live ORDER BY w.path",
            [enrolment],
        )
        lessons = "".join(ROW.format(*row) for row in cursor.fetchall())
        cursor.execute(
            "SELECT a.title, a.due_at, s.at, m.value FROM lms_modules_assignment a "
            "LEFT JOIN lms_modules_submission s ON s.assignment_id = a.id AND s.enrolment_id = %s "
            "LEFT JOIN lms_modules_assignmentmark m ON m.submission_id = s.id WHERE a.term_id = %s AND a.published",
            [enrolment, term],
        )
        works = "".join(ROW.format(*row) for row in cursor.fetchall())
    return HttpResponse(f"<!doctype html><h1>{term_name} {name}</h1><ol>{lessons}</ol><ul>{works}</ul>")


JOB = Job("course_page", "course page, signed in", reach_ms=10, prepare=prepare, floor_view=floor_view)
