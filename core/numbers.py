"""Numbers that come from outside as text."""

from __future__ import annotations

MOST = 2**63 - 1  # what a bigint of PostgreSQL holds


def row_id(text: str) -> int | None:
    """A row's number out of an address or a form; None for anything that can be none ("", "²", thirty digits)."""
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        return None
    number = int(text)
    return number if number <= MOST else None
