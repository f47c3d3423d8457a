"""Settings shared by every way of running the reference site; the environment decides (docs/operations/settings.md)."""

from pathlib import Path

from config.environment import Environment
from config.secrets import load_secrets

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = Environment()

DATA_DIR = env.folder("LMS_DATA_DIR", BASE_DIR / "data")
DEBUG = False
LMS_PRODUCTION = False

SUITE_APPS = [
    "lms.notifications",
    "lms.records",
    "lms.certificates",
    "lms.grading",
    "lms.admissions",
    "lms.attendance",
    "lms.community",
    "lms.evaluation",
    "lms.exams",
    "lms.fees",
    "lms.modules",
    "lms.appeals",
    "lms.questions",
    "lms.programmes",
    "lms.files",
    "lms.people",
    "lms.core",
]
INSTALLED_APPS = [
    "cms_pages",
    *SUITE_APPS,
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "wagtailmedia",
    "modelcluster",
    "taggit",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_htmx",
    "django_q",
    "django_structlog",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
]
MIDDLEWARE = [
    "lms.core.middleware.FastLaneMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "lms.core.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "lms.people.middleware.ConsentMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "lms.people.middleware.SecondFactorMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
    "axes.middleware.AxesMiddleware",
]
LMS_FAST_LANE = [
    "lms_attendance:confirm",
    "lms_attendance:watch",
    "lms_exams:save",
    "lms_exams:start",
    "lms_exams:submit",
]
LMS_FAST_LANE_READS = ["lms_exams:clock"]
LMS_FAST_LANE_SHEDS = ["lms_exams:save", "lms_exams:start", "lms_exams:submit"]
LMS_FAST_LANE_MOST = env.whole("LMS_FAST_LANE_MOST", 12, least=0, most=1000)
LMS_FAST_LANE_SKIPS = [
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "lms.people.middleware.ConsentMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "lms.people.middleware.SecondFactorMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
            "builtins": ["lms.core.templatetags.lms_ui"],
        },
    }
]

SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
}
SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(DATA_DIR / "lms.sqlite3")}
DATABASES = {"default": env.database("DATABASE_URL", SQLITE)}
DB_POOL = env.whole("LMS_DB_POOL", 16, least=2, most=1000)
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
else:
    DATABASES["default"]["OPTIONS"] = {"pool": {"min_size": 2, "max_size": DB_POOL}}
DATABASES["default"].setdefault("CONN_MAX_AGE", 0)

REDIS_URL = env.redis("REDIS_URL")
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "lms_cache"}
    )
}

_secrets = load_secrets(env, DATA_DIR)
SECRET_KEY = _secrets.secret_key
LMS_FIELD_KEYS = _secrets.field_keys
LMS_INDEX_KEY = _secrets.index_key
LMS_CODE_KEY = _secrets.code_key

