"""A feed is written by strangers: it neither holds a worker up, nor leads inside, nor speaks with our voice."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.test import Client

from core import addresses
from libraries import notices
from libraries.models import Role
from programs.parsing import parse
from tests import factories

NOW = datetime.now(UTC)
HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\n"
TAIL = "END:VCALENDAR\r\n"
EVENT = f"BEGIN:VEVENT\r\nUID:u\r\nSUMMARY:Story time\r\nDTSTART;TZID=Evil:{NOW:%Y%m%d}T200000\r\nEND:VEVENT\r\n"
CHANGE = "BEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nTZOFFSETFROM:+0000\r\nTZOFFSETTO:+0100\r\nRRULE:{}\r\nEND:STANDARD\r\n"


def zone(rule: str, n: int = 1, begins: str = "BEGIN:VTIMEZONE") -> str:
    return f"{begins}\r\nTZID:Evil\r\n{CHANGE.format(rule) * n}END:VTIMEZONE\r\n"


def read(text: str) -> Any:
    began = time.process_time()
    found = parse(text.encode(), zone=ZoneInfo("America/Toronto"), now=NOW)
    assert time.process_time() - began < 4
    return found


@pytest.mark.parametrize("text", [
    HEAD + zone("FREQ=MINUTELY", 2000) + EVENT + TAIL,
    HEAD + zone("FREQ=MINU\r\n TELY", 300, "BEGIN:VTIME\r\n ZONE") + EVENT + TAIL,
    HEAD + zone("FREQ=SECONDLY", 300, "begin;x=y:VTIMEZONE") + EVENT + TAIL,
    HEAD + zone("FREQ=YEARLY;BYMONTH=1;BYDAY=MO,TU,WE,TH,FR,SA,SU", 300) + EVENT + TAIL,
    HEAD + EVENT.replace("END:VEVENT", zone("FREQ=MINUTELY", 90) + "END:VEVENT") + TAIL,
    HEAD + zone("FREQ=YEARLY;BYMONTH=1", 3000) + EVENT + TAIL,
], ids=["every minute", "folded", "with a parameter", "every day of a month", "inside an event", "thousands of rules"])  # fmt: skip
def test_a_time_zone_that_never_ends_costs_no_time_and_no_event(text: str) -> None:
    assert [event.title for event in read(text).events] == ["Story time"]


def test_a_time_zone_as_calendars_write_it_is_still_believed() -> None:
    found = read(HEAD + zone("FREQ=YEARLY;BYDAY=1SU;BYMONTH=11") + EVENT + TAIL)
    assert found.events[0].starts_at.astimezone(UTC).hour == 19


def test_an_event_of_nested_parts_is_left_out_and_told() -> None:
    found = read(HEAD + "BEGIN:VEVENT\r\nUID:u\r\n" + "BEGIN:VALARM\r\n" * 100_000 + "END:VEVENT\r\n" + TAIL)
    assert not found.events
    assert any("parts" in problem.text for problem in found.problems)


@pytest.mark.parametrize("text", ["fec0::1", "::ffff:0:7f00:1", "64:ff9b:1::7f00:1", "5f00::1", "4000::1"])
def test_forms_of_ipv6_that_are_nobodys_are_not_outside(text: str) -> None:
    assert not addresses.is_outside(text)


@pytest.mark.django_db
def test_what_a_feed_says_stands_on_the_pages_as_text() -> None:
    of = factories.library()
    said = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    event = factories.event(of, title=said, description=said, place=said, audience=said, url="https://fernhollow.example/1")
    staff = factories.actor(of, Role.STAFF)
    factories.draft(staff, factories.account(of, name=said), body=said, event=event)
    browser = Client()
    browser.force_login(staff.user)
    for address in (f"/events/{event.pk}/", "/events/", f"/posts/new/?event={event.pk}", "/posts/", "/calendar/", "/accounts/"):
        page = browser.get(address)
        assert page.status_code == 200, address
        assert "<script>alert" not in page.content.decode(), address
        assert "<img src=x" not in page.content.decode(), address


@pytest.mark.django_db
def test_a_name_with_line_breaks_writes_no_header_of_a_letter() -> None:
    of = factories.library(name="Fernhollow\r\nBcc: everybody@example.org")
    notices.raise_notice(of.pk, "k", title="“Story\ntime” is off", verb="post.schedule")
    assert notices.mail_new("http://127.0.0.1:8000") == 1
    assert mail.outbox
    assert {letter.subject for letter in mail.outbox} == {"[Fernhollow Bcc: everybody@example.org] “Story time” is off"}
    assert all(letter.recipients() and "everybody" not in str(letter.recipients()) for letter in mail.outbox)
