"""The invented calendar of Fernhollow Public Library, shaped as LibCal writes it, quirks included.

Every name, address and telephone number is made up. Dates always lie in the five weeks after the day given.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LIBRARY = "Fernhollow Public Library"
BRANCHES = ("Main Street", "Mill Lane", "Harbour")
SITE = "https://fernhollow.example.org"
CALENDAR_ID = 7301
MON, TUE, WED, THU, FRI, SAT, SUN = range(7)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the programme. `begins` is a wall time, None for whole days; `lasts` in minutes, or days then."""

    week: int                   # 0: the week that begins with the day after the one given
    weekday: int
    begins: str | None
    lasts: int
    title: str
    place: str
    categories: str
    words: str


STORY = (
    "Stories, songs and a little movement for children from 2 to 5 and the grown-ups who bring them.\n\n"
    "No registration required: drop in and stay as long as you like. The room opens ten minutes early."
)
YOUNG = "Children, Children > Early years"
PROGRAMME = (
    Entry(0, TUE, "10:00", 45, "Story Time at the Hearth", "Main Street Branch", YOUNG, STORY),
    Entry(1, TUE, "10:00", 45, "Story Time at the Hearth", "Main Street Branch", YOUNG, STORY),
    Entry(2, TUE, "10:00", 45, "Cancelled: Story Time at the Hearth", "Main Street Branch", "Children",
          "No Story Time this week: our storyteller is away. We are back next Tuesday at ten."),
    Entry(3, TUE, "10:00", 45, "Story Time at the Hearth", "Main Street Branch", YOUNG, STORY),
    Entry(0, WED, "18:30", 90, "Author Evening: Salt on the Sill", "Main Street Branch",
          "Adults, Adults > Author visits",
          "Novelist Ottoline Marr reads from “Salt on the Sill”, her story of a lighthouse keeper's daughters, and "
          "answers your questions over tea.\n\nCost: Free\n\nRegistration required. Register: "
          f"{SITE}/register/salt-on-the-sill\n\nStep-free entrance and a hearing loop in the Fern Room."),
    Entry(0, THU, "13:30", 60, "Baby Rhymes by the Water - Harbour Branch", "Harbour Branch ", "Children",
          "Rhymes and bouncing songs for babies up to 18 months with a caregiver. Blankets are provided.\n\n"
          "Please register by Wednesday noon: places for twelve babies."),
    Entry(0, FRI, "19:00", 330, "Games Through the Night", "Mill Lane Branch", "Teens",
          "Board games, card games and far too much popcorn until half past midnight. For ages 14 to 18.\n\n"
          f"Sign up at {SITE}/register/games-night and bring the form signed at home."),
    Entry(0, SAT, "14:00", 120, "Repair Café (NOW FULL)", "Main Street Branch\\, Mill Lane Branch", "Adults, Makers",
          "Bring a lamp, a jumper or a wobbly chair and mend it with a volunteer.\n\nAll seats are taken; ask at the "
          "desk to be put on the waiting list.\n\nRegistration required."),
    Entry(0, SAT, "10:30", 60, "Paws & Pages: read to a dog", "Harbour Branch", "Children > Reading",
          "Biscuit is a patient listener. Fifteen minutes each for readers from 6 to 10.\n\nRegister: "
          f"{SITE}/register/paws"),
    Entry(1, MON, None, 1, "Closed: stocktaking day", "All Branches", "",
          "All three branches are closed for stocktaking. Returns boxes stay open and nothing falls due."),
    Entry(1, TUE, "15:00", 60, "Computer Help, one to one", "Mill Lane Branch", "Adults, Digital skills",
          "Half an hour with a volunteer about your phone or laptop. Drop in, or call 555-0142 to keep a place."),
    Entry(1, WED, "10:30", 60, "Brick Builders: Main Street and Harbour Branches", "Main Street and Harbour Branch ",
          "Children", "A new building challenge each week for ages 6 to 10.\n\nCost: Free\n\n"
          "No registration required for this drop-in program."),
    Entry(1, THU, "18:00", 75, "Newcomers' Conversation Circle", "Main Street Branch", "Adults, Adults > Languages",
          "Practise English in a small group with a friendly host. All levels. Come to one evening or to all of them."),
    Entry(1, FRI, "15:30", 90, "Zine Lab (Ages 12 & up)", "The Loom Meeting Room", "Teens, Makers",
          "Fold, draw, paste and copy your own little magazine at Mill Lane.\n\nRegistration required. Ten places."),
    Entry(1, SAT, "11:00", 60, "Seed Library opening", "Mill Lane Branch", "Adults, Garden",
          "Take a packet of beans, sunflowers or marjoram home, and bring seeds back in autumn. Nothing to sign."),
    Entry(1, SAT, None, 23, "Windows of the World: a quilt exhibition", "Harbour Branch", "Exhibitions",
          "Forty quilts made by our neighbours hang in the reading room. Whenever we are open."),
    Entry(2, MON, "14:00", 60, "Local History Hour: when the mill burned", "Mill Lane Branch", "Adults, Local history",
          "Archivist Ferris Oakley opens the box of 1911 photographs that nobody had labelled."),
    Entry(2, WED, "19:00", 90, "Book Club: the long way round", "Harbour Branch", "Adults, Book clubs",
          "We talk about “The Cartographer's Kitchen”. Copies wait at the desk.\n\nNew members welcome. "
          "Registration is not required."),
    Entry(2, THU, "16:00", 60, "Homework Help", "Main Street Branch\\, Mill Lane Branch\\, Harbour Branch", "Teens",
          "Students of Fernhollow College help with mathematics, science and French."),
    Entry(2, FRI, "10:30", 780, "Lizards & Friends", "Main Street Branch", "Children > Special programs",
          "Meet a gecko, a tortoise and a very calm snake.\n\nA free but required ticket is at the desk."),
    Entry(2, SAT, "13:00", 120, "Watercolour for beginners (waitlist only)", "Main Street Branch", "Adults, Makers",
          f"Paper and paint are there; bring an old shirt.\n\nRegister: {SITE}/register/watercolour"),
    Entry(3, MON, "18:00", 60, "Postponed: Library Board meeting", "Main Street Branch", "Board",
          "The public meeting is moved; the new date will be posted here."),
    Entry(3, WED, "12:15", 40, "Lunchtime Concert: two cellos", "Main Street Branch", "Adults, Music",
          "Bring your sandwich. Forty minutes of Boccherini and a surprise.\n\nCost: Free"),
    Entry(3, SAT, "10:00", 180, "Great Fernhollow Book Sale", "Harbour Branch", "Friends of the library",
          "A thousand books at a dollar each. Proceeds buy new picture books. Cash and card."),
    Entry(4, TUE, "18:30", 60, "Online: Start your family tree", "Online via Zoom", "Adults, Local history",
          f"From your own sofa.\n\nRegistration required: {SITE}/register/family-tree"),
    Entry(4, SAT, None, 1, "Winter Reading begins", "All Branches", "Children, Teens, Adults",
          "Pick up your reading card at any branch. Ten books, one small prize, no prescriptions."),
)  # fmt: skip


