"""From bytes to text, and what kind of text it is."""

from __future__ import annotations

import re

from programs.parsing.normal import BYTES_MAX, NotACalendar, Problem

# Python ends a line at each of these, the standard only at CR and LF; inside a text they would cut it in two.
_NOT_LINES = re.compile("[\0\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def refuse_size(data: bytes) -> None:
    """Raise NotACalendar where there is nothing or too much to read."""
    if not data.strip():
        raise NotACalendar("empty", "This calendar is empty. Look at the address, or whether the file was saved whole.")
    if len(data) > BYTES_MAX:
        raise NotACalendar(
            "too_large",
            f"This calendar has {len(data) / 1_048_576:.0f} MB; we read up to {BYTES_MAX // 1_048_576} MB. "
            "Ask for a feed with fewer months.",
        )


def decoded(data: bytes) -> tuple[str, list[Problem]]:
    """The text, UTF-8 as the standard asks or else Western European, and a problem where letters are in doubt."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _NOT_LINES.sub(" ", data.decode("utf-16", errors="replace")), []
    try:
        return _NOT_LINES.sub(" ", data.decode("utf-8-sig")), []
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        text = _NOT_LINES.sub(" ", data.decode("cp1252", errors="replace"))
        return text, [Problem(f"line {line}", "This is not UTF-8; letters with accents may be wrong. Compare a few.")]
