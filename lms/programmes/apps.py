from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProgrammesConfig(AppConfig):
    name = "lms.programmes"
    label = "lms_programmes"
    verbose_name = _("Programmes and terms")
    default_auto_field = "django.db.models.BigAutoField"
