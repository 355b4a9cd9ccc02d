"""From a due row to a verdict: recheck, open an attempt, speak, settle; and for doubtful rows: look."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, connection
from django.utils import timezone

from core.dispatch import FAILED, SCHEDULED, SENT, UNCONFIRMED, LostClaim, Verdict
from platforms import accounts
from platforms.base import (
    Accepted,
    Adapter,
    Ambiguous,
    Duplicate,
    Identity,
    RateLimited,
    Rejected,
    RemoteError,
    Unauthorized,
    Unavailable,
)
from scheduler import preparing
from scheduler.fencing import RowMemory, fence_for
from scheduler.kinds import KINDS, Kind
from scheduler.looking import doubtful_since
from scheduler.preparing import Ready
from scheduler.refusing import back_off, rate_limited, unauthorized

log = logging.getLogger(__name__)
FIRST_LOOK = timedelta(seconds=1)
FEW = 7  # tries at a picture that the network could not fetch from us, before it counts as refused


def work(kind: Kind, row: Any) -> str:
    """One claimed row, from recheck to verdict, in this thread. Returns the state it was left in. Never raises."""
    return next(hand_out(kind, [row], lambda ready: send(kind, ready)))


def hand_out(kind: Kind, rows: Sequence[Any], go: Callable[[Ready], str | None]) -> Iterator[str]:
    """Prepare claimed rows together and call `go` with each that may be sent. Yields what became of each. Never raises.

    Where preparing fails nothing was sent: the rows are given back, or their leases run out.
    """
    try:
        left = preparing.prepare(kind, rows)
    except Exception as error:
        log.exception("%s rows of %s could not be prepared.", len(rows), kind.name)
        with contextlib.suppress(DatabaseError):
            for row in rows:
                row.release(timedelta(seconds=0.5 if isinstance(error, DatabaseError) else row.profile.backoff_max))
        left = {}
    finally:
        connection.close()
    for row in rows:
        one = left.get(row.pk, "lost")
        yield (go(one) or row.state) if isinstance(one, Ready) else one


def send(kind: Kind, ready: Ready) -> str:
    """One row with an open attempt, to its verdict. Returns the state it was left in. Never raises."""
    row = ready.row
    try:
        if ready.number is None and (state := preparing.complete(ready)):
            return state
        assert ready.who is not None and ready.number is not None
        verdict = speak(kind, ready.adapter, ready.who, row, ready.prepared, ready.memory)
        state = _settle(row, ready.number, verdict)
        if pause := ready.adapter.pressure():
            accounts.block(row.account_id, pause, "budget_spent")
        return state
    except LostClaim:
        return "lost"
    except Exception:
        # The lease or the reaper takes care of the row: it is either unopened (free again) or in `sending` (unknown).
        log.exception("Working on %s %s failed.", kind.name, row.pk)
        return "lost"
    finally:
        connection.close()


def speak(kind: Kind, adapter: Adapter, who: Identity, row: Any, prepared: Any, memory: RowMemory) -> Verdict:
    """The remote call, and what its outcome means. The one place where an error becomes a verdict."""
    if row.unresolved and (timezone.now() - doubtful_since(row)).total_seconds() > row.unresolved:
        return Verdict(UNCONFIRMED, "unknown", wait=FIRST_LOOK, code="repeat_too_late")
    try:
        answer = kind.speak(adapter, who, row, prepared, memory)
    except Rejected as error:
        if row.unresolved:  # this copy was refused; whether the first is up is as open as before
            return Verdict(UNCONFIRMED, "unknown", wait=FIRST_LOOK, strikes=1, **_words(error))
        if error.code == "picture_unreachable" and row.strikes < FEW:  # our own web may be restarting
            wait = timedelta(seconds=min(row.profile.backoff_max, 2.0**row.strikes))
            return Verdict(SCHEDULED, "not_applied", wait=wait, strikes=1, **_words(error))
        return Verdict(FAILED, "rejected", strikes=1, **_words(error))
    except Unauthorized as error:
        unauthorized(row, error, who.token.access)
        return Verdict(SCHEDULED, "not_applied", wait=timedelta(seconds=2), **_words(error))
    except RateLimited as error:
        rate_limited(row, error)
        return Verdict(SCHEDULED, "not_applied", wait=error.retry_after or back_off(row), **_words(error))
    except Unavailable as error:
        return Verdict(SCHEDULED, "not_applied", wait=max(back_off(row), error.retry_after or timedelta(0)), **_words(error))
    except (Duplicate, Ambiguous) as error:
        return Verdict(UNCONFIRMED, "unknown", wait=FIRST_LOOK, strikes=1, **_words(error))
    except Exception:  # our own bug: nobody knows how far it came
        log.exception("A bug while publishing %s %s; its outcome is unknown.", kind.name, row.pk)
        return Verdict(UNCONFIRMED, "unknown", wait=FIRST_LOOK, strikes=1, code="bug")
    if isinstance(answer, Accepted):
        return Verdict(SCHEDULED, "accepted", wait=answer.look_again)
    return Verdict(SENT, "published", remote_id=answer.remote_id, remote_url=answer.url, at=answer.at)


def _words(error: RemoteError) -> dict[str, Any]:
    return {"code": error.code[:40], "detail": error.detail, "http_status": error.http_status}


def _settle(row: Any, number: int, verdict: Verdict) -> str:
    try:
        if _persistently(lambda: row.settle(number, verdict)):
            return verdict.state
    except IntegrityError:
        # The network named a post that is already another delivery's: we do not know ours.
        log.exception("%s %s was answered with somebody else's id.", type(row).__name__, row.pk)
        row.settle(number, Verdict(UNCONFIRMED, "unknown", wait=FIRST_LOOK, strikes=1, code="id_taken"))
        return UNCONFIRMED
    if verdict.state == SENT and type(row).objects.filter(pk=row.pk).exclude(remote_id=verdict.remote_id).exists():
        log.error("A late proof for %s %s found a newer attempt.", type(row).__name__, row.pk)
        row.late_proof(number, verdict.remote_id, verdict.remote_url)
    return "lost"


def _persistently(write: Callable[[], bool], patience_s: float = 4.0) -> bool:
    """A verdict is worth more than one try: the database may be restarting. Raises its last error after `patience_s`."""
    ends, pause = time.monotonic() + patience_s, 0.2
    while True:
        try:
            return write()
        except (OperationalError, InterfaceError):
            if time.monotonic() + pause > ends:
                raise
        connection.close()
        time.sleep(pause)
        pause *= 2


def reap_all() -> int:
    """Leases that ran out and rows that came too late, of every kind. Returns how many changed."""
    return sum(len(kind.model.objects.reap()) + len(kind.model.objects.expire()) for kind in KINDS.values())


__all__ = ["RowMemory", "fence_for", "hand_out", "reap_all", "send", "speak", "work"]
