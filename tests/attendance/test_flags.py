"""Flags: found when a sheet is closed, decided by a person, and never a change of hours."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from lms.attendance.enums import CheckKind, CheckMethod, FlagAct, FlagKind
from lms.attendance.models import CheckEntry, CheckRefusal, Flag, FlagDecision, RollCall, Session
from lms.attendance.selectors.evidence import read_journals
from lms.attendance.services import close_session
from lms.attendance.services.flags import decide_flags, find_flags
from lms.core.exceptions import DomainError
from lms.people.enums import Role
from lms.programmes.models import Enrolment, HourEntry
from tests import factories
from tests.attendance.factories import a_board, a_session, a_timetable, at

pytestmark = pytest.mark.django_db
LIST = reverse("lms_attendance_admin:flags")


def a_learner(term: Any, name: str = "张伟", **fields: Any) -> Enrolment:
    return factories.an_enrolment(term, factories.a_person(name), **fields)


def checked(session: Session, seat: Enrolment, clock: str = "08:20", **fields: Any) -> CheckEntry:
    moment = fields.pop("at", at(10, clock))
    values = {"kind": CheckKind.IN, "method": CheckMethod.QR, "device": f"phone{seat.pk}", "recorded_at": moment}
    return CheckEntry.objects.create(
        session=session, enrolment=seat, at=moment, actor=seat.person.user, **{**values, **fields}
    )


def refused(session: Session, seat: Enrolment, code: str = "forged_ticket") -> CheckRefusal:
    return CheckRefusal.objects.create(
        session=session, user=seat.person.user, kind=CheckKind.IN, code=code, at=at(10, "08:25")
    )


@pytest.fixture
def session() -> Session:
    term = a_timetable().term
    found = a_session(term)
    a_board(found)
    return found


def closed(session: Session) -> Session:
    Session.objects.filter(pk=session.pk).update(state="closed", closed_at=session.ends_at)
    session.refresh_from_db()
    return session


def shared(session: Session) -> tuple[Enrolment, Enrolment]:
    anna, berta = a_learner(session.term, "王芳"), a_learner(session.term, "李娜")
    checked(session, anna, device="one")
    checked(session, berta, "08:21", device="one")
    return anna, berta


def flag_of(session: Session) -> Flag:
    shared(session)
    find_flags(closed(session), at=at(10, "12:30"))
    return Flag.objects.order_by("pk").first()  # type: ignore[return-value]


class TestFinding:
    def test_closing_a_sheet_looks_for_flags(
        self, session: Session, assistant: Any, django_capture_on_commit_callbacks: Any
    ) -> None:
        anna, berta = shared(session)
        with django_capture_on_commit_callbacks(execute=True):
            close_session(session, at=at(10, "12:10"), actor=assistant)
        found = Flag.objects.values_list("enrolment", "kind", "session").order_by("enrolment")
        assert list(found) == [(anna.pk, "shared_device", session.pk), (berta.pk, "shared_device", session.pk)]

    def test_a_flag_keeps_figures_and_keys_and_no_name(self, session: Session) -> None:
        flag = flag_of(session)
        assert flag.evidence["with"] == [Enrolment.objects.order_by("-pk")[0].pk]
        assert "李娜" not in str(flag.evidence)

    def test_looking_again_adds_nothing_twice_and_finds_what_came_later(self, session: Session) -> None:
        anna, _berta = shared(session)
        closed(session)
        assert find_flags(session, at=at(10, "12:30")) == 2
        assert find_flags(session, at=at(10, "12:31")) == 0
        refused(session, anna)
        assert find_flags(session, at=at(10, "12:32")) == 1
        assert Flag.objects.count() == 3

    def test_before_the_sheet_is_closed_nobody_is_flagged(self, session: Session) -> None:
        shared(session)
        with pytest.raises(DomainError) as problem:
            find_flags(session, at=at(10, "09:00"))
        assert problem.value.code == "sheet_open"
        assert not Flag.objects.exists()

    def test_layers_that_are_off_find_nothing(self, session: Session, settings: Any) -> None:
        settings.LMS_ATTENDANCE_LAYERS = ("two_rooms",)
        shared(session)
        assert find_flags(closed(session), at=at(10, "12:30")) == 0

    def test_hours_stay_as_they_were(self, session: Session, assistant: Any) -> None:
        anna, _berta = shared(session)
        Session.objects.filter(pk=session.pk).update(check_out_required=False)
        session.refresh_from_db()
        session = close_session(session, at=at(10, "12:10"), actor=assistant)
        before = list(HourEntry.objects.values_list("enrolment", "minutes"))
        find_flags(session, at=at(10, "12:30"))
        decide_flags(list(Flag.objects.all()), FlagAct.UPHELD, reason="核实", at=at(10, "13:00"), actor=assistant)
        assert list(HourEntry.objects.values_list("enrolment", "minutes")) == before
        assert (anna.pk, 180) in before

    def test_the_last_answer_of_a_roll_call_counts(self, session: Session, assistant: Any, settings: Any) -> None:
        settings.LMS_ATTENDANCE_LAYERS = ("headcount",)
        anna, berta = a_learner(session.term), a_learner(session.term)
        for seat, answers in ((anna, (True, False)), (berta, (False, True))):
            checked(session, seat)
            for seen in answers:
                RollCall.objects.create(session=session, enrolment=seat, seen=seen, actor=assistant, at=at(10, "11:00"))
        find_flags(closed(session), at=at(10, "12:30"))
        assert list(Flag.objects.values_list("enrolment", "kind")) == [(anna.pk, "not_seen")]

    def test_an_exam_elsewhere_is_asked_once_for_the_whole_class(self, session: Session, settings: Any) -> None:
        settings.LMS_ATTENDANCE_ELSEWHERE_GATES = ["tests.attendance.test_flags.everybody_sits"]
        anna = a_learner(session.term)
        checked(session, anna)
        by_hand = a_learner(session.term)
        checked(session, by_hand, method=CheckMethod.MANUAL)
        asked.clear()
        find_flags(closed(session), at=at(10, "12:30"))
        assert asked == [[(anna.pk, at(10, "08:20"), at(10, "08:20"))]]
        flag = Flag.objects.get()
        assert (flag.enrolment, flag.kind) == (anna, "exam_elsewhere")
        assert flag.evidence["started_at"] == at(10, "08:00").isoformat()

    @pytest.mark.parametrize("learners", [3, 60])
    def test_the_journals_are_read_in_the_same_queries_however_many_came(
        self, session: Session, learners: int, settings: Any
    ) -> None:
        settings.LMS_ATTENDANCE_ELSEWHERE_GATES = []
        for _number in range(learners):
            checked(session, a_learner(session.term))
        with CaptureQueriesContext(connection) as queries:
            assert len(read_journals(session, at=at(10, "12:30")).checks) == learners
        assert len(queries) == 6


asked: list[Any] = []


def everybody_sits(spans: list[tuple[int, Any, Any]]) -> dict[int, Any]:
    from lms.core.exceptions import Refusal

    asked.append(spans)
    times = {"started_at": at(10, "08:00"), "ended_at": at(10, "09:00"), "title": "理论考试"}
    return {span[0]: Refusal("sitting_an_exam", "", figures=times) for span in spans}


class TestDeciding:
    def test_a_decision_needs_a_reason(self, session: Session, assistant: Any) -> None:
        with pytest.raises(DomainError) as problem:
            decide_flags([flag_of(session)], FlagAct.UPHELD, reason=" ", at=at(10, "13:00"), actor=assistant)
        assert problem.value.code == "reason_missing"

    def test_another_decision_is_another_row_and_the_same_one_is_none(self, session: Session, assistant: Any) -> None:
        flag = flag_of(session)
        for act, written in ((FlagAct.UPHELD, 1), (FlagAct.UPHELD, 0), (FlagAct.DISMISSED, 1)):
            assert decide_flags([flag], act, reason="核实", at=at(10, "13:00"), actor=assistant) == written
        rows = FlagDecision.objects.order_by("revision").values_list("revision", "act")
        assert list(rows) == [(1, "upheld"), (2, "dismissed")]


class TestScreens:
    def test_the_list_shows_what_waits_with_its_evidence_in_words(
        self, client: Client, session: Session, assistant: Any
    ) -> None:
        flag_of(session)
        client.force_login(assistant)
        page = client.get(f"{LIST}?term={session.term_id}").content.decode()
        assert "王芳" in page
        assert "一部手机" in page or "One phone" in page
        client.cookies["django_language"] = "en"
        page = client.get(f"{LIST}?term={session.term_id}").content.decode()
        assert "The same phone was used for 李娜 at this session." in page

    def test_filters_by_kind_state_and_class(self, client: Client, session: Session, assistant: Any) -> None:
        flag = flag_of(session)
        group = factories.a_group(session.term, "B")
        client.force_login(assistant)

        def count(query: str) -> int:
            return client.get(f"{LIST}?term={session.term_id}&{query}").context["page"].paginator.count

        assert (count(""), count("kind=shared_device"), count("kind=forged"), count(f"group={group.pk}")) == (
            2,
            2,
            0,
            0,
        )
        decide_flags([flag], FlagAct.DISMISSED, reason="借用", at=at(10, "13:00"), actor=assistant)
        assert (count("state=open"), count("state=dismissed"), count("state=upheld"), count("state=")) == (1, 1, 0, 2)

    def test_a_flag_shows_everything_on_record_of_that_learner(
        self, client: Client, session: Session, assistant: Any
    ) -> None:
        flag = flag_of(session)
        refused(session, flag.enrolment)
        client.force_login(assistant)
        client.cookies["django_language"] = "en"
        page = client.get(reverse("lms_attendance_admin:flag", args=[flag.pk])).content.decode()
        assert "the request was forged" in page
        assert "Nobody" not in page
        assert "On record: Check-in 08:20." in page

    def test_deciding_on_the_screen_is_kept_with_name_and_reason(
        self, client: Client, session: Session, assistant: Any
    ) -> None:
        flag = flag_of(session)
        client.force_login(assistant)
        address = reverse("lms_attendance_admin:decide_flag", args=[flag.pk])
        answer = client.post(address, {"act": "upheld", "reason": "本人承认"}, follow=True)
        assert FlagDecision.objects.get().reason == "本人承认"
        assert reverse("lms_attendance_admin:sheet", args=[session.pk]) in answer.content.decode()

    def test_clearing_together_wants_one_kind_and_a_reason(
        self, client: Client, session: Session, assistant: Any
    ) -> None:
        flag_of(session)
        client.force_login(assistant)
        client.post(f"{LIST}?term={session.term_id}", {"reason": "断网"})
        assert not FlagDecision.objects.exists()
        client.post(f"{LIST}?term={session.term_id}&kind=shared_device", {"reason": ""})
        assert not FlagDecision.objects.exists()
        client.post(f"{LIST}?term={session.term_id}&kind=shared_device", {"reason": "断网"})
        assert list(FlagDecision.objects.values_list("act", "reason")) == [("dismissed", "断网")] * 2

    def test_the_export_holds_every_flag(self, client: Client, session: Session, assistant: Any) -> None:
        flag_of(session)
        client.force_login(assistant)
        answer = client.get(f"{LIST}?term={session.term_id}&export=xlsx")
        assert answer.headers["Content-Type"].endswith("spreadsheetml.sheet")
        assert answer.content[:2] == b"PK"

    def test_looking_again_from_the_sheet(self, client: Client, session: Session, assistant: Any) -> None:
        shared(session)
        client.force_login(assistant)
        address = reverse("lms_attendance_admin:find_flags", args=[session.pk])
        assert client.post(address).status_code == 302
        assert not Flag.objects.exists()
        closed(session)
        client.post(address)
        assert Flag.objects.count() == 2

    def test_an_assistant_of_other_classes_sees_and_decides_nothing(self, client: Client, session: Session) -> None:
        mine, others = factories.a_group(session.term, "A"), factories.a_group(session.term, "B")
        one, other = factories.staff(Role.ASSISTANT), factories.staff(Role.ASSISTANT)
        mine.assistants.add(one)
        others.assistants.add(other)
        flag = flag_of(session)
        Enrolment.objects.filter(pk=flag.enrolment_id).update(group=others)
        client.force_login(one)
        page = client.get(f"{LIST}?term={session.term_id}")
        assert [row[0].enrolment_id for row in page.context["rows"]] != []
        assert flag.enrolment_id not in [row[0].enrolment_id for row in page.context["rows"]]
        assert client.get(reverse("lms_attendance_admin:flag", args=[flag.pk])).status_code in (302, 403)
        client.post(reverse("lms_attendance_admin:decide_flag", args=[flag.pk]), {"act": "upheld", "reason": "x"})
        assert not FlagDecision.objects.exists()

    @pytest.mark.parametrize("role", [Role.EXAMINER, Role.FINANCE, Role.REVIEWER, Role.INSTRUCTOR])
    def test_others_are_turned_away(self, client: Client, session: Session, role: Role) -> None:
        client.force_login(factories.staff(role))
        assert client.get(f"{LIST}?term={session.term_id}").status_code in (302, 403)

    def test_the_learner_sees_nothing_of_it(self, client: Client, session: Session) -> None:
        flag = flag_of(session)
        client.force_login(flag.enrolment.person.user)
        page = client.get(reverse("lms_attendance:overview")).content.decode()
        assert "flag" not in page.lower()
        assert str(FlagKind.SHARED_DEVICE.label) not in page
        assert client.get(reverse("lms_attendance_admin:flag", args=[flag.pk])).status_code in (302, 403)

    @pytest.mark.parametrize("rows", [3, 60])
    def test_the_list_costs_the_same_queries_however_long(
        self, client: Client, session: Session, assistant: Any, rows: int
    ) -> None:
        for _number in range(rows):
            seat = a_learner(session.term)
            checked(session, seat)
            Flag.objects.create(
                session=session, enrolment=seat, kind="shared_device", evidence={"with": [seat.pk]}, at=timezone.now()
            )
        client.force_login(assistant)
        client.get(f"{LIST}?term={session.term_id}")
        with CaptureQueriesContext(connection) as queries:
            page = client.get(f"{LIST}?term={session.term_id}")
        assert len(page.context["rows"]) == min(rows, 50)
        own = [row for row in queries if "lms_attendance" in row["sql"] or "lms_programmes" in row["sql"]]
        assert len(own) == 6, [row["sql"][:120] for row in own]


class TestChecks:
    def test_a_misspelt_layer_is_an_error_at_start(self, settings: Any) -> None:
        settings.LMS_ATTENDANCE_LAYERS = ("relayed", "relaid")
        assert [found.id for found in run_checks() if found.id.startswith("lms_attendance")] == ["lms_attendance.E001"]

    def test_a_gate_that_cannot_be_imported_is_an_error_at_start(self, settings: Any) -> None:
        settings.LMS_ATTENDANCE_ELSEWHERE_GATES = ["lms.attendance.gates.nothing_there"]
        assert "lms_attendance.E002" in [found.id for found in run_checks()]

    def test_the_hint_of_place_needs_the_browsers_leave(self, settings: Any) -> None:
        settings.LMS_ATTENDANCE_LAYERS = ("place",)
        assert "lms_attendance.W003" in [found.id for found in run_checks()]
        settings.PERMISSIONS_POLICY = {"geolocation": ["self"]}
        assert "lms_attendance.W003" not in [found.id for found in run_checks()]


def test_evidence_of_every_kind_reads_as_sentences(session: Session) -> None:
    from lms.attendance.views.flag_words import DOES_NOT_FIT, names_for, say_evidence

    moment = timedelta(minutes=1) + at(10, "08:20")
    checks = [{"kind": "in", "at": moment.isoformat()}]
    seat = a_learner(session.term)
    evidence = {
        "shared_device": {"with": [seat.pk]},
        "other_device": {"phone_of": [seat.pk]},
        "two_rooms": {"session": session.pk, "other_checks": checks},
        "impossible_time": {"session": session.pk, "seconds": 130, "needed": 600},
        "exam_elsewhere": {"title": "卷", "started_at": moment.isoformat(), "ended_at": moment.isoformat()},
        "relayed": {"signs": {"timing_in": {"age_ms": 9100, "stale": 2}, "place": {"metres": 4000}, "network": {}}},
        "forged": {"refused": [{"code": "forged_ticket", "at": moment.isoformat()}], "wrong_codes": 9},
        "not_seen": {},
        "gone": {"signs": {"no_answer": {}, "inside_place": {}, "inside_network": {}}, "not_seen": True},
    }
    assert set(evidence) == set(FlagKind.values) == set(DOES_NOT_FIT)
    for kind, facts in evidence.items():
        flag = Flag(session=session, enrolment=seat, kind=kind, evidence={**facts, "checks": checks})
        said = say_evidence(flag, names_for([flag]))
        assert said
        assert all(said)
        assert "08:21" in said[-1]
