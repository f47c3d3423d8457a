"""The bank, the exam and its papers that the jobs of the exam room share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone

from bench.jobs import Call

QUESTIONS, BANK = 50, 200
CSRF = "c" * 32
BLUEPRINT = [
    {"module": "theory", "kind": "single", "count": 30, "points": "2"},
    {"module": "theory", "kind": "multiple", "count": 10, "points": "2"},
    {"module": "theory", "kind": "truefalse", "count": 10, "points": "2"},
]


@dataclass(frozen=True)
class Seat:
    """One sitting with the session cookie of its owner."""

    pk: int
    exam: int
    owner: int
    cookie: str


def publish(term_code: str, *, minutes: int = 90) -> Any:
    """A published exam, open since ten minutes, 50 questions of 200, a paper for everybody enrolled."""
    from lms.exams.services import add_exam, publish_exam
    from lms.programmes.models import Term

    term, now = Term.objects.get(code=term_code), timezone.now()
    fill_bank(term.programme)
    values = {
        "title": "theory",
        "opens_at": now - timedelta(minutes=10),
        "closes_at": now + timedelta(hours=5),
        "duration_minutes": minutes,
        "late_entry_minutes": None,
        "blueprint": BLUEPRINT,
    }
    exam = add_exam(term, values, at=now - timedelta(days=2), seed="bench")
    return publish_exam(exam, at=now - timedelta(days=1))


def fill_bank(programme: Any) -> None:
    """200 questions of the first theory course, once."""
    from lms.programmes.models import Course
    from lms.questions.models import Item
    from lms.questions.services import add_item

    course = Course.objects.filter(module__programme=programme, module__kind="theory").order_by("pk")[0]
    if Item.objects.filter(course=course).count() >= BANK:
        return
    at = timezone.now() - timedelta(days=30)
    with transaction.atomic():
        for number in range(BANK):
            kind = ("single", "single", "multiple", "truefalse")[number % 4]
            add_item(course, kind, _body(number, kind), difficulty=1 + number % 3, at=at)


def copies(exam: Any, name: str, count: int) -> list[int]:
    """`count` more exams like this one, with the same papers and keys, copied inside the database. Their ids."""
    from lms.exams.models import Exam, Sitting

    fields = [field for field in Exam._meta.local_concrete_fields if not field.primary_key]
    values = {field.attname: getattr(exam, field.attname) for field in fields} | {"title": name}
    made = [row.pk for row in Exam.objects.bulk_create(Exam(**values) for _number in range(count))]
    columns = [f.column for f in Sitting._meta.local_concrete_fields if not f.primary_key and f.column != "exam_id"]
    listed = ", ".join(f'"{column}"' for column in columns)
    taken = ", ".join(f's."{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO lms_exams_sitting (exam_id, {listed}) SELECT e.id, {taken} FROM lms_exams_exam e "
            "CROSS JOIN lms_exams_sitting s WHERE s.exam_id = %s AND e.id = ANY(%s) ORDER BY e.id, s.id",
            [exam.pk, made],
        )
        cursor.execute(
            "INSERT INTO lms_exams_paperkey (sitting_id, keys) SELECT n.id, k.keys FROM lms_exams_sitting n "
            "JOIN lms_exams_sitting s ON s.exam_id = %s AND s.enrolment_id = n.enrolment_id "
            "JOIN lms_exams_paperkey k ON k.sitting_id = s.id WHERE n.exam_id = ANY(%s)",
            [exam.pk, made],
        )
    return made


def seats_of(exams: Sequence[int], cookies: dict[int, str]) -> list[Seat]:
    """The sittings of these exams; `cookies` by enrolment."""
    from lms.exams.models import Sitting

    rows = Sitting.objects.filter(exam_id__in=exams).order_by("exam_id", "pk")
    return [
        Seat(pk, exam, owner, cookies[enrolment])
        for pk, exam, owner, enrolment in rows.values_list("pk", "exam_id", "owner_id", "enrolment_id")
    ]


def begin(exams: Sequence[int]) -> None:
    """Everybody has entered once: 90 minutes from now, epoch 1."""
    from lms.exams.models import Sitting

    now = timezone.now()
    Sitting.objects.filter(exam_id__in=exams).update(started_at=now, deadline=now + timedelta(minutes=90), epoch=1)


def answer(exams: Sequence[int], *, saves: int = 5) -> None:
    """Everybody has answered all 50 questions in `saves` saves, chained as the product chains them."""
    from lms.exams.models import AnswerEntry, Sitting
    from lms.exams.rules import canonical, chain_hash

    now, each, rows = timezone.now(), QUESTIONS // saves, []
    for pk, head in Sitting.objects.filter(exam_id__in=exams).values_list("pk", "paper_digest"):
        for seq in range(1, saves + 1):
            text = canonical({f"q{(seq - 1) * each + place + 1}": [place % 2] for place in range(each)})
            values: dict[str, Any] = {"epoch": 1, "seq": seq, "at": now, "late": False, "answered": seq * each}
            found = chain_hash(head, sitting=pk, answers=text, **values)
            rows.append(AnswerEntry(sitting_id=pk, answers=text, prev_hash=head, hash=found, **values))
            head = found
    AnswerEntry.objects.bulk_create(rows, batch_size=1000)


def press(path: str, seat: Seat) -> Call:
    """A form posted by the owner of the seat, as her browser does; it answers with a redirect."""
    headers = {
        "Cookie": f"{seat.cookie}; csrftoken={CSRF}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return Call(path, "POST", urlencode({"csrfmiddlewaretoken": CSRF}).encode(), headers, expect=302)


def floor_call(name: str, seat: Seat, body: bytes = b"") -> Call:
    """The same to the floor: signed user, no session."""
    headers = {"Cookie": f"bench={signing.dumps(seat.owner)}", "Content-Type": "application/json"}
    return Call(f"/floor/{name}/?sitting={seat.pk}", "POST" if body else "GET", body, headers)


def floor_names(request: HttpRequest) -> dict[str, int]:
    """Who asks, and for which sitting. The body is read: a server hangs up on a request that nobody read to its end."""
    request.body  # noqa: B018
    return {"user": signing.loads(request.COOKIES["bench"]), "sitting": int(request.GET["sitting"])}


def _body(number: int, kind: str) -> dict[str, Any]:
    options = (
        ["正确", "错误"]
        if kind == "truefalse"
        else [f"把绩效目标分解到岗位，并约定第{number}项指标的口径和权重（{letter}）" for letter in "甲乙丙丁"]
    )
    return {
        "stem": f"第{number}题：关于事业单位绩效考核指标的设定，下列说法中哪一项符合本课程的要求？",
        "options": options,
        "answer": [0, 2] if kind == "multiple" else [0],
        "explanation": "",
    }
