"""The timetable: sessions, rooms, boards, who makes a missed session up, and the addresses of calendar feeds."""

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lms.attendance.enums import CheckKind, SessionState
from lms.attendance.rules import Slot

USER = settings.AUTH_USER_MODEL
ENROLMENT = "lms_programmes.Enrolment"


class Timetable(models.Model):
    """The timetable of a term; learners see its sessions once it is published (R2)."""

    term = models.OneToOneField("lms_programmes.Term", on_delete=models.PROTECT, related_name="timetable")
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    published_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("timetable")
        verbose_name_plural = _("timetables")

    def __str__(self) -> str:
        return str(self.term)


class Room(models.Model):
    """A room by the name that sessions use. Position and networks serve the hints, where those are switched on."""

    name = models.CharField(_("room"), max_length=80, unique=True)
    latitude = models.DecimalField(_("latitude"), max_digits=8, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=8, decimal_places=5, null=True, blank=True)
    radius_metres = models.PositiveIntegerField(_("radius in metres"), default=300)
    networks = models.TextField(
        _("networks"), blank=True, help_text=_("Addresses of the room's own networks, one a line, like 10.20.0.0/16.")
    )

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Session(models.Model):
    """One piece of classroom teaching. Without groups it is for everybody of the term."""

    term = models.ForeignKey(
        "lms_programmes.Term", on_delete=models.PROTECT, related_name="sessions", verbose_name=_("term")
    )
    course = models.ForeignKey(
        "lms_programmes.Course", on_delete=models.PROTECT, related_name="sessions", verbose_name=_("course")
    )
    groups = models.ManyToManyField(
        "lms_programmes.ClassGroup",
        blank=True,
        related_name="sessions",
        verbose_name=_("classes"),
        help_text=_("None chosen means everybody of the term."),
    )
    instructor = models.ForeignKey(
        USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("instructor")
    )
    room = models.CharField(_("room"), max_length=80, blank=True)
    starts_at = models.DateTimeField(_("starts at"), db_index=True)
    ends_at = models.DateTimeField(_("ends at"))
    minutes = models.PositiveIntegerField(_("class minutes"), help_text=_("Teaching without breaks."))
    check_out_required = models.BooleanField(_("check-out required"), default=True)
    mid_check_minutes = models.PositiveSmallIntegerField(
        _("minutes to answer the check during class"),
        default=0,
        validators=[MaxValueValidator(30)],
        help_text=_("0 means no check during class. Its moment is chosen at random when the board opens."),
    )
    staff_scan_only = models.BooleanField(
        _("only staff scan"),
        default=False,
        help_text=_("Learners show their personal code; the code on the board is not enough."),
    )
    make_up = models.BooleanField(
        _("make-up session"),
        default=False,
        help_text=_("For named learners who missed another session; it adds no class hours of its own."),
    )
    check_in_from = models.DateTimeField(_("check-in opens at"), editable=False)
    check_out_until = models.DateTimeField(_("check-out closes at"), editable=False)
    state = models.CharField(_("state"), max_length=12, choices=SessionState, default=SessionState.PLANNED)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)
    closed_by = models.ForeignKey(
        USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    cancel_reason = models.CharField(_("reason of the cancellation"), max_length=200, blank=True, editable=False)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ["starts_at", "pk"]
        indexes = [models.Index(fields=["term", "starts_at"], name="lms_att_session_term")]
        constraints = [
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="lms_attendance_session_times"),
            models.CheckConstraint(condition=Q(minutes__gt=0), name="lms_attendance_session_minutes"),
            models.CheckConstraint(
                condition=Q(check_in_from__lte=F("starts_at")) & Q(check_out_until__gte=F("ends_at")),
                name="lms_attendance_session_window",
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) | (~Q(state="closed") & Q(closed_at__isnull=True)),
                name="lms_attendance_session_closed",
            ),
        ]

    def __str__(self) -> str:
        return str(self.course)

    @property
    def slot(self) -> Slot:
        """The session as plain values for rule functions."""
        return Slot(self.starts_at, self.ends_at, self.minutes, self.check_out_required)


class Board(models.Model):
    """A board shown on a projector; `nonce` binds its codes, `kind` says whether people are coming or leaving."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="boards")
    nonce = models.CharField(max_length=16)
    kind = models.CharField(max_length=3, choices=CheckKind, default=CheckKind.IN)
    opened_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()

    class Meta:
        verbose_name = _("board")
        verbose_name_plural = _("boards")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["session", "nonce"], name="lms_attendance_board_nonce")]


class MakeUpSeat(models.Model):
    """A learner makes a missed session up in another one; what she earns there restores the missed minutes (R12)."""

    session = models.ForeignKey(
        Session, on_delete=models.PROTECT, related_name="make_up_seats", verbose_name=_("make-up session")
    )
    enrolment = models.ForeignKey(ENROLMENT, on_delete=models.PROTECT, related_name="make_up_seats")
    missed = models.ForeignKey(
        Session, on_delete=models.PROTECT, related_name="made_up_by", verbose_name=_("missed session")
    )
    assigned_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField(_("assigned at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    class Meta:
        verbose_name = _("make-up seat")
        verbose_name_plural = _("make-up seats")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "enrolment"],
                condition=Q(withdrawn_at__isnull=True),
                name="lms_attendance_one_make_up_seat",
            ),
            models.UniqueConstraint(
                fields=["missed", "enrolment"],
                condition=Q(withdrawn_at__isnull=True),
                name="lms_attendance_one_make_up_for",
            ),
            models.CheckConstraint(condition=~Q(session=F("missed")), name="lms_attendance_make_up_other"),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment} · {self.session}"


class CalendarFeed(models.Model):
    """The secret in the address of a person's own timetable feed; a new secret ends the old address."""

    user = models.OneToOneField(USER, on_delete=models.CASCADE, related_name="+")
    secret = models.CharField(max_length=43, unique=True)
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
