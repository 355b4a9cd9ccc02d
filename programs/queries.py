"""Reads of events: a month of them with filters, and what is said about one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from core.dispatch import SENT
from core.numbers import row_id
from libraries.models import Branch
from libraries.permissions import Actor
from posts import queries
from posts.models import Delivery, Event, Post
from programs.models import Feed

STATES = {
    "on": _("Take place"),
    "unposted": _("No post yet"),
    "full": _("Full"),
    "off": _("Off, closed or gone"),
}
CHANGED = {"starts_at": _("It begins"), "ends_at": _("It ends"), "title": _("Its name"), "place": _("Its place")}
OFF = Q(state="cancelled") | Q(listing__in=["cancelled", "closed", "postponed", "withdrawn"])


def state_of(event: Event) -> str:
    """One word for an event; a key of the table of looks."""
    if event.state == "cancelled":
        return "cancelled"
    return event.state if event.listing == "scheduled" else event.listing


def of_time(actor: Actor, begins: datetime, ends: datetime, asked: Mapping[str, str]) -> QuerySet[Event]:
    """Events that begin in the window, as the filter asks: branch, state, source, q; with `n_posts` about each."""
    events = filtered(Event.objects.visible_to(actor).filter(starts_at__gte=begins, starts_at__lt=ends), asked)
    mine = Q(posts__realm=actor.library.mode) & ~Q(posts__state="archived")
    events = events.annotate(n_posts=Count("posts", filter=mine))
    if asked.get("state") == "unposted":
        events = events.exclude(OFF).filter(n_posts=0)
    return events.select_related("branch").order_by("starts_at", "pk")


def filtered(events: QuerySet[Event], asked: Mapping[str, str]) -> QuerySet[Event]:
    if (branch := row_id(asked.get("branch", ""))) is not None:
        events = events.filter(branch=branch)
    if (source := row_id(asked.get("source", ""))) is not None:
        events = events.filter(source=f"feed:{source}")
    if words := asked.get("q", "").strip():
        events = events.filter(Q(title__icontains=words) | Q(place__icontains=words) | Q(description__icontains=words))
    state = asked.get("state", "")
    if state == "on":
        return events.exclude(OFF)
    if state == "off":
        return events.filter(OFF)
    return events.filter(listing="full").exclude(state="cancelled") if state == "full" else events


def by_day(events: QuerySet[Event], actor: Actor) -> list[tuple[date, list[Event]]]:
    """In order, each with its local start and its state in a word."""
    days: dict[date, list[Event]] = {}
    for event in events:
        event.begins, event.shown_state = event.starts_at.astimezone(actor.library.zone), state_of(event)
        days.setdefault(event.begins.date(), []).append(event)
    return list(days.items())


def posts_about(actor: Actor, event: Event) -> list[Post]:
    """The posts of the present mode, each with its word."""
    posts = Post.objects.visible_to(actor).filter(event=event, realm=actor.library.mode).with_progress()
    posts = posts.annotate(n_down=queries.N_DOWN).select_related("author", "library", "working_copy")
    found = list(posts.prefetch_related(Prefetch("deliveries", Delivery.objects.order_by("platform", "pk"))).order_by("planned_for", "pk"))
    for post in found:
        post.overall = queries.overall(post)
        post.nets = list(dict.fromkeys(delivery.platform for delivery in post.deliveries.all()))
        post.words = post.title or post.working_copy.content.get("body", "")[:120]
    return found


def told_before(event: Event, posts: list[Post]) -> list[Post]:
    """Those of `posts_about` that are out, and went out before the event was given its present time."""
    if event.moved_at is None:
        return []
    sent = Delivery.objects.filter(post__event=event, state=SENT, sent_at__lt=event.moved_at)
    pks = set(sent.exclude(takedown__state=SENT).values_list("post_id", flat=True))
    return [post for post in posts if post.pk in pks]


@dataclass(frozen=True)
class Change:
    """One thing that the event's calendar changed, in words."""

    name: str
    was: str
    now: str


def changes_of(event: Event) -> list[Change]:
    """What the calendar changed the last time it changed the title, the place or a time."""
    kept = event.last_change or {}
    return [
        Change(str(name), _as_said(event, key, kept[key][0]), _as_said(event, key, kept[key][1]))
        for key, name in CHANGED.items() if key in kept
    ]  # fmt: skip


def _as_said(event: Event, key: str, value: str) -> str:
    moment = parse_datetime(value) if key.endswith("_at") and value else None
    return event.told(moment) if moment else value or str(_("not given"))


def choices(actor: Actor) -> dict[str, Any]:
    """What the filters offer."""
    return {
        "states": STATES, "branches": Branch.objects.filter(library=actor.library).order_by("name"),
        "feeds": Feed.objects.visible_to(actor).order_by("name", "pk"),
    }  # fmt: skip
