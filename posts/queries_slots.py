"""Free posting slots: when an account usually speaks and nothing of it stands there yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.dispatch import CANCELLED, EXPIRED, FAILED
from libraries.permissions import Actor
from platforms.models import Account
from posts import times
from posts.models import Delivery, Post, PostingSlot

HORIZON = timedelta(days=60)
AHEAD = timedelta(minutes=5)  # a slot nearer than this is as good as gone
SPREAD = timedelta(days=30)  # so far apart may the accounts of one post go
Taken = set[tuple[int, datetime]]


@dataclass(frozen=True)
class FreeSlot:
    """One free moment (aware, UTC) of one account, with the zone its slot is told in."""

    account: Account
    at: datetime
    tz: str


def free_slots(
    actor: Actor, begin: datetime, end: datetime, *, accounts: Iterable[int] | None = None, but: Post | None = None
) -> list[FreeSlot]:
    """Every free slot with begin <= at < end, soonest first; three queries, whatever the length.

    accounts: only these. but: a post that takes no slot, because it is the one that looks for another.
    """
    slots = PostingSlot.objects.visible_to(actor).filter(account__realm=actor.library.mode)
    slots = slots.exclude(account__state=Account.DISABLED).select_related("account")
    if accounts is not None:
        slots = slots.filter(account__in=list(accounts))
    found = [
        FreeSlot(slot.account, at, slot.tz)
        for slot in slots
        for at in moments_of(slot, begin, end)
    ]  # fmt: skip
    if not found:
        return []
    taken = taken_moments(actor, begin, end, but=but)
    unique = {(slot.account.pk, slot.at): slot for slot in found if (slot.account.pk, slot.at) not in taken}
    return sorted(unique.values(), key=lambda slot: (slot.at, slot.account.pk))


def moments_of(slot: PostingSlot, begin: datetime, end: datetime) -> Iterable[datetime]:
    """The instants of a weekly slot; where clocks jump over one, the next time that exists."""
    day = begin.astimezone(slot.zone).date() - timedelta(days=1)
    day += timedelta(days=(slot.weekday - day.weekday()) % 7)
    while day <= end.astimezone(slot.zone).date():
        at = times.settle(dt.datetime.combine(day, slot.at), slot.zone)[0]
        if begin <= at < end:
            yield at
        day += timedelta(days=7)


def taken_moments(actor: Actor, begin: datetime, end: datetime, *, but: Post | None = None) -> Taken:
    """(account id, minute) of whatever is planned, scheduled or out in that time."""
    rows = Delivery.objects.visible_to(actor).filter(due_at__gte=begin, due_at__lt=end + timedelta(minutes=1))
    rows = rows.exclude(state__in=[CANCELLED, EXPIRED, FAILED])
    posts = Post.objects.visible_to(actor).filter(
        realm=actor.library.mode, planned_for__gte=begin - SPREAD, planned_for__lt=end + timedelta(minutes=1),
        state__in=["draft", "in_review", "changes_requested", "approved"],
    )  # fmt: skip
    if but is not None and but.pk:
        rows, posts = rows.exclude(post=but), posts.exclude(pk=but.pk)
    taken = {(account, _minute(at)) for account, at in rows.values_list("account_id", "due_at")}
    for planned, moments, accounts in posts.values_list("planned_for", "moments", "working_copy__content__accounts"):
        for account in accounts or []:
            own = moments.get(str(account))
            at = datetime.fromisoformat(own) if own else planned
            if at is not None:
                taken.add((account, _minute(at)))
    return taken


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def next_free(actor: Actor, accounts: Iterable[int], now: datetime, *, but: Post | None = None) -> dict[int, datetime]:
    """Each account's next free slot. An account without slots, or with none free within 60 days, is not in it."""
    wanted = list(accounts)
    found: dict[int, datetime] = {}
    for slot in free_slots(actor, now + AHEAD, now + HORIZON, accounts=wanted, but=but):
        found.setdefault(slot.account.pk, slot.at)
    return found


def with_slots(actor: Actor, accounts: Iterable[int]) -> set[int]:
    """Which of these accounts have slots at all."""
    slots = PostingSlot.objects.visible_to(actor).filter(account__in=list(accounts))
    return set(slots.values_list("account_id", flat=True))
