"""How networks count text. Django-free; the only place that measures words for form, API and worker.

X weighs text by the rules of twitter-text, configuration version 3: the text is normalised (NFC), every link costs 23,
every emoji sequence 2, a code point of the light ranges 1 and any other 2; 280 is the most. The published conformance
cases are in tests/data/twitter-text. Link recognition follows the published behaviour (with or without a scheme, only
under a top-level domain that exists); the list of those domains comes with the package `publicsuffixlist`.

LinkedIn has "little text", in which some characters are markup and must be escaped. Instagram limits how many hashtags
and mentions a caption may carry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple
from unicodedata import normalize

import publicsuffixlist
from emoji import EMOJI_DATA

X_TEXT_MAX = 280
X_LINK = 23
X_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))  # code points that weigh 1; all others weigh 2
X_REFUSED = "\ufeff\ufffe\uffff"  # a byte-order mark, its mirror image and a code point that is none: X takes no text with them
X_ILLEGAL = re.compile(f"[{X_REFUSED}]")

LINKEDIN_RESERVED = "\\|{}@[]()<>#*_~"


class Span(NamedTuple):
    """A link in a text: from code point `start` up to, not including, `end`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What X would say of a text. Positions are UTF-16 code units of the text as given, and inclusive.

    `valid_end` is the last unit that still fits (-1 where none does), so a form can mark what is too much.
    """

    weight: int
    permillage: int
    valid: bool
    end: int
    valid_end: int


# --- links ---------------------------------------------------------------------------------------------------------

# A character a host name may hold: anything that is neither space nor punctuation, but also hyphen and underscore.
_HOST = (
    "0-9A-Za-z_\\-"
    "\u00aa\u00b2-\u00b5\u00b9-\u00bf\u00c0-\u167f\u1681-\u1fff"
    "\u2070-\u2fff\u3004-\u3007\u3012-\u3013\u3021-\u302f\u3031-\u303c\u303e-\ufdff\ufe10-\ufefe"
    "\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff66-\ufffd\U00010000-\U0010ffff"
)
_LATIN = "0-9A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
_NEVER_BEFORE = "@\uff20$#\uff03"  # a name after one of these is a mention, a cashtag or a hashtag, not a link

_CANDIDATE = re.compile(
    f"(?:(?<![0-9A-Za-z{_NEVER_BEFORE}])(?P<scheme>[Hh][Tt][Tt][Pp][Ss]?://)|(?<![{_HOST}{_NEVER_BEFORE}./]))"
    f"(?P<host>[{_HOST}]++(?:\\.[{_HOST}]++)++)"
)
_LATIN_TAIL = re.compile(f"[{_LATIN}](?:[{_LATIN}\\-]*[{_LATIN}])?\\Z")
_AFTER_NAME = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz@+-")

_PATH_ANY = f"{_LATIN}\u0400-\u04ff!*';:=+,.$/%#\\[\\]\\-\u2013_~@|&"
_PATH_END = f"{_LATIN}\u0400-\u04ff=_#/+\\-"
_BRACKETS = f"\\((?:[{_PATH_ANY}]|\\([{_PATH_ANY}]+\\))+\\)"
_TAIL = re.compile(
    f"(?::[0-9]+)?(?:/(?:[{_PATH_ANY}]*(?:{_BRACKETS}[{_PATH_ANY}]*)*(?:[{_PATH_END}]|{_BRACKETS}))?)?"
    "(?:\\?[0-9A-Za-z!?*'@();:&=+$/%#\\[\\]\\-_.,~|]*[0-9A-Za-z\\-_&=#/])?"
)

_LABEL_MAX = 63     # octets of one host label in its ASCII form (RFC 1035)
_URL_MAX = 4096     # characters of a link that X still takes for one


@cache
def _top_level() -> tuple[frozenset[str], int]:
    """Every top-level domain, in Unicode and ASCII form, lower case, and the length of the longest."""
    names: set[str] = set()
    with open(publicsuffixlist.PSLFILE, encoding="utf-8") as lines:
        for line in lines:
            if "END ICANN DOMAINS" in line:
                break
            rule = line.strip()
            if rule and not rule.startswith("//"):
                names.add(rule.rpartition(".")[2].lstrip("!").lower())
    names |= {name.encode("idna").decode("ascii") for name in names if not name.isascii()}
    return frozenset(names), max(map(len, names))


def _name_end(label: str, after: str) -> int:
    """How much of `label` is a top-level domain that may end a link there; 0 where none. `after` follows the label."""
    known, longest = _top_level()
    lower = label.lower()
    if lower in known and after not in _AFTER_NAME:
        return len(label)
    if lower.isascii() and "_" not in lower:
        return 0
    for end in range(min(len(label) - 1, longest), 1, -1):
        if label[end] not in _AFTER_NAME and lower[:end] in known:
            return end
    return 0


def _label_fits(label: str) -> bool:
    if label[0] in "-_" or label[-1] in "-_":
        return False
    octets = len(label) if label.isascii() else len(label.encode("punycode")) + 4
    return octets <= _LABEL_MAX


def _host_end(host: str, after: str) -> int:
    """Where the host of a link with a scheme ends within the candidate `host`; 0 where it is no host."""
    end = at = 0
    labels = host.split(".")
    for number, label in enumerate(labels):
        follows = "." if number + 1 < len(labels) else after
        if number and "_" not in labels[number - 1]:
            length = _name_end(label, follows)
            end = at + length if length else end
        if not _label_fits(label):
            break
        at += len(label) + 1
    return end


def _bare_name(host: str, after: str) -> tuple[int, int]:
    """Start and end of the first host name written without a scheme in `host` (Latin letters only); (0, 0) if none."""
    start = end = at = 0
    chained = False                                     # the label before this one may stand in a name
    labels = host.split(".")
    for number, label in enumerate(labels):
        follows = "." if number + 1 < len(labels) else after
        if chained:
            length = _name_end(label, follows)
            end = at + length if length else end
        tail = _LATIN_TAIL.search(label)
        whole = tail is not None and tail.start() == 0
        if end and not whole:
            break
        if tail is not None and (not chained or not whole):
            start = at + tail.start()
        chained = tail is not None and _label_fits(tail[0])
        at += len(label) + 1
    return (start, end) if end else (0, 0)


def urls(text: str) -> tuple[Span, ...]:
    """The links X would make of `text`, in order. Positions are code points of the text as given.

    A link with a scheme may have any host name; one without needs Latin letters. Both need a top-level domain that
    exists. So `library.org` is a link, `e.g.` and `info@library.org` are none.
    """
    if "." not in text:
        return ()
    found: list[Span] = []
    at = 0
    while match := _CANDIDATE.search(text, at):
        host, (first, at) = match["host"], match.span("host")
        after = text[at : at + 1]
        if match["scheme"]:
            start, end = match.start(), _host_end(host, after)
        else:
            skipped, end = _bare_name(host, after)
            start = first + skipped
        if not end:
            continue
        tail = _TAIL.match(text, first + end)
        at = tail.end() if tail else first + end
        if at - start <= _URL_MAX:
            found.append(Span(start, at, text[start:at]))
    return tuple(found)


# --- emoji ---------------------------------------------------------------------------------------------------------

# In plain text these are letters, not pictures: they become emoji only with the selector U+FE0F behind them.
_EMOJI = frozenset(EMOJI_DATA) - {"\u00a9", "\u00ae", "\u2122", "\u265f"}


def _char_class(points: set[int]) -> str:
    """A regular expression's character class for these code points, runs written as ranges."""
    parts: list[str] = []
    run: list[int] = []
    for point in [*sorted(points), -1]:
        if run and point != run[-1] + 1:
            parts.append(f"{chr(run[0])}-{chr(run[-1])}")
            run = []
        run.append(point)
    return f"[{''.join(parts)}]"


