"""A simulated term: the same seed has the same outcome; journals are verified."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from lms.people.models import Person
from lms.people.rules import read_id_number
from lms.programmes.enums import HourKind
from lms.programmes.models import Enrolment, HourEntry
from lms.programmes.rules import Difference
from lms.programmes.selectors import ledger_differences
from lms.programmes.services import set_credit
from tests import factories

pytestmark = pytest.mark.django_db
AT = datetime(2025, 3, 10, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(autouse=True)
def alone(settings: Any) -> None:
    settings.LMS_SIMULATION_STEPS = ["lms.programmes.simulation.gather"]
    settings.LMS_JOURNAL_VERIFIERS = ["lms.programmes.selectors.ledger_differences"]


def simulate(capsys: pytest.CaptureFixture[str], term: str, learners: int = 12, seed: int = 7) -> dict[str, Any]:
    call_command("simulate_term", term=term, learners=learners, seed=seed, json=True)
    counts: dict[str, Any] = json.loads(capsys.readouterr().out)
    return counts


def gathered() -> list[tuple[Any, ...]]:
    rows = Enrolment.objects.order_by("number")
    return list(rows.values_list("person__name", "person__unit__name", "person__born_on", "number", "group__code"))


def test_the_same_seed_gathers_the_same_people_once(capsys: pytest.CaptureFixture[str]) -> None:
    term = factories.a_term(code="t")
    for code in ("A", "B"):
        factories.a_group(term, code)
    first = simulate(capsys, "t")
    people = gathered()
    again = simulate(capsys, "t")
    assert first == again == {"applied": 12, "admitted": 12}
    assert gathered() == people
    assert [row[4] for row in people] == ["A", "B"] * 6
    assert Person.objects.count() == 12


def test_another_seed_gathers_others(capsys: pytest.CaptureFixture[str]) -> None:
    factories.a_term(code="t")
    simulate(capsys, "t", seed=7)
    simulate(capsys, "t", seed=8)
    assert Person.objects.count() == 24


def test_invented_people_have_valid_numbers_of_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    factories.a_term(code="t")
    simulate(capsys, "t")
    for person in Person.objects.all():
        assert read_id_number(person.id_number).value.startswith("999999")
        assert not person.user.has_usable_password()


def test_a_full_term_admits_only_as_many_as_it_has_seats(capsys: pytest.CaptureFixture[str]) -> None:
    factories.a_group(factories.a_term(code="t", capacity=5), capacity=3)
    counts = simulate(capsys, "t")
    assert (counts["applied"], counts["admitted"]) == (12, 5)
    assert Enrolment.objects.filter(group=None).count() == 2


def test_a_wrong_use_is_named() -> None:
    factories.a_term(code="t")
    for term, learners in (("none", 1), ("t", 0), ("t", -1)):
        options = {"term": term, "learners": learners, "seed": 1}
        with pytest.raises(CommandError) as stop:
            call_command("simulate_term", **options)
        assert stop.value.returncode == 2


def test_journals_that_agree_and_journals_that_do_not(capsys: pytest.CaptureFixture[str], settings: Any) -> None:
    call_command("verify_journals", json=True)
    assert json.loads(capsys.readouterr().out)["outcome"] == "equal"
    settings.LMS_JOURNAL_VERIFIERS = [f"{__name__}.find_one"]
    with pytest.raises(SystemExit) as stop:
        call_command("verify_journals", json=True)
    assert stop.value.code == 1
    found = json.loads(capsys.readouterr().out)
    assert found["verifiers"] == {f"{__name__}.find_one": [{"where": "row 1", "expected": "45", "found": "90"}]}


def test_a_verifier_that_breaks_is_no_success(capsys: pytest.CaptureFixture[str], settings: Any) -> None:
    for paths, code, outcome in (
        ([f"{__name__}.find_none", f"{__name__}.break_at_once"], 2, "failed"),
        ([f"{__name__}.find_none", "lms.nowhere.verify"], 2, "failed"),
        ([f"{__name__}.break_at_once", f"{__name__}.find_one"], 1, "different"),
        ([f"{__name__}.find_one_and_break"], 1, "different"),
    ):
        settings.LMS_JOURNAL_VERIFIERS = paths
        with pytest.raises(SystemExit) as stop:
            call_command("verify_journals", json=True)
        assert stop.value.code == code
        found = json.loads(capsys.readouterr().out)
        assert found["outcome"] == outcome
        assert len(found["failures"]) == 1
    settings.LMS_JOURNAL_VERIFIERS = []
    with pytest.raises(CommandError) as refused:
        call_command("verify_journals", json=True)
    assert refused.value.returncode == 2


def find_none() -> list[Difference]:
    return []


def break_at_once() -> list[Difference]:
    raise KeyError("unrelated")


def find_one_and_break() -> Iterator[Difference]:
    yield Difference("row 1", "45", "90")
    raise ValueError("unreadable")


def find_one() -> list[Difference]:
    return [Difference("row 1", "45", "90")]


def test_the_ledger_verifier_names_gaps_and_negative_balances() -> None:
    enrolment = factories.an_enrolment()
    about = {"kind": HourKind.OFFLINE, "source": "test", "earned_on": date(2025, 3, 3), "at": AT}
    set_credit(enrolment, 90, reference="right", **about)
    set_credit(enrolment, 45, reference="right", **about)
    assert list(ledger_differences()) == []
    row = {
        "enrolment": enrolment,
        "kind": "offline",
        "source": "test",
        "earned_on": date(2025, 3, 3),
        "recorded_at": AT,
    }
    HourEntry.objects.create(**row, reference="gap", revision=2, minutes=45)
    HourEntry.objects.create(**row, reference="less", revision=1, minutes=-45)
    assert {(found.expected, found.found) for found in ledger_differences()} == {
        ("revisions 1–1", "1 rows numbered 2–2"),
        ("0 minutes or more", "-45 minutes"),
    }
