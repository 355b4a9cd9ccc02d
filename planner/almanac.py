"""The almanac as one library sees it: what it left out, what it is careful with, and days of its own."""

from __future__ import annotations

import importlib.resources
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from django.urls import reverse

from planner import observances
from planner.kept import Kept
from planner.models import AlmanacMark, LocalDay
from planner.month import Span
from planner.observances import Falls, Observance

EVERYWHERE = "INT"
COUNTRIES = {"GB": "UK"}  # the almanac's own word for it


@dataclass(frozen=True)
class Notable:
    """A day of the almanac or of the library's own. `until` where it lasts longer than a day."""

    name: str
    first: date
    last: date
    care: bool
    key: str = ""
    local: int = 0

    @property
    def until(self) -> date | None:
        return self.last if self.last > self.first else None

    @property
    def url(self) -> str:
        """Its own page: what it is, what to mind, and a draft about it."""
        if self.local:
            return f"{reverse('planner:local_day', args=[self.local])}?on={self.first}"
        return f"{reverse('planner:observance', args=[self.key])}?on={self.first}"


@cache
def country(zone: str) -> str:
    """The country of a time zone, by the tables of the time zone database; "" where they name none."""
    table = importlib.resources.files("tzdata") / "zoneinfo" / "zone.tab"
    for line in table.read_text(encoding="utf-8").splitlines():
        parts = line.split("\t")
        if len(parts) > 2 and parts[2] == zone:
            return COUNTRIES.get(parts[0], parts[0])
    return ""


def is_here(row: Observance, zone: str) -> bool:
    """Whether a row is kept where the library is: everywhere, in its country, or where nobody can tell."""
    here = country(zone)
    regions = row.region.split("/")
    return not here or EVERYWHERE in regions or any(region.split("-")[0] == here for region in regions)


def is_shown(row: Observance, marks: dict[str, AlmanacMark], zone: str) -> bool:
    """What the library said of it, else whether it is kept here."""
    mark = marks.get(row.key)
    return not mark.hidden if mark else is_here(row, zone)


def notable(kept: Kept, span: Span, zone: str) -> tuple[dict[date, list[Notable]], list[Notable]]:
    """What stands on which shown day, and what lasts so long that it is said of the whole. On its first shown day each."""
    by_day: dict[date, list[Notable]] = defaultdict(list)
    about = [on for on in span.days if span.month is None or (on.year, on.month) == (span.month.year, span.month.month)]
    long: list[Notable] = []
    for falls in observances.between(span.first, span.last):
        if not is_shown(falls.observance, kept.marks, zone):
            continue
        one = _of(falls, kept.marks)
        if falls.is_long:
            if falls.first <= about[-1] and falls.last >= about[0]:
                long.append(one)
        else:
            by_day[max(falls.first, span.first)].append(one)
    for day in kept.days:
        for first, last in times(day, span):
            by_day[max(first, span.first)].append(Notable(day.name, first, last, day.care, local=day.pk))
    return by_day, long


def _of(falls: Falls, marks: dict[str, AlmanacMark]) -> Notable:
    row, mark = falls.observance, marks.get(falls.observance.key)
    return Notable(row.name, falls.first, falls.last, mark.care if mark else bool(row.care), key=row.key)


def times(day: LocalDay, span: Span) -> Iterator[tuple[date, date]]:
    """When a day of the library's own falls in a span; each year where it is yearly, never before it began.

    One on 29 February is kept on the 28th where there is none.
    """
    for year in range(span.first.year - 1, span.last.year + 1) if day.yearly else [day.on.year]:
        if year < day.on.year:
            continue
        try:
            first = day.on.replace(year=year)
        except ValueError:
            first = date(year, 2, 28)
        last = first + timedelta(days=day.days - 1)
        if first <= span.last and last >= span.first:
            yield first, last
