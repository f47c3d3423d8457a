"""Opening a private file."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_GET

from lms.files.models import PrivateFile
from lms.files.selectors import may_open
from lms.files.services import log_opening

SHOWN_IN_PAGE = frozenset({"image/jpeg", "image/png", "image/webp"})


@require_GET
@login_required
def open_file(request: HttpRequest, pk: UUID) -> FileResponse:
    """Send the file to whoever may open it; `?show=1` shows a picture in the page. The opening is logged first.

    The journal line is the one write a GET does here: it records the reading itself.
    """
    file = get_object_or_404(PrivateFile, pk=pk)
    if not may_open(file, request.user):
        raise PermissionDenied
    now = timezone.now()
    if not file.is_open_at(now) or not file.content.storage.exists(str(file.content.name)):
        raise Http404
    log_opening(file, request.user, at=now)
    shown = "show" in request.GET and file.content_type in SHOWN_IN_PAGE
    response = FileResponse(
        file.content.open("rb"), as_attachment=not shown, filename=file.name, content_type=file.content_type
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response
