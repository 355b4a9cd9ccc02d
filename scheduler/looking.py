"""Doubtful rows: ask the network what became of them. Nothing here writes to a network."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from core.dispatch import ATTENTION, SCHEDULED, SENT, UNCONFIRMED
from platforms import lines, vault
from platforms.base import Absent, CannotTell, Found, Identity, RateLimited, RemoteError, Unauthorized, Unavailable
from scheduler.kinds import DELIVERY, SKEW, Kind, bound_ids
from scheduler.presence import me, slots
from scheduler.refusing import back_off, rate_limited, unauthorized

log = logging.getLogger(__name__)
REPEATS = 4  # tries after which the identical body is not sent once more


class NoWriting:
    """`Memory` of a row that is only looked at."""

    def __init__(self, row: Any) -> None:
        self.row = row

    def get(self, key: str, default: Any = None) -> Any:
        return self.row.checkpoint.get(key, default)

    def put(self, key: str, value: Any) -> None:
        """A look keeps nothing."""


def slots_for_looks(kind: Kind) -> int:
    """Threads of this process that may look at one network at once: one that never answers must not hold them all."""
    return max(2, settings.WORKER_THREADS // 16) if kind is DELIVERY else max(1, settings.WORKER_THREADS // 32)


def look_all(kind: Kind, platform: str, limit: int = 50) -> int:
    """Reconcile what is doubtful and due on one network, in this thread. Returns how many were looked at."""
    seen = 0
    with slots.take(f"look:{kind.name}:{platform}", slots_for_looks(kind)) as free:
        while free and seen < limit and not me.stopping.is_set():
            rows = kind.model.objects.claim(me.id, states=(UNCONFIRMED,), platform=platform)
            if not rows:
                break
            look(kind, rows[0])
            seen += 1
    return seen


def look(kind: Kind, row: Any) -> str:
    """One leased unconfirmed row: ask the network. Returns the state it was left in. Never raises."""
    who: Identity | None = None
    try:
        who = lines.fresh_identity(row.account, deadline=row.profile.deadline)
        return _look(kind, row, who)
    except DatabaseError:  # the lease frees the row
        log.exception("The database failed while looking for %s %s.", kind.name, row.pk)
        return UNCONFIRMED
    except Exception as error:
        if not isinstance(error, RemoteError | vault.NoToken):
            log.exception("A bug while looking for %s %s.", kind.name, row.pk)
        failed = error if isinstance(error, RemoteError) else Unavailable(code="look_failed")
        return _look_failed(row, failed, who)
    finally:
        connection.close()


def doubtful_since(row: Any) -> datetime:
    """When the first attempt of an unknown outcome began that no person has settled since."""
    unknown = row.attempts.filter(outcome="unknown", number__gt=row.checkpoint.get("cleared", 0))
    first = unknown.order_by("number").first()
    began: datetime = first.started_at if first else row.created_at
    return began


def _look(kind: Kind, row: Any, who: Identity) -> str:
    prepared, since, bound = kind.prepare([row])[row.pk], doubtful_since(row), bound_ids(row)
    adapter = lines.adapter(row.platform, row.realm, deadline=row.profile.deadline)
    quiet = adapter.capabilities(row.account.facts).quiet
    sighting = kind.look(adapter, who, row, prepared, since - SKEW, NoWriting(row), bound)
    if isinstance(sighting, Found):
        proof = sighting.published
        return SENT if row.found(proof.remote_id, proof.url, proof.at) else UNCONFIRMED
    if isinstance(sighting, Absent):
        return SCHEDULED if row.absent(quiet.total_seconds() if quiet else None) else UNCONFIRMED
    return _cannot_tell(row, sighting, since)


def _cannot_tell(row: Any, sighting: CannotTell, since: datetime) -> str:
    age, within = timezone.now() - since, sighting.repeat_within
    if within and age < within and row.tries < REPEATS and not row.hold:
        row.repeat(within)
        return SCHEDULED
    if age > timedelta(seconds=row.profile.unknown_max) or within:
        row.ask_a_person("cannot_tell", sighting.why)
        return ATTENTION
    row.look_later(back_off(row) + timedelta(seconds=row.profile.quiet), "cannot_tell")
    return UNCONFIRMED


def _look_failed(row: Any, error: RemoteError, who: Identity | None) -> str:
    if isinstance(error, Unauthorized):
        unauthorized(row, error, who.token.access if who else "")
    if isinstance(error, RateLimited):
        rate_limited(row, error)
    if timezone.now() - doubtful_since(row) > timedelta(seconds=row.profile.unknown_max):
        row.ask_a_person("looks_failed", error.detail)
        return ATTENTION
    row.look_later(max(error.retry_after or timedelta(0), timedelta(seconds=2)), error.code[:40])
    return UNCONFIRMED


def give_up_on_doubt(kind: Kind) -> int:
    """Doubtful rows whose account nobody may ask any more: after `unknown_max` a person is asked. Returns how many."""
    told = 0
    for row in kind.model.objects.claim(me.id, states=(UNCONFIRMED,), limit=50, orphaned=True):
        if timezone.now() - doubtful_since(row) > timedelta(seconds=row.profile.unknown_max):
            told += row.ask_a_person("cannot_ask", "The account is not connected, so we cannot look.")
        else:
            row.look_later(timedelta(seconds=20), "cannot_ask")
    return told
