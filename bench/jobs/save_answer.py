"""A save of one answer in the exam room: always a new number, so every acknowledged request is a row."""

import json
from collections.abc import Sequence

from django.core import signing
from django.db import connection
from django.http import HttpRequest, JsonResponse
from psycopg import Cursor

from bench import exam_papers
from bench.exam_papers import Seat
from bench.jobs import Call, Job, Plan
from bench.seed import TERM, classroom

PRODUCT, FLOOR = "save", "save floor"
SAVES = 300

# Owner, epoch, state and deadline with grace, and the hash chain, as the product guards and chains.
STATEMENT = """
INSERT INTO lms_exams_answerentry (sitting_id, epoch, seq, answers, answered, at, late, prev_hash, hash)
SELECT g.id, g.epoch, %(seq)s, %(answers)s, %(answered)s, g.at, g.late, g.head, encode(sha256(convert_to(
    concat_ws('|', g.head, g.id, g.epoch, %(seq)s::text, (extract(epoch FROM g.at) * 1000000)::bigint, g.late::int,
        %(answered)s::text, %(answers)s::text), 'UTF8')), 'hex')
FROM (
    SELECT s.id, s.epoch, c.at, c.at > s.deadline AS late, COALESCE((
        SELECT e.hash FROM lms_exams_answerentry e WHERE e.sitting_id = s.id ORDER BY e.id DESC LIMIT 1
    ), s.paper_digest) AS head
    FROM lms_exams_sitting s CROSS JOIN (SELECT statement_timestamp() AS at) c
    WHERE s.id = %(sitting)s AND s.owner_id = %(user)s AND s.epoch = %(epoch)s
        AND s.submitted_at IS NULL AND s.deadline >= c.at - interval '60 seconds'
    FOR SHARE OF s
) g
ON CONFLICT (sitting_id, epoch, seq) DO NOTHING
RETURNING at, late, hash
"""


def prepare() -> Plan:
    """2 × 3 exams of 100 learners, each sitting 300 numbers: 90,000 saves for the product and for the floor."""
    cookies = {learner.enrolment_id: learner.cookie for learner in classroom()}
    exam = exam_papers.publish(TERM)
    seats = {}
    for name in (PRODUCT, FLOOR):
        made = exam_papers.copies(exam, name, 3)
        exam_papers.begin(made)
        seats[name] = exam_papers.seats_of(made, cookies)
    numbers = range(1, SAVES + 1)

    def check(acknowledged: int) -> Sequence[str]:
        return [*_missing(PRODUCT, acknowledged), *_missing(FLOOR, 0)]

    return Plan(
        [_save(seat, seq) for seq in numbers for seat in seats[PRODUCT]],
        [exam_papers.floor_call("save_answer", seat, _body(seq)) for seq in numbers for seat in seats[FLOOR]],
        check,
    )


def floor_view(request: HttpRequest) -> JsonResponse:
    """The one guarded statement, prepared by PostgreSQL, and nothing else."""
    message = json.loads(request.body)
    values = exam_papers.floor_names(request) | {
        "epoch": message["epoch"],
        "seq": message["seq"],
        "answered": message["answered"],
        "answers": json.dumps(message["answers"]),
    }
    connection.ensure_connection()
    connection.connection.prepare_threshold = 0  # Django switches preparing off
    row = Cursor(connection.connection).execute(STATEMENT, values, prepare=True).fetchone()
    if row is None:
        return JsonResponse({}, status=409)
    return JsonResponse({"at": row[0].isoformat(), "late": row[1], "receipt": signing.Signer().signature(row[2])})


def _body(seq: int) -> bytes:
    answers = {f"q{seq % exam_papers.QUESTIONS + 1}": [seq % 4]}
    return json.dumps(
        {"epoch": 1, "seq": seq, "answers": answers, "answered": min(seq, exam_papers.QUESTIONS)}
    ).encode()


def _save(seat: Seat, seq: int) -> Call:
    from lms.exams.tokens import sitting_token

    headers = {
        "Cookie": f"{seat.cookie}; csrftoken={exam_papers.CSRF}",
        "Content-Type": "application/json",
        "X-Sitting-Token": sitting_token(seat.pk, seat.owner, 1),
    }
    return Call(f"/exams/sittings/{seat.pk}/save/", "POST", _body(seq), headers)


def _missing(name: str, acknowledged: int) -> list[str]:
    """The calls are taken in turn, so the numbers of each sitting must be an unbroken run from 1 on."""
    from django.db.models import Count, Max

    from lms.exams.models import AnswerEntry

    rows = AnswerEntry.objects.filter(sitting__exam__title=name)
    runs = rows.values("sitting").annotate(rows=Count("pk"), last=Max("seq"))
    problems = []
    if holes := sum(run["last"] - run["rows"] for run in runs):
        problems.append(f"{name}: {holes} saves without a row")
    if (found := rows.count()) < acknowledged:
        problems.append(f"{name}: {acknowledged} acknowledged, {found} rows")
    if any(run["last"] == SAVES for run in runs):
        problems.append(f"{name}: all numbers are used up; repeats were measured too")
    return problems


JOB = Job(
    "save_answer", "save one answer in the exam room", reach_ms=1.1, prepare=prepare, floor_view=floor_view, crowds=True
)
