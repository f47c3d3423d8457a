"""Kinds of notices and their words. A notice stores its kind and figures; the words are made when it is read."""

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Topic(models.TextChoices):
    """What people may switch e-mail off for."""

    TRAINING = "training", _("Timetable, attendance and assignments")
    ASSESSMENT = "assessment", _("Exams, results and certificates")
    EXCHANGE = "exchange", _("Replies, answers and surveys")


class MailState(models.TextChoices):
    """What became of the e-mail of a notice."""

    NONE = "none", _("No e-mail")
    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")


class NoticeKind(models.TextChoices):
    """What a notice is about."""

    ENROLLED = "enrolled", pgettext_lazy("message", "Enrolled")
    ENROLMENT_ENDED = "enrolment_ended", _("Seat ended")
    APPLICATION_SUBMITTED = "application_submitted", _("Application received")
    APPLICATION_RETURNED = "application_returned", _("Application returned")
    APPLICATION_WAIT_LISTED = "application_wait_listed", _("Application on the wait-list")
    APPLICATION_REJECTED = "application_rejected", _("Application not admitted")
    PAYMENT_RECORDED = "payment_recorded", _("Payment recorded")
    REFUND_GRANTED = "refund_granted", _("Refund granted")
    REFUND_REFUSED = "refund_refused", _("Refund not granted")
    LIST_IMPORTED = "list_imported", _("Class list imported")
    TIMETABLE_PUBLISHED = "timetable_published", _("Timetable published")
    SESSION_MOVED = "session_moved", _("Session moved")
    SESSION_CANCELLED = "session_cancelled", _("Session cancelled")
    SESSION_ADDED = "session_added", _("Session added")
    SESSION_DROPPED = "session_dropped", _("Session no longer yours")
    TEACHING_GIVEN = "teaching_given", _("Session to teach")
    TEACHING_TAKEN = "teaching_taken", _("Session given to somebody else")
    ATTENDANCE_CORRECTED = "attendance_corrected", _("Attendance corrected")
    MINUTES_CORRECTED = "minutes_corrected", _("Attendance corrected")
    ABSENCE_WARNED = "absence_warned", _("Absence near the limit")
    ABSENCE_LAST = "absence_last", _("Absence at the limit")
    ABSENCE_OVER = "absence_over", _("Absence over the limit")
    ABSENCE_IN_A_ROW = "absence_in_a_row", _("Two sessions missed in a row")
    LEARNER_ABSENCE_WARNED = "learner_absence_warned", _("A learner's absence near the limit")
    LEARNER_ABSENCE_LAST = "learner_absence_last", _("A learner's absence at the limit")
    LEARNER_ABSENCE_OVER = "learner_absence_over", _("A learner's absence over the limit")
    LEARNER_ABSENCE_IN_A_ROW = "learner_absence_in_a_row", _("A learner missed two sessions in a row")
    MAKE_UP_ASSIGNED = "make_up_assigned", _("Make-up session assigned")
    MAKE_UP_WITHDRAWN = "make_up_withdrawn", _("Make-up session withdrawn")
    LEAVE_ASKED = "leave_asked", _("Leave asked for")
    LEAVE_APPROVED = "leave_approved", _("Leave approved")
    LEAVE_REFUSED = "leave_refused", _("Leave refused")
    LEAVES_ASKED = "leaves_asked", _("Leave asked for")
    LEAVES_APPROVED = "leaves_approved", _("Leave approved")
    LEAVES_REFUSED = "leaves_refused", _("Leave refused")
    LEAVE_WITHDRAWN = "leave_withdrawn", _("Leave withdrawn by the learner")
    LEAVES_WITHDRAWN = "leaves_withdrawn", _("Leave withdrawn by the learner")
    LEAVE_ENDED = "leave_ended", _("Leave withdrawn by the class assistant")
    LEAVES_ENDED = "leaves_ended", _("Leave withdrawn by the class assistant")
    EXCLUDED = "excluded", _("Right to be assessed lost")
    EXCLUSION_LIFTED = "exclusion_lifted", _("Right to be assessed restored")
    LEARNER_EXCLUDED = "learner_excluded", _("A learner lost the right to be assessed")
    LEARNER_EXCLUSION_LIFTED = "learner_exclusion_lifted", _("A learner may be assessed again")
    WORK_MARKED = "work_marked", _("Assignment marked")
    EXAM_PUBLISHED = "exam_published", _("Exam published")
    RESULT_RELEASED = "result_released", _("Result released")
    RESULT_REVISED = "result_revised", _("Result revised")
    CERTIFICATE_ISSUED = "certificate_issued", _("Certificate issued")
    CERTIFICATE_REVOKED = "certificate_revoked", _("Certificate revoked")
    APPEAL_FILED = "appeal_filed", _("Appeal filed")
    APPEAL_UPHELD = "appeal_upheld", _("Appeal upheld")
    APPEAL_REJECTED = "appeal_rejected", _("Appeal not upheld")
    SURVEY_OPENED = "survey_opened", _("Survey opened")
    SURVEY_REMINDED = "survey_reminded", _("Survey reminder")
    REPLIED = "replied", _("Reply in the forum")
    POST_HIDDEN = "post_hidden", _("Post hidden")
    QUESTION_ASKED = "question_asked", _("Policy question asked")
    QUESTION_ANSWERED = "question_answered", _("Policy question answered")
    RESOURCE_PUBLISHED = "resource_published", _("New in the library")


