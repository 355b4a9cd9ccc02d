"""Feeds that are due for reading."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from programs import actions
from programs.models import Feed


def read_due(limit: int = 10) -> int:
    """Read feeds whose time has come; each is claimed by moving its next time first. Returns how many were read."""
    done = 0
    for feed in Feed.objects.filter(is_active=True, next_at__lte=timezone.now()).exclude(url="")[:limit]:
        later = timezone.now() + timedelta(minutes=5)
        if Feed.objects.filter(pk=feed.pk, next_at=feed.next_at).update(next_at=later):
            actions.read_feed(feed)
            connection.close()
            done += 1
    return done
