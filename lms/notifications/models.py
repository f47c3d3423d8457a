"""Notices, preferences, and the record of text messages."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.notifications.enums import MailState, notice_choices


class Notice(models.Model):
    """One message to one user. `key` makes it exactly one, however often the fact is announced."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=40, choices=notice_choices)
    params: Any = models.JSONField(default=dict)
    url = models.CharField(max_length=200, blank=True)
    key = models.CharField(max_length=120)
    made_at = models.DateTimeField(_("sent at"))
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    mail = models.CharField(max_length=10, choices=MailState, default=MailState.NONE)

    class Meta:
        verbose_name = pgettext_lazy("message", "notice")
        verbose_name_plural = _("notices")
        ordering = ["-made_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="lms_notifications_notice_once")]
        indexes = [
            models.Index(fields=["user", "-made_at"], name="lms_notif_by_user"),
            models.Index(fields=["user"], condition=Q(read_at=None), name="lms_notif_unread"),
            models.Index(fields=["mail"], condition=Q(mail="waiting"), name="lms_notif_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} → {self.user_id}"


class Preference(models.Model):
    """How a user wants to be reached; without a row e-mail is sent about everything, in the site's language."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_preference")
    mail = models.BooleanField(_("send me notices by e-mail"), default=True)
    muted_topics: Any = models.JSONField(default=list, blank=True)
    language = models.CharField(_("language of e-mails"), max_length=10, blank=True)

    class Meta:
        verbose_name = _("preference")
        verbose_name_plural = _("preferences")


class TextMessage(models.Model):
    """One text message, once by its key; neither the text nor the whole number is kept."""

    key = models.CharField(max_length=120, unique=True)
    masked_phone = models.CharField(max_length=20)
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("text message")
        verbose_name_plural = _("text messages")
