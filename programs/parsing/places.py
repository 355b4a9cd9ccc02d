"""Tells branches from rooms in what a feed calls the location."""

from __future__ import annotations

import re

ALL_BRANCHES = "All Branches"
ONLINE = "Online"
_ALL = re.compile(r"(?:at )?all (?:library )?(?:branches|locations|libraries)", re.IGNORECASE)
_ONLINE = re.compile(r"\b(?:online|virtual|zoom|webinar|livestream|microsoft teams)\b", re.IGNORECASE)
_BRANCH = re.compile(r"\bbranch(?:es)?$", re.IGNORECASE)
_ROOM = re.compile(
    r"\b(?:room|hall|floor|lab|studio|auditorium|theatre|theater|lobby|area|makerspace|patio|garden|corner|basement"
    r"|level|lounge|gallery|kitchen|classroom|desk|foyer|entrance|parking lot)\b", re.IGNORECASE,
)  # fmt: skip
_JOIN = re.compile(r"\s*(?:,|;|&|\band\b)\s*", re.IGNORECASE)
_DASH = re.compile(r"\s+[-–—|]\s+|\s*:\s+")


def split_place(text: str, known: tuple[str, ...] = ()) -> tuple[tuple[str, ...], str]:
    """Names of branches and the room, from one location text.

    "Elmvale and Midhurst Branch" is two branches, "The McGuire Meeting Room" a room, "Oak Branch - Main Floor" one of
    each. `known` are the library's own branch names. Online places are ONLINE, every branch is ALL_BRANCHES.
    A street address stays whole, as one name.
    """
    text = text.strip(" ,;")
    if text in ("", "US"):              # LibraryMarket's calendars call online events "US"
        return (), ""
    branches: dict[str, str] = {}
    rooms = []
    for piece in _pieces(text):
        names, room = _one(piece, known)
        branches.update((name.casefold(), name) for name in names)
        rooms += [room] if room else []
    return tuple(branches.values()), ", ".join(rooms)[:200]


def _pieces(text: str) -> list[str]:
    """Parts between commas, unless it is a street address."""
    parts = [part.strip() for part in re.split(r"[,;]", text) if part.strip()]
    is_address = len(parts) > 1 and any(re.match(r"\d+\w?\s", part) or re.search(r"\d{4,}", part) for part in parts)
    return [text] if is_address else parts


def _one(piece: str, known: tuple[str, ...]) -> tuple[list[str], str]:
    if _ALL.fullmatch(piece):
        return [ALL_BRANCHES], ""
    if names := branch_phrase(piece, known):
        return names, ""
    parts = _DASH.split(piece, maxsplit=1)
    if len(parts) == 2 and (names := branch_phrase(parts[0], known) or ([parts[0]] if _ROOM.search(parts[1]) else [])):
        return names, parts[1].strip()
    if _ROOM.search(piece):
        return [], piece
    if _ONLINE.search(piece):
        return [ONLINE], ""
    return [piece[:200]], ""


def branch_phrase(text: str, known: tuple[str, ...] = ()) -> list[str]:
    """The branches a phrase names when it does nothing else: "Elmvale and Midhurst Branches", "All Branches"."""
    text = text.strip(" ,;!.")
    if _ALL.fullmatch(text):
        return [ALL_BRANCHES]
    spelled = {name.casefold(): name for name in known}
    bare = _BRANCH.sub("", text).strip()
    if text.casefold() in spelled or bare.casefold() in spelled:
        return [spelled.get(text.casefold()) or spelled[bare.casefold()]]
    parts = [_BRANCH.sub("", part).strip() for part in _JOIN.split(text) if part.strip()]
    if len(parts) > 1 and all(part.casefold() in spelled for part in parts):
        return [spelled[part.casefold()] for part in parts]
    if bare == text or not parts or not all(_looks_like_name(part) for part in parts):
        return []
    return [f"{part} Branch" for part in parts]


def _looks_like_name(text: str) -> bool:
    words = text.split()
    return 1 <= len(words) <= 3 and all(word[0].isupper() or word[0].isdigit() for word in words)


def without_branch(location: str, branches: tuple[str, ...]) -> str:
    """The room, where a feed says the branch twice: "Rice - Main Floor" at Rice is "Main Floor"."""
    for name in branches:
        if location.casefold() == name.casefold():
            return ""
        begun = location[: len(name)].casefold() == name.casefold()
        if begun and (rest := re.fullmatch(r"\s*[-–—:,|]\s*(.+)", location[len(name):])):
            return rest[1].strip()[:200]
    return location[:200]
