"""What a person does with deliveries: move, cancel, send again, say what happened, take down."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction
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
    PROCESSING,
    SCHEDULED,
    SENDING,
    SENT,
    UNCONFIRMED,
)
from libraries import notices
from libraries.permissions import Actor, Refused, require
from platforms import lines
from platforms.base import Feature
from posts import relative
from posts.actions.freezing import KEEPS_FOR, expiry
from posts.actions.holding import settle_event_notices
from posts.models import Delivery, Hold, Post, Takedown
from posts.models.delivery import BY_HAND
from posts.parts import is_comment

NO_LEASE = {"lease_token": None, "leased_by": None, "leased_until": None}


def already_out() -> Refused:
    return Refused("already_sending", _("It is being published right now and can no longer be changed."))


def cancel_delivery(*, actor: Actor, delivery: Delivery, reason: str = "") -> Delivery:
    """Not to be sent. Raises Refused `already_sending` when a worker was first, or while nobody knows whether it is up.

    A doubt is settled by a person's word (`resolve_delivery`), never by cancelling: what was cancelled can be sent again.
    """
    require(actor, "post.schedule", delivery)
    with transaction.atomic():
        row = Delivery.objects.filter(pk=delivery.pk)
        if not row.exclude(checkpoint__has_key="unresolved", state=SCHEDULED).move(
            (SCHEDULED, FAILED), CANCELLED, **NO_LEASE
        ):
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
        Post.objects.filter(pk=post.pk).update(
            planned_for=when, moments={}, relative=post.relative if relative.moment_of(post) == when else "", updated_at=Now()
        )
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
            (FAILED, EXPIRED, CANCELLED), SCHEDULED, due_at=Now(), strikes=0, checkpoint=cleared(delivery),
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
        answers: dict[str, Callable[[], Any]] = {
            "up": lambda: row.move((ATTENTION, UNCONFIRMED), SENT, **who, **common),
            "not_up": lambda: row.move((ATTENTION, UNCONFIRMED), SCHEDULED, due_at=Now(), strikes=0,
                                       checkpoint=cleared(delivery),
                                       expires_at=expiry(delivery.post, timezone.now()), **common),
            "drop": lambda: row.move(ATTENTION, CANCELLED, **common),
            "look": lambda: row.move(ATTENTION, UNCONFIRMED, due_at=Now(), absences=0, **common)
            or row.filter(state=UNCONFIRMED, lease_token=None).update(due_at=Now(), absences=0),
        }  # fmt: skip
        if not answers[answer]():
            raise Refused("settled", _("This was settled in the meantime. Look at the page again."))
        audit.record.record(actor, Action.DELIVERY_RESOLVED, delivery, answer=answer, url=url, post=delivery.post_id)
    settle_notices(delivery)
    delivery.refresh_from_db()
    return delivery


def cleared(delivery: Delivery) -> dict[str, Any]:
    """The checkpoint after a person settled what earlier attempts came to: handles stay, doubts go."""
    row = Delivery.objects.select_for_update().get(pk=delivery.pk)
    kept = {key: value for key, value in row.checkpoint.items() if key != "unresolved"}
    return {**kept, "cleared": row.tries}


def settle_notices(delivery: Delivery) -> None:
    """What was said about this delivery is dealt with."""
    notices.close_notices(delivery.library_id, f"delivery:{delivery.pk}")
    if delivery.post.event_id:
        settle_event_notices(delivery.library_id, delivery.post.event_id)


def can_delete(delivery: Delivery) -> bool:
    """Whether the account's network lets us delete at all."""
    return Feature.DELETE in lines.capabilities(delivery.account).features


def can_take_down(delivery: Delivery) -> bool:
    """Whether the network lets us delete, and we know what."""
    known = delivery.remote_id and not delivery.remote_id.startswith("person:")
    return bool(known) and can_delete(delivery)


