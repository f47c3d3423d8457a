"""Facts of admission, fees and the library: one notice each, however often the fact is announced, in both languages."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.utils import translation

from lms.admissions import services as admissions
from lms.admissions.enums import ApplicationAct
from lms.admissions.signals import application_decided, application_submitted
from lms.community.signals import resource_published
from lms.fees import services as fees
from lms.fees.models import Order
from lms.fees.signals import payment_recorded, refund_decided
from lms.notifications.models import Notice
from lms.notifications.selectors import words_of
from lms.people.enums import Role
from lms.programmes.services import enrol_person
from tests import factories
from tests.admissions.factories import INSIDE, a_filled_draft, a_submitted
from tests.community.factories import a_resource

pytestmark = pytest.mark.django_db
BEFORE = datetime(2025, 2, 1, 9, tzinfo=factories.ZONE)
BETWEEN = datetime(2025, 2, 25, 9, tzinfo=factories.ZONE)
REASON = "学历证书不清晰，请重新上传。"
Fact = tuple[Any, str, Callable[[], Any]]


def an_order() -> Order:
    return enrol_person(factories.a_person(), factories.a_term(), at=BEFORE).order


def submitted() -> Fact:
    draft = a_filled_draft()
    done = admissions.submit_application(draft, at=INSIDE, actor=draft.person.user)
    return done.person.user, "application_submitted", lambda: application_submitted.send(None, application=done)


def decided(verb: Callable[..., Any], act: ApplicationAct) -> Callable[[], Fact]:
    def make() -> Fact:
        done = verb(a_submitted(), at=BEFORE, actor=factories.staff(Role.REVIEWER), reason=REASON)
        facts = {"application": done, "act": act, "reason": REASON}
        return done.person.user, f"application_{act}", lambda: application_decided.send(None, **facts)

    return make


def paid() -> Fact:
    order = an_order()
    entry = fees.record_payment(order, 80_000, nonce="n", at=BEFORE, actor=factories.staff(Role.FINANCE))
    order.refresh_from_db()
    return (
        order.enrolment.person.user,
        "payment_recorded",
        lambda: payment_recorded.send(None, order=order, entry=entry),
    )


def refunded(*, granted: bool) -> Callable[[], Fact]:
    def make() -> Fact:
        user = (order := an_order()).enrolment.person.user
        refund = fees.request_refund(order, reason="工作安排冲突", at=BETWEEN, actor=user)
        finance = factories.staff(Role.FINANCE)
        refund = fees.decide_refund(refund, granted=granted, answer="因公出差属实", at=BETWEEN, actor=finance)
        kind = "refund_granted" if granted else "refund_refused"
        return user, kind, lambda: refund_decided.send(None, refund=refund)

    return make


def published() -> Fact:
    user = factories.an_enrolment().person.user
    resource = a_resource()
    return user, "resource_published", lambda: resource_published.send(None, resource=resource)


FACTS = {
    "submitted": (submitted, "2025年春季班"),
    "returned": (decided(admissions.return_application, ApplicationAct.RETURNED), REASON),
    "wait-listed": (decided(admissions.wait_list_application, ApplicationAct.WAIT_LISTED), "2025年春季班"),
    "rejected": (decided(admissions.reject_application, ApplicationAct.REJECTED), REASON),
    "paid": (paid, "¥1,000.00"),
    "granted": (refunded(granted=True), "因公出差属实"),
    "refused": (refunded(granted=False), "因公出差属实"),
    "published": (published, "绩效面谈记录表"),
}


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_is_one_notice_in_either_language(name: str, django_capture_on_commit_callbacks: Any) -> None:
    make, figure = FACTS[name]
    with django_capture_on_commit_callbacks(execute=True):
        user, kind, again = make()
    again()
    [notice] = Notice.objects.filter(user=user, kind=kind)
    assert notice.key.startswith(kind.split("_")[0])
    assert notice.url
    shown = {}
    for language in ("zh-hans", "en"):
        with translation.override(language):
            words = words_of(notice)
            shown[language] = (str(words.title), str(words.body))
            assert "%(" not in "".join(shown[language])
            assert figure in "".join(shown[language])
    assert shown["zh-hans"][0] != shown["en"][0]


def test_handed_in_again_is_told_again(django_capture_on_commit_callbacks: Any) -> None:
    reviewer = factories.staff(Role.REVIEWER)
    with django_capture_on_commit_callbacks(execute=True):
        application = a_submitted()
    with django_capture_on_commit_callbacks(execute=True):
        admissions.return_application(application, at=BEFORE, actor=reviewer, reason=REASON)
    with django_capture_on_commit_callbacks(execute=True):
        admissions.submit_application(application, at=BEFORE, actor=application.person.user)
    kinds = Notice.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["application_submitted", "application_returned", "application_submitted"]


def test_the_admitted_hear_of_their_seat_once(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        application = a_submitted()
    with django_capture_on_commit_callbacks(execute=True):
        admissions.admit_application(application, at=BEFORE, actor=factories.staff(Role.REVIEWER))
    kinds = Notice.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["application_submitted", "enrolled"]
