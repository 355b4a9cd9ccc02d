"""A view as iCalendar (RFC 5545), for the calendars of people and offices: times, names and states, never whole texts."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models.functions import Now
from django.http import QueryDict
from django.urls import reverse
from icalendar import Calendar, Event

from libraries.models import Membership
from libraries.permissions import Actor
from libraries.templatetags.ui import state_word
from planner import queries
from planner.models import FeedAddress, SavedView
from planner.month import Span

BACK, AHEAD, MOST = timedelta(days=60), timedelta(days=365), 2000
LENGTH = timedelta(minutes=15)  # a post takes no time, and an event without length is invisible in many calendars


def reader_of(secret: str) -> tuple[FeedAddress, Actor] | None:
    """The open address of a secret, and whose eyes it reads with: it ends when who opened it leaves."""
    found = FeedAddress.objects.filter(digest=FeedAddress.digest_of(secret), revoked_at=None).select_related(
        "view", "made_by", "library"
    )
    held = found.first()
    if held is None or not held.made_by.is_active:
        return None
    membership = Membership.objects.filter(user=held.made_by, library=held.library, is_active=True).first()
    if membership is None:
        return None
    actor = Actor(user=held.made_by, membership=membership, library=held.library)
    return (held, actor) if actor.may("post.read") else None


def note_read(held: FeedAddress) -> None:
    """When it was last read, for whoever asks whether anybody still does."""
    FeedAddress.objects.filter(pk=held.pk).update(read_at=Now())


def written(actor: Actor, view: SavedView, now: datetime, public_url: str) -> bytes:
    """The calendar's text: what is planned, due or out from BACK to AHEAD of now, MOST posts at most."""
    zone = actor.library.zone
    calendar = Calendar()
    calendar.add("prodid", "-//Library Social//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"{actor.library} · {view.name}")
    calendar.add("x-wr-timezone", zone.key)
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    span = Span((now - BACK).astimezone(zone).date(), (now + AHEAD).astimezone(zone).date())
    asked = {**QueryDict(view.query).dict(), "events": "off", "slots": "off"}
    for day in queries.days(actor, span, asked, now, limit=MOST):
        for entry in day.entries:
            calendar.add_component(_event(entry, public_url))
    calendar.add_missing_timezones()
    return calendar.to_ical()


def _event(entry: queries.Entry, public_url: str) -> Event:
    event, post = Event(), entry.post
    event.add("uid", f"post-{post.pk}@library-social")
    event.add("dtstamp", post.updated_at)
    event.add("last-modified", post.updated_at)
    event.add("dtstart", entry.at)
    event.add("dtend", entry.at + LENGTH)
    word = state_word(entry.state)
    event.add("summary", f"{entry.words or post} ({word})")
    event.add("categories", [word, *entry.networks])
    event.add(
        "status",
        "CONFIRMED" if entry.state in ("scheduled", "sending", "published", "partly_published") else "TENTATIVE",
    )
    event.add("transp", "TRANSPARENT")
    event.add("url", f"{public_url.rstrip('/')}{reverse('posts:post', args=[post.pk])}")
    return event
