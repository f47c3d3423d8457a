from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FeesConfig(AppConfig):
    name = "lms.fees"
    label = "lms_fees"
    verbose_name = _("Fees")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from lms.fees.receivers import follow_level, open_for_seat
        from lms.people.signals import unit_level_set
        from lms.programmes.signals import enrolled

        enrolled.connect(open_for_seat, dispatch_uid="lms_fees.order")
        unit_level_set.connect(follow_level, dispatch_uid="lms_fees.level")
