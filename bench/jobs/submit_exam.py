"""Handing in: the sitting is closed and its 50 objective questions are marked, always for the first time."""

import json

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

from bench import exam_papers
from bench.jobs import Job, Plan
from bench.seed import TERM, classroom

PRODUCT, FLOOR = "submit", "submit floor"
PAPERS = {PRODUCT: 60, FLOOR: 120}


def prepare() -> Plan:
    """100 learners with 60 running sittings each (and 120 for the floor), all questions answered in five saves."""
    cookies = {learner.enrolment_id: learner.cookie for learner in classroom()}
    exam = exam_papers.publish(TERM)
    seats = {}
    for name, count in PAPERS.items():
        made = exam_papers.copies(exam, name, count)
        exam_papers.begin(made)
        exam_papers.answer(made)
        seats[name] = exam_papers.seats_of(made, cookies)

    return Plan(
        [exam_papers.press(f"/exams/sittings/{seat.pk}/submit/", seat) for seat in seats[PRODUCT]],
        [exam_papers.floor_call("submit_exam", seat, b"{}") for seat in seats[FLOOR]],
        _missing,
    )


def floor_view(request: HttpRequest) -> HttpResponse:
    """Close, read key and journal, add up, and write the mark: three plain statements in one transaction."""
    names = exam_papers.floor_names(request)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE lms_exams_sitting s SET submitted_at = now() FROM lms_exams_paperkey k WHERE s.id = %(sitting)s "
            "AND s.owner_id = %(user)s AND s.submitted_at IS NULL AND s.deadline >= now() AND k.sitting_id = s.id "
            "RETURNING k.keys, s.paper_digest",
            names,
        )
        found = cursor.fetchone()
        if found is None:
            return HttpResponse(status=409)
        cursor.execute(
            "SELECT answers, hash FROM lms_exams_answerentry WHERE sitting_id = %(sitting)s ORDER BY id", names
        )
        chosen, head = {}, found[1]
        for text, last in cursor.fetchall():
            chosen.update(json.loads(text))
            head = last
        keys = json.loads(found[0]) if isinstance(found[0], str) else found[0]
        points = sum(float(key["points"]) for name, key in keys.items() if chosen.get(name) == key["answer"])
        cursor.execute(
            "INSERT INTO lms_exams_markentry (sitting_id, revision, points, maximum, mark, details, head_hash, method, "
            "reason, at) VALUES (%s, 1, %s, 100, %s, '[]', %s, 'automatic', '', now())",
            [names["sitting"], points, points, head],
        )
    return HttpResponse(str(points))


def _missing(acknowledged: int) -> list[str]:
    """Every acknowledged submission is closed and has exactly one mark, the right one."""
    from lms.exams.models import MarkEntry, Sitting

    closed = Sitting.objects.filter(exam__title=PRODUCT, submitted_at__isnull=False)
    marks = MarkEntry.objects.filter(sitting__exam__title=PRODUCT)
    problems = []
    if (found := closed.count()) < acknowledged:
        problems.append(f"{acknowledged} submissions acknowledged, {found} closed")
    if (rows := marks.count()) != found:
        problems.append(f"{found} closed, {rows} marks")
    if found == PAPERS[PRODUCT] * 100:
        problems.append("all sittings are used up; repeats were measured too")
    return problems


JOB = Job("submit_exam", "submit and mark 50 objective questions", 4, prepare, floor_view, crowds=True)
