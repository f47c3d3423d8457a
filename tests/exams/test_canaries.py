"""Keys, weights and explanations never leave the server before results are released: planted words prove it.

Every answer a learner can get from the exams app and the rest of the site is searched, with every static file, the log
and the task payloads.
"""

import io
import json
import logging
import re
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.finders import get_finders
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from lms.exams.models import MarkEntry, PaperKey, Sitting
from lms.exams.services import add_exam, mark_expired, publish_exam, start_sitting
from lms.exams.tokens import sitting_token
from lms.questions.models import ItemVersion
from lms.questions.services import add_item
from tests import factories as base
from tests.exams import factories

pytestmark = pytest.mark.django_db
#: What stands in a key by name, as JSON spells it inside a page or a script.
KEY_NAMES = ('"answer"', "&quot;answer&quot;", '"version"', "&quot;version&quot;", '"explanation"', "explanation&quot;")
POINTS = ("33.37", "0.52")


class Planted:
    """A bank whose explanations carry words found nowhere else, and an exam with points found nowhere else."""

    def __init__(self) -> None:
        now = timezone.now()
        self.term = base.a_term()
        self.words: list[str] = []
        course = base.a_course(self.term.programme, "T1")
        kinds = [("single", 4), ("multiple", 3), ("truefalse", 3)]
        for kind, count in kinds:
            for number in range(count):
                word = f"canary{secrets.token_hex(8)}"
                self.words.append(word)
                body = factories.a_body(number, kind, explanation=word)
                add_item(course, kind, body, difficulty=2, at=now - timedelta(days=30))
        for _number in range(2):
            base.an_enrolment(self.term)
        blueprint = [
            {"course": "T1", "kind": "single", "count": 2, "points": "33.37"},
            {"course": "T1", "kind": "multiple", "count": 1, "points": "32.74"},
            {"kind": "truefalse", "count": 1, "points": "0.52"},
        ]
        values = factories.exam_values(now - timedelta(minutes=10), blueprint=blueprint)
        exam = add_exam(self.term, values, at=now - timedelta(days=2), seed=f"canary{secrets.token_hex(8)}")
        self.exam = publish_exam(exam, at=now - timedelta(days=1))
        self.sitting = factories.a_sitting(self.exam)
        self.words += [self.exam.seed, *Sitting.objects.values_list("seed", flat=True)]
        self.words += [json.dumps(keys) for keys in PaperKey.objects.values_list("keys", flat=True)]

    def leaks(self, text: str) -> list[str]:
        return [word for word in self.words if word in text]


@pytest.fixture
def planted():
    return Planted()


@pytest.fixture
def log():
    """Everything any logger says, whatever its level."""
    text, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(text), root.level
    handler.setFormatter(logging.Formatter("%(name)s %(message)s %(args)s %(exc_info)s"))
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text
    root.removeHandler(handler)
    root.setLevel(level)


