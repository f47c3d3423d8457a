"""The audit trail on one screen: who did what to whom and why, with the values before and after."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.views.reports.audit_logging import LogEntriesView

from lms.core.audit import FactLine, FactReader
from lms.people.models import Person

SHOWN = 6


class AuditTrailView(LogEntriesView):
    """Wagtail's site history over every kind of object, with reason and figures; for administrators only."""

    page_title = _("Audit trail")
    results_template_name = "lms_people/admin/audit_results.html"
    index_url_name = "lms_people_audit"
    index_results_url_name = "lms_people_audit_results"
    list_export: ClassVar[list[str]] = ["timestamp", "who", "action", "label", "content_type", "facts", "reason"]
    export_headings: ClassVar[dict[str, Any]] = {
        "timestamp": _("When"),
        "who": _("Who"),
        "action": _("What"),
        "label": _("Object"),
        "content_type": _("Type"),
        "facts": _("Before and after"),
        "reason": _("Reason"),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.custom_field_preprocess["facts"] = {self.FORMAT_CSV: _written, self.FORMAT_XLSX: _written}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Wagtail asks Django's model permissions, which our roles do not use: whoever comes here may see all."""
        request.user._allowed_content_type_ids = set(ContentType.objects.values_list("pk", flat=True))  # type: ignore[union-attr]
        return super().dispatch(request, *args, **kwargs)

    def get_filename(self) -> str:
        """Without the date of the day."""
        return "audit-trail"

    def decorate_paginated_queryset(self, queryset: Any) -> list[Any]:
        """Every entry with its reason, its facts in words and the name of who did it."""
        entries: list[Any] = super().decorate_paginated_queryset(queryset)
        names = _names_of({entry.user_id for entry in entries})
        reader = FactReader()
        for entry in entries:
            data = entry.data if isinstance(entry.data, dict) else {}
            kind = entry.content_type.model_class() if entry.content_type else None
            entry.reason, entry.facts = data.get("reason", ""), reader.lines(entry.action, kind, data)
            entry.shown, entry.more = entry.facts[:SHOWN], entry.facts[SHOWN:]
            entry.who = names.get(entry.user_id, entry.user_display_name)
        return entries


def _names_of(users: set[int | None]) -> dict[int, str]:
    """The real name of each account that has one."""
    rows = Person.objects.filter(user__in=users - {None}).values_list("user_id", "name")
    return {user: name for user, name in rows if user is not None}


def _written(facts: Iterable[FactLine]) -> str:
    return "\n".join(f"{fact.name}: {f'{fact.before} → ' if fact.before else ''}{fact.after}" for fact in facts)