def recall_post(*, actor: Actor, post: Post, reason: str = "") -> dict[str, list[Delivery]]:
    """Take a published post down wherever the network allows it, and stop what is not out yet.

    What is under way or in doubt right now is not sent anew, and is taken down as soon as it is known to be up.
    Returns {"asked": …, "by_hand": …, "stopped": …}: what will be deleted, what a person must delete there, and what
    was still scheduled. The record of what was said stays.
    """
    require(actor, "post.recall", post)
    outcome: dict[str, list[Delivery]] = {"asked": [], "by_hand": [], "stopped": []}
    for delivery in post.deliveries.filter(state=SCHEDULED):
        with suppress(Refused):  # a worker was first: it is under way, and below
            outcome["stopped"].append(cancel_delivery(actor=actor, delivery=delivery, reason=reason))
    stopped = {delivery.pk for delivery in outcome["stopped"]}
    still = post.deliveries.exclude(pk__in=stopped).exclude(takedown__state=SENT).select_related("account")
    for delivery in still.order_by("platform", "account_id", "-part"):
        if is_comment(delivery.payload):  # it goes with its post
            _hold_recalled(delivery)
            continue
        if delivery.state == SENT:
            asked = can_take_down(delivery)
        elif _hold_recalled(delivery):
            asked = can_delete(delivery)
        else:
            continue
        with transaction.atomic():
            takedown = ask_takedown(actor, delivery, reason)
            if delivery.state == SENT and not asked:
                takedown.drop(BY_HAND)
        outcome["asked" if asked else "by_hand"].append(delivery)
    return outcome


UNDER_WAY = (SENDING, PROCESSING, UNCONFIRMED, ATTENTION)
GAVE_UP = (FAILED, EXPIRED, CANCELLED, ATTENTION)  # a takedown there waits for a person


def _hold_recalled(delivery: Delivery) -> bool:
    """Keep what is under way from being sent once more. False where there is nothing that could be."""
    with transaction.atomic():
        row = Delivery.objects.select_for_update().get(pk=delivery.pk)
        if row.state not in (*UNDER_WAY, SCHEDULED, SENT):
            return False
        if row.state != SENT:
            Hold.objects.get_or_create(delivery=row, reason="paused", defaults={"detail": str(_("recalled"))})
    return True


def stop_recalled(delivery: Delivery) -> bool:
    """A recalled post that turned out not to be up is not sent at all. False where it is not scheduled any more."""
    with transaction.atomic():
        moved = Delivery.objects.filter(pk=delivery.pk).move(SCHEDULED, CANCELLED, **NO_LEASE)
        if moved:
            Hold.objects.filter(delivery=delivery, reason="paused").delete()
            audit.record.record(
                None, Action.DELIVERY_CANCELLED, delivery, reason=str(_("recalled")), post=delivery.post_id
            )
    return moved


def took_down(*, actor: Actor, delivery: Delivery) -> Takedown:
    """A person deleted it on the network itself, after we were asked to and could not. The record says who and when.

    Raises Refused where we did not give up: a machine still looks, or it is down already.
    """
    require(actor, "post.recall", delivery)
    with transaction.atomic():
        found = Takedown.objects.select_for_update(of=("self",)).filter(delivery=delivery, delivery__state=SENT)
        takedown = found.filter(state__in=GAVE_UP).first()
        if takedown is None:
            raise Refused("not_given_up", _("It is down already, or we are still at it. Look at the page again."))
        row = Takedown.objects.filter(pk=takedown.pk)
        row.move(FAILED, SCHEDULED)  # a failure has no way to success but by being asked anew
        done = {"by_hand": actor.user, "sent_at": Now(), "error_code": "", "error_detail": ""}
        row.move((*GAVE_UP, SCHEDULED), SENT, **done, **NO_LEASE)
        takedown.refresh_from_db()
        audit.record.record(actor, Action.TAKEDOWN_RESOLVED, takedown, answer=BY_HAND, post=delivery.post_id)
        takedown.when_sent()
    return takedown


def ask_takedown(actor: Actor | None, delivery: Delivery, reason: str) -> Takedown:
    """One takedown for a delivery; one that gave up is begun anew. `actor` None: the clock asks."""
    with transaction.atomic():
        now = timezone.now()
        takedown, made = Takedown.objects.get_or_create(
            delivery=delivery,
            defaults={
                "library_id": delivery.library_id, "realm": delivery.realm, "account": delivery.account,
                "platform": delivery.platform, "due_at": now, "expires_at": now + KEEPS_FOR, "asked_by": actor.user_id if actor else None,
                "reason": reason[:300],
            },
        )  # fmt: skip
        again = not made and Takedown.objects.filter(pk=takedown.pk).move(
            GAVE_UP, SCHEDULED, due_at=Now(), expires_at=now + KEEPS_FOR, strikes=0,
            **NO_LEASE,
        )  # fmt: skip
        if again:
            notices.close_notices(delivery.library_id, f"takedown:{takedown.pk}")
        if made or again:
            audit.record.record(actor, Action.TAKEDOWN_ASKED, takedown, reason=reason, post=delivery.post_id)
    return takedown
