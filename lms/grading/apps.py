from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GradingConfig(AppConfig):
    name = "lms.grading"
    label = "lms_grading"
    verbose_name = _("Final results")
    default_auto_field = "django.db.models.BigAutoField"
