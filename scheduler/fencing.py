"""What holds an attempt to the row it was opened for: its memory between steps, and the fence before each request."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError, connection

from core import remote
from core.dispatch import Dispatch, LostClaim
from platforms.base import Fenced
from scheduler.presence import me


class RowMemory:
    """`Memory` over the checkpoint of one open attempt."""

    def __init__(self, row: Dispatch, *, readonly: bool = False) -> None:
        self.row, self.readonly, self.confirmed_at = row, readonly, time.monotonic()

    def get(self, key: str, default: Any = None) -> Any:
        return self.row.checkpoint.get(key, default)

    def put(self, key: str, value: Any) -> None:
        """Commit one handle. Raises Fenced when the attempt is not ours any more."""
        if self.readonly:
            return
        try:
            self.row.remember(key, value)
        except (LostClaim, DatabaseError) as error:
            raise Fenced("the checkpoint could not be written for this attempt") from error
        self.confirmed_at = time.monotonic()


def fence_for(row: Dispatch, memory: RowMemory, began: float) -> Callable[[remote.Kind], None]:
    """What core.remote asks before each request. Only *visible* ones are refused (rulings b.0.5)."""

    def fence(kind: remote.Kind) -> None:
        if kind is not remote.Kind.VISIBLE:
            return
        now = time.monotonic()
        if not me.speaks:
            raise Fenced("this worker has not been heard for too long")
        if now - began > row.profile.deadline:
            raise Fenced("the attempt is past its deadline")
        if now - memory.confirmed_at > 1.0:
            try:
                if not row.still_mine():
                    raise Fenced("the attempt is no longer open")
            except DatabaseError as error:
                raise Fenced("the database cannot say whether the attempt is open") from error
            finally:
                connection.close()
            memory.confirmed_at = now

    return fence
