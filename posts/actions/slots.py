"""Weekly slots: when an account usually speaks."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

import audit.record
from audit.actions import Action
from libraries.permissions import Actor, Refused, require
from platforms.models import Account
from posts.models import PostingSlot

MOST = 100  # slots of one account


def add_slots(*, actor: Actor, account: Account, weekdays: Iterable[int], at: dt.time, tz: str) -> list[PostingSlot]:
    """One slot on each of the weekdays (0 is Monday) at a wall time of `tz`. Ones that are there already stay one.

    Raises Refused `no_day`, `zone_unknown`, `too_many`.
    """
    require(actor, "post.schedule", account)
    days = sorted(set(weekdays))
    if not days or any(day not in range(7) for day in days):
        raise Refused("no_day", _("Choose at least one day of the week."))
    if tz not in zoneinfo.available_timezones():
        raise Refused("zone_unknown", _("That time zone does not exist."))
    if account.slots.count() + len(days) > MOST:
        raise Refused("too_many", _("An account has at most %(n)s weekly slots. Remove some first.") % {"n": MOST})
    made = []
    with transaction.atomic():
        for day in days:
            slot, new = PostingSlot.objects.get_or_create(
                account=account, weekday=day, at=at.replace(second=0, microsecond=0), tz=tz,
                defaults={"library_id": account.library_id},
            )  # fmt: skip
            if new:
                made.append(slot)
                audit.record.record(actor, Action.SLOT_ADDED, slot, account=account.pk, title=str(slot))
    return made


def remove_slot(*, actor: Actor, slot: PostingSlot) -> None:
    """No slot any more. What was planned on it keeps its time."""
    require(actor, "post.schedule", slot)
    with transaction.atomic():
        audit.record.record(actor, Action.SLOT_REMOVED, slot, account=slot.account_id, title=str(slot))
        slot.delete()
