"""A long text in parts that each fit: whole words, links kept whole, numbered at the end. Pure; nothing is lost."""

from __future__ import annotations

import re

from platforms.base import Limits

PIECE = re.compile(r"\S+\s*")
SENTENCE = re.compile(r"[.!?…][\"'”’)]*\s*\Z|\n\s*\Z")
JOINING = "\u200d\ufe0e\ufe0f"
LEAST_FULL = 0.6  # a part ends with a sentence where that leaves it at least so full


def split(text: str, limits: Limits, *, numbered: bool = True) -> list[str]:
    """The parts of a thread, in order; [text] where it fits. `numbered` puts " 1/3" at the end of each.

    A single word longer than a part is cut, as nothing else could be done with it.
    """
    text = text.strip()
    if limits.count(text) <= limits.text_max:
        return [text]
    digits = 1
    while True:
        room = limits.text_max - (limits.count(" /") + 2 * digits if numbered else 0)
        found = _fill(text, room, limits)
        if len(str(len(found))) <= digits:
            break
        digits += 1
    return [f"{part} {n}/{len(found)}" for n, part in enumerate(found, 1)] if numbered else found


def _fill(text: str, room: int, limits: Limits) -> list[str]:
    """Greedy: as many whole words as fit, ending with a sentence where that is not far back."""
    words = [piece for word in PIECE.findall(text) for piece in _cut(word, room, limits)]
    found: list[str] = []
    start = 0
    while start < len(words):
        end, closed, held = start, start, ""
        while end < len(words) and limits.count((held + words[end]).rstrip()) <= room:
            held += words[end]
            end += 1
            if SENTENCE.search(held) and limits.count(held.rstrip()) >= room * LEAST_FULL:
                closed = end
        end = closed if closed > start and end < len(words) else max(end, start + 1)
        found.append("".join(words[start:end]).rstrip())
        start = end
    return found


def _cut(word: str, room: int, limits: Limits) -> list[str]:
    """A word that fits as it is, else in slices that do, no emoji torn where that can be helped."""
    found, at = [], 0
    while (end := _fitting(word, at, room, limits)) < len(word):
        found.append(word[at:end])
        at = end
    return [*found, word[at:]]


def _fitting(word: str, at: int, room: int, limits: Limits) -> int:
    """Where the slice from `at` on ends that is as long as fits. It looks no further ahead than it must."""
    step = max(room, 1)
    while at + step < len(word) and limits.count(word[at : at + step].rstrip()) <= room:
        step *= 2
    low, high = 1, min(step, len(word) - at)
    if limits.count(word[at : at + high].rstrip()) <= room:
        return at + high
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if limits.count(word[at : at + middle].rstrip()) <= room else (low, middle - 1)
    whole = low
    while whole > 1 and (word[at + whole] in JOINING or word[at + whole - 1] in JOINING):
        whole -= 1
    return at + (whole if whole > 1 else low)
