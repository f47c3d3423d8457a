from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AttendanceConfig(AppConfig):
    name = "lms.attendance"
    label = "lms_attendance"
    verbose_name = _("Attendance")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from lms.attendance import checks  # noqa: F401
        from lms.attendance.receivers import look_for_flags
        from lms.attendance.signals import session_closed

        session_closed.connect(look_for_flags, dispatch_uid="lms_attendance.look_for_flags")
