"""Event feeds brought to one form. Pure: bytes in, events and problems out; no Django, no network, no clock."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from programs.parsing.decoding import decoded, refuse_size
from programs.parsing.ics import parse_ics
from programs.parsing.normal import ExternalEvent, NotACalendar, Parsed, Problem
from programs.parsing.rss import parse_rss

__all__ = ["ExternalEvent", "NotACalendar", "Parsed", "Problem", "parse", "parse_ics", "parse_rss"]

_BINARY = {
    b"%PDF": "a PDF document", b"PK\x03\x04": "a ZIP archive or an Office document", b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture", b"GIF8": "a picture", b"\x1f\x8b": "a packed file",
    b"\xd0\xcf\x11\xe0": "an Office document",
}  # fmt: skip


def parse(
    data: bytes, content_type: str = "", *, zone: ZoneInfo, now: datetime, horizon_days: int = 120,
    branches: tuple[str, ...] = (),
) -> Parsed:  # fmt: skip
    """Read a feed of any kind we know, told apart by what is in it; servers often name the type wrongly.

    `zone` is the library's, `now` an aware time, `branches` known branch names. Raises NotACalendar in plain words.
    """
    refuse_size(data)
    told = {"zone": zone, "now": now, "horizon_days": horizon_days, "branches": branches}
    head = decoded(data[:4000])[0].lstrip("\ufeff \t\r\n").upper() if not _binary(data) else ""
    if "BEGIN:VCALENDAR" in head and not head.startswith("<"):
        return parse_ics(data, **told)
    if head.startswith("<") and not _is_page(head):
        return parse_rss(data, **told)
    raise _stranger(data, head, content_type)


def _is_page(head: str) -> bool:
    return head.startswith(("<!DOCTYPE HTML", "<HTML", "<HEAD", "<BODY")) or "<HTML" in head


def _binary(data: bytes) -> str:
    for start, what in _BINARY.items():
        if data.startswith(start):
            return what
    is_wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return "" if is_wide or b"\0" not in data[:1000] else "a program or data file"


def _stranger(data: bytes, head: str, content_type: str) -> NotACalendar:
    if what := _binary(data):
        return NotACalendar("binary", f"This is {what}, not a calendar. Choose a file that ends in .ics.")
    if _is_page(head):
        return NotACalendar(
            "web_page",
            "This address shows a web page, not a calendar. On that page, look for “Subscribe”, “iCal” or “RSS” "
            "and copy the address behind it.",
        )
    if head.startswith(("{", "[")):
        return NotACalendar(
            "json",
            "This is data for programs (JSON), not a calendar. Look for an iCal or RSS address of the same calendar.",
        )
    named = f" (the server calls it {content_type.split(';', maxsplit=1)[0].strip()[:60]})" if content_type else ""
    return NotACalendar(
        "not_a_calendar",
        f"This is not a calendar{named}. A calendar file ends in .ics and begins with BEGIN:VCALENDAR.",
    )
