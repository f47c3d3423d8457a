"""Appeals: the period, who may decide, and the two sides' screens (R14)."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from wagtail import hooks

from lms.appeals.models import Appeal, AppealEvent
from lms.appeals.rules import AppealableDecision, AppealableKind, in_time, last_day_to_file, reason_suffices
from lms.appeals.selectors import next_open_after, verify_appeals
from lms.appeals.services import decide_appeal, file_appeal, withdraw_appeal
from lms.appeals.signals import appeal_decided
from lms.core.exceptions import DomainError
from lms.people.enums import Role
from tests.factories import ZONE, a_person, an_enrolment, staff

MONDAY = datetime(2025, 3, 10, 12, 0, tzinfo=ZONE)
REASON = "经核对答卷，第三题的得分应当更正。"


def a_decision(**fields: Any) -> AppealableDecision:
    return AppealableDecision(**{"reference": "result:1", "title": "成绩 58.00", "decided_at": MONDAY, **fields})


def an_appeal(**fields: Any) -> Appeal:
    enrolment = fields.pop("enrolment", None) or an_enrolment()
    values = {"grounds": "第三题判分有误。", "at": MONDAY, "actor": enrolment.person.user, **fields}
    decision = values.pop("decision", None) or a_decision()
    return file_appeal(enrolment, "grading.result", decision, **values)


@pytest.mark.parametrize(
    ("decided", "holidays", "workdays", "last"),
    [
        (MONDAY, (), (), date(2025, 3, 17)),
        (datetime(2025, 3, 14, 18, 0, tzinfo=ZONE), (), (), date(2025, 3, 21)),
        (datetime(2025, 3, 15, 9, 0, tzinfo=ZONE), (), (), date(2025, 3, 21)),
        (MONDAY, (date(2025, 3, 12),), (), date(2025, 3, 18)),
        (MONDAY, (), (date(2025, 3, 15),), date(2025, 3, 15)),
        (datetime(2025, 3, 9, 17, 0, tzinfo=ZONE), (), (), date(2025, 3, 14)),
    ],
)
def test_the_day_of_the_decision_does_not_count(
    decided: datetime, holidays: tuple[date, ...], workdays: tuple[date, ...], last: date
) -> None:
    assert last_day_to_file(decided, 5, holidays, workdays) == last


def test_the_last_day_counts_until_its_end() -> None:
    due_on = date(2025, 3, 17)
    assert in_time(datetime(2025, 3, 17, 23, 59, 59, tzinfo=ZONE), due_on)
    assert not in_time(datetime(2025, 3, 18, 0, 0, tzinfo=ZONE), due_on)


def test_blanks_are_no_reason() -> None:
    assert reason_suffices("一二三四五六七八九十")
    assert not reason_suffices("  一二三四五六七八九  ")


@pytest.mark.django_db
class TestFiling:
    def test_keeps_what_was_decided(self) -> None:
        appeal = an_appeal()
        assert (appeal.state, appeal.due_on, appeal.title) == ("open", date(2025, 3, 17), "成绩 58.00")
        assert [event.act for event in appeal.events.all()] == ["filed"]

    def test_the_same_appeal_twice_is_one(self) -> None:
        enrolment = an_enrolment()
        assert an_appeal(enrolment=enrolment).pk == an_appeal(enrolment=enrolment).pk

    def test_another_appeal_against_the_same_decision_is_refused(self) -> None:
        enrolment = an_enrolment()
        an_appeal(enrolment=enrolment)
        with pytest.raises(DomainError) as refused:
            an_appeal(enrolment=enrolment, grounds="还有一点。")
        assert refused.value.code == "already_appealed"

    def test_after_the_last_day_it_is_refused_with_the_date(self) -> None:
        with pytest.raises(DomainError) as refused:
            an_appeal(at=datetime(2025, 3, 18, 0, 0, tzinfo=ZONE))
        assert refused.value.code == "too_late"
        assert dict(refused.value.refusals[0].figures) == {"due_on": "2025-03-17", "working_days": 5}

    def test_without_grounds_it_is_refused(self) -> None:
        with pytest.raises(DomainError) as refused:
            an_appeal(grounds="  ")
        assert refused.value.code == "no_grounds"

    def test_a_withdrawn_one_may_be_filed_again(self) -> None:
        enrolment = an_enrolment()
        withdraw_appeal(an_appeal(enrolment=enrolment), at=MONDAY, actor=enrolment.person.user)
        assert an_appeal(enrolment=enrolment).state == "open"
        assert Appeal.objects.count() == 2


@pytest.mark.django_db
class TestDeciding:
    def test_is_announced_on_commit(self, django_capture_on_commit_callbacks: Any) -> None:
        heard: list[Appeal] = []
        appeal = an_appeal()

        def listen(appeal: Appeal, **_kwargs: Any) -> None:
            heard.append(appeal)

        appeal_decided.connect(listen)
        try:
            with django_capture_on_commit_callbacks(execute=True):
                decide_appeal(appeal, upheld=True, reason=REASON, at=MONDAY, actor=staff(Role.EXAMINER))
        finally:
            appeal_decided.disconnect(listen)
        assert [(row.state, row.reason) for row in heard] == [("upheld", REASON)]
        assert list(verify_appeals()) == []

    def test_needs_a_reason(self) -> None:
        with pytest.raises(DomainError) as refused:
            decide_appeal(an_appeal(), upheld=False, reason="不成立", at=MONDAY, actor=staff(Role.EXAMINER))
        assert refused.value.code == "reason_too_short"

    def test_nobody_judges_her_own_decision(self) -> None:
        examiner = staff(Role.EXAMINER)
        appeal = an_appeal(decision=a_decision(decided_by=examiner.pk))
        with pytest.raises(DomainError) as refused:
            decide_appeal(appeal, upheld=False, reason=REASON, at=MONDAY, actor=examiner)
        assert refused.value.code == "own_decision"

    def test_nobody_judges_her_own_appeal(self) -> None:
        appeal = an_appeal()
        with pytest.raises(DomainError) as refused:
            decide_appeal(appeal, upheld=True, reason=REASON, at=MONDAY, actor=appeal.enrolment.person.user)
        assert refused.value.code == "own_decision"

    def test_is_final(self) -> None:
        appeal = decide_appeal(an_appeal(), upheld=True, reason=REASON, at=MONDAY, actor=staff(Role.EXAMINER))
        with pytest.raises(DomainError) as refused:
            decide_appeal(appeal, upheld=False, reason=REASON, at=MONDAY, actor=staff(Role.REVIEWER))
        assert refused.value.code == "not_open"

    def test_the_oldest_comes_next(self) -> None:
        first, second = an_appeal(), an_appeal(at=MONDAY + timedelta(hours=1))
        assert next_open_after(second) == first
        assert next_open_after(first) == second

    def test_the_database_wants_a_reason_too(self) -> None:
        appeal = an_appeal()
        with pytest.raises(IntegrityError), transaction.atomic():
            Appeal.objects.filter(pk=appeal.pk).update(state="upheld")

    def test_the_journal_cannot_be_changed(self) -> None:
        an_appeal()
        with pytest.raises(IntegrityError), transaction.atomic():
            AppealEvent.objects.update(text="")

    def test_the_verifier_names_a_state_that_the_journal_does_not_tell(self) -> None:
        appeal = an_appeal()
        Appeal.objects.filter(pk=appeal.pk).update(state="withdrawn")
        assert [(row.expected, row.found) for row in verify_appeals()] == [("open", "withdrawn")]


@pytest.fixture
def with_a_decision() -> Any:
    decision = a_decision(decided_at=datetime.now(ZONE), reference="result:7/2")
    kind = AppealableKind("test.kind", "成绩", lambda enrolment: (decision,))
    with hooks.register_temporarily("lms_appealable_kinds", lambda: kind):
        yield decision


@pytest.mark.django_db
class TestScreens:
    def test_a_learner_appeals(self, signed_in: Any, with_a_decision: AppealableDecision) -> None:
        enrolment = an_enrolment()
        client = signed_in(enrolment.person.user)
        page = client.get(reverse("lms_appeals:mine"))
        assert "成绩 58.00" in page.content.decode()
        address = f"{reverse('lms_appeals:new')}?enrolment={enrolment.pk}&kind=test.kind&reference=result:7/2"
        assert client.get(address).status_code == 200
        answer = client.post(address, {"grounds": "第三题判分有误。"}, follow=True)
        assert answer.status_code == 200
        appeal = Appeal.objects.get()
        assert appeal.grounds in answer.content.decode()
        assert client.post(reverse("lms_appeals:withdraw", args=[appeal.pk])).status_code == 302
        appeal.refresh_from_db()
        assert appeal.state == "withdrawn"

    def test_what_can_still_be_appealed_stands_first(self, signed_in: Any) -> None:
        now = datetime.now(ZONE)
        old = a_decision(decided_at=now - timedelta(days=60), reference="a:1", title="旧决定")
        new = a_decision(decided_at=now, reference="a:2", title="新决定")
        kind = AppealableKind("test.kind", "成绩", lambda enrolment: (old, new))
        with hooks.register_temporarily("lms_appealable_kinds", lambda: kind):
            page = signed_in(an_enrolment().person.user).get(reverse("lms_appeals:mine")).content.decode()
        assert page.index("新决定") < page.index("旧决定")

    def test_somebody_elses_decision_is_not_found(
        self, signed_in: Any, outsider: Any, with_a_decision: AppealableDecision
    ) -> None:
        enrolment = an_enrolment()
        address = f"{reverse('lms_appeals:new')}?enrolment={enrolment.pk}&kind=test.kind&reference=result:7/2"
        client = signed_in(outsider)
        assert client.get(address).status_code == 404
        appeal = an_appeal(enrolment=enrolment)
        assert client.get(reverse("lms_appeals:detail", args=[appeal.pk])).status_code == 404
        assert client.post(reverse("lms_appeals:withdraw", args=[appeal.pk])).status_code == 404
        assert client.get(reverse("lms_appeals:mine")).status_code == 200

    @pytest.mark.parametrize("name", ["mine", "new"])
    def test_anonymous_signs_in_first(self, client: Any, name: str) -> None:
        assert client.get(reverse(f"lms_appeals:{name}")).status_code == 302

    def test_an_examiner_decides_and_goes_on(self, signed_in: Any) -> None:
        first, second = an_appeal(), an_appeal(at=MONDAY + timedelta(hours=1))
        client = signed_in(staff(Role.EXAMINER))
        page = client.get(reverse("lms_appeals_admin:decide", args=[first.pk]))
        assert first.grounds in page.content.decode()
        short = client.post(reverse("lms_appeals_admin:decide", args=[first.pk]), {"outcome": "upheld", "reason": "好"})
        assert (short.status_code, Appeal.objects.filter(state="open").count()) == (200, 2)
        answer = client.post(
            reverse("lms_appeals_admin:decide", args=[first.pk]), {"outcome": "rejected", "reason": REASON}
        )
        assert answer.headers["Location"] == reverse("lms_appeals_admin:decide", args=[second.pk])

    def test_the_wrong_role_is_refused(self, signed_in: Any) -> None:
        appeal = an_appeal()
        for name, args in (("index", []), ("results", []), ("decide", [appeal.pk])):
            address = reverse(f"lms_appeals_admin:{name}", args=args)
            assert signed_in(staff(Role.FINANCE)).get(address).status_code == 403
            assert signed_in(a_person().user).get(address).status_code == 302

    def test_who_only_reads_cannot_decide(self, signed_in: Any) -> None:
        appeal = an_appeal()
        client = signed_in(staff(Role.SUPERVISOR))
        address = reverse("lms_appeals_admin:decide", args=[appeal.pk])
        assert client.get(address).status_code == 200
        assert client.post(address, {"outcome": "upheld", "reason": REASON}).status_code == 403

    def test_the_queue_costs_the_same_with_3_and_60_rows(
        self, signed_in: Any, django_assert_max_num_queries: Any
    ) -> None:
        client = signed_in(staff(Role.EXAMINER))
        for _number in range(3):
            an_appeal()
        client.get(reverse("lms_appeals_admin:index"))
        with django_assert_max_num_queries(20) as few:
            client.get(reverse("lms_appeals_admin:index"))
        for _number in range(40):
            an_appeal()
        with django_assert_max_num_queries(len(few.captured_queries)):
            page = client.get(reverse("lms_appeals_admin:index"))
        assert "成绩 58.00" in page.content.decode()

    def test_export(self, signed_in: Any) -> None:
        an_appeal()
        answer = signed_in(staff(Role.EXAMINER)).get(reverse("lms_appeals_admin:index") + "?export=csv")
        assert "第三题判分有误。" in b"".join(answer.streaming_content).decode()
