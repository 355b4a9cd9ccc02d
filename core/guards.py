"""Django's side of the one HTTP door: no remote call inside a transaction, no connection held during one."""

from __future__ import annotations

from django.db import connections


class RemoteCallInTransaction(RuntimeError):
    """A bug of ours: the outside world cannot be rolled back, so it is not touched inside `atomic()`."""


def give_back_connections() -> None:
    """Called before each remote request: refuse inside a transaction, else return connections to the pool."""
    for connection in connections.all(initialized_only=True):
        if connection.in_atomic_block:
            raise RemoteCallInTransaction(connection.alias)
        connection.close()


def install() -> None:
    """Hook into core.remote once per process."""
    try:
        from core import remote
    except ImportError:
        return
    if give_back_connections not in remote.before_send:
        remote.before_send.append(give_back_connections)
