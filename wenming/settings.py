"""Settings of one city. Everything a city may change is an environment variable listed in docs/operations/settings.md."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from wenming.city_folder import city_folder

BASE_DIR = Path(__file__).resolve().parent
CITY = city_folder()


def _flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def _origin(address: str) -> str:
    """“https://t0.tianditu.gov.cn” of an address there."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


# Demo mode shows one-click log-in and the 演示数据 mark. It is a fact about the city's folder, not about the
# process, so that a real city cannot be put into it by an environment variable left behind.
DEMO = (CITY.root / "DEMO").exists()
# What the pages call the city; without it they use the name on its map (territory).
CITY_NAME = os.environ.get("WENMING_CITY_NAME", "")
DEBUG = _flag("WENMING_DEBUG")
SECRET_KEY = os.environ.get("WENMING_SECRET_KEY") or CITY.key("django")
VAULT_KEY = os.environ.get("WENMING_VAULT_KEY") or CITY.key("vault")
ALLOWED_HOSTS = os.environ.get("WENMING_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("WENMING_ORIGINS", "").split(",") if o]
HTTPS = _flag("WENMING_HTTPS")
# Other systems that are told of cases: hosts of the city's own net that may be spoken to, and who signs their certificates.
EGRESS_HOSTS = os.environ.get("WENMING_EGRESS_HOSTS", "")
# A base map under our own layers, off by default: an address with {z}, {x} and {y} in Web Mercator, such as 天地图's
# WMTS (…/vec_w/wmts?…&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=…), and its credit line with the 审图号.
# One address, or several with spaces between them: a picture and the names over it (天地图 vec and cva).
BASE_MAP_URLS = os.environ.get("WENMING_BASE_MAP_URL", "").split()
# In which system its tiles are cut: EPSG:3857 (天地图 …_w) or degrees, EPSG:4490 (天地图 …_c).
BASE_MAP_CRS = os.environ.get("WENMING_BASE_MAP_CRS", "EPSG:3857")
if BASE_MAP_CRS not in {"EPSG:3857", "EPSG:4490", "EPSG:4326"}:
    raise ImproperlyConfigured("WENMING_BASE_MAP_CRS is EPSG:3857 or EPSG:4490")
BASE_MAP_CREDIT = os.environ.get("WENMING_BASE_MAP_CREDIT", "")
EGRESS_CA = os.environ.get("WENMING_EGRESS_CA", "")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "wenming.engine",
    "wenming.journal",
    "wenming.evidence",
    "wenming.documents",
    "wenming.organisations",
    "wenming.territory",
    "wenming.standards",
    "wenming.responsibilities",
    "wenming.observations",
    "wenming.cases",
    "wenming.accountability",
    "wenming.exchange",
    "wenming.desks.common",
    "wenming.desks.public",
    "wenming.desks.field",
    "wenming.desks.unit",
    "wenming.desks.office",
    "wenming.desks.leaders",
    "wenming.desks.api",
    "wenming.desks.admin",
    "wenming.operations",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
]

MIDDLEWARE = [
    "wenming.desks.common.middleware.RequestLine",
    "django.middleware.security.SecurityMiddleware",
    "wenming.desks.common.middleware.CompressedPages",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "wenming.desks.common.middleware.ChosenLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "wenming.desks.common.middleware.SessionRules",
    "wenming.desks.common.middleware.RefusalsAsPages",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "wenming.urls"
WSGI_APPLICATION = "wenming.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "wenming.desks.common.context.shell",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "wenming.desks.common.templatetags.wm",
                "wenming.desks.common.templatetags.photos",
            ],
        },
    }
]


def _postgres(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "NAME": parts.path.lstrip("/"),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 8}},
    }


_SQLITE = {
    "ENGINE": "wenming.engine.sqlite",
    "NAME": CITY.database,
    "CONN_MAX_AGE": None,
    "OPTIONS": {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        # synchronous=FULL: with NORMAL most simulated power cuts lose a commit that a citizen holds a receipt for.
        # Each of these is read back when the connection opens (engine/sqlite), because a PRAGMA that fails says nothing.
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;PRAGMA temp_store=MEMORY;"
            "PRAGMA mmap_size=268435456;PRAGMA cache_size=-65536;PRAGMA journal_size_limit=67108864"
        ),
    },
}

DATABASE_URL = os.environ.get("DATABASE_URL", "")
DATABASES = {"default": _postgres(DATABASE_URL) if DATABASE_URL.startswith("postgres") else _SQLITE}

CACHE_URL = os.environ.get("CACHE_URL", "")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL}
    if CACHE_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

AUTH_USER_MODEL = "organisations.Account"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "wenming.organisations.passwords.Accounts",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
# 等保 2.0 level 3 as the default profile: length, mixture, history of the obvious ones.
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/account/login/"
LOGIN_REDIRECT_URL = "/home/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "wenming.desks.common.log_in.ClosedSignup"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "文明创建"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "wenming.desks.common.log_in.locked_out"
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_VERBOSE = False
SESSION_ENGINE = "wenming.desks.common.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_IDLE_MINUTES = int(os.environ.get("WENMING_IDLE_MINUTES", "60"))
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _flag("WENMING_BEHIND_PROXY") else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        # Pictures come from here alone, unless the city has set a base map of its own.
        "img-src": ["'self'", "data:", "blob:", *sorted({_origin(url) for url in BASE_MAP_URLS})],
        "style-src": ["'self'"],
        "script-src": ["'self'"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = os.environ.get("WENMING_TIME_ZONE", "Asia/Shanghai")
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = CITY.root / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": CITY.blobs}},
    "staticfiles": {"BACKEND": "wenming.desks.common.static_files.HashedModules"},
}
WHITENOISE_MAX_AGE = 31536000
# The largest body that is read at all; each kind of upload has its own, smaller limit in evidence/rules/limits.py.
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

MIGRATION_MODULES = {"account": "allauth.account.migrations"}
SILENCED_SYSTEM_CHECKS: list[str] = []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": os.environ.get("WENMING_LOG_LEVEL", "INFO")},
}
