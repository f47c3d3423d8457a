from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "lms.core"
    label = "lms_core"
    verbose_name = _("Common ground")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from lms.core import checks  # noqa: F401
        from lms.core.viewsets import quiet_spreadsheets

        quiet_spreadsheets()
