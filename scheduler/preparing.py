"""Just before sending, for all rows that were claimed together: look at the world again, prepare, open the attempts.

Each step asks the database once for the whole batch: a statement costs the same for one row as for ten, and it is the
number of statements that bounds how many posts a small machine sends in a second.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.database import hot
from core.dispatch import SCHEDULED
from libraries import notices
from platforms import accounts, lines, vault
from platforms.base import Adapter, Identity, RateLimited, RemoteError, Unauthorized
from platforms.models import Account
from posts.actions.holding import hold_deliveries
from posts.models import Delivery
from scheduler import limiting, rechecking
from scheduler.fencing import RowMemory, fence_for
from scheduler.kinds import DELIVERY, Kind
from scheduler.refusing import rate_limited, until_midnight_utc

log = logging.getLogger(__name__)
WHY_HELD = {
    "approval": _("The version that was to go out is not the approved one any more. Approve the new version to send it."),
    "author": _("Its author no longer works with this library. Somebody else must take it over or cancel it."),
    "event": _("The event it announces is off. Cancel the post, or release it if it is still right."),
    "paused": _("It was recalled while it was under way, so it is not sent."),
    "media": _("One of its pictures may no longer be used. Replace it and have the post approved again."),
}


@dataclass
class Ready:
    """A row that may be sent. `number` is its open attempt's; None where its token must be renewed first."""

    row: Any
    prepared: Any
    memory: RowMemory
    adapter: Adapter
    who: Identity | None = None
    number: int | None = None


def prepare(kind: Kind, rows: Sequence[Any]) -> dict[int, Ready | str]:
    """For each row, by its id: ready with an open attempt, or the state it was left in ("held", "scheduled", "lost")."""
    with_accounts(rows)
    left: dict[int, Ready | str] = dict(_may_not_go(kind, rows))
    going = [row for row in rows if row.pk not in left]
    prepared = kind.prepare(going) if going else {}
    known = lines.fresh_identities(row.account for row in going) if going else {}
    for row in going:
        left[row.pk] = _ready(row, prepared, known.get(row.account_id))
    _open(kind, left)
    return left


def with_accounts(rows: Sequence[Any]) -> None:
    """Give each row its account as it is now, in one query."""
    sql = f"SELECT {hot.columns(Account)} FROM platforms_account WHERE id = ANY(%s::bigint[])"
    found = {account.pk: account for account in hot.instances(Account, sql, [[row.account_id for row in rows]])}
    for row in rows:
        row.account = found[row.account_id]


def _may_not_go(kind: Kind, rows: Sequence[Any]) -> Iterator[tuple[int, str]]:
    """Rows that must wait for a person, for midnight or for a calmer moment, and the state each was left in."""
    reasons = kind.recheck(rows)
    room = rechecking.room_today(rows) if kind is DELIVERY else {}
    for row in rows:
        if reason := reasons.get(row.pk, "approval"):
            yield row.pk, _hold(kind, row, reason)
        elif row.account_id in room and room[row.account_id] <= 0:
            yield row.pk, _later(row, until_midnight_utc(), "daily_limit")
        elif (pause := limiting.wait_for(row)) > timedelta(0):
            yield row.pk, _later(row, pause, "burst_limit")
        elif row.account_id in room:
            room[row.account_id] -= 1


def _later(row: Any, wait: timedelta, reason: str) -> str:
    accounts.block(row.account_id, wait, reason)
    row.release(wait)
    return SCHEDULED


def _ready(row: Any, prepared: dict[int, Any], who: Identity | None) -> Ready | str:
    if row.pk not in prepared:  # a bug or a lost file: nothing was sent, and trying at once would not help
        row.release(timedelta(seconds=row.profile.backoff_max))
        return "lost"
    memory = RowMemory(row)
    fence = fence_for(row, memory, time.monotonic())
    try:
        adapter = lines.adapter(row.platform, row.realm, fence=fence, deadline=row.profile.deadline)
    except RemoteError as error:
        return no_identity(row, error)
    return Ready(row, prepared[row.pk], memory, adapter, who)


def _open(kind: Kind, left: dict[int, Ready | str]) -> None:
    """Open the attempts of all whose token lasts. What was cancelled or held meanwhile is not among the opened."""
    ready = [one for one in left.values() if isinstance(one, Ready) and one.who]
    if not ready:
        return
    opened = kind.model.objects.open_attempts([one.row for one in ready])
    for one in ready:
        one.number = opened.get(one.row.pk)
        one.memory.confirmed_at = time.monotonic()
        if one.number is None:
            left[one.row.pk] = "lost"


def complete(ready: Ready) -> str:
    """Renew the token and open the attempt of one that could not be opened with its batch. "" where it may be sent.

    Raises LostClaim.
    """
    row = ready.row
    try:
        ready.who = lines.fresh_identity(row.account, deadline=row.profile.deadline)
    except (vault.NoToken, RemoteError) as error:
        return no_identity(row, error)
    ready.number = row.open_attempt()
    return ""


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


def no_identity(row: Any, error: Exception) -> str:
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
