"""The product's settings with a data folder of the run's own, fast hashing and no pool between tests and database."""

import os

from library_social.place import Place
from tests import home

_HOME = home.claim()
_PLACE = Place(_HOME)
_NUMBER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
os.environ.update(
    VAR_DIR=str(_HOME),
    LIBRARY_SOCIAL_ENV="test",
    DATABASE_URL=os.environ.get("TEST_DATABASE_URL") or _PLACE.database_url(),
    # Two numbers for each xdist worker: the bell and the cache.
    REDIS_URL=os.environ.get("TEST_REDIS_URL") or _PLACE.redis_url(2 * _NUMBER),
    SECRET_KEY="a key for tests alone, known to everybody",
    TOKEN_KEYS="dGVzdHMtYWxvbmUtdGVzdHMtYWxvbmUtdGVzdHMtYWw=",
    SANDBOX_KEY="sandbox-key-for-tests",
    PUBLIC_URL=os.environ.get("PUBLIC_URL", "http://testserver"),
)

from library_social.settings import *  # noqa: E402, F403
from library_social.settings import ALLOWED_HOSTS, DATABASES  # noqa: E402

ALLOWED_HOSTS += ["testserver"]
DATABASES["default"]["OPTIONS"].pop("pool", None)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# Each client of a test builds the whole chain of middleware. Looking at every static file each time is what cost most.
WHITENOISE_AUTOREFRESH = True
