"""Django's settings, written out of config.py's one dataclass. Reads no environment of its own."""

from __future__ import annotations

from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from library_social.config import BASE_DIR, load
from library_social.logs import logging_for
from library_social.reading import BadConfiguration

try:
    CONFIG = load()
except BadConfiguration as problem:
    # A list of mistakes is for people; the traceback above it would not be.
    raise SystemExit(str(problem)) from None
VAR_DIR = CONFIG.var_dir
SECRET_KEY = CONFIG.secret_key
TOKEN_KEYS = CONFIG.token_keys
ENVIRONMENT = CONFIG.environment
DEBUG = False
ALLOWED_HOSTS = list(CONFIG.allowed_hosts)

# Where patrons and networks reach us, and which networks we are registered with.
PUBLIC_URL = CONFIG.public_url
SANDBOX_URL = CONFIG.sandbox_url
SANDBOX_KEY = CONFIG.sandbox_key
NETWORK_URLS = CONFIG.network_urls
NETWORK_APPS = CONFIG.network_apps
WORKER_THREADS = CONFIG.worker_threads
X_FIGURES = CONFIG.x_figures  # X bills every post whose figures are asked for
RENEW_APART = CONFIG.role == "worker"  # a worker may be killed; see platforms/apart.py

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "csp",
    "core",
    "audit",
    "libraries",
    "platforms",
    "media_library",
    "posts",
    "inbox",
    "planner",
    "programs",
    "scheduler",
    "library_social",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "libraries.middleware.CharsetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "libraries.middleware.PlainTextMiddleware",
    "libraries.middleware.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "library_social.urls"
WSGI_APPLICATION = "library_social.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "library_social.context.frame",
            ]
        },
    }
]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {
        "ENGINE": "core.database",
        "NAME": CONFIG.database.name,
        "USER": CONFIG.database.user,
        "PASSWORD": CONFIG.database.password,
        "HOST": CONFIG.database.host,
        "PORT": CONFIG.database.port,
        # A pooled connection that a restarted server has closed is found out before it is handed over.
        "CONN_HEALTH_CHECKS": False,  # core.database does, without a round trip
        "OPTIONS": {
            **CONFIG.database.options,
            # For core.database.hot; Django's own cursors never prepare. 0 turns it off.
            "prepare_threshold": int(CONFIG.database.options.get("prepare_threshold", 2)) or None,
            "pool": {"min_size": 0, "max_size": CONFIG.db_connections, "timeout": 20, "max_idle": 60},
        },
    }
}
REDIS_URL = CONFIG.redis_url
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CONFIG.cache_url,
        "KEY_PREFIX": "library_social",
    }
}

# Celery is the doorbell. No results, no countdowns: the Redis transport would redeliver those (see docs/adr/0002).
CELERY_BROKER_URL = CONFIG.broker_url
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_DEFAULT_QUEUE = "publish"
CELERY_TASK_STORE_ERRORS_EVEN_IF_IGNORED = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_POOL_LIMIT = 4
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_keepalive": True, "socket_connect_timeout": 5, "socket_timeout": 30}
CELERY_TIMEZONE = "UTC"

AUTH_USER_MODEL = "libraries.User"
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "CommonPasswordValidator", "NumericPasswordValidator")
] + [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    }
]

USE_TZ = True
TIME_ZONE = CONFIG.time_zone
USE_I18N = True
LANGUAGE_CODE = CONFIG.language
LOCALE_PATHS = [BASE_DIR / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles" if CONFIG.is_production else None
STATICFILES_DIRS = [BASE_DIR / "static"]
# Production collects files once, under names with a digest; elsewhere they are served from where they lie.
WHITENOISE_USE_FINDERS = not CONFIG.is_production
MEDIA_ROOT = VAR_DIR / "media"
MEDIA_URL = "/media/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if CONFIG.is_production
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
if CONFIG.bucket.name:
    STORAGES["default"] = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": CONFIG.bucket.options()}

EMAIL_BACKEND = "django.core.mail.backends." + ("smtp" if CONFIG.mail.host else "console") + ".EmailBackend"
EMAIL_HOST = CONFIG.mail.host
EMAIL_PORT = CONFIG.mail.port
EMAIL_HOST_USER = CONFIG.mail.user
EMAIL_HOST_PASSWORD = CONFIG.mail.password
EMAIL_USE_TLS = CONFIG.mail.security == "starttls"
EMAIL_USE_SSL = CONFIG.mail.security == "tls"
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = SERVER_EMAIL = CONFIG.mail.sender

# A cookie's name is shared by every port of a host, and the sandbox has cookies too.
SESSION_COOKIE_NAME = "library_social_session"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CONFIG.is_secure
CSRF_TRUSTED_ORIGINS = [CONFIG.public_url] if CONFIG.is_secure else []
SECURE_SSL_REDIRECT = CONFIG.is_production and CONFIG.is_secure
SECURE_REDIRECT_EXEMPT = [r"^healthz"]
SECURE_HSTS_SECONDS = 180 * 24 * 3600 if CONFIG.is_production and CONFIG.is_secure else 0
# Whether a library's other hosts are to be https for ever is not ours to say.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if CONFIG.proxied else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


# Browsers hold form-action against redirects too: the button "Connect" ends on a network's own page.
_SIGN_IN_PAGES = [
    "https://www.facebook.com",
    "https://www.instagram.com",
    "https://x.com",
    "https://twitter.com",
    "https://www.linkedin.com",
    *sorted({_origin(url) for url in (SANDBOX_URL, *NETWORK_URLS.values()) if url}),
]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *([_origin(CONFIG.bucket.endpoint)] if CONFIG.bucket.endpoint else [])],
        "connect-src": [SELF],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF, *_SIGN_IN_PAGES],
    }
}

LOGGING = logging_for(CONFIG.log_level)
LOGGING_CONFIG = "logging.config.dictConfig"
