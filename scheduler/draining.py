"""Handing out: one thread claims what is due for one network, prepares it in batches and gives it to the lanes."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from core.dispatch import SCHEDULED
from scheduler import publishing
from scheduler.kinds import DELIVERY, Kind
from scheduler.lanes import Lanes, lanes_for
from scheduler.preparing import Ready
from scheduler.presence import me

AHEAD = timedelta(seconds=1)  # who finds nothing due waits this long for what is about to be
BATCH_S = 0.1  # under load: how long a free lane waits for others, so that several rows are prepared at once
PATIENCE_S = 1.0  # with lanes that are all taken; the next ring comes then


def most_lanes(kind: Kind) -> int:
    """Lanes of one network in this process. Answers and takedowns are few; with lanes of their own none waits for the
    other's queue."""
    return max(2, settings.WORKER_THREADS * 3 // 16) if kind is DELIVERY else max(1, settings.WORKER_THREADS // 32)


def drain(kind: Kind, platform: str) -> int:
    """Hand out what is due for one network, until nothing is. Returns how many rows; the lanes may still be at them.

    Returns at once where another thread of this process is at it: that one is told to look again.
    """
    lanes = lanes_for(f"{kind.name}:{platform}", most_lanes(kind))
    if not lanes.lead():
        return 0
    done, leading = 0, True
    try:
        while leading and not me.stopping.is_set():
            free = lanes.room(max(1, lanes.most // 3), BATCH_S, PATIENCE_S)
            taken = _hand_out(kind, platform, lanes, free) if free else 0
            done += taken
            if not free or (taken < free and not _more_is_coming(kind, platform, lanes)):
                leading = not lanes.resign(even_if_rung=not free)
    finally:
        if leading:
            lanes.resign()
    return done


def _hand_out(kind: Kind, platform: str, lanes: Lanes, most: int) -> int:
    """Claim up to `most` rows and start each in a lane. Returns how many were claimed."""
    rows = kind.model.objects.claim(me.id, platform=platform, limit=most)
    if not rows:
        connection.close()
        return 0

    def go(ready: Ready) -> None:
        lanes.start(publishing.send, kind, ready)

    return len(list(publishing.hand_out(kind, rows, go)))


def _more_is_coming(kind: Kind, platform: str, lanes: Lanes) -> bool:
    """Sleep until the next row is due if that is within AHEAD. False where there is none."""
    now = timezone.now()
    soon = (
        kind.model.objects.filter(state=SCHEDULED, platform=platform, hold="", due_at__gt=now, due_at__lte=now + AHEAD)
        .order_by("due_at")
        .values_list("due_at", flat=True)
        .first()
    )
    connection.close()
    if soon is None:
        return False
    lanes.wait_for_ring(max(0.0, (soon - timezone.now()).total_seconds()) + 0.005)
    return True
