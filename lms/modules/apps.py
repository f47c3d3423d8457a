from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ModulesConfig(AppConfig):
    name = "lms.modules"
    label = "lms_modules"
    verbose_name = _("Course content")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from wagtail.signals import page_published

        from lms.modules.models import CoursePage, LessonPage
        from lms.modules.receivers import make_renditions, prepare_content
        from lms.programmes.signals import programme_loaded

        programme_loaded.connect(prepare_content, dispatch_uid="lms_modules.content")
        for kind in (CoursePage, LessonPage):
            page_published.connect(make_renditions, sender=kind, dispatch_uid=f"lms_modules.{kind.__name__}.renditions")
