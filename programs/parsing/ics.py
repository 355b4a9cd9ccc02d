"""iCalendar feeds (RFC 5545) as library systems really send them.

One broken line must not cost a library its calendar: the file is read whole where that works and event by event where
it does not, and each event that had to be left out is told by its line.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar
from icalendar.cal import Component

from programs.parsing import recurring, zones_of_files
from programs.parsing.collecting import Collector
from programs.parsing.decoding import decoded, refuse_size
from programs.parsing.normal import NotACalendar, Parsed, Raw, Window
from programs.parsing.times import Unreadable

BLOCKS_MAX = 5000
PARTS_MAX = 100             # alarms and the like inside one event
SECONDS_MAX = 20.0          # for unrolling repeating events; a rule that never comes true can search for seconds
# Tockify sends REFRESH-INTERVAL:P15M, which is no duration, and icalendar then refuses the whole file.
_HINTS = re.compile(
    r"^(?:REFRESH-INTERVAL|X-PUBLISHED-TTL)\b[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*", re.MULTILINE | re.IGNORECASE
)


@dataclass(slots=True)
class Block:
    """The lines of one VEVENT; `line` is the number of its BEGIN, counted from 1."""

    line: int
    lines: list[str] = field(default_factory=list)
    whole: bool = False

    def value(self, name: str) -> str:
        """The raw value of a property, for telling people which event is meant when it cannot be read."""
        for line in self.lines:
            if re.match(rf"{name}[;:]", line, re.IGNORECASE):
                return line.split(":", 1)[-1].replace("\\,", ",").strip()[:100]
        return ""

    @property
    def where(self) -> str:
        name = self.value("SUMMARY") or self.value("UID")
        return f"line {self.line}" + (f": “{name}”" if name else "")


def parse_ics(
    data: bytes, *, zone: ZoneInfo, now: datetime, horizon_days: int = 120, branches: tuple[str, ...] = (),
    seconds_max: float = SECONDS_MAX,
) -> Parsed:  # fmt: skip
    """Events from a day ago to `horizon_days` ahead of `now` (aware). Raises NotACalendar and nothing else.

    Times without a zone, and the days of all-day events, are those of `zone`, the library's own: X-WR-TIMEZONE is often
    only the vendor's default. `branches` are known branch names.
    """
    refuse_size(data)
    text, odd = decoded(data)
    if not re.search(r"^BEGIN:VCALENDAR\s*$", text[:100_000], re.MULTILINE | re.IGNORECASE):
        raise NotACalendar("not_a_calendar", "This is not a calendar file: the line BEGIN:VCALENDAR is missing.")
    found = Collector(zone, Window.around(now, horizon_days), branches)
    found.problems += odd
    lines = _HINTS.sub(lambda hint: "\n" * hint[0].count("\n"), text).splitlines()
    blocks, frame = _split(lines)
    _report_outside(found, lines, blocks)
    read = list(_components(blocks[:BLOCKS_MAX], frame, found))
    _collect(read, found, time.monotonic() + seconds_max)
    return found.parsed(_calendar_name(frame))


def _split(lines: list[str]) -> tuple[list[Block], list[str]]:
    """The VEVENT blocks, and the lines around them."""
    blocks: list[Block] = []
    frame: list[str] = []
    current: Block | None = None
    for number, line in enumerate(lines, 1):
        mark = line.strip().upper()
        if mark == "BEGIN:VEVENT":
            current = Block(number)
            blocks.append(current)
        if current is None:
            frame.append(line)
            continue
        if mark == "END:VCALENDAR":
            current = None
            frame.append(line)
            continue
        current.lines.append(line)
        if mark == "END:VEVENT":
            current.whole, current = True, None
    return blocks, frame


def _report_outside(found: Collector, lines: list[str], blocks: list[Block]) -> None:
    """What is wrong with the file as a whole."""
    last = next((line.strip().upper() for line in reversed(lines) if line.strip()), "")
    if last != "END:VCALENDAR":
        found.problem(f"line {len(lines)}", "The calendar breaks off here; what came before it was read.")
        found.complete = False
    for block in blocks:
        if not block.whole:
            found.dropped(block.where, "It has no end (END:VEVENT is missing).", block.value("UID"))
    if len(blocks) > BLOCKS_MAX:
        found.problem(
            blocks[BLOCKS_MAX].where, f"Only the first {BLOCKS_MAX:,} of {len(blocks):,} events were read. "
            "Ask for a feed with fewer months.",
        )
        found.complete = False


def _components(blocks: list[Block], frame: list[str], found: Collector) -> Iterator[tuple[Block, Component]]:
    """Each block with what icalendar makes of it: all at once, or one by one where the whole is refused."""
    good = [block for block in blocks if block.whole and not _overloaded(block, found)]
    together = zones_of_files.tamed([*_inside(frame), *(line for block in good for line in block.lines), "END:VCALENDAR"])
    try:
        read = Calendar.from_ical(together).walk("VEVENT")
    except Exception:  # icalendar raises ValueError and, on odd input, much else
        read = []
    if len(read) == len(good):
        yield from zip(good, read, strict=True)
        return
    zones = _zones(frame)
    for block in good:
        try:
            text = zones_of_files.tamed(["BEGIN:VCALENDAR", *zones, *block.lines, "END:VCALENDAR"])
            (component,) = Calendar.from_ical(text).walk("VEVENT")
        except Exception as error:  # as above
            found.dropped(block.where, f"It cannot be read ({_reason(error)}).", block.value("UID"))
        else:
            yield block, component


def _overloaded(block: Block, found: Collector) -> bool:
    """An event with hundreds of parts inside is made to hang its reader."""
    parts = sum(line.lstrip()[:6].upper() == "BEGIN:" for line in block.lines) - 1
    if parts > PARTS_MAX:
        found.dropped(block.where, f"It was left out: it holds {parts:,} parts.", block.value("UID"))
    return parts > PARTS_MAX


def _inside(frame: list[str]) -> list[str]:
    """The frame without its END:VCALENDAR lines and without any second calendar's head."""
    kept = [line for line in frame if line.strip().upper() not in ("END:VCALENDAR", "BEGIN:VCALENDAR")]
    return ["BEGIN:VCALENDAR", *kept]


