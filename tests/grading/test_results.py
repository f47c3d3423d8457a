"""Composing, releasing and revising results, and their screens (R11, R12, R14)."""

from datetime import timedelta
from fractions import Fraction
from io import BytesIO
from typing import Any

import openpyxl
import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from lms.core.exceptions import DomainError, Refusal
from lms.grading.gates import refuse_change_of_released_results
from lms.grading.models import ResultRelease, ResultVersion
from lms.grading.selectors import appealable_results, released_results, result_in_force, verify_results
from lms.grading.services import compose_results, release_results, revise_result
from lms.grading.signals import result_released
from lms.people.enums import Role
from lms.programmes.enums import EnrolmentState
from lms.programmes.services import end_enrolment
from tests.factories import a_person, a_term, an_enrolment, staff
from tests.grading.factories import AFTER, a_released_result, marks_given

GOOD = (96, 84, 78, 86.5, 90)
POOR = (60, 60, 60, 50, 40)
REFUSED: set[int] = set()


def refuse_some(enrolment: Any) -> Refusal | None:
    if enrolment.pk not in REFUSED:
        return None
    return Refusal("too_much_absence", "缺勤超过三分之一。", "缺勤 24.5 / 72 学时。", {"missed": 1103}, "R12")


@pytest.fixture
def excluded(settings: Any) -> Any:
    settings.LMS_GRADING_RESULT_GATES = ["tests.grading.test_results.refuse_some"]
    yield REFUSED
    REFUSED.clear()


@pytest.fixture(autouse=True)
def no_other_gates(settings: Any) -> None:
    settings.LMS_GRADING_RESULT_GATES = []


@pytest.mark.django_db
class TestComposing:
    def test_the_figures_and_their_sources_are_kept(self) -> None:
        enrolment = an_enrolment()
        with marks_given({enrolment.pk: GOOD}):
            done = compose_results(enrolment.term, at=AFTER)
        version = ResultVersion.objects.get()
        assert (done.written, str(version.total), version.outcome, version.version) == (1, "87.52", "passed", 1)
        assert version.parts["theory"] == {"value": "86.5", "lines": ["理论考试记录"], "reference": "t:1"}
        assert version.arithmetic["outer"][0] == {
            "part": "regular",
            "weight": 30,
            "mark": "432/5",
            "product": "648/25",
        }
        assert list(verify_results()) == []

    def test_a_mark_without_end_is_kept_exactly(self) -> None:
        """60 of 72 hours are 83.333…: the total is 59.995, rounded once 60.00, and passes (R11)."""
        enrolment = an_enrolment()
        with marks_given({enrolment.pk: (Fraction(60, 72) * 100, 50, 50, 60, 56.65)}):
            compose_results(enrolment.term, at=AFTER)
        version = ResultVersion.objects.get()
        assert (str(version.total), version.outcome) == ("60.00", "passed")
        assert [version.parts[part]["value"] for part in ("attendance", "practical")] == ["250/3", "56.65"]
        assert list(verify_results()) == []

    def test_the_same_sources_write_nothing_again(self) -> None:
        enrolment = an_enrolment()
        with marks_given({enrolment.pk: GOOD}):
            compose_results(enrolment.term, at=AFTER)
            again = compose_results(enrolment.term, at=AFTER)
        assert (again.written, again.unchanged, ResultVersion.objects.count()) == (0, 1, 1)

    def test_a_missing_mark_is_incomplete(self) -> None:
        enrolment = an_enrolment()
        with marks_given({}):
            compose_results(enrolment.term, at=AFTER)
        version = ResultVersion.objects.get()
        assert (version.outcome, version.total) == ("incomplete", None)
        assert version.arithmetic["missing"] == ["attendance", "classroom", "assignments", "theory", "practical"]

    def test_a_refusal_excludes_and_says_why(self, excluded: set[int]) -> None:
        enrolment = an_enrolment()
        excluded.add(enrolment.pk)
        with marks_given({enrolment.pk: GOOD}):
            compose_results(enrolment.term, at=AFTER)
        version = ResultVersion.objects.get()
        assert version.outcome == "excluded"
        assert version.refusals[0]["rule"] == "R12"
        assert list(verify_results()) == []

    def test_queries_do_not_grow_with_the_class(self, django_assert_max_num_queries: Any) -> None:
        term = a_term()
        table = {an_enrolment(term).pk: GOOD for _number in range(3)}
        with marks_given(table), django_assert_max_num_queries(20) as few:
            compose_results(term, at=AFTER)
        more = table | {an_enrolment(term).pk: GOOD for _number in range(60)}
        with marks_given(more), django_assert_max_num_queries(len(few.captured_queries)):
            compose_results(term, at=AFTER)

    def test_versions_cannot_be_changed(self) -> None:
        a_released_result(an_enrolment())
        for rows in (ResultVersion, ResultRelease):
            with pytest.raises(IntegrityError), transaction.atomic():
                rows.objects.all().delete()


