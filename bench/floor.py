"""Floor server: bare Django views, one for each job, that do only the named work. Jobs register theirs here."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.floor_settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

from django.urls import path  # noqa: E402

from bench.jobs import all_jobs  # noqa: E402

urlpatterns = [path(f"floor/{job.name}/", job.floor_view) for job in all_jobs() if job.floor_view]
