"""Feeds as library systems really send them, and what is none. No database, no Django, no clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from library_social.practice.events import BRANCHES, events_ics
from programs.parsing import NotACalendar, parse, parse_ics, parse_rss
from tests.domain.feeds import AUGUST, TORONTO, at, calendar, only, read, told


class TestRealCalendars:
    def test_clearview(self):
        parsed = read("ics/libcal_clearview_ca.ics")
        three = ("Creemore Branch", "New Lowell Branch", "Stayner Branch")
        assert parsed.calendar_name == "Events & Programs" and parsed.complete
        assert told(parsed) == [
            ("Summer Passport Challenge Registration NOW OPEN (Ages 10 &up)", "scheduled", at(7, 31), at(8, 1), True,
             three, "", True),
            ("Computer Help", "scheduled", at(8, 18, 13), at(8, 18, 16), False, ("Stayner Branch",), "", None),
            ("Enchanting Sea Cake Decorating Workshop - Ages 10 & Up", "scheduled", at(8, 19, 10), at(8, 19, 12), False,
             ("Creemore Branch",), "", None),
            ("Baby Rhyme Time with EarlyON", "scheduled", at(8, 25, 13, 30), at(8, 25, 14, 30), False,
             ("New Lowell Branch",), "", True),
            ("Last day for TDSRC Ballots to be entered!", "scheduled", at(8, 27), at(8, 28), True, three, "", None),
            ("Reptilia Presentation", "scheduled", at(8, 27, 10, 30), at(8, 27, 23, 30), False, ("Stayner Branch",), "",
             True),
            ("Giant Floor Water Map Leaves Stayner Branch", "scheduled", at(8, 28), at(8, 29), True,
             ("Stayner Branch",), "", None),
        ]  # fmt: skip
        assert [(problem.where, problem.text) for problem in parsed.problems] == [(
            "line 87: “Reptilia Presentation”",
            "It lasts 13 hours, from 10:30 am on 27 August 2026 to 11:30 pm on 27 August 2026. "
            "If the end should be 11:30 am on 27 August 2026, correct it at the source.",
        )]  # fmt: skip

    def test_clearview_in_detail(self):
        events = {event.external_uid: event for event in read("ics/libcal_clearview_ca.ics").events}
        rhyme = events["LibCal-8690-4052109"]
        assert rhyme.registration_url == (
            "https://www.missioninc.com/cso/simcoe/en-ca/earlyon/events/9389_20260825T133000Z"
        )
        assert rhyme.description.endswith("For babies - newborn to 12 months - with a caregiver.")
        assert rhyme.url == "https://clearviewlibrary.libcal.com/event/4052109" and rhyme.tz == "America/Toronto"
        ballots = events["LibCal-8690-4053302"]
        assert (ballots.starts_on, ballots.ends_on) == (date(2026, 8, 27), date(2026, 8, 27))
        assert ballots.categories == ("Special Programs", "Special Programs > Children events")
        assert events["LibCal-8690-4026194"].audiences == ("Ages 10 & up",)
        assert events["LibCal-8690-4035134"].categories == () and events["LibCal-8690-4035134"].occurrence == ""

    def test_springwater(self):
        parsed = read("ics/libcal_springwater_children_ca.ics", at(8, 17, 9))
        assert parsed.calendar_name == "Children's Programs"
        assert told(parsed) == [
            ("Lego Challenge", "scheduled", at(8, 17, 10, 30), at(8, 17, 11, 30), False,
             ("Elmvale Branch", "Midhurst Branch"), "", False),
            ('You\'re "Otter"ly Amazing!', "full", at(8, 18, 10, 30), at(8, 18, 11, 30), False,
             ("Elmvale Branch",), "The McGuire Meeting Room", True),
            ("Family Boo-k Boxes", "scheduled", at(9, 1, 10), at(9, 25, 17), False, ("All Branches",), "", True),
        ]  # fmt: skip
        assert parsed.events[2].runs_for_weeks and not parsed.events[0].runs_for_weeks
        assert [problem.text for problem in parsed.problems] == [
            "It runs for weeks, from 1 September 2026 to 25 September 2026. Say so when you post it."
        ]

    def test_only_the_time_asked_for_is_taken_and_the_rest_is_counted(self):
        parsed = read("ics/libcal_clearview_ca.ics", at(8, 25, 9))
        assert (len(parsed.events), parsed.past, parsed.later) == (4, 3, 0)
        parsed = read("ics/libcal_clearview_ca.ics", at(8, 1, 12), horizon_days=20)
        assert (len(parsed.events), parsed.past, parsed.later) == (3, 0, 4)

    def test_a_series_with_two_dates_taken_out(self):
        berlin = ZoneInfo("Europe/Berlin")
        parsed = read("ics/recurring_each_week_but_two_deleted.ics", datetime(2019, 3, 1, tzinfo=berlin), zone=berlin)
        assert [event.starts_at.strftime("%d %b %H:%M") for event in parsed.events] == [
            "04 Mar 00:30", "18 Mar 00:30", "01 Apr 00:30", "08 Apr 00:30", "15 Apr 00:30", "22 Apr 00:30",
        ]  # fmt: skip
        assert parsed.events[0].occurrence == "2019-03-03T23:30:00Z"
        assert parsed.events[2].occurrence == "2019-03-31T22:30:00Z"
        assert {event.external_uid for event in parsed.events} == {"SX2CURHKFTKKFFU3VUD7K"}

    def test_one_date_of_a_series_cancelled(self):
        parsed = read("ics/recurring_issue_18_cancel_status.ics", datetime(2020, 1, 20, tzinfo=UTC))
        assert [(event.occurrence, event.state) for event in parsed.events] == [
            ("2020-01-28T21:00:00Z", "scheduled"), ("2020-01-29T21:00:00Z", "cancelled"),
            ("2020-01-30T21:00:00Z", "scheduled"),
        ]  # fmt: skip

    def test_libcal_rss(self):
        parsed = read("rss/libcal_rss_sample.xml", at(7, 10))
        assert parsed.calendar_name == "Events - Cleveland Public Library" and not parsed.problems
        assert told(parsed) == [
            ("Crafts for Little Ones", "scheduled", at(7, 14, 10, 15), at(7, 14, 11), False, ("Rice",), "Main Floor",
             True),
            ("Adult Job Help", "cancelled", at(7, 15, 14), at(7, 15, 15), False, ("Rice",), "", None),
            ("Whatcomics 2026", "scheduled", at(10, 31), at(11, 1), True, (), "", None),
        ]  # fmt: skip
        crafts, job, comics = parsed.events
        assert (crafts.description, crafts.categories) == ("Come pick up a craft!", ("Arts & Culture",))
        assert crafts.image_url == "https://example.org/craft.jpg"
        assert job.audiences == ("Adults", "Older Adults")
        assert (comics.external_uid, comics.starts_on, comics.ends_on) == (
            "LibCal-16907830", date(2026, 10, 31), date(2026, 10, 31),
        )  # fmt: skip

    def test_bibliocommons_rss(self):
        vancouver = ZoneInfo("America/Vancouver")
        parsed = read("rss/bibliocommons_events_richmond.xml", at(9, 10), zone=vancouver)
        duplo, off = parsed.events
        assert (duplo.starts_at, duplo.ends_at) == (
            datetime(2026, 9, 24, 11, tzinfo=vancouver), datetime(2026, 9, 24, 11, 30, tzinfo=vancouver),
        )  # fmt: skip
        assert duplo.branch_names == ("Steveston Library (Easthope Hub)",) and duplo.registration_required
        assert duplo.description == "Ideal for children ages 2-5 with a caregiver.\nRegistration Required."
        assert (off.state, off.title, off.ends_at) == ("cancelled", "Cancelled Program", None)

    def test_a_municipal_feed_that_puts_the_event_where_the_stamp_belongs(self):
        parsed = read("rss/drupal_clearview_events.rss", at(9, 10))
        assert [(event.title, event.starts_at, event.ends_at) for event in parsed.events] == [
            ("CHS Speaker Series: Village Green Gardens", at(9, 16, 19), None),
            ("TIFF Movie Night", at(9, 18, 18, 30), None),
        ]
        assert parsed.events[1].description.startswith("Purple Hills Arts & Creemore Village Green are excited")


class TestBrokenCalendars:
    def test_an_invalid_hint_does_not_cost_the_calendar(self):
        lines = calendar("DTSTART:20260805T230000Z", head="VERSION:2.0\nREFRESH-INTERVAL:P15M\nX-PUBLISHED-TTL:soon")
        parsed = parse_ics(lines, zone=TORONTO, now=AUGUST)
        assert len(parsed.events) == 1 and parsed.problems == [] and parsed.complete

    def test_one_bad_event_is_told_by_its_line_and_the_others_are_kept(self):
        parsed = parse_ics(
            calendar("DTSTART:20260805T230000Z", "DTSTART:soonish\nSUMMARY:Bad", "DTSTART:20260806T230000Z",
                     "LOCATION:x"),
            zone=TORONTO, now=AUGUST,
        )  # fmt: skip
        assert [event.title for event in parsed.events] == ["Event 1", "Event 3"] and not parsed.complete
        assert [(problem.where, problem.uid, problem.dropped) for problem in parsed.problems] == [
            ("line 8: “Bad”", "2@test", True), ("line 18: “Event 4”", "4@test", True),
        ]  # fmt: skip
        assert "soonish" in parsed.problems[0].text and "no start" in parsed.problems[1].text

    def test_what_breaks_the_whole_file_is_read_event_by_event(self):
        nested = "DTSTART:20260805T230000Z\nBEGIN:VALARM\nTRIGGER:-PT5M\nEND:VTODO"
        parsed = parse_ics(calendar(nested, "DTSTART:20260806T230000Z"), zone=TORONTO, now=AUGUST)
        assert "Event 2" in [event.title for event in parsed.events]

    def test_a_bad_frame_does_not_cost_the_events(self):
        rule = "BEGIN:STANDARD\nTZOFFSETFROM:nonsense\nEND:STANDARD"
        frame = f"VERSION:2.0\nBEGIN:VTIMEZONE\nTZID:X\n{rule}\nEND:VTIMEZONE"
        parsed = parse_ics(calendar("DTSTART:20260805T230000Z", head=frame), zone=TORONTO, now=AUGUST)
        assert len(parsed.events) == 1

    def test_a_file_that_breaks_off_says_so(self):
        whole = calendar("DTSTART:20260805T230000Z", "DTSTART:20260806T230000Z")
        parsed = parse_ics(whole[: whole.rindex(b"END:VEVENT")], zone=TORONTO, now=AUGUST)
        assert [event.title for event in parsed.events] == ["Event 1"] and not parsed.complete
        assert [problem.text for problem in parsed.problems] == [
            "The calendar breaks off here; what came before it was read.", "It has no end (END:VEVENT is missing).",
        ]  # fmt: skip

    def test_a_line_that_is_none_is_told(self):
        event, problems = only("DTSTART:20260805T230000Z\nthis is no line")
        assert event.title == "Event 1" and problems == ["A line in it cannot be read and was left out."]

    def test_an_odd_line_end_inside_a_text_does_not_cut_it(self):
        event, problems = only("DTSTART:20260805T230000Z\nDESCRIPTION:before\u2028after\x0bend")
        assert event.description == "before after end" and problems == []

    def test_another_alphabet_than_utf8_is_read_and_told(self):
        lines = calendar("DTSTART:20260805T230000Z\nSUMMARY:Soirée").decode().encode("cp1252")
        parsed = parse(lines, zone=TORONTO, now=AUGUST)
        assert parsed.events[0].title == "Soirée" and "not UTF-8" in parsed.problems[0].text

    def test_an_event_without_uid_keeps_its_name_between_readings(self):
        lines = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260805T230000Z\nSUMMARY:A\nEND:VEVENT\nEND:VCALENDAR"
        first, second = (parse_ics(lines, zone=TORONTO, now=AUGUST).events[0] for _ in range(2))
        assert first.external_uid == second.external_uid == "none:A:20260805T230000Z"

    def test_a_private_event_is_told(self):
        _, problems = only("DTSTART:20260805T230000Z\nCLASS:PRIVATE")
        assert problems == ["It is marked as private in its calendar; ask before you announce it."]

    def test_a_year_that_cannot_be_right_is_told(self):
        parsed = parse_ics(calendar("DTSTART:00010101T000000Z"), zone=TORONTO, now=AUGUST)
        assert parsed.events == [] and "the year 1 cannot be right" in parsed.problems[0].text

    def test_an_empty_calendar_is_a_calendar(self):
        parsed = parse(calendar(), zone=TORONTO, now=AUGUST)
        assert parsed.events == [] and parsed.problems == [] and parsed.complete


class TestChangeDetection:
    BASE = "UID:a\nDTSTART:20260805T230000Z\nDTEND:20260806T000000Z\nSUMMARY:A\nLOCATION:Oak Branch\nDESCRIPTION:Text"

    def test_a_new_stamp_is_no_change(self):
        once, _ = only(self.BASE + "\nDTSTAMP:20260801T000000Z\nSEQUENCE:1")
        again, _ = only(self.BASE + "\nDTSTAMP:20260802T000000Z\nSEQUENCE:2")
        assert once.content_hash == again.content_hash

    @pytest.mark.parametrize(
        ("old", "new"),
        [("SUMMARY:A", "SUMMARY:B"), ("T230000Z", "T233000Z"), ("Oak", "Elm"), ("Text", "Texts"),
         ("SUMMARY:A", "SUMMARY:A (FULL)")],
    )  # fmt: skip
    def test_what_a_reader_would_notice_is_a_change(self, old, new):
        assert only(self.BASE)[0].content_hash != only(self.BASE.replace(old, new))[0].content_hash


class TestWhatIsNoCalendar:
    @pytest.mark.parametrize(
        ("data", "code", "word"),
        [
            (b"", "empty", "empty"), (b" \r\n ", "empty", "empty"),
            (b"<!DOCTYPE html><html><body>Events</body></html>", "web_page", "Subscribe"),
            (b"\n<html lang='en'>", "web_page", "web page"),
            (b"<?xml version='1.0'?><!DOCTYPE html><html xmlns='x'/>", "web_page", "web page"),
            (b'{"events": []}', "json", "JSON"), (b"%PDF-1.4", "binary", "PDF"), (b"PK\x03\x04", "binary", "ZIP"),
            (b"\0\1\2\3" * 50, "binary", "data file"), (b"hello", "not_a_calendar", ".ics"),
            (b"<note/>", "not_a_calendar", "XML"), (b"<rss><channel>", "broken_xml", "not valid XML"),
            (b"<feed xmlns='http://www.w3.org/2005/Atom'/>", "no_event_dates", "Atom"),
            (b"<!DOCTYPE rss [<!ENTITY a 'b'>]><rss>&a;</rss>", "broken_xml", "DTD"),
            (b"<rss><channel><item><title>News</title><pubDate>Mon, 03 Aug 2026 10:00:00 GMT</pubDate></item></channel>"
             b"</rss>", "no_event_dates", "news feed"),
            (b"BEGIN:VCALENDAR\n" + b"X" * (5 * 1024 * 1024), "too_large", "5 MB"),
        ],
    )  # fmt: skip
    def test_it_is_called_by_its_name(self, data, code, word):
        with pytest.raises(NotACalendar) as caught:
            parse(data, zone=TORONTO, now=AUGUST)
        assert caught.value.code == code and word in caught.value.text and str(caught.value) == caught.value.text

    def test_the_servers_word_is_passed_on_where_nothing_else_is_known(self):
        with pytest.raises(NotACalendar) as caught:
            parse(b"hello", "text/plain; charset=utf-8", zone=TORONTO, now=AUGUST)
        assert "the server calls it text/plain" in caught.value.text

    def test_twenty_megabytes_are_refused_unread(self):
        with pytest.raises(NotACalendar) as caught:
            parse_ics(b"BEGIN:VCALENDAR\n" * 1_310_720, zone=TORONTO, now=AUGUST)
        assert caught.value.code == "too_large" and "20 MB" in caught.value.text

    def test_entries_without_a_readable_date_are_told_one_by_one(self):
        item = "<item><title>{}</title><libcal:date>{}</libcal:date><guid>{}</guid></item>"
        items = item.format("Good", "2026-08-05", 1) + item.format("Bad", "tomorrow", 2)
        data = f'<rss xmlns:libcal="https://libcal.com/rss_xmlns.php"><channel>{items}</channel></rss>'.encode()
        parsed = parse_rss(data, zone=TORONTO, now=AUGUST)
        assert [event.title for event in parsed.events] == ["Good"] and not parsed.complete
        assert (parsed.problems[0].where, parsed.problems[0].uid) == ("entry 2: “Bad”", "2")

    @settings(max_examples=300, deadline=None)
    @given(
        start=st.sampled_from([b"", b"BEGIN:VCALENDAR\r\n", b"<rss><channel><item>", b"<?xml version='1.0'?>", b"\xff"]),
        rest=st.binary(max_size=300),
    )  # fmt: skip
    def test_garbage_raises_nothing_but_its_own_error(self, start, rest):
        try:
            parse(start + rest, zone=TORONTO, now=AUGUST)
        except NotACalendar as refused:
            assert refused.text

    LINES = st.sampled_from([
        "DTSTART:20260805T230000Z", "DTSTART;VALUE=DATE:20260805", "DTSTART:", "DTSTART;TZID=:20260805T230000",
        "DTSTART;TZID=Europe/Berlin:20261025T023000", "DTSTART:99991231T235959Z", "DTSTART:20260805T230000Z/PT1H",
        "DTEND:20260806T000000Z", "DTEND;VALUE=DATE:20260801", "DTEND:00010101T000000Z", "DURATION:P1D",
        "DURATION:-PT9H", "DURATION:P99999999W", "RRULE:FREQ=WEEKLY", "RRULE:FREQ=MONTHLY;BYDAY=9MO", "RRULE:FREQ=DAILY;UNTIL=19990101",
        "RRULE:FREQ=YEARLY;BYMONTH=0", "RDATE:20260901T100000Z", "RDATE;VALUE=PERIOD:20260901T100000Z/PT1H",
        "EXDATE:20260805", "EXDATE:x", "RECURRENCE-ID:20260805T230000Z", "RECURRENCE-ID;VALUE=DATE:20260805",
        "SUMMARY:Cancelled: Story Time (FULL) - Oak Branch", "SUMMARY:", "SUMMARY:\\n", "LOCATION:A\\, B and C Branch",
        "LOCATION:,;,", "CATEGORIES:", "CATEGORIES:a,\\, > ,b", "STATUS:CANCELLED", "UID:same", "UID:", "SEQUENCE:x",
        "ATTACH;FMTTYPE=image/png:https://example.org/a.png", "URL:javascript:alert(1)", "DESCRIPTION:<b>x", "BEGIN:VALARM",
        "END:VALARM", "BEGIN:VEVENT", "END:VEVENT", "END:VCALENDAR", " folded", "nonsense", "X-A;B=\"c:d",
    ])  # fmt: skip

    @settings(max_examples=400, deadline=None)
    @given(events=st.lists(st.lists(LINES, max_size=8), max_size=4))
    def test_any_mixture_of_lines_gives_sound_events_or_problems(self, events):
        body = "\n".join("\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT"]) for lines in events)
        parsed = parse(f"BEGIN:VCALENDAR\n{body}\nEND:VCALENDAR\n".encode(), zone=TORONTO, now=AUGUST)
        assert len({(event.external_uid, event.occurrence) for event in parsed.events}) == len(parsed.events)
        for event in parsed.events:
            assert event.title and event.external_uid and event.starts_at.tzinfo is TORONTO
            assert event.ends_at is None or event.ends_at > event.starts_at
            assert event.state in {"scheduled", "cancelled", "full", "closed", "postponed"}
            assert event.all_day == (event.starts_on is not None) and "<" not in event.url
            assert AUGUST - timedelta(days=1) <= (event.ends_at or event.starts_at)
            assert event.starts_at <= AUGUST + timedelta(days=120)


class TestThePracticeCalendar:
    @settings(max_examples=40, deadline=None)
    @given(today=st.dates(date(2026, 1, 1), date(2030, 12, 31)))
    def test_on_any_day_it_holds_the_coming_five_weeks(self, today):
        now = datetime(today.year, today.month, today.day, 12, tzinfo=TORONTO)
        parsed = parse(events_ics(today, TORONTO), zone=TORONTO, now=now, branches=BRANCHES)
        assert len(parsed.events) == 26 and parsed.complete and not any(problem.dropped for problem in parsed.problems)
        assert all(today < event.starts_at.date() <= today + timedelta(days=35) for event in parsed.events)
        assert {event.state for event in parsed.events} == {"scheduled", "cancelled", "full", "closed", "postponed"}
        night = next(event for event in parsed.events if event.title == "Games Through the Night")
        assert night.starts_at.hour == 19 and night.ends_at.date() > night.starts_at.date()
        assert sorted(problem.text.split(",")[0][:12] for problem in parsed.problems) == ["It lasts 13 ", "It runs for "]

    def test_it_is_written_as_the_standard_asks(self):
        lines = events_ics(date(2026, 11, 24), TORONTO).split(b"\r\n")
        assert max(map(len, lines)) <= 75 and b"\n" not in b"".join(lines)
        assert lines.count(b"BEGIN:VEVENT") == 26 and lines[-2] == b"END:VCALENDAR"
