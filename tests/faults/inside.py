"""What the fault tests do inside the site, in a process of its own: `python -m tests.faults.inside VERB < JSON`.

`arrange` makes people and exams, `examine` reads what is stored by the product's own selectors and verifiers.
"""

import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any


def arrange(wanted: dict[str, Any]) -> dict[str, Any]:
    """`{"exams": [name, …], "learners": n}` -> name -> [{sitting, token, cookie, …}], all started."""
    from django.core.management import call_command
    from django.db import transaction
    from django.utils import timezone

    from bench.seed import PROGRAMME, TERM, sign_in
    from lms.exams.models import Sitting
    from lms.exams.services import add_exam, publish_exam, start_sitting
    from lms.exams.simulation import fill_bank, standard_blueprint
    from lms.exams.tokens import sitting_token
    from lms.people.services import add_person
    from lms.programmes.models import Term
    from lms.programmes.services import enrol_person

    now = timezone.now()
    call_command("createcachetable", verbosity=0)
    call_command("load_programme", str(PROGRAMME), verbosity=0, stdout=sys.stderr)
    Term.objects.filter(code=TERM).update(capacity=wanted["learners"])
    term = Term.objects.select_related("programme").get(code=TERM)
    fill_bank(term.programme, at=now)
    cookies: dict[int, str] = {}
    with transaction.atomic():
        for number in range(wanted["learners"]):
            person = add_person(f"测试{number:03d}", phone=f"139{number:08d}")
            seat = enrol_person(person, term, at=now - timedelta(days=1))
            cookies[seat.pk] = sign_in(seat.person.user, seat.pk).cookie
    found = {}
    for name in wanted["exams"]:
        values = {
            "title": name,
            "instructions": "",
            "opens_at": now - timedelta(hours=1),
            "closes_at": now + timedelta(hours=3),
            "duration_minutes": 120,
            "blueprint": standard_blueprint(term.programme),
        }
        exam = publish_exam(add_exam(term, values, at=now, seed=name), at=now)
        sittings = Sitting.objects.filter(exam=exam).select_related("exam__term__programme", "enrolment__person")
        with transaction.atomic():
            started = [start_sitting(sitting, at=now) for sitting in sittings]
        found[name] = [
            {
                "sitting": sitting.pk,
                "exam": exam.pk,
                "epoch": sitting.epoch,
                "token": sitting_token(sitting.pk, sitting.owner_id, sitting.epoch),
                "cookie": cookies[sitting.enrolment_id],
                "questions": [question["id"] for question in json.loads(sitting.paper)["questions"]],
            }
            for sitting in started
        ]
    return found


def examine(asked: dict[str, Any]) -> dict[str, Any]:
    """`{"sittings": [id], "ledger": [receipt]}` -> what the product itself says of them, by the database's clock."""
    from lms.exams.models import AnswerEntry, Sitting
    from lms.exams.selectors import saved_state, server_now, theory_marks, verify_answers, verify_marks
    from lms.exams.tokens import receipt_matches

    now = datetime.fromisoformat(asked["at"]) if asked.get("at") else server_now()
    sittings = list(Sitting.objects.filter(pk__in=asked["sittings"]).select_related("exam__term"))
    marks = theory_marks(sittings[0].exam.term, now)
    return {
        "states": {sitting.pk: sitting.state_at(now) for sitting in sittings},
        "final": {sitting.pk: saved_state(sitting).answers for sitting in sittings},
        "marked": sum(marks[sitting.enrolment_id].value is not None for sitting in sittings),
        "entries": AnswerEntry.objects.filter(sitting__in=sittings).count(),
        "differences": [str(found) for found in [*verify_answers(), *verify_marks()]],
        "forged": [
            receipt
            for receipt in asked["ledger"]
            if not receipt_matches(*(receipt[name] for name in ("receipt", "sitting", "epoch", "seq", "hash")))
        ],
    }


def mark(asked: dict[str, Any]) -> dict[str, Any]:
    """What the worker would do after the deadline, twice."""
    from lms.exams.models import Exam, MarkEntry
    from lms.exams.selectors import server_now
    from lms.exams.services import mark_expired

    exam = Exam.objects.get(pk=asked["exam"])
    return {
        "written": [mark_expired(exam, at=server_now()) for _time in range(2)],
        "rows": MarkEntry.objects.filter(sitting__exam=exam).count(),
    }


VERBS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {"arrange": arrange, "examine": examine, "mark": mark}


if __name__ == "__main__":
    import django

    django.setup()
    json.dump(VERBS[sys.argv[1]](json.load(sys.stdin)), sys.stdout)
