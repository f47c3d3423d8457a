"""Notices by e-mail."""

from smtplib import SMTPException

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation

from lms.core.conf import core_settings
from lms.core.templatetags.lms_ui import site_name
from lms.notifications.enums import MailState
from lms.notifications.models import Notice, Preference
from lms.notifications.selectors import waiting_for_mail, words_of

log = structlog.get_logger(__name__)
BATCH = 200


def send_waiting_mail() -> int:
    """Send the e-mail of every notice that waits for it; how many. Safe to run twice and at the same time.

    Each notice is claimed by one guarded update before it is sent. When sending fails it waits again and the
    error is raised at the end, so that the task is repeated.
    """
    sent, problem = 0, None
    notices = list(waiting_for_mail()[:BATCH])
    languages = dict(
        Preference.objects.filter(user__in=[notice.user_id for notice in notices]).values_list("user_id", "language")
    )
    for notice in notices:
        if not Notice.objects.filter(pk=notice.pk, mail=MailState.WAITING).update(mail=MailState.SENT):
            continue
        try:
            _send(notice, languages.get(notice.user_id) or settings.LANGUAGE_CODE)
            sent += 1
        except (OSError, SMTPException) as failure:
            Notice.objects.filter(pk=notice.pk).update(mail=MailState.WAITING)
            log.warning("notice_mail_failed", notice=notice.pk, problem=type(failure).__name__)
            problem = failure
            break
    if problem is not None:
        raise problem
    return sent + (send_waiting_mail() if len(notices) == BATCH else 0)


def _send(notice: Notice, language: str) -> None:
    if not notice.user.email:
        return
    with translation.override(language):
        words = words_of(notice)
        address = f"{core_settings.PUBLIC_ORIGIN}{notice.url}" if notice.url and core_settings.PUBLIC_ORIGIN else ""
        lines = [words.body, address, f"— {site_name()}"]
        subject = " ".join(words.title.split())
    EmailMessage(subject, "\n\n".join(line for line in lines if line), to=[notice.user.email]).send()