ALLOWED_HOSTS = env.hosts("LMS_ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.origins("LMS_TRUSTED_ORIGINS")
LMS_PUBLIC_ORIGIN = env.origin("LMS_PUBLIC_ORIGIN")

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
WAGTAIL_CONTENT_LANGUAGES = [("zh-hans", "简体中文")]
WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES
WAGTAIL_USER_TIME_ZONES = [TIME_ZONE]

STATIC_URL = "/static/"
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
LMS_PRIVATE_ROOT = DATA_DIR / "private"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "lms.people.auth_backends.PhoneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "config.hashers.ExamDayArgon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/desk/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_ADAPTER = "lms.people.adapters.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip", "login": "600/m/ip"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_TOTP_ISSUER = "LMS"
MFA_ADAPTER = "lms.people.adapters.SecondFactorAdapter"
LMS_STAFF_SECOND_FACTOR = env.flag("LMS_STAFF_SECOND_FACTOR", default=False)
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.5
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "account/locked.html"
AXES_ENABLE_ADMIN = False
AXES_SENSITIVE_PARAMETERS = ["username", "login", "password"]
AXES_USERNAME_FORM_FIELD = "login"
AXES_USERNAME_CALLABLE = "lms.people.auth_backends.lock_name"
# A lock ends half an hour after it began: trying on does not prolong it, so nobody is kept out for ever.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False

SESSION_ENGINE = "config.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Layers against sitting-in other than the usual ones (docs/attendance-against-sitting-in.md). Only the hint of place
# lets the site ask a phone where it is, and then only whoever agreed is asked.
if env.has("LMS_ATTENDANCE_LAYERS"):
    LMS_ATTENDANCE_LAYERS = env.names("LMS_ATTENDANCE_LAYERS")
PERMISSIONS_POLICY: dict[str, list[str]] = {
    "camera": ["self"],
    "geolocation": ["self"] if "place" in env.names("LMS_ATTENDANCE_LAYERS") else [],
    "microphone": [],
    "payment": [],
    "usb": [],
}
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/admin/"],
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "media-src": ["'self'", "blob:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}

WAGTAIL_SITE_NAME = "绩效考核培训"
LMS_SITE_NAMES = {"en": "Performance appraisal training"}
WAGTAILADMIN_BASE_URL = LMS_PUBLIC_ORIGIN or "http://127.0.0.1:8000"
WAGTAIL_ENABLE_UPDATE_CHECK = False
# A draft that saves itself while somebody publishes a new page makes the page twice: the second ends in an error page.
WAGTAIL_AUTOSAVE_INTERVAL = 0
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILDOCS_EXTENSIONS = ["csv", "docx", "pdf", "pptx", "txt", "xlsx", "zip"]
WAGTAILIMAGES_EXTENSIONS = ["gif", "jpg", "jpeg", "png", "webp"]
WAGTAIL_ALLOW_UNICODE_SLUGS = True
WAGTAIL_I18N_ENABLED = False
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAILADMIN_LOGIN_URL = "/accounts/login/"
WAGTAIL_FRONTEND_LOGIN_URL = "/accounts/login/"
WAGTAILMEDIA = {"VIDEO_EXTENSIONS": ["mp4", "webm"], "AUDIO_EXTENSIONS": ["mp3", "m4a"]}

Q_CLUSTER = {
    "name": "lms",
    "orm": "default",
    "workers": env.whole("LMS_TASK_WORKERS", 1, least=1, most=64),
    "timeout": 120,
    "retry": 180,
    "max_attempts": 5,
    "ack_failures": True,
    "catch_up": False,
    "bulk": 5,
    "poll": 0.5,
    "save_limit": 2000,
}
EMAIL_CONFIG = env.mail("EMAIL_URL", "consolemail://")
vars().update(EMAIL_CONFIG)
if env.has("LMS_SMS_BACKEND"):
    LMS_NOTIFICATIONS_SMS_BACKEND = env.text("LMS_SMS_BACKEND")
DEFAULT_FROM_EMAIL = env.sender("LMS_FROM_EMAIL", "no-reply@localhost")

LMS_EXAMS_ADMISSION_GATES = ["lms.attendance.gates.refuse_after_too_much_absence"]
LMS_ATTENDANCE_ELSEWHERE_GATES = ["lms.exams.gates.name_sittings_between"]
LMS_GRADING_RESULT_GATES = ["lms.attendance.gates.refuse_after_too_much_absence"]
LMS_PROGRAMMES_CHANGE_GATES = [
    "lms.admissions.gates.refuse_change_of_decided_applications",
    "lms.attendance.gates.refuse_change_of_closed_hours",
    "lms.certificates.gates.refuse_change_of_issued_certificates",
    "lms.fees.gates.refuse_change_of_money_decided",
    "lms.grading.gates.refuse_change_of_released_results",
]
LMS_SIMULATION_STEPS = [
    "lms.programmes.simulation.gather",
    "lms.admissions.simulation.apply_and_admit",
    "lms.fees.simulation.pay_fees",
    "lms.attendance.simulation.live_classroom",
    "lms.modules.simulation.study_online",
    "lms.modules.simulation.do_assignments",
    "lms.exams.simulation.sit_theory",
    "lms.exams.simulation.give_practical",
    "lms.grading.simulation.compose_and_release",
    "lms.certificates.simulation.issue",
    "lms.community.simulation.take_part",
    "lms.evaluation.simulation.answer_survey",
]
LMS_PEOPLE_SCOPES = ["lms.programmes.permissions.people_of_own_classes"]
LMS_FILES_READERS: list[str] = ["lms.admissions.selectors.may_read", "lms.attendance.selectors.may_read_evidence"]
LMS_JOURNAL_VERIFIERS = [
    "lms.programmes.selectors.ledger_differences",
    "lms.admissions.selectors.application_differences",
    "lms.fees.selectors.money_differences",
    "lms.attendance.selectors.verify_credits",
    "lms.modules.selectors.verify_online_hours",
    "lms.exams.selectors.verify_answers",
    "lms.exams.selectors.verify_marks",
    "lms.exams.selectors.verify_extra_time",
    "lms.community.selectors.verify_threads",
    "lms.evaluation.selectors.verify_surveys",
    "lms.appeals.selectors.verify_appeals",
    "lms.grading.selectors.verify_results",
    "lms.grading.marks.verify_recorded_marks",
    "lms.certificates.selectors.verify_certificates",
]

# The user is not read for the log: a save of answers reads neither session nor user.
DJANGO_STRUCTLOG_USER_ID_FIELD = None

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# axes.W006: an address is shared by a whole classroom, so axes locks accounts; allauth limits each address.
SILENCED_SYSTEM_CHECKS = ["axes.W006"]

LOGGING_CONFIG = "config.logging.configure"
LOGGING = {
    "json": env.flag("LMS_LOG_JSON", default=False),
    "level": env.choice("LMS_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")),
}
