"""A learner's desk with every plug-in's cards."""

from django.core import signing
from django.db import connection
from django.http import HttpRequest, HttpResponse

from bench.jobs import Call, Job, Plan
from bench.seed import classroom


def prepare() -> Plan:
    """100 learners of the 2025 programme, each with some lessons finished."""
    learners = classroom()
    return Plan(
        product=[Call("/desk/", headers={"Cookie": learner.cookie}) for learner in learners],
        floor=[Call("/floor/desk/", headers={"Cookie": f"bench={learner.token}"}) for learner in learners],
    )


def floor_view(request: HttpRequest) -> HttpResponse:
    """Seat and term, minutes by kind, the next lesson, open assignments: four plain statements, joined as text."""
    user = signing.loads(request.COOKIES["bench"])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.id, e.term_id, e.number, p.name, t.name, t.starts_on, t.ends_on, g.name "
            "FROM lms_people_person p JOIN lms_programmes_enrolment e ON e.person_id = p.id "
            "JOIN lms_programmes_term t ON t.id = e.term_id JOIN lms_programmes_programme g ON g.id = t.programme_id "
            "WHERE p.user_id = %s",
            [user],
        )
        enrolment, term, *seat = cursor.fetchone()
        cursor.execute(
            "SELECT kind, sum(minutes) FROM lms_programmes_hourentry WHERE enrolment_id = %s GROUP BY kind", [enrolment]
        )
        hours = cursor.fetchall()
        cursor.execute(
            "SELECT w.title, w.slug, l.minutes FROM lms_modules_lessonpage l JOIN wagtailcore_page w "
            "ON w.id = l.page_ptr_id WHERE w.live AND NOT EXISTS (SELECT 1 FROM lms_modules_lessonprogress g "
            "WHERE g.lesson_id = w.id AND g.enrolment_id = %s AND g.completed_at IS NOT NULL) ORDER BY w.path LIMIT 1",
            [enrolment],
        )
        lesson = cursor.fetchone()
        cursor.execute(
            "SELECT a.title, a.due_at FROM lms_modules_assignment a WHERE a.term_id = %s AND a.published "
            "ORDER BY a.due_at",
            [term],
        )
        works = "".join(f"<li>{title} {due}</li>" for title, due in cursor.fetchall())
    return HttpResponse(f"<!doctype html><h1>{seat}</h1><p>{hours}</p><p>{lesson}</p><ul>{works}</ul>")


JOB = Job("desk", "learner's desk, signed in", reach_ms=10, prepare=prepare, floor_view=floor_view)
