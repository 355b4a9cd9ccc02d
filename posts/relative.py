"""Times told from an event: "3 days before, at 10:00", "1 hour before". Post.relative keeps them as short text."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from posts import times
from posts.models import Event, Post
from posts.models.post import RELATIVE

# What the composer offers, in this order. A day needs its time of day.
OFFERED = ("0d", "1d", "2d", "3d", "5d", "7d", "14d", "30m", "60m", "120m", "240m")


@dataclass(frozen=True)
class Relative:
    """`days` before the event's day at `at` (wall time in the event's zone), or `minutes` before it begins."""

    days: int | None = None
    at: dt.time | None = None
    minutes: int | None = None

    def __str__(self) -> str:
        return f"{self.minutes}m" if self.minutes is not None else f"{self.days}d{self.at:%H:%M}"

    def moment(self, event: Event) -> datetime:
        """When that is (UTC), by the event as it stands; in a gap of the clocks the next time that exists."""
        if self.minutes is not None:
            return event.starts_at - timedelta(minutes=self.minutes)
        assert self.days is not None and self.at is not None
        day = event.starts_at.astimezone(event.zone).date() - timedelta(days=self.days)
        return times.settle(datetime.combine(day, self.at), event.zone)[0]

    def in_words(self) -> str:
        """ "3 days before the event, at 10:00"."""
        if self.minutes is None and self.at is not None:
            return f"{span_words(f'{self.days}d')}, {_('at %(time)s') % {'time': clock(self.at)}}"
        return span_words(f"{self.minutes}m")


def clock(at: dt.time) -> str:
    return dateformat.time_format(at, pgettext("time of day", "H:i"))


def parse(text: str) -> Relative:
    """What `str` wrote. Raises ValueError."""
    if not re.match(RELATIVE, text):
        raise ValueError(f"not a relative time: {text}")
    if text.endswith("m"):
        return Relative(minutes=int(text[:-1]))
    days, _d, clock = text.partition("d")
    return Relative(days=int(days), at=dt.time.fromisoformat(clock))


def span_words(span: str) -> str:
    """How far before, in words: of "3d" or "60m"."""
    n = int(span[:-1])
    if span.endswith("d"):
        if n == 0:
            return _("on the day of the event")
        if n % 7 == 0:
            return ngettext("%(n)s week before the event", "%(n)s weeks before the event", n // 7) % {"n": n // 7}
        return ngettext("%(n)s day before the event", "%(n)s days before the event", n) % {"n": n}
    if n % 60 == 0 and n:
        return ngettext("%(n)s hour before the event", "%(n)s hours before the event", n // 60) % {"n": n // 60}
    return ngettext("%(n)s minute before the event", "%(n)s minutes before the event", n) % {"n": n}


def moment_of(post: Post) -> datetime | None:
    """When a post that tells its time from its event should go by now; None where it does not tell it so."""
    if not post.relative or post.event is None:
        return None
    return parse(post.relative).moment(post.event)


def new_moment(post: Post) -> datetime | None:
    """The time its moved event would give it, where that is another than planned."""
    found = moment_of(post)
    return found if found is not None and found != post.planned_for else None
