"""Rules of recurrence: a subset of RFC 5545 over days, read, written, said in words, and turned into dates.

Daily, weekly on weekdays, monthly on a day or on the n-th weekday, yearly on the first day's date. The dates come from
dateutil's rrule. A rule knows days only; the wall time and its zone stand beside it (posts.times.settle makes instants).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from dateutil.rrule import rrulestr
from django.utils import dateformat
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
MOST = 200  # occurrences of one series
EVERY_MOST = 99
LAST = -1
FIRST_SHORT = 29  # from this day on some months lack it
_NTH = re.compile(r"^(-?\d)([A-Z]{2})$")


@dataclass(frozen=True)
class Rule:
    """How often. Exactly one of `until` (the last day, included) and `count` may be given; neither means MOST times.

    days: weekdays (0 is Monday) for WEEKLY. nth: 1 to 4 or -1 with one weekday in `days`, for MONTHLY on a weekday;
    otherwise monthly and yearly go by the first day's own date. last_day: where a month lacks that date, its last day
    is taken instead of none. Raises ValueError for what makes no sense.
    """

    freq: str
    every: int = 1
    days: tuple[int, ...] = ()
    nth: int = 0
    last_day: bool = False
    until: dt.date | None = None
    count: int | None = None

    def __post_init__(self) -> None:
        if self.freq not in FREQUENCIES or not 1 <= self.every <= EVERY_MOST:
            raise ValueError("no such frequency")
        if any(day not in range(7) for day in self.days) or len(set(self.days)) != len(self.days):
            raise ValueError("no such weekday")
        if self.nth and (self.freq != "MONTHLY" or self.nth not in (1, 2, 3, 4, LAST) or len(self.days) != 1):
            raise ValueError("the n-th weekday needs a month and one weekday")
        if self.days and not self.nth and self.freq != "WEEKLY":
            raise ValueError("weekdays belong to weeks")
        if self.until is not None and self.count is not None:
            raise ValueError("either an end or a number")
        if self.count is not None and not 1 <= self.count <= MOST:
            raise ValueError("too many")

    def text(self, start: dt.date) -> str:
        """As RFC 5545 writes it, for a series whose first day is `start`."""
        parts = [f"FREQ={self.freq}"]
        if self.every > 1:
            parts.append(f"INTERVAL={self.every}")
        if self.freq == "WEEKLY":
            parts.append("BYDAY=" + ",".join(DAYS[day] for day in sorted(self.days or (start.weekday(),))))
        elif self.nth:
            parts.append(f"BYDAY={self.nth}{DAYS[self.days[0]]}")
        elif self.freq in ("MONTHLY", "YEARLY"):
            parts += self._by_date(start)
        if self.until is not None:
            parts.append(f"UNTIL={self.until:%Y%m%d}")
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        return ";".join(parts)

    def _by_date(self, start: dt.date) -> list[str]:
        """The first day's date; with `last_day` the greatest there is from the 28th up to it."""
        month = [f"BYMONTH={start.month}"] if self.freq == "YEARLY" else []
        if self.last_day and start.day >= FIRST_SHORT:
            days = ",".join(str(day) for day in range(28, start.day + 1))
            return [*month, f"BYMONTHDAY={days}", "BYSETPOS=-1"]
        return [*month, f"BYMONTHDAY={start.day}"]