@pytest.mark.django_db
class TestReleasing:
    def test_only_complete_results_are_released_and_announced(self, django_capture_on_commit_callbacks: Any) -> None:
        heard: list[tuple[str, bool]] = []
        term = a_term()
        good, poor, missing = (an_enrolment(term) for _number in range(3))

        def listen(result: ResultVersion, revised: bool, **_kwargs: Any) -> None:
            heard.append((str(result.outcome), revised))

        result_released.connect(listen)
        try:
            with (
                marks_given({good.pk: GOOD, poor.pk: POOR}),
                django_capture_on_commit_callbacks(execute=True),
            ):
                compose_results(term, at=AFTER)
                assert release_results(term, at=AFTER, actor=staff(Role.ADMINISTRATOR)) == 2
        finally:
            result_released.disconnect(listen)
        assert sorted(heard) == [("failed", False), ("passed", False)]
        assert result_in_force(missing) is None
        assert [row.enrolment_id for row in released_results(term)] == [good.pk, poor.pk]

    def test_nobody_releases_what_she_has_not_seen(self) -> None:
        enrolment = an_enrolment()
        with marks_given({enrolment.pk: GOOD}) as table:
            compose_results(enrolment.term, at=AFTER)
            table[enrolment.pk] = POOR
            with pytest.raises(DomainError) as refused:
                release_results(enrolment.term, at=AFTER, actor=staff(Role.ADMINISTRATOR))
        assert refused.value.code == "stale"

    def test_a_seat_given_up_since_does_not_hold_the_others_back(self) -> None:
        term = a_term()
        stays, leaves = an_enrolment(term), an_enrolment(term)
        with marks_given({stays.pk: GOOD, leaves.pk: GOOD}):
            compose_results(term, at=AFTER)
            end_enrolment(leaves, state=EnrolmentState.DEFERRED, at=AFTER, reason="transferred", actor=None)
            compose_results(term, at=AFTER)
            assert release_results(term, at=AFTER, actor=staff(Role.ADMINISTRATOR)) == 1
        assert result_in_force(stays) is not None
        assert result_in_force(leaves) is None

    def test_nothing_to_release(self) -> None:
        with pytest.raises(DomainError) as refused:
            release_results(a_term(), at=AFTER, actor=staff(Role.ADMINISTRATOR))
        assert refused.value.code == "nothing_to_release"

    def test_a_released_result_is_not_replaced_by_composing(self) -> None:
        enrolment = an_enrolment()
        version = a_released_result(enrolment)
        with marks_given({enrolment.pk: POOR}):
            done = compose_results(enrolment.term, at=AFTER)
        assert (done.written, done.differing) == (0, (enrolment.pk,))
        assert result_in_force(enrolment) == version

    def test_a_revision_is_a_new_version_with_a_reason(self, django_capture_on_commit_callbacks: Any) -> None:
        enrolment = an_enrolment()
        a_released_result(enrolment, *POOR)
        with marks_given({enrolment.pk: GOOD}), django_capture_on_commit_callbacks() as announced:
            revised = revise_result(enrolment, reason="申诉成立，理论成绩更正。", at=AFTER, actor=staff(Role.EXAMINER))
        assert (revised.version, str(revised.total), len(announced)) == (2, "87.52", 1)
        assert result_in_force(enrolment) == revised
        assert ResultVersion.objects.count() == 2

    @pytest.mark.parametrize(
        ("marks", "reason", "code"),
        [(POOR, "  ", "reason_missing"), (GOOD, "更正", "unchanged"), ((None,) * 5, "更正", "incomplete")],
    )
    def test_refused_revisions(self, marks: tuple[Any, ...], reason: str, code: str) -> None:
        enrolment = an_enrolment()
        a_released_result(enrolment, *GOOD)
        with marks_given({enrolment.pk: marks}), pytest.raises(DomainError) as refused:
            revise_result(enrolment, reason=reason, at=AFTER, actor=staff(Role.EXAMINER))
        assert refused.value.code == code

    def test_the_result_in_force_can_be_appealed(self) -> None:
        version = a_released_result(an_enrolment())
        (decision,) = appealable_results(version.enrolment)
        assert (decision.reference, decision.decided_at) == (f"result:{version.pk}", AFTER)
        assert decision.decided_by == version.release.released_by_id


