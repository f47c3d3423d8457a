"""The resource library."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from lms.community.enums import ResourceKind, Validity
from lms.community.models import Resource
from lms.community.selectors import resources_on_shelf
from lms.community.services import take_resource
from lms.community.views.access import members_only, page_of_rows, typed_query


@require_safe
@members_only
def library(request: HttpRequest) -> HttpResponse:
    """Documents by words, kind and validity."""
    kind, validity = request.GET.get("kind", ""), request.GET.get("validity", "")
    kind = kind if kind in ResourceKind.values else ""
    validity = validity if validity in Validity.values else ""
    query = typed_query(request)
    rows = resources_on_shelf(kind=kind, validity=validity, query=query)
    context = {
        "page_obj": page_of_rows(request, rows),
        "query": query,
        "kind": kind,
        "validity": validity,
        "kinds": ResourceKind.choices,
        "validities": Validity.choices,
        "place": "me",
    }
    return render(request, "lms_community/library.html", context)


@require_safe
@members_only
def resource(request: HttpRequest, slug: str) -> HttpResponse:
    """One document with its validity."""
    found = get_object_or_404(resources_on_shelf(), slug=slug)
    return render(request, "lms_community/resource.html", {"resource": found, "place": "me"})


@require_POST
@members_only
def download(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Write the download down, then send the file; never shown in the page."""
    found = get_object_or_404(Resource.objects.select_related("file"), slug=slug)
    file, now = found.file, timezone.now()
    if not file.is_open_at(now) or not file.content.storage.exists(file.content.name or ""):
        raise Http404
    take_resource(found, user=request.user, at=now)
    response = FileResponse(
        file.content.open("rb"), as_attachment=True, filename=file.name, content_type=file.content_type
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
