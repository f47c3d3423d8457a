"""Boards, threads and posts; the resource library; policy questions."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.community.enums import (
    ModerationAct,
    QuestionState,
    ReportReason,
    ReportState,
    ResourceKind,
    Validity,
)
from lms.core.journals import Journal

NONCE_LENGTH = 64


class Written(models.Model):
    """Abstract: text in Markdown by a real-name author; `html` is made once, when it is written."""

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("author")
    )
    body = models.TextField(_("text"))
    html = models.TextField(editable=False)
    at = models.DateTimeField(_("written at"))

    class Meta:
        abstract = True

    @property
    def author_name(self) -> str:
        """The real name; an account without a person shows its own full name."""
        return author_name(self.author)

    @property
    def author_unit(self) -> str:
        """The employing unit's name, or an empty text."""
        return author_unit(self.author)


class Board(models.Model):
    """A board of the forum (R25)."""

    slug = models.SlugField(_("key"), max_length=40, unique=True)
    title = models.CharField(_("board name"), max_length=60)
    description = models.CharField(_("board description"), max_length=300, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("forum board")
        verbose_name_plural = _("forum boards")
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return self.title


class Thread(models.Model):
    """A thread; its opening text is post 1. `post_count` is the number of the last post, hidden ones included."""

    board = models.ForeignKey(Board, on_delete=models.PROTECT, related_name="threads", verbose_name=_("forum board"))
    title = models.CharField(_("thread title"), max_length=120)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="threads", verbose_name=_("author")
    )
    opened_at = models.DateTimeField(_("thread opened at"))
    last_post_at = models.DateTimeField(_("last post at"))
    last_author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    post_count = models.PositiveIntegerField(_("forum posts"), default=1)
    pinned = models.BooleanField(_("pinned"), default=False)
    locked = models.BooleanField(pgettext_lazy("thread", "locked"), default=False)
    hidden = models.BooleanField(_("hidden"), default=False)

    class Meta:
        verbose_name = _("thread")
        verbose_name_plural = _("threads")
        ordering = ["-pinned", "-last_post_at", "-pk"]
        indexes = [models.Index(fields=["board", "-pinned", "-last_post_at"], name="lms_community_thread_list")]

    def __str__(self) -> str:
        return self.title

    @property
    def author_name(self) -> str:
        """The real name of who opened it."""
        return author_name(self.author)

    @property
    def last_author_name(self) -> str:
        """The real name of who wrote last."""
        return author_name(self.last_author)

    @property
    def reply_count(self) -> int:
        """Posts after the first."""
        return self.post_count - 1


