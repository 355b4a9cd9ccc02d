"""Holds: why a scheduled delivery waits for a person."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

import audit.record
from audit.actions import Action
from libraries.permissions import Actor, require
from posts.models import Delivery, Hold, Post


def hold_deliveries(actor: Actor | None, deliveries: QuerySet[Delivery], reason: str, detail: str = "") -> int:
    """Hold every delivery that is still scheduled. Returns how many were newly held.

    The row is locked first, so that a worker that is about to open an attempt either is before us (and sends what
    was approved) or sees the hold.
    """
    held = 0
    with transaction.atomic():
        for delivery in deliveries.filter(state="scheduled").select_for_update(of=("self",)):
            made = Hold.objects.get_or_create(delivery=delivery, reason=reason, defaults={"detail": detail[:300]})[1]
            if made:
                held += 1
                audit.record.record(actor, Action.DELIVERY_HELD, delivery, reason=reason, detail=detail, post=delivery.post_id)
    return held


def release_deliveries(actor: Actor | None, deliveries: QuerySet[Delivery], reason: str) -> int:
    """Drop one reason; the others stay. Returns how many were released from it."""
    with transaction.atomic():
        rows = list(Hold.objects.filter(delivery__in=deliveries, reason=reason).select_related("delivery"))
        for hold in rows:
            audit.record.record(actor, Action.DELIVERY_RELEASED, hold.delivery, reason=reason, post=hold.delivery.post_id)
            hold.delete()
    return len(rows)


def pause_post(*, actor: Actor, post: Post, detail: str = "") -> int:
    """Hold everything of one post until somebody releases it."""
    require(actor, "post.schedule", post)
    return hold_deliveries(actor, Delivery.objects.filter(post=post), "paused", detail)


def resume_post(*, actor: Actor, post: Post, reason: str = "paused") -> int:
    """Release one reason. A cancelled event's hold is released only by a person who says that the post is right."""
    require(actor, "post.schedule", post)
    return release_deliveries(actor, Delivery.objects.filter(post=post), reason)


def reasons(delivery: Delivery) -> list[dict[str, Any]]:
    return [{"reason": hold.reason, "detail": hold.detail} for hold in delivery.holds.all()]
