"""Choices of the community app."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ModerationAct(models.TextChoices):
    """What a moderator did."""

    HIDE_POST = "hide_post", _("Post hidden")
    RESTORE_POST = "restore_post", _("Post shown again")
    HIDE_THREAD = "hide_thread", _("Thread hidden")
    RESTORE_THREAD = "restore_thread", _("Thread shown again")
    LOCK = "lock", _("Thread locked")
    UNLOCK = "unlock", _("Thread unlocked")
    PIN = "pin", _("Thread pinned")
    UNPIN = "unpin", _("Thread unpinned")
    DISMISS_REPORT = "dismiss_report", _("Report dismissed")


class ReportReason(models.TextChoices):
    """Why somebody reports a post."""

    PERSONAL = "personal", _("It shows personal data")
    WRONG = "wrong", _("It is wrong or misleading")
    RUDE = "rude", _("It is rude or insulting")
    ADVERT = "advert", _("It is an advertisement")
    OTHER = "other", _("Another reason")


class ReportState(models.TextChoices):
    """What became of a report."""

    OPEN = "open", _("Report waiting")
    UPHELD = "upheld", _("Post hidden")
    DISMISSED = "dismissed", _("Dismissed")


class ResourceKind(models.TextChoices):
    """Shelves of the library."""

    POLICY = "policy", _("Policy document")
    GUIDE = "guide", _("Guide")
    TEMPLATE = "template", _("Template")
    CASE = "case", _("Case")
    CHECKLIST = "checklist", _("Checklist")
    READING = "reading", _("Reading material")


class Validity(models.TextChoices):
    """Whether a document is still in force (R24)."""

    VALID = "valid", _("In force")
    AMENDED = "amended", _("Amended")
    REPEALED = "repealed", _("Repealed")


class QuestionState(models.TextChoices):
    """Where a policy question stands (R22)."""

    OPEN = "open", _("Waiting for an answer")
    ANSWERED = "answered", _("Answered by an expert")
    CLOSED = "closed", _("Question closed")
