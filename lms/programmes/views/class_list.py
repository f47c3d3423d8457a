"""The class list in the back office: upload, look at every row, import it as a whole."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from wagtail.admin import messages

from lms.core.conf import core_settings
from lms.core.exceptions import DomainError
from lms.core.tokens import matches, sign
from lms.files.models import PrivateFile
from lms.files.services import log_opening, remove_file, store_file
from lms.people.enums import Role
from lms.people.permissions import roles_of
from lms.people.rules import mask_id
from lms.programmes.models import ClassGroup
from lms.programmes.permissions import assists
from lms.programmes.rules.class_list import ClassListReading, ListedRow
from lms.programmes.services.class_list_sheets import write_annotated, write_template
from lms.programmes.services.importing import (
    FILE_KIND,
    MAX_BYTES,
    ImportOutcome,
    import_stored_list,
    judge_class_list,
    read_class_list,
    sentence_of,
)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KEPT = timedelta(hours=2)
PURPOSE = "lms_programmes.class_list"
SHOWN_ROWS = 1000


class ClassListForm(forms.Form):
    """Which class, and the list."""

    group = forms.ModelChoiceField(label=gettext_lazy("Class"), queryset=ClassGroup.objects.none())
    file = forms.FileField(
        label=gettext_lazy("Class list (.xlsx)"),
        help_text=gettext_lazy("At most 5 MB and 5,000 rows. Nothing is written before you confirm."),
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
    )

    def __init__(self, *args: Any, groups: QuerySet[ClassGroup], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["group"]
        field.queryset = groups
        terms: dict[str, list[tuple[int, str]]] = {}
        for group in groups:
            terms.setdefault(str(group.term), []).append((group.pk, str(group)))
        field.choices = [("", _("Please choose")), *terms.items()]


def or_gone(view: Callable[[HttpRequest, UUID], HttpResponse]) -> Callable[[HttpRequest, UUID], HttpResponse]:
    """A list that was imported, removed or kept too long answers 404 with what to do now (a back button, a repeat)."""

    @wraps(view)
    def answer(request: HttpRequest, pk: UUID) -> HttpResponse:
        try:
            return view(request, pk)
        except Http404:
            return render(request, "lms_programmes/class_list_gone.html", _page(_("Check the list")), status=404)

    return answer


@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Choose the class and send the list; it is kept privately for two hours and shown before anything is written."""
    groups = _groups_of(request.user)
    initial = {"group": request.GET.get("group")}
    form = ClassListForm(request.POST or None, request.FILES or None, groups=groups, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            return _keep(request, form)
        except DomainError as refusal:
            for one in refusal.refusals:
                form.add_error("file", str(one.sentence))
    context = {"form": form, "groups": groups, **_page(_("Import a class list"))}
    template = "lms_programmes/class_list_start.html"
    return render(request, template, context, status=422 if form.errors else 200)


@require_safe
def template(request: HttpRequest) -> HttpResponse:
    """The empty list to fill in."""
    return _workbook(write_template(), "class-list-template.xlsx")


@never_cache
@require_safe
@or_gone
def preview(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Every row with its verdict; nothing is written."""
    file, group = _kept(request, pk)
    return _show(request, file, group, _read(file, group))


@never_cache
@require_safe
@or_gone
def annotated(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The list sent back with the verdict and the reasons beside every row."""
    file, group = _kept(request, pk)
    reading = _read(file, group)
    log_opening(file, request.user, at=timezone.now())
    with file.content.open("rb") as stream:
        return _workbook(write_annotated(stream, reading), "class-list-checked.xlsx")


@require_POST
@or_gone
def confirm(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Import the list that was shown: all of it, or none and every refusal on the screen."""
    file, group = _kept(request, pk)
    if not matches(core_settings.CODE_KEY, request.POST.get("token", ""), PURPOSE, *_bound(request, file)):
        raise PermissionDenied
    try:
        outcome = import_stored_list(file, group=group, at=timezone.now(), actor=request.user)
    except DomainError as refusal:
        if refusal.code == "already_imported":
            raise Http404 from refusal
        messages.error(request, _("Nothing was imported. Please correct the rows below."))
        return _show(request, file, group, _read(file, group), status=409)
    messages.success(request, _say(outcome, group))
    if outcome.sheet is not None:
        return redirect("lms_people_sheet", outcome.sheet.pk)
    return redirect("lms_programmes_class_list")


@require_POST
@or_gone
def discard(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Throw an uploaded list away."""
    file, _group = _kept(request, pk)
    remove_file(file, at=timezone.now())
    messages.success(request, _("The uploaded list is removed. Nothing was imported."))
    return redirect("lms_programmes_class_list")


def _keep(request: HttpRequest, form: ClassListForm) -> HttpResponse:
    """Read once to refuse what is no list, then keep it for the preview."""
    now, upload = timezone.now(), form.cleaned_data["file"]
    read_class_list(upload.file, today=timezone.localdate(now))
    file = store_file(
        upload.file,
        owner=request.user,
        kind=FILE_KIND,
        name=upload.name,
        reference=f"group:{form.cleaned_data['group'].pk}",
        allowed={"xlsx"},
        max_bytes=MAX_BYTES,
        at=now,
        expires_at=now + KEPT,
    )
    return redirect("lms_programmes_class_list_preview", file.pk)


def _kept(request: HttpRequest, pk: UUID) -> tuple[PrivateFile, ClassGroup]:
    """The uploaded list and its class; only for who uploaded it, while it is kept, while she may still import."""
    file = get_object_or_404(PrivateFile, pk=pk, kind=FILE_KIND, owner=request.user)
    if not file.is_open_at(timezone.now()):
        raise Http404
    group = get_object_or_404(ClassGroup.objects.select_related("term"), pk=file.reference.removeprefix("group:"))
    if not assists(request.user, group):
        raise PermissionDenied
    return file, group


def _read(file: PrivateFile, group: ClassGroup) -> ClassListReading:
    with file.content.open("rb") as stream:
        return judge_class_list(read_class_list(stream, today=timezone.localdate()), group=group)


def _bound(request: HttpRequest, file: PrivateFile) -> tuple[object, ...]:
    return (file.pk, file.sha256, file.reference, request.user.pk)


def _show(
    request: HttpRequest, file: PrivateFile, group: ClassGroup, reading: ClassListReading, *, status: int = 200
) -> HttpResponse:
    refused_first = sorted(reading.rows, key=lambda row: (not row.refusals, row.number))
    context = {
        "file": file,
        "group": group,
        "reading": reading,
        "problems": [sentence_of(problem) for problem in reading.problems],
        "rows": [_line(row) for row in refused_first[:SHOWN_ROWS]],
        "hidden": max(0, len(reading.rows) - SHOWN_ROWS),
        "counts": {verdict: reading.count(verdict) for verdict in ("new", "known", "refused")},
        "token": sign(core_settings.CODE_KEY, PURPOSE, *_bound(request, file)),
        **_page(_("Check the list")),
    }
    return render(request, "lms_programmes/class_list_preview.html", context, status=status)


def _line(row: ListedRow) -> dict[str, Any]:
    """One row for the screen: the ID number masked whatever it is."""
    shown = mask_id(row.id_number) if len(row.id_number) >= 15 else row.id_number
    return {"row": row, "id_number": shown, "reasons": [sentence_of(refusal) for refusal in row.refusals]}


def _say(outcome: ImportOutcome, group: ClassGroup) -> str:
    count = len(outcome.enrolments)
    words = ngettext(
        "%(count)s person is now in %(group)s: %(new)s new, %(known)s recorded already.",
        "%(count)s people are now in %(group)s: %(new)s new, %(known)s recorded already.",
        count,
    )
    return words % {"count": count, "group": group, "new": outcome.new, "known": outcome.known}


def _groups_of(user: Any) -> QuerySet[ClassGroup]:
    """The classes the user runs (see `assists`), newest term first; one query."""
    groups = ClassGroup.objects.select_related("term").order_by("-term__starts_on", "code")
    if Role.ADMINISTRATOR in roles_of(user):
        return groups
    return groups.filter(Q(assistants=user) | Q(assistants=None)).distinct()


def _page(title: str) -> dict[str, Any]:
    home = {"url": reverse_lazy("wagtailadmin_home"), "label": _("Home")}
    start_page = {"url": reverse("lms_programmes_class_list"), "label": _("Import a class list")}
    steps = [home, start_page] if title == _("Import a class list") else [home, start_page, {"url": "", "label": title}]
    return {"header_title": title, "header_icon": "upload", "breadcrumbs_items": steps}


def _workbook(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
