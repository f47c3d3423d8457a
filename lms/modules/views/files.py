"""Videos and captions of lessons, for readers only."""

import re
from typing import IO, Any
from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe
from wagtailmedia.models import get_media_model

from lms.modules.models import LessonPage
from lms.modules.views.access import Reader, for_readers

RANGE = re.compile(r"bytes=(\d*)-(\d*)$")
PIECE = 64 * 1024
TYPES = {".mp4": "video/mp4", ".webm": "video/webm", ".mp3": "audio/mpeg", ".m4a": "audio/mp4"}


@require_safe
@for_readers
def media(request: HttpRequest, reader: Reader, pk: int) -> HttpResponseBase:
    """A video, whole or in the range asked for: phones do not play without ranges."""
    item = get_object_or_404(get_media_model(), pk=pk)
    try:
        source = item.file.open("rb")
    except OSError as problem:
        raise Http404 from problem
    size = item.file.size
    suffix = f".{item.file.name.rpartition('.')[2].lower()}"
    response = _answer(request.headers.get("Range", ""), source, size, TYPES.get(suffix, "application/octet-stream"))
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, max-age=3600"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
@for_readers
def captions(request: HttpRequest, reader: Reader, pk: int, block: UUID) -> HttpResponse:
    """The captions of one video block as WebVTT."""
    lesson = get_object_or_404(LessonPage.objects.live(), pk=pk)
    for item in lesson.body:
        if item.id == str(block) and item.block_type == "video" and item.value["captions"]:
            return HttpResponse(item.value["captions"], content_type="text/vtt; charset=utf-8")
    raise Http404


def _answer(asked: str, source: IO[bytes], size: int, kind: str) -> HttpResponseBase:
    limits = _limits(asked, size)
    if limits is None:
        return FileResponse(source, content_type=kind)
    first, last = limits
    if first > last:
        source.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    response = StreamingHttpResponse(_pieces(source, first, last - first + 1), status=206, content_type=kind)
    response["Content-Range"] = f"bytes {first}-{last}/{size}"
    response["Content-Length"] = str(last - first + 1)
    return response


def _limits(asked: str, size: int) -> tuple[int, int] | None:
    """First and last byte asked for; None for the whole file; first > last when it cannot be satisfied."""
    found = RANGE.match(asked)
    if found is None or not any(found.groups()):
        return None
    start, end = found.groups()
    if not start:
        return max(0, size - int(end)), size - 1
    return int(start), min(int(end), size - 1) if end else size - 1


def _pieces(source: IO[bytes], first: int, length: int) -> Any:
    with source:
        source.seek(first)
        while length > 0 and (piece := source.read(min(PIECE, length))):
            length -= len(piece)
            yield piece
