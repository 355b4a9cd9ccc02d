"""What the page of a campaign shows: its weeks, what is missing, and how it did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from libraries.permissions import Actor
from posts.models import Campaign, Delivery, Event, FigureSnapshot, Post, TrackedLink

WEEKS_MOST = 60
# name in words -> how many of it there are beneath these deliveries; apps above us register theirs
figures: dict[str, Callable[[Actor, list[int]], int]] = {}


@dataclass(frozen=True)
class Item:
    """A post or an event on one day."""

    kind: str
    thing: Post | Event
    at: datetime
    tz: str


@dataclass
class Day:
    on: date
    inside: bool
    items: list[Item] = field(default_factory=list)


@dataclass
class Week:
    """Seven days from Monday. `empty`: a week within the campaign in which nothing is said."""

    days: list[Day]
    empty: bool = False

    @property
    def first(self) -> date:
        return self.days[0].on

    @property
    def last(self) -> date:
        return self.days[-1].on


@dataclass(frozen=True)
class Missing:
    """Something to do, with where to do it."""

    text: str
    url: str
    act: str
    on: date | None = None


@dataclass(frozen=True)
class Plan:
    posts: list[Post]
    events: list[Event]
    weeks: list[Week]
    undated: list[Post]
    missing: list[Missing]
    cut: bool


def plan(actor: Actor, campaign: Campaign, now: datetime) -> Plan:
    """Everything of one campaign in the library's present mode."""
    mine = Post.objects.visible_to(actor).filter(campaign=campaign, realm=actor.library.mode).exclude(state="archived")
    posts = list(mine.with_progress().select_related("working_copy", "library", "author").order_by("planned_for", "pk")[:1000])
    events = list(Event.objects.visible_to(actor).filter(campaign=campaign).order_by("starts_at", "pk")[:1000])
    items = [Item("post", p, p.planned_for, p.zone.key) for p in posts if p.planned_for]
    items += [Item("event", e, e.starts_at, e.tz) for e in events]
    weeks, cut = _weeks(campaign, items)
    return Plan(posts, events, weeks, [p for p in posts if not p.planned_for], _missing(campaign, posts, events, weeks, now), cut)


def _on(item: Item) -> date:
    return item.at.astimezone(item.thing.zone).date()


def _weeks(campaign: Campaign, items: Sequence[Item]) -> tuple[list[Week], bool]:
    days = [_on(item) for item in items] + [day for day in (campaign.starts_on, campaign.ends_on) if day]
    if not days:
        return [], False
    begin, last = min(days), max(days)
    monday = begin - timedelta(days=begin.weekday())
    weeks: list[Week] = []
    starts, ends = campaign.starts_on or begin, campaign.ends_on or last
    by_day: dict[date, list[Item]] = {}
    for item in sorted(items, key=lambda item: item.at):
        by_day.setdefault(_on(item), []).append(item)
    while monday <= last and len(weeks) < WEEKS_MOST:
        row = [monday + timedelta(days=n) for n in range(7)]
        week = Week([Day(on, starts <= on <= ends, by_day.get(on, [])) for on in row])
        said = any(item.kind == "post" for day in week.days for item in day.items)
        week.empty = not said and any(day.inside for day in week.days)
        weeks.append(week)
        monday += timedelta(days=7)
    return weeks, monday <= last


def _missing(
    campaign: Campaign, posts: list[Post], events: list[Event], weeks: list[Week], now: datetime
) -> list[Missing]:
    """In the order in which it hurts: late approvals, posts that are not whole, events and weeks without a word."""
    found = []
    for post in posts:
        edit, page = reverse("posts:edit", args=[post.pk]), reverse("posts:post", args=[post.pk])
        if post.planned_for and post.planned_for < now and post.state != "approved":
            found.append(Missing(_("“%(post)s” is past its time and was not approved.") % {"post": post}, page, _("Look at it")))
        if post.n_all:
            continue
        content = post.working_copy.content
        if not content.get("body", "").strip():
            found.append(Missing(_("“%(post)s” has no words yet.") % {"post": post}, edit, _("Write")))
        if not content.get("media"):
            found.append(Missing(_("“%(post)s” has no picture.") % {"post": post}, edit, _("Add one")))
        if not post.planned_for:
            found.append(Missing(_("“%(post)s” has no time yet.") % {"post": post}, edit, _("Choose one")))
    told = {post.event_id for post in posts}
    new = f"{reverse('posts:new')}?campaign={campaign.pk}"
    found += [
        Missing(_("No post tells of “%(event)s”.") % {"event": event}, f"{new}&event={event.pk}", _("Write one"))
        for event in events
        if event.pk not in told and event.starts_at > now and event.may_be_announced
    ]
    today = now.astimezone(campaign.library.zone).date()
    return found + [
        Missing(_("Nothing is said in the week of"), new, _("Write a post"), week.first)
        for week in weeks
        if week.empty and week.last >= today
    ]


@dataclass(frozen=True)
class Report:
    """What was sent, by network, and how it did. A figure that no network told is not among `figures`."""

    networks: list[dict[str, Any]]
    sent: int
    figures: list[tuple[str, int]]
    read_at: datetime | None


def report(actor: Actor, campaign: Campaign) -> Report:
    """Counted over everything of the campaign that is out, archived posts too."""
    rows = Delivery.objects.filter(library=actor.library, post__campaign=campaign, realm=actor.library.mode)
    by_network = rows.values("account__platform").annotate(
        sent=Count("pk", filter=Q(state="sent")), waiting=Count("pk", filter=Q(state="scheduled")),
        trouble=Count("pk", filter=Q(state__in=["unconfirmed", "attention", "failed", "expired"])),
    ).order_by("account__platform")  # fmt: skip
    networks = [{**row, "platform": row["account__platform"]} for row in by_network]
    out = list(rows.filter(state="sent").values_list("pk", flat=True))
    visits = TrackedLink.objects.filter(delivery__in=out).aggregate(n=Sum("visits"))["n"]
    found: list[tuple[str, int]] = [(_("Visits by our short links"), visits)] if visits is not None else []
    found += [(str(name), count(actor, out)) for name, count in figures.items()] if out else []
    told, read_at = _told(out)
    return Report(networks, len(out), found + told, read_at)


def _told(out: list[int]) -> tuple[list[tuple[str, int]], datetime | None]:
    """The newest figures of each delivery, added up, as the networks tell them."""
    newest = FigureSnapshot.objects.filter(delivery__in=out).order_by("delivery", "-day").distinct("delivery")
    rows = FigureSnapshot.objects.filter(pk__in=newest.values("pk"))
    sums = rows.aggregate(likes=Sum("likes"), shares=Sum("shares"), reach=Sum("reach"), at=Max("read_at"))
    names = {"likes": _("Likes"), "shares": _("Shared"), "reach": _("Reached")}
    return [(word, sums[name]) for name, word in names.items() if sums[name] is not None], sums["at"]
