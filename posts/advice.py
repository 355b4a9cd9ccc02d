"""Advice on words and descriptions: what makes a post hard to read, hear or trust. Which of it blocks is a library's choice.

Every rule is a row of RULES. Spelling and reading rules speak about English text only; the others about any.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from platforms import counting
from posts import mends, reading

LONGEST = 10_000  # characters of a text that advice looks at: longer ones are cut by most networks anyway
TAGS_MOST, EMOJI_MOST, ALT_LEAST, ALT_MOST, GRADE_MOST = 5, 4, 5, 250, 8


class Rule(NamedTuple):
    """What the settings page says about one piece of advice, and whether it blocks where nobody chose."""

    label: Any
    blocks: bool = False


RULES: dict[str, Rule] = {
    "fancy_letters": Rule(gettext_lazy("Look-alike letters, which screen readers skip or spell out"), True),
    "capitals": Rule(gettext_lazy("Words in capitals")),
    "click_here": Rule(gettext_lazy("“Click here” in place of where a link leads")),
    "many_links": Rule(gettext_lazy("More than two web addresses in the text")),
    "hashtags_many": Rule(gettext_lazy("More than five hashtags")),
    "hashtags_inside": Rule(gettext_lazy("Hashtags between the words")),
    "hashtags_flat": Rule(gettext_lazy("Hashtags of several words without capitals")),
    "emoji_many": Rule(gettext_lazy("More than four emoji")),
    "emoji_run": Rule(gettext_lazy("The same emoji several times in a row")),
    "emoji_bullets": Rule(gettext_lazy("Emoji as bullets")),
    "jargon": Rule(gettext_lazy("Abbreviations of the trade")),
    "hard_to_read": Rule(gettext_lazy("Long sentences and long words (above grade 8)")),
    "weekday_wrong": Rule(gettext_lazy("A weekday that does not fit its date")),
    "date_past": Rule(gettext_lazy("A date that is over when the post goes out")),
    "alt_says_picture": Rule(gettext_lazy("A description that begins with “picture of”")),
    "alt_file_name": Rule(gettext_lazy("A file's name as a description"), True),
    "alt_caption": Rule(gettext_lazy("A description that repeats the text")),
    "alt_short": Rule(gettext_lazy("A description of fewer than five characters")),
    "alt_long": Rule(gettext_lazy("A description of more than 250 characters")),
    "said_before": Rule(gettext_lazy("The same or nearly the same text on one account within 30 days")),
    "close_by": Rule(gettext_lazy("Two posts on one account within an hour")),
    "event_over": Rule(gettext_lazy("An event that is over before the post goes out")),
    "event_begun": Rule(gettext_lazy("An event that begins before the post goes out")),
}


@dataclass(frozen=True)
class Found:
    """One piece of advice. `mends` are names of posts.mending; `about` is what they need to know."""

    code: str
    text: str
    mends: tuple[str, ...] = ()


@dataclass(frozen=True)
class Standpoint:
    """From where a draft is judged: the library's choices {code: blocks}, and the wall time at which it would go out."""

    choices: Mapping[str, bool] = field(default_factory=dict)
    when: datetime | None = None

    def blocks(self, code: str) -> bool:
        return self.choices.get(code, RULES[code].blocks)


def on_text(text: str, when: datetime | None) -> list[Found]:
    """Everything about the words of a text. `when` is the aware local time at which it goes out."""
    text = text[:LONGEST]
    return [*_words(text), *(_dates(text, when) if when else [])]


@lru_cache(maxsize=256)
def _words(text: str) -> tuple[Found, ...]:
    """The same text is judged for each account, and with each key that is pressed elsewhere in the form."""
    return (*_letters(text), *_tags(text), *_emoji(text), *_reading(text))


def _letters(text: str) -> list[Found]:
    found = []
    if mends.has_fancy(text):
        found.append(
            Found(
                "fancy_letters",
                _("Some letters only look like letters: screen readers skip them or spell them out."),
                ("letters",),
            )
        )
    if loud := mends.shouted(text):
        found.append(
            Found(
                "capitals",
                _("“%(word)s” is in capitals: harder to read, and some readers spell it out.") % {"word": loud[0][0]},
                ("capitals",),
            )
        )
    if mends.has_click(text):
        found.append(Found("click_here", _("“Click here” does not say where the link leads."), ("click",)))
    if len(counting.urls(text)) > 2:
        found.append(
            Found("many_links", _("Several bare web addresses are tiring to hear. Keep the one that matters."))
        )
    if short := mends.jargon(text):
        plain = mends.plain_words(short[0])
        found.append(
            Found(
                "jargon",
                _("Not everybody knows “%(short)s”. Say “%(plain)s”.") % {"short": short[0], "plain": plain},
                ("plain",),
            )
        )
    return found


def _tags(text: str) -> list[Found]:
    found = []
    tags = list(mends.tags(text))
    if len(tags) > TAGS_MOST:
        found.append(
            Found(
                "hashtags_many",
                _("There are %(n)s hashtags. Up to five are read; the rest is noise.") % {"n": len(tags)},
            )
        )
    if stray := mends.stray_tags(text):
        found.append(
            Found(
                "hashtags_inside",
                _("“#%(tag)s” interrupts the sentence. Hashtags are easier at the end.") % {"tag": stray[0]},
                ("tags_end",),
            )
        )
    if flat := mends.flat_tags(text):
        said = {"flat": flat[0], "pascal": mends.pascal(flat[0])}
        found.append(
            Found(
                "hashtags_flat",
                _("“#%(flat)s” is read out as one word; “#%(pascal)s” is not.") % said,
                ("tags_pascal",),
            )
        )
    return found


