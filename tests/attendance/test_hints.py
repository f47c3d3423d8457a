"""Hints of place: off by default, only with consent, only in or out and a rounded distance, only for a time."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from lms.attendance.enums import CheckKind, CheckMethod
from lms.attendance.models import CheckEntry, PlaceHint, Room
from lms.attendance.selectors.evidence import read_journals
from lms.attendance.services.hints import Whereabouts, agree_to_hints, forget_hints, keep_hints, stop_hints
from lms.people.enums import ConsentKind
from lms.people.models import ConsentEntry, ConsentText
from tests import factories
from tests.attendance.factories import a_learner, a_session, a_timetable, at

pytestmark = pytest.mark.django_db
ROOM = (34.32932, 108.70929)
NEAR, FAR = (34.33001, 108.70935), (34.36123, 108.74567)
NOW = at(10, "08:20")


@pytest.fixture
def entry(settings: Any) -> CheckEntry:
    settings.LMS_ATTENDANCE_LAYERS = ("relayed", "network", "place")
    ConsentText.objects.create(kind=ConsentKind.LOCATION, version=1, title="位置", body="…", in_force_from=at(1))
    Room.objects.create(
        name="301", latitude=Decimal(str(ROOM[0])), longitude=Decimal(str(ROOM[1])), networks="10.20.0.0/16"
    )
    term = a_timetable().term
    seat = a_learner(term)
    agree_to_hints(seat.person, at=at(9))
    return CheckEntry.objects.create(
        session=a_session(term),
        enrolment=seat,
        kind=CheckKind.IN,
        at=NOW,
        method=CheckMethod.QR,
        actor=seat.person.user,
        recorded_at=NOW,
    )


def kept() -> list[tuple[str, bool, int | None]]:
    return list(PlaceHint.objects.order_by("source").values_list("source", "inside", "distance_metres"))


@pytest.mark.parametrize(
    ("whereabouts", "expected"),
    [
        (Whereabouts("10.20.1.1", NEAR), [("network", True, None), ("place", True, 100)]),
        (Whereabouts("192.0.2.1", FAR), [("network", False, None), ("place", False, 4900)]),
        (Whereabouts("10.20.1.1"), [("network", True, None)]),
        (Whereabouts("", NEAR), [("place", True, 100)]),
        (Whereabouts("", (float("nan"), 0.0)), []),
        (Whereabouts("", (34.0, 1080.0)), []),
    ],
)
def test_only_in_or_out_and_a_rounded_distance_are_kept(
    entry: CheckEntry, whereabouts: Whereabouts, expected: Any
) -> None:
    keep_hints(entry, whereabouts, at=NOW)
    assert kept() == expected


@time_machine.travel(NOW, tick=False)
def test_no_coordinate_and_no_address_is_anywhere_in_the_database(entry: CheckEntry, client: Client) -> None:
    client.force_login(entry.enrolment.person.user)
    address = reverse("lms_attendance:hint", args=[entry.session_id, "in"])
    sent = {"latitude": str(FAR[0]), "longitude": str(FAR[1])}
    answer = client.post(address, sent, REMOTE_ADDR="198.51.100.77")
    assert (answer.status_code, answer.content) == (204, b"")
    assert PlaceHint.objects.count() == 2
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            text = str(cursor.fetchall())
        for secret in (*(f"{degrees:.3f}"[:-1] for degrees in FAR), "198.51.100.77"):
            assert secret not in text, table


@pytest.mark.parametrize("layers", [(), ("relayed",), ("headcount",)])
def test_with_the_layers_off_nothing_is_kept(entry: CheckEntry, settings: Any, layers: tuple[str, ...]) -> None:
    settings.LMS_ATTENDANCE_LAYERS = layers
    assert keep_hints(entry, Whereabouts("10.20.1.1", NEAR), at=NOW) == 0


def test_a_hint_that_comes_later_is_not_kept(entry: CheckEntry) -> None:
    assert keep_hints(entry, Whereabouts("10.20.1.1", FAR), at=NOW + timedelta(minutes=11)) == 0


def test_one_layer_alone_keeps_only_its_own(entry: CheckEntry, settings: Any) -> None:
    settings.LMS_ATTENDANCE_LAYERS = ("network",)
    keep_hints(entry, Whereabouts("10.20.1.1", NEAR), at=NOW)
    assert kept() == [("network", True, None)]


def test_without_consent_nothing_is_kept_and_the_check_stands(entry: CheckEntry, client: Client) -> None:
    person = entry.enrolment.person
    stop_hints(person, at=NOW, actor=person.user)
    client.force_login(person.user)
    address = reverse("lms_attendance:hint", args=[entry.session_id, "in"])
    assert client.post(address, {"latitude": "34.3", "longitude": "108.7"}).status_code == 204
    assert not PlaceHint.objects.exists()
    assert CheckEntry.objects.filter(pk=entry.pk).exists()


def test_stopping_deletes_what_was_kept(entry: CheckEntry) -> None:
    person = entry.enrolment.person
    keep_hints(entry, Whereabouts("10.20.1.1", NEAR), at=NOW)
    assert stop_hints(person, at=NOW, actor=person.user) == 2
    assert not PlaceHint.objects.exists()
    assert [row.given for row in ConsentEntry.objects.order_by("pk")] == [True, False]


def test_a_repeat_keeps_the_first_answer(entry: CheckEntry) -> None:
    keep_hints(entry, Whereabouts("", FAR), at=NOW)
    keep_hints(entry, Whereabouts("", NEAR), at=NOW)
    assert kept() == [("place", False, 4900)]


def test_after_thirty_days_a_hint_is_ignored_and_then_deleted(entry: CheckEntry) -> None:
    keep_hints(entry, Whereabouts("", FAR), at=NOW)
    within, over = NOW + timedelta(days=30), NOW + timedelta(days=30, seconds=1)
    assert len(read_journals(entry.session, at=within).hints) == 1
    assert read_journals(entry.session, at=over).hints == []
    assert forget_hints(at=within) == 0
    assert forget_hints(at=over) == 1


def test_the_daily_command_says_how_many(entry: CheckEntry, capsys: Any) -> None:
    keep_hints(entry, Whereabouts("", FAR), at=NOW)
    call_command("forget_place_hints")
    assert capsys.readouterr().out == "1 hints older than 30 days deleted.\n"
    assert not PlaceHint.objects.exists()


def test_the_hint_of_another_learner_cannot_be_sent(entry: CheckEntry, client: Client) -> None:
    client.force_login(a_learner(entry.session.term).person.user)
    address = reverse("lms_attendance:hint", args=[entry.session_id, "in"])
    assert client.post(address, {"latitude": "34.3", "longitude": "108.7"}).status_code == 404
    assert not PlaceHint.objects.exists()


class TestConsentOnThePage:
    def test_the_card_is_there_only_while_a_layer_is_on(self, entry: CheckEntry, client: Client, settings: Any) -> None:
        client.force_login(entry.enrolment.person.user)
        address = reverse("lms_attendance:hint_consent")
        assert address in client.get(reverse("lms_attendance:overview")).content.decode()
        settings.LMS_ATTENDANCE_LAYERS = ("relayed",)
        assert address not in client.get(reverse("lms_attendance:overview")).content.decode()

    def test_agreeing_and_stopping(self, entry: CheckEntry, client: Client) -> None:
        other = a_learner(entry.session.term)
        client.force_login(other.person.user)
        for answer, given in (("yes", True), ("no", False)):
            client.post(reverse("lms_attendance:hint_consent"), {"agree": answer})
            assert ConsentEntry.objects.filter(person=other.person).order_by("-pk")[0].given is given

    def test_whoever_is_no_person_here_is_turned_away(self, client: Client) -> None:
        client.force_login(factories.a_user())
        assert client.post(reverse("lms_attendance:hint_consent"), {"agree": "yes"}).status_code == 403

    def test_the_page_after_a_check_sends_the_hint_only_with_consent(self, entry: CheckEntry, client: Client) -> None:
        person = entry.enrolment.person
        page = reverse("lms_attendance:outcome", args=[entry.session_id, "in"])
        with time_machine.travel(NOW, tick=False):
            client.force_login(person.user)
            assert "hint.js" in client.get(page).content.decode()
        with time_machine.travel(NOW + timedelta(minutes=11), tick=False):
            assert "hint.js" not in client.get(page).content.decode(), "hours later it would tell where she lives"
        client.force_login(person.user)
        stop_hints(person, at=NOW, actor=person.user)
        assert "hint.js" not in client.get(page).content.decode()


@pytest.mark.parametrize(("layers", "allowed"), [("relayed", "[]"), ("relayed,place", "['self']"), ("nonsense!", "")])
def test_the_browser_may_be_asked_for_a_place_only_while_the_layer_is_on(layers: str, allowed: str) -> None:
    import os
    import subprocess
    import sys

    code = "from config.settings import test as s; print(s.PERMISSIONS_POLICY['geolocation'])"
    found = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "LMS_ATTENDANCE_LAYERS": layers},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout.strip() == allowed
