"""Who sees money, and what is sent twice."""

from datetime import datetime
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from lms.fees.models import MoneyEntry
from lms.fees.selectors import outlook_for
from lms.fees.services import record_payment, request_refund
from lms.people.enums import Role
from lms.programmes.services import enrol_person
from tests import factories

pytestmark = pytest.mark.django_db
AT = datetime(2025, 2, 1, 9, tzinfo=factories.ZONE)


@pytest.fixture
def order(db: None) -> Any:
    return enrol_person(factories.a_person(), factories.a_term(), at=AT).order


def test_the_learner_sees_what_she_owes_and_no_other_order(signed_in: Any, order: Any) -> None:
    page = signed_in(order.enrolment.person.user).get(reverse("lms_fees:mine")).content.decode()
    assert order.code in page
    assert "¥1,800.00" in page
    other = factories.a_person()
    assert order.code not in signed_in(other.user).get(reverse("lms_fees:mine")).content.decode()
    assert signed_in(other.user).get(reverse("lms_fees:refund", args=[order.pk])).status_code == 404


def test_outsiders_stay_outside(signed_in: Any, outsider: Any, order: Any, client: Any) -> None:
    for name, args in (("index", []), ("order", [order.pk]), ("refunds", [])):
        address = reverse(f"lms_fees_admin:{name}", args=args)
        assert signed_in(outsider).get(address).status_code in {302, 403}
        assert signed_in(factories.staff(Role.EXAMINER)).get(address).status_code == 403
        assert client.get(address).status_code == 302


def test_the_supervisor_looks_but_does_not_record(signed_in: Any, order: Any) -> None:
    address = reverse("lms_fees_admin:order", args=[order.pk])
    browser = signed_in(factories.staff(Role.SUPERVISOR))
    assert browser.get(address).status_code == 200
    form = {"amount": "1800", "paid_on": "2025-02-03", "nonce": "n", "reason": ""}
    assert browser.post(address, form).status_code == 403
    assert not MoneyEntry.objects.filter(kind="payment").exists()


def test_a_payment_form_sent_twice_counts_once(signed_in: Any, order: Any) -> None:
    browser = signed_in(factories.staff(Role.FINANCE))
    form = {"amount": "1,800.00", "paid_on": "2025-02-03", "nonce": "manual:1", "reason": "转账"}
    for _time in range(2):
        assert browser.post(reverse("lms_fees_admin:order", args=[order.pk]), form).status_code == 302
    assert MoneyEntry.objects.get(kind="payment").fen == 180_000


def test_the_list_of_orders_costs_the_same_for_many(
    signed_in: Any, django_assert_max_num_queries: Any, order: Any
) -> None:
    for _number in range(30):
        enrol_person(factories.a_person(unit=factories.a_unit()), order.enrolment.term, at=AT)
    browser = signed_in(factories.staff(Role.FINANCE))
    browser.get(reverse("lms_fees_admin:index"))
    with django_assert_max_num_queries(24):
        answer = browser.get(reverse("lms_fees_admin:index"))
    assert answer.status_code == 200
    export = browser.get(reverse("lms_fees_admin:index") + "?export=xlsx")
    assert export.status_code == 200


@pytest.mark.parametrize(
    ("usual", "said"), [("refuse", "as a rule nothing is paid back"), ("refund", "as a rule it is granted")]
)
def test_what_is_usual_between_the_days_is_the_programmes_word(usual: str, said: str, order: Any) -> None:
    programme = order.enrolment.term.programme
    programme.refund_between = usual
    between = outlook_for(order, at=datetime(2025, 2, 25, 9, tzinfo=factories.ZONE))
    with translation.override("en"):
        assert said in render_to_string("lms_fees/parts/outlook.html", {"outlook": between})


def test_a_refund_opens_from_the_list_and_names_are_names(signed_in: Any, order: Any) -> None:
    finance = factories.staff(Role.FINANCE)
    factories.a_person("钱会计", user=finance)
    browser = signed_in(finance)
    refunds = reverse("lms_fees_admin:refunds")
    assert "还没有人申请退费" in browser.get(refunds).content.decode()
    record_payment(order, 180_000, nonce="n", at=AT, actor=finance)
    assert "钱会计" in browser.get(reverse("lms_fees_admin:order", args=[order.pk])).content.decode()
    asked = request_refund(order, reason="因工作安排不能参加本期培训", at=AT, actor=order.enrolment.person.user)
    assert f'href="{reverse("lms_fees_admin:refund", args=[asked.pk])}"' in browser.get(refunds).content.decode()
