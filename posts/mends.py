"""One-click mends: pure functions from a text to a better one. Each leaves alone what it already mended.

Hostile input is ordinary input here: 100,000 characters, marks that turn the direction, flags, joined emoji.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from unicodedata import normalize

from platforms import counting
from platforms.base import Limits
from posts import splitting
from posts.wordlists import KEEP_CAPITALS, PLAIN, TAGS, WORDS

ELLIPSIS = "…"
HASHTAG = re.compile(r"(?<![\w&/#])[#\uff03](\w*[^\W\d_]\w*)")
_JOINING = "\u200d\ufe0e\ufe0f"
_SPACES = re.compile(r"[ \t]{2,}")

split = splitting.split


# --- length


def shorten(text: str, count: Callable[[str], int], most: int) -> str:
    """As many whole words as fit, an ellipsis, and the links that would have been lost. Unchanged where it fits.

    `count` measures the text as it will be sent, so with whatever the network adds to it.
    """
    if count(text) <= most:
        return text
    ends = [word.end() for word in re.finditer(r"\S+", text)]
    links = counting.urls(text)

    def made(end: int) -> str:
        head = text[:end].rstrip().rstrip(",;:–-").rstrip()
        lost = [link.text for link in links if link.end > end]
        cut = [link for link in links if link.start < end < link.end]
        head = text[: cut[0].start].rstrip() if cut else head
        return "\n\n".join(
            part for part in (f"{head}{ELLIPSIS}" if head else "", " ".join(dict.fromkeys(lost))) if part
        )

    at = _last_good(len(ends), lambda n: count(made(ends[n - 1])) <= most)
    if at:
        return made(ends[at - 1])
    at = _last_good(len(text), lambda n: count(f"{_whole(text, n)}{ELLIPSIS}") <= most)
    return f"{_whole(text, at)}{ELLIPSIS}" if at else ""


def _last_good(most: int, good: Callable[[int], bool]) -> int:
    """The greatest n from 1 to `most` that is good, where small ones are and great ones are not; 0 where none is."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if good(middle) else (low, middle - 1)
    return low


def _whole(text: str, at: int) -> str:
    """The first `at` characters without half an emoji at the end."""
    while at and ((at < len(text) and text[at] in _JOINING) or text[at - 1] in _JOINING):
        at -= 1
    return text[:at]


def shorten_for(text: str, limits: Limits) -> str:
    """`shorten` for a text that goes out as it stands."""
    return shorten(text, limits.count, limits.text_max)


# --- hashtags


def tags(text: str) -> Iterator[re.Match[str]]:
    """Every hashtag with its place; what looks like one inside a link is none."""
    if "#" not in text and "\uff03" not in text:
        return
    taken = [(link.start, link.end) for link in counting.urls(text)]
    at = 0
    for found in HASHTAG.finditer(text):
        while at < len(taken) and taken[at][1] <= found.start():
            at += 1
        if at == len(taken) or found.start() < taken[at][0]:
            yield found


def tail_at(text: str) -> int:
    """Where the block of hashtags and links at the end begins; len(text) where the text ends with words."""
    things = sorted([one.span() for one in tags(text)] + [(link.start, link.end) for link in counting.urls(text)])
    at = len(text)
    for start, end in reversed(things):
        if text[end:at].strip():
            break
        at = start
    return at


def stray_tags(text: str) -> list[str]:
    """Hashtags that stand before or between words, without their sign."""
    at = tail_at(text)
    return [one[1] for one in tags(text) if one.start() < at]


def move_tags(text: str) -> str:
    """Hashtags at the end. One in the middle of a sentence leaves its words behind."""
    at = tail_at(text)
    stray = [one for one in tags(text) if one.start() < at]
    if not stray:
        return text
    pieces, last = [], 0
    for one in stray:
        before, after = text[last : one.start()], text[one.end() : one.end() + 2]
        inside = (
            bool(before.rstrip(" \t"))
            and before.rstrip(" \t")[-1] not in "\n#"
            and bool(re.match(r"[ \t]\w|[.,;:!?]", after))
        )
        pieces += [before, spoken(one[1]) if inside else ""]
        last = one.end()
    words = _tidy("".join([*pieces, text[last:at]]))
    kept = {one[1].lower() for one in tags(text[at:])}
    moved = {one[1].lower(): f"#{one[1]}" for one in stray if one[1].lower() not in kept}
    end = " ".join([text[at:].strip(), *moved.values()]).strip()
    return f"{words}\n\n{end}" if words else end


