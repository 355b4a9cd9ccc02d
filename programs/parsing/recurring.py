"""Repeating events unrolled, with rules that would run away refused first."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar
from icalendar.cal import Component

from programs.parsing.normal import EVENTS_MAX, Window
from programs.parsing.times import YEARS, Unreadable

RULES = ("RRULE", "RDATE", "EXDATE", "RECURRENCE-ID")
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")


def repeats(component: Component) -> bool:
    """Whether it belongs to a series (an EXDATE alone does not make one)."""
    return any(component.get(name) is not None for name in RULES if name != "EXDATE")


def moment(component: Component, name: str) -> date | datetime | None:
    """The time in a property, None where it is absent. Raises Unreadable."""
    value: Any = component.get(name)
    value = value[0] if isinstance(value, list) and value else value
    if value is None:
        return None
    try:
        found = value.dt
    except Exception as error:  # icalendar keeps broken values and raises when they are looked at
        raise Unreadable(f"its {_words(name)} “{_told(component, name)}” is not a time") from error
    if not isinstance(found, date):
        raise Unreadable(f"its {_words(name)} is not a day or a time")
    return found


def end(component: Component) -> date | datetime | None:
    """DTEND, or the start plus DURATION; None where neither is given or readable."""
    try:
        given = moment(component, "DTEND")
        if given is not None:
            return given
        value: Any = component.get("DURATION")
        start = moment(component, "DTSTART")
        lasts = value.dt if value is not None else None
    except Exception:  # an event with an end nobody can read still begins when it begins
        return None
    if start is None or not isinstance(lasts, timedelta):
        return None
    try:
        return start + lasts
    except OverflowError:
        return None


def identity(at: date | datetime, zone: ZoneInfo) -> str:
    """The name of one occurrence: its day, or its moment in UTC. Raises Unreadable."""
    if at.year not in YEARS:
        raise Unreadable(f"the year {at.year} cannot be right")
    if not isinstance(at, datetime):
        return at.isoformat()
    return at.replace(tzinfo=at.tzinfo or zone).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def unroll(components: list[Component], window: Window) -> list[Component]:
    """The occurrences of one series inside the window, moved and cancelled ones in their place. Raises Unreadable."""
    for component in components:
        _refuse_runaway(component)
    calendar = Calendar()
    calendar.subcomponents = list(components)
    try:
        found = recurring_ical_events.of(calendar).between(window.opens, window.closes)
    except Exception as error:  # the library and dateutil raise what they like on contradictory rules
        raise Unreadable("the rule by which it repeats cannot be worked out") from error
    if len(found) > EVENTS_MAX:
        raise Unreadable(f"it repeats more than {EVENTS_MAX:,} times")
    return found


def _refuse_runaway(component: Component) -> None:
    """Hourly rules and long lists of hours are no library's programme, and millions of dates are a way to hang us."""
    start = moment(component, "DTSTART")
    if start is None:
        raise Unreadable("it has no start")
    if start.year not in YEARS:
        raise Unreadable(f"the year {start.year} cannot be right")
    value: Any = component.get("RRULE", [])
    for rule in value if isinstance(value, list) else [value]:
        try:
            often = str((rule.get("FREQ") or [""])[0]).upper()
            a_day = len(rule.get("BYHOUR", [0])) * len(rule.get("BYMINUTE", [0])) * len(rule.get("BYSECOND", [0]))
            every = [int(number) for number in rule.get("INTERVAL", [1])]
        except Exception as error:  # icalendar keeps broken rules and raises when they are looked at
            raise Unreadable("the rule by which it repeats is not one") from error
        if often not in FREQUENCIES or a_day > 24:
            raise Unreadable(f"it repeats too often ({often.lower() or 'no frequency'})")
        if min(every) < 1:      # dateutil would stand still and fill the memory
            raise Unreadable("it repeats without end on one day")


def _words(name: str) -> str:
    return {"DTSTART": "start", "DTEND": "end", "RECURRENCE-ID": "original date"}.get(name, name)


def _told(component: Component, name: str) -> str:
    return " ".join(str(component.get(name)).split())[:40]
