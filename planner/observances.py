"""The almanac: days that libraries speak about, and when they fall in any year. Pure; the rows are data/almanac.csv.

Rules: `fixed:MM-DD` · `nth:N,DAY,MM` (N from the end where negative) · `rel-nth:N,DAY,MM,±days` · `easter:±days` ·
`month:MM` · `range:MM-DD,MM-DD` · `weekof:MM-DD,DAY` (the week round a date, from DAY on) · `lastfull:DAY,MM` (the last
week that lies whole in a month) · `rel:key,days` (after another row) · `dates:YYYY-MM-DD,…` · `announced` (no rule).
"""

from __future__ import annotations

import calendar
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

DATA = Path(__file__).with_name("data") / "almanac.csv"
DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
LONG = 8  # what lasts more days than a week is said of the month, not of a day


@dataclass(frozen=True, slots=True)
class Observance:
    """A row. `days` is how long it lasts, 0 where the rule says; `care` a warning in words, "" where there is none."""

    key: str
    name: str
    rule: str
    days: int
    region: str
    kind: str
    confidence: str
    source: str
    care: str
    idea: str


@dataclass(frozen=True, slots=True)
class Falls:
    """An observance in one year: its first and last day."""

    observance: Observance
    first: date
    last: date

    @property
    def is_long(self) -> bool:
        return (self.last - self.first).days + 1 >= LONG


@cache
def rows() -> dict[str, Observance]:
    """All rows by key."""
    with DATA.open(encoding="utf-8", newline="") as file:
        read = csv.DictReader(file, delimiter=";")
        return {row["key"]: Observance(**{**row, "days": int(row["days"])}) for row in read}


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar, by the computus of Meeus, Jones and Butcher."""
    golden, century, rest = year % 19, *divmod(year, 100)
    leaps, off = divmod(century, 4)
    shift = (century - (century + 8) // 25 + 1) // 3
    moon = (19 * golden + century - leaps - shift + 15) % 30
    weekday = (32 + 2 * off + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def nth(year: int, n: int, weekday: int, month: int) -> date:
    """The n-th Monday (0) … Sunday (6) of a month; from the end where n is negative."""
    length = calendar.monthrange(year, month)[1]
    if n > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))
    last = date(year, month, length)
    return last - timedelta(days=(last.weekday() - weekday) % 7 + 7 * (-n - 1))


def _on(year: int, text: str) -> date | None:
    """MM-DD in a year; None for 29 February where there is none."""
    month, day = (int(part) for part in text.split("-"))
    return date(year, month, day) if day <= calendar.monthrange(year, month)[1] else None


def span(observance: Observance, year: int) -> tuple[date, date] | None:
    """First and last day in a year; None where no rule tells, or that year was never announced."""
    kind, _, words = observance.rule.partition(":")
    parts = words.split(",")
    if kind == "month":
        month = int(parts[0])
        return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
    if kind == "range":
        first, last = _on(year, parts[0]), _on(year, parts[1])
        return (first, last) if first and last else None
    first = _first(kind, parts, year)
    return (first, first + timedelta(days=max(observance.days, 1) - 1)) if first else None


def _first(kind: str, parts: list[str], year: int) -> date | None:
    if kind == "fixed":
        return _on(year, parts[0])
    if kind == "nth":
        return nth(year, int(parts[0]), DAYS.index(parts[1]), int(parts[2]))
    if kind == "rel-nth":
        return nth(year, int(parts[0]), DAYS.index(parts[1]), int(parts[2])) + timedelta(days=int(parts[3]))
    if kind == "easter":
        return easter(year) + timedelta(days=int(parts[0]))
    if kind == "weekof":
        on = _on(year, parts[0])
        return on - timedelta(days=(on.weekday() - DAYS.index(parts[1])) % 7) if on else None
    if kind == "lastfull":
        last = date(year, int(parts[1]), calendar.monthrange(year, int(parts[1]))[1])
        begun = last - timedelta(days=6)
        return begun - timedelta(days=(begun.weekday() - DAYS.index(parts[0])) % 7)
    if kind == "rel":
        other = span(rows()[parts[0]], year)
        return other[0] + timedelta(days=int(parts[1])) if other else None
    if kind == "dates":
        return next((on for on in map(date.fromisoformat, parts) if on.year == year), None)
    return None


@cache
def of_year(year: int) -> tuple[Falls, ...]:
    """Everything that falls in a year, in order."""
    found = [(observance, span(observance, year)) for observance in rows().values()]
    return tuple(
        sorted((Falls(one, *when) for one, when in found if when), key=lambda one: (one.first, one.observance.key))
    )


def between(first: date, last: date) -> Iterator[Falls]:
    """Whatever touches these days (both included)."""
    for year in range(first.year - 1, last.year + 1):
        yield from (one for one in of_year(year) if one.first <= last and one.last >= first)
