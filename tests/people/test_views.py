"""The page 我的 and the back office of people."""

import io
from typing import Any

import openpyxl
import pytest
from django.urls import reverse
from wagtail.models import ModelLogEntry

from lms.core.exceptions import DomainError
from lms.people.enums import Role
from lms.people.models import ActivationSheet, Person, Unit
from lms.people.permissions import roles_of
from lms.people.services import add_people, add_person, change_person, grant_role, revoke_role
from lms.people.services.accounts import NewPerson
from tests import factories

pytestmark = pytest.mark.django_db
PASSWORD = "Qinling-2025-jixiao"


@pytest.fixture
def learner() -> Person:
    unit = factories.a_unit("咸阳市某局")
    user = factories.a_user(password=PASSWORD)
    return factories.a_person("李静", user=user, id_number=factories.an_id_number(9), phone="13912345678", unit=unit)


@pytest.fixture
def assistant() -> Any:
    return factories.staff(Role.ASSISTANT)


def fresh(user: Any) -> Any:
    return type(user).objects.get(pk=user.pk)


def test_me_shows_masked_numbers_and_the_unit(signed_in: Any, learner: Person) -> None:
    text = signed_in(learner.user).get(reverse("lms_people:me")).content.decode()
    assert "9999**********" in text
    assert "139****5678" in text
    assert "咸阳市某局" in text
    assert learner.id_number not in text
    assert "13912345678" not in text


def test_me_is_open_to_staff_without_a_person_and_closed_to_strangers(
    signed_in: Any, client: Any, assistant: Any
) -> None:
    assert signed_in(assistant).get(reverse("lms_people:me")).status_code == 200
    assert client.get(reverse("lms_people:me")).headers["Location"].startswith("/accounts/login/")
    for name in ("phone", "consents"):
        assert signed_in(assistant).get(reverse(f"lms_people:{name}")).status_code == 403
        assert client.get(reverse(f"lms_people:{name}")).status_code == 302


def test_the_phone_changes_with_the_password_only(signed_in: Any, learner: Person) -> None:
    client, address = signed_in(learner.user), reverse("lms_people:phone")
    factories.a_person("王芳", phone="13911111111")
    for phone, password, field in (
        ("13922222222", "wrong", "password"),
        ("123", PASSWORD, "phone"),
        ("13911111111", PASSWORD, "phone"),
    ):
        response = client.post(address, {"phone": phone, "password": password})
        assert response.status_code == 422
        assert field in response.context["form"].errors
    assert client.post(address, {"phone": "139 2222 2222", "password": PASSWORD}).status_code == 302
    learner.refresh_from_db()
    assert learner.phone == "13922222222"


def test_new_people_stand_together_or_not_at_all() -> None:
    number = factories.an_id_number(5)
    with pytest.raises(DomainError) as refusal:
        add_people([NewPerson("甲", id_number=number), NewPerson("乙", id_number=number)])
    assert refusal.value.code == "id_taken"
    assert not Person.objects.exists()
    person = add_person("张 伟", id_number=number, phone="13900000001")
    assert (person.name, person.pinyin, person.sex) == ("张 伟", "zhang wei z w", "male")
    assert not person.user.has_usable_password()


def test_a_change_is_written_down_without_the_phone_in_full(learner: Person, assistant: Any) -> None:
    change_person(learner, name="李静", phone="13922222222", unit=None, position="科长", actor=assistant)
    entry = ModelLogEntry.objects.get(action="lms_people.change")
    assert entry.data["before"]["unit"] == "咸阳市某局"
    assert entry.data["after"] == {"name": "李静", "phone": "139****2222", "unit": "", "position": "科长"}


@pytest.mark.parametrize("words", ["李静", "lijing", "lj", "某局", "5678"])
def test_people_are_found_by_name_pinyin_unit_and_phone(
    signed_in: Any, assistant: Any, learner: Person, words: str
) -> None:
    factories.a_person("王芳", phone="13900000000")
    response = signed_in(assistant).get(reverse("lms_people_index"), {"q": words})
    assert [person.name for person in response.context["object_list"]] == ["李静"]


