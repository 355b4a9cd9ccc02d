"""What the tests of feeds share: samples, small calendars, and a fixed first of August."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from programs.parsing import Parsed, parse, parse_ics

DATA = Path(__file__).resolve().parents[1] / "data"
TORONTO = ZoneInfo("America/Toronto")
AUGUST = datetime(2026, 8, 1, 12, tzinfo=TORONTO)
FIELDS = ("title", "state", "starts_at", "ends_at", "all_day", "branch_names", "room", "registration_required")


def at(month: int, day: int, hour: int = 0, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=TORONTO)


def read(name: str, now: datetime = AUGUST, **told) -> Parsed:
    return parse((DATA / name).read_bytes(), zone=told.pop("zone", TORONTO), now=now, **told)


def told(parsed: Parsed) -> list[tuple]:
    return [tuple(getattr(event, name) for name in FIELDS) for event in parsed.events]


def calendar(*events: str, head: str = "VERSION:2.0") -> bytes:
    """A calendar of the given property lines; each event gets a UID and a title unless it brings its own."""
    blocks = []
    for number, lines in enumerate(events, 1):
        extra = "" if "UID:" in lines else f"UID:{number}@test\n"
        extra += "" if "SUMMARY:" in lines else f"SUMMARY:Event {number}\n"
        blocks.append(f"BEGIN:VEVENT\n{extra}{lines}\nEND:VEVENT")
    return "\n".join(["BEGIN:VCALENDAR", head, *blocks, "END:VCALENDAR", ""]).replace("\n", "\r\n").encode()


def only(*events: str, **given_) -> tuple:
    """The one event of a calendar of one, and the texts of the problems."""
    parsed = parse_ics(calendar(*events), zone=given_.pop("zone", TORONTO), now=given_.pop("now", AUGUST), **given_)
    (event,) = parsed.events
    return event, [problem.text for problem in parsed.problems]
