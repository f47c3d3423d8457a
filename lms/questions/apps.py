from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QuestionsConfig(AppConfig):
    name = "lms.questions"
    label = "lms_questions"
    verbose_name = _("Question bank")
    default_auto_field = "django.db.models.BigAutoField"
