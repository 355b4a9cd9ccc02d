"""Days on paper: which days a month or a week shows, and which instants lie between them in a zone. Pure."""

from __future__ import annotations

import calendar
import zoneinfo
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)


@dataclass(frozen=True)
class Span:
    """Days from `first` to `last`, both shown; `month` is the one they are about (None for a week)."""

    first: date
    last: date
    month: date | None = None

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    def between(self, zone: zoneinfo.ZoneInfo) -> tuple[datetime, datetime]:
        """The first instant of the first day and the first one after the last, however the clocks change between."""
        return midnight(self.first, zone), midnight(self.last + timedelta(days=1), zone)


def midnight(day: date, zone: zoneinfo.ZoneInfo) -> datetime:
    """When a day begins. Where the clocks jump over midnight, it begins when they land."""
    return datetime.combine(day, time.min, zone)


def of_month(month: date, week_starts_on: int = 0) -> Span:
    """Whole weeks round a month. `week_starts_on`: 0 is Monday, as `date.weekday` counts."""
    first = month.replace(day=1)
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return Span(week_of(first, week_starts_on).first, week_of(last, week_starts_on).last, first)


def of_days(month: date) -> Span:
    """The month's own days, no more."""
    first = month.replace(day=1)
    return Span(first, first.replace(day=calendar.monthrange(first.year, first.month)[1]), first)


def week_of(day: date, week_starts_on: int = 0) -> Span:
    """The seven days round `day`."""
    first = day - timedelta(days=(day.weekday() - week_starts_on) % 7)
    return Span(first, first + timedelta(days=6))


def step(month: date, by: int) -> date | None:
    """The first of the month `by` months away; None where the calendar ends."""
    number = month.year * 12 + month.month - 1 + by
    return clamp(date(number // 12, number % 12 + 1, 1))


def clamp(day: date) -> date | None:
    return day if EARLIEST <= day <= LATEST else None


def read_month(text: str, today: date) -> date:
    """`2026-12` as the first of that month; this month for anything else."""
    try:
        return clamp(datetime.strptime(text, "%Y-%m").date()) or today.replace(day=1)  # noqa: DTZ007 a day has no zone
    except ValueError:
        return today.replace(day=1)


def read_day(text: str, today: date) -> date:
    """`2026-12-08` as a day; today for anything else."""
    try:
        return clamp(date.fromisoformat(text)) or today
    except ValueError:
        return today
