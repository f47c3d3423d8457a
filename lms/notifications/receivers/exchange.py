"""Surveys, forum and policy consulting."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from lms.notifications.enums import NoticeKind as Kind
from lms.notifications.receivers.listening import address, everybody_trained, learners, on
from lms.notifications.services import tell
from lms.people.enums import Role
from lms.people.selectors import person_of, users_with_role


@on("lms.evaluation", "survey_opened")
def tell_survey_opened(survey: Any, **facts: Any) -> None:
    tell(
        learners(survey.term_id),
        Kind.SURVEY_OPENED,
        key=f"survey_opened:{survey.pk}",
        at=timezone.now(),
        url=address("lms_evaluation:survey", survey.pk),
        params={"title": survey.title, "opens_at": survey.opens_at, "closes_at": survey.closes_at},
    )


@on("lms.evaluation", "survey_reminded")
def tell_survey_reminded(survey: Any, enrolments: Iterable[Any], **facts: Any) -> None:
    now = timezone.now()
    tell(
        [enrolment.person.user for enrolment in enrolments],
        Kind.SURVEY_REMINDED,
        key=f"survey_reminded:{survey.pk}:{timezone.localdate(now)}",
        at=now,
        url=address("lms_evaluation:survey", survey.pk),
        params={"title": survey.title, "opens_at": survey.opens_at, "closes_at": survey.closes_at},
    )


@on("lms.community", "replied")
def tell_replied(post: Any, **facts: Any) -> None:
    thread = post.thread
    if thread.author_id == post.author_id:
        return
    tell(
        [thread.author],
        Kind.REPLIED,
        key=f"replied:{post.pk}",
        at=post.at,
        url=address("lms_community:thread", thread.pk),
        params={"title": thread.title, "name": name_of(post.author)},
    )


@on("lms.community", "post_hidden")
def tell_post_hidden(post: Any, reason: str, **facts: Any) -> None:
    tell(
        [post.author],
        Kind.POST_HIDDEN,
        key=f"post_hidden:{post.pk}",
        at=timezone.now(),
        url=address("lms_community:thread", post.thread_id),
        params={"title": post.thread.title, "reason": reason},
    )


@on("lms.community", "question_asked")
def tell_question_asked(question: Any, **facts: Any) -> None:
    tell(
        users_with_role(Role.EXPERT),
        Kind.QUESTION_ASKED,
        key=f"question_asked:{question.pk}",
        at=timezone.now(),
        url=address("lms_community:question", question.pk),
        params={"title": question.title},
    )


@on("lms.community", "question_answered")
def tell_question_answered(question: Any, answer: Any, **facts: Any) -> None:
    tell(
        [question.author],
        Kind.QUESTION_ANSWERED,
        key=f"question_answered:{answer.pk}",
        at=timezone.now(),
        url=address("lms_community:question", question.pk),
        params={"title": question.title},
    )


@on("lms.community", "resource_published")
def tell_resource_published(resource: Any, **facts: Any) -> None:
    tell(
        everybody_trained(),
        Kind.RESOURCE_PUBLISHED,
        key=f"resource_published:{resource.pk}:{resource.version}",
        at=resource.updated_at,
        url=address("lms_community:resource", resource.slug),
        params={"title": resource.title},
    )


def name_of(user: Any) -> str:
    """The real name, or the account's."""
    person = person_of(user)
    return person.name if person else user.get_username()