def events_ics(today: date, zone: ZoneInfo) -> bytes:
    """The calendar as bytes (CRLF, folded at 75 octets), its dates in the five weeks after `today`, in `zone`."""
    head = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Springshare//LibCal//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
        f"X-WR-CALNAME:Events at {LIBRARY}", "X-WR-CALDESC:", "X-WR-TIMEZONE:America/New_York",
        "X-PUBLISHED-TTL:PT15M",
    ]  # fmt: skip
    lines = [*head]
    for number, entry in enumerate(PROGRAMME, 510_001):
        lines += _event(entry, number, today, zone)
    return "".join(_folded(line) for line in [*lines, "END:VCALENDAR"]).encode()


def _event(entry: Entry, number: int, today: date, zone: ZoneInfo) -> list[str]:
    """One VEVENT. DTSTAMP is the event's own day, as LibCal has it."""
    first = today + timedelta(days=1)
    on = first + timedelta(days=(entry.weekday - first.weekday()) % 7 + 7 * entry.week)
    if entry.begins is None:
        when = [f"DTSTART;VALUE=DATE:{on:%Y%m%d}", f"DTEND;VALUE=DATE:{on + timedelta(days=entry.lasts):%Y%m%d}"]
    else:
        start = datetime.combine(on, time.fromisoformat(entry.begins), zone).astimezone(UTC)
        end = start + timedelta(minutes=entry.lasts)
        when = [f"DTSTART:{start:%Y%m%dT%H%M%SZ}", f"DTEND:{end:%Y%m%dT%H%M%SZ}"]
    return [
        "BEGIN:VEVENT", *when, f"DTSTAMP:{on:%Y%m%d}T000000Z", f"SUMMARY:{_escaped(entry.title)}",
        f"DESCRIPTION:{_escaped(entry.words)}", f"LOCATION:{entry.place}",
        'ORGANIZER;CN="Programs Desk":MAILTO:programs@fernhollow.example.org', f"CATEGORIES:{entry.categories}",
        f"UID:LibCal-{CALENDAR_ID}-{number}", f"URL:{SITE}/event/{number}", "END:VEVENT",
    ]  # fmt: skip


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    """RFC 5545, 3.1: no line longer than 75 octets; a folded one goes on after a blank."""
    parts, part = [], ""
    for letter in line:
        if len((part + letter).encode()) > 74:
            parts.append(part)
            part = ""
        part += letter
    return "\r\n ".join([*parts, part]) + "\r\n"
