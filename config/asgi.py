"""ASGI entry point of the reference site; a wrong setting ends it with its explanation before it serves anybody."""

import os

from django.core.asgi import get_asgi_application

from config.starting import refuse_wrong_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")
application = get_asgi_application()
refuse_wrong_settings()
