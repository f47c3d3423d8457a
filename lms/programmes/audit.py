"""How the figures of a programme read in the audit trail: "terms.2025-spring.capacity" is a term's seats."""

from typing import Any

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from lms.programmes.models import ClassGroup, Course, Module, Programme, SubsidyRate, Term
from lms.programmes.selectors.figures import PLAIN

#: Lists of rows: how one row is called, and the model that names its figures.
ROWS: dict[str, tuple[Any, type[models.Model] | None]] = {
    "terms": (_("Term"), Term),
    "groups": (_("Class"), ClassGroup),
    "modules": (_("Module"), Module),
    "courses": (_("Course"), Course),
    "subsidies": (_("Subsidy"), SubsidyRate),
    "documents": (_("Document"), None),
    "discipline": (_("Rule"), None),
    "faq": (_("Question and answer"), None),
}
#: What the file calls otherwise than the model; the rest is the map by which a programme is compared with its file.
FIELDS = {name: field for names in PLAIN.values() for name, field in names.items()} | {"priority": "priority_grounds"}
OTHERS: dict[str, Any] = {
    "order": _("Sequence"),
    "limit": _("Absence limit"),
    "amount_yuan": _("Fee (yuan)"),
    "required_offline": _("Required classroom hours"),
    "certificate_total": _("Hours the certificate counts"),
    "certificate_online": _("of these online"),
    "offline_hours": _("Classroom hours"),
    "rate": _("Share"),
    "detail": _("Details"),
    "title": _("Title"),
    "copies": _("Copies"),
    "question": _("Question"),
    "answer": _("Answer"),
}


def figure_name(key: str) -> str:
    """Rows of lists by what they are, then the figure's name; a name nobody gave stays as the file writes it."""
    parts, names = key.split("."), []
    model: type[models.Model] | None = Programme
    while len(parts) > 1:
        part = parts.pop(0)
        if part in ROWS:
            said, model = ROWS[part]
            row = f" {parts.pop(0)}" if len(parts) > 1 else ""
            names.append(f"{said}{row}")
    return " · ".join([*names, _leaf(model, parts[0])])


def _leaf(model: type[models.Model] | None, name: str) -> str:
    if name in OTHERS:
        return str(OTHERS[name])
    fields = {field.name: field for field in model._meta.fields} if model else {}
    field = fields.get(FIELDS.get(name, name) if model is Programme else name)
    return str(capfirst(str(field.verbose_name))) if field else name
