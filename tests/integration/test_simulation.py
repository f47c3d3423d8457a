"""A term lived in one command, with every plug-in at once: one seed has one outcome, and the journals prove it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone

from lms.admissions.models import Application
from lms.attendance.models import CheckEntry, ExclusionDecision, Session
from lms.certificates.models import Certificate
from lms.community.models import Post
from lms.core.journals import ForbidChange
from lms.exams.models import Sitting
from lms.fees.models import Order
from lms.grading.selectors import released_results
from lms.people.models import Unit
from lms.programmes.models import Enrolment, HourEntry, Term
from lms.programmes.services import load_programme

pytestmark = pytest.mark.slow
ROOT = Path(settings.BASE_DIR)
TERM, LEARNERS, SEED = "2025-spring", 12, 13
KEYS = (
    *("applied", "admitted", "sessions", "check_ins", "minutes_earned"),
    *("excluded", "sat", "passed", "certificates", "posts"),
)


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is taken back at the end."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def load_content() -> None:
    """The 2025 programme as it ships, with questions, lessons and texts."""
    quiet: dict[str, Any] = {"stdout": StringIO()}
    call_command("load_programme", str(ROOT / "lms/programmes/data/xianyang-2025.toml"), **quiet)
    slug = {"programme": "xianyang-2025", **quiet}
    call_command("load_items", str(ROOT / "lms/questions/data/demo-bank.toml"), **slug)
    call_command("load_lessons", str(ROOT / "lms/modules/data/demo-lessons.toml"), term=[TERM], **slug)


def simulate(seed: int = SEED) -> dict[str, int]:
    out = StringIO()
    call_command("simulate_term", term=TERM, learners=LEARNERS, seed=seed, json=True, stdout=out, stderr=StringIO())
    counts: dict[str, int] = json.loads(out.getvalue())
    return counts


def verify() -> tuple[int, dict[str, list[dict[str, str]]]]:
    """Exit code of verify_journals, and what it names."""
    out, code = StringIO(), 0
    try:
        call_command("verify_journals", json=True, stdout=out)
    except SystemExit as stop:
        code = int(str(stop.code))
    found = json.loads(out.getvalue())
    return code, {path: rows for path, rows in found["verifiers"].items() if rows}


def outcome() -> list[tuple[Any, ...]]:
    """Who learned what, by seat number, without any primary key."""
    totals = dict(HourEntry.objects.values_list("enrolment__number").annotate(total=Sum("minutes")).order_by())
    results = {row.enrolment.number: row.total for row in released_results(term()).select_related("enrolment")}
    return [
        (seat.person.name, seat.number, seat.state, totals.get(seat.number), results.get(seat.number))
        for seat in Enrolment.objects.select_related("person").order_by("number")
    ]


def term() -> Term:
    return Term.objects.get(code=TERM)


@pytest.fixture
def fresh(django_db_setup: Any, django_db_blocker: Any) -> Iterator[Any]:
    """Savepoints of this test alone; the database is as freshly migrated before and after each."""
    with django_db_blocker.unblock():
        yield undone


@pytest.fixture(scope="class")
def lived(django_db_setup: Any, django_db_blocker: Any) -> Iterator[dict[str, int]]:
    """The counts of a term lived once for the tests that only look at it."""
    with django_db_blocker.unblock(), undone():
        load_content()
        yield simulate()


def test_one_seed_has_one_outcome_and_another_seed_another(fresh: Callable[[], Any]) -> None:
    found = []
    for seed in (SEED, SEED, SEED + 1):
        with fresh():
            assert not Enrolment.objects.exists()
            load_content()
            found.append((simulate(seed), outcome()))
    assert found[0] == found[1]
    assert found[0][1] != found[2][1]
    assert found[0][0]["minutes_earned"] != found[2][0]["minutes_earned"]


def test_another_installation_with_other_keys_has_the_same_outcome(fresh: Callable[[], Any], settings: Any) -> None:
    found = []
    for key in ("one-installation-0123456789", "another-installation-987654321"):
        settings.LMS_INDEX_KEY = key
        with fresh():
            load_content()
            found.append((simulate(), outcome(), application_rows()))
    assert found[0] == found[1]


def application_rows() -> list[tuple[Any, ...]]:
    rows = Application.objects.order_by("person__name", "submitted_at")
    return list(
        rows.values_list("person__name", "degree", "appraisals", "grounds", "submitted_at", "enrolment__number")
    )


class TestLived:
    """Each test looks at the same lived term and takes back what it does to it."""

    @pytest.fixture(autouse=True)
    def _savepoint(self, lived: dict[str, int], django_db_blocker: Any) -> Iterator[None]:
        with django_db_blocker.unblock(), undone():
            yield

    def test_the_counts_are_those_of_the_database(self, lived: dict[str, int]) -> None:
        offline = HourEntry.objects.filter(kind="offline").aggregate(total=Sum("minutes"))["total"]
        assert {key: lived[key] for key in KEYS} == {
            "applied": LEARNERS,
            "admitted": Enrolment.objects.filter(term=term()).count(),
            "sessions": Session.objects.filter(term=term(), state="closed", make_up=False).count(),
            "check_ins": CheckEntry.objects.filter(kind="in").count(),
            "minutes_earned": offline,
            "excluded": ExclusionDecision.objects.filter(act="confirmed").count(),
            "sat": Sitting.objects.exclude(started_at=None).count(),
            "passed": released_results(term()).filter(outcome="passed").count(),
            "certificates": Certificate.objects.count(),
            "posts": Post.objects.count(),
        }
        assert lived["sessions"] == 26
        assert 0 < lived["certificates"] == lived["passed"] <= lived["sat"] < LEARNERS
        assert lived["excluded"] == 1

    def test_the_city_pays_its_share_for_city_units_only(self) -> None:
        assert not Unit.objects.filter(level="unset").exists()
        orders = Order.objects.select_related("enrolment__person__unit")
        assert all(
            (order.subsidy_fen == 144_000) == order.enrolment.person.unit.name.startswith("市") for order in orders
        )
        assert {order.subsidy_fen for order in orders} == {0, 144_000}

    def test_a_second_run_adds_nothing(self, lived: dict[str, int]) -> None:
        rows = [CheckEntry, HourEntry, Enrolment, Certificate, Post, Sitting, ExclusionDecision, Order]
        before = [model.objects.count() for model in rows]
        assert simulate() == lived
        assert [model.objects.count() for model in rows] == before

    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            ("class_hour_minutes = 45", "class_hour_minutes = 50", "hours_given"),
            ("required_offline = 72", "required_offline = 70", "closed_hours"),
            ('limit = "1/3"', 'limit = "1/4"', "closed_hours"),
            ("leave_counts = true", "leave_counts = false", "closed_hours"),
            ("late_grace_minutes = 0", "late_grace_minutes = 5", "closed_hours"),
            ("regular = 30\ntheory = 40", "regular = 40\ntheory = 30", "results_released"),
            ("regular_attendance = 40\nregular_classroom = 20", "regular_attendance = 20\nregular_classroom = 40",
             "results_released"),
            ("pass_mark = 60", "pass_mark = 61", "results_released"),
            ("minimum_theory = 0", "minimum_theory = 40", "results_released"),
            ("working_days = 5", "working_days = 3", "appeals_running"),
            ("certificate_online = 18", "certificate_online = 28", "certificates_issued"),
            ('"XYJX-{year}-{serial:05d}"', '"XYJX-{serial:05d}"', "certificates_issued"),
            ("year = 2025", "year = 2026", "certificates_issued"),
            ('minimum_degree = "大专"', 'minimum_degree = "本科"', "applications_decided"),
            ("appraisal_years = 3", "appraisal_years = 2", "applications_decided"),
            ('  "拟晋升职务职级人员",\n', "", "applications_decided"),
            ('authority = "市直"', 'authority = "市级"', "subsidy_used"),
            ("starts_on = 2025-03-01", "starts_on = 2025-03-02", "term_begun"),
            ("ends_on = 2025-03-31", "ends_on = 2025-03-30", "term_begun"),
            ("registration_closes_on = 2025-02-15", "registration_closes_on = 2025-02-14", "term_begun"),
            ("capacity = 300", "capacity = 11", "seats_taken"),
            ('code = "2025-spring"', 'code = "2025-chun"', "term_code_lost"),
            ('code = "C4"', 'code = "C5"', "course_gone"),
        ],
    )  # fmt: skip
    def test_a_figure_that_decided_something_stands(self, old: str, new: str, code: str) -> None:
        text = (ROOT / "lms/programmes/data/xianyang-2025.toml").read_text(encoding="utf-8")
        assert old in text
        text = text.replace(old, new, 1)
        if "certificate_online" in old:
            text = text.replace("certificate_total = 90", "certificate_total = 100")
        if "required_offline" in old:
            text = text.replace("certificate_total = 90", "certificate_total = 88")
        report = load_programme(text, at=timezone.now())
        assert report.outcome == "refused"
        assert code in [refusal.code for refusal in report.refusals]
        assert report.changes

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ('"1800.00"', '"1900.00"'),
            ('rate = "0/100"', 'rate = "30/100"'),
            ("refresh_years = 3", "refresh_years = 4"),
            ("refund_days = 7", "refund_days = 8"),
            ("starts_on = 2025-10-08", "starts_on = 2025-10-09"),
            ("capacity = 300", "capacity = 12"),
        ],
    )
    def test_a_figure_that_is_kept_with_each_decision_may_change(self, old: str, new: str) -> None:
        text = (ROOT / "lms/programmes/data/xianyang-2025.toml").read_text(encoding="utf-8")
        assert old in text
        money = list(Order.objects.order_by("pk").values_list("amount_fen", "subsidy_fen"))
        assert load_programme(text.replace(old, new, 1), at=timezone.now()).outcome == "changed"
        assert verify() == (0, {})
        assert list(Order.objects.order_by("pk").values_list("amount_fen", "subsidy_fen")) == money

    def test_the_journals_agree(self) -> None:
        assert verify() == (0, {})

    @pytest.mark.parametrize(
        ("table", "change", "where", "verifier"),
        [
            ("lms_programmes_hourentry", "SET minutes = minutes + 45", "", "verify_credits"),
            ("lms_exams_markentry", "SET points = points - 1", "", "verify_marks"),
            ("lms_exams_markentry", "SET mark = mark - 1", "", "verify_marks"),
            ("lms_exams_answerentry", "SET answers = 'unreadable'", "", "verify_marks"),
            ("lms_attendance_classroommark", "SET value = value - 1", "", "verify_recorded_marks"),
            ("lms_modules_assignmentmark", "SET value = value - 1", "", "verify_recorded_marks"),
            ("lms_attendance_attendancemark", "SET minutes = minutes - 45", "", "verify_credits"),
            ("lms_exams_practicalmark", "SET value = value - 1", "", "verify_marks"),
            ("lms_fees_moneyentry", "SET fen = fen + 1", "AND kind = 'payment'", "money_differences"),
            ("lms_attendance_checkentry", "", "AND kind = 'in'", "verify_credits"),
            ("lms_exams_answerentry", "SET answers = '{\"q1\":[3]}'", "", "verify_answers"),
            ("lms_grading_resultversion", "SET total = total + 1", "AND outcome = 'passed'", "verify_results"),
            ("lms_certificates_certificateevent", "SET act = 'revoked'", "", "verify_certificates"),
            ("lms_admissions_applicationevent", "SET act = 'rejected'", "AND act = 'admitted'", "application_differ"),
        ],
    )
    def test_a_row_changed_behind_the_triggers_is_named(
        self, table: str, change: str, where: str, verifier: str
    ) -> None:
        """`change` empty: the row is deleted."""
        connection.check_constraints()
        on = f" ON {table}" if connection.vendor == "postgresql" else ""
        verb = f"UPDATE {table} {change}" if change else f"DELETE FROM {table}"
        with connection.cursor() as cursor:
            for event in ("UPDATE", "DELETE"):
                cursor.execute(f"DROP TRIGGER {ForbidChange(table)._name(event)}{on}")
            cursor.execute(f"{verb} WHERE id = (SELECT MIN(id) FROM {table} WHERE 1 = 1 {where})")
            assert cursor.rowcount == 1
        code, found = verify()
        assert code == 1
        [rows] = [rows for path, rows in found.items() if path.rpartition(".")[2].startswith(verifier)]
        assert all(row["where"] and row["expected"] != row["found"] for row in rows)
