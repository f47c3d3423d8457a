"""WSGI entry point of the reference site; a wrong setting ends it with its explanation before it serves anybody."""

import os

from django.core.wsgi import get_wsgi_application

from config.starting import refuse_wrong_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")
application = get_wsgi_application()
refuse_wrong_settings()
