"""The one form every feed is brought to, whatever it was. Django-free, no network, no clock: `now` is given."""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from programs.parsing import places, prose, times, titles

BYTES_MAX = 5 * 1024 * 1024
EVENTS_MAX = 2000           # occurrences a source may bring; a large system has about 500 in four months
TITLE_MAX, UID_MAX, URL_MAX, LABELS_MAX = 300, 255, 500, 40


class NotACalendar(ValueError):
    """Nothing in it can be read as events. `code` is stable; `text` is for the person who gave the address or file.

    Codes: empty, too_large, web_page, json, binary, not_a_calendar, broken_xml, no_event_dates.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to look at. `where` names the line and the event; `dropped` says the event was left out altogether."""

    where: str
    text: str
    uid: str = ""
    dropped: bool = False


@dataclass(frozen=True, slots=True)
class ExternalEvent:
    """One event, or one occurrence of a repeating one, as the source tells it.

    `external_uid` and `occurrence` ("" or an ISO date or UTC time that stays when the occurrence is moved) identify it.
    `starts_at` and `ends_at` are aware, in the zone named by `tz`; all-day events also carry `starts_on` and `ends_on`
    (both included) and run from midnight to midnight. `state` is scheduled, cancelled, full, closed or postponed.
    `registration_required` is None where the source does not say. `content_hash` changes when anything a reader would
    notice does. Texts are plain text: no HTML, no control characters.
    """

    external_uid: str
    occurrence: str
    title: str
    state: str
    starts_at: datetime
    ends_at: datetime | None
    tz: str
    all_day: bool
    starts_on: date | None
    ends_on: date | None
    description: str
    branch_names: tuple[str, ...]
    room: str
    audiences: tuple[str, ...]
    categories: tuple[str, ...]
    registration_url: str
    registration_required: bool | None
    url: str
    image_url: str
    content_hash: str

    @property
    def runs_for_weeks(self) -> bool:
        """Longer than two weeks: a display or a season, not an evening."""
        return self.ends_at is not None and self.ends_at - self.starts_at > times.WEEKS


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one reading of a feed gave. `past` and `later` count events outside the time asked for.

    `complete` is False where the feed broke off, a cap was reached or an event could not be read: then an event that is
    missing from `events` may well still exist at the source and must not be taken for withdrawn.
    """

    calendar_name: str
    events: list[ExternalEvent]
    problems: list[Problem]
    complete: bool = True
    past: int = 0
    later: int = 0


@dataclass(slots=True)
class Raw:
    """One event as a feed told it, before anything was understood. Texts may hold HTML and stray blanks."""

    uid: str
    title: str
    start: date | datetime
    end: date | datetime | None = None
    occurrence: str = ""
    description: str = ""
    location: str = ""
    branch: str = ""
    audiences: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    registration_url: str = ""
    registration_required: bool | None = None
    url: str = ""
    image_url: str = ""
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """The time asked for: an event belongs when any part of it lies inside."""

    opens: datetime
    closes: datetime

    @classmethod
    def around(cls, now: datetime, horizon_days: int) -> Window:
        return cls(now - timedelta(days=1), now + timedelta(days=horizon_days))

    def side(self, event: ExternalEvent) -> int:
        """-1: over before it opens, 1: begins after it closes, 0: inside."""
        if (event.ends_at or event.starts_at) < self.opens:
            return -1
        return 1 if event.starts_at > self.closes else 0


def understood(raw: Raw, zone: ZoneInfo, known: Iterable[str] = ()) -> tuple[ExternalEvent, list[str]]:
    """The normal form of `raw`, and in words what a person should look at. Raises times.Unreadable.

    `known` are names of the library's branches, which help to tell a branch from a room.
    """
    known = tuple(known)
    at = times.span(raw.start, raw.end, zone)
    title = titles.read_title(prose.one_line(raw.title), known)
    description = prose.plain_text(raw.description)
    branches, room = places.split_place(prose.one_line(raw.location), known)
    if raw.branch:
        named, _ = places.split_place(prose.one_line(raw.branch), known)
        branches, room = named, places.without_branch(prose.one_line(raw.location), named)
    required, address = prose.registration(description)
    facts = {
        "title": title.text[:TITLE_MAX] or "Untitled event",
        "state": "cancelled" if raw.cancelled else title.state,
        "starts_at": at.starts_at, "ends_at": at.ends_at, "tz": zone.key,
        "all_day": at.all_day, "starts_on": at.starts_on, "ends_on": at.ends_on,
        "description": description,
        "branch_names": branches or title.branches, "room": room,
        "audiences": labels(raw.audiences) or title.ages, "categories": labels(raw.categories),
        "registration_url": prose.address(raw.registration_url) or address,
        "registration_required": required if raw.registration_required is None else raw.registration_required,
        "url": prose.address(raw.url), "image_url": prose.address(raw.image_url),
    }  # fmt: skip
    event = ExternalEvent(
        external_uid=prose.one_line(raw.uid)[:UID_MAX], occurrence=raw.occurrence, content_hash=hashed(facts), **facts
    )
    return event, list(at.notes) if title.text else [*at.notes, "It has no title."]


def hashed(facts: dict) -> str:
    """SHA-256 over what a reader would notice. Revision stamps stay out: LibCal's DTSTAMP is the event's own date."""
    told = json.dumps(facts, sort_keys=True, default=_as_text, ensure_ascii=True)
    return hashlib.sha256(told.encode()).hexdigest()


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def labels(values: Iterable[str]) -> tuple[str, ...]:
    """Names of audiences or categories: split at commas, trimmed, each once; "A>B" becomes "A > B"."""
    found: dict[str, str] = {}
    for value in values:
        for piece in value.split(","):
            name = re.sub(r"\s*>\s*", " > ", prose.one_line(html.unescape(piece))).strip(" >")[:100]
            if name:
                found.setdefault(name.casefold(), name)
    return tuple(found.values())[:LABELS_MAX]
