"""Writes of policy consulting (R22)."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lms.community.conf import community_settings
from lms.community.enums import QuestionState
from lms.community.models import PolicyAnswer, PolicyQuestion
from lms.community.rules import clean_text
from lms.community.services.rendering import render_text
from lms.community.signals import question_answered, question_asked
from lms.core.audit import record_act
from lms.core.exceptions import refuse
from lms.core.rules import bigrams
from lms.programmes.selectors import last_working_day


def ask_question(
    title: str, *, category: str, body: str, public: bool, nonce: str, author: Any, at: datetime
) -> PolicyQuestion:
    """Ask the experts; the answer is promised in `ANSWER_WORKING_DAYS` working days (R22).

    The same nonce again is answered with the first question. Refuses `no_title`. `question_asked` is sent on commit.
    """
    title, body = " ".join(clean_text(title).split()), clean_text(body)
    if not title:
        raise refuse("no_title", _("Please write your question in one sentence."), rule="R22")
    question = PolicyQuestion(
        title=title,
        category=clean_text(category),
        body=body,
        html=render_text(body),
        words=bigrams(f"{title}\n{category}\n{body}"),
        public=public,
        nonce=nonce,
        author=author,
        at=at,
        due_on=last_working_day(timezone.localtime(at).date(), community_settings.ANSWER_WORKING_DAYS),
    )
    try:
        with transaction.atomic():
            question.save(force_insert=True)
            transaction.on_commit(lambda: question_asked.send(PolicyQuestion, question=question))
    except IntegrityError:
        held = PolicyQuestion.objects.filter(author=author, nonce=nonce).first()
        if held is None:
            raise
        return held
    return question


@transaction.atomic
def answer_question(question: PolicyQuestion, *, body: str, expert: Any, at: datetime) -> PolicyAnswer:
    """Answer it; the same text sent twice is one answer. Refuses `no_text`, `closed`.

    `question_answered` is sent on commit.
    """
    body = clean_text(body)
    if not body:
        raise refuse("no_text", _("Please write the answer."), rule="R22")
    question = _locked(question)
    if question.state == QuestionState.CLOSED:
        raise refuse("closed", _("This question is closed."), rule="R22")
    held = question.answers.filter(author=expert, body=body).first()
    if held is not None:
        return held
    answer = PolicyAnswer.objects.create(question=question, author=expert, body=body, html=render_text(body), at=at)
    question.state = QuestionState.ANSWERED
    question.words = bigrams(f"{question.title}\n{question.category}\n{question.body}\n{body}")
    question.save(update_fields=["state", "words"])
    record_act("lms_community.answer", question, actor=expert)
    transaction.on_commit(lambda: question_answered.send(PolicyQuestion, question=question, answer=answer))
    return answer


@transaction.atomic
def close_question(question: PolicyQuestion, *, actor: Any) -> PolicyQuestion:
    """Whoever asked needs nothing more. Refuses `not_asker`; closing it again changes nothing."""
    question = _locked(question)
    if question.author_id != actor.pk:
        raise refuse("not_asker", _("Only the person who asked can close the question."), rule="R22")
    if question.state != QuestionState.CLOSED:
        question.state = QuestionState.CLOSED
        question.save(update_fields=["state"])
        record_act("lms_community.close", question, actor=actor)
    return question


def _locked(question: PolicyQuestion) -> PolicyQuestion:
    return PolicyQuestion.objects.select_for_update().get(pk=question.pk)
