"""Choices of the attendance app."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SessionState(models.TextChoices):
    """Where a session stands: planned, board opened, sheet closed and credited, or cancelled."""

    PLANNED = "planned", _("Planned")
    OPEN = "open", _("Under way")
    CLOSED = "closed", _("Sheet closed")
    CANCELLED = "cancelled", _("Cancelled")


class CheckKind(models.TextChoices):
    """Coming, being there at the check during class, or leaving."""

    IN = "in", _("Check-in")
    MID = "mid", _("Check during class")
    OUT = "out", _("Check-out")


class CheckMethod(models.TextChoices):
    """How presence was proven."""

    QR = "qr", _("QR code")
    TYPED = "typed", _("Typed code")
    MANUAL = "manual", _("By the class assistant")
    PAPER = "paper", _("Paper roll")
    SCAN = "scan", _("Scanned by staff")


class Status(models.TextChoices):
    """What one learner's row of one session says; always computed, never stored."""

    AHEAD = "ahead", _("Not yet held")
    OPEN = "open", _("Sheet not closed yet")
    PRESENT = "present", _("Present")
    LATE = "late", _("Late")
    LEFT_EARLY = "left_early", _("Left early")
    LATE_AND_EARLY = "late_and_early", _("Late and left early")
    NO_CHECK_OUT = "no_check_out", _("No check-out")
    NO_CHECK_IN = "no_check_in", _("No check-in")
    ABSENT = "absent", _("Absent")
    LEAVE = "leave", _("On leave")
    CORRECTED = "corrected", _("Corrected")
    MADE_UP = "made_up", _("Made up")
    BEFORE = "before", _("Not enrolled yet")


class LeaveState(models.TextChoices):
    """What became of a request for leave."""

    PENDING = "pending", _("Waiting for the class assistant")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Not approved")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class ExclusionAct(models.TextChoices):
    """What became of the right to be assessed (R12): `RESTORED` follows from the record, the others are decisions."""

    CONFIRMED = "confirmed", _("Exclusion confirmed")
    LIFTED = "lifted", _("Exclusion lifted")
    RESTORED = "restored", _("Exclusion ended: within the limit again")


class DeviceState(models.TextChoices):
    """What became of a learner's wish to use another phone."""

    ASKED = "asked", _("Waiting for the class assistant")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Not approved")


class HintSource(models.TextChoices):
    """Where a hint of place comes from."""

    NETWORK = "network", _("Network")
    PLACE = "place", _("Location")


class FlagKind(models.TextChoices):
    """What does not fit together at a session."""

    SHARED_DEVICE = "shared_device", _("One phone for several learners")
    OTHER_DEVICE = "other_device", _("Another phone than the learner's own")
    TWO_ROOMS = "two_rooms", _("Two rooms at once")
    IMPOSSIBLE_TIME = "impossible_time", _("Impossible times")
    EXAM_ELSEWHERE = "exam_elsewhere", _("Sitting an exam meanwhile")
    RELAYED = "relayed", _("Code passed on")
    FORGED = "forged", _("Forged request")
    NOT_SEEN = "not_seen", _("Not seen in the room")
    GONE = "gone", _("Gone during class")


class FlagAct(models.TextChoices):
    """What a person made of a flag."""

    UPHELD = "upheld", _("Confirmed")
    DISMISSED = "dismissed", _("Nothing wrong")


class ScanOutcome(models.TextChoices):
    """What became of a scan by staff."""

    RECORDED = "recorded", _("Put on record")
    REPEATED = "repeated", _("On record already")
    CONFLICT = "conflict", _("Needs a decision")
    REFUSED = "refused", _("Refused")


class ScanAct(models.TextChoices):
    """A decision about a scan that contradicts the record."""

    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Rejected")


class PaperState(models.TextChoices):
    """Where a typed paper roll stands."""

    WAITING = "waiting", _("Waiting for a second person")
    CONFIRMED = "confirmed", _("Confirmed")
    REFUSED = "refused", _("Sent back")


class EvidenceKind(models.TextChoices):
    """What a file kept by attendance proves; the `kind` of the private file."""

    PAPER = "attendance.paper", _("Paper roll")
    CORRECTION = "attendance.correction", _("Correction")
    LEAVE = "attendance.leave", _("Leave of absence")
