"""From a due row to a verdict: recheck, open an attempt, speak, settle; and for doubtful rows: look."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import remote
from core.dispatch import FAILED, SCHEDULED, SENT, UNCONFIRMED, Dispatch, LostClaim, Verdict
from libraries import notices
from platforms import accounts, lines, vault
from platforms.base import (
    Accepted,
    Adapter,
    Ambiguous,
    Duplicate,
    Fenced,
    Identity,
    RateLimited,
    Rejected,
    RemoteError,
    Unauthorized,
    Unavailable,
)
from platforms.models import Account
from posts.actions.holding import hold_deliveries
from posts.models import Delivery
from scheduler import limiting, rechecking
from scheduler.kinds import DELIVERY, KINDS, Kind
from scheduler.looking import doubtful_since
from scheduler.presence import me, slots
from scheduler.rechecking import day_is_full
from scheduler.refusing import back_off, rate_limited, unauthorized, until_midnight_utc

log = logging.getLogger(__name__)
FIRST_LOOK = timedelta(seconds=1)
WHY_HELD = {
    "approval": _("The version that was to go out is not the approved one any more. Approve the new version to send it."),
    "author": _("Its author no longer works with this library. Somebody else must take it over or cancel it."),
    "event": _("The event it announces is off. Cancel the post, or release it if it is still right."),
    "paused": _("It was recalled while it was under way, so it is not sent."),
    "media": _("One of its pictures may no longer be used. Replace it and have the post approved again."),
}
FEW = 7  # tries at a picture that the network could not fetch from us, before it counts as refused
RECENT = timedelta(seconds=15)
AHEAD = timedelta(seconds=1)
AHEAD_S = 1.0  # a ring that finds nothing due waits this long for what is about to be


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


def drain(kind: Kind, platform: str) -> int:
    """Work through what is due for one network in one thread, until nothing is. Returns how many rows.

    Returns at once where this process already works with all its slots for that network.
    """
    done = 0
    with slots.take(f"{kind.name}:{platform}", slots_for(kind)) as free:
        while free and not me.stopping.is_set():
            rows = kind.model.objects.claim(me.id, platform=platform)
            if not rows:
                if not _wait_for_next(kind, platform):
                    break
                continue
            work(kind, rows[0])
            done += 1
    return done


def slots_per_platform() -> int:
    """Eight threads stay free for everything that is not publishing."""
    return max(2, (settings.WORKER_THREADS - 8) // 4)


def slots_for(kind: Kind) -> int:
    """Answers and takedowns are few; with slots of their own neither waits for the other's queue."""
    return slots_per_platform() if kind is DELIVERY else max(1, settings.WORKER_THREADS // 32)


def _wait_for_next(kind: Kind, platform: str) -> bool:
    """Sleep until the next row is due if that is within AHEAD_S. False where there is none."""
    now = timezone.now()
    soon = (
        kind.model.objects.filter(
            state=SCHEDULED, platform=platform, hold="", due_at__gt=now, due_at__lte=now + timedelta(seconds=AHEAD_S)
        )
        .order_by("due_at")
        .values_list("due_at", flat=True)
        .first()
    )
    connection.close()
    if soon is None:
        return False
    me.stopping.wait(max(0.0, (soon - timezone.now()).total_seconds()) + 0.005)
    return True


def work(kind: Kind, row: Any) -> str:
    """One claimed row, from recheck to verdict. Returns the state it was left in. Never raises."""
    try:
        return _work(kind, row)
    except LostClaim:
        return "lost"
    except DatabaseError:
        # The lease or the reaper takes care of the row: it is either unopened (free again) or in `sending` (unknown).
        log.exception("The database failed while working on %s %s.", kind.name, row.pk)
        return "lost"
    except Exception:  # a bug of ours outside the call: unopened, so nothing was sent; or open, and the reaper sees it
        log.exception("A bug while working on %s %s.", kind.name, row.pk)
        row.release(timedelta(seconds=row.profile.backoff_max))
        return "lost"
    finally:
        connection.close()


def _work(kind: Kind, row: Any) -> str:
    row.account = Account.objects.raw("SELECT * FROM platforms_account WHERE id = %s", [row.account_id])[0]
    reason = kind.recheck(row)
    if reason:
        return _hold(kind, row, reason)
    if day_is_full(row):
        wait = until_midnight_utc()
        accounts.block(row.account_id, wait, "daily_limit")
        row.release(wait)
        return SCHEDULED
    if (pause := limiting.wait_for(row)) > timedelta(0):
        accounts.block(row.account_id, pause, "burst_limit")
        row.release(pause)
        return SCHEDULED
    prepared, memory = kind.prepare(row), RowMemory(row)
    try:
        who = lines.fresh_identity(row.account, deadline=row.profile.deadline)
        fence = fence_for(row, memory, time.monotonic())
        adapter = lines.adapter(row.platform, row.realm, fence=fence, deadline=row.profile.deadline)
    except (vault.NoToken, RemoteError) as error:
        return _no_identity(row, error)
    number = row.open_attempt()
    verdict = speak(kind, adapter, who, row, prepared, memory)
    state = _settle(row, number, verdict)
    if asked := adapter.pressure():
        accounts.block(row.account_id, asked, "budget_spent")
    return state


def _hold(kind: Kind, row: Any, reason: str) -> str:
    """It must not go out now: a person is told, or (nobody asked for more) it is dropped and the record says so."""
    row.release(timedelta(seconds=2 if reason == rechecking.NOT_YET else 0))
    if reason == rechecking.NOT_YET:
        return SCHEDULED
    if kind is not DELIVERY:
        row.drop(reason)
    elif hold_deliveries(None, Delivery.objects.filter(pk=row.pk), reason):
        notices.raise_notice(
            row.library_id, f"delivery:{row.pk}", verb="post.schedule", tone="ask", path=f"/posts/{row.post_id}/",
            title=str(_("A post waits for you: it was not sent.")), text=str(WHY_HELD[reason]),
        )  # fmt: skip
    return "held"


def _no_identity(row: Any, error: Exception) -> str:
    """Nothing was sent. The account needs a person, or a moment."""
    if isinstance(error, vault.NoToken | Unauthorized):
        accounts.needs_reconnecting(row.account, getattr(error, "code", "no_token"))
        row.release(timedelta(seconds=5))
    elif isinstance(error, RateLimited):
        rate_limited(row, error)
        row.release(error.retry_after or timedelta(seconds=30))
    else:
        row.release(getattr(error, "retry_after", None) or timedelta(seconds=2))
    return SCHEDULED


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


__all__ = ["back_off", "drain", "reap_all", "slots_per_platform", "speak", "work"]
