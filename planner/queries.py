"""What stands on which day: posts (one chip each, with their deliveries) and events (a quiet layer)."""

from __future__ import annotations

import zoneinfo
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Min, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.numbers import row_id
from libraries.models import Branch
from libraries.permissions import Actor
from planner import moving
from planner.month import Span, midnight
from platforms.models import Account
from posts import queries
from posts.models import Event, Post

FILTERS = ("platform", "branch", "campaign", "person", "state")
LONG = 4            # an event of more days than this is named once, not on every one of them


@dataclass
class Entry:
    """A post on its day. `fixed` says why it cannot be moved; "" where it can."""

    post: Post
    at: datetime
    words: str
    state: str
    networks: list[str]
    fixed: str
    thumb: int | None = None


@dataclass
class Happening:
    """An event on a day: `time` is local, None for whole days; `until` the last day of a long one."""

    event: Event
    time: datetime | None
    until: date | None = None

    @property
    def url(self) -> str:
        """The events pages stand beside these; notices use the same address."""
        return f"/events/{self.event.pk}/"

    @property
    def look(self) -> str:
        """A key of the table of looks."""
        return "cancelled" if self.event.state == "cancelled" else self.event.listing

    @property
    def is_off(self) -> bool:
        return not self.event.may_be_announced and self.event.listing != "closed"


@dataclass
class Day:
    date: date
    today: date
    in_month: bool = True
    entries: list[Entry] = field(default_factory=list)
    events: list[Happening] = field(default_factory=list)
    n_more: int = 0
    more: str = ""

    @property
    def is_past(self) -> bool:
        return self.date < self.today

    @property
    def is_today(self) -> bool:
        return self.date == self.today

    def fold(self, entries: int, events: int) -> None:
        """Show no more than so many of each; `n_more` and `more` say what the day's own page holds beside."""
        posts, happenings = max(0, len(self.entries) - entries), max(0, len(self.events) - events)
        self.n_more = posts + happenings
        if posts and happenings:
            self.more = _("+%(posts)s and %(events)s events") % {"posts": posts, "events": happenings}
        elif posts:
            self.more = _("+%(n)s more") % {"n": posts}
        else:
            self.more = ngettext("+%(n)s event", "+%(n)s events", happenings) % {"n": happenings}

    @property
    def is_bare(self) -> bool:
        return not (self.entries or self.events)


def days(actor: Actor, span: Span, asked: Mapping[str, str], now: datetime) -> list[Day]:
    """Every day of the span in the library's zone, filled as the filter asks. `events=off` leaves events out."""
    today = now.astimezone(actor.library.zone).date()
    made = {
        on: Day(on, today, in_month=span.month is None or (on.year, on.month) == (span.month.year, span.month.month))
        for on in span.days
    }
    for entry in entries(actor, span, asked, now):
        made[entry.at.date()].entries.append(entry)
    if asked.get("events") != "off":
        for on, happenings in happening(actor, span, asked).items():
            made[on].events = happenings
    return list(made.values())


def entries(actor: Actor, span: Span, asked: Mapping[str, str], now: datetime) -> list[Entry]:
    """The posts of a span in order of time, each once: at the time it is meant for, else when it went out."""
    zone = actor.library.zone
    posts = filtered(actor, asked).filter(pk__in=_in_window(actor, *span.between(zone)))
    posts = posts.annotate(first_at=Coalesce("planned_for", Min(Coalesce("deliveries__sent_at", "deliveries__due_at"))))
    found = sorted(posts, key=lambda post: (post.first_at, post.pk))
    platforms = dict(Account.objects.visible_to(actor).values_list("pk", "platform"))
    shown = [_entry(actor, post, zone, platforms, now) for post in found]
    return [entry for entry in shown if span.first <= entry.at.date() <= span.last]


def filtered(actor: Actor, asked: Mapping[str, str]) -> QuerySet[Post]:
    """The list of posts as its own filter has it, and of one branch where that is asked for."""
    posts = queries.listed(actor, asked)
    if (branch := row_id(asked.get("branch", ""))) is not None:
        posts = posts.filter(event__branch=branch)
    return posts


def _in_window(actor: Actor, begins: datetime, ends: datetime) -> QuerySet[Any]:
    """Ids of posts with a time in the window: planned, or without a plan due or sent then."""
    planned = Q(planned_for__gte=begins, planned_for__lt=ends)
    due = Q(planned_for=None, deliveries__due_at__gte=begins, deliveries__due_at__lt=ends)
    sent = Q(planned_for=None, deliveries__sent_at__gte=begins, deliveries__sent_at__lt=ends)
    return Post.objects.visible_to(actor).filter(planned | due | sent).values("pk")


def _entry(actor: Actor, post: Post, zone: zoneinfo.ZoneInfo, platforms: Mapping[int, str], now: datetime) -> Entry:
    content = post.working_copy.content
    sent_to = list(dict.fromkeys(delivery.platform for delivery in post.deliveries.all()))
    chosen = [platforms[pk] for pk in content.get("accounts", []) if pk in platforms]
    media = content.get("media") or []
    return Entry(
        post=post, at=post.first_at.astimezone(zone), words=words_of(post), state=queries.overall(post),
        networks=sent_to or sorted(set(chosen)), fixed=moving.fixed(actor, post, now),
        thumb=media[0]["asset"] if media else None,
    )  # fmt: skip


def words_of(post: Post) -> str:
    """The post's name, else its first line; "" for one that holds nothing yet."""
    lines = (post.title or post.working_copy.content.get("body", "")).strip().splitlines()
    return lines[0][:120] if lines else ""


def happening(actor: Actor, span: Span, asked: Mapping[str, str]) -> dict[date, list[Happening]]:
    """Events by local day. A long one stands on its first shown day alone, with the day it lasts until."""
    zone = actor.library.zone
    begins, ends = span.between(zone)
    events = Event.objects.visible_to(actor).filter(starts_at__lt=ends).exclude(listing="withdrawn")
    events = events.filter(Q(ends_at__gt=begins) | Q(ends_at=None, starts_at__gte=begins)).select_related("branch")
    if (branch := row_id(asked.get("branch", ""))) is not None:
        events = events.filter(Q(branch=branch) | Q(branch=None))
    found: dict[date, list[Happening]] = defaultdict(list)
    for event in events.order_by("starts_at", "pk"):
        for on, one in _on_days(event, span, zone):
            found[on].append(one)
    for on, those in found.items():
        those.sort(key=lambda one, on=on: (one.time is not None, one.time or midnight(on, zone)))
    return found


def _on_days(event: Event, span: Span, zone: zoneinfo.ZoneInfo) -> list[tuple[date, Happening]]:
    starts = event.starts_at.astimezone(zone)
    first = last = starts.date()
    if event.all_day and event.ends_at:
        last = max(first, (event.ends_at.astimezone(zone) - timedelta(seconds=1)).date())
    elif event.ends_at:
        last = event.ends_at.astimezone(zone).date()
        if (last - first).days <= 1:
            last = first        # an evening that ends after midnight is still one evening
    if (last - first).days >= LONG:
        on = max(first, span.first)
        return [(on, Happening(event, None if on > first or event.all_day else starts, until=last))]
    shown = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [
        (on, Happening(event, None if event.all_day or on > first else starts))
        for on in shown
        if span.first <= on <= span.last
    ]


def choices(actor: Actor) -> dict[str, Any]:
    """What the filters offer."""
    return {**queries.choices(actor), "branches": Branch.objects.filter(library=actor.library).order_by("name")}
