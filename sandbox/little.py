"""LinkedIn's little text: what is escaped, what is a template, and where an unescaped sign cuts the text short."""

from __future__ import annotations

import re

RESERVED = set("|{}@[]()<>*_~")
_HASHTAG = re.compile(r"\{hashtag\|\\?#\|(\w+)\}")
_MENTION = re.compile(r"@\[((?:[^\]\\]|\\.)+)\]\(urn:li:(?:organization|person):[\w-]+\)")


def read(text: str) -> tuple[str, str]:
    """(what is shown, what is stored) of a commentary.

    At the first reserved sign that is neither escaped nor part of a template the rest is dropped without a word, as on
    the real network. `#` begins a hashtag and may stand alone.
    """
    shown, position = "", 0
    while position < len(text):
        letter = text[position]
        if letter == "\\" and position + 1 < len(text):
            shown += text[position + 1]
            position += 2
            continue
        template = _HASHTAG.match(text, position) or _MENTION.match(text, position)
        if template:
            shown += f"#{template.group(1)}" if letter == "{" else template.group(1).replace("\\", "")
            position = template.end()
            continue
        if letter in RESERVED or letter == "\\":
            break
        shown += letter
        position += 1
    return shown.rstrip() if position < len(text) else shown, text[:position]
