"""What stands on which day: posts (one chip each, with their deliveries) and events (a quiet layer)."""

from __future__ import annotations

import zoneinfo
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import F, Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Left
from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.numbers import row_id
from libraries.permissions import Actor
from planner import almanac, moving, placing
from planner.almanac import Notable
from planner.kept import Kept
from planner.month import Span, midnight
from planner.placing import Placed, Totals
from platforms.models import Account
from posts import glance, queries
from posts.models import Event, OutsidePost, Post
from posts.queries_slots import FreeSlot, free_slots

FILTERS = ("platform", "account", "branch", "campaign", "person", "state")
EVENT = ("title", "starts_at", "ends_at", "all_day", "state", "listing", "place", "library")
HANDS = 500
LONG = 4  # an event of more days than this is named once, not on every one of them


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
    notables: list[Notable] = field(default_factory=list)
    slots: list[FreeSlot] = field(default_factory=list)
    by_hand: list[OutsidePost] = field(default_factory=list)
    n_entries: int = 0
    n_more: int = 0
    more: str = ""

    @property
    def iso(self) -> str:
        return self.date.isoformat()

    @cached_property
    def told(self) -> str:
        """As people say it, without the year."""
        return dateformat.format(self.date, "l j F")

    @property
    def is_past(self) -> bool:
        return self.date < self.today

    @property
    def is_today(self) -> bool:
        return self.date == self.today

    def fold(self, entries: int, events: int) -> None:
        """Show no more than so many of each; `n_more` and `more` say what the day's own page holds beside."""
        posts, happenings = max(0, max(self.n_entries, len(self.entries)) - entries), max(0, len(self.events) - events)
        others = max(0, len(self.notables) - events) + max(0, len(self.by_hand) - events)
        self.n_more = posts + happenings + others
        if others and (posts or happenings):
            self.more = _("+%(n)s more") % {"n": self.n_more}
        elif posts and happenings:
            self.more = _("+%(posts)s and %(events)s events") % {"posts": posts, "events": happenings}
        elif happenings:
            self.more = ngettext("+%(n)s event", "+%(n)s events", happenings) % {"n": happenings}
        else:
            self.more = _("+%(n)s more") % {"n": self.n_more}

    @property
    def is_bare(self) -> bool:
        return not (self.entries or self.events or self.notables or self.by_hand)


@dataclass
class Shown:
    """The days of a page, what is on them in all, and where to go on reading ("" where everything is shown)."""

    days: list[Day]
    totals: Totals
    later: str = ""
    long: list[Notable] = field(default_factory=list)


def days(actor: Actor, span: Span, asked: Mapping[str, str], now: datetime, **limits: Any) -> list[Day]:
    """Every day of the span in the library's zone, filled as the filter asks. `events=off` leaves events out."""
    return shown(actor, span, asked, now, **limits).days


def shown(
    actor: Actor,
    span: Span,
    asked: Mapping[str, str],
    now: datetime,
    *,
    kept: Kept | None = None,
    platforms: Mapping[int, str] | None = None,
    **limits: Any,
) -> Shown:
    """The same with its totals. Layers: `events=off`, `almanac=off`, `slots=on`; the almanac needs `kept`. `platforms`
    are those of all accounts, where the caller knows them. `limits` are those of `placing.place`."""
    today = now.astimezone(actor.library.zone).date()
    made = {
        on: Day(on, today, in_month=span.month is None or (on.year, on.month) == (span.month.year, span.month.month))
        for on in span.days
    }
    placed = placing.place(actor, queries.matching(actor, asked), span, **limits)
    for place in placed.places:
        made[place.day].n_entries = place.n
    for entry in _entries(actor, placed, platforms, now):
        made[entry.at.date()].entries.append(entry)
    if asked.get("events") != "off":
        for on, happenings in happening(actor, span, asked).items():
            made[on].events = happenings
    for post in by_hand(actor, span, asked):
        made[post.at.astimezone(actor.library.zone).date()].by_hand.append(post)
    if asked.get("slots") == "on":
        for slot in _free(actor, span, asked, now):
            made[slot.at.astimezone(actor.library.zone).date()].slots.append(slot)
    long: list[Notable] = []
    if kept is not None and asked.get("almanac") != "off":
        by_day, long = almanac.notable(kept, span, actor.library.tz)
        for on, those in by_day.items():
            made[on].notables = those
    return Shown(list(made.values()), placed.totals, placed.later, long)