def parse(text: str) -> Rule:
    """The rule that `Rule.text` wrote. Raises ValueError for anything outside the subset."""
    fields: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if not equals or name in fields:
            raise ValueError(f"not a rule: {part}")
        fields[name] = value
    unknown = set(fields) - {"FREQ", "INTERVAL", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS", "UNTIL", "COUNT"}
    if unknown:
        raise ValueError(f"outside the subset: {sorted(unknown)}")
    nth, days = _days(fields.get("BYDAY", ""))
    until = dt.datetime.strptime(fields["UNTIL"], "%Y%m%d").date() if "UNTIL" in fields else None  # noqa: DTZ007  a day
    return Rule(
        freq=fields.get("FREQ", ""), every=int(fields.get("INTERVAL", "1")), days=days, nth=nth,
        last_day="BYSETPOS" in fields, until=until, count=int(fields["COUNT"]) if "COUNT" in fields else None,
    )  # fmt: skip


def _days(text: str) -> tuple[int, tuple[int, ...]]:
    if not text:
        return 0, ()
    if found := _NTH.match(text):
        return int(found[1]), (DAYS.index(found[2]),)
    return 0, tuple(DAYS.index(name) for name in text.split(","))


def dates(text: str, start: dt.date) -> Iterator[dt.date]:
    """The days of a rule from `start` on, in order, MOST of them at most. Never one before `start`."""
    first = dt.datetime.combine(start, dt.time())
    return (moment.date() for moment in islice(rrulestr(text, dtstart=first), MOST))


def goes_on(text: str, start: dt.date) -> bool:
    """Whether a rule has more than MOST days."""
    first = dt.datetime.combine(start, dt.time())
    return next(islice(rrulestr(text, dtstart=first), MOST, None), None) is not None


def between(text: str, start: dt.date, begin: dt.date, end: dt.date) -> list[dt.date]:
    """The days of a rule from `begin` to `end`, both included."""
    found = []
    for day in dates(text, start):
        if day > end:
            break
        if day >= begin:
            found.append(day)
    return found


# --- in words


def in_words(text: str, start: dt.date) -> str:
    """The rule as people say it: "every 2 weeks on Monday and Thursday, until 8 December 2026"."""
    rule = parse(text)
    said = [_frequency(rule), _on(rule, start)]
    sentence = " ".join(part for part in said if part)
    if rule.until is not None:
        until = dateformat.format(rule.until, pgettext("exact day", "l j F Y"))
        return _("%(rule)s, until %(day)s") % {"rule": sentence, "day": until}
    if rule.count is not None:
        times = ngettext("%(n)s time", "%(n)s times", rule.count) % {"n": rule.count}
        return _("%(rule)s, %(times)s") % {"rule": sentence, "times": times}
    return sentence


def _frequency(rule: Rule) -> str:
    n = {"n": rule.every}
    return {
        "DAILY": lambda: ngettext("every day", "every %(n)s days", rule.every) % n,
        "WEEKLY": lambda: ngettext("every week", "every %(n)s weeks", rule.every) % n,
        "MONTHLY": lambda: ngettext("every month", "every %(n)s months", rule.every) % n,
        "YEARLY": lambda: ngettext("every year", "every %(n)s years", rule.every) % n,
    }[rule.freq]()


def _on(rule: Rule, start: dt.date) -> str:
    if rule.freq == "DAILY":
        return ""
    if rule.freq == "WEEKLY":
        names = [str(WEEKDAYS[day]) for day in sorted(rule.days or (start.weekday(),))]
        both = _("%(days)s and %(last)s") % {"days": ", ".join(names[:-1]), "last": names[-1]} if names[1:] else names[0]
        return _("on %(days)s") % {"days": both}
    if rule.nth:
        nth = {1: _("first"), 2: _("second"), 3: _("third"), 4: _("fourth"), LAST: _("last")}[rule.nth]
        return _("on the %(nth)s %(day)s") % {"nth": nth, "day": WEEKDAYS[rule.days[0]]}
    on = _("on day %(day)s") % {"day": start.day}
    if rule.freq == "YEARLY":
        on = _("on %(day)s %(month)s") % {"day": start.day, "month": MONTHS[start.month]}
    if start.day < FIRST_SHORT or (rule.freq == "YEARLY" and (start.month, start.day) != (2, 29)):
        return on
    return f"{on} {_('(or the last day of a shorter month)') if rule.last_day else _('(months without it are left out)')}"
