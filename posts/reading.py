"""How hard an English text is to read: the school grade by Flesch and Kincaid, with syllables counted by vowel groups."""

from __future__ import annotations

import re
from functools import lru_cache

WORDS_LEAST, LONGEST = 25, 20_000  # below, one long word decides; above, the first so many characters tell enough
_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)?")
_END = re.compile(r"[.!?…]+(?:\s|\Z)|\n\s*\n|\n\s*(?=[•*-])")
_VOWELS = re.compile(r"[aeiouy]+")
_NOISE = re.compile(r"https?://\S+|[#@]\w+")
_COMMON = frozenset(
    ["the", "and", "of", "to", "a", "in", "is", "for", "on", "with", "your", "you", "at", "our", "we", "it", "this"]
)


def syllables(word: str) -> int:
    """About how many; exact enough for an average over a text."""
    lower = word.lower()
    n = len(_VOWELS.findall(lower))
    if lower.endswith("e") and not lower.endswith(("le", "ee")) and n > 1:
        n -= 1
    return max(n, 1)


@lru_cache(maxsize=64)
def grade(text: str) -> int | None:
    """The grade, from 0 up; None for a short text and for one that is hardly English."""
    text = _NOISE.sub(" ", text[:LONGEST])
    words = _WORD.findall(text)
    if len(words) < WORDS_LEAST or sum(word.lower() in _COMMON for word in words) < len(words) * 0.1:
        return None
    sentences = max(1, sum(1 for part in _END.split(text) if _WORD.search(part)))
    each = len(words) / sentences
    heavy = sum(map(syllables, words)) / len(words)
    return max(0, round(0.39 * each + 11.8 * heavy - 15.59))
