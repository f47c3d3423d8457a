"""Registration only."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.permissions import page_permission_policy

from lms.core.audit import ACTIONS, declare_fact
from lms.core.viewsets import JobsPanel

for name, label in (
    ("state", _("State")),
    ("term", _("Term")),
    ("number", _("Number")),
    ("version", _("Version")),
    ("title", _("Title")),
):
    declare_fact(name, label)


@hooks.register("register_log_actions", order=1000)
def register_acts(actions: Any) -> None:
    """Every declared act appears in Wagtail's history under its translated name."""
    for action, label in ACTIONS.items():
        actions.register_action(action, label, label)


@hooks.register("construct_homepage_panels")
def add_jobs(request: HttpRequest, panels: list[Any]) -> None:
    """The first screen of the back office begins with the jobs of whoever looks at it."""
    panels.append(JobsPanel())


@hooks.register("construct_help_menu")
def only_help_that_helps(request: HttpRequest, items: list[Any]) -> None:
    """What is new in Wagtail is no business of who uses the site; the guide to pages is for who edits pages."""
    edits = page_permission_policy.user_has_any_permission(request.user, {"add", "change"})
    items[:] = [
        item for item in items if not item.name.startswith("whats-new") and (edits or item.name != "editor-guide")
    ]


@hooks.register("insert_global_admin_css")
def print_well() -> SafeString:
    """Pages of the back office print without its menu."""
    return format_html('<link rel="stylesheet" href="{}" media="print">', static("lms_core/print.css"))
