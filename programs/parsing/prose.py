"""What can be read out of prose: clean text, addresses, whether one must register."""

from __future__ import annotations

import html
import re
from itertools import islice

import nh3

TEXT_MAX = 20_000
ADDRESS_MAX = 500
_BREAKS = re.compile(r"<\s*(?:br\s*/?|/p|/div|/li|/h[1-6]|/tr|/ul|/ol)\s*>", re.IGNORECASE)
_ITEMS = re.compile(r"<\s*li(?:\s[^<>]{0,200})?>", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u2028\u2029\ufeff]")


def plain_text(source: str) -> str:
    """The text of a description, which may be HTML or plain: paragraphs kept, tags and scripts gone.

    The result is text, not HTML: a page must still escape it.
    """
    broken = _ITEMS.sub("\n• ", _BREAKS.sub("\n", source.replace("\r\n", "\n").replace("\r", "\n")))
    bare = html.unescape(nh3.clean(broken[: 4 * TEXT_MAX], tags=set())).replace("\xa0", " ")
    lines = [re.sub(r"[ \t]+", " ", line).strip() for line in _CONTROL.sub("", bare).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:TEXT_MAX]


def one_line(source: str) -> str:
    """A title, name or place: entities read, blanks single, nothing invisible."""
    return " ".join(_CONTROL.sub("", html.unescape(source[:5000])).split())


def address(source: str) -> str:
    """A web address, or "" for anything else (mailto:, javascript:, half an address, one longer than 500)."""
    found = source.strip()
    if len(found) > ADDRESS_MAX:
        return ""
    whole = re.fullmatch(r"https?://[^\s<>\"'/?#]+\.[^\s<>\"'/?#]+(?:[/?#][^\s<>\"]*)?", found, re.IGNORECASE)
    return found if whole else ""


_NOT_NEEDED = re.compile(
    r"\b(?:no|without|not require|doesn't require|does not require)\s+(?:pre-?)?(?:registration|sign[- ]?up|tickets?)\b"
    r"|\b(?:registration|tickets?)\s+(?:is|are)\s+not\s+(?:required|needed|necessary)"
    r"|\bdrop[- ]?in(?:s|\s+(?:program(?:me)?|welcome|anytime|any\s+time|event|session))?\b",
    re.IGNORECASE,
)
_NEEDED = re.compile(
    r"\b(?:pre-?\s?)?registration\s+(?:is\s+)?(?:required|needed|necessary|mandatory|opens|begins)"
    r"|\b(?:please|must|to)\s+(?:pre-?)?register\b|(?<!\w)register(?:\s+(?:at|by|early|here|in|now|online|today)\b|\s*:)"
    r"|\bsign[- ]?up\s+(?:is\s+)?required|\b(?:please\s+|must\s+)sign\s+up\b|^sign\s+up\b"
    r"|\brequired\s+ticket|\btickets?\s+(?:is|are)?\s*required",
    re.IGNORECASE | re.MULTILINE,
)
_REGISTER = re.compile(
    r"\b(?:regist(?:er|ration)|sign[- ]?up|book(?:\s+your)?\s+(?:a\s+)?(?:spot|seat|place)|tickets?|rsvp)\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
NEAR = 120                  # characters between the word and the address that belongs to it


def registration(text: str) -> tuple[bool | None, str]:
    """Whether the prose says one must register (None: it does not say, or says both) and where, if it says that."""
    url = ""
    for word in islice(_REGISTER.finditer(text), 50):
        link = _LINK.search(text, word.end())
        if link and link.start() - word.end() <= NEAR:
            url = address(link[0].rstrip(".,;:!?)]"))
            break
    free = bool(_NOT_NEEDED.search(text))
    needed = bool(_NEEDED.search(_NOT_NEEDED.sub(" ", text))) or bool(url)
    return (None if free == needed else needed), url
