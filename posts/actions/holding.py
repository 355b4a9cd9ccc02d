"""Holds: why a scheduled delivery waits for a person."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

import audit.record
from audit.actions import Action
from core.dispatch import SCHEDULED
from libraries import notices
from libraries.permissions import Actor, Refused, require
from posts.models import Delivery, Hold, Post

OF_A_PAUSE = ("account", "library")  # lifted by ending the pause, never post by post
# reason of a hold -> the word before the event's id in the key of the notice about it
EVENT_NOTICES = {"event": "event", "moved": "moved"}


def hold_deliveries(
    actor: Actor | None, deliveries: QuerySet[Delivery], reason: str, detail: str = "", *, states: tuple[str, ...] = (SCHEDULED,)
) -> int:
    """Hold every delivery that is still scheduled (or in one of `states`). Returns how many were newly held.

    The row is locked first, so that a worker that is about to open an attempt either is before us (and sends what
    was approved) or sees the hold.
    """
    held = 0
    with transaction.atomic():
        for delivery in deliveries.filter(state__in=states).select_for_update(of=("self",)):
            made = Hold.objects.get_or_create(delivery=delivery, reason=reason, defaults={"detail": detail[:300]})[1]
            if made:
                held += 1
                audit.record.record(actor, Action.DELIVERY_HELD, delivery, reason=reason, detail=detail, post=delivery.post_id)
    return held


def release_deliveries(actor: Actor | None, deliveries: QuerySet[Delivery], reason: str) -> int:
    """Drop one reason; the others stay. Returns how many were released from it."""
    with transaction.atomic():
        rows = list(Hold.objects.filter(delivery__in=deliveries, reason=reason).select_related("delivery__post"))
        for hold in rows:
            audit.record.record(actor, Action.DELIVERY_RELEASED, hold.delivery, reason=reason, post=hold.delivery.post_id)
            hold.delete()
        for library_id, event_id in {(hold.delivery.library_id, hold.delivery.post.event_id) for hold in rows}:
            if event_id:
                settle_event_notices(library_id, event_id)
    return len(rows)


def settle_event_notices(library_id: int, event_id: int) -> None:
    """What was said about posts that wait because of an event is dealt with once none of them does."""
    for reason, key in EVENT_NOTICES.items():
        waiting = Delivery.objects.filter(post__event=event_id, state=SCHEDULED, holds__reason=reason)
        if not waiting.exists():
            notices.close_notices(library_id, f"{key}:{event_id}")


def pause_post(*, actor: Actor, post: Post, detail: str = "") -> int:
    """Hold everything of one post until somebody releases it."""
    require(actor, "post.schedule", post)
    return hold_deliveries(actor, Delivery.objects.filter(post=post), "paused", detail)


def resume_post(*, actor: Actor, post: Post, reason: str = "paused") -> int:
    """Release one reason. A cancelled event's hold is released only by a person who says that the post is right."""
    require(actor, "post.schedule", post)
    if reason in OF_A_PAUSE:
        raise Refused("pause", _("It waits because its account, or everything, is paused. Resume that pause instead."))
    return release_deliveries(actor, Delivery.objects.filter(post=post), reason)


def reasons(delivery: Delivery) -> list[dict[str, Any]]:
    return [{"reason": hold.reason, "detail": hold.detail} for hold in delivery.holds.all()]
