"""RSS feeds that carry event dates: LibCal's and BiblioCommons' own fields, Drupal's date in place of a stamp.

Read with ElementTree by way of defusedxml: a feed is hostile XML, and feedparser keeps only the last of the audiences
that LibCal repeats.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from xml.etree.ElementTree import Element, ParseError
from zoneinfo import ZoneInfo

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from programs.parsing.collecting import Collector
from programs.parsing.decoding import refuse_size
from programs.parsing.normal import NotACalendar, Parsed, Raw, Window
from programs.parsing.places import ONLINE
from programs.parsing.times import Unreadable

ITEMS_MAX = 5000
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_DRUPAL = re.compile(r"(?P<month>[A-Z][a-z]{2,8})\.? (?P<day>\d{1,2}), (?P<year>\d{4})\s*(?:-|at)\s*(?P<clock>.+)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

Fields = dict[tuple[str, str], list[str]]


def parse_rss(
    data: bytes, *, zone: ZoneInfo, now: datetime, horizon_days: int = 120, branches: tuple[str, ...] = ()
) -> Parsed:
    """Events from a day ago to `horizon_days` ahead of `now` (aware). Raises NotACalendar and nothing else.

    LibCal's and Drupal's times carry no zone and are the library's (`zone`); BiblioCommons' are UTC.
    """
    refuse_size(data)
    root = _root(data)
    found = Collector(zone, Window.around(now, horizon_days), branches)
    items = [element for element in root.iter() if _local(element) == "item"]
    if len(items) > ITEMS_MAX:
        found.problem(f"entry {ITEMS_MAX}", f"Only the first {ITEMS_MAX:,} entries were read.")
        found.complete = False
    for number, item in enumerate(items[:ITEMS_MAX], 1):
        fields = _fields(item)
        title = _first(fields, "", "title")
        where = f"entry {number}" + (f": “{' '.join(title.split())[:100]}”" if title.strip() else "")
        try:
            found.add(_raw(fields, zone), where)
        except Unreadable as error:
            found.dropped(where, f"It was left out: {error}.", _first(fields, "", "guid"))
    if items and found.refused == len(items):
        raise NotACalendar(
            "no_event_dates",
            "This is a news feed, and none of its entries says when an event takes place. "
            "Look for a calendar (iCal) address on the same page.",
        )
    return found.parsed(" ".join((root.findtext("channel/title") or "").split())[:200])


def _root(data: bytes) -> Element:
    try:
        root = fromstring(_CONTROL.sub(b"", data.lstrip()), forbid_dtd=True)
    except DefusedXmlException as error:
        raise NotACalendar("broken_xml", "This feed carries definitions (a DTD) that we do not read.") from error
    except (ParseError, ValueError, LookupError) as error:
        why = " ".join(str(error).split())[:100]
        raise NotACalendar("broken_xml", f"This feed is not valid XML ({why}).") from error
    if _local(root) == "feed":
        raise NotACalendar(
            "no_event_dates", "This is a news feed (Atom) without event dates. Look for a calendar (iCal) address."
        )
    if _local(root) not in ("rss", "RDF"):
        raise NotACalendar("not_a_calendar", "This is XML, but neither a calendar nor a feed of events.")
    return root


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _family(element: Element) -> str:
    """Which vendor's field it is, by its namespace."""
    space = str(element.tag).rpartition("}")[0]
    if "libcal.com" in space:
        return "libcal"
    return "bc" if "bibliocommons.com" in space else ""


def _fields(item: Element) -> Fields:
    """Every text of an item by vendor and name, repeated ones kept; BiblioCommons' place has parts of its own."""
    found: Fields = {}
    for child in item:
        family, name = _family(child), _local(child)
        found.setdefault((family, name), []).append(child.text or "")
        for part in child if family == "bc" else ():
            found.setdefault((family, f"{name}.{_local(part)}"), []).append(part.text or "")
    return found


def _first(fields: Fields, family: str, name: str) -> str:
    return fields.get((family, name), [""])[0].strip()


def _raw(fields: Fields, zone: ZoneInfo) -> Raw:
    """One item. Raises Unreadable where it says no date."""
    if ("libcal", "date") in fields:
        return _libcal(fields)
    if ("bc", "start_date") in fields:
        return _biblio(fields)
    link = _first(fields, "", "link")
    return Raw(
        uid=_first(fields, "", "guid") or link or _first(fields, "", "title"), title=_first(fields, "", "title"),
        start=_drupal_time(_first(fields, "", "pubDate")), description=_first(fields, "", "description"),
        categories=fields.get(("", "category"), []), url=link,
    )  # fmt: skip


def _libcal(fields: Fields) -> Raw:
    def own(name: str) -> str:
        return _first(fields, "libcal", name)

    link = _first(fields, "", "link")
    numbered = re.search(r"/event/(\d+)", link)
    uid = own("eventid") or (numbered[1] if numbered else "") or _first(fields, "", "guid") or link
    on = _date(own("date"))
    start, end = _clock(own("start")), _clock(own("end"))
    return Raw(
        uid=f"LibCal-{uid}", title=_first(fields, "", "title"), start=datetime.combine(on, start) if start else on,
        end=datetime.combine(on, end) if start and end else None,
        description=own("description") or _first(fields, "", "description"),
        location=own("location"), branch=own("campus"),
        audiences=fields.get(("libcal", "audience"), []), categories=fields.get(("", "category"), []),
        registration_required={"true": True, "false": False}.get(own("registrations").lower()),
        url=link, image_url=own("feat_image"),
    )  # fmt: skip


def _biblio(fields: Fields) -> Raw:
    def own(name: str) -> str:
        return _first(fields, "bc", name)

    online = own("location.id") == "BC_VIRTUAL"
    link = _first(fields, "", "link")
    return Raw(
        uid=_first(fields, "", "guid") or link, title=_first(fields, "", "title"), start=_utc(own("start_date")),
        end=_utc(own("end_date")) if own("end_date") else None, description=_first(fields, "", "description"),
        branch=ONLINE if online else own("location.name"), categories=fields.get(("", "category"), []),
        url=link, cancelled=own("is_cancelled").lower() == "true",
    )  # fmt: skip


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Unreadable(f"“{text[:40]}” is not a day") from error


def _clock(text: str) -> time | None:
    if not text:
        return None
    try:
        return time.fromisoformat(text).replace(tzinfo=None)
    except ValueError as error:
        raise Unreadable(f"“{text[:40]}” is not a time") from error


def _utc(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Unreadable(f"“{text[:40]}” is not a time") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _drupal_time(text: str) -> date | datetime:
    """"September 16, 2026 - 7:00pm", which some municipal sites put where the date of publication belongs."""
    found = _DRUPAL.fullmatch(text.strip())
    name = found["month"][:3].lower() if found else ""
    month = _MONTHS.index(name) + 1 if name in _MONTHS else 0
    hours = re.match(r"(\d{1,2})(?::(\d{2}))?\s*([ap])\.?m", found["clock"], re.IGNORECASE) if found else None
    if not found or not month or not hours:
        raise Unreadable("it does not say when the event takes place")
    hour = int(hours[1]) % 12 + (12 if hours[3].lower() == "p" else 0)
    try:
        return datetime(int(found["year"]), month, int(found["day"]), hour, int(hours[2] or 0))  # noqa: DTZ001
    except ValueError as error:
        raise Unreadable(f"“{text[:40]}” is not a time") from error
