"""The clock: rings the workers' bell once a second. A process of its own that knows neither Django nor the database.

A lost ring costs a second, a doubled one nothing: `tick` looks into the database, which holds everything there is.

Loading Celery to say one unchanging sentence costs 40 MB, so the sentence is made once, by Celery itself, in a process
that ends (`message_from_celery`), and said again each second by the few lines of Redis protocol below.
Run by `python -m library_social.clock`, which reads the configuration.
"""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

TASK = "scheduler.tasks.tick"
QUEUE = "publish"
PERIOD_S = 1.0
EXPIRY_S = 2  # a ring nobody heard in time is thrown away, the next one is already here
QUEUE_FULL = 2000  # without workers rings would pile up until the broker's memory is gone
PATIENCE_S = 2.0  # with a broker that accepts and says nothing

log = logging.getLogger("scheduler.clock")


class Bell(Protocol):
    """What the clock needs: one ring. Raises OSError while the broker is away."""

    def ring(self) -> None: ...


def message_from_celery() -> dict[str, Any]:
    """The message `tick` is called by, exactly as this Celery's Redis transport would store it."""
    from celery import Celery

    app = Celery("clock", broker="memory://")
    app.send_task(TASK, queue=QUEUE, expires=EXPIRY_S, ignore_result=True)
    with app.connection_for_write() as connection:
        return dict(connection.default_channel.queues[QUEUE].get_nowait())


class BrokerBell:
    """Pushes the message onto the queue over one kept connection.

    `url` is redis://, rediss:// or unix://, as in REDIS_URL; `message` comes from `message_from_celery`.
    """

    def __init__(self, url: str, message: dict[str, Any]) -> None:
        self.url = urlsplit(url)
        self.message = message
        self._door: socket.socket | None = None
        self._answers: Any = None

    def ring(self) -> None:
        """One ring, unless so many wait that nobody can be listening. Raises OSError; the next ring reconnects."""
        try:
            if self._door is None:
                self._connect()
            if int(self._say("LLEN", QUEUE)) < QUEUE_FULL:
                self._say("LPUSH", QUEUE, json.dumps(self._fresh()))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self._door is not None:
            self._door.close()
        self._door = self._answers = None

    def _fresh(self) -> dict[str, Any]:
        """The message with ids and an expiry of its own."""
        name = str(uuid.uuid4())
        expires = (datetime.now(UTC) + timedelta(seconds=EXPIRY_S)).isoformat()
        headers = {**self.message["headers"], "id": name, "root_id": name, "expires": expires}
        properties = {**self.message["properties"], "correlation_id": name, "delivery_tag": str(uuid.uuid4())}
        return {**self.message, "headers": headers, "properties": properties}

    def _connect(self) -> None:
        url = self.url
        if url.scheme == "unix":
            self._door = socket.socket(socket.AF_UNIX)
            self._door.settimeout(PATIENCE_S)
            self._door.connect(unquote(url.path))
            number = parse_qs(url.query).get("db", ["0"])[-1]
        else:
            self._door = socket.create_connection((url.hostname or "localhost", url.port or 6379), PATIENCE_S)
            if url.scheme == "rediss":
                import ssl

                self._door = ssl.create_default_context().wrap_socket(self._door, server_hostname=url.hostname)
            number = url.path.strip("/") or "0"
        self._answers = self._door.makefile("rb")
        if url.password:
            self._say("AUTH", *filter(None, (unquote(url.username or ""), unquote(url.password))))
        self._say("SELECT", number)

    def _say(self, *words: str) -> str:
        """One command of the Redis protocol, answered by a simple string or a number. Raises OSError on anything else."""
        parts = [word.encode() for word in words]
        command = b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
        assert self._door is not None
        self._door.sendall(command)
        answer = self._answers.readline()
        if not answer.endswith(b"\r\n") or answer[:1] not in b"+:":
            raise ConnectionError(f"the broker refused {words[0]}: {answer[:80].decode(errors='replace').strip()}")
        return str(answer[1:-2].decode())


def run(bell: Bell, stop: threading.Event, period: float = PERIOD_S) -> None:
    """Ring every `period` seconds until `stop` is set. Rings missed while the broker was away are not made up for."""
    silent = False
    due = time.monotonic()
    while not stop.wait(max(0.0, due - time.monotonic())):
        due = max(due + period, time.monotonic())
        try:
            bell.ring()
        except OSError as error:
            if not silent:
                log.warning("The broker does not answer (%s); ringing goes on.", error)
            silent = True
        else:
            if silent:
                log.warning("The broker is back.")
            silent = False
