"""Reads of the community."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Count, F, IntegerField, Max, Model, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from lms.community.conf import community_settings
from lms.community.enums import QuestionState
from lms.community.models import (
    Board,
    ModerationEntry,
    PolicyQuestion,
    Post,
    PostReport,
    ReadMark,
    Resource,
    Thread,
)
from lms.core.rules import search_pieces
from lms.core.selectors import CompiledRead
from lms.files.models import FileOpening
from lms.programmes.rules import Difference

M = TypeVar("M", bound=Model)
AUTHOR = ("author__person__unit",)
NEWS_DAYS = 30
FILE_KIND = "lms_community.resource"


def matching(rows: QuerySet[M], query: str) -> QuerySet[M]:
    """The rows whose `words` hold every piece of the query; nothing when nothing searchable was typed."""
    pieces = search_pieces(query)
    if not pieces:
        return rows.none()
    for piece in pieces:
        rows = rows.filter(words__contains=piece)
    return rows


def boards_with_counts() -> QuerySet[Board]:
    """Boards in their order with `thread_count` and `latest_at` of what may be seen."""
    seen = Q(threads__hidden=False)
    rows = Board.objects.annotate(
        thread_count=Count("threads", filter=seen), latest_at=Max("threads__last_post_at", filter=seen)
    )
    return rows.order_by("order", "pk")


def threads_for(user: Any, *, board: Board | None = None, query: str = "", hidden: bool = False) -> QuerySet[Thread]:
    """Threads, pinned ones first, then the latest; each with `read_number` of this user (0: never opened)."""
    read = ReadMark.objects.filter(user_id=user.pk, thread=OuterRef("pk")).values("number")
    rows = Thread.objects.select_related("board", "author__person__unit", "last_author__person").annotate(
        read_number=Coalesce(Subquery(read), Value(0), output_field=IntegerField())
    )
    if not hidden:
        rows = rows.filter(hidden=False)
    if board is not None:
        rows = rows.filter(board=board)
    if query:
        rows = rows.filter(pk__in=matching(Post.objects.filter(hidden=False), query).values("thread"))
    return rows


def posts_on_page(thread: Thread, page: int) -> list[Post]:
    """The posts of one page by their numbers: page 500 costs what page 1 costs."""
    size = community_settings.POSTS_PER_PAGE
    return _posts(thread=thread.pk, first=(page - 1) * size + 1, last=page * size)


def read_number(user: Any, thread: Thread) -> int:
    """The last post of the thread that the user has seen; 0 when she never opened it."""
    return (_read_number.first(user=user.pk, thread=thread.pk) or (0,))[0]


_posts = CompiledRead(
    lambda thread, first, last: (
        Post.objects.filter(thread=thread, number__gte=first, number__lte=last)
        .select_related(*AUTHOR)
        .order_by("number")
    ),
    thread=int,
    first=int,
    last=int,
)
_read_number = CompiledRead(
    lambda user, thread: ReadMark.objects.filter(user_id=user, thread=thread).order_by("pk").values_list("number"),
    user=int,
    thread=int,
)


def news_for(user: Any, *, at: datetime, limit: int = 3) -> QuerySet[Post]:
    """Unread replies of others to threads the user opened, newest first, of the last 30 days. One query."""
    read = ReadMark.objects.filter(user_id=user.pk, thread=OuterRef("thread")).values("number")
    rows = Post.objects.filter(
        thread__author_id=user.pk,
        thread__hidden=False,
        hidden=False,
        number__gt=1,
        at__gt=at - timedelta(days=NEWS_DAYS),
    ).exclude(author_id=user.pk)
    unread = rows.filter(number__gt=Coalesce(Subquery(read), Value(0), output_field=IntegerField()))
    return unread.select_related("thread", *AUTHOR).order_by("-at", "-pk")[:limit]


def open_reports() -> QuerySet[PostReport]:
    """The moderators' queue, oldest first."""
    return PostReport.objects.select_related("post__thread", "post__author__person", "reporter__person")


def resources_on_shelf(*, kind: str = "", validity: str = "", query: str = "") -> QuerySet[Resource]:
    """Resources with `download_count` (openings of any of their files), latest first."""
    taken = FileOpening.objects.filter(file__kind=FILE_KIND, file__reference=OuterRef("slug")).order_by()
    counted = taken.values("file__reference").annotate(n=Count("pk")).values("n")
    rows = Resource.objects.select_related("successor", "file").annotate(
        download_count=Coalesce(Subquery(counted), Value(0), output_field=IntegerField())
    )
    if kind:
        rows = rows.filter(kind=kind)
    if validity:
        rows = rows.filter(validity=validity)
    return matching(rows, query) if query else rows


def questions_for(
    user: Any, *, mine: bool = False, all_private: bool = False, query: str = ""
) -> QuerySet[PolicyQuestion]:
    """Public questions and one's own; an expert (`all_private`) sees all."""
    rows = PolicyQuestion.objects.select_related(*AUTHOR)
    if mine:
        rows = rows.filter(author_id=user.pk)
    elif not all_private:
        rows = rows.filter(Q(public=True) | Q(author_id=user.pk))
    return matching(rows, query) if query else rows


@dataclass(frozen=True)
class ConsultingFigures:
    """How policy consulting stands (R22)."""

    open: int
    overdue: int
    answered: int


def consulting_figures(*, today: date) -> ConsultingFigures:
    """Open, of them overdue, and answered questions. One query."""
    waiting = Q(state=QuestionState.OPEN)
    counts = PolicyQuestion.objects.aggregate(
        open=Count("pk", filter=waiting),
        overdue=Count("pk", filter=waiting & Q(due_on__lt=today)),
        answered=Count("pk", filter=Q(state=QuestionState.ANSWERED)),
    )
    return ConsultingFigures(**counts)


def verify_threads() -> Iterable[Difference]:
    """Recompute every thread's counts from its posts, and what is hidden from the moderation journal."""
    counted = Thread.objects.annotate(real=Max("posts__number"), rows=Count("posts"), latest=Max("posts__at"))
    for thread in counted.exclude(real=F("post_count"), rows=F("post_count"), latest=F("last_post_at")):
        yield Difference(
            f"lms_community.thread:{thread.pk} posts",
            f"{thread.rows} posts to number {thread.real}",
            f"{thread.post_count}",
        )
    yield from _hidden_differences()


def _hidden_differences() -> Iterable[Difference]:
    acts = ModerationEntry.objects.filter(act__in=["hide_post", "restore_post"]).values_list("post_id", "act")
    hidden = {post for post, act in dict(acts.order_by("at", "pk")).items() if act == "hide_post"}
    shown_as_hidden = set(Post.objects.filter(hidden=True).values_list("pk", flat=True))
    for pk in sorted(hidden ^ shown_as_hidden):
        yield Difference(f"lms_community.post:{pk} hidden", str(pk in hidden), str(pk in shown_as_hidden))
