from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    name = "lms.people"
    label = "lms_people"
    verbose_name = _("People and units")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from lms.people import checks  # noqa: F401
        from lms.people.receivers import make_role_groups, mark_consent_due

        post_migrate.connect(make_role_groups, sender=self, dispatch_uid="lms_people.role_groups")
        user_logged_in.connect(mark_consent_due, dispatch_uid="lms_people.consent_due")