def _zones(frame: list[str]) -> list[str]:
    """The VTIMEZONE lines, if icalendar can read them at all."""
    zones, inside = [], False
    for line in frame:
        mark = line.strip().upper()
        inside = inside or mark == "BEGIN:VTIMEZONE"
        if inside:
            zones.append(line)
        if mark == "END:VTIMEZONE":
            inside = False
    try:
        Calendar.from_ical(zones_of_files.tamed(["BEGIN:VCALENDAR", *zones, "END:VCALENDAR"]))
    except Exception:  # as above
        return []
    return zones


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__


def _calendar_name(frame: list[str]) -> str:
    for line in frame:
        if re.match(r"X-WR-CALNAME[;:]", line, re.IGNORECASE):
            return line.split(":", 1)[-1].replace("\\,", ",").replace("\\;", ";").strip()[:200]
    return ""


def _collect(read: list[tuple[Block, Component]], found: Collector, until: float) -> None:
    """Single events as they stand; repeating ones unrolled, series by series."""
    groups: dict[str, list[tuple[Block, Component]]] = {}
    for block, component in read:
        groups.setdefault(_uid(component, block), []).append((block, component))
    for uid, group in groups.items():
        block = group[0][0]
        if not any(recurring.repeats(component) for _, component in group):
            _singles(uid, group, found)
        elif time.monotonic() > until:
            found.dropped(block.where, "There was no time left to work out its dates; ask for a smaller feed.", uid)
        else:
            _series(uid, group, found)


def _singles(uid: str, group: list[tuple[Block, Component]], found: Collector) -> None:
    """Several single events under one UID are told apart by their start; the same start twice is one event."""
    for block, component in group:
        try:
            start = recurring.moment(component, "DTSTART")
            if start is None:
                raise Unreadable("it has no start")
            occurrence = recurring.identity(start, found.zone) if len(group) > 1 else ""
            _add(uid, occurrence, block, component, found)
        except Unreadable as error:
            found.dropped(block.where, f"It was left out: {error}.", uid)


