from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FilesConfig(AppConfig):
    name = "lms.files"
    label = "lms_files"
    verbose_name = _("Private files")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from lms.files import checks  # noqa: F401
