"""Feed times brought to the library's zone, with what is odd about them told in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

WEEKS = timedelta(days=14)
HALF_DAY, DAY = timedelta(hours=12), timedelta(days=1)
YEARS = range(1970, 2101)


class Unreadable(ValueError):
    """A time that cannot be meant; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Span:
    """When an event takes place; the fields are those of ExternalEvent. `notes` are for the person who imports."""

    starts_at: datetime
    ends_at: datetime | None
    all_day: bool
    starts_on: date | None
    ends_on: date | None
    notes: tuple[str, ...]


def span(start: date | datetime, end: date | datetime | None, zone: ZoneInfo) -> Span:
    """Bring a start and an end (RFC 5545: a date as end is the day after the last) to `zone`. Raises Unreadable.

    Times without a zone are the library's own. An end before the start is left out and noted.
    """
    if not isinstance(start, datetime):
        return _days(start, _last_day(start, end, zone), zone, [])
    starts, notes = instant(start, zone)
    if end is None:
        return Span(starts, None, False, None, None, tuple(notes))
    if not isinstance(end, datetime):
        end = datetime.combine(end, time())
    ends, more = instant(end, zone)
    notes += more
    if ends <= starts:
        if ends < starts:
            notes.append(f"Its end ({told(ends)}) lies before its start ({told(starts)}); it is kept without an end.")
        return Span(starts, None, False, None, None, tuple(notes))
    if _is_whole_days(starts, ends):
        return _days(starts.date(), (ends - timedelta(seconds=1)).date(), zone, notes)
    notes += _doubts(starts, ends)
    return Span(starts, ends, False, None, None, tuple(notes))


def instant(at: datetime, zone: ZoneInfo) -> tuple[datetime, list[str]]:
    """The moment `at` means, in `zone`, and notes where a clock change makes that doubtful. Raises Unreadable."""
    if at.year not in YEARS:
        raise Unreadable(f"the year {at.year} cannot be right")
    home: tzinfo = at.tzinfo or zone
    wall = at.replace(tzinfo=home)
    moment = wall.astimezone(UTC)
    back = moment.astimezone(home)
    notes = []
    if back.replace(tzinfo=None) != at.replace(tzinfo=None):
        notes.append(
            f"{told(wall)} does not exist: clocks go forward over it. It was read as {clock(back)}; check the time."
        )
    elif wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset():
        which = "second" if at.fold else "first"
        notes.append(f"{told(wall)} comes twice: clocks go back that night. The {which} was taken; check the time.")
    return moment.astimezone(zone), notes


def _days(first: date, last: date | None, zone: ZoneInfo, notes: list[str]) -> Span:
    if first.year not in YEARS or (last and last.year not in YEARS):
        raise Unreadable(f"the year {first.year if first.year not in YEARS else last.year} cannot be right")
    if last is not None and last < first:
        notes = [*notes, f"Its last day ({day(last)}) lies before its first ({day(first)}); it is kept as one day."]
        last = None
    last = last or first
    starts = datetime.combine(first, time(), zone)
    ends = datetime.combine(last + DAY, time(), zone)
    return Span(starts, ends, True, first, last, (*notes, *_weeks(starts, ends)))


def _last_day(start: date, end: date | datetime | None, zone: ZoneInfo) -> date | None:
    if end is None or end == start:
        return None
    if isinstance(end, datetime):
        return instant(end, zone)[0].date()
    return None if end.year not in YEARS else end - DAY


def _is_whole_days(starts: datetime, ends: datetime) -> bool:
    """LibCal says 00:00:00 to 23:59:59 for "all day", others midnight to midnight."""
    if starts.time() != time():
        return False
    return ends.time().replace(second=0, microsecond=0) == time(23, 59) or (
        ends.time() == time() and ends.date() > starts.date()
    )


def _doubts(starts: datetime, ends: datetime) -> list[str]:
    lasts = ends - starts
    if HALF_DAY < lasts < DAY:
        return [
            f"It lasts {lasts / timedelta(hours=1):.0f} hours, from {told(starts)} to {told(ends)}. "
            f"If the end should be {told(ends - HALF_DAY)}, correct it at the source."
        ]
    return _weeks(starts, ends)


def _weeks(starts: datetime, ends: datetime) -> list[str]:
    if ends - starts <= WEEKS:
        return []
    return [f"It runs for weeks, from {day(starts)} to {day(ends - timedelta(seconds=1))}. Say so when you post it."]


def clock(at: datetime) -> str:
    """10:30 am"""
    return f"{at.hour % 12 or 12}:{at.minute:02} {'am' if at.hour < 12 else 'pm'}"


def day(at: date) -> str:
    """27 August 2026"""
    return f"{at.day} {at:%B %Y}"


def told(at: datetime) -> str:
    """10:30 am on 27 August 2026"""
    return f"{clock(at)} on {day(at)}"
