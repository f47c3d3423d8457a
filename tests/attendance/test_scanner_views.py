"""The scanner's addresses and its screens in the back office: what they answer, and to whom."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from lms.attendance.models import CheckEntry, LearnerKey, Prompt, ScanDecision, Scanner, Session, StaffScan
from lms.attendance.services import close_session
from lms.people.enums import Role
from tests import factories
from tests.attendance.factories import a_learner, a_session, a_timetable, at
from tests.attendance.phones import LearnersPhone, Phone, ScanningPhone

pytestmark = pytest.mark.django_db

EVE = at(9, "18:00")
PAGES = ("scanner", "scanner_state", "scanner_roster")


@pytest.fixture
def session() -> Session:
    term = factories.a_term()
    a_timetable(term)
    return a_session(term, staff_scan_only=True)


def send(client: Any, name: str, body: Any) -> Any:
    return client.post(reverse(f"lms_attendance:{name}"), json.dumps(body), content_type="application/json")


def upload(client: Any, phone: ScanningPhone, moment: Any, **changes: Any) -> Any:
    body = {
        "scanner": phone.scanner.pk,
        "sent_at": round(phone.phone.clock(moment).timestamp() * 1000),
        "scans": [{"body": scan.body, "signature": scan.signature} for scan in phone.queue],
    }
    with time_machine.travel(moment, tick=False):
        return send(client, "upload_scans", body | changes)


def test_only_those_who_may_run_boards_scan(session: Session, signed_in: Any, outsider: Any) -> None:
    learner = a_learner(session.term).person.user
    for user in (outsider, learner, factories.staff(Role.FINANCE), factories.staff(Role.SUPERVISOR)):
        client = signed_in(user)
        for name in PAGES:
            assert client.get(reverse(f"lms_attendance:{name}")).status_code == 403
        for name in ("register_scanner", "upload_scans"):
            assert send(client, name, {}).status_code == 403
    for role in (Role.ASSISTANT, Role.INSTRUCTOR):
        client = signed_in(factories.staff(role))
        assert [client.get(reverse(f"lms_attendance:{name}")).status_code for name in PAGES] == [200] * 3


def test_the_roster_holds_what_is_needed_and_no_more(session: Session, signed_in: Any) -> None:
    assistant = factories.staff(Role.ASSISTANT)
    learner = LearnersPhone(a_learner(session.term), installed=EVE)
    LearnersPhone(learner.seat, installed=EVE + timedelta(hours=1))
    a_session(session.term, starts_at=at(11))
    for left_out in (a_session(session.term, starts_at=at(12)), a_session(session.term, starts_at=at(10, "14:00"))):
        Session.objects.filter(pk=left_out.pk).update(state="cancelled")
    gone = a_session(session.term, starts_at=at(9))
    a_learner(factories.a_term())
    with time_machine.travel(at(10, "07:00"), tick=False):
        found = signed_in(assistant).get("/attendance/scanner/roster/").json()
    assert [row["starts"] for row in found["sessions"]] == [at(day).timestamp() * 1000 for day in (10, 11)]
    assert gone.pk not in [row["id"] for row in found["sessions"]]
    seat = learner.seat
    assert found["learners"] == [{"id": seat.pk, "name": seat.person.name, "number": seat.number, "group": ""}]
    assert found["keys"] == [[learner.key.pk, seat.pk, learner.public_key]]
    first = found["sessions"][0]
    assert first["doors"] == {
        "in": [at(10, "08:00").timestamp() * 1000, at(10, "11:50").timestamp() * 1000],
        "mid": None,
        "out": [at(10, "08:30").timestamp() * 1000, at(10, "12:05").timestamp() * 1000],
    }
    assert first["seats"] == [seat.pk]
    assert found["now"] == at(10, "07:00").timestamp() * 1000


def test_nobody_learns_the_moment_of_the_check_during_class_before_it_comes(session: Session, signed_in: Any) -> None:
    client = signed_in(assistant := factories.staff(Role.ASSISTANT))
    opens, until = at(10, "10:07"), at(10, "10:15")
    Prompt.objects.create(session=session, opens_at=opens, until=until, made_by=assistant)
    doors = []
    for clock in ("10:06", "10:07"):
        with time_machine.travel(at(10, clock), tick=False):
            doors.append(client.get("/attendance/scanner/roster/").json()["sessions"][0]["doors"]["mid"])
    assert doors == [None, [opens.timestamp() * 1000, until.timestamp() * 1000]]


def test_the_roster_of_an_assistant_ends_at_her_classes(session: Session, signed_in: Any) -> None:
    mine, other = factories.a_group(session.term, "A"), factories.a_group(session.term, "B")
    me = factories.staff(Role.ASSISTANT)
    mine.assistants.add(me)
    other.assistants.add(factories.staff(Role.ASSISTANT))
    session.groups.add(other)
    a_learner(session.term, group=other)
    with time_machine.travel(at(10, "07:00"), tick=False):
        found = signed_in(me).get("/attendance/scanner/roster/").json()
    assert (found["sessions"], found["learners"], found["keys"]) == ([], [], [])


def test_the_roster_takes_the_same_reads_for_3_and_60(
    session: Session, signed_in: Any, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(factories.staff(Role.ASSISTANT))
    for count in (3, 60):
        for _number in range(count):
            LearnersPhone(a_learner(session.term), installed=EVE)
        with time_machine.travel(at(10, "07:00"), tick=False), django_assert_max_num_queries(16):
            client.get("/attendance/scanner/roster/")


def test_registering_and_uploading_over_http(session: Session, signed_in: Any) -> None:
    assistant, phone = factories.staff(Role.ASSISTANT), Phone()
    client, learner = signed_in(assistant), LearnersPhone(a_learner(session.term), installed=EVE)
    body = {"name": "北门", "public_key": phone.public_key, "sent_at": at(9, "17:00").timestamp() * 1000}
    with time_machine.travel(EVE, tick=False):
        registered = [send(client, "register_scanner", body).json() for _twice in range(2)]
    assert registered[0] == registered[1]
    scanner = Scanner.objects.get()
    assert (scanner.pk, scanner.user, scanner.skew_ms) == (registered[0]["id"], assistant, 3_600_000)
    sender = ScanningPhone(assistant, EVE)
    sender.scan(session, at(10, "08:20"), learner.code(at(10, "08:20")))
    answers = [upload(client, sender, at(10, "08:30")) for _twice in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert [answer["outcome"] for answer in answers[0].json()["answers"]] == ["recorded"]
    assert (CheckEntry.objects.get().at, StaffScan.objects.count()) == (at(10, "08:20"), 1)


def test_what_an_upload_is_refused_for(session: Session, signed_in: Any) -> None:
    sender = ScanningPhone(factories.staff(Role.ASSISTANT), EVE)
    own, stranger = signed_in(sender.user), signed_in(factories.staff(Role.ASSISTANT))
    scan = sender.scan(session, at(10, "08:20"), enrolment=a_learner(session.term).pk)
    moment = at(10, "08:30")
    forged = [{"body": scan.body + " ", "signature": scan.signature}]
    assert upload(own, sender, moment, scans=forged).status_code == 400
    assert upload(own, sender, moment, scans=forged).json()["forged"] == 1
    assert upload(stranger, sender, moment).status_code == 403
    many = [{"body": "{}", "signature": ""}] * 201
    assert upload(own, sender, moment, scans=many).json()["code"] == "too_many"
    for wrong in ({"scans": None}, {"sent_at": "x"}, {"sent_at": 10**30}, {"scans": [1]}):
        assert upload(own, sender, moment, **wrong).status_code == 400
    assert own.post("/attendance/scanner/scans/", "[]", content_type="application/json").status_code == 400
    assert not StaffScan.objects.exists()
    other = Phone()
    body = {"name": "x", "public_key": sender.phone.public_key, "sent_at": 1}
    assert send(stranger, "register_scanner", body).json()["code"] == "key_taken"
    assert send(own, "register_scanner", {"name": "x"}).status_code == 400
    assert send(own, "register_scanner", body | {"public_key": other.public_key[:-3]}).status_code == 409


def test_the_scanner_is_an_app_of_its_own(client: Any) -> None:
    manifest = client.get("/attendance/scanner/app.webmanifest")
    assert manifest.json()["scope"] == manifest.json()["start_url"] == "/attendance/scanner/"
    script = client.get("/attendance/scanner/worker.js").content.decode()
    assert "/static/lms_attendance/vendor/jsqr.js" in script


def a_conflict(session: Session) -> tuple[StaffScan, ScanningPhone]:
    sender = ScanningPhone(factories.staff(Role.ASSISTANT), EVE)
    learner = LearnersPhone(a_learner(session.term), installed=EVE)
    for clock, kind in (("08:20", "in"), ("11:55", "out")):
        sender.scan(session, at(10, clock), learner.code(at(10, clock)), kind=kind)
    close_session(session, at=at(10, "12:10"), actor=sender.user)
    sender.upload(at(10, "12:20"))
    return StaffScan.objects.order_by("at")[0], sender


def test_a_conflict_is_shown_with_its_evidence_and_decided_with_a_reason(session: Session, signed_in: Any) -> None:
    scan, _sender = a_conflict(session)
    client, address = signed_in(factories.staff(Role.ASSISTANT)), reverse("lms_attendance_admin:conflicts")
    page = client.get(address)
    assert [row["scan"].pk for row in page.context["rows"]] == list(
        StaffScan.objects.order_by("at").values_list("pk", flat=True)
    )
    assert scan.enrolment.person.name in page.content.decode()
    assert "08:20:00" in page.content.decode()
    client.post(address, {"scan": scan.pk, "act": "accept", "reason": ""})
    assert not ScanDecision.objects.exists()
    client.post(address, {"scan": scan.pk, "act": "accept", "reason": "断网补传"})
    assert ScanDecision.objects.get().act == "accepted"
    other = StaffScan.objects.exclude(pk=scan.pk).get()
    client.post(address, {"scan": other.pk, "act": "reject", "reason": "已离场"})
    after = client.get(address)
    assert (after.context["rows"], len(after.context["decided"])) == ([], 2)


def test_conflicts_take_the_same_reads_for_2_and_40(
    session: Session, signed_in: Any, django_assert_max_num_queries: Any
) -> None:
    client, address = signed_in(factories.staff(Role.ASSISTANT)), reverse("lms_attendance_admin:conflicts")
    _scan, sender = a_conflict(session)
    for count in (0, 38):
        for _number in range(count):
            sender.scan(session, at(10, "08:20"), enrolment=a_learner(session.term).pk)
        sender.upload(at(10, "12:30"))
        with django_assert_max_num_queries(40):
            client.get(address)


def test_phones_of_learners_and_of_staff_are_decided_on(session: Session, signed_in: Any) -> None:
    first = LearnersPhone(a_learner(session.term), installed=EVE)
    second = LearnersPhone(first.seat, installed=EVE)
    sender = ScanningPhone(factories.staff(Role.ASSISTANT), EVE, wrong_by=timedelta(minutes=-5))
    client, address = signed_in(factories.staff(Role.ASSISTANT)), reverse("lms_attendance_admin:scanners")
    page = client.get(address)
    assert [key.pk for key in page.context["keys"]] == [second.key.pk]
    assert [(phone.pk, clock) for phone, clock in page.context["phones"]] == [(sender.scanner.pk, "慢 0:05:00")]
    client.post(address, {"key": second.key.pk, "act": "approve"})
    client.post(address, {"phone": sender.scanner.pk, "act": "revoke"})
    assert LearnerKey.objects.get(approved_at__isnull=False, retired_at__isnull=True) == second.key
    assert Scanner.objects.get().revoked_at is not None


def test_instructors_look_and_assistants_decide_in_their_own_classes(session: Session, signed_in: Any) -> None:
    scan, sender = a_conflict(session)
    group = factories.a_group(session.term, "A")
    group.assistants.add(factories.staff(Role.ASSISTANT))
    type(scan.enrolment).objects.filter(pk=scan.enrolment_id).update(group=group)
    conflicts, phones = (reverse(f"lms_attendance_admin:{name}") for name in ("conflicts", "scanners"))
    instructor, assistant = signed_in(factories.staff(Role.INSTRUCTOR)), signed_in(factories.staff(Role.ASSISTANT))
    decision = {"scan": scan.pk, "act": "reject", "reason": "x"}
    assert len(instructor.get(conflicts).context["rows"]) == 2
    assert instructor.post(conflicts, decision).status_code == 403
    assert instructor.post(phones, {"phone": sender.scanner.pk, "act": "revoke"}).status_code == 403
    assert assistant.get(conflicts).context["rows"] == []
    assert assistant.post(conflicts, decision).status_code == 403
    finance = signed_in(factories.staff(Role.FINANCE))
    assert (finance.get(conflicts).status_code, finance.get(phones).status_code) == (403, 403)
    assert not ScanDecision.objects.exists()
