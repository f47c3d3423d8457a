"""Pages that open without network: the service worker, and which files it keeps."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse

from lms.core.templatetags.lms_ui import static

SHELL = (
    "lms/favicon.svg",
    "lms/site.webmanifest",
    "lms/js/theme.js",
    "lms/js/page.js",
    "lms/css/tokens.css",
    "lms/css/base.css",
    "lms/css/components.css",
    "lms/css/layout.css",
    "lms/css/print.css",
)
SHELL_MODULES = tuple(f"lms/js/{name}.js" for name in ("menu", "confirm", "copy", "autosubmit", "reveal"))


def kept_files(styles: Sequence[str], entry: str, modules: Sequence[str]) -> tuple[str, ...]:
    """Addresses of everything the page loads: as its tags name them, and modules as other modules import them."""
    tagged = [static(name) for name in (*SHELL, *styles, entry)]
    return (*tagged, *(f"{settings.STATIC_URL}{name}" for name in (*SHELL_MODULES, *modules)))


def worker(request: HttpRequest, *, page: str, files: Iterable[str], more: Sequence[str] = ()) -> HttpResponse:
    """The service worker of one page. It renews itself when a file changes."""
    place = {"page": reverse(page), "files": [*files, *more], "version": version(tuple(files))}
    text = render_to_string("lms_attendance/worker.js", {"place": json.dumps(place)})
    return HttpResponse(text, content_type="text/javascript; charset=utf-8")


@lru_cache(maxsize=8)
def version(files: tuple[str, ...]) -> str:
    """A digest of the files' contents; an address with the hash of its content in its name speaks for itself."""
    digest = hashlib.sha256()
    for address in files:
        digest.update(address.encode())
        found = finders.find(address.removeprefix(settings.STATIC_URL))
        if isinstance(found, str):
            digest.update(Path(found).read_bytes())
    return digest.hexdigest()[:16]
