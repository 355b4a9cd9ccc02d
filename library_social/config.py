"""The environment, read once into one frozen dataclass. Nothing else in the product looks at os.environ.

`load()` collects every mistake and raises them together, so that nobody mends a configuration one line at a time.
Secrets: given in the environment, or (not in production) made on the first start and kept in VAR_DIR/secrets, mode 600.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from library_social.keys import kept_secrets
from library_social.place import Place
from library_social.reading import BadConfiguration, Reader

BASE_DIR = Path(__file__).resolve().parent.parent
PRACTICE, PRODUCTION, TEST = "practice", "production", "test"

NETWORK_URLS = (
    "FACEBOOK_GRAPH_URL", "FACEBOOK_WWW_URL", "INSTAGRAM_GRAPH_URL", "INSTAGRAM_WWW_URL", "INSTAGRAM_API_URL",
    "X_API_URL", "X_WWW_URL", "LINKEDIN_API_URL", "LINKEDIN_WWW_URL",
)  # fmt: skip
NETWORK_APPS = {
    "facebook": ("FACEBOOK_APP_ID", "FACEBOOK_APP_SECRET"),
    "instagram": ("INSTAGRAM_APP_ID", "INSTAGRAM_APP_SECRET"),
    "twitter": ("X_CLIENT_ID", "X_CLIENT_SECRET"),
    "linkedin": ("LINKEDIN_CLIENT_ID", "LINKEDIN_CLIENT_SECRET"),
}


@dataclass(frozen=True, slots=True)
class Database:
    """Where PostgreSQL is. An empty host is libpq's own default socket; `options` go to the driver as they are."""

    name: str
    user: str
    password: str = field(repr=False)
    host: str
    port: str
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Mail:
    """How e-mail leaves; an empty host prints it into the log instead."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    security: str  # "", "starttls" or "tls"
    sender: str


@dataclass(frozen=True, slots=True)
class Bucket:
    """An S3-compatible store for media; an empty name keeps media under VAR_DIR/media."""

    name: str
    endpoint: str
    region: str
    key: str
    secret: str = field(repr=False)

    def options(self) -> dict[str, Any]:
        """As django-storages wants them: private files, addresses signed for an hour."""
        given = {
            "bucket_name": self.name,
            "endpoint_url": self.endpoint,
            "region_name": self.region,
            "access_key": self.key,
            "secret_key": self.secret,
        }
        return {name: value for name, value in given.items() if value} | {"file_overwrite": False}


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the environment decides."""

    environment: str
    var_dir: Path
    secret_key: str = field(repr=False)
    token_keys: tuple[str, ...] = field(repr=False)
    sandbox_key: str = field(repr=False)
    database: Database
    redis_url: str = field(repr=False)
    public_url: str
    sandbox_url: str
    allowed_hosts: tuple[str, ...]
    proxied: bool
    workers: int
    worker_threads: int
    web_threads: int
    db_connections: int
    role: str
    mail: Mail
    bucket: Bucket
    network_urls: Mapping[str, str]
    network_apps: Mapping[str, tuple[str, str]] = field(repr=False)
    time_zone: str
    language: str
    log_level: str
    x_figures: bool = False

    @property
    def broker_url(self) -> str:
        """Celery's spelling of `redis_url`."""
        return broker_url(self.redis_url)

    @property
    def cache_url(self) -> str:
        """The next database of the same server, so that emptying the cache takes no rings of the bell with it."""
        return with_database(self.redis_url, redis_number(self.redis_url) + 1)

    @property
    def is_production(self) -> bool:
        return self.environment == PRODUCTION

    @property
    def is_secure(self) -> bool:
        """Whether people reach us by https, so that cookies may insist on it."""
        return self.public_url.startswith("https://")


def load(environ: Mapping[str, str] | None = None) -> Config:
    """Read the whole configuration. Raises BadConfiguration with every problem found."""
    reader = Reader(os.environ if environ is None else environ)
    environment = reader.choice("LIBRARY_SOCIAL_ENV", PRACTICE, (PRACTICE, PRODUCTION, TEST))
    role = _role(reader)
    place = Place(Path(reader.text("VAR_DIR") or BASE_DIR / "var").expanduser().resolve())
    production = environment == PRODUCTION
    kept = kept_secrets(reader, place.var / "secrets", make=not production)
    public_url = reader.url("PUBLIC_URL", "" if production else f"http://127.0.0.1:{reader.text('PORT', '8000')}")
    if production:
        reader.insist("DATABASE_URL", "REDIS_URL", "PUBLIC_URL")
    config = Config(
        environment=environment,
        var_dir=place.var,
        **kept,
        database=_database(reader, place),
        redis_url=_redis(reader, place),
        public_url=public_url,
        sandbox_url=reader.url("SANDBOX_URL", "" if production else "http://127.0.0.1:8900"),
        allowed_hosts=_hosts(reader, public_url, production),
        proxied=reader.switch("BEHIND_PROXY"),
        workers=reader.number("WORKERS", 1, 1, 32),
        worker_threads=reader.number("WORKER_THREADS", 64, 1, 512),
        web_threads=reader.number("WEB_THREADS", 8, 1, 64),
        db_connections=_connections(reader, role),
        role=role,
        mail=_mail(reader),
        bucket=_bucket(reader),
        network_urls={name: value for name in NETWORK_URLS if (value := reader.url(name))},
        network_apps=_apps(reader),
        time_zone=_zone(reader),
        language=reader.choice("LANGUAGE_CODE", "en-gb", ("en", "en-gb", "en-us", "en-ca", "en-au")),
        x_figures=reader.switch("X_FIGURES"),
        log_level=reader.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
    )
    if reader.problems:
        raise BadConfiguration(reader.problems)
    return config


