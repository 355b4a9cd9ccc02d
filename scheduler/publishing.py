"""From a due row to a verdict: recheck, open an attempt, speak, settle; and for doubtful rows: look."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import remote
from core.dispatch import FAILED, SCHEDULED, SENT, UNCONFIRMED, Dispatch, LostClaim, Verdict
from libraries import notices
from platforms import accounts, lines, vault
from platforms.base import (
    Absent,
    Accepted,
    Adapter,
    Ambiguous,
    CannotTell,
    Duplicate,
    Fenced,
    Found,
    Identity,
    Published,
    RateLimited,
    Rejected,
    RemoteError,
    Unauthorized,
    Unavailable,
)
from platforms.models import Account
from posts.actions.holding import hold_deliveries
from posts.models import Delivery
from scheduler import limiting
from scheduler.kinds import DELIVERY, KINDS, SKEW, Kind, bound_ids
from scheduler.presence import me, slots
from scheduler.rechecking import day_is_full

log = logging.getLogger(__name__)
FIRST_LOOK = timedelta(seconds=1)
WHY_HELD = {
    "approval": _("The version that was to go out is not the approved one any more. Approve the new version to send it."),
    "author": _("Its author no longer works with this library. Somebody else must take it over or cancel it."),
    "event": _("The event it announces is off. Cancel the post, or release it if it is still right."),
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
    with slots.take(f"{kind.name}:{platform}", slots_per_platform()) as free:
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
    finally:
        connection.close()


def _work(kind: Kind, row: Any) -> str:
    row.account = Account.objects.raw("SELECT * FROM platforms_account WHERE id = %s", [row.account_id])[0]
    reason = kind.recheck(row)
    if reason:
        return _hold(kind, row, reason)
    if day_is_full(row):
        wait = _until_midnight_utc()
        accounts.block(row.account_id, wait, "daily_limit")
        row.release(wait)
        return SCHEDULED
    if (pause := limiting.wait_for(row)) > timedelta(0):
        accounts.block(row.account_id, pause, "burst_limit")
        row.release(pause)
        return SCHEDULED
    try:
        who = lines.fresh_identity(row.account, deadline=row.profile.deadline)
    except (vault.NoToken, RemoteError) as error:
        return _no_identity(row, error)
    prepared = kind.prepare(row)
    began = time.monotonic()
    number = row.open_attempt()
    memory = RowMemory(row)
    adapter = lines.adapter(
        row.platform, row.realm, fence=fence_for(row, memory, began), deadline=row.profile.deadline
    )
    verdict = speak(kind, adapter, who, row, prepared, memory)
    state = _settle(row, number, verdict)
    if pause := adapter.pressure():
        accounts.block(row.account_id, pause, "budget_spent")
    return state


def _hold(kind: Kind, row: Any, reason: str) -> str:
    row.release(timedelta(0))
    if kind is DELIVERY:
        if hold_deliveries(None, Delivery.objects.filter(pk=row.pk), reason):
            notices.raise_notice(
                row.library_id, f"delivery:{row.pk}", verb="post.schedule", tone="ask", path=f"/posts/{row.post_id}/",
                title=_("A post waits for you: it was not sent."), text=str(WHY_HELD[reason]),
            )  # fmt: skip
    else:
        type(row).objects.filter(pk=row.pk, state=SCHEDULED).move(SCHEDULED, "cancelled")
    return "held"


def _no_identity(row: Any, error: Exception) -> str:
    """Nothing was sent. The account needs a person, or a moment."""
    if isinstance(error, vault.NoToken | Unauthorized):
        accounts.needs_reconnecting(row.account, getattr(error, "code", "no_token"))
        row.release(timedelta(seconds=5))
    elif isinstance(error, RateLimited):
        _apply_rate_limit(row, error)
        row.release(error.retry_after or timedelta(seconds=30))
    else:
        row.release(getattr(error, "retry_after", None) or timedelta(seconds=2))
    return SCHEDULED


def speak(kind: Kind, adapter: Adapter, who: Identity, row: Any, prepared: Any, memory: RowMemory) -> Verdict:
    """The remote call, and what its outcome means. The one place where an error becomes a verdict."""
    try:
        answer = kind.speak(adapter, who, row, prepared, memory)
    except Rejected as error:
        if error.code == "picture_unreachable" and row.strikes < FEW:  # our own web may be restarting
            wait = timedelta(seconds=min(row.profile.backoff_max, 2.0**row.strikes))
            return Verdict(SCHEDULED, "not_applied", wait=wait, strikes=1, **_words(error))
        return Verdict(FAILED, "rejected", strikes=1, **_words(error))
    except Unauthorized as error:
        _unauthorized(row, error)
        return Verdict(SCHEDULED, "not_applied", wait=timedelta(seconds=2), **_words(error))
    except RateLimited as error:
        _apply_rate_limit(row, error)
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
        if row.settle(number, verdict):
            return verdict.state
    except IntegrityError:
        # The network named a post that is already another delivery's: we do not know ours.
        log.exception("%s %s was answered with somebody else's id.", type(row).__name__, row.pk)
        row.settle(number, Verdict(UNCONFIRMED, "unknown", wait=FIRST_LOOK, strikes=1, code="id_taken"))
        return UNCONFIRMED
    if verdict.state == SENT and type(row).objects.filter(pk=row.pk).exclude(remote_id=verdict.remote_id).exists():
        log.error("A late proof for %s %s found a newer attempt.", type(row).__name__, row.pk)
        row.note("late_proof", number=number, remote_id=verdict.remote_id, url=verdict.remote_url)
    return "lost"


def back_off(row: Any) -> timedelta:
    """Doubles with each attempt that changed nothing, with full jitter in its upper half, up to the profile's bound."""
    quiet_tries = max(0, row.tries - row.strikes - 1)
    ceiling = min(row.profile.backoff_max, 1.0 * 2 ** min(quiet_tries, 12))
    return timedelta(seconds=ceiling / 2 + random.random() * ceiling / 2)  # noqa: S311


