"""Wall time and instants: what a person typed, and when that is."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from libraries.permissions import Refused


def is_gap(wall: datetime, zone: zoneinfo.ZoneInfo) -> bool:
    """Whether this wall time does not exist in the zone: clocks jump over it."""
    there = wall.replace(tzinfo=zone)
    return there.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall


def is_fold(wall: datetime, zone: zoneinfo.ZoneInfo) -> bool:
    """Whether this wall time happens twice: clocks go back over it."""
    first, second = wall.replace(tzinfo=zone, fold=0), wall.replace(tzinfo=zone, fold=1)
    return not is_gap(wall, zone) and first.utcoffset() != second.utcoffset()


def instant(wall: datetime, zone: zoneinfo.ZoneInfo, *, fold: int | None = None) -> datetime:
    """The instant of a wall time (naive) in a zone, in UTC.

    Raises Refused: `time_in_gap` for a time that the clocks jump over, `time_twice` for one that happens twice and
    where `fold` (0 the first, 1 the second) was not said.
    """
    if is_gap(wall, zone):
        after = wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
        raise Refused(
            "time_in_gap",
            _("%(time)s does not exist on that day in %(zone)s: the clocks go forward. Choose %(after)s or another time.")
            % {"time": f"{wall:%H:%M}", "zone": zone.key, "after": f"{after:%H:%M}"},
        )
    if is_fold(wall, zone) and fold is None:
        raise Refused(
            "time_twice",
            _("%(time)s happens twice on that day in %(zone)s: the clocks go back. Say which: the first or the second.")
            % {"time": f"{wall:%H:%M}", "zone": zone.key},
        )
    return wall.replace(tzinfo=zone, fold=fold or 0).astimezone(UTC)


def not_past(moment: datetime, now: datetime, *, slack: timedelta = timedelta(minutes=1)) -> datetime:
    """The moment, unless it has passed. Raises Refused `time_past`."""
    if moment < now - slack:
        raise Refused("time_past", _("That time has passed. Choose a later one, or publish now."))
    return moment


UNDO = timedelta(seconds=10)


def soon() -> datetime:
    """When "publish now" is: late enough that a person who sees their mistake can still stop it."""
    return timezone.now() + UNDO


OUT_OF_REACH = gettext_lazy("That day is out of reach. Choose one within the next years.")
IN_REACH = [MinValueValidator(date(2000, 1, 1), OUT_OF_REACH), MaxValueValidator(date(2100, 12, 31), OUT_OF_REACH)]


def settle(wall: datetime, zone: zoneinfo.ZoneInfo) -> tuple[datetime, str]:
    """The instant (UTC) for a wall time that nobody can be asked about, and what became of it: "", "gap" or "fold".

    Where clocks jump over it, the first time that exists after the gap as long as the gap is wide (02:30 becomes
    03:30); where it happens twice, the first.
    """
    kind = "gap" if is_gap(wall, zone) else "fold" if is_fold(wall, zone) else ""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC), kind
