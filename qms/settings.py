"""One settings file, environment only; what is missing fails loudly with a check id (qms/checks.py)."""

import json
import os
from pathlib import Path
from urllib.parse import unquote, urlparse

from django.utils.translation import gettext_lazy as _

# openpyxl would prefer lxml, which expands the entities of a hostile sheet; without it defusedxml reads (integrity.md §4).
os.environ["OPENPYXL_LXML"] = "False"

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("QMS_VAR") or BASE_DIR / "var").resolve()


def secret(name: str, default: str = "") -> str:
    """NAME, the file that NAME_FILE names, or what the first start kept under $QMS_VAR/keys."""
    if value := os.environ.get(name):
        return value
    for path in (os.environ.get(f"{name}_FILE"), VAR / "keys" / name):
        if path and Path(path).is_file():
            return Path(path).read_text().strip()
    return default


def embedded() -> dict:
    path = VAR / "servers.json"
    return json.loads(path.read_text()) if path.is_file() else {}


def database(role: str) -> dict:
    """Connection settings of one login. Roles: app (no DDL, no journal writes), owner (migrations), sealer."""
    variable = "DATABASE_URL" if role == "app" else f"QMS_{role.upper()}_DATABASE_URL"
    url = os.environ.get(variable) or os.environ.get("DATABASE_URL")
    if url:
        parts = urlparse(url)
        login = {"USER": unquote(parts.username or ""), "PASSWORD": unquote(parts.password or "")}
        place = {"HOST": parts.hostname or "", "PORT": str(parts.port or 5432), "NAME": parts.path.lstrip("/")}
    else:
        pg = embedded().get("pg", {"host": "127.0.0.1", "port": 1, "dbname": "qms", "roles": {}})
        account = pg["roles"].get(role, {"user": f"qms_{role}", "password": ""})
        login = {"USER": account["user"], "PASSWORD": account["password"]}
        place = {"HOST": pg["host"], "PORT": str(pg["port"]), "NAME": os.environ.get("QMS_DB_NAME") or pg["dbname"]}
    return {"ENGINE": "qms.lib.postgres", **login, **place}


DB_ROLE = os.environ.get("QMS_DB_ROLE", "app")
DATABASES = {
    "default": {
        **database(DB_ROLE),
        # Django's default of 0 costs four fifths of the throughput (core-path.md §1).
        "CONN_MAX_AGE": None,
        "OPTIONS": {"application_name": f"qms-{DB_ROLE}", "server_side_binding": True, "prepare_threshold": 5},
        "TEST": {"NAME": os.environ.get("QMS_TEST_DB") or None},
    }
}
# Names of the two logins that the owner grants to (qms/journal/install.py).
QMS_APP_ROLE, QMS_SEALER_ROLE = database("app")["USER"], database("sealer")["USER"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DEBUG = os.environ.get("QMS_DEBUG") == "1"
SECRET_KEY = secret("QMS_SECRET_KEY", "only-for-checks-and-tests-" + "x" * 40)
SEAL_KEY = secret("QMS_SEAL_KEY")
EXPORT_SEAL = secret("QMS_EXPORT_SEAL")  # PEM: private key and certificate of the organisation, for printed records
# Public halves (base64) of sealing keys that were replaced: what they signed stays good.
SEAL_OLD_KEYS = os.environ.get("QMS_SEAL_OLD_KEYS", "").replace(",", " ").split()
FIELD_KEYS = secret("QMS_FIELD_KEYS")
# Where checkpoints of the trail are kept outside the database; the folder beside it is the same machine, which check --deploy says.
ANCHOR_DIR = os.environ.get("QMS_ANCHOR_DIR") or str(VAR / "anchors")
ANCHOR_DIR_IS_DEFAULT = not os.environ.get("QMS_ANCHOR_DIR")
# A time-stamp authority (RFC 3161) for checkpoints, and the certificates (PEM) that its tokens must lead to.
TSA_URL, TSA_ROOTS = os.environ.get("QMS_TSA_URL", ""), os.environ.get("QMS_TSA_ROOTS", "")
ANCHOR_MAIL = os.environ.get("QMS_ANCHOR_MAIL", "").replace(",", " ").split()
ALLOWED_HOSTS = os.environ.get("QMS_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")
CSRF_FAILURE_VIEW = "qms.ui.views.csrf_failed"
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("QMS_TRUSTED_ORIGINS", "").split(",") if o]
HTTPS = os.environ.get("QMS_HTTPS") == "1"
# Where people and systems find us; written into what leaves the house: links in mail, event sources, schemas.
BASE_URL = os.environ.get("QMS_BASE_URL", "").rstrip("/") or (
    f"http://{os.environ.get('QMS_HOST') or '127.0.0.1'}:{os.environ.get('QMS_PORT') or 8000}"
)
# Where webhooks may go: hosts (*.plant.example), addresses and networks, parted by commas; "public": the internet, by https.
# What is named here may be private, and may be plain http.
WEBHOOK_TARGETS = os.environ.get("QMS_WEBHOOK_TARGETS", "public")
# Sites (codes, parted by commas; *: all) whose NCRs close only when a frozen copy of each linked traveler is kept.
TRAVELERS_FROZEN_FIRST = os.environ.get("QMS_TRAVELERS_FROZEN_FIRST", "")
# Where transports may go (SFTP, MQTT, databases, SOAP), written as above; empty: nowhere. Then the folders with files for us.
INTERFACE_TARGETS = os.environ.get("QMS_INTERFACE_TARGETS", "")
FOLDERS = [f for f in os.environ.get("QMS_FOLDERS", str(VAR / "exchange")).split(os.pathsep) if f]
# Where identity providers are asked (OpenID Connect): hosts and networks, parted by commas; empty: none. Plain http only on this machine.
IDENTITY_TARGETS = os.environ.get("QMS_IDENTITY_TARGETS", "")
# The dead man's switch: asked every minute while all processes beat; the service behind it raises the alarm when it is not.
# Where the flows of a connection begin that nobody has decided about: "observe", "shadow" or "live" (the demo plant's).
FIRST_STAGE = os.environ.get("QMS_FIRST_STAGE") or ("shadow" if os.environ.get("QMS_DEMO") == "0" else "live")
DEADMAN_URL = os.environ.get("QMS_DEADMAN_URL", "")
# Callers of the feed that may wait in one web process at a time; each keeps one of its threads.
FEED_WAITERS = int(os.environ.get("QMS_FEED_WAITERS", "2"))

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "simple_history",
    "guardian",
    "rest_framework",
    "drf_spectacular",
    "django_htmx",
    "qms.workflow",
    "qms.journal",
    "qms.accounts",
    "qms.signatures",
    "qms.records",
    "qms.ui",
    "qms.api",
    "qms.masterdata",
    "qms.commands",
    "qms.office",
    "qms.imports",
    "qms.reviews",
    "qms.retention",
    "qms.qualifications",
    "qms.automation",
    "ncr",
    "inspection",
    "suppliers",
    "qms.insight",
    "connectors",
    "qms.identity",
    "qms.backup",
    "qms.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "qms.api.middleware.TlsOnly",
    "qms.ui.middleware.ContentSecurityPolicy",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "qms.ui.middleware.CompressedPages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "qms.accounts.middleware.PersonalSettings",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "qms.ui.middleware.VaryOnHtmx",
    "qms.ui.middleware.Refusals",
    "qms.accounts.middleware.LoginRequired",
]

