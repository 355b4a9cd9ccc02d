"""Reads the states, branches and ages that libraries write into titles: their calendars have no field for them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from programs.parsing import places


@dataclass(frozen=True, slots=True)
class Title:
    """`text` is the title a reader should see; `state` is scheduled, cancelled, full, closed or postponed."""

    text: str
    state: str
    branches: tuple[str, ...] = ()
    ages: tuple[str, ...] = ()


_STOP = r"\s*(?:[:\-–—!]+|$)\s*"        # what must follow a word that speaks about the event and not of its subject
_OPEN, _SHUT = r"[\[(*]+\s*", r"\s*[\])*]+"


def _marks(word: str) -> re.Pattern[str]:
    """The word before a colon or dash, in brackets or stars, after a dash at the end, or shouted at the start."""
    shouted = word.replace("cancel+ed", "CANCEL+ED").replace("postponed|rescheduled", "POSTPONED|RESCHEDULED")
    parts = [
        rf"^\s*(?i:{word}){_STOP}", rf"{_OPEN}(?i:{word})\b[^\])*]{{0,60}}{_SHUT}\s*[:\-–—]?",
        rf"\s+[-–—:]\s*(?i:{word})\s*!*$",
    ]  # fmt: skip
    if shouted != word:
        parts.append(rf"^\s*(?:{shouted})\s+")
    return re.compile("|".join(parts))


_FULL = (
    r"(?:(?:now|program(?:me)?|class|currently|session|event|is)\s+)*full|sold[ -]?out"
    r"|wait[- ]?list(?:ed)?(?:\s+only)?|registration\s+(?:is\s+)?(?:now\s+)?(?:closed|full)"
)
_STATES = (
    ("cancelled", _marks(r"(?:cancel+ed)")),
    ("postponed", _marks(r"(?:postponed|rescheduled)")),
    ("full", _marks(rf"(?:{_FULL})")),
    ("full", re.compile(r"\s*[-–—:]?\s*\bNOW\s+FULL\b[!.]*")),
)
_CLOSED = re.compile(
    r"^\s*(?:(?:the\s+)?(?:library|libraries|branch|(?:[\w'’]+\s+){1,3}branch(?:es)?|all\s+(?:branches|locations))\s+"
    r"(?:(?:is|are|will\s+be)\s+)?)?closed\b(?!\s+caption)|[-–—:(]\s*closed\s*\)?\s*$", re.IGNORECASE,
)  # fmt: skip
_AGES = re.compile(
    r"\bages?\s+(\d{1,2})\s*(?:(?:[-–]|to)\s*(\d{1,2})|(&|and|\+)\s*(?:up|over|older)?|(?=\D|$))", re.IGNORECASE
)


def read_title(raw: str, known: tuple[str, ...] = ()) -> Title:
    """Split a title of one line into what it says about the event and what the event is called.

    Words that mark a state are taken out, but for "closed", which is the message itself. Branch names standing alone
    between dashes, colons or at the end are taken out and told in `branches`.
    """
    text, said = raw, set()
    for _ in range(3):                  # "Postponed - Cancelled: Chess" says two things before its name
        for name, marks in _STATES:
            shorter = marks.sub(" ", text)
            if shorter != text:
                said.add(name)
                text = shorter
    state = next((name for name, _ in _STATES if name in said), "scheduled")
    if state == "scheduled" and _CLOSED.search(text):
        state = "closed"
    text = _tidy(text) or _tidy(raw)
    text, branches = _without_branches(text, known) if state != "closed" else (text, ())
    return Title(text, state, branches or _at_branch(text), _ages(raw))


def _tidy(text: str) -> str:
    text = re.sub(r"\(\s*\)|\[\s*\]", " ", text)
    return " ".join(text.split()).strip(" -–—:|*")


def _without_branches(text: str, known: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Drop parts that only name branches; a title that is nothing else stays whole."""
    pieces = re.split(r"(\s+[-–—|@]\s+|:\s+|[!?]\s+)", text)
    kept, found = [pieces[0]], []
    for sign, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        if names := places.branch_phrase(piece, known):
            found += names
            kept.append(sign.strip() if sign[0] in "!?" else "")
        else:
            kept += [sign, piece]
    if len(pieces) > 2 and (names := places.branch_phrase(pieces[0], known)):
        kept[0], found = "", [*names, *found]
    shorter = _tidy("".join(kept))
    if ends := re.search(r"\s+(?:at\s+)?(All Branches)$", shorter):
        shorter, found = shorter[: ends.start()], [*found, places.ALL_BRANCHES]
    return (shorter, tuple(dict.fromkeys(found))) if shorter else (text, tuple(dict.fromkeys(found)))


def _at_branch(text: str) -> tuple[str, ...]:
    found = re.search(r"\bat (?:the )?((?:[A-Z][\w'’]*\s){1,3})Branch\b", text)
    return (f"{found[1].strip()} Branch",) if found else ()


def _ages(text: str) -> tuple[str, ...]:
    """Ages as one label, spelled one way: "Ages 10 & up", "Ages 6 to 9"."""
    found = _AGES.search(text)
    if not found:
        return ()
    low, high, up = found.groups()
    return (f"Ages {low} to {high}" if high else f"Ages {low} & up" if up else f"Age {low}",)