def _unauthorized(row: Any, error: Unauthorized) -> None:
    """Renew once where that is possible; else people must reconnect."""
    connection.close()
    credential = vault.current(row.account_id)
    tried = row.checkpoint.get("renewed_version")
    can_renew = bool(vault.unpack(credential.ciphertext).refresh) and tried != credential.version
    try:
        if can_renew and error.code != "person_must_act":
            lines.renew(row.account, deadline=row.profile.deadline)
            type(row).objects.filter(pk=row.pk).update(
                checkpoint={**row.checkpoint, "renewed_version": vault.current(row.account_id).version}
            )
            return
    except (Unavailable, RateLimited, Ambiguous):
        return
    except RemoteError as refused:
        error = refused if isinstance(refused, Unauthorized) else error
    accounts.needs_reconnecting(row.account, error.code)


def _apply_rate_limit(row: Any, error: RateLimited) -> None:
    wait = error.retry_after or timedelta(seconds=60 if row.realm == "live" else 5)
    if error.scope == "app":
        for pk in Account.objects.filter(platform=row.platform, realm=row.realm).values_list("pk", flat=True):
            accounts.block(pk, wait, error.code)
    else:
        accounts.block(row.account_id, wait, error.code)


def _until_midnight_utc() -> timedelta:
    now = timezone.now()
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=5, microsecond=0)
    return midnight - now


# -- looking


def look_all(kind: Kind, limit: int = 50) -> int:
    """Reconcile what is unconfirmed and due, in this thread. Returns how many were looked at."""
    seen = 0
    while seen < limit and not me.stopping.is_set():
        rows = kind.model.objects.claim(me.id, states=(UNCONFIRMED,))
        if not rows:
            break
        look(kind, rows[0])
        seen += 1
    return seen


def look(kind: Kind, row: Any) -> str:
    """One leased unconfirmed row: ask the network. Returns the state it was left in. Never raises."""
    try:
        return _look(kind, row)
    except RemoteError as error:
        return _look_failed(row, error)
    except (vault.NoToken, DatabaseError):
        log.exception("Could not look for %s %s.", kind.name, row.pk)
        return _look_failed(row, Unavailable(code="look_failed"))
    finally:
        connection.close()


def doubtful_since(row: Any) -> datetime:
    """When the first attempt with an unknown outcome began."""
    first = row.attempts.filter(outcome="unknown").order_by("number").first()
    return first.started_at if first else row.created_at


def _look(kind: Kind, row: Any) -> str:
    who = lines.fresh_identity(row.account, deadline=row.profile.deadline)
    prepared, since, bound = kind.prepare(row), doubtful_since(row), bound_ids(row)
    adapter = lines.adapter(row.platform, row.realm, deadline=row.profile.deadline)
    quiet = adapter.capabilities(row.account.facts).quiet
    sighting = kind.look(adapter, who, row, prepared, since - SKEW, RowMemory(row, readonly=True), bound)
    if isinstance(sighting, Found):
        proof = sighting.published
        row.found(proof.remote_id, proof.url, proof.at)
        return SENT
    if isinstance(sighting, Absent):
        return SCHEDULED if row.absent(quiet.total_seconds() if quiet else None) else UNCONFIRMED
    return _cannot_tell(row, sighting, since)


def _cannot_tell(row: Any, sighting: CannotTell, since: datetime) -> str:
    age = timezone.now() - since
    if sighting.repeat_within and age < sighting.repeat_within and row.tries < 4:
        row.repeat()
        return SCHEDULED
    if age > timedelta(seconds=row.profile.unknown_max) or sighting.repeat_within:
        row.ask_a_person("cannot_tell", sighting.why)
        return "attention"
    row.look_later(back_off(row) + timedelta(seconds=row.profile.quiet), "cannot_tell")
    return UNCONFIRMED


def _look_failed(row: Any, error: RemoteError) -> str:
    if isinstance(error, Unauthorized):
        _unauthorized(row, error)
    if isinstance(error, RateLimited):
        _apply_rate_limit(row, error)
    if timezone.now() - doubtful_since(row) > timedelta(seconds=row.profile.unknown_max):
        row.ask_a_person("looks_failed", error.detail)
        return "attention"
    row.look_later(max(error.retry_after or timedelta(0), timedelta(seconds=2)), error.code[:40])
    return UNCONFIRMED


def reap_all() -> int:
    """Leases that ran out and rows that came too late, of every kind. Returns how many changed."""
    return sum(len(kind.model.objects.reap()) + len(kind.model.objects.expire()) for kind in KINDS.values())


__all__ = ["Published", "drain", "look", "look_all", "reap_all", "speak", "work"]