ROOT_URLCONF = "qms.urls"
WSGI_APPLICATION = "qms.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.template.context_processors.tz",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "qms.ui.context.shell",
                "qms.insight.tours.bar",
            ],
        },
    }
]

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "qms.accounts.backends.PasswordBackend",
    "qms.accounts.backends.BadgeBackend",
    "guardian.backends.ObjectPermissionBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "full_name", "email")},
    },
    {"NAME": "qms.accounts.passwords.OwnWords"},
    {"NAME": "qms.accounts.passwords.Breached"},
]
# Words that everybody here knows, parted by commas; a sorted file of SHA-1 of breached passwords; days until a new one is asked for (0:
# never, as NIST SP 800-63B wants it); roles that cannot be used without one-time codes ("*": all). Asked at every login too.
PASSWORD_WORDS = [word.strip() for word in os.environ.get("QMS_PASSWORD_WORDS", "").split(",") if word.strip()]
PASSWORD_REST = 10  # characters that have to remain beside such a word
BREACHED_PASSWORDS = os.environ.get("QMS_BREACHED_PASSWORDS", "")
PASSWORD_MAX_DAYS = int(os.environ.get("QMS_PASSWORD_MAX_DAYS", "0"))
CODE_ROLES = os.environ.get("QMS_CODE_ROLES", "").replace(",", " ").split()
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL, LOGIN_REDIRECT_URL, LOGOUT_REDIRECT_URL = "accounts:login", "home", "accounts:login"
GUARDIAN_MONKEY_PATCH_USER = False
ANONYMOUS_USER_NAME = None
# History is written by the database's triggers (qms/journal); this package is the reading side only.
SIMPLE_HISTORY_ENABLED = False
SIMPLE_HISTORY_DATE_INDEX = False

SESSION_COOKIE_AGE = 12 * 3600  # from the login on, whatever is done meanwhile
IDLE_MINUTES = int(os.environ.get("QMS_IDLE_MINUTES", "30"))
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^api/"]  # refused by qms.api.middleware.TlsOnly
SECURE_HSTS_SECONDS, SECURE_HSTS_INCLUDE_SUBDOMAINS = (31536000, True) if HTTPS else (0, False)
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # the public preload list is of no use to a host inside a plant
if HTTPS:  # a cookie of this name is taken from this host only, and only over TLS
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024
# A pause that ends a series of signings (21 CFR 11.200(a)(1)); at most half an hour.
SIGNING_IDLE_SECONDS = int(os.environ.get("QMS_SIGNING_IDLE_SECONDS") or 600)
# Texts that people sign before anything else, one file per edition and language.
SIGNING_AGREEMENTS = os.environ.get("QMS_SIGNING_AGREEMENTS") or str(BASE_DIR / "qms" / "signatures" / "agreements")
# A print and a bundle run in processes of their own: what is too large for them fails, and not the worker.
PRINT_MEMORY_MB, PRINT_SECONDS = int(os.environ.get("QMS_PRINT_MEMORY_MB") or 1024), 120
EXPORT_MEMORY_MB, EXPORT_SILENCE_SECONDS = int(os.environ.get("QMS_EXPORT_MEMORY_MB") or 1024), 600
VERIFY_MEMORY_MB, VERIFY_SILENCE_SECONDS = int(os.environ.get("QMS_VERIFY_MEMORY_MB") or 1024), 1800
LOCKOUT_FAILURES, LOCKOUT_SECONDS = 5, 900

