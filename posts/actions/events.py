"""Events: what the calendar they came from says, and what that means for posts about them."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

import audit.record
from audit.actions import Action
from libraries import notices
from libraries.permissions import Actor, Refused, require
from posts.actions.holding import hold_deliveries, release_deliveries
from posts.models import Delivery, Event


def cancel_event(*, actor: Actor, event: Event, reason: str = "") -> Event:
    """Cancelled: its scheduled posts are held, and people are asked what to do. Nothing is posted about it."""
    require(actor, "event.edit", event)
    with transaction.atomic():
        moved = Event.objects.filter(pk=event.pk, state__in=["planned", "announced"]).update(state="cancelled")
        if not moved:
            raise Refused("not_open", _("This event is over or was cancelled already."))
        audit.record.record(actor, Action.EVENT_CANCELLED, event, reason=reason)
        hold_posts_of(actor, event)
    event.refresh_from_db()
    return event


def restore_event(*, actor: Actor, event: Event) -> Event:
    """It takes place after all: the hold for this reason is lifted."""
    require(actor, "event.edit", event)
    with transaction.atomic():
        if not Event.objects.filter(pk=event.pk, state="cancelled").update(state="planned"):
            raise Refused("not_cancelled", _("This event is not cancelled."))
        audit.record.record(actor, Action.EVENT_CHANGED, event, restored=True)
        event.refresh_from_db()
        if event.may_be_announced:
            release_deliveries(actor, Delivery.objects.filter(post__event=event), "event")
    return event


def hold_posts_of(actor: Actor | None, event: Event) -> int:
    """Hold what is scheduled about an event that is off, and tell people. Returns how many deliveries."""
    held = hold_deliveries(actor, Delivery.objects.filter(post__event=event), "event", _("The event is off."))
    if held:
        notices.raise_notice(
            event.library_id, f"event:{event.pk}", verb="post.schedule", tone="ask", path=f"/events/{event.pk}/",
            title=_("“%(event)s” is off: %(n)s scheduled posts wait for you.") % {"event": event.title, "n": held},
            text=_("They are held and will not go out. Cancel them, or release them if they are still right."),
        )  # fmt: skip
    return held


def keep_event(actor: Actor | None, library_id: int, source: str, fields: dict[str, Any]) -> tuple[Event, str]:
    """Create or update one event of a feed by (source, uid, occurrence). Returns it and new | changed | same | off."""
    key = {"library_id": library_id, "source": source, "external_uid": fields["external_uid"], "occurrence": fields["occurrence"]}
    with transaction.atomic():
        event, created = Event.objects.select_for_update(of=("self",)).get_or_create(**key, defaults=fields)
        if created:
            audit.record.record(actor, Action.EVENT_IMPORTED, event, source=source)
            return event, "new"
        if event.content_hash == fields["content_hash"]:
            Event.objects.filter(pk=event.pk).update(last_seen_at=fields["last_seen_at"], missed_polls=0)
            if event.listing == "withdrawn":
                Event.objects.filter(pk=event.pk).update(listing=fields["listing"])
            return event, "same"
        was_on = event.may_be_announced
        for name, value in fields.items():
            setattr(event, name, value)
        event.missed_polls = 0
        event.save()
        audit.record.record(actor, Action.EVENT_CHANGED, event, source=source, listing=event.listing)
        if was_on and not event.may_be_announced:
            hold_posts_of(actor, event)
            return event, "off"
    return event, "changed"


def miss_event(event: Event, *, polls: int = 2) -> bool:
    """The event was not in its feed this time. After `polls` in a row it counts as withdrawn and its posts are held."""
    with transaction.atomic():
        missed = event.missed_polls + 1
        gone = missed >= polls and event.listing != "withdrawn"
        Event.objects.filter(pk=event.pk).update(
            missed_polls=missed, listing="withdrawn" if missed >= polls else event.listing
        )
        event.refresh_from_db()
        if gone:
            audit.record.record(None, Action.EVENT_CHANGED, event, listing="withdrawn")
            hold_posts_of(None, event)
    return gone
