"""What a person does with deliveries: move, cancel, send again, say what happened, take down."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

import audit.record
from audit.actions import Action
from core.dispatch import (
    ATTENTION,
    CANCELLED,
    EXPIRED,
    FAILED,
    SCHEDULED,
    SENT,
    UNCONFIRMED,
)
from libraries import notices
from libraries.permissions import Actor, Refused, require
from platforms import lines
from platforms.base import Feature
from posts.actions.reviewing import expiry
from posts.models import Delivery, Post, Takedown

NO_LEASE = {"lease_token": None, "leased_by": None, "leased_until": None}


def already_out() -> Refused:
    return Refused("already_sending", _("It is being published right now and can no longer be changed."))


def cancel_delivery(*, actor: Actor, delivery: Delivery, reason: str = "") -> Delivery:
    """Not to be sent. Raises Refused `already_sending` when a worker was first."""
    require(actor, "post.schedule", delivery)
    with transaction.atomic():
        row = Delivery.objects.filter(pk=delivery.pk)
        if not row.move((SCHEDULED, FAILED, ATTENTION), CANCELLED, **NO_LEASE):
            raise already_out()
        audit.record.record(actor, Action.DELIVERY_CANCELLED, delivery, reason=reason, post=delivery.post_id)
    settle_notices(delivery)
    delivery.refresh_from_db()
    return delivery


def move_post(*, actor: Actor, post: Post, when: datetime) -> Post:
    """Give the whole post another time (aware). Deliveries that are out already stay where they are."""
    require(actor, "post.schedule" if post.deliveries.exists() else "post.submit", post)
    if when < timezone.now():
        raise Refused("time_past", _("That time has passed. Choose a later one, or publish now."))
    with transaction.atomic():
        rows = post.deliveries.filter(state=SCHEDULED).select_for_update()
        for delivery in rows:
            Delivery.objects.filter(pk=delivery.pk, state=SCHEDULED).update(
                due_at=when, expires_at=expiry(post, when), updated_at=Now(), **NO_LEASE
            )
            audit.record.record(actor, Action.DELIVERY_RESCHEDULED, delivery, when=when.isoformat(), post=post.pk)
        Post.objects.filter(pk=post.pk).update(planned_for=when, updated_at=Now())
    post.refresh_from_db()
    return post


def send_again(*, actor: Actor, delivery: Delivery) -> Delivery:
    """Back to scheduled, due now: for what failed, expired or was cancelled. Same row, so still one intention."""
    require(actor, "post.schedule", delivery)
    if delivery.post.state != "approved":
        raise Refused("not_approved", _("Only an approved version can be sent."))
    with transaction.atomic():
        row = Delivery.objects.filter(pk=delivery.pk)
        moved = row.move(
            (FAILED, EXPIRED, CANCELLED), SCHEDULED, due_at=Now(), strikes=0,
            expires_at=expiry(delivery.post, timezone.now()), error_code="", error_detail="", **NO_LEASE,
        )  # fmt: skip
        if not moved:
            raise already_out()
        audit.record.record(actor, Action.DELIVERY_RESCHEDULED, delivery, again=True, post=delivery.post_id)
    settle_notices(delivery)
    delivery.refresh_from_db()
    return delivery


def resolve_delivery(*, actor: Actor, delivery: Delivery, answer: str, url: str = "") -> Delivery:
    """A person looked: `up` (with its address if they have it), `not_up` (send again), `drop` or `look` (look again).

    Looking again starts the count of absences anew: two absences must lie QUIET apart, whoever is impatient.
    Raises Refused where the machine found out first.
    """
    require(actor, "post.resolve", delivery)
    with transaction.atomic():
        row = Delivery.objects.filter(pk=delivery.pk)
        who = {"remote_id": f"person:{actor.user_id}:{delivery.pk}", "remote_url": url, "sent_at": Now()}
        common = {"error_code": "", "error_detail": "", **NO_LEASE}
        moved = {
            "up": lambda: row.move((ATTENTION, UNCONFIRMED), SENT, **who, **common),
            "not_up": lambda: row.move((ATTENTION, UNCONFIRMED), SCHEDULED, due_at=Now(), strikes=0,
                                       expires_at=expiry(delivery.post, timezone.now()), **common),
            "drop": lambda: row.move(ATTENTION, CANCELLED, **common),
            "look": lambda: row.move(ATTENTION, UNCONFIRMED, due_at=Now(), absences=0, **common)
            or row.filter(state=UNCONFIRMED, lease_token=None).update(due_at=Now(), absences=0),
        }[answer]()  # fmt: skip
        if not moved:
            raise Refused("settled", _("This was settled in the meantime. Look at the page again."))
        audit.record.record(actor, Action.DELIVERY_RESOLVED, delivery, answer=answer, url=url, post=delivery.post_id)
    settle_notices(delivery)
    delivery.refresh_from_db()
    return delivery


def settle_notices(delivery: Delivery) -> None:
    """What was said about this delivery is dealt with."""
    notices.close_notices(delivery.library_id, f"delivery:{delivery.pk}")


def can_take_down(delivery: Delivery) -> bool:
    """Whether the network lets us delete, and we know what."""
    known = delivery.remote_id and not delivery.remote_id.startswith("person:")
    return bool(known) and Feature.DELETE in lines.capabilities(delivery.account).features


def recall_post(*, actor: Actor, post: Post, reason: str = "") -> dict[str, list[Delivery]]:
    """Take a published post down wherever the network allows it, and stop what is not out yet.

    Returns {"asked": …, "by_hand": …, "stopped": …}: what will be deleted, what a person must delete there, and what
    was still scheduled. The record of what was said stays.
    """
    require(actor, "post.recall", post)
    outcome: dict[str, list[Delivery]] = {"asked": [], "by_hand": [], "stopped": []}
    for delivery in post.deliveries.filter(state=SCHEDULED):
        try:
            outcome["stopped"].append(cancel_delivery(actor=actor, delivery=delivery, reason=reason))
        except Refused:
            outcome["by_hand"].append(delivery)
    for delivery in post.deliveries.filter(state=SENT).select_related("account"):
        outcome["asked" if _ask_takedown(actor, delivery, reason) else "by_hand"].append(delivery)
    return outcome


def _ask_takedown(actor: Actor, delivery: Delivery, reason: str) -> bool:
    if not can_take_down(delivery):
        return False
    with transaction.atomic():
        takedown, made = Takedown.objects.get_or_create(
            delivery=delivery,
            defaults={
                "library_id": delivery.library_id, "realm": delivery.realm, "account": delivery.account,
                "platform": delivery.platform, "due_at": timezone.now(), "asked_by": actor.user_id,
                "reason": reason[:300],
            },
        )  # fmt: skip
        again = not made and Takedown.objects.filter(pk=takedown.pk).move(
            (FAILED, EXPIRED, CANCELLED, ATTENTION), SCHEDULED, due_at=Now(), strikes=F("strikes") * 0, **NO_LEASE
        )
        if made or again:
            audit.record.record(actor, Action.TAKEDOWN_ASKED, takedown, reason=reason, post=delivery.post_id)
    return True