# Looks at each attached file before it is kept: a command that reads it (qms/records/scanning.py); "" scans nothing.
SCAN_COMMAND = os.environ.get("QMS_SCAN_COMMAND", "")

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder", "qms.ui.bundles.Bundles"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": VAR / "files"}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or os.environ.get("QMS_PLAIN_STATIC") == "1"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["qms.api.auth.TokenAuthentication", "qms.api.auth.BrowserSession"],
    "DEFAULT_PERMISSION_CLASSES": ["qms.api.permissions.RoutePermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "EXCEPTION_HANDLER": "qms.api.problems.handler",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "QMS",
    "DESCRIPTION": _("Quality records and evidence beside ERP and MES."),
    "VERSION": "v1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["qms.api.permissions.RoutePermission"],
    "COMPONENT_SPLIT_PATCH": False,  # a change asks its reason, whatever else it leaves out
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "qms.api.answers.add",
        "qms.api.follow.add",
    ],
    "ENUM_NAME_OVERRIDES": {
        "SeverityEnum": "ncr.choices.Severity.choices",  # the MES's bears no labels
        "AskEnum": "qms.commands.choices.ASK_CHOICES",
        "KindEnum": "ncr.choices.Disposition.choices",
        "InspectionKindEnum": "inspection.choices.InspectionKind.choices",
        "CharacteristicKindEnum": "inspection.choices.CharacteristicKind.choices",
        "UsageEnum": "inspection.choices.Usage.choices",
        "LotVerdictEnum": "inspection.choices.LotVerdict.choices",
        "CertificateKindEnum": "inspection.choices.CertificateKind.choices",
        "ReadingVerdictEnum": "inspection.choices.ReadingVerdict.choices",
        "SamplingSeverityEnum": "inspection.choices.Severity.choices",
        "LotOriginEnum": "inspection.choices.LotOrigin.choices",
        "ResultEnum": "ncr.choices.Result.choices",
        "CalibrationResultEnum": "inspection.models.calibrations.Result.choices",
        "ConformanceDetailEnum": "inspection.models.conformance.Detail.choices",
        "NoticeMeansEnum": "inspection.models.calibrations.Means.choices",
        "StudyKindEnum": "inspection.models.msa.StudyKind.choices",
        "ControlKindEnum": "inspection.choices.ControlKind.choices",
        "VerdictEnum": "qms.reviews.choices.Verdict.choices",
        "FitnessEnum": "qms.reviews.choices.Fitness.choices",
    },
}

REDIS_URL = os.environ.get("REDIS_URL") or embedded().get("redis_url", "redis://127.0.0.1:1/0")
CACHES = {
    "default": {
        "BACKEND": "qms.lib.cache.ForgivingCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "qms",
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
    }
}
# Celery carries doorbells and schedules; PostgreSQL is the truth (integrity.md §3.1).
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 240
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_TASK_PUBLISH_RETRY = False
CELERY_VISIBILITY_TIMEOUT = 300
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "unacked_restore_limit": 1000,
    "socket_keepalive": True,
    "socket_connect_timeout": 1,
    "health_check_interval": 25,
}
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {"visibility_timeout": 300}

# Raw measured values are kept for so many days (at least 30); what became evidence is kept with its record.
MEASUREMENT_DAYS = int(os.environ.get("QMS_MEASUREMENT_DAYS") or 90)

# Mail leaves only when a server is named; links in it begin with BASE_URL.
EMAIL_HOST, EMAIL_PORT = os.environ.get("QMS_SMTP_HOST", ""), int(os.environ.get("QMS_SMTP_PORT") or 25)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = os.environ.get("QMS_SMTP_USER", ""), secret("QMS_SMTP_PASSWORD")
EMAIL_USE_TLS, EMAIL_TIMEOUT = os.environ.get("QMS_SMTP_TLS") == "1", 10
DEFAULT_FROM_EMAIL = os.environ.get("QMS_MAIL_FROM") or "qms@localhost"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "qms.lib.logs.Line", "format": "%(asctime)sZ %(levelname)s %(name)s %(message)s"},
        "json": {"()": "qms.lib.logs.JsonLine"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "json" if os.environ.get("QMS_LOG_FORMAT") == "json" else "line",
        }
    },
    "root": {"handlers": ["console"], "level": os.environ.get("QMS_LOG_LEVEL", "WARNING")},
}
