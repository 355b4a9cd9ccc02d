"""Feeds: look first, import after a person's yes, then keep reading."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

import audit.record
from audit.actions import Action
from core import remote
from core.errors import RemoteError
from libraries.models import Branch, Library
from libraries.permissions import Actor, Refused, require
from posts.actions import keep_event, miss_event
from posts.models import Event
from programs.models import Feed, Preview
from programs.parsing import ExternalEvent, NotACalendar, Parsed, parse

MAX_BYTES = 5 * 1024 * 1024
DEADLINE_S = 20.0
EVERY = timedelta(minutes=30)
HORIZON_DAYS = 120
PREVIEW_KEPT = timedelta(days=2)


@dataclass
class Outcome:
    """What one import did, by event title."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    off: list[str] = field(default_factory=list)
    same: int = 0
    withdrawn: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return len(self.new) + len(self.changed) + len(self.moved) + len(self.off) + self.same


def fetch_feed(url: str, *, etag: str = "", last_modified: str = "") -> remote.Fetched:
    """Read a feed from outside. Raises Refused in words for an address that is wrong, private, too big or silent."""
    headers = {"User-Agent": "LibrarySocial/1 (+event import)", "Accept": "text/calendar, application/rss+xml, */*;q=0.1"}
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    try:
        got = remote.fetch(url, max_bytes=MAX_BYTES, deadline=DEADLINE_S, headers=headers)
    except remote.PrivateAddress as error:
        raise Refused("private_address", _("That address leads inside this network, so it is not read. Use the calendar's public address.")) from error
    except remote.TooLarge as error:
        raise Refused("too_large", _("That file is larger than 5 MB. Ask for a feed with fewer months.")) from error
    except remote.BadAddress as error:
        raise Refused("bad_address", _("That is not a web address. It begins with https:// and names a calendar.")) from error
    except RemoteError as error:
        raise Refused("no_answer", _("The calendar's server did not answer. Try again later, or check the address in a browser.")) from error
    if got.status not in (200, 304):
        raise Refused("http_status", _("The calendar's server answered with status %(status)s instead of a calendar.") % {"status": got.status})
    return got


def parsed(library: Library, body: bytes, content_type: str, now: datetime | None = None) -> Parsed:
    """What a body holds. Raises Refused `not_a_calendar` in words."""
    try:
        return parse(
            body, content_type=content_type, zone=library.zone, now=now or timezone.now(), horizon_days=HORIZON_DAYS,
            branches=tuple(library.branches.values_list("name", flat=True)),
        )  # fmt: skip
    except NotACalendar as error:
        raise Refused("not_a_calendar", str(error)) from error


def make_preview(
    *, actor: Actor, url: str = "", name: str = "", file_name: str = "", body: bytes = b"", content_type: str = ""
) -> Preview:
    """Fetch (or take the upload) and parse; nothing is created in the calendar. Raises Refused."""
    require(actor, "feed.manage")
    if url:
        got = fetch_feed(url)
        body, content_type = got.body, got.headers.get("Content-Type", "")
    if len(body) > MAX_BYTES:
        raise Refused("too_large", _("That file is larger than 5 MB. Ask for a feed with fewer months."))
    result = parsed(actor.library, body, content_type)
    Preview.objects.filter(library=actor.library, created_at__lt=timezone.now() - PREVIEW_KEPT).delete()
    return Preview.objects.create(
        library=actor.library, url=url, body=body, content_type=content_type[:100], made_by=actor.user,
        name=(name or result.calendar_name or file_name or _("Events"))[:200],
        feed=Feed.objects.visible_to(actor).filter(url=url).first() if url else None,
    )  # fmt: skip


def confirm_preview(*, actor: Actor, preview: Preview, only: set[str] | None = None) -> tuple[Feed, Outcome]:
    """Import what was previewed. `only`: keys (uid|occurrence) of the new events to take; None takes all.

    What is not taken is left out of later readings too, until somebody ticks it. Events that are here already are
    always brought up to date: one that is called off must be able to hold its posts.
    """
    require(actor, "feed.manage", preview)
    body = bytes(preview.body)
    offered = {event_key(e) for e in parsed(preview.library, body, preview.content_type).events}
    taken = offered if only is None else offered & only
    with transaction.atomic():
        feed = feed_of(preview) or _feed_for(actor, preview)
        feed.left_out = sorted((set(feed.left_out) | offered) - taken - known_keys(feed).keys())
        Feed.objects.filter(pk=feed.pk).update(left_out=feed.left_out)
        outcome = import_body(actor, feed, body, preview.content_type)
        preview.delete()
    return feed, outcome


def discard_preview(*, actor: Actor, preview: Preview) -> None:
    """Nothing of it is wanted."""
    require(actor, "feed.manage", preview)
    preview.delete()


def switch_feed(*, actor: Actor, feed: Feed, on: bool) -> Feed:
    """Whether the feed is read again and again. Its events stay either way."""
    require(actor, "feed.manage", feed)
    if not feed.url:
        raise Refused("a_file", _("This was a file; there is no address to read again."))
    with transaction.atomic():
        Feed.objects.filter(pk=feed.pk).update(is_active=on, next_at=timezone.now() if on else None, failures=0)
        audit.record.record(actor, Action.FEED_CHANGED, feed, on=on)
    feed.refresh_from_db()
    return feed


