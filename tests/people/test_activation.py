"""The first sign-in: code, password, consent."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from lms.core.exceptions import DomainError
from lms.people.enums import ConsentKind, Role
from lms.people.models import ConsentEntry, ConsentText, Person
from lms.people.selectors import consents_due, consents_given, sheet_rows
from lms.people.services import (
    activate_account,
    give_consents,
    hand_out_sheet,
    issue_activation_codes,
    load_consent_texts,
    make_activation_code,
    withdraw_consent,
)
from lms.people.signals import activation_code_made
from tests import factories

pytestmark = pytest.mark.django_db
PASSWORD = "Qinling-2025-jixiao"


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


@pytest.fixture
def person() -> Person:
    return factories.a_person("李静", phone="13900000001")


def form(**changes: str) -> dict[str, str]:
    return {"phone": "139 0000 0001", "code": "", "password": PASSWORD, "again": PASSWORD, **changes}


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**8:08d}"


def test_the_code_sets_the_password_once(person: Person, noon: datetime) -> None:
    code = make_activation_code(person, at=noon)
    activate_account(person, f"{code}", password=PASSWORD, at=noon)
    assert person.user.check_password(PASSWORD)
    with pytest.raises(DomainError) as refusal:
        activate_account(person, code, password="another", at=noon)
    assert refusal.value.code == "code_wrong"


@pytest.mark.parametrize(("later", "code"), [(timedelta(days=14), "code_expired"), (timedelta(days=13), "")])
def test_a_code_is_valid_for_fourteen_days(person: Person, noon: datetime, later: timedelta, code: str) -> None:
    secret = make_activation_code(person, at=noon)
    found = ""
    try:
        activate_account(person, secret, password=PASSWORD, at=noon + later)
    except DomainError as refusal:
        found = refusal.code
    assert found == code


def test_five_wrong_codes_lock_it(person: Person, noon: datetime) -> None:
    code = make_activation_code(person, at=noon)
    codes = []
    for attempt in [wrong(code)] * 5 + [code]:
        with pytest.raises(DomainError) as refusal:
            activate_account(person, attempt, password=PASSWORD, at=noon)
        codes.append(refusal.value.code)
    assert codes == ["code_wrong"] * 5 + ["code_locked"]
    activate_account(person, make_activation_code(person, at=noon), password=PASSWORD, at=noon)


def test_codes_are_announced_on_commit_and_kept_as_a_digest(
    person: Person, noon: datetime, django_capture_on_commit_callbacks: Any
) -> None:
    heard = []

    def hear(sender: Any, person: Person, code: str, **kwargs: Any) -> None:
        heard.append((person, code))

    activation_code_made.connect(hear)
    with django_capture_on_commit_callbacks(execute=True):
        code = make_activation_code(person, at=noon)
    activation_code_made.disconnect(hear)
    assert heard == [(person, code)]
    assert code not in person.activation_codes.get().digest


def test_a_sheet_is_handed_out_once(person: Person, noon: datetime) -> None:
    assistant = factories.staff(Role.ASSISTANT)
    sheet = issue_activation_codes([person], at=noon, actor=assistant)
    assert [(row.name, row.phone) for row in sheet_rows(sheet, at=noon)] == [("李静", "13900000001")]
    assert sheet_rows(sheet, at=noon + timedelta(hours=24)) == []
    assert len(hand_out_sheet(sheet, at=noon)) == 1
    with pytest.raises(DomainError) as refusal:
        hand_out_sheet(sheet, at=noon)
    assert refusal.value.code == "sheet_gone"


def test_only_an_administrator_gives_staff_a_new_way_in(noon: datetime, administrator: Any) -> None:
    colleague = factories.a_person("周敏", user=factories.staff(Role.REVIEWER))
    with pytest.raises(DomainError) as refusal:
        issue_activation_codes([colleague], at=noon, actor=factories.staff(Role.ASSISTANT))
    assert refusal.value.code == "staff_account"
    assert issue_activation_codes([colleague], at=noon, actor=administrator).count == 1
    with pytest.raises(DomainError) as refusal:
        issue_activation_codes([factories.a_person("吴伟", phone=None)], at=noon, actor=administrator)
    assert refusal.value.code == "no_phone"


def test_activation_on_screen_signs_in_and_goes_to_the_desk(client: Any, person: Person) -> None:
    code = make_activation_code(person, at=timezone.now())
    assert client.get(reverse("lms_people:activate")).status_code == 200
    response = client.post(reverse("lms_people:activate"), form(code=f"{code[:4]} {code[4:]}"))
    assert (response.status_code, response.headers["Location"]) == (302, "/desk/")
    assert client.session["_auth_user_id"] == str(person.user_id)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"phone": "12345"}, "phone"),
        ({"again": "different-1x"}, "again"),
        ({"password": "12345678", "again": "12345678"}, "password"),
        ({"code": "00000000"}, "code"),
        ({"phone": "13911111111", "code": "00000000"}, "code"),
    ],
)
def test_errors_stand_at_the_field_and_keep_what_was_typed(
    client: Any, person: Person, changes: dict[str, str], field: str
) -> None:
    make_activation_code(person, at=timezone.now())
    response = client.post(reverse("lms_people:activate"), {**form(code="1"), **changes})
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert f'value="{changes.get("phone", "139 0000 0001")}"' in response.content.decode()


def test_attempts_are_throttled_for_a_number_and_for_an_address(client: Any, person: Person, settings: Any) -> None:
    settings.LMS_PEOPLE_PHONE_FAILURES = 2
    settings.LMS_PEOPLE_ADDRESS_FAILURES = 3
    address = reverse("lms_people:activate")
    for _attempt in range(2):
        client.post(address, form(phone="13911111111", code="00000000"))
    assert "半小时" in client.post(address, form(phone="13911111111", code="00000000")).content.decode()
    client.post(address, form(code="00000000"))
    code = make_activation_code(person, at=timezone.now())
    assert client.post(address, form(code=code)).status_code == 422
    cache.clear()
    assert client.post(address, form(code=code)).status_code == 302


TEXTS = [
    {"kind": "privacy", "version": 1, "title": "告知书", "body": "内容", "summary_en": "Summary"},
    {"kind": "identity", "version": 1, "title": "单独同意", "body": "内容", "summary_en": "Summary"},
]


def test_consents_are_asked_for_version_by_version(person: Person, noon: datetime) -> None:
    assert consents_due(person, at=noon) == []
    assert load_consent_texts(TEXTS, at=noon) == 2
    assert load_consent_texts(TEXTS, at=noon) == 0
    assert [text.kind for text in consents_due(person, at=noon)] == ["privacy", "identity"]
    give_consents(person, consents_due(person, at=noon), at=noon)
    give_consents(person, ConsentText.objects.all(), at=noon)
    assert ConsentEntry.objects.count() == 2
    assert consents_due(person, at=noon) == []
    load_consent_texts([{**TEXTS[0], "version": 2}], at=noon)
    assert [(text.kind, text.version) for text in consents_due(person, at=noon)] == [("privacy", 2)]


def test_a_withdrawn_consent_is_due_again(person: Person, noon: datetime) -> None:
    load_consent_texts(TEXTS, at=noon)
    give_consents(person, consents_due(person, at=noon), at=noon)
    assert withdraw_consent(person, ConsentKind.IDENTITY, at=noon) == 1
    assert withdraw_consent(person, ConsentKind.IDENTITY, at=noon) == 0
    assert [entry.text.kind for entry in consents_given(person)] == ["privacy"]
    assert [text.kind for text in consents_due(person, at=noon)] == ["identity"]


def test_somebody_without_an_id_number_is_not_asked_for_it(noon: datetime) -> None:
    load_consent_texts(TEXTS, at=noon)
    person = Person.objects.create(user=factories.a_user(), name="孙丽")
    assert [text.kind for text in consents_due(person, at=noon)] == ["privacy"]


def test_nothing_opens_before_the_consent_and_then_the_page_asked_for(signed_in: Any, person: Person) -> None:
    load_consent_texts(TEXTS, at=timezone.now())
    client = signed_in(person.user)
    me, consent = reverse("lms_people:me"), reverse("lms_people:consent")
    response = client.get(me)
    assert response.headers["Location"] == f"{consent}?next=%2Fme%2F"
    page = client.get(response.headers["Location"])
    assert [text.kind for text in page.context["texts"]] == ["privacy", "identity"]
    half = client.post(consent, {"agree_privacy_1": "1", "next": me})
    assert half.status_code == 422
    assert not ConsentEntry.objects.exists()
    done = client.post(consent, {"agree_privacy_1": "1", "agree_identity_1": "1", "next": me})
    assert done.headers["Location"] == me
    assert client.get(me).status_code == 200
    client.post(reverse("lms_people:withdraw", args=["privacy"]))
    assert [entry.given for entry in ConsentEntry.objects.order_by("pk")] == [True, True, False]


def test_consent_never_sends_anybody_to_another_site(signed_in: Any, person: Person) -> None:
    response = signed_in(person.user).get(reverse("lms_people:consent"), {"next": "https://example.org/"})
    assert response.headers["Location"] == "/desk/"
