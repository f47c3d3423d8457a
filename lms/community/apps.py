from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommunityConfig(AppConfig):
    name = "lms.community"
    label = "lms_community"
    verbose_name = _("Community and resources")
    default_auto_field = "django.db.models.BigAutoField"
