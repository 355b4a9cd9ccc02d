"""Events: what the calendar they came from says, and what that means for posts about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

import audit.record
from audit.actions import Action
from core.dispatch import ATTENTION, PROCESSING, SCHEDULED, SENDING, UNCONFIRMED
from libraries import notices
from libraries.permissions import Actor, Refused, require
from posts.actions.following import replan_drafts_of
from posts.actions.freezing import expiry
from posts.actions.holding import hold_deliveries, release_deliveries
from posts.models import Delivery, Event, Hold

# What is under way when the time changes and turns out not to be up must not be sent again as it is.
NOT_OUT = (SCHEDULED, SENDING, PROCESSING, UNCONFIRMED, ATTENTION)


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


def hold_moved_posts_of(actor: Actor | None, event: Event, was: datetime) -> int:
    """The event has another time: hold what tells the old one, and tell people. Returns how many posts wait."""
    about = Delivery.objects.filter(post__event=event)
    detail = _("it was %(was)s, now it is %(now)s") % {"was": event.told(was), "now": event.told(event.starts_at)}
    replan_drafts_of(event)
    hold_deliveries(actor, about, "moved", detail, states=NOT_OUT)
    Hold.objects.filter(delivery__in=about, reason="moved").update(detail=detail[:300])
    waiting = about.filter(state=SCHEDULED, holds__reason="moved")
    for delivery in waiting.select_related("post__event"):
        Delivery.objects.filter(pk=delivery.pk, state=SCHEDULED).update(expires_at=expiry(delivery.post, delivery.due_at))
    n = waiting.values("post").distinct().count()
    if n:
        title = ngettext(
            "The time of “%(event)s” changed: %(n)s scheduled post waits for you.",
            "The time of “%(event)s” changed: %(n)s scheduled posts wait for you.", n,
        )  # fmt: skip
        notices.raise_notice(
            event.library_id, f"moved:{event.pk}", verb="post.schedule", tone="ask", path=f"/events/{event.pk}/",
            title=(title % {"event": event.title[:120], "n": n})[:200],
            text=_("Its calendar says: %(detail)s. Change what tells the old time, or release what is still right.") % {"detail": detail},
        )  # fmt: skip
    return n


def _changes(before: dict[str, Any], event: Event) -> dict[str, list[str]]:
    """What of title, place and times is another now: {name: [was, is]}; times as ISO 8601."""
    pairs = {name: (before[name], _tellable(event)[name]) for name in before}
    return {name: [was, now] for name, (was, now) in pairs.items() if was != now}


def _tellable(event: Event) -> dict[str, str]:
    place = ", ".join(dict.fromkeys(str(part) for part in (event.branch, event.place) if part))
    ends = event.ends_at.isoformat() if event.ends_at else ""
    return {"title": event.title, "place": place, "starts_at": event.starts_at.isoformat(), "ends_at": ends}


def keep_event(actor: Actor | None, library_id: int, source: str, fields: dict[str, Any]) -> tuple[Event, str]:
    """Create or update one event of a feed by (source, uid, occurrence).

    Returns it and new | changed | same | off (it was on) | moved (it begins at another time).
    """
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
        return event, _bring_up_to_date(actor, event, fields)


def _bring_up_to_date(actor: Actor | None, event: Event, fields: dict[str, Any]) -> str:
    was_on, was, before = event.may_be_announced, event.starts_at, _tellable(event)
    for name, value in fields.items():
        setattr(event, name, value)
    event.missed_polls = 0
    changes, moved = _changes(before, event), event.starts_at != was
    if changes:
        event.last_change = {"at": timezone.now().isoformat(), **changes}
    if moved:
        event.moved_at, event.moved_from = Now(), was  # the clock that versions are dated by
    event.save()
    event.refresh_from_db(fields=["moved_at"])
    audit.record.record(actor, Action.EVENT_CHANGED, event, source=event.source, listing=event.listing, changes=changes)
    if moved:
        hold_moved_posts_of(actor, event, was)
    if was_on and not event.may_be_announced:
        hold_posts_of(actor, event)
        return "off"
    return "moved" if moved else "changed"


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
