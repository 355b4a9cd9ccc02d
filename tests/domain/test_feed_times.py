"""Times, clock changes and repeating events in feeds."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programs.parsing import parse_ics
from programs.parsing.times import instant
from tests.domain.feeds import AUGUST, TORONTO, at, calendar, only


class TestTimes:
    def test_no_end(self):
        event, problems = only("DTSTART:20260805T230000Z")
        assert (event.starts_at, event.ends_at, problems) == (at(8, 5, 19), None, [])

    def test_a_duration_in_place_of_an_end(self):
        event, _ = only("DTSTART:20260805T230000Z\nDURATION:PT1H30M")
        assert event.ends_at == at(8, 5, 20, 30)

    def test_over_midnight(self):
        event, problems = only("DTSTART:20260806T010000Z\nDTEND:20260806T053000Z")
        assert (event.starts_at, event.ends_at, problems) == (at(8, 5, 21), at(8, 6, 1, 30), [])
        assert not event.all_day

    def test_the_end_before_the_start_is_left_out_and_told(self):
        event, problems = only("DTSTART:20260805T230000Z\nDTEND:20260805T130000Z")
        assert event.ends_at is None
        assert problems == [
            "Its end (9:00 am on 5 August 2026) lies before its start (7:00 pm on 5 August 2026); "
            "it is kept without an end."
        ]

    def test_an_end_that_cannot_be_read_is_left_out_and_told(self):
        event, problems = only("DTSTART:20260805T230000Z\nDTEND:later")
        assert event.ends_at is None and problems == ["Its end cannot be read; it is kept without one."]

    def test_the_end_of_days_is_the_day_after(self):
        event, _ = only("DTSTART;VALUE=DATE:20260805\nDTEND;VALUE=DATE:20260808")
        assert event.all_day and (event.starts_on, event.ends_on) == (date(2026, 8, 5), date(2026, 8, 7))
        assert (event.starts_at, event.ends_at) == (at(8, 5), at(8, 8))

    @pytest.mark.parametrize("end", ["", "\nDTEND;VALUE=DATE:20260805"])
    def test_a_day_without_an_end_is_one_day(self, end):
        event, problems = only("DTSTART;VALUE=DATE:20260805" + end)
        assert (event.starts_on, event.ends_on, problems) == (date(2026, 8, 5), date(2026, 8, 5), [])

    def test_the_last_day_before_the_first_is_told(self):
        event, problems = only("DTSTART;VALUE=DATE:20260805\nDTEND;VALUE=DATE:20260802")
        assert event.ends_on == date(2026, 8, 5) and "kept as one day" in problems[0]

    def test_midnight_to_a_second_before_is_all_day(self):
        event, _ = only("DTSTART:20260805T040000Z\nDTEND:20260806T035959Z")
        assert event.all_day and event.ends_on == date(2026, 8, 5)

    def test_times_without_a_zone_are_the_librarys_whatever_the_vendor_says(self):
        lines = calendar("DTSTART:20260805T100000", head="VERSION:2.0\nX-WR-TIMEZONE:America/Los_Angeles")
        (event,) = parse_ics(lines, zone=TORONTO, now=AUGUST).events
        assert event.starts_at == at(8, 5, 10)

    def test_another_zone_is_brought_home(self):
        event, _ = only("DTSTART;TZID=America/Vancouver:20260805T100000")
        assert (event.starts_at, event.tz) == (at(8, 5, 13), "America/Toronto")

    def test_an_unknown_zone_is_told(self):
        event, problems = only("DTSTART;TZID=Nowhere/Land:20260805T100000")
        assert event.starts_at == at(8, 5, 10)
        assert problems == ["Its time zone “Nowhere/Land” is unknown; the time was read as America/Toronto."]

    def test_a_time_in_the_gap_is_moved_on_and_told(self):
        march = at(3, 1)
        event, problems = only("DTSTART;TZID=America/Toronto:20260308T023000", now=march)
        assert event.starts_at == at(3, 8, 3, 30)
        assert problems == [
            "2:30 am on 8 March 2026 does not exist: clocks go forward over it. It was read as 3:30 am; check the time."
        ]

    def test_a_time_in_the_fold_is_the_first_and_told(self):
        event, problems = only("DTSTART:20261101T013000", now=at(10, 1))
        assert event.starts_at.astimezone(UTC) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
        assert problems == [
            "1:30 am on 1 November 2026 comes twice: clocks go back that night. The first was taken; check the time."
        ]

    def test_story_time_stays_at_ten_when_the_clocks_change(self):
        lines = calendar("DTSTART;TZID=America/Toronto:20261019T100000\nRRULE:FREQ=WEEKLY;COUNT=4")
        events = parse_ics(lines, zone=TORONTO, now=at(10, 1)).events
        assert [event.starts_at.strftime("%d %b %H:%M %z") for event in events] == [
            "19 Oct 10:00 -0400", "26 Oct 10:00 -0400", "02 Nov 10:00 -0500", "09 Nov 10:00 -0500",
        ]  # fmt: skip

    @settings(max_examples=300, deadline=None)
    @given(
        moment=st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)),
        zone=st.sampled_from(["America/Toronto", "Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
    )
    def test_a_moment_in_utc_keeps_its_moment_in_every_zone(self, moment, zone):
        there, notes = instant(moment.replace(tzinfo=UTC), ZoneInfo(zone))
        assert there == moment.replace(tzinfo=UTC) and notes == [] and there.tzinfo == ZoneInfo(zone)
        back, notes = instant(there, ZoneInfo("America/Toronto"))
        assert back.astimezone(UTC) == moment.replace(tzinfo=UTC)

    @settings(max_examples=300, deadline=None)
    @given(wall=st.datetimes(datetime(2007, 1, 1), datetime(2050, 1, 1)))
    def test_a_wall_time_keeps_its_digits_unless_it_is_told(self, wall):
        found, notes = instant(wall, TORONTO)
        assert notes or found.replace(tzinfo=None) == wall


class TestSeries:
    def test_days_keep_their_date_as_their_name(self):
        parsed = parse_ics(calendar("DTSTART;VALUE=DATE:20260803\nRRULE:FREQ=WEEKLY;COUNT=3"), zone=TORONTO, now=AUGUST)
        assert [event.occurrence for event in parsed.events] == ["2026-08-03", "2026-08-10", "2026-08-17"]
        assert all(event.all_day for event in parsed.events)

    def test_a_moved_date_keeps_its_name(self):
        lines = calendar(
            "UID:a\nDTSTART:20260803T140000Z\nDTEND:20260803T150000Z\nRRULE:FREQ=WEEKLY;COUNT=2",
            "UID:a\nRECURRENCE-ID:20260810T140000Z\nDTSTART:20260811T160000Z\nDTEND:20260811T170000Z\nSUMMARY:Moved",
        )
        events = parse_ics(lines, zone=TORONTO, now=AUGUST).events
        assert [(event.occurrence, event.title, event.starts_at) for event in events] == [
            ("2026-08-03T14:00:00Z", "Event 1", at(8, 3, 10)), ("2026-08-10T14:00:00Z", "Moved", at(8, 11, 12)),
        ]  # fmt: skip

    def test_single_events_under_one_uid_are_told_apart_by_their_start(self):
        parsed = parse_ics(
            calendar("UID:same\nDTSTART:20260803T140000Z", "UID:same\nDTSTART:20260804T140000Z"),
            zone=TORONTO, now=AUGUST,
        )  # fmt: skip
        assert [event.occurrence for event in parsed.events] == ["2026-08-03T14:00:00Z", "2026-08-04T14:00:00Z"]

    def test_the_same_event_twice_is_one_and_told(self):
        lines = calendar("UID:a\nDTSTART:20260803T140000Z", "UID:a\nDTSTART:20260803T140000Z\nSUMMARY:Later")
        parsed = parse_ics(lines, zone=TORONTO, now=AUGUST)
        assert [event.title for event in parsed.events] == ["Later"]
        assert "It stands in the feed twice" in parsed.problems[0].text

    @pytest.mark.parametrize(
        "rule",
        ["FREQ=SECONDLY", "FREQ=HOURLY", "FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=1,2,3,4,5,6", "COUNT=3", "nonsense",
         "FREQ=WEEKLY;INTERVAL=0"],
    )  # fmt: skip
    def test_a_rule_that_runs_away_or_is_none_costs_only_its_own_event(self, rule):
        lines = calendar(f"DTSTART:20260803T140000Z\nRRULE:{rule}", "DTSTART:20260804T140000Z")
        parsed = parse_ics(lines, zone=TORONTO, now=AUGUST)
        assert [event.title for event in parsed.events] == ["Event 2"]
        assert parsed.problems[0].dropped and parsed.problems[0].uid == "1@test" and not parsed.complete

    def test_when_time_runs_out_the_rest_is_told(self):
        lines = calendar("DTSTART:20260803T140000Z\nRRULE:FREQ=DAILY", "DTSTART:20260804T140000Z")
        parsed = parse_ics(lines, zone=TORONTO, now=AUGUST, seconds_max=-1)
        assert [event.title for event in parsed.events] == ["Event 2"]
        assert "no time left" in parsed.problems[0].text and not parsed.complete

    def test_two_thousand_occurrences_are_the_most(self):
        daily = [f"DTSTART:20260701T{hour:02}0000Z\nRRULE:FREQ=DAILY" for hour in range(20)]
        parsed = parse_ics(calendar(*daily), zone=TORONTO, now=AUGUST)
        assert len(parsed.events) == 2000 and not parsed.complete
        assert "Only the first 2,000 events" in parsed.problems[0].text
