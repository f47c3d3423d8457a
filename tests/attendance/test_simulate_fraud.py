"""The simulation: a database of its own, the same play for the same seed, and the shares that are promised."""

import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from lms.attendance.management.fraud.cast import LEARNERS, START, TACTICS
from lms.attendance.management.fraud.figures import shares
from lms.attendance.management.fraud.stage import stage
from lms.attendance.models import Flag
from lms.people.models import Person
from lms.programmes.models import Enrolment

ROOT = Path(__file__).resolve().parents[2]
KEYS = {"learners", "cheaters", "flagged_share", "false_share", "by_tactic"}


def run(*arguments: str) -> list[dict[str, Any]]:
    """The command in a process of its own, as an administrator runs it."""
    found = subprocess.run(
        [sys.executable, "manage.py", "simulate_fraud", "--json", *arguments],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test"},
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in found.stdout.splitlines()]


@pytest.mark.slow
@pytest.mark.skipif(connection.vendor != "sqlite", reason="acts in a database of its own, the same whatever this one")
def test_every_seed_keeps_the_promise() -> None:
    """At least 95 % of the cheats, at most 1 % of the honest. LMS_FRAUD_SEEDS asks for more seeds."""
    plays = run("--runs", os.environ.get("LMS_FRAUD_SEEDS", "2"))
    for play in plays:
        assert play.keys() >= KEYS
        assert (play["learners"], play["cheaters"]) == (300, 30)
        assert play["flagged_share"] >= 0.95, play
        assert play["false_share"] <= 0.01, play
        assert set(play["by_tactic"]) == set(TACTICS)


@pytest.mark.django_db
class TestTheStage:
    def test_the_installation_is_not_touched_and_the_clock_comes_back(self) -> None:
        held, before = connection.settings_dict["NAME"], Person.objects.count()
        with stage(START) as clock:
            assert timezone.now() == START
            assert connection.vendor == "sqlite"
            Person.objects.all().delete()
            clock.now += timedelta(hours=1)
            assert timezone.now() == START + timedelta(hours=1)
        assert connection.settings_dict["NAME"] == held
        assert Person.objects.count() == before
        assert abs(timezone.now().timestamp() - time.time()) < 60

    def test_it_comes_back_after_a_failure_too(self) -> None:
        held = connection.settings_dict["NAME"]
        with pytest.raises(ZeroDivisionError), stage(START):
            _ = 1 / 0
        assert connection.settings_dict["NAME"] == held

    def test_journals_cannot_be_changed_on_the_stage_either(self) -> None:
        table = Flag._meta.db_table
        row = f"INSERT INTO {table} (session_id, enrolment_id, kind, evidence, at) VALUES (1, 1, 'x', '{{}}', '2025')"
        with stage(START), connection.constraint_checks_disabled(), connection.cursor() as cursor:
            cursor.execute("PRAGMA foreign_keys=OFF")
            cursor.execute(row)
            with pytest.raises(DatabaseError):
                cursor.execute(f"UPDATE {table} SET kind = 'y'")

    def test_things_happen_in_order_of_time_and_of_planning(self) -> None:
        said: list[str] = []
        with stage(START) as clock:
            clock.after(20, lambda: said.append("late"))
            clock.after(10, lambda: said.append("first"))
            clock.after(10, lambda: clock.after(5, lambda: said.append("between")))
            clock.follow(iter([]))
            clock.play()
            assert clock.now == START + timedelta(seconds=20)
        assert said == ["first", "between", "late"]


class One:
    """A learner for the arithmetic of shares."""

    def __init__(self, key: int, tactic: str) -> None:
        self.seat, self.tactic = Enrolment(pk=key), tactic


def test_shares_are_of_cheats_and_of_honest_learners() -> None:
    learners = [One(number, TACTICS[number // 6] if number < 30 else "") for number in range(LEARNERS)]
    company: Any = type("Company", (), {"learners": learners})()
    found = shares(company, {*range(27), 100, 101})
    assert found["flagged_share"] == 0.9
    assert found["false_share"] == round(2 / 270, 4)
    assert found["by_tactic"] == {**dict.fromkeys(TACTICS[:4], 1.0), TACTICS[4]: 0.5}