def test_the_list_is_filtered_by_role_level_and_activation(signed_in: Any, assistant: Any, learner: Person) -> None:
    factories.a_person(
        "周敏", user=factories.staff(Role.REVIEWER, Role.EXPERT), unit=factories.a_unit(level="district")
    )
    client, address = signed_in(assistant), reverse("lms_people_index")
    names = [
        [person.name for person in client.get(address, query).context["object_list"]]
        for query in ({"role": "lms.reviewer"}, {"level": "district"}, {"active": "yes"}, {"active": "no"})
    ]
    assert names == [["周敏"], ["周敏"], ["李静"], ["周敏"]]


def test_the_export_has_no_id_number_and_no_formula(signed_in: Any, assistant: Any, learner: Person) -> None:
    Person.objects.filter(pk=learner.pk).update(name="=1+1")
    client, address = signed_in(assistant), reverse("lms_people_index")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(client.get(address, {"export": "xlsx"}).streaming_content)))
    cells = [cell for row in book.active.iter_rows(min_row=2) for cell in row]
    assert [cell.value for cell in cells][:4] == ["=1+1", "咸阳市某局", None, "13912345678"]
    assert {cell.data_type for cell in cells if cell.value} == {"s"}
    text = b"".join(client.get(address, {"export": "csv"}).streaming_content).decode()
    assert "'=1+1" in text
    assert learner.id_number not in text


def test_the_list_costs_the_same_for_3_people_and_for_200(
    signed_in: Any, assistant: Any, django_assert_max_num_queries: Any
) -> None:
    client, address = signed_in(assistant), reverse("lms_people_index")
    client.get(address)
    counts = []
    for wanted in (3, 200):
        unit = factories.a_unit()
        while Person.objects.count() < wanted:
            factories.a_person("测试", unit=unit, user=factories.a_user())
        with django_assert_max_num_queries(30) as queries:
            client.get(address, {"p": 1})
        counts.append(len(queries))
    assert counts[0] == counts[1]


ADDRESSES = [
    ("get", "lms_people_index"),
    ("get", "lms_people_index_results"),
    ("get", "lms_people_person"),
    ("get", "lms_people_change"),
    ("post", "lms_people_reveal"),
    ("post", "lms_people_roles"),
    ("post", "lms_people_new_code"),
    ("get", "units:index"),
    ("get", "units:add"),
]


@pytest.mark.parametrize(("verb", "name"), ADDRESSES)
def test_the_wrong_role_is_turned_away(
    signed_in: Any, client: Any, learner: Person, outsider: Any, verb: str, name: str
) -> None:
    needs_person = name.startswith("lms_people_") and "index" not in name
    address = reverse(name, args=[learner.pk] if needs_person else [])
    expert = factories.staff(Role.EXPERT)
    assert getattr(signed_in(expert), verb)(address).status_code == 403
    for other in (signed_in(outsider), client):
        response = getattr(other, verb)(address)
        assert response.status_code == 302
        assert "login" in response.headers["Location"]


def test_a_person_shows_masked_facts_and_the_id_after_a_reason(signed_in: Any, learner: Person) -> None:
    reviewer = factories.staff(Role.REVIEWER)
    client = signed_in(reviewer)
    page = client.get(reverse("lms_people_person", args=[learner.pk])).content.decode()
    assert learner.id_number not in page
    address = reverse("lms_people_reveal", args=[learner.pk])
    assert client.post(address, {"reason": ""}).status_code == 422
    assert not ModelLogEntry.objects.filter(action="lms_people.reveal_id").exists()
    assert learner.id_number in client.post(address, {"reason": "核对证书登记"}).content.decode()
    entry = ModelLogEntry.objects.get(action="lms_people.reveal_id")
    assert (entry.user, entry.data) == (reviewer, {"reason": "核对证书登记"})


def test_an_assistant_may_not_see_a_whole_id_number(signed_in: Any, assistant: Any, learner: Person) -> None:
    response = signed_in(assistant).post(reverse("lms_people_reveal", args=[learner.pk]), {"reason": "只是看看"})
    assert response.status_code == 403


