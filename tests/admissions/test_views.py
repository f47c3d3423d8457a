"""The applicant's way through the steps, and who may review."""

import io
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from lms.admissions import services
from lms.admissions.models import Application
from lms.admissions.selectors import years_of
from lms.files.models import PrivateFile
from lms.people.enums import Role
from tests import factories
from tests.admissions.factories import a_submitted

pytestmark = pytest.mark.django_db
DOCUMENTS = [{"code": "id_card", "title": "身份证复印件", "detail": ""}]


@pytest.fixture
def term(db: None) -> Any:
    today = timezone.localdate()
    programme = factories.a_programme(notes={"documents": DOCUMENTS}, priority_grounds=["负责人"])
    term = factories.a_term(
        programme,
        registration_opens_on=today,
        registration_closes_on=today,
        starts_on=today.replace(year=today.year + 1, month=3, day=1),
        ends_on=today.replace(year=today.year + 1, month=3, day=31),
    )
    factories.a_group(term)
    return term


def a_picture() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(out, "JPEG")
    out.seek(0)
    out.name = "身份证.jpg"  # type: ignore[attr-defined]
    return out


def step(application: Application, key: str) -> str:
    return reverse("lms_admissions:step", args=[application.pk, key])


def test_the_whole_way_from_start_to_submission(signed_in: Any, term: Any) -> None:
    person = factories.a_person()
    browser = signed_in(person.user)
    start = reverse("lms_admissions:start", args=[term.code])
    assert browser.get(start).status_code == 200
    assert not Application.objects.exists()
    answer = browser.post(start)
    application = Application.objects.get()
    assert answer.headers["Location"] == step(application, "identity")
    assert browser.post(step(application, "identity"), {}).status_code == 422
    browser.post(step(application, "identity"), {"confirmed": "on"})
    browser.post(step(application, "class"), {"group": term.groups.get().pk})
    typed = {f"appraisal_{year}": "competent" for year in years_of(term)}
    typed |= {"degree": "本科", "grounds": ["负责人"], "remark": "", "proof_id_card": a_picture()}
    assert browser.post(step(application, "materials"), typed).headers["Location"] == step(application, "confirm")
    assert PrivateFile.objects.get().reference == f"{application.pk}:id_card"
    page = browser.get(step(application, "confirm")).content.decode()
    assert "身份证" in page
    browser.post(step(application, "confirm"))
    application.refresh_from_db()
    assert (application.state, application.grounds, application.degree) == ("submitted", ["负责人"], "本科")
    assert browser.get(reverse("lms_admissions:detail", args=[application.pk])).status_code == 200
    assert browser.get(step(application, "materials")).status_code == 302


def test_a_refused_file_is_named_and_the_others_are_kept(signed_in: Any, term: Any) -> None:
    person = factories.a_person()
    application = services.start_application(person, term, at=timezone.now(), actor=person.user)
    program, picture = io.BytesIO(b"MZ program"), a_picture()
    program.name = "setup.jpg"  # type: ignore[attr-defined]
    typed = {f"appraisal_{year}": "competent" for year in years_of(term)}
    typed |= {"degree": "本科", "remark": "", "proof_id_card": [program, picture], "stay": "1"}
    page = signed_in(person.user).post(step(application, "materials"), typed)
    assert page.status_code == 422
    assert "身份证复印件，文件“setup.jpg”：" in page.content.decode()
    assert [file.name for file in PrivateFile.objects.all()] == ["身份证.jpg"]


def test_an_incomplete_application_says_what_is_missing(signed_in: Any, term: Any) -> None:
    person = factories.a_person()
    application = services.start_application(person, term, at=timezone.now(), actor=person.user)
    answer = signed_in(person.user).post(step(application, "confirm"))
    assert answer.status_code == 422
    assert "请选择班级" in answer.content.decode()