_FLAG_LETTER = "[\U0001f1e6-\U0001f1ff]"
_PICTURE = _char_class({ord(key[0]) for key in EMOJI_DATA if ord(key[0]) > 0x7F})
_AFTER_PICTURE = "(?:\ufe0f|[\U0001f3fb-\U0001f3ff]|[\U000e0020-\U000e007f]{1,6})"
_SEQUENCE = re.compile(      # anything of an emoji sequence's shape; whether it exists is looked up
    f"[#*0-9]\ufe0f?\u20e3|{_FLAG_LETTER}{{2}}|"
    f"{_PICTURE}{_AFTER_PICTURE}{{0,3}}(?:\u200d{_PICTURE}{_AFTER_PICTURE}{{0,3}}){{0,4}}"
)
_HEAVY = re.compile("[^" + "".join(f"{chr(low)}-{chr(high)}" for low, high in X_LIGHT) + "]")


def _emoji(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each emoji sequence in `text`, the longest that exists at each place."""
    at = 0
    while match := _SEQUENCE.search(text, at):
        at, end = match.span()
        while end > at and text[at:end] not in _EMOJI:
            end -= 1
        if end > at:
            yield at, end
        at = max(end, at + 1)


def is_emoji(text: str) -> bool:
    """Whether `text` is one emoji sequence and nothing else."""
    return text in _EMOJI


def emoji_spans(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each emoji of `text`, families and flags as one."""
    return _emoji(text)


def weighted(text: str) -> int:
    """The weight of `text` as X counts it; 280 fit (25,000 for accounts that pay)."""
    text = normalize("NFC", text)
    weight = 0
    if links := urls(text):
        text = "\n".join(_around(text, links))
        weight = (X_LINK - 1) * len(links)              # each newline put in the place of a link counts 1 below
    if text.isascii():
        return weight + len(text)
    for start, end in _emoji(text):
        weight += 2 - (end - start) - len(_HEAVY.findall(text, start, end))
    return weight + len(text) + len(_HEAVY.findall(text))


def _around(text: str, links: tuple[Span, ...]) -> Iterator[str]:
    at = 0
    for link in links:
        yield text[at : link.start]
        at = link.end
    yield text[at:]


# --- the long form: where a text ceases to fit ---------------------------------------------------------------------


def _pieces(text: str, emoji_sequences: bool) -> Iterator[tuple[str, int]]:
    """`text` in pieces that stay whole, each with its weight: links, emoji, single code points."""
    links = urls(text)
    for number, plain in enumerate(_around(text, links)):
        if number:
            yield links[number - 1].text, X_LINK
        at = 0
        for start, end in [*(_emoji(plain) if emoji_sequences else ()), (len(plain), len(plain))]:
            yield from ((char, 2 if _HEAVY.match(char) else 1) for char in plain[at:start])
            if end > start:
                yield plain[start:end], 2
            at = end


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def measure(text: str, *, most: int = X_TEXT_MAX, emoji_sequences: bool = True) -> Measured:
    """Weigh `text` piece by piece. `emoji_sequences=False` is the older configuration 2, kept for its test cases."""
    normal = normalize("NFC", text)
    shift = _units(text) - _units(normal)
    weight = fits = 0
    clean = True
    for piece, heavy in _pieces(normal, emoji_sequences):
        weight += heavy
        clean = clean and not X_ILLEGAL.search(piece)
        if clean and weight <= most:
            fits += _units(piece)
    return Measured(
        weight=weight,
        permillage=weight * 1000 // most,
        valid=clean and 0 < weight <= most,
        end=_units(text) - 1,
        valid_end=fits + shift - 1,
    )


def is_valid(text: str, *, most: int = X_TEXT_MAX) -> bool:
    """Whether X would take `text` as a post without pictures: not empty, not too heavy, no illegal code point."""
    return not X_ILLEGAL.search(text) and 0 < weighted(text) <= most


# --- hashtags, mentions and cashtags ---------------------------------------------------------------------------------

_HASHTAG = re.compile(r"(?<![\w&/#])[#\uff03](\w*[^\W\d_]\w*)")
_MENTION = re.compile(r"(?<![\w@.])@([A-Za-z0-9_](?:[A-Za-z0-9_.]{0,28}[A-Za-z0-9_])?)(?![\w@])")


# Behind a space or at the start; up to six letters, perhaps a dot or underscore with one or two more; then no letter or
# digit. An amount of money ($5) and what stands behind another sign (US$ABC) are none.
_CASHTAG = re.compile(
    r"(?<![^\s\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069])\$([A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?)(?=[\s!-/:-@\[-`{-~]|\Z)"
)


def cashtags(text: str) -> tuple[str, ...]:
    """The cashtags of a post on X without their sign, in order, repeats included."""
    return tuple(_CASHTAG.findall(text))


def hashtags(text: str) -> tuple[str, ...]:
    """The hashtags of a caption without their sign, in order, repeats included; `len()` of it is Instagram's count."""
    return tuple(_HASHTAG.findall(text))


def mentions(text: str) -> tuple[str, ...]:
    """The handles mentioned in a caption without their sign, in order, repeats included. E-mail addresses are none."""
    return tuple(_MENTION.findall(text))


# --- LinkedIn's little text ----------------------------------------------------------------------------------------

_LITTLE = re.compile(
    r"(?P<mention>@\[[^\[\]()\\\n]+\]\(urn:li:(?:organization|person):[A-Za-z0-9_-]+\))"
    r"|(?P<hashtag>(?<![\w&/#])#(?=\w*[^\W\d_]))"
    rf"|[{re.escape(LINKEDIN_RESERVED)}]"
)
_ESCAPED = re.compile(rf"\\([{re.escape(LINKEDIN_RESERVED)}])")


def escape_little(text: str) -> str:
    """`text` as LinkedIn's little text: shown exactly as written, save that `#word` stays a hashtag.

    An unescaped reserved character cuts the post short without any error, so everything else is escaped, *links
    included*: LinkedIn takes the backslash away again and the link works. A mention template
    `@[Name](urn:li:organization:1)` is left as it is.
    """
    return _LITTLE.sub(lambda m: m[0] if m.lastgroup else "\\" + m[0], text)


def unescape_little(text: str) -> str:
    """What a reader sees of little text that `escape_little` made."""
    return _ESCAPED.sub(r"\1", text)


def little_length(text: str) -> int:
    """Characters of `text` once escaped. LinkedIn's 3,000 are as displayed; above it in this form one may warn."""
    return len(escape_little(text))