def _series(uid: str, group: list[tuple[Block, Component]], found: Collector) -> None:
    block = group[0][0]
    try:
        unrolled = recurring.unroll([component for _, component in group], found.window)
    except Unreadable as error:
        found.dropped(block.where, f"It was left out: {error}.", uid)
        return
    for component in unrolled:
        try:
            at = recurring.moment(component, "RECURRENCE-ID") or recurring.moment(component, "DTSTART")
            if at is None:
                raise Unreadable("it has no start")
            _add(uid, recurring.identity(at, found.zone), block, component, found)
        except Unreadable as error:
            found.dropped(block.where, f"One of its dates was left out: {error}.", uid)


def _add(uid: str, occurrence: str, block: Block, component: Component, found: Collector) -> None:
    end = recurring.end(component)
    raw = Raw(
        uid=uid, occurrence=occurrence, title=_text(component, "SUMMARY"),
        start=recurring.moment(component, "DTSTART"), end=end, description=_text(component, "DESCRIPTION"),
        location=_text(component, "LOCATION"), categories=_categories(component), url=_text(component, "URL"),
        registration_url=_trumba(component, "Registration URL"), image_url=_image(component),
        cancelled=_text(component, "STATUS").upper() == "CANCELLED",
    )  # fmt: skip
    if found.add(raw, block.where):
        for said in _remarks(component, raw, found.zone):
            found.note(block.where, said, uid)


def _remarks(component: Component, raw: Raw, zone: ZoneInfo) -> Iterator[str]:
    """What a person should know about this event beside its times."""
    broken = {name for name, _ in component.errors}
    if broken & {"DTEND", "DURATION"}:
        yield "Its end cannot be read; it is kept without one."
    if None in broken:
        yield "A line in it cannot be read and was left out."
    if _text(component, "CLASS").upper() in ("PRIVATE", "CONFIDENTIAL"):
        yield "It is marked as private in its calendar; ask before you announce it."
    named = getattr(component.get("DTSTART"), "params", {}).get("TZID", "")
    if named and isinstance(raw.start, datetime) and raw.start.tzinfo is None:
        yield f"Its time zone “{str(named)[:60]}” is unknown; the time was read as {zone.key}."


def _uid(component: Component, block: Block) -> str:
    """The UID, or where a calendar leaves it out one made from title and start, so that the next import finds it."""
    uid = _text(component, "UID").strip()
    return uid or f"none:{block.value('SUMMARY')}:{block.value('DTSTART')}"


def _text(component: Component, name: str) -> str:
    value: Any = component.get(name, "")
    value = value[0] if isinstance(value, list) and value else value
    return str(value)


def _categories(component: Component) -> list[str]:
    value: Any = component.get("CATEGORIES", [])
    found = []
    for each in value if isinstance(value, list) else [value]:
        found += [str(name) for name in getattr(each, "cats", None) or each] if not isinstance(each, str) else [each]
    return found


def _trumba(component: Component, field_name: str) -> str:
    """Trumba's extra fields: X-TRUMBA-CUSTOMFIELD;NAME="Registration URL":https://…"""
    value: Any = component.get("X-TRUMBA-CUSTOMFIELD", [])
    for each in value if isinstance(value, list) else [value]:
        if str(getattr(each, "params", {}).get("NAME", "")).casefold() == field_name.casefold():
            return str(each)
    return ""


def _image(component: Component) -> str:
    """Tockify's own field, else an attachment that says it is a picture."""
    if featured := _text(component, "X-TKF-FEATURED-IMAGE"):
        return featured
    value: Any = component.get("ATTACH", [])
    for each in value if isinstance(value, list) else [value]:
        if str(getattr(each, "params", {}).get("FMTTYPE", "")).startswith("image/"):
            return str(each)
    return ""


