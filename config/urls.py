"""Addresses of the reference site. Each plug-in's own addresses stand in its `urls.py`."""

from importlib.util import find_spec
from pathlib import Path

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from django.views.static import serve
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.contrib.sitemaps.views import sitemap
from wagtail.documents import urls as wagtaildocs_urls

handler500 = "lms.core.views.server_error"

PREFIXES = {
    "lms.core": "",
    "lms.people": "me/",
    "lms.files": "files/",
    "lms.programmes": "desk/",
    "lms.questions": "questions/",
    "lms.appeals": "appeals/",
    "lms.admissions": "apply/",
    "lms.fees": "fees/",
    "lms.modules": "courses/",
    "lms.attendance": "attendance/",
    "lms.exams": "exams/",
    "lms.community": "exchange/",
    "lms.evaluation": "evaluation/",
    "lms.grading": "results/",
    "lms.certificates": "certificates/",
    "lms.records": "records/",
    "lms.notifications": "messages/",
}


def plugin_urls() -> list[URLPattern | URLResolver]:
    """One entry for each installed plug-in that has addresses."""
    return [
        path(prefix, include(f"{app}.urls"))
        for app, prefix in PREFIXES.items()
        if app in settings.INSTALLED_APPS and find_spec(f"{app}.urls")
    ]


# Wagtail's own two sign-in forms know neither the second factor nor the limit of an address: there is one door.
one_door = RedirectView.as_view(pattern_name="account_login", query_string=True)

urlpatterns = [
    path("admin/login/", one_door),
    path("_util/login/", one_door),
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    # Pictures in their page sizes only: documents, videos and originals are never served from the media folder.
    path("media/images/<path:path>", serve, {"document_root": Path(settings.MEDIA_ROOT) / "images"}),
    path("sitemap.xml", sitemap, name="sitemap"),
    *plugin_urls(),
]
if "cms_pages" in settings.INSTALLED_APPS and find_spec("cms_pages.urls"):
    urlpatterns.append(path("", include("cms_pages.urls")))
urlpatterns.append(path("", include(wagtail_urls)))
