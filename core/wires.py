"""Connections under a hard deadline, and the pools that keep them.

urllib3's timeouts are per socket operation, so an answer that drips one byte a second never times out. A watchdog
thread therefore shuts the socket down when the whole call's time is over. Django-free.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from core import addresses

CONNECT_S = 4.0
HOST_CONNECTIONS = 128


class Deadline:
    """The end of one call, in monotonic seconds, and the connection that it would have to cut."""

    def __init__(self, ends: float) -> None:
        self.ends = ends
        self.connection: Any = None
        self.passed = False
        self.begun = False  # whether a byte of the request may have left us

    @property
    def left(self) -> float:
        """Seconds until the end; negative when it is past."""
        return self.ends - time.monotonic()

    def cut(self) -> None:
        """End the call: whoever reads or writes on its socket gets an error at once."""
        self.passed = True
        sock = getattr(self.connection, "sock", None)
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)
_under_way: dict[int, Deadline] = {}
_lock = threading.Lock()
_watching = False
LOOK_EVERY_S = 0.1


def _watch() -> None:
    global _watching
    idle_since = time.monotonic()
    while True:
        time.sleep(LOOK_EVERY_S)
        now = time.monotonic()
        for deadline in list(_under_way.values()):
            idle_since = now
            if now >= deadline.ends and not deadline.passed:
                deadline.cut()
        with _lock:
            if not _under_way and now - idle_since > 5:
                _watching = False
                return


@contextlib.contextmanager
def under(deadline: Deadline) -> Iterator[Deadline]:
    """Everything sent and received inside ends when the deadline does."""
    global _watching
    token = _current.set(deadline)
    with _lock:
        _under_way[id(deadline)] = deadline
        if not _watching:
            _watching = True
            threading.Thread(target=_watch, name="deadlines", daemon=True).start()
    try:
        yield deadline
    finally:
        with _lock:
            _under_way.pop(id(deadline), None)
        _current.reset(token)
        deadline.connection = None


class _Watched:
    """Connects by addresses of our own look-up, and tells the deadline which connection is in use."""

    outside = False

    def connect(self) -> None:
        if (deadline := _current.get()) is not None:
            deadline.connection = self
        super().connect()  # type: ignore[misc]

    def request(self, *args: Any, **kwargs: Any) -> None:
        if (deadline := _current.get()) is not None:
            deadline.connection, deadline.begun = self, True
        super().request(*args, **kwargs)  # type: ignore[misc]

    def _new_conn(self) -> socket.socket:
        deadline = _current.get()
        seconds = min(CONNECT_S, deadline.left if deadline else CONNECT_S)
        host, port = self._dns_host, self.port or self.default_port  # type: ignore[attr-defined]
        try:
            found = addresses.look_up(host, port, seconds)
        except OSError as error:
            raise NameResolutionError(host, self, error) from error  # type: ignore[arg-type]
        if self.outside:
            addresses.outside_only(found, host)
        return self._first_that_answers(found, port, seconds)

    def _first_that_answers(self, found: list[str], port: int, seconds: float) -> socket.socket:
        ends, last = time.monotonic() + seconds, OSError("no address")
        for text in found[:4]:
            try:
                sock = socket.create_connection((text, port), timeout=max(0.05, ends - time.monotonic()))
            except TimeoutError as error:
                raise ConnectTimeoutError(self, "connecting took too long") from error
            except OSError as error:
                last = error
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
        raise NewConnectionError(self, f"nobody answers ({last})") from last  # type: ignore[arg-type]


class Plain(_Watched, HTTPConnection):
    pass


class Secure(_Watched, HTTPSConnection):
    pass


class OutsidePlain(_Watched, HTTPConnection):
    outside = True


class OutsideSecure(_Watched, HTTPSConnection):
    outside = True


def pools(plain: type, secure: type) -> urllib3.PoolManager:
    """A pool manager whose connections are of the given classes."""
    manager = urllib3.PoolManager(num_pools=64, maxsize=HOST_CONNECTIONS, block=False, cert_reqs="CERT_REQUIRED")
    http = type("Http", (urllib3.HTTPConnectionPool,), {"ConnectionCls": plain})
    https = type("Https", (urllib3.HTTPSConnectionPool,), {"ConnectionCls": secure})
    manager.pool_classes_by_scheme = {"http": http, "https": https}
    return manager


configured = pools(Plain, Secure)
outside = pools(OutsidePlain, OutsideSecure)
