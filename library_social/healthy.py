"""Health checks for process managers: `python -m library_social.healthy web|worker|clock`; exit status 0 or 1.

web: a page answers. worker: this machine's worker was heard by the database within 15 s. clock: the broker answers,
since a clock that cannot reach it rings for nobody.
"""

from __future__ import annotations

import http.client
import os
import socket
import sys
from urllib.parse import urlsplit

from library_social import config

SILENT_AFTER_S = 15


def web(settings: config.Config) -> bool:
    """Asks by the name the public uses, since we answer to no other; not by the public's road."""
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=5)
    connection.request(
        "GET", "/healthz", headers={"Host": urlsplit(settings.public_url).netloc, "X-Forwarded-Proto": "https"}
    )
    return connection.getresponse().status == 200


def worker(settings: config.Config) -> bool:
    import psycopg

    database = settings.database
    words = {"dbname": database.name, "user": database.user, "password": database.password}
    words |= {"host": database.host, "port": database.port, **database.options}
    with psycopg.connect(**{k: v for k, v in words.items() if v}, connect_timeout=5) as connection:
        row = connection.execute(
            "SELECT max(beat_at) > now() - make_interval(secs => %s) FROM core_worker WHERE name LIKE %s",
            (SILENT_AFTER_S, f"{socket.gethostname()}:%"),
        ).fetchone()
    return bool(row and row[0])


def clock(settings: config.Config) -> bool:
    import redis

    return bool(redis.Redis.from_url(settings.redis_url, socket_timeout=5).ping())


def main(arguments: list[str]) -> int:
    """0 when healthy; else 1, and why on the standard error."""
    checks = {"web": web, "worker": worker, "clock": clock}
    if len(arguments) != 1 or arguments[0] not in checks:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        healthy = checks[arguments[0]](config.load())
    except Exception as problem:  # whatever went wrong, the answer is no
        print(f"{type(problem).__name__}: {problem}", file=sys.stderr)
        return 1
    return 0 if healthy else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
