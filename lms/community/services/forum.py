"""Writes of the forum: open, reply, change, read, report."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lms.community.conf import community_settings
from lms.community.enums import ReportReason, ReportState
from lms.community.models import Board, Post, PostReport, PostRevision, ReadMark, Thread
from lms.community.rules import clean_text, may_still_edit
from lms.community.services.rendering import render_text
from lms.community.signals import replied
from lms.core.exceptions import refuse
from lms.core.rules import bigrams

LONGEST = 10_000


def open_thread(board: Board, *, title: str, body: str, nonce: str, author: Any, at: datetime) -> Thread:
    """A new thread with its first post. The same nonce again is answered with the first thread.

    Refuses `no_title`, `no_text`, `too_long`.
    """
    title, body = " ".join(clean_text(title).split()), _checked_body(body)
    if not title:
        raise refuse("no_title", _("Please give the thread a title."))
    held = _post_of(author, nonce)
    if held is not None:
        return held.thread
    try:
        with transaction.atomic():
            thread = Thread.objects.create(
                board=board, title=title, author=author, opened_at=at, last_post_at=at, last_author=author
            )
            _add_post(thread, 1, body=body, nonce=nonce, author=author, at=at)
            mark_read(thread, 1, user=author)
            return thread
    except IntegrityError:
        held = _post_of(author, nonce)
        if held is None:
            raise
        return held.thread


@transaction.atomic
def reply(thread: Thread, *, body: str, nonce: str, author: Any, at: datetime) -> Post:
    """A reply at the end of the thread. The same nonce again is answered with the first post.

    Refuses `thread_hidden`, `thread_locked`, `no_text`, `too_long`. `replied` is sent on commit.
    """
    body = _checked_body(body)
    thread = Thread.objects.select_for_update().get(pk=thread.pk)
    held = _post_of(author, nonce)
    if held is not None:
        return held
    _require_open(thread)
    number = thread.post_count + 1
    post = _add_post(thread, number, body=body, nonce=nonce, author=author, at=at)
    thread.post_count, thread.last_post_at, thread.last_author = number, max(at, thread.last_post_at), author
    thread.save(update_fields=["post_count", "last_post_at", "last_author"])
    mark_read(thread, number, user=author)
    transaction.on_commit(lambda: replied.send(Post, post=post))
    return post


@transaction.atomic
def edit_post(post: Post, *, body: str, editor: Any, at: datetime) -> Post:
    """Change one's own post within `EDIT_MINUTES`; what it said before is kept. An unchanged text changes nothing.

    Refuses `not_author`, `post_hidden`, `thread_locked`, `thread_hidden`, `too_late`, `no_text`, `too_long`.
    """
    body = _checked_body(body)
    post = Post.objects.select_for_update(of=("self",)).select_related("thread").get(pk=post.pk)
    require_editable(post, editor=editor, at=at)
    if body == post.body:
        return post
    PostRevision.objects.create(post=post, body=post.body, editor=editor, at=at)
    post.body, post.html, post.words, post.edited_at = body, render_text(body), words_of_post(post, body), at
    post.save(update_fields=["body", "html", "words", "edited_at"])
    return post


def require_editable(post: Post, *, editor: Any, at: datetime) -> None:
    """Refuses `not_author`, `post_hidden`, `thread_locked`, `thread_hidden`, `too_late`."""
    minutes = community_settings.EDIT_MINUTES
    if post.author_id != editor.pk:
        raise refuse("not_author", _("Only the author can change a post."))
    if post.hidden:
        raise refuse("post_hidden", _("A moderator has hidden this post; it cannot be changed."))
    _require_open(post.thread)
    if not may_still_edit(post.at, at, minutes):
        raise refuse(
            "too_late",
            _("A post can be changed for %(minutes)s minutes after it was sent.") % {"minutes": minutes},
            _("Please write a reply that corrects it."),
            minutes=minutes,
        )


def mark_read(thread: Thread, number: int, *, user: Any) -> None:
    """The user has seen the thread up to this post. A mark never goes back and never beyond the last post."""
    number = min(number, thread.post_count)
    mine = ReadMark.objects.filter(user=user, thread=thread)
    if number > 0 and not mine.filter(number__lt=number).update(number=number):
        ReadMark.objects.bulk_create([ReadMark(user=user, thread=thread, number=number)], ignore_conflicts=True)


def report_post(post: Post, *, reason: str, note: str, reporter: Any, at: datetime) -> PostReport:
    """Ask a moderator to look at a post; a second report of the same reader is answered with her open one.

    Refuses `own_post`.
    """
    if post.author_id == reporter.pk:
        raise refuse("own_post", _("This is your own post."), _("You can change it or ask a moderator to hide it."))
    values = {"reason": ReportReason(reason), "note": clean_text(note), "at": at}
    return PostReport.objects.get_or_create(post=post, reporter=reporter, state=ReportState.OPEN, defaults=values)[0]


def words_of_post(post: Post, body: str) -> str:
    """What a search finds the post by: its text, and the title with the first post."""
    return bigrams(f"{post.thread.title}\n{body}" if post.number == 1 else body)


def _add_post(thread: Thread, number: int, *, body: str, nonce: str, author: Any, at: datetime) -> Post:
    post = Post(thread=thread, number=number, author=author, body=body, html=render_text(body), nonce=nonce, at=at)
    post.words = words_of_post(post, body)
    post.save(force_insert=True)
    return post


def _post_of(author: Any, nonce: str) -> Post | None:
    return Post.objects.select_related("thread").filter(author=author, nonce=nonce).first()


def _require_open(thread: Thread) -> None:
    if thread.hidden:
        raise refuse("thread_hidden", _("A moderator has hidden this thread."))
    if thread.locked:
        raise refuse("thread_locked", _("This thread is closed; nobody can write here any more."))


def _checked_body(body: str) -> str:
    body = clean_text(body)
    if not body:
        raise refuse("no_text", _("Please write something."))
    if len(body) > LONGEST:
        raise refuse(
            "too_long",
            _("The text has %(length)s characters; at most %(longest)s are possible.")
            % {"length": len(body), "longest": LONGEST},
        )
    return body
