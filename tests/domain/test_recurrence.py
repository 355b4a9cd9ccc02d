"""Rules of recurrence against a calendar that is walked day by day, and wall times against the zones' own clocks."""

from __future__ import annotations

import calendar
import datetime as dt
import zoneinfo
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posts import queries_slots, recurrence, times
from posts.models import PostingSlot
from posts.recurrence import LAST, MOST, Rule

ZONES = ["America/Toronto", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia", "UTC"]
DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2035, 12, 31))
END = dt.date(2060, 1, 1)


def length(day: dt.date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def fits(rule: Rule, start: dt.date, day: dt.date) -> bool:
    """Whether a day belongs to a rule, told without any library of recurrences."""
    months = (day.year - start.year) * 12 + day.month - start.month
    if rule.freq == "DAILY":
        return (day - start).days % rule.every == 0
    if rule.freq == "WEEKLY":
        monday = lambda of: of - timedelta(days=of.weekday())
        weeks = (monday(day) - monday(start)).days // 7
        return weeks % rule.every == 0 and day.weekday() in (rule.days or (start.weekday(),))
    if rule.freq == "YEARLY":
        if (day.year - start.year) % rule.every or day.month != start.month:
            return False
    elif months % rule.every:
        return False
    if rule.nth:
        number = LAST if rule.nth == LAST and day.day + 7 > length(day) else (day.day - 1) // 7 + 1
        return day.weekday() == rule.days[0] and number == rule.nth
    return day.day == (min(start.day, length(day)) if rule.last_day else start.day)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    freq = draw(st.sampled_from(recurrence.FREQUENCIES))
    nth = draw(st.sampled_from([0, 1, 2, 3, 4, LAST])) if freq == "MONTHLY" else 0
    days = tuple(draw(st.sets(st.integers(0, 6), max_size=7))) if freq == "WEEKLY" else ()
    if nth:
        days = (draw(st.integers(0, 6)),)
    return Rule(freq, draw(st.integers(1, 6)), days, nth, draw(st.booleans()) and not nth, count=draw(st.integers(1, 12)))


@given(rules(), DAYS)
def test_the_days_are_those_of_a_calendar_walked_by_hand(rule: Rule, start: dt.date) -> None:
    found = list(recurrence.dates(rule.text(start), start))
    by_hand, day = [], start
    while len(by_hand) < (rule.count or 0) and day < END:
        if fits(rule, start, day):
            by_hand.append(day)
        day += timedelta(days=1)
    assert [d for d in found if d < END] == by_hand


@given(rules(), DAYS)
def test_a_rule_that_was_written_is_read_as_the_same_days(rule: Rule, start: dt.date) -> None:
    text = rule.text(start)
    again = recurrence.parse(text)
    assert again.text(start) == text
    assert (again.freq, again.every, again.nth, again.count) == (rule.freq, rule.every, rule.nth, rule.count)


@given(rules(), DAYS)
def test_every_rule_has_words_and_every_part_of_it_is_found_between_its_ends(rule: Rule, start: dt.date) -> None:
    text = rule.text(start)
    assert recurrence.in_words(text, start)
    found = list(recurrence.dates(text, start))
    assert recurrence.between(text, start, start, found[-1]) == found
    assert recurrence.between(text, start, found[-1], found[-1]) == found[-1:]


def test_the_thirty_first_is_left_out_of_short_months_or_becomes_their_last_day() -> None:
    start = dt.date(2027, 1, 31)
    spring = lambda last: [str(d) for d in recurrence.between(Rule("MONTHLY", last_day=last).text(start), start, start, dt.date(2027, 5, 31))]
    assert spring(False) == ["2027-01-31", "2027-03-31", "2027-05-31"]
    assert spring(True) == ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]