def _database(reader: Reader, place: Place) -> Database:
    """DATABASE_URL, or the embedded server's. `?host=/folder` names a socket; other query words go to the driver."""
    given = reader.text("DATABASE_URL") or place.database_url()
    parts = urlsplit(given)
    if parts.scheme not in ("postgres", "postgresql"):
        reader.problems.append("DATABASE_URL must begin with postgres:// — this product runs on PostgreSQL alone.")
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    name = unquote(parts.path.lstrip("/"))
    if not name:
        reader.problems.append("DATABASE_URL names no database; it ends like …/library_social.")
    return Database(
        name=name,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        host=options.pop("host", "") or unquote(parts.hostname or ""),
        port=options.pop("port", "") or str(_port(reader, "DATABASE_URL", given) or ""),
        options=options,
    )


def _port(reader: Reader, name: str, url: str) -> int | None:
    try:
        return urlsplit(url).port
    except ValueError:
        reader.problems.append(f"{name} holds a port that is not a number.")
        return None


def _redis(reader: Reader, place: Place) -> str:
    given = reader.text("REDIS_URL") or place.redis_url()
    if urlsplit(given).scheme not in ("redis", "rediss", "unix"):
        reader.problems.append("REDIS_URL must begin with redis://, rediss:// or unix://.")
    _port(reader, "REDIS_URL", given)
    return given


def redis_number(url: str) -> int:
    """The number of the database a redis:// or unix:// address names; 0 where it names none."""
    parts = urlsplit(url)
    named = parse_qs(parts.query).get("db", [""])[-1] or (parts.path.strip("/") if parts.scheme != "unix" else "")
    return int(named) if named.isdigit() else 0


def with_database(url: str, number: int) -> str:
    """The same server, another database."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return f"unix://{parts.path}?db={number}"
    return parts._replace(path=f"/{number}").geturl()


def broker_url(url: str) -> str:
    """Celery names a unix socket in another way than the redis client does."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return f"redis+socket://{parts.path}?virtual_host={redis_number(url)}"
    return url


def _role(reader: Reader) -> str:
    """What this process is: set by whoever starts it, not by people."""
    return reader.choice("PROCESS_ROLE", "web", ("web", "worker", "other"))


def _connections(reader: Reader, role: str) -> int:
    """The most database connections of this process, shared by its threads: those away on a call hold none."""
    worker = reader.number("WORKER_DB_CONNECTIONS", 14, 2, 200)
    web = reader.number("WEB_DB_CONNECTIONS", 8, 1, 100)
    return {"worker": worker, "web": web, "other": 4}[role]


def _hosts(reader: Reader, public_url: str, production: bool) -> tuple[str, ...]:
    """Names we answer to: ALLOWED_HOSTS and that of PUBLIC_URL; in practice also this machine's own."""
    named = (*reader.words("ALLOWED_HOSTS"), urlsplit(public_url).hostname or "")
    local = () if production else ("127.0.0.1", "localhost", "[::1]", reader.text("HOST"))
    hosts = tuple(dict.fromkeys(host for host in (*named, *local) if host))
    return ("*",) if "0.0.0.0" in hosts and not production else hosts  # noqa: S104  (who listens on all is asked by any name)


def _mail(reader: Reader) -> Mail:
    security = reader.choice("SMTP_SECURITY", "starttls" if reader.text("SMTP_HOST") else "", ("", "starttls", "tls"))
    return Mail(
        host=reader.text("SMTP_HOST"),
        port=reader.number("SMTP_PORT", 465 if security == "tls" else 587, 1, 65535),
        user=reader.text("SMTP_USER"),
        password=reader.text("SMTP_PASSWORD"),
        security=security,
        sender=reader.text("MAIL_FROM", "Library Social <no-reply@localhost>"),
    )


def _bucket(reader: Reader) -> Bucket:
    bucket = Bucket(
        name=reader.text("MEDIA_BUCKET"),
        endpoint=reader.url("MEDIA_BUCKET_ENDPOINT"),
        region=reader.text("MEDIA_BUCKET_REGION"),
        key=reader.text("MEDIA_BUCKET_KEY"),
        secret=reader.text("MEDIA_BUCKET_SECRET"),
    )
    if bool(bucket.key) != bool(bucket.secret):
        reader.problems.append("MEDIA_BUCKET_KEY and MEDIA_BUCKET_SECRET belong together; one of them is missing.")
    return bucket


def _apps(reader: Reader) -> dict[str, tuple[str, str]]:
    """Platform -> (client id, client secret), of the networks registered here. Half a pair is a mistake."""
    apps = {}
    for platform, (id_name, secret_name) in NETWORK_APPS.items():
        pair = reader.text(id_name), reader.text(secret_name)
        if all(pair):
            apps[platform] = pair
        elif any(pair):
            reader.problems.append(f"{id_name} and {secret_name} belong together; one of them is missing.")
    return apps


def _zone(reader: Reader) -> str:
    from zoneinfo import ZoneInfo

    name = reader.text("TIME_ZONE", "UTC")
    try:
        ZoneInfo(name)
    except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        reader.problems.append(f"TIME_ZONE is “{name}”; it must be a name such as Europe/London.")
    except KeyError:
        reader.problems.append(f"TIME_ZONE is “{name}”, which this machine does not know.")
    return name