def _tidy(text: str) -> str:
    lines = [re.sub(r" +([.,;:!?])", r"\1", _SPACES.sub(" ", line)).strip(" \t") for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def spoken(tag: str) -> str:
    """A hashtag's words as one would say them: StoryTime gives "Story Time"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", " ", pascal(tag)).strip()


def pascal(tag: str) -> str:
    """A hashtag (without its sign) with a capital for each word, where its words are known; else as it is."""
    if "_" in tag.strip("_"):
        return "".join(part[:1].upper() + part[1:] for part in tag.split("_"))
    if re.fullmatch(r"[a-z]+(?:[A-Z][a-z0-9]+)+", tag):
        return tag[0].upper() + tag[1:]
    if not (tag.islower() or tag.isupper()) or not tag.isascii():
        return tag
    lower = tag.lower()
    if lower in TAGS:
        return TAGS[lower]
    parts = _words_in(lower)
    return "".join(part[0].upper() + part[1:] for part in parts) if len(parts) > 1 else tag


def _words_in(tag: str) -> list[str]:
    """The fewest known words that make up `tag`; [] where some of it is unknown. Digits are a word of their own."""
    best: list[list[str] | None] = [[], *[None] * len(tag)]
    if len(tag) > 60:
        return []
    for end in range(1, len(tag) + 1):
        for start in range(max(0, end - 16), end):
            head, word = best[start], tag[start:end]
            if head is None or not (word in WORDS or word.isdigit()):
                continue
            now = best[end]
            if now is None or len(head) + 1 < len(now):
                best[end] = [*head, word]
    return best[-1] or []


def flat_tags(text: str) -> list[str]:
    """Hashtags of several words that a screen reader cannot tell apart, and that `pascal` can."""
    return [one[1] for one in tags(text) if pascal(one[1]) != one[1]]


def pascal_tags(text: str) -> str:
    """Every hashtag with a capital for each of its words, as far as they are known."""
    return _instead(text, ((one.start(1), one.end(1), pascal(one[1])) for one in tags(text)))


def _instead(text: str, changes: Iterator[tuple[int, int, str]]) -> str:
    pieces, last = [], 0
    for start, end, new in changes:
        pieces += [text[last:start], new]
        last = end
    return "".join([*pieces, text[last:]])


# --- letters


def _fancy_table() -> dict[int, str]:
    """Look-alike letters -> the letters meant. Emoji among them (the blood groups) stay."""
    points = [*range(0x1D400, 0x1D800), *range(0x24B6, 0x24EA), *range(0x1F130, 0x1F14A)]
    table = {point: plain for point in points if (plain := normalize("NFKC", chr(point))) != chr(point)}
    for first in (0x1F150, 0x1F170):
        table |= {first + n: chr(ord("A") + n) for n in range(26)}
    return {point: plain for point, plain in table.items() if not counting.is_emoji(chr(point))}


FANCY = _fancy_table()
_FANCY = re.compile(f"[{''.join(map(chr, FANCY))}]")
_HOLES = "ℬℰℱℋℐℒℳℛℯℊℴℭℌℑℜℨℎ"  # letters of the same alphabets that stand elsewhere
_WIDE = {point: chr(point - 0xFEE0) for point in (*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_WIDE_LETTER = re.compile("[\uff21-\uff3a\uff41-\uff5a]")
_EAST = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def has_fancy(text: str) -> bool:
    """Whether letters stand in it that only look like letters. Wide ones are at home in East Asian text."""
    if text.isascii():
        return False
    return bool(_FANCY.search(text)) or bool(_WIDE_LETTER.search(text) and not _EAST.search(text))


def plain_letters(text: str) -> str:
    """The same words in letters that every reader and search knows."""
    if not has_fancy(text):
        return text
    table = dict(FANCY)
    if _FANCY.search(text):
        table |= {ord(char): normalize("NFKC", char) for char in _HOLES}
    return text.translate(table if _EAST.search(text) else table | _WIDE)


_CAPITALS = re.compile(r"(?<![\w#@&/.-])[^\W\d_]{4,40}(?![\w@/])")
_STARTS = re.compile(r"(?:\A|[.!?…:]\s+|\n\s*)[\"'“‘(]*\Z")
_SWING = re.compile(r"[a-z][A-Z][a-z][A-Z]|[A-Z][a-z][A-Z][a-z][A-Z]")


def shouted(text: str) -> list[re.Match[str]]:
    """Words of more than three letters in capitals, or in cApItAlS, that are no known name."""
    if text.islower():
        return []
    taken = [(link.start, link.end) for link in counting.urls(text)]
    found = [
        one
        for one in _CAPITALS.finditer(text)
        if (one[0].isupper() and one[0] not in KEEP_CAPITALS) or _SWING.search(one[0])
    ]
    return [one for one in found if not any(start <= one.start() < end for start, end in taken)] if taken else found


def calm_capitals(text: str) -> str:
    """Such words in small letters, with a capital where a sentence begins."""
    return _instead(text, (
        (one.start(), one.end(), one[0].capitalize() if _STARTS.search(text[max(0, one.start() - 12) : one.start()]) else one[0].lower())
        for one in shouted(text)
    ))  # fmt: skip


# --- emoji


def emoji_runs(text: str) -> bool:
    """Whether one emoji stands twice or more in a row."""
    return calm_emoji(text) != text


def calm_emoji(text: str) -> str:
    """One of each run of the same emoji."""
    spans = list(counting.emoji_spans(text))
    gone = (
        (before[1], here[1], "")
        for before, here in zip(spans, spans[1:], strict=False)
        if text[before[0] : before[1]] == text[here[0] : here[1]] and not text[before[1] : here[0]].strip(" ")
    )
    return _instead(text, gone)


def emoji_bullets(text: str) -> list[tuple[int, int]]:
    """Emoji that begin a line in a list: two lines or more."""
    found = [
        (start, end)
        for start, end in counting.emoji_spans(text)
        if not text[text.rfind("\n", 0, start) + 1 : start].strip(" \t")
    ]
    return found if len(found) > 1 else []


def plain_bullets(text: str) -> str:
    """The same list with plain bullets."""
    return _instead(
        text, ((start, end, "•" if text[end : end + 1] in (" ", "") else "• ") for start, end in emoji_bullets(text))
    )


# --- words

CLICK = re.compile(
    r"(?P<first>\b[Cc]lick|\b[Tt]ap|\b[Pp]ress|\bCLICK)(?: +(?:on|the|this|link))* +(?P<here>here|HERE|below|link)\b"
    r"(?P<tail> +(?:to|for)\b)?(?P<next> +\w)?",
)


def has_click(text: str) -> bool:
    return bool(CLICK.search(text))


def name_link(text: str, where: str = "") -> str:
    """Words that tell where a link leads instead of "click here". `where` is the title or host of the page."""

    def said(match: re.Match[str]) -> str:
        capital = match["first"][0].isupper()
        tail, following = (match["tail"] or "").strip(), match["next"] or ""
        if tail == "to" and following:
            letter = following.strip()
            return letter.upper() if capital else letter
        about = " about" if tail == "for" else f" at {where}" if where else ""
        return f"{'Read' if capital else 'read'} more{about}{following}"

    return CLICK.sub(said, text)


_SHORT = re.compile(rf"(?<![\w#@])(?:{'|'.join(map(re.escape, sorted(PLAIN, key=len, reverse=True)))})(?!\w)")


def jargon(text: str) -> list[str]:
    """Abbreviations of the trade that the public does not know, each once."""
    return list(dict.fromkeys(one[0] for one in _SHORT.finditer(text)))


def plain_words(text: str) -> str:
    """The same in words that people know."""

    def said(match: re.Match[str]) -> str:
        plain = PLAIN[match[0]]
        return (
            plain[0].upper() + plain[1:] if _STARTS.search(text[max(0, match.start() - 12) : match.start()]) else plain
        )

    return _SHORT.sub(said, text)


_PICTURE_OF = re.compile(
    r"\A\s*(?:(?:this is|here is) )?(?:an?|the)?\s*(?:image|picture|photo|photograph|pic|graphic)s?\s+(?:of|showing|shows)\s+",
    re.I,
)


def says_picture(alt: str) -> bool:
    return bool(_PICTURE_OF.match(alt))


def bare_alt(alt: str) -> str:
    """A description without "picture of": the screen reader says that already."""
    rest = alt
    while match := _PICTURE_OF.match(rest):
        rest = rest[match.end() :]
    return rest[:1].upper() + rest[1:] if rest and rest != alt else alt
