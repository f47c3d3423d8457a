"""Orders, payments, refunds, and the journal that decides."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from wagtail.models import ModelLogEntry

from lms.core.exceptions import DomainError
from lms.fees import services
from lms.fees.gates import refuse_change_of_money_decided
from lms.fees.models import MoneyEntry, Order, Refund
from lms.fees.selectors import money_differences, totals
from lms.people.enums import Role, UnitLevel
from lms.people.services import set_unit_levels
from lms.programmes.models import Enrolment, SubsidyRate
from lms.programmes.services import enrol_person
from tests import factories

pytestmark = pytest.mark.django_db
ZONE = factories.ZONE
AT = datetime(2025, 2, 1, 9, tzinfo=ZONE)


@pytest.fixture
def finance(db: None) -> Any:
    return factories.staff(Role.FINANCE)


def an_order(level: UnitLevel = UnitLevel.CITY_UNIT) -> Order:
    programme = factories.a_programme()
    SubsidyRate.objects.create(programme=programme, authority="市直", numerator=80, denominator=100)
    SubsidyRate.objects.create(programme=programme, authority="区县", numerator=0, denominator=100)
    person = factories.a_person(unit=factories.a_unit(level=level))
    return enrol_person(person, factories.a_term(programme), at=AT).order


@pytest.mark.parametrize(
    ("level", "authority", "payable"),
    [
        (UnitLevel.CITY, "市直", 36_000),
        (UnitLevel.CITY_UNIT, "市直", 36_000),
        (UnitLevel.DISTRICT, "区县", 180_000),
        (UnitLevel.DISTRICT_UNIT, "区县", 180_000),
    ],
)
def test_a_seat_opens_its_order_with_the_subsidy_of_the_unit(level: UnitLevel, authority: str, payable: int) -> None:
    order = an_order(level)
    assert (order.authority, order.amount_fen, order.payable_fen) == (authority, 180_000, payable)
    assert MoneyEntry.objects.filter(order=order, kind="charge", fen=180_000).count() == 1


def test_a_unit_without_a_level_has_no_subsidy_until_it_is_set(finance: Any) -> None:
    order = an_order(UnitLevel.UNSET)
    unit = order.enrolment.person.unit
    assert (order.authority, order.subsidy_fen, order.due_fen) == ("", 0, 180_000)
    steps = [
        (UnitLevel.CITY_UNIT, "市直", 36_000, ["charge", "subsidy"]),
        (UnitLevel.CITY_UNIT, "市直", 36_000, ["charge", "subsidy"]),
        (UnitLevel.DISTRICT_UNIT, "区县", 180_000, ["charge", "subsidy", "cut"]),
        (UnitLevel.CITY, "市直", 36_000, ["charge", "subsidy", "cut", "subsidy"]),
        (UnitLevel.UNSET, "", 180_000, ["charge", "subsidy", "cut", "subsidy", "cut"]),
    ]
    for level, authority, due, kinds in steps:
        set_unit_levels({unit.pk: level}, at=AT, actor=finance)
        order.refresh_from_db()
        assert (order.authority, order.due_fen) == (authority, due)
        assert list(order.entries.values_list("kind", flat=True)) == kinds
        assert list(money_differences()) == []
    acts = ModelLogEntry.objects.filter(action="lms_fees.subsidy", object_id=str(order.pk)).order_by("pk")
    assert [entry.data["after"]["fen"] for entry in acts] == [144_000, 0, 144_000, 0]
    assert {entry.user for entry in acts} == {finance}
    assert ModelLogEntry.objects.filter(action="lms_people.set_level", object_id=str(unit.pk)).count() == 4


def test_an_order_with_a_payment_stays_when_the_level_is_set(finance: Any) -> None:
    order = an_order(UnitLevel.UNSET)
    services.record_payment(order, 100, nonce="bank:9", at=AT, actor=finance)
    set_unit_levels({order.enrolment.person.unit_id: UnitLevel.CITY_UNIT}, at=AT, actor=finance)
    order.refresh_from_db()
    assert (order.subsidy_fen, order.due_fen) == (0, 179_900)


def test_without_a_unit_there_is_no_subsidy() -> None:
    order = enrol_person(factories.a_person(), factories.a_term(), at=AT).order
    assert (order.authority, order.subsidy_fen, order.due_fen) == ("", 0, 180_000)


def test_opening_twice_gives_the_first_order() -> None:
    order = an_order()
    assert services.open_order(order.enrolment, at=AT, actor=None) == order
    assert MoneyEntry.objects.filter(order=order).count() == 2


def test_a_payment_sent_twice_counts_once(finance: Any) -> None:
    order = an_order()
    first = services.record_payment(order, 36_000, nonce="bank:1", at=AT, actor=finance)
    assert services.record_payment(order, 36_000, nonce="bank:1", at=AT, actor=finance) == first
    order.refresh_from_db()
    assert (order.paid_fen, order.due_fen, order.state) == (36_000, 0, "paid")


@pytest.mark.parametrize(("fen", "code"), [(0, "no_amount"), (-1, "no_amount"), (36_001, "too_much")])
def test_wrong_amounts_are_refused(finance: Any, fen: int, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        services.record_payment(an_order(), fen, nonce="x", at=AT, actor=finance)
    assert refused.value.code == code


def test_a_reference_cannot_stand_for_two_payments(finance: Any) -> None:
    order = an_order()
    services.record_payment(order, 100, nonce="bank:2", at=AT, actor=finance)
    with pytest.raises(DomainError) as refused:
        services.record_payment(order, 200, nonce="bank:2", at=AT, actor=finance)
    assert refused.value.code == "other_payment"


def a_paid_order(finance: Any) -> Order:
    order = an_order()
    services.record_payment(order, 36_000, nonce=f"bank:{order.pk}", at=AT, actor=finance)
    order.refresh_from_db()
    return order


def ask(order: Order, at: datetime) -> Refund:
    return services.request_refund(order, reason="工作安排冲突", at=at, actor=order.enrolment.person.user)


def test_to_the_last_second_of_the_last_full_day_everything_comes_back(finance: Any) -> None:
    order = a_paid_order(finance)
    refund = ask(order, datetime(2025, 2, 22, 23, 59, 59, tzinfo=ZONE))
    order.refresh_from_db()
    assert (refund.state, refund.fen, refund.verdict) == ("granted", 36_000, "full")
    assert (order.due_fen, order.state) == (0, "released")
    assert Enrolment.objects.get(pk=order.enrolment_id).state == "withdrawn"
    assert list(money_differences()) == []


def test_a_second_later_a_person_decides_and_may_say_no(finance: Any) -> None:
    order = a_paid_order(finance)
    refund = ask(order, datetime(2025, 2, 23, 0, 0, 0, tzinfo=ZONE))
    assert (refund.state, refund.verdict) == ("open", "between")
    services.decide_refund(refund, granted=False, answer="已超过期限", at=AT, actor=finance)
    order.refresh_from_db()
    assert (order.refunded_fen, order.state) == (0, "paid")
    assert Enrolment.objects.get(pk=order.enrolment_id).state == "active"


def test_a_person_may_also_say_yes(finance: Any) -> None:
    order = a_paid_order(finance)
    refund = ask(order, datetime(2025, 2, 25, 12, tzinfo=ZONE))
    decided = services.decide_refund(refund, granted=True, answer="因公出差属实", at=AT, actor=finance)
    order.refresh_from_db()
    assert (decided.state, decided.fen, order.state) == ("granted", 36_000, "released")


@pytest.mark.parametrize("day", [1, 2, 31])
def test_from_the_first_day_on_nothing_comes_back(finance: Any, day: int) -> None:
    with pytest.raises(DomainError) as refused:
        ask(a_paid_order(finance), datetime(2025, 3, day, 0, 0, 0, tzinfo=ZONE))
    assert (refused.value.code, refused.value.refusals[0].rule) == ("term_begun", "R20")


def test_asking_again_and_again_gives_one_refund(finance: Any) -> None:
    order = a_paid_order(finance)
    at = datetime(2025, 2, 20, 9, tzinfo=ZONE)
    assert {ask(order, at + timedelta(seconds=n)).pk for n in range(5)} == {Refund.objects.get(order=order).pk}
    assert MoneyEntry.objects.filter(order=order, kind="refund").count() == 1


def test_nobody_decides_on_her_own_refund(finance: Any) -> None:
    order = a_paid_order(finance)
    refund = ask(order, datetime(2025, 2, 25, 12, tzinfo=ZONE))
    with pytest.raises(DomainError) as refused:
        services.decide_refund(refund, granted=True, answer="给自己退费", at=AT, actor=order.enrolment.person.user)
    assert refused.value.code == "own_refund"


def test_the_verifier_names_an_order_that_differs_from_its_journal(finance: Any) -> None:
    order = a_paid_order(finance)
    Order.objects.filter(pk=order.pk).update(paid_fen=35_999)
    (found,) = money_differences()
    assert found.where == f"lms_fees.order:{order.pk}"
    assert "paid 36000" in found.expected
    assert "paid 35999" in found.found


def test_totals_add_up_to_the_fen(finance: Any) -> None:
    a_paid_order(finance)
    an_order(UnitLevel.DISTRICT)
    found = totals(Order.objects.all())
    assert found["amount"] - found["subsidy"] - found["paid"] == found["due"] == 180_000


def test_the_days_of_a_refund_stand_once_one_was_asked_for(finance: Any) -> None:
    order = a_paid_order(finance)
    programme = order.enrolment.term.programme
    assert refuse_change_of_money_decided(programme, {"fee.refund_days"}) is None
    ask(order, AT)
    refusal = refuse_change_of_money_decided(programme, {"fee.refund_days"})
    assert refusal is not None
    assert (refusal.code, refusal.rule) == ("refunds_asked", "R20")
    assert refuse_change_of_money_decided(factories.a_programme("another"), {"fee.refund_days"}) is None


def test_an_authority_that_subsidises_orders_stays_in_the_table() -> None:
    programme = an_order().enrolment.term.programme
    refusal = refuse_change_of_money_decided(programme, {"fee.subsidies.市直.authority"})
    assert refusal is not None
    assert refusal.code == "subsidy_used"
    for keys in ({"fee.subsidies.区县.authority"}, {"fee.subsidies.市直.rate"}, {"fee.amount_yuan"}):
        assert refuse_change_of_money_decided(programme, keys) is None


def test_a_row_of_no_known_kind_is_a_difference_and_no_crash(finance: Any) -> None:
    order = a_paid_order(finance)
    entry = MoneyEntry.objects.create(order=order, kind="gift", fen=5, nonce="gift", at=AT, actor=finance)
    (found,) = money_differences()
    assert (found.where, found.found) == (f"lms_fees.moneyentry:{entry.pk} kind", "gift")
