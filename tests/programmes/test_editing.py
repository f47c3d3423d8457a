"""Changing programmes, terms and classes on the screen: services and the forms in front of them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from wagtail.models import ModelLogEntry

from lms.core.exceptions import DomainError, Refusal
from lms.people.enums import Role
from lms.programmes.forms import ProgrammeForm
from lms.programmes.models import ClassGroup, Programme, Term
from lms.programmes.services import change_programme, save_group, save_term
from tests import factories

pytestmark = pytest.mark.django_db
AT = datetime(2025, 3, 10, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(autouse=True)
def alone(settings: Any) -> None:
    settings.LMS_PROGRAMMES_CHANGE_GATES = []


def refuse_weights(programme: Programme, changed_keys: frozenset[str]) -> Refusal | None:
    return Refusal("released", "Weights stand.") if changed_keys & {"assessment.regular"} else None


def test_a_change_is_saved_and_audited_with_before_and_after(administrator: Any) -> None:
    programme = factories.a_programme()
    programme.refund_days = 10
    changes = change_programme(programme, at=AT, actor=administrator)
    assert [(change.key, change.old, change.new) for change in changes] == [("fee.refund_days", 7, 10)]
    entry = ModelLogEntry.objects.get(action="lms_programmes.change")
    assert entry.user == administrator
    assert (entry.data["before"], entry.data["after"]) == ({"fee.refund_days": "7"}, {"fee.refund_days": "10"})


def test_nothing_changed_writes_nothing(administrator: Any) -> None:
    programme = factories.a_programme()
    assert change_programme(programme, at=AT, actor=administrator) == ()
    assert not ModelLogEntry.objects.filter(action="lms_programmes.change").exists()


def test_gates_refuse_a_change_on_the_screen_too(settings: Any, administrator: Any) -> None:
    settings.LMS_PROGRAMMES_CHANGE_GATES = [f"{__name__}.refuse_weights"]
    programme = factories.a_programme()
    programme.weight_regular, programme.weight_theory = 20, 50
    with pytest.raises(DomainError) as refused:
        change_programme(programme, at=AT, actor=administrator)
    assert refused.value.code == "released"
    assert Programme.objects.get().weight_regular == 30


def test_a_begun_term_with_learners_keeps_dates_code_and_seats(administrator: Any) -> None:
    term = factories.a_term()
    factories.an_enrolment(term)
    for change, code in (({"ends_on": date(2025, 4, 1)}, "term_begun"), ({"capacity": 0}, "seats_taken")):
        edited = Term.objects.get(pk=term.pk)
        for name, value in change.items():
            setattr(edited, name, value)
        with pytest.raises(DomainError) as refused:
            save_term(edited, at=AT, actor=administrator)
        assert refused.value.code == code
    edited = Term.objects.get(pk=term.pk)
    edited.code = "another"
    with pytest.raises(DomainError, match=r".") as refused:
        save_term(edited, at=AT, actor=administrator)
    assert refused.value.code == "term_code_lost"


def test_a_class_gets_its_assistants(administrator: Any) -> None:
    group = factories.a_group(factories.a_term())
    assistant = factories.staff(Role.ASSISTANT)
    changes = save_group(group, at=AT, actor=administrator, assistants=[assistant])
    assert [change.new for change in changes] == [(assistant.username,)]
    assert list(group.assistants.all()) == [assistant]


def form_data(programme: Programme, **changes: Any) -> dict[str, Any]:
    form = ProgrammeForm(instance=programme)
    data = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return {key: value for key, value in (data | changes).items() if value is not None and value is not False}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"weight_theory": 41}, "weight_regular"),
        ({"weight_assignments": 39}, "weight_attendance"),
        ({"absence_limit_text": "4/3"}, "absence_limit_text"),
        ({"absence_limit_text": "a third"}, "absence_limit_text"),
        ({"number_pattern": "{year}"}, "number_pattern"),
        ({"certificate_hours": "91"}, "certificate_hours"),
        ({"required_hours": "72.01", "certificate_hours": "90.01"}, "required_hours"),
    ],
)
def test_wrong_figures_are_errors_at_their_field(changes: dict[str, Any], field: str) -> None:
    programme = factories.a_programme()
    form = ProgrammeForm(form_data(programme, **changes), instance=programme)
    assert not form.is_valid()
    assert field in form.errors


def test_the_form_stores_minutes_fen_and_fractions(administrator: Any, signed_in: Any) -> None:
    programme = factories.a_programme()
    data = form_data(
        programme, required_hours="71", certificate_hours="89", fee_yuan="1750.50", absence_limit_text="1/4"
    )
    address = reverse("lms_programmes_programme:edit", args=[programme.pk])
    response = signed_in(administrator).post(address, data)
    assert response.status_code == 302, response.context["form"].errors
    stored = Programme.objects.get()
    assert (stored.required_offline_minutes, stored.certificate_minutes) == (71 * 45, 89 * 45)
    assert (stored.fee_fen, stored.absence_limit.denominator, stored.pass_mark) == (175_050, 4, Decimal(60))


def test_a_refusal_comes_back_at_the_form_with_what_was_typed(
    administrator: Any, signed_in: Any, settings: Any
) -> None:
    settings.LMS_PROGRAMMES_CHANGE_GATES = [f"{__name__}.refuse_weights"]
    programme = factories.a_programme()
    data = form_data(programme, weight_regular=20, weight_theory=50)
    response = signed_in(administrator).post(reverse("lms_programmes_programme:edit", args=[programme.pk]), data)
    assert response.status_code == 200
    assert "Weights stand." in response.content.decode()
    assert response.context["form"]["weight_regular"].value() == "20"
    assert Programme.objects.get().weight_regular == 30


def test_a_term_and_a_class_are_added_on_the_screen(administrator: Any, signed_in: Any) -> None:
    programme = factories.a_programme()
    term = {
        "programme": programme.pk, "code": "2026-spring", "name": "2026年春季班", "starts_on": "2026-03-01",
        "ends_on": "2026-03-31", "registration_opens_on": "2026-01-15", "registration_closes_on": "2026-02-15",
        "capacity": 100,
    }  # fmt: skip
    client = signed_in(administrator)
    wrong = client.post(reverse("lms_programmes_term:add"), term | {"registration_closes_on": "2026-03-01"})
    assert "registration_closes_on" in wrong.context["form"].errors
    assert client.post(reverse("lms_programmes_term:add"), term).status_code == 302
    made = Term.objects.get(code="2026-spring")
    group = {"term": made.pk, "code": "A", "name": "一班", "kind": "机关班", "capacity": 50}
    assert client.post(reverse("lms_programmes_group:add"), group).status_code == 302
    assert ClassGroup.objects.get(term=made).name == "一班"
    actions = set(ModelLogEntry.objects.values_list("action", flat=True))
    assert {"lms_programmes.add_term", "lms_programmes.add_group"} <= actions
