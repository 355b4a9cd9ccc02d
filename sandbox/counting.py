"""X's weighted length, after configuration v3 of twitter-text: written here anew, so that it can judge the product's.

Ranges, weights and the length of a link are the published configuration; the list of top-level domains is IANA's.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

LIMIT = 280
LINK = 23
LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
INVALID = "\ufffe\ufeff\uffff"

_PICTO = (
    "\u231a\u231b\u2328\u23cf\u23e9-\u23f3\u23f8-\u23fa\u24c2\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u2604\u260e"
    "\u2611\u2614\u2615\u2618\u261d\u2620\u2622\u2623\u2626\u262a\u262e\u262f\u2638-\u263a\u2640\u2642\u2648-\u2653"
    "\u265f\u2660\u2663\u2665\u2666\u2668\u267b\u267e\u267f\u2692-\u2697\u2699\u269b\u269c\u26a0\u26a1\u26a7\u26aa"
    "\u26ab\u26b0\u26b1\u26bd\u26be\u26c4\u26c5\u26c8\u26ce\u26cf\u26d1\u26d3\u26d4\u26e9\u26ea\u26f0-\u26f5\u26f7-"
    "\u26fa\u26fd\u2702\u2705\u2708-\u270d\u270f\u2712\u2714\u2716\u271d\u2721\u2728\u2733\u2734\u2744\u2747\u274c"
    "\u274e\u2753-\u2755\u2757\u2763\u2764\u2795-\u2797\u27a1\u27b0\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50"
    "\u2b55\u3030\u303d\u3297\u3299\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa"
    "\U0001f004\U0001f0cf\U0001f170\U0001f171\U0001f17e\U0001f17f\U0001f18e\U0001f191-\U0001f19a\U0001f201\U0001f202"
    "\U0001f21a\U0001f22f\U0001f232-\U0001f23a\U0001f250\U0001f251\U0001f300-\U0001f64f\U0001f680-\U0001f6ff"
    "\U0001f7e0-\U0001f7eb\U0001f7f0\U0001f90c-\U0001f9ff\U0001fa70-\U0001faff"
)
_ONE = rf"(?:[{_PICTO}]\ufe0f?[\U0001f3fb-\U0001f3ff]?|[\u00a9\u00ae]\ufe0f)"
EMOJI = re.compile(
    r"[\U0001f1e6-\U0001f1ff]{2}|\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f|[0-9#*]\ufe0f?\u20e3"
    rf"|{_ONE}(?:\u200d{_ONE})*"
)

_LABEL = r"[^\W_](?:[\w-]*[^\W_])?"
_PATH = r"(?:/(?:\([^()\s]*\)|[\w!*';:=+,.$/%#\[\]\-~@&|\u2013])*)?"
_QUERY = r"(?:\?[\w!?*'@();:&=+$/%#\[\]\-,.~|]*)?"
_URL = re.compile(
    rf"(?P<scheme>https?://)?(?P<domain>{_LABEL}(?:\.{_LABEL})+)(?P<port>:[0-9]+)?(?P<tail>{_PATH}{_QUERY})", re.IGNORECASE
)
_BEFORE = re.compile(r"[A-Za-z0-9@＠$#＃]$")
_BEFORE_BARE = re.compile(r"[-_./]$")
_TRAILING = ".,:;!?'*|("
_DOTTED = re.compile(r"[^\s.]*\.\S*")
_ASCII_DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]+")


@lru_cache(maxsize=1)
def top_level_domains() -> frozenset[str]:
    """Every top-level domain, in ASCII and in its own letters."""
    names: set[str] = set()
    for line in Path(__file__).with_name("tlds.txt").read_text("ascii").splitlines():
        if not line.startswith("#"):
            names.update(line.split())
    for name in [n for n in names if n.startswith("xn--")]:
        names.add(name[4:].encode("ascii").decode("punycode"))
    return frozenset(names)


def _domain_end(domain: str) -> int:
    """How much of a dotted name is a domain with a real top level; 0 for none."""
    labels = domain.split(".")
    if len(domain) > 253 or any(_too_long(label) for label in labels):
        return 0
    known = top_level_domains()
    while len(labels) > 1:
        last = labels[-1].lower()
        if last in known:
            return len(".".join(labels))
        head = re.match(r"[a-z0-9-]+", last)
        if head and head.group() != last and head.group() in known:
            return len(".".join(labels[:-1])) + 1 + head.end()
        labels.pop()
    return 0


def _too_long(label: str) -> bool:
    """A label of a name has at most 63 bytes as the name system writes it."""
    if label.isascii():
        return len(label) > 63
    return len(label.encode("punycode")) + 4 > 63


@lru_cache(maxsize=512)
def links(text: str) -> tuple[tuple[int, int], ...]:
    """Start and end of each link X would wrap, in code points of `text`."""
    found: list[tuple[int, int]] = []
    for word in _DOTTED.finditer(text):     # a link holds a dot and no blank: look nowhere else
        position = word.start()
        while match := _URL.search(text, position, word.end()):
            end = _link_end(text, match)
            if end:
                found.append((match.start() if match["scheme"] else _bare_start(match), end))
            position = max(end, match.start() + 1) if end else _skip(match)
    return tuple(found)


def _skip(match: re.Match[str]) -> int:
    return match.start("domain") + 1 if match["scheme"] else match.end("domain")


def _bare_start(match: re.Match[str]) -> int:
    ascii_part = _ASCII_DOMAIN.search(match["domain"])
    return match.start("domain") + (ascii_part.start() if ascii_part else 0)


def _link_end(text: str, match: re.Match[str]) -> int:
    before = text[max(0, match.start() - 1):match.start()]
    if _BEFORE.search(before) or (not match["scheme"] and _BEFORE_BARE.search(before)):
        return 0
    domain, start = match["domain"], match.start("domain")
    if not match["scheme"]:
        ascii_part = _ASCII_DOMAIN.search(domain)
        if ascii_part is None:
            return 0
        domain, start = ascii_part.group(), start + ascii_part.start()
    length = _domain_end(domain)
    if not length:
        return 0
    end = start + length
    if end < match.end("domain"):
        return end                          # the rest is not of the domain, so no path follows
    if text[end:end + 1] == "@" or text[end:end + 1] == "＠":
        return 0
    tail_end = match.end()
    while tail_end > max(end, match.end("port") if match["port"] else end) and text[tail_end - 1] in _TRAILING:
        tail_end -= 1
    return tail_end


def weighted_length(text: str) -> int:
    """The length X counts: 280 is the most an ordinary account may post."""
    text = unicodedata.normalize("NFC", text)
    total, position = 0, 0
    for start, end in links(text):
        total += _weigh(text[position:start]) + LINK * 100
        position = end
    return (total + _weigh(text[position:])) // 100


def _weigh(text: str) -> int:
    if text.isascii():                      # no emoji is ASCII alone
        return len(text) * 100
    total, position = 0, 0
    for match in EMOJI.finditer(text):
        total += _weight(text[position:match.start()]) + 200
        position = match.end()
    return total + _weight(text[position:])


def _weight(text: str) -> int:
    light = sum(1 for letter in text if any(low <= ord(letter) <= high for low, high in LIGHT))
    return light * 100 + (len(text) - light) * 200


def is_valid(text: str, limit: int = LIMIT) -> bool:
    """Whether X takes the text: not too long and free of code points it refuses."""
    return bool(text.strip()) and not any(c in text for c in INVALID) and weighted_length(text) <= limit