class Post(Written):
    """One post. `number` counts from 1 inside the thread and never changes: permalinks and pages stand on it."""

    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="posts", verbose_name=_("thread"))
    number = models.PositiveIntegerField(_("number"))
    nonce = models.CharField(max_length=NONCE_LENGTH, editable=False)
    words = models.TextField(editable=False)
    edited_at = models.DateTimeField(_("changed at"), null=True, blank=True)
    hidden = models.BooleanField(_("hidden"), default=False)
    hidden_reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("forum post")
        verbose_name_plural = _("forum posts")
        ordering = ["thread", "number"]
        indexes = [models.Index(fields=["author", "at"], name="lms_community_post_author")]
        constraints = [
            models.UniqueConstraint(fields=["thread", "number"], name="lms_community_post_number"),
            models.UniqueConstraint(fields=["author", "nonce"], name="lms_community_post_once"),
            models.CheckConstraint(
                condition=Q(hidden=False, hidden_reason="") | Q(hidden=True) & ~Q(hidden_reason=""),
                name="lms_community_hidden_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.thread} #{self.number}"


class PostRevision(Journal):
    """What a post said before a change; append-only."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="revisions")
    body = models.TextField()
    editor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("earlier text of a post")
        verbose_name_plural = _("earlier texts of posts")
        ordering = ["at", "pk"]


class ReadMark(models.Model):
    """How far somebody has read a thread: the number of the last post she saw."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="read_marks")
    number = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("read mark")
        verbose_name_plural = _("read marks")
        constraints = [models.UniqueConstraint(fields=["user", "thread"], name="lms_community_read_once")]


class ModerationEntry(Journal):
    """What moderators did and why; append-only."""

    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="moderation")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="moderation")
    act = models.CharField(max_length=20, choices=ModerationAct)
    reason = models.CharField(max_length=200, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("moderation entry")
        verbose_name_plural = _("moderation journal")
        ordering = ["at", "pk"]


class PostReport(models.Model):
    """A post that somebody wants a moderator to look at; one of each reader and post at a time."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="reports", verbose_name=_("forum post"))
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("reported by")
    )
    reason = models.CharField(_("reason"), max_length=12, choices=ReportReason)
    note = models.CharField(_("reporter's note"), max_length=300, blank=True)
    at = models.DateTimeField(_("reported at"))
    state = models.CharField(_("state"), max_length=10, choices=ReportState, default=ReportState.OPEN)
    decision = models.CharField(_("reason of the decision"), max_length=200, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("report decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("post report")
        verbose_name_plural = _("post reports")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["post", "reporter"], condition=Q(state="open"), name="lms_community_report_once"
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at=None)
                | ~Q(state="open") & Q(decided_at__isnull=False) & ~Q(decision=""),
                name="lms_community_report_decided",
            ),
        ]

    def __str__(self) -> str:
        return str(self.post)


class Resource(models.Model):
    """A document of the library with its validity (R24); a new file is a new version, earlier files stay."""

    slug = models.SlugField(_("key"), max_length=60, unique=True)
    title = models.CharField(_("document title"), max_length=120)
    kind = models.CharField(_("kind of document"), max_length=12, choices=ResourceKind)
    summary = models.TextField(_("document summary"), blank=True)
    document_number = models.CharField(_("document number"), max_length=60, blank=True)
    issuer = models.CharField(_("issued by"), max_length=120, blank=True)
    validity = models.CharField(_("validity"), max_length=10, choices=Validity, default=Validity.VALID)
    repealed_on = models.DateField(_("no longer in force from"), null=True, blank=True)
    successor = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("replaced by")
    )
    tags = models.JSONField(_("keywords"), default=list, blank=True)
    file = models.ForeignKey(
        "lms_files.PrivateFile", on_delete=models.PROTECT, related_name="+", verbose_name=_("file"), editable=False
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    published_at = models.DateTimeField(_("published at"), editable=False)
    updated_at = models.DateTimeField(_("changed at"), editable=False)
    words = models.TextField(editable=False)

    class Meta:
        verbose_name = _("resource")
        verbose_name_plural = _("resources")
        ordering = ["-updated_at", "-pk"]
        indexes = [models.Index(fields=["kind", "-updated_at"], name="lms_community_shelf")]
        constraints = [
            models.CheckConstraint(
                condition=Q(validity="repealed", repealed_on__isnull=False)
                | ~Q(validity="repealed") & Q(repealed_on=None),
                name="lms_community_repealed_on",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PolicyQuestion(Written):
    """A question about policy, answered by an expert within a promised time (R22)."""

    category = models.CharField(_("topic"), max_length=40)
    title = models.CharField(_("question asked"), max_length=120)
    public = models.BooleanField(_("others may read it"), default=True)
    state = models.CharField(_("state"), max_length=10, choices=QuestionState, default=QuestionState.OPEN)
    due_on = models.DateField(_("promised by"))
    nonce = models.CharField(max_length=NONCE_LENGTH, editable=False)
    words = models.TextField(editable=False)

    class Meta:
        verbose_name = _("policy question")
        verbose_name_plural = _("policy questions")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["state", "due_on"], name="lms_community_question_queue")]
        constraints = [models.UniqueConstraint(fields=["author", "nonce"], name="lms_community_question_once")]

    def __str__(self) -> str:
        return self.title


class PolicyAnswer(Written):
    """An expert's answer; a later one supplements the earlier."""

    question = models.ForeignKey(
        PolicyQuestion, on_delete=models.PROTECT, related_name="answers", verbose_name=_("question asked")
    )

    class Meta:
        verbose_name = _("expert answer")
        verbose_name_plural = _("expert answers")
        ordering = ["at", "pk"]


def author_name(user: models.Model) -> str:
    """The person's name, else the account's full name, else its user name."""
    person = getattr(user, "person", None)
    return person.name if person else str(user.get_full_name() or user)  # type: ignore[attr-defined]


def author_unit(user: models.Model) -> str:
    """The person's unit, or an empty text."""
    person = getattr(user, "person", None)
    return str(person.unit) if person and person.unit else ""
