"""The class list on screen."""

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lms.files.models import PrivateFile
from lms.people.enums import Role
from lms.people.models import ActivationSheet, Person
from lms.programmes.models import ClassGroup, Enrolment
from tests import factories
from tests.programmes.test_importing import a_list, a_row

pytestmark = pytest.mark.django_db
START = "lms_programmes_class_list"


@pytest.fixture(autouse=True)
def _private_root(settings: Any, tmp_path: Path) -> None:
    settings.LMS_PRIVATE_ROOT = tmp_path


@pytest.fixture
def group() -> ClassGroup:
    return factories.a_group(factories.a_term())


@pytest.fixture
def assistant() -> Any:
    return factories.staff(Role.ASSISTANT)


def sent(client: Any, group: ClassGroup, *rows: list[Any]) -> Any:
    upload = SimpleUploadedFile("名单.xlsx", a_list(*rows).getvalue())
    return client.post(reverse(START), {"group": group.pk, "file": upload})


def test_a_good_list_is_previewed_then_imported_with_its_codes(
    signed_in: Any, assistant: Any, group: ClassGroup
) -> None:
    client = signed_in(assistant)
    preview = client.get(sent(client, group, a_row(1, "李静"), a_row(2, "王芳")).headers["Location"])
    assert preview.context["counts"] == {"new": 2, "known": 0, "refused": 0}
    assert factories.an_id_number(1)[4:14] not in preview.content.decode()
    assert not Person.objects.exists()
    file = PrivateFile.objects.get()
    confirm = reverse("lms_programmes_class_list_confirm", args=[file.pk])
    assert client.post(confirm, {"token": "forged"}).status_code == 403
    done = client.post(confirm, {"token": preview.context["token"]})
    sheet = ActivationSheet.objects.get()
    assert done.headers["Location"] == reverse("lms_people_sheet", args=[sheet.pk])
    assert Enrolment.objects.filter(group=group).count() == 2
    assert "王芳" in client.get(done.headers["Location"]).content.decode()
    for again in (client.post(confirm, {"token": preview.context["token"]}), client.get(preview.request["PATH_INFO"])):
        assert again.status_code == 404
        assert reverse(START) in again.content.decode()
    assert Enrolment.objects.filter(group=group).count() == 2


def test_a_refused_list_shows_every_reason_and_comes_back_annotated(
    signed_in: Any, assistant: Any, group: ClassGroup
) -> None:
    client = signed_in(assistant)
    address = sent(client, group, a_row(1), a_row(2, 身份证号="6.1E+17", 手机号="1")).headers["Location"]
    preview = client.get(address)
    text = preview.content.decode()
    assert preview.context["counts"] == {"new": 1, "known": 0, "refused": 1}
    assert "B3" in text
    assert "D3" in text
    assert "lms_programmes_class_list_confirm" not in text
    file = PrivateFile.objects.get()
    assert reverse("lms_programmes_class_list_confirm", args=[file.pk]) not in text
    checked = client.get(reverse("lms_programmes_class_list_checked", args=[file.pk]))
    row = [cell.value for cell in openpyxl.load_workbook(io.BytesIO(checked.content)).worksheets[0][3]]
    assert "B3" in row[6]
    assert "D3" in row[6]
    forced = client.post(
        reverse("lms_programmes_class_list_confirm", args=[file.pk]), {"token": preview.context["token"]}
    )
    assert forced.status_code == 409
    assert not Person.objects.exists()


def test_what_is_no_list_is_refused_at_the_field(signed_in: Any, assistant: Any, group: ClassGroup) -> None:
    upload = SimpleUploadedFile("list.xlsx", b"PK\x03\x04 broken")
    response = signed_in(assistant).post(reverse(START), {"group": group.pk, "file": upload})
    assert response.status_code == 422
    assert "file" in response.context["form"].errors
    assert not PrivateFile.objects.exists()


def test_the_template_and_the_removal(signed_in: Any, assistant: Any, group: ClassGroup) -> None:
    client = signed_in(assistant)
    template = client.get(reverse("lms_programmes_class_list_template"))
    assert openpyxl.load_workbook(io.BytesIO(template.content)).worksheets[0]["A1"].value == "姓名"
    address = sent(client, group, a_row(1)).headers["Location"]
    file = PrivateFile.objects.get()
    assert client.post(reverse("lms_programmes_class_list_discard", args=[file.pk])).status_code == 302
    assert client.get(address).status_code == 404


def test_a_class_run_by_somebody_else_is_not_offered(signed_in: Any, assistant: Any, group: ClassGroup) -> None:
    group.assistants.add(factories.staff(Role.ASSISTANT))
    client = signed_in(assistant)
    assert list(client.get(reverse(START)).context["groups"]) == []
    assert sent(client, group, a_row(1)).status_code == 422


def test_an_upload_belongs_to_who_sent_it(
    signed_in: Any, assistant: Any, administrator: Any, group: ClassGroup
) -> None:
    address = sent(signed_in(assistant), group, a_row(1)).headers["Location"]
    assert signed_in(administrator).get(address).status_code == 404


@pytest.mark.parametrize("name", [START, "lms_programmes_class_list_template"])
def test_the_wrong_role_is_turned_away(signed_in: Any, client: Any, outsider: Any, name: str) -> None:
    assert signed_in(factories.staff(Role.REVIEWER)).get(reverse(name)).status_code == 403
    for other in (signed_in(outsider), client):
        assert "login" in other.get(reverse(name)).headers["Location"]
