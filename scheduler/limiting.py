"""A shared limiter: keeps bursts of one account inside what its network documents. Redis only smooths.

What must survive the broker (blocked_until, daily counts) is in PostgreSQL; where Redis cannot be asked, nothing is
held back here and the network's own refusal does the rest.
"""

from __future__ import annotations

import time
from datetime import timedelta
from functools import lru_cache
from typing import Any

import redis
from django.conf import settings

from platforms import lines
from posts.models import Delivery


@lru_cache(maxsize=1)
def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)


def wait_for(row: Any) -> timedelta:
    """How long this account must pause before it may send once more; zero counts the sending."""
    burst = getattr(lines.capabilities(row.account).limits, "burst", None) if isinstance(row, Delivery) else None
    if not burst:
        return timedelta(0)
    most, seconds = burst
    window = int(time.time()) // seconds
    key = f"burst:{row.account_id}:{window}"
    try:
        used = _client().incr(key)
        if used == 1:
            _client().expire(key, seconds)
    except redis.RedisError:
        return timedelta(0)
    return timedelta(seconds=(window + 1) * seconds - time.time() + 0.5) if used > most else timedelta(0)