def test_an_assistant_makes_a_code_and_downloads_it_once(signed_in: Any, assistant: Any, learner: Person) -> None:
    client = signed_in(assistant)
    response = client.post(reverse("lms_people_new_code", args=[learner.pk]))
    sheet = ActivationSheet.objects.get()
    assert response.headers["Location"] == reverse("lms_people_sheet", args=[sheet.pk])
    assert "李静" in client.get(response.headers["Location"]).content.decode()
    other = signed_in(factories.staff(Role.ASSISTANT))
    assert other.get(response.headers["Location"]).status_code == 404
    assert other.post(reverse("lms_people_sheet_file", args=[sheet.pk])).status_code == 404
    book = openpyxl.load_workbook(io.BytesIO(client.post(reverse("lms_people_sheet_file", args=[sheet.pk])).content))
    row = [cell.value for cell in book.active[2]]
    assert row[:3] == ["李静", "咸阳市某局", "13912345678"]
    assert len(row[3]) == 8
    assert client.post(reverse("lms_people_sheet_file", args=[sheet.pk])).status_code == 302
    assert row[3] not in client.get(response.headers["Location"]).content.decode()


def test_an_assistant_cannot_open_the_account_of_staff(signed_in: Any, assistant: Any) -> None:
    colleague = factories.a_person("周敏", user=factories.staff(Role.ADMINISTRATOR))
    client = signed_in(assistant)
    client.post(reverse("lms_people_new_code", args=[colleague.pk]))
    assert not ActivationSheet.objects.exists()
    assert client.get(reverse("lms_people_change", args=[colleague.pk])).status_code == 403


def test_the_administrator_gives_and_takes_roles(signed_in: Any, administrator: Any, learner: Person) -> None:
    client, address = signed_in(administrator), reverse("lms_people_roles", args=[learner.pk])
    client.post(address, {"roles": ["lms.assistant", "lms.examiner"]})
    assert roles_of(fresh(learner.user)) == {"lms.assistant", "lms.examiner"}
    client.post(address, {"roles": ["lms.examiner"]})
    assert roles_of(fresh(learner.user)) == {"lms.examiner"}
    assert list(ModelLogEntry.objects.filter(action="lms_people.revoke_role").values_list("user", flat=True)) == [
        administrator.pk
    ]
    assert client.post(address, {"roles": ["superman"]}).status_code == 422


def test_the_last_administrator_stays(administrator: Any) -> None:
    with pytest.raises(DomainError) as refusal:
        revoke_role(administrator, Role.ADMINISTRATOR)
    assert refusal.value.code == "last_administrator"
    grant_role(factories.a_user(), Role.ADMINISTRATOR)
    revoke_role(administrator, Role.ADMINISTRATOR)
    assert roles_of(fresh(administrator)) == frozenset()


def test_facts_are_corrected_on_screen(signed_in: Any, assistant: Any, learner: Person) -> None:
    address = reverse("lms_people_change", args=[learner.pk])
    client = signed_in(assistant)
    assert client.get(address).status_code == 200
    assert client.post(address, {"name": "李静", "phone": "1"}).status_code == 422
    response = client.post(address, {"name": "李敬", "phone": "13922222222", "unit": learner.unit_id, "position": ""})
    assert response.status_code == 302
    learner.refresh_from_db()
    assert (learner.name, learner.pinyin, learner.phone) == ("李敬", "lijing lj", "13922222222")


def test_units_form_a_tree_without_circles(signed_in: Any) -> None:
    client = signed_in(factories.staff(Role.REVIEWER))
    top = factories.a_unit("咸阳市")
    low = factories.a_unit("某局", parent=top)
    address = reverse("units:edit", args=[top.pk])
    values = {"name": "咸阳市", "level": "city", "code": "", "contact_name": "", "contact_phone": ""}
    assert client.get(reverse("units:index")).status_code == 200
    assert "parent" in client.post(address, {**values, "parent": low.pk}).context["form"].errors
    assert "code" in client.post(address, {**values, "code": "91110000000000000X"}).context["form"].errors
    assert client.post(reverse("units:add"), {**values, "name": "新局", "parent": top.pk}).status_code == 302
    assert Unit.objects.get(name="新局").parent == top
    assert client.post(address, {**values, "parent": "", "contact_name": "李静"}).status_code == 302
    top.refresh_from_db()
    assert (top.level, top.contact_name) == ("city", "李静")
    [entry] = ModelLogEntry.objects.filter(action="lms_people.set_level")
    assert (entry.data["before"], entry.data["after"]) == ({"level": "unset"}, {"level": "city"})
