"""What every test stands on: the embedded servers, no network but this machine, a way to empty append-only tables."""

from __future__ import annotations

import ipaddress
import shutil
import socket
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from django.test import TransactionTestCase

from library_social import services
from tests import home

_servers: list[subprocess.Popen[bytes]] = []


def pytest_configure(config: pytest.Config) -> None:
    """Start PostgreSQL and Valkey once, in the process that hands out the tests."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    place = services.Place(home.claim())
    try:
        started = services.start(place, services.PROGRAMS, durable=False)
    except services.ServiceFailed:
        # Without fsync a killed run may leave files no server can read. Nothing in them is worth keeping.
        shutil.rmtree(place.database, ignore_errors=True)
        started = services.start(place, services.PROGRAMS, durable=False)
    _servers.extend(started.values())


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    place = services.Place(home.claim())
    services.stop(place)
    for server in _servers:
        server.wait()
    if home.is_borrowed(place.var):
        shutil.rmtree(place.var, ignore_errors=True)
        shutil.rmtree(place.run, ignore_errors=True)


class OutsideWorld(RuntimeError):
    """A test tried to leave this machine."""


def _is_here(host: Any) -> bool:
    if host in ("", "localhost", None, b"", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(host if isinstance(host, str) else host.decode()).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session", autouse=True)
def only_this_machine() -> Iterator[None]:
    """Connections go to loopback and unix sockets, name look-ups nowhere: a test that needs a name brings a resolver."""
    patch = pytest.MonkeyPatch()
    connect, connect_ex, look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guard(door: socket.socket, address: Any) -> None:
        if door.family in (socket.AF_INET, socket.AF_INET6) and not _is_here(address[0]):
            door.close()
            raise OutsideWorld(f"a test wanted to reach {address[0]}")

    def guarded_connect(door: socket.socket, address: Any) -> None:
        guard(door, address)
        return connect(door, address)

    def guarded_connect_ex(door: socket.socket, address: Any) -> int:
        guard(door, address)
        return connect_ex(door, address)

    def guarded_look_up(host: Any, *rest: Any, **named: Any) -> Any:
        plain = host.decode() if isinstance(host, bytes) else host
        if not _is_here(plain):
            try:
                ipaddress.ip_address(str(plain).split("%")[0])
            except ValueError:
                raise socket.gaierror(socket.EAI_NONAME, f"tests look up no names ({plain})") from None
        return look_up(host, *rest, **named)

    patch.setattr(socket.socket, "connect", guarded_connect)
    patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    patch.setattr(socket, "getaddrinfo", guarded_look_up)
    yield
    patch.undo()


@pytest.fixture(scope="session", autouse=True)
def append_only_tables_can_be_emptied() -> Iterator[None]:
    """The one sanctioned way round the triggers: for the flush after a transactional test, and for nothing else."""
    patch = pytest.MonkeyPatch()
    flush = TransactionTestCase._fixture_teardown

    def flush_without_triggers(case: TransactionTestCase) -> None:
        with connections["default"].cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
        try:
            flush(case)
        finally:
            with connections["default"].cursor() as cursor:
                cursor.execute("SET session_replication_role = DEFAULT")

    patch.setattr(TransactionTestCase, "_fixture_teardown", flush_without_triggers)
    yield
    patch.undo()