def _emoji(text: str) -> list[Found]:
    found = []
    count = sum(1 for _span in counting.emoji_spans(text))
    if count > EMOJI_MOST:
        found.append(
            Found(
                "emoji_many",
                _("There are %(n)s emoji. Each is read out by its full name; up to four are fine.") % {"n": count},
            )
        )
    if count and mends.emoji_runs(text):
        found.append(
            Found(
                "emoji_run",
                _("The same emoji stands several times in a row and is read out each time."),
                ("emoji_run",),
            )
        )
    if count and mends.emoji_bullets(text):
        found.append(Found("emoji_bullets", _("Emoji as bullets are read out by name before each line."), ("bullets",)))
    return found


def _reading(text: str) -> list[Found]:
    grade = reading.grade(text)
    if grade is None or grade <= GRADE_MOST:
        return []
    return [
        Found(
            "hard_to_read",
            _("This reads like grade %(grade)s of school. Shorter sentences reach more people.") % {"grade": grade},
        )
    ]


# --- dates

_MONTHS = "January February March April May June July August September October November December"
MONTHS = {name.lower(): n for n, name in enumerate(_MONTHS.split(), 1)}
MONTHS |= {name[:3]: n for name, n in list(MONTHS.items())} | {"sept": 9}
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
DAYS = {name.lower(): n for n, name in enumerate(_DAYS.split())}
SHORT_DAYS = {name[:3]: n for name, n in DAYS.items()} | {"tues": 1, "wednes": 2, "thur": 3, "thurs": 3}
_M = "|".join(sorted(MONTHS, key=len, reverse=True))
_D = "|".join(sorted([*DAYS, *SHORT_DAYS], key=len, reverse=True))
DATE = re.compile(
    rf"\b(?:(?P<day>{_D})\.?,? +(?:the +)?)?(?:(?P<d1>[0-3]?\d)(?:st|nd|rd|th)? +(?:of +)?(?P<m1>{_M})\b"
    rf"|(?P<m2>{_M})\b\.? +(?P<d2>[0-3]?\d)(?:st|nd|rd|th)?\b(?!:))(?:,? +(?P<year>20\d\d)\b)?",
    re.I,
)


def said_dates(text: str, today: date) -> list[tuple[re.Match[str], date]]:
    """Days that an English text names, with their place. One without a year is the one nearest to `today`."""
    found = []
    for match in DATE.finditer(text):
        month, number = MONTHS[(match["m1"] or match["m2"]).lower()], int(match["d1"] or match["d2"])
        years = [int(match["year"])] if match["year"] else [today.year - 1, today.year, today.year + 1]
        days = [day for year in years if (day := _day(year, month, number))]
        if days:
            found.append((match, min(days, key=lambda day: abs(day - today + timedelta(hours=1)))))
    return found


def _day(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


def _weekday(match: re.Match[str]) -> int | None:
    said = (match["day"] or "").lower()
    return DAYS.get(said, SHORT_DAYS.get(said)) if said else None


def _dates(text: str, when: datetime) -> list[Found]:
    found = []
    for match, day in said_dates(text, when.date()):
        said = _weekday(match)
        shown = {"said": match[0].strip(), "day": _DAYS.split()[day.weekday()]}
        if said is not None and said != day.weekday():
            found.append(
                Found("weekday_wrong", _("“%(said)s” is a %(day)s. One of the two is wrong.") % shown, ("weekday",))
            )
        elif day < when.date() and (match["year"] or when.date() - day < timedelta(days=60)):
            found.append(Found("date_past", _("“%(said)s” is over when this goes out.") % shown))
    return found


def right_weekdays(text: str, today: date) -> str:
    """The weekday that belongs to each date, written as long as the wrong one was."""
    pieces, last = [], 0
    for match, day in said_dates(text, today):
        said = _weekday(match)
        if said is None or said == day.weekday():
            continue
        name = _DAYS.split()[day.weekday()]
        pieces += [text[last : match.start("day")], name if match["day"].lower() in DAYS else name[:3]]
        last = match.end("day")
    return "".join([*pieces, text[last:]])


# --- descriptions of pictures

_FILE = re.compile(
    r"\A\s*(?:\S+\.(?:jpe?g|png|webp|gif|heic|avif|tiff?)|(?:img|dsc|dscn|pxl|screenshot|image|photo)[-_ ]?\d[\w-]*)\s*\Z",
    re.I,
)


def on_alt(alt: str, name: str, text: str) -> list[Found]:
    """Everything about a picture's description. `name` is its file's, `text` what the post says."""
    alt = alt.strip()
    if not alt:
        return []
    if _FILE.match(alt) or alt.lower() == name.strip().lower():
        return [Found("alt_file_name", _("That is a file's name. Say what one sees in it."), ("describe",))]
    found = []
    if mends.says_picture(alt):
        found.append(Found("alt_says_picture", _("A screen reader says “image” by itself."), ("alt_bare",)))
    if alt.casefold() == text.strip().casefold():
        found.append(Found("alt_caption", _("It repeats the text. Say what one sees in the picture."), ("describe",)))
    if len(alt) < ALT_LEAST:
        found.append(Found("alt_short", _("That is very short. Say what matters in the picture."), ("describe",)))
    if len(alt) > ALT_MOST:
        found.append(Found("alt_long", ngettext(
            "One character over the 250 that are comfortable to listen to.",
            "%(n)s characters over the 250 that are comfortable to listen to.", len(alt) - ALT_MOST,
        ) % {"n": len(alt) - ALT_MOST}, ("describe",)))  # fmt: skip
    return found
