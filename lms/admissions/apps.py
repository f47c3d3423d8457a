from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AdmissionsConfig(AppConfig):
    name = "lms.admissions"
    label = "lms_admissions"
    verbose_name = _("Admission")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from lms.admissions.receivers import follow_ended_seat
        from lms.programmes.signals import enrolment_ended

        enrolment_ended.connect(follow_ended_seat, dispatch_uid="lms_admissions.ended")
