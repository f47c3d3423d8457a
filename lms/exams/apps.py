from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExamsConfig(AppConfig):
    name = "lms.exams"
    label = "lms_exams"
    verbose_name = _("Examinations")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from lms.exams import checks  # noqa: F401
        from lms.exams.receivers import prepare_for_new_seat
        from lms.programmes.signals import enrolled

        enrolled.connect(prepare_for_new_seat, dispatch_uid="lms_exams.prepare_for_new_seat")
