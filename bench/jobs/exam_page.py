"""The exam room: the page with all 50 questions, some answered already."""

import json
from html import escape

from django.core import signing
from django.db import connection
from django.http import HttpRequest, HttpResponse

from bench import exam_papers
from bench.jobs import Call, Job, Plan
from bench.seed import TERM, classroom


def prepare() -> Plan:
    """100 learners in the room, all with saved answers."""
    cookies = {learner.enrolment_id: learner.cookie for learner in classroom()}
    made = exam_papers.copies(exam_papers.publish(TERM), "page", 1)
    exam_papers.begin(made)
    exam_papers.answer(made)
    seats = exam_papers.seats_of(made, cookies)
    return Plan(
        [Call(f"/exams/sittings/{seat.pk}/", headers={"Cookie": seat.cookie}) for seat in seats],
        [exam_papers.floor_call("exam_page", seat) for seat in seats],
    )


def floor_view(request: HttpRequest) -> HttpResponse:
    """The paper and the journal in two plain statements, the questions joined as text."""
    names = exam_papers.floor_names(request)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.paper, s.deadline, x.title FROM lms_exams_sitting s JOIN lms_exams_exam x ON x.id = s.exam_id "
            "WHERE s.id = %(sitting)s AND s.owner_id = %(user)s AND s.submitted_at IS NULL AND s.deadline > now()",
            names,
        )
        paper, deadline, title = cursor.fetchone()
        cursor.execute("SELECT answers FROM lms_exams_answerentry WHERE sitting_id = %(sitting)s ORDER BY id", names)
        chosen: dict[str, list[int]] = {}
        for (text,) in cursor.fetchall():
            chosen.update(json.loads(text))
    questions = "".join(
        _question(question, chosen.get(question["id"], [])) for question in json.loads(paper)["questions"]
    )
    token = signing.Signer().signature(str(names))
    return HttpResponse(
        f"<!doctype html><h1>{escape(title)} {deadline}</h1><form data-token={token}>{questions}</form>"
    )


def _question(question: dict[str, object], chosen: list[int]) -> str:
    name, options = question["id"], question["options"]
    rows = "".join(
        f"<label><input type=radio name={name} value={place}{' checked' * (place in chosen)}>{escape(text)}</label>"
        for place, text in enumerate(options)  # type: ignore[arg-type, var-annotated]
    )
    return f"<fieldset><legend>{escape(str(question['stem']))}</legend>{rows}</fieldset>"


JOB = Job("exam_page", "exam room with 50 questions", reach_ms=6, prepare=prepare, floor_view=floor_view, crowds=True)