def notice_choices() -> list[tuple[str, Any]]:
    """The kinds, asked for by name, so that a new kind needs no migration."""
    return list(NoticeKind.choices)


@dataclass(frozen=True)
class Wording:
    """Title and body with named places; a figure named `…_at` or `…_on` is a moment or a day."""

    topic: Topic
    icon: str
    title: Any
    body: Any


def _training(icon: str, title: Any, body: Any) -> Wording:
    return Wording(Topic.TRAINING, icon, title, body)


def _assessment(icon: str, title: Any, body: Any) -> Wording:
    return Wording(Topic.ASSESSMENT, icon, title, body)


def _exchange(icon: str, title: Any, body: Any) -> Wording:
    return Wording(Topic.EXCHANGE, icon, title, body)


_NEAR = _("Missed %(missed)s of %(scheduled)s class hours. Above %(limit)s the right to be assessed is lost.")
_IN_A_ROW = _(
    "“%(course)s” was the latest. Missed so far: %(missed)s of %(scheduled)s class hours; the limit is %(limit)s."
)
_SURVEY = _("“%(title)s” is open from %(opens_at)s to %(closes_at)s. Your answers are anonymous.")

WORDING: dict[str, Wording] = {
    NoticeKind.ENROLLED: _training(
        "check", _("You have a seat in %(term)s"), _("The term lasts from %(starts_on)s to %(ends_on)s. %(group)s")
    ),
    NoticeKind.ENROLMENT_ENDED: _training("info", _("Your seat in %(term)s has ended"), _("Reason: %(reason)s")),
    NoticeKind.APPLICATION_SUBMITTED: _training(
        "check", _("Your application for %(term)s is received"), _("You are told here as soon as it is decided.")
    ),
    NoticeKind.APPLICATION_RETURNED: _training(
        "alert", _("Please correct your application for %(term)s"), _("Reason: %(reason)s")
    ),
    NoticeKind.APPLICATION_WAIT_LISTED: _training(
        "clock", _("You are on the wait-list of %(term)s"), _("You move up when a seat becomes free. %(reason)s")
    ),
    NoticeKind.APPLICATION_REJECTED: _training("info", _("You are not admitted to %(term)s"), _("Reason: %(reason)s")),
    NoticeKind.PAYMENT_RECORDED: _training(
        "money", _("Your payment of %(amount)s is recorded"), _("Order %(code)s. Still due: %(due)s.")
    ),
    NoticeKind.REFUND_GRANTED: _training(
        "money", _("Your refund is granted"), _("Order %(code)s: %(amount)s is paid back. %(reason)s")
    ),
    NoticeKind.REFUND_REFUSED: _training(
        "info", _("Your refund is not granted"), _("Order %(code)s. Reason: %(reason)s")
    ),
    NoticeKind.LIST_IMPORTED: _training(
        "people", _("The class list of %(group)s is imported"), _("New: %(new)s. Recorded already: %(known)s.")
    ),
    NoticeKind.TIMETABLE_PUBLISHED: _training(
        "calendar", _("The timetable of %(term)s is published"), _("You find every session under Attendance.")
    ),
    NoticeKind.SESSION_MOVED: _training(
        "calendar", _("“%(course)s” has moved"), _("It is now on %(starts_at)s, %(room)s. %(reason)s")
    ),
    NoticeKind.SESSION_CANCELLED: _training(
        "calendar", _("“%(course)s” on %(starts_at)s is cancelled"), _("Reason: %(reason)s")
    ),
    NoticeKind.SESSION_ADDED: _training(
        "calendar", _("“%(course)s” is new in your timetable"), _("It is on %(starts_at)s, %(room)s. %(reason)s")
    ),
    NoticeKind.SESSION_DROPPED: _training(
        "calendar",
        _("You need not come to “%(course)s” on %(starts_at)s"),
        _("The session is for other classes now. %(reason)s"),
    ),
    NoticeKind.TEACHING_GIVEN: _training(
        "calendar", _("You teach “%(course)s” on %(starts_at)s"), _("Room: %(room)s. %(reason)s")
    ),
    NoticeKind.TEACHING_TAKEN: _training(
        "calendar",
        _("You no longer teach “%(course)s” on %(starts_at)s"),
        _("Somebody else takes the session. %(reason)s"),
    ),
    NoticeKind.ATTENDANCE_CORRECTED: _training(
        "attendance", _("Your attendance on %(starts_at)s was corrected"), _("“%(course)s”. Reason: %(reason)s")
    ),
    NoticeKind.MINUTES_CORRECTED: _training(
        "attendance",
        _("Your attendance on %(starts_at)s was corrected"),
        _("“%(course)s”: %(before)s minutes before, now %(after)s of %(minutes)s. Reason: %(reason)s"),
    ),
    NoticeKind.ABSENCE_WARNED: _training(
        "alert",
        _("Your absence comes near the limit"),
        _NEAR,
    ),
    NoticeKind.ABSENCE_LAST: _training(
        "alert",
        _("One more absence would pass the limit"),
        _NEAR,
    ),
    NoticeKind.ABSENCE_OVER: _training(
        "alert",
        _("Your absence is over the limit"),
        _("Missed %(missed)s of %(scheduled)s class hours; the limit is %(limit)s. Please see your class assistant."),
    ),
    NoticeKind.ABSENCE_IN_A_ROW: _training(
        "alert",
        _("You missed the last two sessions"),
        _IN_A_ROW,
    ),
    NoticeKind.LEARNER_ABSENCE_WARNED: _training("alert", _("%(name)s: absence comes near the limit"), _NEAR),
    NoticeKind.LEARNER_ABSENCE_LAST: _training("alert", _("%(name)s: one more absence would pass the limit"), _NEAR),
    NoticeKind.LEARNER_ABSENCE_OVER: _training(
        "alert",
        _("%(name)s: absence is over the limit"),
        _("Missed %(missed)s of %(scheduled)s class hours; the limit is %(limit)s. The class assistant decides."),
    ),
    NoticeKind.LEARNER_ABSENCE_IN_A_ROW: _training(
        "alert",
        _("%(name)s missed the last two sessions"),
        _IN_A_ROW,
    ),
    NoticeKind.MAKE_UP_ASSIGNED: _training(
        "calendar",
        _("You can make up “%(course)s”"),
        _("On %(starts_at)s, %(room)s. What you attend there restores what you missed on %(missed_at)s."),
    ),
    NoticeKind.MAKE_UP_WITHDRAWN: _training(
        "calendar",
        _("Your make-up of “%(course)s” on %(starts_at)s is withdrawn"),
        _("Reason: %(reason)s"),
    ),
    NoticeKind.LEAVE_ASKED: _training(
        "clock", _("%(name)s asks for leave"), _("“%(course)s” on %(starts_at)s. Reason: %(reason)s")
    ),
    NoticeKind.LEAVE_APPROVED: _training(
        "check",
        _("Your leave is approved"),
        _("“%(course)s” on %(starts_at)s. %(answer)s"),
    ),
    NoticeKind.LEAVE_REFUSED: _training(
        "close", _("Your leave is not approved"), _("“%(course)s” on %(starts_at)s. %(answer)s")
    ),
    NoticeKind.LEAVES_ASKED: _training(
        "clock",
        _("%(name)s asks for leave from %(count)s sessions"),
        _("From %(starts_at)s to %(ends_at)s. Reason: %(reason)s"),
    ),
    NoticeKind.LEAVES_APPROVED: _training(
        "check",
        _("Your leave from %(count)s sessions is approved"),
        _("From %(starts_at)s to %(ends_at)s. %(answer)s"),
    ),
    NoticeKind.LEAVES_REFUSED: _training(
        "close",
        _("Your leave from %(count)s sessions is not approved"),
        _("From %(starts_at)s to %(ends_at)s. %(answer)s"),
    ),
    NoticeKind.LEAVE_WITHDRAWN: _training(
        "clock", _("%(name)s withdrew the leave and is expected"), _("“%(course)s” on %(starts_at)s.")
    ),
    NoticeKind.LEAVES_WITHDRAWN: _training(
        "clock",
        _("%(name)s withdrew the leave from %(count)s sessions and is expected"),
        _("From %(starts_at)s to %(ends_at)s."),
    ),
    NoticeKind.LEAVE_ENDED: _training(
        "alert",
        _("Your leave was withdrawn; you are expected"),
        _("“%(course)s” on %(starts_at)s. Reason: %(reason)s"),
    ),
    NoticeKind.LEAVES_ENDED: _training(
        "alert",
        _("Your leave from %(count)s sessions was withdrawn; you are expected"),
        _("From %(starts_at)s to %(ends_at)s. Reason: %(reason)s"),
    ),
    NoticeKind.EXCLUDED: _assessment(
        "alert",
        _("You lost the right to be assessed"),
        _("Missed %(missed)s of %(scheduled)s class hours. Reason: %(reason)s. You may appeal."),
    ),
    NoticeKind.EXCLUSION_LIFTED: _assessment(
        "check", _("You may be assessed again"), _("The exclusion was lifted. Reason: %(reason)s")
    ),
    NoticeKind.LEARNER_EXCLUDED: _assessment(
        "alert",
        _("%(name)s lost the right to be assessed"),
        _("Missed %(missed)s of %(scheduled)s class hours. Reason: %(reason)s"),
    ),
    NoticeKind.LEARNER_EXCLUSION_LIFTED: _assessment(
        "check", _("%(name)s may be assessed again"), _("The exclusion was lifted. Reason: %(reason)s")
    ),
    NoticeKind.WORK_MARKED: _training("pen", _("“%(title)s” is marked: %(mark)s"), "%(comment)s"),
    NoticeKind.EXAM_PUBLISHED: _assessment(
        "exam",
        _("“%(title)s” is announced"),
        _("It opens on %(opens_at)s and closes on %(closes_at)s; you have %(minutes)s minutes from your start."),
    ),
    NoticeKind.RESULT_RELEASED: _assessment(
        "check",
        _("Your result is released"),
        _("Open it to see how it is composed. You may appeal within %(days)s working days."),
    ),
    NoticeKind.RESULT_REVISED: _assessment(
        "info", _("Your result was revised"), _("Reason: %(reason)s. Open it to see the new composition.")
    ),
    NoticeKind.CERTIFICATE_ISSUED: _assessment(
        "certificate", _("Your certificate is issued"), _("Number %(number)s. You can download it now.")
    ),
    NoticeKind.CERTIFICATE_REVOKED: _assessment(
        "alert", _("Certificate %(number)s was revoked"), _("Reason: %(reason)s")
    ),
    NoticeKind.APPEAL_FILED: _assessment("alert", _("A new appeal: %(title)s"), _("Filed by %(name)s.")),
    NoticeKind.APPEAL_UPHELD: _assessment("check", _("Your appeal is upheld: %(title)s"), _("Reason: %(reason)s")),
    NoticeKind.APPEAL_REJECTED: _assessment("info", _("Your appeal is not upheld: %(title)s"), _("Reason: %(reason)s")),
    NoticeKind.SURVEY_OPENED: _exchange(
        "pen",
        _("Please tell us how the training was"),
        _SURVEY,
    ),
    NoticeKind.SURVEY_REMINDED: _exchange(
        "pen",
        _("Your opinion is still missing"),
        _SURVEY,
    ),
    NoticeKind.REPLIED: _exchange("reply", _("A new reply in “%(title)s”"), _("%(name)s has answered.")),
    NoticeKind.POST_HIDDEN: _exchange("info", _("Your post in “%(title)s” was hidden"), _("Reason: %(reason)s")),
    NoticeKind.QUESTION_ASKED: _exchange("question", _("A policy question waits for an answer"), _("“%(title)s”")),
    NoticeKind.QUESTION_ANSWERED: _exchange("question", _("Your question is answered"), _("“%(title)s”")),
    NoticeKind.RESOURCE_PUBLISHED: _exchange("library", _("New in the resource library"), _("“%(title)s”")),
}