@pytest.mark.django_db
class TestGate:
    def test_weights_stand_after_a_release(self) -> None:
        version = a_released_result(an_enrolment())
        programme = version.enrolment.term.programme
        refusal = refuse_change_of_released_results(programme, frozenset({"assessment.regular"}))
        assert refusal is not None
        assert (refusal.rule, refusal.figures["keys"]) == ("R11", ["assessment.regular"])
        assert refuse_change_of_released_results(programme, frozenset({"programme.name"})) is None

    def test_before_a_release_they_may_change(self) -> None:
        assert refuse_change_of_released_results(a_term().programme, frozenset({"pass_mark"})) is None


@pytest.mark.django_db
class TestScreens:
    def test_a_learner_reads_the_calculation(self, signed_in: Any) -> None:
        enrolment = an_enrolment()
        a_released_result(enrolment)
        page = signed_in(enrolment.person.user).get(reverse("lms_grading:mine")).content.decode()
        for text in (
            "30 % × 86.40",
            "= 25.92",
            "40 % × 86.50",
            "= 34.60",
            "= 27.00",
            "87.52",
        ):
            assert text in page

    @pytest.mark.parametrize(("days", "offered"), [(1, True), (30, False)])
    def test_an_appeal_is_offered_while_its_period_runs(self, signed_in: Any, days: int, offered: bool) -> None:
        enrolment = an_enrolment()
        a_released_result(enrolment)
        with time_machine.travel(AFTER + timedelta(days=days), tick=False):
            page = signed_in(enrolment.person.user).get(reverse("lms_grading:mine")).content.decode()
        assert ("/appeals/new/?enrolment=" in page) == offered
        assert ("申诉期限已于" in page) == (not offered)

    def test_a_learner_reads_why_not(self, signed_in: Any, excluded: set[int]) -> None:
        failed, out = an_enrolment(), an_enrolment()
        excluded.add(out.pk)
        a_released_result(failed, *POOR)
        a_released_result(out, *GOOD)
        page = signed_in(failed.person.user).get(reverse("lms_grading:mine")).content.decode()
        assert "50.00" in page
        page = signed_in(out.person.user).get(reverse("lms_grading:mine")).content.decode()
        assert "缺勤 24.5 / 72 学时。" in page
        assert "缺勤超过三分之一。" in page

    def test_somebody_without_results_is_told_what_comes(self, signed_in: Any, outsider: Any, client: Any) -> None:
        assert signed_in(outsider).get(reverse("lms_grading:mine")).status_code == 200
        assert client.get(reverse("lms_grading:mine")).status_code == 302

    def test_an_unreleased_result_is_not_shown(self, signed_in: Any) -> None:
        enrolment = an_enrolment()
        with marks_given({enrolment.pk: GOOD}):
            compose_results(enrolment.term, at=AFTER)
        assert "87.52" not in signed_in(enrolment.person.user).get(reverse("lms_grading:mine")).content.decode()

    def test_from_composing_to_release(self, signed_in: Any, administrator: Any) -> None:
        enrolment = an_enrolment()
        client, pk = signed_in(administrator), enrolment.term_id
        with marks_given({enrolment.pk: GOOD}):
            client.post(reverse("lms_grading_admin:compose", args=[pk]))
            assert "87.52" in client.get(reverse("lms_grading_admin:sheet", args=[pk])).content.decode()
            assert client.get(reverse("lms_grading_admin:release", args=[pk])).status_code == 200
            assert client.post(reverse("lms_grading_admin:release", args=[pk])).status_code == 302
        assert result_in_force(enrolment) is not None
        address = reverse("lms_grading_admin:result", args=[enrolment.pk])
        with marks_given({enrolment.pk: POOR}):
            assert client.post(address, {"reason": ""}).status_code == 200
            assert client.post(address, {"reason": "录入有误。"}).status_code == 302
        assert "录入有误。" in client.get(address).content.decode()

    def test_the_workbook_holds_the_sheet(self, signed_in: Any) -> None:
        enrolment = an_enrolment()
        a_released_result(enrolment)
        address = reverse("lms_grading_admin:sheet", args=[enrolment.term_id]) + "?export=xlsx"
        answer = signed_in(staff(Role.EXAMINER)).get(address)
        page = openpyxl.load_workbook(BytesIO(answer.content)).active
        row = [cell.value for cell in page[5]]
        assert row[1] == "张伟"
        assert row[4:10] == [96, 84, 78, 86.4, 86.5, 90]
        assert row[10] == 87.52

    @pytest.mark.parametrize("outcome", ["passed", "failed", "waiting"])
    def test_filters(self, signed_in: Any, outcome: str) -> None:
        enrolment = an_enrolment()
        a_released_result(enrolment)
        address = reverse("lms_grading_admin:sheet", args=[enrolment.term_id])
        page = signed_in(staff(Role.EXAMINER)).get(address, {"outcome": outcome, "q": "zw"}).content.decode()
        assert ("87.52" in page) == (outcome == "passed")

    def test_the_wrong_role_is_refused(self, signed_in: Any) -> None:
        enrolment = an_enrolment()
        pk = enrolment.term_id
        for name, key in (("sheet", pk), ("release", pk), ("result", enrolment.pk)):
            address = reverse(f"lms_grading_admin:{name}", args=[key])
            assert signed_in(staff(Role.FINANCE)).get(address).status_code == 403
            assert signed_in(a_person().user).get(address).status_code == 302
        examiner = signed_in(staff(Role.EXAMINER))
        assert examiner.get(reverse("lms_grading_admin:index")).status_code == 200
        assert examiner.post(reverse("lms_grading_admin:release", args=[pk])).status_code == 403
        supervisor = signed_in(staff(Role.SUPERVISOR))
        assert supervisor.post(reverse("lms_grading_admin:compose", args=[pk])).status_code == 403
        assert supervisor.post(reverse("lms_grading_admin:result", args=[enrolment.pk])).status_code == 403

    def test_the_sheet_costs_the_same_with_3_and_200_rows(
        self, signed_in: Any, django_assert_max_num_queries: Any
    ) -> None:
        term = a_term()
        client = signed_in(staff(Role.EXAMINER))
        address = reverse("lms_grading_admin:sheet", args=[term.pk])
        table = {an_enrolment(term).pk: GOOD for _number in range(3)}
        with marks_given(table):
            compose_results(term, at=AFTER)
        client.get(address)
        with django_assert_max_num_queries(15) as few:
            client.get(address)
        table |= {an_enrolment(term).pk: GOOD for _number in range(197)}
        with marks_given(table):
            compose_results(term, at=AFTER)
        with django_assert_max_num_queries(len(few.captured_queries)):
            client.get(address)

    def test_the_desk_card_costs_one_query(self, rf: Any, django_assert_num_queries: Any) -> None:
        from lms.grading.views.learner import desk_card

        enrolment = an_enrolment()
        assert desk_card(rf.get("/"), enrolment) is None
        a_released_result(enrolment)
        with django_assert_num_queries(1):
            card = desk_card(rf.get("/"), enrolment)
        assert card is not None
        assert (card.state, card.figures[0].value) == ("done", "87.52")
