"""What moderators do; every act is a row of the journal and a line of the audit trail."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.community.enums import ModerationAct, ReportState
from lms.community.models import ModerationEntry, Post, PostReport, Thread
from lms.community.signals import post_hidden
from lms.core.audit import record_act
from lms.core.exceptions import refuse

FLAGS = {
    ModerationAct.HIDE_THREAD: ("hidden", True),
    ModerationAct.RESTORE_THREAD: ("hidden", False),
    ModerationAct.LOCK: ("locked", True),
    ModerationAct.UNLOCK: ("locked", False),
    ModerationAct.PIN: ("pinned", True),
    ModerationAct.UNPIN: ("pinned", False),
}
NEED_REASON = {ModerationAct.HIDE_THREAD, ModerationAct.RESTORE_THREAD, ModerationAct.LOCK}


@transaction.atomic
def hide_post(post: Post, *, reason: str, actor: Any, at: datetime) -> Post:
    """Hide a post with a reason that everybody reads in its place; open reports of it are upheld.

    Refuses `no_reason`. Hiding it again changes nothing. `post_hidden` is sent on commit.
    """
    reason = _checked_reason(reason)
    post = _locked_post(post)
    if post.hidden:
        return post
    post.hidden, post.hidden_reason = True, reason
    post.save(update_fields=["hidden", "hidden_reason"])
    _write_down(post.thread, ModerationAct.HIDE_POST, post=post, reason=reason, actor=actor, at=at)
    waiting = PostReport.objects.filter(post=post, state=ReportState.OPEN)
    waiting.update(state=ReportState.UPHELD, decision=reason, decided_by=actor, decided_at=at)
    transaction.on_commit(lambda: post_hidden.send(Post, post=post, reason=reason))
    return post


@transaction.atomic
def restore_post(post: Post, *, reason: str, actor: Any, at: datetime) -> Post:
    """Show a hidden post again, with a reason. Refuses `no_reason`."""
    reason = _checked_reason(reason)
    post = _locked_post(post)
    if not post.hidden:
        return post
    post.hidden, post.hidden_reason = False, ""
    post.save(update_fields=["hidden", "hidden_reason"])
    _write_down(post.thread, ModerationAct.RESTORE_POST, post=post, reason=reason, actor=actor, at=at)
    return post


@transaction.atomic
def moderate_thread(thread: Thread, act: str, *, reason: str, actor: Any, at: datetime) -> Thread:
    """Hide, restore, lock, unlock, pin or unpin. Refuses `no_reason` for hide, restore and lock, `unknown_act` else."""
    if act not in FLAGS:
        raise refuse("unknown_act", _("This is not possible with a thread."))
    reason = _checked_reason(reason) if act in NEED_REASON else reason.strip()
    thread = Thread.objects.select_for_update().get(pk=thread.pk)
    field, value = FLAGS[ModerationAct(act)]
    if getattr(thread, field) == value:
        return thread
    setattr(thread, field, value)
    thread.save(update_fields=[field])
    _write_down(thread, ModerationAct(act), post=None, reason=reason, actor=actor, at=at)
    return thread


@transaction.atomic
def dismiss_report(report: PostReport, *, reason: str, actor: Any, at: datetime) -> PostReport:
    """Leave the post as it is, with a reason. Refuses `no_reason`, `not_open`."""
    reason = _checked_reason(reason)
    report = PostReport.objects.select_for_update(of=("self",)).select_related("post__thread").get(pk=report.pk)
    if report.state != ReportState.OPEN:
        raise refuse("not_open", _("This report has already been decided."))
    report.state, report.decision, report.decided_by, report.decided_at = ReportState.DISMISSED, reason, actor, at
    report.save(update_fields=["state", "decision", "decided_by", "decided_at"])
    post = report.post
    _write_down(post.thread, ModerationAct.DISMISS_REPORT, post=post, reason=reason, actor=actor, at=at)
    return report


def _locked_post(post: Post) -> Post:
    return Post.objects.select_for_update(of=("self",)).select_related("thread").get(pk=post.pk)


def _checked_reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise refuse("no_reason", _("Please write the reason; everybody concerned will read it."))
    return reason[:200]


def _write_down(
    thread: Thread, act: ModerationAct, *, post: Post | None, reason: str, actor: Any, at: datetime
) -> None:
    ModerationEntry.objects.create(thread=thread, post=post, act=act, reason=reason, actor=actor, at=at)
    record_act(f"lms_community.{act.value}", post or thread, actor=actor, reason=reason)