def by_hand(actor: Actor, span: Span, asked: Mapping[str, str]) -> list[OutsidePost]:
    """Posts that somebody made on the networks themselves, HANDS at most: nobody here wrote, planned or filed them."""
    if any(asked.get(name) for name in ("person", "campaign", "branch")) or asked.get("state", "sent") not in (
        "",
        "sent",
    ):
        return []
    begins, ends = span.between(actor.library.zone)
    posts = OutsidePost.objects.visible_to(actor).filter(realm=actor.library.mode, at__gte=begins, at__lt=ends)
    if platform := asked.get("platform"):
        posts = posts.filter(platform=platform)
    if (account := row_id(asked.get("account", ""))) is not None:
        posts = posts.filter(account=account)
    return list(posts.order_by("at", "pk")[:HANDS])


def _free(actor: Actor, span: Span, asked: Mapping[str, str], now: datetime) -> list[FreeSlot]:
    """The slots of the span that nothing stands in, of the accounts the filter asks for."""
    begins, ends = span.between(actor.library.zone)
    slots = free_slots(actor, max(begins, now), ends) if ends > now else []
    account, platform = row_id(asked.get("account", "")), asked.get("platform")
    return [
        slot
        for slot in slots
        if account in (None, slot.account.pk) and (not platform or slot.account.platform == platform)
    ]


def _entries(actor: Actor, placed: Placed, platforms: Mapping[int, str] | None, now: datetime) -> list[Entry]:
    """The posts of those places in order of time, by two statements however many."""
    if not placed.places:
        return []
    zone = actor.library.zone
    posts = Post.objects.visible_to(actor).filter(pk__in=[place.pk for place in placed.places])
    posts = posts.only("library", "realm", "author", "title", "state").order_by().annotate(
        body=Left(KeyTextTransform("body", "working_copy__content"), 400), chosen=F("working_copy__content__accounts"),
        first_media=F("working_copy__content__media__0__asset"),
    )  # fmt: skip
    by_pk = {post.pk: post for post in glance.look(posts)}
    if platforms is None:
        platforms = dict(Account.objects.visible_to(actor).values_list("pk", "platform"))
    return [_entry(actor, by_pk[place.pk], place.at.astimezone(zone), platforms, now) for place in placed.places]


def _entry(actor: Actor, post: Post, at: datetime, platforms: Mapping[int, str], now: datetime) -> Entry:
    chosen = [platforms[pk] for pk in post.chosen or [] if pk in platforms]
    return Entry(
        post=post, at=at, words=words_of(post), state=queries.overall(post), networks=post.nets or sorted(set(chosen)),
        fixed=moving.fixed(actor, post, post.states, now), thumb=post.first_media,
    )  # fmt: skip


def words_of(post: Post) -> str:
    """The post's name, else its first line; "" for one that holds nothing yet."""
    body = post.body if hasattr(post, "body") else post.working_copy.content.get("body", "")
    lines = (post.title or body or "").strip().splitlines()
    return lines[0][:120] if lines else ""


def happening(actor: Actor, span: Span, asked: Mapping[str, str]) -> dict[date, list[Happening]]:
    """Events by local day. A long one stands on its first shown day alone, with the day it lasts until."""
    zone = actor.library.zone
    begins, ends = span.between(zone)
    events = Event.objects.visible_to(actor).filter(starts_at__lt=ends).exclude(listing="withdrawn").only(*EVENT)
    events = events.filter(Q(ends_at__gt=begins) | Q(ends_at=None, starts_at__gte=begins)).annotate(branch_name=F("branch__name"))
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
            last = first  # an evening that ends after midnight is still one evening
    if (last - first).days >= LONG:
        on = max(first, span.first)
        return [(on, Happening(event, None if on > first or event.all_day else starts, until=last))]
    shown = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [
        (on, Happening(event, None if event.all_day or on > first else starts))
        for on in shown
        if span.first <= on <= span.last
    ]
