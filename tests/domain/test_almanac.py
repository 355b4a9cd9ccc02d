"""When the days of the almanac fall: known dates of many years, and what holds of every rule in any year."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner import observances
from planner.observances import DAYS, Observance, easter, nth, rows, span

YEARS = st.integers(min_value=1900, max_value=2199)


def one(rule: str, days: int = 1) -> Observance:
    return Observance("key", "Name", rule, days, "INT", "day", "high", "source", "", "")


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [(1961, 4, 2), (2000, 4, 23), (2008, 3, 23), (2011, 4, 24), (2016, 3, 27), (2019, 4, 21), (2024, 3, 31), (2025, 4, 20),
     (2026, 4, 5), (2027, 3, 28), (2038, 4, 25), (2049, 4, 18)],
)  # fmt: skip
def test_easter_falls_where_it_was_kept(year: int, month: int, day: int) -> None:
    assert easter(year) == date(year, month, day)


@pytest.mark.parametrize(
    ("key", "first"),
    [("mlk-day", date(2026, 1, 19)), ("giving-tuesday", date(2026, 12, 1)), ("giving-tuesday", date(2024, 12, 3)),
     ("voter-registration", date(2026, 9, 22)), ("gaad", date(2026, 5, 21)), ("world-book-day-uk", date(2027, 3, 4)),
     ("safer-internet-day", date(2026, 2, 10)), ("bookstore-day", date(2026, 4, 25)), ("sunshine-week", date(2026, 3, 15)),
     ("library-workers-day", date(2026, 4, 21)), ("banned-books-week", date(2026, 10, 4)),
     ("open-access-week", date(2026, 10, 19)), ("open-access-week", date(2025, 10, 20)), ("dia", date(2030, 4, 30))],
)  # fmt: skip
def test_days_fall_where_they_were_kept(key: str, first: date) -> None:
    found = span(rows()[key], first.year)
    assert found is not None
    assert found[0] == first


def test_the_twenty_ninth_of_february_is_left_out_where_there_is_none() -> None:
    assert span(one("fixed:02-29"), 2028) == (date(2028, 2, 29), date(2028, 2, 29))
    assert span(one("fixed:02-29"), 2027) is None


def test_what_was_not_announced_for_a_year_is_on_no_day_of_it() -> None:
    assert span(rows()["youth-media-awards"], 2026) is None
    assert span(rows()["national-library-week"], 2090) is None
    assert span(rows()["right-to-read-day"], 2090) is None


@given(YEARS)
def test_easter_is_a_sunday_between_its_bounds(year: int) -> None:
    assert easter(year).weekday() == 6
    assert date(year, 3, 22) <= easter(year) <= date(year, 4, 25)


@given(YEARS, st.integers(1, 4) | st.integers(-4, -1), st.integers(0, 6), st.integers(1, 12))
def test_the_nth_weekday_is_that_weekday_with_as_many_before_it(year: int, n: int, weekday: int, month: int) -> None:
    found = nth(year, n, weekday, month)
    assert (found.month, found.weekday()) == (month, weekday)
    beyond = found - timedelta(days=7 * n) if n > 0 else found + timedelta(days=7 * -n)
    assert beyond.month != month
    assert (beyond + timedelta(days=7 if n > 0 else -7)).month == month


@given(YEARS, st.integers(0, 6), st.integers(1, 12))
def test_the_last_full_week_lies_whole_in_its_month_and_the_next_does_not(year: int, weekday: int, month: int) -> None:
    found = span(one(f"lastfull:{DAYS[weekday]},{month:02}", 7), year)
    assert found is not None
    assert (found[0].weekday(), found[0].month, found[1].month) == (weekday, month, month)
    assert (found[1] + timedelta(days=7)).month != month


@given(YEARS)
def test_every_row_falls_in_its_year_and_is_found_on_each_of_its_days(year: int) -> None:
    for falls in observances.of_year(year):
        assert falls.first.year == year
        assert falls.first <= falls.last
        assert falls in list(observances.between(falls.last, falls.last))


def test_every_row_is_whole() -> None:
    assert len(rows()) == 94
    for key, row in rows().items():
        assert re.fullmatch(r"[a-z0-9-]{2,60}", key)
        assert row.name and row.idea and row.source and row.region
        assert row.confidence in ("high", "med", "announced")
        assert span(row, 2026) is not None or row.rule == "announced"
