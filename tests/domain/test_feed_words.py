"""What is read out of titles, places and prose of feeds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programs.parsing.places import split_place
from programs.parsing.prose import address, plain_text, registration
from programs.parsing.titles import read_title


class TestTitles:
    @pytest.mark.parametrize(
        ("raw", "text", "state"),
        [
            ("Cancelled: Adult Job Help", "Adult Job Help", "cancelled"), ("CANCELED - Yoga", "Yoga", "cancelled"),
            ("CANCELLED Toddler Time", "Toddler Time", "cancelled"), ("Yoga (Cancelled)", "Yoga", "cancelled"),
            ("**CANCELLED** Yoga", "Yoga", "cancelled"), ("Yoga - CANCELLED", "Yoga", "cancelled"),
            ("Cancelled", "Cancelled", "cancelled"), ("Cancelled flights: a talk", "Cancelled flights: a talk", "scheduled"),
            ("Paint Night (NOW FULL)", "Paint Night", "full"), ("Paint Night NOW FULL!", "Paint Night", "full"),
            ("FULL: Paint Night", "Paint Night", "full"), ("Paint Night [Full]", "Paint Night", "full"),
            ("Paint Night (Waitlist only)", "Paint Night", "full"), ("Paint Night - Sold out", "Paint Night", "full"),
            ("Paint Night (registration closed)", "Paint Night", "full"),
            ("Full Moon Walk", "Full Moon Walk", "scheduled"), ("A Full House: film", "A Full House: film", "scheduled"),
            ("Closed: Labour Day", "Closed: Labour Day", "closed"), ("Library Closed", "Library Closed", "closed"),
            ("All Branches Closed for Thanksgiving", "All Branches Closed for Thanksgiving", "closed"),
            ("Closed Captioning Workshop", "Closed Captioning Workshop", "scheduled"),
            ("Postponed: Author Visit", "Author Visit", "postponed"), ("Author Visit (Rescheduled)", "Author Visit", "postponed"),
            ("Postponed - Cancelled: Chess", "Chess", "cancelled"),
        ],
    )  # fmt: skip
    def test_states_are_read_and_taken_out(self, raw, text, state):
        found = read_title(raw)
        assert (found.text, found.state) == (text, state)

    @pytest.mark.parametrize(
        ("raw", "text", "branches"),
        [
            ("Computer Help - Stayner Branch", "Computer Help", ("Stayner Branch",)),
            ("Stayner Branch: Computer Help", "Computer Help", ("Stayner Branch",)),
            ("Chess at the Oak Hill Branch", "Chess at the Oak Hill Branch", ("Oak Hill Branch",)),
            ("Chess - Mill Lane", "Chess", ("Mill Lane",)), ("Stayner Branch", "Stayner Branch", ()),
            ("Family Boxes All Branches", "Family Boxes", ("All Branches",)),
            ("Map Leaves Stayner Branch", "Map Leaves Stayner Branch", ()),
        ],
    )  # fmt: skip
    def test_branches_standing_alone_are_taken_out(self, raw, text, branches):
        found = read_title(raw, ("Mill Lane", "Harbour"))
        assert (found.text, found.branches) == (text, branches)

    @pytest.mark.parametrize(
        ("raw", "ages"),
        [("Cake (Ages 10 &up)", "Ages 10 & up"), ("Lego ages 6-9", "Ages 6 to 9"), ("Teens, Ages 12+", "Ages 12 & up"),
         ("Age 5 party", "Age 5"), ("Stages 1 to 3", None), ("Pages", None)],
    )  # fmt: skip
    def test_ages_are_spelled_one_way(self, raw, ages):
        assert read_title(raw).ages == ((ages,) if ages else ())

    @settings(max_examples=300, deadline=None)
    @given(raw=st.text(max_size=80).map(lambda text: " ".join(text.split())).filter(bool))
    def test_no_title_is_lost(self, raw):
        if raw.strip(" -–—:|*()[]!?@,;."):
            assert read_title(raw).text


class TestPlacesAndProse:
    @pytest.mark.parametrize(
        ("text", "branches", "room"),
        [
            ("Creemore Branch, New Lowell Branch", ("Creemore Branch", "New Lowell Branch"), ""),
            ("Elmvale and Midhurst Branch ", ("Elmvale Branch", "Midhurst Branch"), ""),
            ("The McGuire Meeting Room", (), "The McGuire Meeting Room"), ("All Branches", ("All Branches",), ""),
            ("Oak Branch - Main Floor", ("Oak Branch",), "Main Floor"), ("Online via Zoom", ("Online",), ""),
            ("12 Main St, Springfield, ON", ("12 Main St, Springfield, ON",), ""), ("", (), ""), ("US", (), ""),
            ("Main Street and Harbour", ("Main Street", "Harbour"), ""), ("MAIN STREET", ("Main Street",), ""),
            ("Main Street Branch", ("Main Street",), ""), ("Arts and Crafts Room", (), "Arts and Crafts Room"),
            ("Main Street: Program Room", ("Main Street",), "Program Room"), ("Town Hall", (), "Town Hall"),
        ],
    )  # fmt: skip
    def test_branches_and_rooms_are_told_apart(self, text, branches, room):
        assert split_place(text, ("Main Street", "Harbour")) == (branches, room)

    @pytest.mark.parametrize(
        ("text", "required", "url"),
        [
            ("Registration required.", True, ""), ("No registration required for this drop-in program.", False, ""),
            ("Drop in any time!", False, ""), ("Come along.", None, ""), ("Please register by Friday.", True, ""),
            ("Register: https://example.org/r/1.", True, "https://example.org/r/1"),
            ("Sign up at https://example.org/s?a=1, see you", True, "https://example.org/s?a=1"),
            ("See https://example.org/about", None, ""), ("The cash register broke.", None, ""),
            ("Session one: registration required. Session two: drop-in.", None, ""),
            ("Tickets are not required.", False, ""), ("A required ticket is at the desk.", True, ""),
            ("Register\n" + "x" * 200 + " https://example.org/far", None, ""),
        ],
    )  # fmt: skip
    def test_registration_is_read_from_prose(self, text, required, url):
        assert registration(text) == (required, url)

    def test_descriptions_become_plain_text(self):
        html = "<p>One &amp; two</p><ul><li>a</li><li>b</li></ul><script>evil()</script><a href='x'>link</a>\0"
        assert plain_text(html) == "One & two\n\n• a\n\n• b\n\nlink"
        assert plain_text("ages < 5 & up\r\n\r\n\r\n\r\nend  here") == "ages < 5 & up\n\nend here"

    @pytest.mark.parametrize("text", ["javascript:alert(1)", "https://", "mailto:a@example.org", "ftp://a.org", "x" * 600])
    def test_other_addresses_are_none(self, text):
        assert address(text) == ""
