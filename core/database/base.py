"""Django's PostgreSQL backend, but a connection from the pool is only asked `SELECT 1` when there is reason to.

Connections are given back before every remote call, so a delivery takes one out half a dozen times; a query each time
was a third of all round trips. A connection that the server has closed is readable (its end, or a farewell), an idle
healthy one is not: that is seen without asking.
"""

from __future__ import annotations

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection
from psycopg_pool import ConnectionPool


def still_there(connection: Connection[Any]) -> None:
    """Raise where the server has closed this connection; what psycopg_pool expects of a check."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
    if poll.poll(0):
        ConnectionPool.check_connection(connection)


class DatabaseWrapper(base.DatabaseWrapper):
    @property
    def pool(self) -> ConnectionPool | None:
        """The process's pool. psycopg_pool takes its check at birth only and Django names its own, hence the attribute."""
        pool: ConnectionPool | None = super().pool
        if pool is not None:
            pool._check = still_there
        return pool
