from django.conf import settings
from django.urls import URLPattern, path

from lms.core import views
from lms.core.conf import core_settings

app_name = "lms_core"
urlpatterns: list[URLPattern] = [path("health/", views.health, name="health")]
if settings.DEBUG or core_settings.STYLEGUIDE:
    urlpatterns.append(path("styleguide/", views.styleguide, name="styleguide"))