def feed_of(preview: Preview) -> Feed | None:
    """The feed that a preview belongs to: of the same address, or for a file of the same name."""
    if preview.feed:
        return preview.feed
    known = Feed.objects.filter(library=preview.library_id)
    return (known.filter(url=preview.url) if preview.url else known.filter(url="", name=preview.name)).first()


def _feed_for(actor: Actor, preview: Preview) -> Feed:
    feed = Feed.objects.create(
        library=actor.library, name=preview.name, url=preview.url, tz=actor.library.tz, added_by=actor.user,
        next_at=timezone.now() + EVERY if preview.url else None,
    )  # fmt: skip
    audit.record.record(actor, Action.FEED_ADDED, feed, url=feed.url)
    return feed


def import_body(actor: Actor | None, feed: Feed, body: bytes, content_type: str) -> Outcome:
    """Bring the calendar's events up to date with one reading of a feed, but for what a person left out."""
    result = parsed(feed.library, body, content_type)
    outcome, seen, now = Outcome(), set(), timezone.now()
    branches, left_out = BranchFinder(feed.library), set(feed.left_out)
    for external in result.events:
        if event_key(external) in left_out:
            continue
        event, what = keep_event(actor, feed.library_id, feed.source, fields_of(external, branches, now))
        seen.add(event.pk)
        if what == "same":
            outcome.same += 1
        else:
            getattr(outcome, what).append(event.title)
    if feed.url and result.complete:  # a feed read in part says nothing about the rest
        outcome.withdrawn = _miss_others(feed, seen, now)
    Feed.objects.filter(pk=feed.pk).update(
        read_at=Now(), failures=0, health="", problems=[{"where": p.where, "text": p.text} for p in result.problems][:200]
    )
    return outcome


def _miss_others(feed: Feed, seen: set[int], now: datetime) -> list[str]:
    horizon = now + timedelta(days=HORIZON_DAYS - 1)
    rest = Event.objects.filter(
        library_id=feed.library_id, source=feed.source, starts_at__gte=now, starts_at__lte=horizon
    ).exclude(pk__in=seen).exclude(listing="withdrawn")  # fmt: skip
    return [event.title for event in rest if miss_event(event)]


def known_keys(feed: Feed) -> dict[str, Event]:
    """The events that came from this feed, by key."""
    rows = Event.objects.filter(library=feed.library_id, source=feed.source)
    return {f"{event.external_uid}|{event.occurrence}": event for event in rows}


def event_key(external: ExternalEvent) -> str:
    return f"{external.external_uid}|{external.occurrence}"


class BranchFinder:
    """Finds a library's branch by name or alias in what a feed says."""

    def __init__(self, library: Library) -> None:
        self.names = {
            name.casefold().strip(): branch
            for branch in Branch.objects.filter(library=library)
            for name in (branch.name, f"{branch.name} Branch", *branch.aliases)
        }

    def find(self, external: ExternalEvent) -> Branch | None:
        hits = {self.names[n.casefold().strip()] for n in external.branch_names if n.casefold().strip() in self.names}
        return hits.pop() if len(hits) == 1 else None


def fields_of(external: ExternalEvent, branches: BranchFinder, now: datetime) -> dict[str, Any]:
    """Columns of Event for one event of a feed."""
    ends = external.ends_at if external.ends_at and external.ends_at > external.starts_at else None
    return {
        "title": external.title[:300], "description": external.description, "starts_at": external.starts_at,
        "ends_at": ends, "all_day": external.all_day, "tz": external.tz, "branch": branches.find(external),
        "place": (external.room or ", ".join(external.branch_names))[:300],
        "audience": ", ".join(external.audiences)[:200], "categories": list(external.categories),
        "registration_url": external.registration_url[:500], "registration_required": external.registration_required,
        "url": external.url[:500], "listing": external.state, "external_uid": external.external_uid[:300],
        "occurrence": external.occurrence[:40], "content_hash": external.content_hash, "last_seen_at": now,
    }  # fmt: skip


def read_feed(feed: Feed) -> Outcome | None:
    """One scheduled reading. None where nothing was new or the feed could not be read (its health says why)."""
    try:
        got = fetch_feed(feed.url, etag=feed.etag, last_modified=feed.last_modified)
        outcome = None
        if got.status == 200:
            with transaction.atomic():
                outcome = import_body(None, feed, got.body, got.headers.get("Content-Type", ""))
        Feed.objects.filter(pk=feed.pk).update(
            etag=got.headers.get("ETag", "")[:300], last_modified=got.headers.get("Last-Modified", "")[:100],
            next_at=timezone.now() + EVERY, read_at=Now(), failures=0, health="",
        )  # fmt: skip
        return outcome
    except Refused as refused:
        wait = min(timedelta(hours=12), EVERY * 2 ** min(feed.failures, 5))
        Feed.objects.filter(pk=feed.pk).update(
            health=refused.text[:300], failures=feed.failures + 1, next_at=timezone.now() + wait
        )
        return None