def test_outside_the_window_the_next_one_is_named(signed_in: Any) -> None:
    browser = signed_in(factories.a_person().user)
    answer = browser.post(reverse("lms_admissions:start", args=[factories.a_term().code]))
    assert answer.status_code == 422
    assert "2025年1月15日" in answer.content.decode()
    assert not Application.objects.exists()


def test_nobody_opens_somebody_elses_application(signed_in: Any, client: Any) -> None:
    application = a_submitted()
    address = reverse("lms_admissions:detail", args=[application.pk])
    assert signed_in(factories.a_person().user).get(address).status_code == 404
    assert client.get(address).status_code == 302


def test_outsiders_do_not_review(signed_in: Any, outsider: Any, client: Any) -> None:
    application = a_submitted()
    for name, args in (("index", []), ("review", [application.pk]), ("admit", [application.term_id])):
        address = reverse(f"lms_admissions_admin:{name}", args=args)
        assert signed_in(outsider).get(address).status_code in {302, 403}
        assert signed_in(factories.staff(Role.FINANCE)).get(address).status_code == 403
        assert client.get(address).status_code == 302


def test_the_reviewer_decides_and_goes_on_to_the_next(signed_in: Any) -> None:
    first, second = a_submitted(), a_submitted()
    browser = signed_in(factories.staff(Role.REVIEWER))
    review = reverse("lms_admissions_admin:review", args=[first.pk])
    assert browser.get(review).status_code == 200
    assert "reason" in browser.post(review, {"outcome": "reject", "reason": ""}).content.decode()
    answer = browser.post(review, {"outcome": "admit", "reason": ""})
    assert answer.headers["Location"] == reverse("lms_admissions_admin:review", args=[second.pk])
    first.refresh_from_db()
    assert first.state == "admitted"


def test_several_are_admitted_at_once_and_the_rest_is_told(signed_in: Any) -> None:
    term = factories.a_term(capacity=1)
    rows = [a_submitted(term), a_submitted(term)]
    browser = signed_in(factories.staff(Role.REVIEWER))
    address = reverse("lms_admissions_admin:admit", args=[term.pk])
    assert browser.get(address).status_code == 200
    page = browser.post(address, {"application": [row.pk for row in rows]}, follow=True).content.decode()
    assert "名额" in page
    states = sorted(Application.objects.values_list("state", flat=True))
    assert states == ["admitted", "submitted"]


def test_reviewers_open_proofs_and_others_do_not(signed_in: Any, term: Any) -> None:
    person = factories.a_person()
    application = services.start_application(person, term, at=timezone.now(), actor=person.user)
    file = services.add_proof(application, "id_card", a_picture(), name="a.jpg", at=timezone.now(), actor=person.user)
    address = reverse("lms_files:open", args=[file.pk])
    assert signed_in(factories.staff(Role.REVIEWER)).get(address).status_code == 200
    assert signed_in(factories.a_person().user).get(address).status_code in {403, 404}


def test_the_queue_costs_the_same_for_many(signed_in: Any, django_assert_max_num_queries: Any) -> None:
    term = factories.a_term()
    for _number in range(25):
        a_submitted(term, factories.a_person(unit=factories.a_unit()))
    browser = signed_in(factories.staff(Role.REVIEWER))
    browser.get(reverse("lms_admissions_admin:index"))
    with django_assert_max_num_queries(24):
        assert browser.get(reverse("lms_admissions_admin:index")).status_code == 200
    assert browser.get(reverse("lms_admissions_admin:index") + "?export=csv").status_code == 200


def test_an_application_opens_from_the_queue_and_an_empty_queue_says_what_comes(signed_in: Any) -> None:
    browser = signed_in(factories.staff(Role.REVIEWER))
    index = reverse("lms_admissions_admin:index")
    assert "报名开放期间" in browser.get(index).content.decode()
    row = a_submitted(factories.a_term(), factories.a_person())
    page = browser.get(index).content.decode()
    assert f'href="{reverse("lms_admissions_admin:review", args=[row.pk])}"' in page
