"""What may not change once applicants were decided on or handed something in."""

import pytest
from django.utils import timezone

from lms.admissions import services
from lms.admissions.gates import refuse_change_of_decided_applications
from tests import factories
from tests.admissions.factories import a_draft, a_submitted
from tests.admissions.test_views import a_picture

pytestmark = pytest.mark.django_db
CONDITION = {"eligibility.minimum_degree"}


def test_conditions_stand_once_somebody_was_decided_on_by_them() -> None:
    application = a_submitted()
    programme = application.term.programme
    assert refuse_change_of_decided_applications(programme, CONDITION) is None
    reviewer = factories.a_user("reviewer")
    services.admit_application(application, at=timezone.now(), actor=reviewer, any_class=True)
    refusal = refuse_change_of_decided_applications(programme, CONDITION)
    assert refusal is not None
    assert (refusal.code, refusal.rule) == ("applications_decided", "R3")
    assert refuse_change_of_decided_applications(programme, {"fee.amount_yuan"}) is None
    assert refuse_change_of_decided_applications(factories.a_programme(), CONDITION) is None


def test_a_document_that_was_handed_in_stays_on_the_list() -> None:
    programme = factories.a_programme(notes={"documents": [{"code": "id_card", "title": "身份证"}]})
    draft = a_draft(factories.a_term(programme))
    gone = {"documents.id_card.code", "documents.id_card.title"}
    assert refuse_change_of_decided_applications(programme, gone) is None
    services.add_proof(draft, "id_card", a_picture(), name="a.jpg", at=timezone.now(), actor=draft.person.user)
    refusal = refuse_change_of_decided_applications(programme, gone)
    assert refusal is not None
    assert (refusal.code, refusal.rule) == ("documents_handed_in", "R6")
    assert refuse_change_of_decided_applications(programme, {"documents.id_card.title"}) is None
