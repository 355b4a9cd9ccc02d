"""This process as a worker: its row, its heartbeat, its slots, and whether it may still speak."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
import time
from collections.abc import Iterator

from django.db import DatabaseError, InterfaceError, connection, connections
from django.db.models.functions import Now

from core.models import Worker

log = logging.getLogger(__name__)
BEAT_S = 3.0


class Presence:
    """One per process. `speaks` is False as soon as our last heartbeat is older than SPEAKS_WITHIN_S seconds.

    The age is measured on the monotonic clock from just *before* the beat was written, so that a process frozen by
    SIGSTOP finds itself silent when it wakes: that clock goes on.
    """

    def __init__(self) -> None:
        self.id = 0
        self.beaten_at = 0.0
        self.stopping, self.gone = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._pid = 0

    def start(self) -> Presence:
        """Register and begin to beat; a forked child registers anew. Idempotent."""
        with self._lock:
            if self._pid == os.getpid():
                return self
            self._pid = os.getpid()
            self.stopping, self.gone = threading.Event(), threading.Event()
            began = time.monotonic()
            self.id = Worker.objects.create(name=f"{socket.gethostname()}:{os.getpid()}").pk
            self.beaten_at = began
            threading.Thread(target=self._beat_forever, name="heartbeat", daemon=True).start()
        return self

    @property
    def speaks(self) -> bool:
        return time.monotonic() - self.beaten_at <= Worker.SPEAKS_WITHIN_S

    def _beat_forever(self) -> None:
        while not self.gone.wait(BEAT_S):
            self.beat()

    def beat(self) -> bool:
        """Say that we live. False where the database could not be reached; we then fall silent by ourselves."""
        began = time.monotonic()
        try:
            known = Worker.objects.filter(pk=self.id).update(beat_at=Now())
        except (DatabaseError, InterfaceError):
            log.warning("The heartbeat did not reach the database.")
            known = 0
        finally:
            with contextlib.suppress(DatabaseError, InterfaceError):
                connection.close()
        if known:
            self.beaten_at = began
        return bool(known)

    def stop(self) -> None:
        """Say good-bye, so that nobody waits for us. `stopping` alone says that nothing new is begun."""
        self.stopping.set()
        self.gone.set()
        with contextlib.suppress(DatabaseError, InterfaceError):
            Worker.objects.filter(pk=self.id).update(stopped_at=Now())
            connections.close_all()


me = Presence()


class Slots:
    """How many threads of this process may work for one network at once.

    A network that accepts connections and never answers then holds its own slots and nobody else's.
    """

    def __init__(self) -> None:
        self._used: dict[str, int] = {}
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def take(self, name: str, most: int) -> Iterator[bool]:
        """Yields whether a slot was free."""
        with self._lock:
            free = self._used.get(name, 0) < most
            if free:
                self._used[name] = self._used.get(name, 0) + 1
        try:
            yield free
        finally:
            if free:
                with self._lock:
                    self._used[name] -= 1


slots = Slots()
