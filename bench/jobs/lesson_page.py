"""A learner's lesson page: signed in, the text with its picture, where she stands, what follows."""

import json
from html import escape

from django.core import signing
from django.db import connection
from django.http import HttpRequest, HttpResponse

from bench.jobs import Call, Job, Plan
from bench.seed import classroom


def prepare() -> Plan:
    """The first lesson of the first course, read by everybody."""
    learners = classroom()
    return Plan(
        product=[Call("/courses/T1/lesson-1/", headers={"Cookie": learner.cookie}) for learner in learners],
        floor=[Call("/floor/lesson_page/", headers={"Cookie": f"bench={learner.token}"}) for learner in learners],
    )


def floor_view(request: HttpRequest) -> HttpResponse:
    """Seat and lesson in two plain statements, the blocks joined as text."""
    user = signing.loads(request.COOKIES["bench"])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.id, u.username FROM auth_user u JOIN lms_people_person p ON p.user_id = u.id "
            "JOIN lms_programmes_enrolment e ON e.person_id = p.id WHERE u.id = %s",
            [user],
        )
        enrolment, name = cursor.fetchone()
        cursor.execute(
            "SELECT w.title, l.minutes, l.body, g.completed_at FROM lms_modules_coursepage cp "
            "JOIN lms_programmes_course c ON c.id = cp.course_id JOIN wagtailcore_page r ON r.id = cp.page_ptr_id "
            "JOIN wagtailcore_page w ON w.path LIKE r.path || '____' "
            "JOIN lms_modules_lessonpage l ON l.page_ptr_id = w.id "
            "LEFT JOIN lms_modules_lessonprogress g ON g.lesson_id = w.id AND g.enrolment_id = %s "
            "WHERE c.code = 'T1' AND w.slug = 'lesson-1'",
            [enrolment],
        )
        title, minutes, body, completed_at = cursor.fetchone()
    blocks = json.loads(body) if isinstance(body, str) else body
    text = "".join(f"<div>{escape(str(block['value']))}</div>" for block in blocks)
    return HttpResponse(f"<!doctype html><h1>{title} {minutes} {completed_at} {name}</h1>{text}")


JOB = Job("lesson_page", "lesson page, signed in", reach_ms=10, prepare=prepare, floor_view=floor_view)
