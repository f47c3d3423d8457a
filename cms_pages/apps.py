from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CmsPagesConfig(AppConfig):
    name = "cms_pages"
    verbose_name = _("Public site")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from wagtail.signals import page_published

        from cms_pages.receivers import keep_up, prepare_pages
        from lms.programmes.signals import programme_loaded

        programme_loaded.connect(prepare_pages, dispatch_uid="cms_pages.pages")
        page_published.connect(keep_up, dispatch_uid="cms_pages.words")
