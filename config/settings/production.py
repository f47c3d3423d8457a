"""PostgreSQL, Redis, HTTPS behind a proxy. Refuses to start without its secrets."""

from config.settings.base import *
from config.settings.base import CONTENT_SECURITY_POLICY, DATA_DIR, STORAGES, env

LMS_PRODUCTION = True
SECURE_SSL_REDIRECT = env.flag("LMS_SSL_REDIRECT", default=True)
# The address of a visitor is the one the last of this many proxies saw; what stands before it anybody may write.
ALLAUTH_TRUSTED_PROXY_COUNT = env.whole("LMS_PROXIES", 1, least=0, most=10)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken"
LMS_STAFF_SECOND_FACTOR = env.flag("LMS_STAFF_SECOND_FACTOR", default=True)
CONTENT_SECURITY_POLICY["DIRECTIVES"]["upgrade-insecure-requests"] = True  # type: ignore[index]
STORAGES["staticfiles"] = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
STATIC_ROOT = str(env.folder("LMS_STATIC_ROOT", DATA_DIR / "static"))
WHITENOISE_USE_FINDERS = False
env.stop_if_wrong()