class Walk:
    """A learner's client that keeps the text of whatever she was sent, headers and cookies included."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.client.raise_request_exception = False
        self.seen: dict[str, str] = {}

    def get(self, address: str, **more: Any) -> Any:
        return self._keep("GET", address, self.client.get(address, **more))

    def post(self, address: str, data: Any = None, **more: Any) -> Any:
        return self._keep("POST", address, self.client.post(address, data or {}, **more))

    def save(self, sitting: Sitting, answers: Any, **changes: Any) -> Any:
        token = sitting_token(sitting.pk, sitting.owner_id, sitting.epoch)
        body = {"epoch": sitting.epoch, "seq": 1, "answers": answers, "answered": 1, **changes}
        address = reverse("lms_exams:save", args=[sitting.pk])
        head = {"X-Sitting-Token": token}
        return self.post(address, json.dumps(body), content_type="application/json", headers=head)

    def _keep(self, method: str, address: str, response: Any) -> Any:
        body = b"".join(response.streaming_content) if response.streaming else response.content
        text = body.decode("utf-8", "replace") + str(response.headers) + str(response.cookies)
        self.seen[f"{method} {address} {response.status_code} #{len(self.seen)}"] = text
        return response


def test_the_planted_words_are_where_they_belong(planted):
    """Else the search below would prove nothing."""
    bodies = json.dumps(list(ItemVersion.objects.values_list("body", flat=True)), ensure_ascii=False)
    assert sum(word in bodies for word in planted.words) == 10
    assert planted.leaks(f"… {planted.words[0]} …") == [planted.words[0]]
    keys = PaperKey.objects.get(sitting=planted.sitting).keys
    assert {"33.37", "32.74", "0.52"} == {key["points"] for key in keys.values()}


def test_no_answer_of_the_server_tells_a_key_before_release(planted, signed_in, log):
    sitting, exam = planted.sitting, planted.exam
    walk = Walk(signed_in(sitting.owner))
    exam_pages = [reverse("lms_exams:list"), reverse("lms_exams:exam", args=[exam.pk])]
    own_pages = [reverse(f"lms_exams:{name}", args=[sitting.pk]) for name in ("room", "submit", "receipt")]
    others = ["/", "/desk/", "/me/", *(address for address in _addresses_without_parts() if "logout" not in address)]
    for address in [*exam_pages, *own_pages]:
        walk.get(address)
    walk.post(reverse("lms_exams:start", args=[exam.pk]))
    sitting.refresh_from_db()
    for address in [*exam_pages, *own_pages]:
        walk.get(address)
    right = factories.right_answers(sitting)
    assert walk.save(sitting, right).status_code == 200
    assert walk.save(sitting, factories.wrong_answers(sitting)).status_code == 409
    for broken in ({"q1": "x"}, {"q1": [10]}, [], None, {"q9" * 40: [1]}):
        walk.save(sitting, broken, seq=2)
    walk.save(sitting, right, seq=2**40)
    walk.get(reverse("lms_exams:save", args=[sitting.pk]))
    token = {"X-Sitting-Token": sitting_token(sitting.pk, sitting.owner_id, sitting.epoch)}
    assert walk.get(reverse("lms_exams:clock", args=[sitting.pk]), headers=token).status_code == 200
    walk.post(own_pages[0], {"q1": "1", "save": "1"})
    walk.post(own_pages[0], {"q1": "nonsense", "q99": "7", "submit": "1"})
    for address in [*exam_pages, *own_pages]:
        walk.get(address)
    walk.post(own_pages[1])
    assert MarkEntry.objects.filter(sitting=sitting).exists()
    for address in [*exam_pages, *own_pages, *others, "/exams/999999/", "/exams/sittings/999999/", "/no-such-page/"]:
        walk.get(address)
    walk.save(sitting, right, seq=9)
    assert len(walk.seen) > 60
    assert {name: found for name, text in walk.seen.items() if (found := planted.leaks(text))} == {}
    exams_only = {name: text for name, text in walk.seen.items() if "/exams/" in name}
    assert {name for name, text in exams_only.items() if any(word in text for word in KEY_NAMES)} == set()
    assert planted.leaks(log.getvalue()) == []
    assert log.getvalue()


def test_marks_that_were_not_released_are_nowhere_in_the_exams_pages(planted, signed_in):
    """After the deadline the office has marked: the learner reads how many were answered, never what was right."""
    sitting = start_sitting(planted.sitting, at=timezone.now() - timedelta(minutes=9))
    walk = Walk(signed_in(sitting.owner))
    assert walk.save(sitting, factories.right_answers(sitting)).status_code == 200
    over = sitting.deadline + timedelta(seconds=61)
    assert mark_expired(planted.exam, at=over) == 1
    Sitting.objects.filter(pk=sitting.pk).update(
        started_at=timezone.now() - timedelta(hours=3), deadline=timezone.now() - timedelta(hours=1)
    )
    assert str(MarkEntry.objects.get().mark) == "100.00"
    for address in ("lms_exams:list", "lms_exams:room", "lms_exams:receipt"):
        walk.get(reverse(address, args=[] if address == "lms_exams:list" else [sitting.pk]), follow=True)
    assert {name for name, text in walk.seen.items() if planted.leaks(text) or "100.00" in text} == set()


def test_the_paper_a_browser_gets_is_the_same_for_every_key(planted, signed_in):
    """Not one byte of the room depends on what is right: order, markup, sizes."""
    sitting = start_sitting(planted.sitting, at=timezone.now())
    client = signed_in(sitting.owner)
    pages = []
    for answer in ([0], [1], [0, 1, 2]):
        keys = PaperKey.objects.get(sitting=sitting).keys
        PaperKey.objects.filter(sitting=sitting).update(
            keys={name: {**key, "answer": answer} for name, key in keys.items()}
        )
        page = client.get(reverse("lms_exams:room", args=[sitting.pk])).content.decode()
        pages.append(re.sub(r'(data-now|name="csrfmiddlewaretoken" value)="[^"]*"', "", page))
    assert pages[0] == pages[1] == pages[2]


def test_no_static_file_holds_a_key(planted):
    """Nothing drawn for an exam is ever written beside the scripts a browser may load."""
    found = {}
    for finder in get_finders():
        for name, storage in finder.list([]):
            text = Path(storage.path(name)).read_bytes().decode("utf-8", "replace")
            if planted.leaks(text):
                found[name] = planted.leaks(text)
    assert found == {}


def test_a_page_of_an_error_tells_nothing(planted, signed_in, monkeypatch, log):
    """An exam page that breaks in the midst of marking, with the key in its local variables."""
    sitting = start_sitting(planted.sitting, at=timezone.now())

    def broken(sitting: Any, keys: Any, rows: Any) -> Any:
        raise RuntimeError("broken")

    monkeypatch.setattr("lms.exams.services.marking.compute_mark", broken)
    walk = Walk(signed_in(sitting.owner))
    response = walk.post(reverse("lms_exams:submit", args=[sitting.pk]))
    assert response.status_code == 500
    sitting.refresh_from_db()
    assert sitting.submitted_at is None
    assert [planted.leaks(text) for text in walk.seen.values()] == [[]]
    assert "broken" in log.getvalue()
    assert planted.leaks(log.getvalue()) == []


def _addresses_without_parts() -> list[str]:
    """Every address of the site that names no object, the back office left out."""
    found: list[str] = []

    def visit(patterns: Any, before: str) -> None:
        for pattern in patterns:
            path = before + str(pattern.pattern).lstrip("^").rstrip("$").replace("\\Z", "")
            if hasattr(pattern, "url_patterns"):
                visit(pattern.url_patterns, path)
            elif not set(path) & set("<(\\[?*+"):
                found.append(f"/{path}")

    visit(get_resolver().url_patterns, "")
    return sorted({path for path in found if not path.startswith(("/admin/", "/styleguide"))})
