"""The library and policy consulting."""

import io
from datetime import date, timedelta

import pytest

from lms.community import services
from lms.community.enums import QuestionState, ResourceKind, Validity
from lms.community.selectors import consulting_figures, questions_for, resources_on_shelf
from lms.core.exceptions import DomainError
from lms.files.models import FileOpening
from tests import factories
from tests.community.factories import NOON, a_member, a_nonce, a_question, a_resource

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _private(settings, tmp_path):
    settings.LMS_PRIVATE_ROOT = tmp_path


@pytest.mark.parametrize("query", ["面谈", "谈记录", "沟通", "人社"])
def test_a_document_is_found_by_any_part_of_what_is_said_about_it(query):
    resource = a_resource("绩效面谈记录表", tags=["沟通反馈"], issuer="咸阳市人社局")
    a_resource("优秀名额测算指引")
    assert [row.pk for row in resources_on_shelf(query=query)] == [resource.pk]


def test_a_repealed_document_says_since_when_and_what_replaces_it():
    old, new = a_resource("旧办法"), a_resource("新办法")
    facts = services.ResourceFacts(
        title="旧办法",
        kind=ResourceKind.POLICY,
        validity=Validity.REPEALED,
        repealed_on=date(2025, 3, 1),
        successor=new,
    )
    changed = services.revise_resource(old, facts, actor=factories.a_user(), at=NOON)
    assert (changed.validity, changed.repealed_on, changed.successor, changed.version) == (
        "repealed",
        date(2025, 3, 1),
        new,
        1,
    )
    assert list(resources_on_shelf(validity="repealed")) == [old]


def test_a_repealed_document_without_a_day_is_refused():
    resource = a_resource()
    facts = services.ResourceFacts(title="办法", kind=ResourceKind.POLICY, validity=Validity.REPEALED)
    with pytest.raises(DomainError) as caught:
        services.revise_resource(resource, facts, actor=factories.a_user(), at=NOON)
    assert caught.value.code == "repealed_without_day"


def test_a_new_file_is_a_new_version():
    resource = a_resource()
    facts = services.ResourceFacts(title=resource.title, kind=ResourceKind.TEMPLATE)
    changed = services.revise_resource(
        resource, facts, actor=factories.a_user(), at=NOON, content=io.BytesIO("新版".encode()), name="新.txt"
    )
    assert (changed.version, changed.file.name) == (2, "新.txt")
    assert changed.file_id != resource.file_id


@pytest.mark.parametrize(("content", "name"), [(b"MZ\x90\x00", "a.pdf"), (b"<html>\x00", "a.txt"), (b"", "a.txt")])
def test_a_file_that_is_not_what_it_says_is_refused(content, name):
    facts = services.ResourceFacts(title="模板", kind=ResourceKind.TEMPLATE)
    with pytest.raises(DomainError):
        services.publish_resource("x", facts, content=io.BytesIO(content), name=name, actor=factories.a_user(), at=NOON)


def test_downloads_are_written_down_and_counted():
    resource = a_resource()
    for _time in range(3):
        services.take_resource(resource, user=a_member(), at=NOON)
    assert FileOpening.objects.filter(file=resource.file).count() == 3
    assert resources_on_shelf().get().download_count == 3


def test_the_promised_day_skips_the_weekend():
    question = a_question(at=NOON)  # a Monday
    assert question.due_on == date(2025, 3, 17)


def test_the_promised_day_skips_the_national_holiday():
    question = a_question(at=NOON.replace(month=9, day=30))  # 1-8 October 2025 are off, 11 October is worked
    assert question.due_on == date(2025, 10, 14)


def test_the_same_question_sent_twice_is_one():
    author, nonce = a_member(), a_nonce()
    assert a_question(author, nonce=nonce).pk == a_question(author, nonce=nonce).pk


def test_a_private_question_is_seen_by_asker_and_experts_only():
    asker, other = a_member(), a_member("李娜")
    question = a_question(asker, public=False)
    assert question in questions_for(asker)
    assert question not in questions_for(other)
    assert question in questions_for(other, all_private=True)


def test_an_answer_changes_the_state_and_counts_once():
    question, expert = a_question(), factories.a_user()
    first = services.answer_question(question, body="一般掌握在20%以内。", expert=expert, at=NOON)
    again = services.answer_question(question, body="一般掌握在20%以内。", expert=expert, at=NOON)
    question.refresh_from_db()
    assert (again.pk, question.state) == (first.pk, QuestionState.ANSWERED)
    assert question in questions_for(expert, all_private=True, query="掌握")


def test_only_the_asker_closes_and_nobody_answers_after():
    question = a_question()
    with pytest.raises(DomainError) as caught:
        services.close_question(question, actor=factories.a_user())
    assert caught.value.code == "not_asker"
    services.close_question(question, actor=question.author)
    with pytest.raises(DomainError) as caught:
        services.answer_question(question, body="答复", expert=factories.a_user(), at=NOON)
    assert caught.value.code == "closed"


def test_figures_count_open_overdue_and_answered():
    a_question(at=NOON - timedelta(days=30))
    a_question(at=NOON)
    services.answer_question(a_question(), body="答复", expert=factories.a_user(), at=NOON)
    figures = consulting_figures(today=NOON.date())
    assert (figures.open, figures.overdue, figures.answered) == (2, 1, 1)
