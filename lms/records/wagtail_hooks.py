"""Registration only."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import URLResolver, include, path, reverse
from django.utils.translation import gettext, gettext_lazy
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from lms.core.screens import ArchiveSection, HomeJob
from lms.core.viewsets import BackofficeItem, backoffice_group
from lms.people.models import Person
from lms.people.viewsets import role_required
from lms.records import views
from lms.records.permissions import archive_policy

may_view = role_required(archive_policy, "view")


@hooks.register("register_admin_urls")
def register_addresses() -> list[URLResolver]:
    """The archive in the back office."""
    patterns = [
        path("", may_view(views.archive), name="index"),
        path("trainee/<int:pk>/", may_view(views.trainee), name="trainee"),
        path("term/<int:pk>/", may_view(views.report), name="report"),
    ]
    return [path("records/", include((patterns, "lms_records_admin")))]


@hooks.register("lms_archive_sections")
def show_hours(person: Person) -> ArchiveSection:
    """Terms and class hours."""
    return views.hours_section(person)


@hooks.register("lms_archive_sections")
def show_results(person: Person) -> ArchiveSection:
    """Results."""
    return views.results_section(person)


@hooks.register("lms_archive_sections")
def show_certificates(person: Person) -> ArchiveSection:
    """Certificates."""
    return views.certificates_section(person)


@hooks.register("lms_archive_sections")
def show_appeals(person: Person) -> ArchiveSection:
    """Appeals."""
    return views.appeals_section(person)


def menu_items() -> Sequence[MenuItem]:
    """Entries of the menu group."""
    return [
        BackofficeItem(
            gettext_lazy("Trainee archive"),
            reverse("lms_records_admin:index"),
            allowed=lambda user: archive_policy.allows(user, "view"),
            icon_name="folder-open-inverse",
        )
    ]


backoffice_group("records", gettext_lazy("Archive"), icon="folder-open-inverse", order=680, items=menu_items)


@hooks.register("lms_backoffice_home")
def home_jobs(request: HttpRequest) -> Sequence[HomeJob]:
    """The archive, for who may read it."""
    if not archive_policy.allows(request.user, "view"):
        return ()
    text = gettext("Terms, hours, results and certificates of one person.")
    url = reverse("lms_records_admin:index")
    return [HomeJob(gettext("Look into the archive"), url, text, "folder-open-inverse", order=200)]