def test_the_leap_day_comes_every_fourth_year_or_is_the_end_of_february() -> None:
    start = dt.date(2028, 2, 29)
    years = lambda last: [str(d) for d in recurrence.between(Rule("YEARLY", last_day=last).text(start), start, start, dt.date(2032, 12, 31))]
    assert years(False) == ["2028-02-29", "2032-02-29"]
    assert years(True) == ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]


def test_a_rule_without_an_end_ends_after_so_many() -> None:
    start = dt.date(2027, 1, 4)
    assert len(list(recurrence.dates("FREQ=DAILY", start))) == MOST
    assert recurrence.goes_on("FREQ=DAILY", start)
    assert not recurrence.goes_on(f"FREQ=DAILY;COUNT={MOST}", start)


@pytest.mark.parametrize(
    "text",
    ["", "FREQ=HOURLY", "FREQ=DAILY;BYHOUR=3", "FREQ=DAILY;FREQ=WEEKLY", "FREQ=DAILY;COUNT=201", "FREQ=DAILY;INTERVAL=0",
     "FREQ=WEEKLY;BYDAY=XX", "FREQ=MONTHLY;BYDAY=7MO", "FREQ=DAILY;COUNT=3;UNTIL=20270101", "daily"],
)  # fmt: skip
def test_what_is_outside_the_subset_is_no_rule(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        recurrence.parse(text)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)), st.sampled_from(ZONES))
def test_a_wall_time_becomes_an_instant_that_shows_it_unless_clocks_jump_over_it(wall: datetime, name: str) -> None:
    zone = zoneinfo.ZoneInfo(name)
    at, kind = times.settle(wall, zone)
    shown = at.astimezone(zone).replace(tzinfo=None)
    assert at.tzinfo is UTC
    assert kind == ("gap" if times.is_gap(wall, zone) else "fold" if times.is_fold(wall, zone) else "")
    assert (shown == wall) is (kind != "gap")
    if kind == "gap":
        assert shown > wall and not times.is_gap(shown, zone)
    if kind == "fold":
        assert at < wall.replace(tzinfo=zone, fold=1).astimezone(UTC)


@pytest.mark.parametrize(
    ("wall", "zone", "utc", "kind"),
    [
        ("2027-03-14T02:30", "America/Toronto", "2027-03-14T07:30", "gap"),
        ("2026-11-01T01:30", "America/Toronto", "2026-11-01T05:30", "fold"),
        ("2027-10-03T02:15", "Australia/Lord_Howe", "2027-10-02T15:45", "gap"),
        ("2027-07-01T10:00", "Europe/Berlin", "2027-07-01T08:00", ""),
        ("2027-12-01T10:00", "Europe/Berlin", "2027-12-01T09:00", ""),
    ],
)
def test_clock_changes_of_well_known_days(wall: str, zone: str, utc: str, kind: str) -> None:
    at, found = times.settle(datetime.fromisoformat(wall), zoneinfo.ZoneInfo(zone))
    assert (at, found) == (datetime.fromisoformat(utc).replace(tzinfo=UTC), kind)


@given(
    st.integers(0, 6), st.times().map(lambda at: at.replace(second=0, microsecond=0)), st.sampled_from(ZONES),
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)), st.integers(1, 90),
)  # fmt: skip
def test_a_weekly_slot_falls_on_its_weekday_at_its_wall_time_each_week_once(
    weekday: int, at: dt.time, name: str, begin: datetime, days: int
) -> None:
    slot = PostingSlot(weekday=weekday, at=at, tz=name)
    start = begin.replace(tzinfo=UTC)
    found = list(queries_slots.moments_of(slot, start, start + timedelta(days=days)))
    assert all(start <= moment < start + timedelta(days=days) for moment in found)
    assert abs(len(found) - days / 7) <= 1
    for moment in found:
        shown = moment.astimezone(slot.zone)
        planned = dt.datetime.combine(shown.date(), at)
        assert shown.weekday() == weekday or times.is_gap(planned, slot.zone)
        assert shown.time() == at or times.is_gap(planned, slot.zone)
