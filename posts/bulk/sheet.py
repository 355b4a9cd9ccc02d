"""A table as a library's spreadsheet program saves it: bytes in, rows by column name out, and the other way."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

BYTES_MAX, ROWS_MAX, CELL_MAX = 2_000_000, 500, 110_000
# Column -> other names people give it. Upper case, spaces and underscores do not matter.
COLUMNS: dict[str, tuple[str, ...]] = {
    "title": ("name", "subject"),
    "text": ("post", "message", "body", "caption", "content"),
    "facebook text": ("text facebook", "facebook"),
    "x text": ("text x", "twitter text", "tweet", "x"),
    "instagram text": ("text instagram", "instagram"),
    "linkedin text": ("text linkedin", "linkedin"),
    "link": ("url", "address"),
    "accounts": ("account", "networks", "network", "channels", "profiles"),
    "date": ("day",),
    "time": ("hour",),
    "event": (),
    "campaign": (),
    "pictures": ("picture", "image", "images", "media"),
    "alt text": ("alt", "description", "alternative text"),
}
NEEDED = ("text", "title", "pictures")
SEPARATORS = (",", ";", "\t")
DANGEROUS = re.compile(r"^'*[=+\-@\t\r]")


class SheetRefused(ValueError):
    """The file is not a table we can read; the text says why, in words."""


@dataclass(frozen=True)
class Row:
    """One row: the line it begins on (counted from 1, as an editor shows it) and its cells by column."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Sheet:
    """`encoding` and `separator` are what was found; `ignored` are columns that mean nothing to us."""

    rows: tuple[Row, ...]
    encoding: str
    separator: str
    ignored: tuple[str, ...] = ()


def read(data: bytes) -> Sheet:
    """Raises SheetRefused for what is too large, empty, no table, or another program's table."""
    if len(data) > BYTES_MAX:
        raise SheetRefused(_("That file is larger than 2 MB. Take fewer rows: 500 at a time."))
    text, encoding = decoded(data)
    if not text.strip():
        raise SheetRefused(_("That file is empty."))
    separator, skip = _separator(text)
    lines = _lines(text, separator, skip)
    try:
        head_line, head = next(lines)
    except StopIteration:
        raise SheetRefused(_("That file holds no row with names of columns.")) from None
    names = [_column(cell) for cell in head]
    known = [name for name in names if name]
    if not set(known) & set(NEEDED):
        raise SheetRefused(_(
            "None of the first row's names is known: %(names)s. The first row names the columns; at least one of them is "
            "“text”. The template has all of them."
        ) % {"names": ", ".join(f"“{cell.strip()[:40]}”" for cell in head[:8] if cell.strip()) or "–"})  # fmt: skip
    if twice := sorted({name for name in known if known.count(name) > 1}):
        raise SheetRefused(_("Two columns mean the same: %(names)s. Keep one of them.") % {"names": ", ".join(twice)})
    rows = tuple(_rows(lines, names))
    if not rows:
        raise SheetRefused(_("There are names of columns in line %(line)s, but no row beneath them.") % {"line": head_line})
    ignored = tuple(cell.strip()[:40] for cell, name in zip(head, names, strict=True) if not name and cell.strip())
    return Sheet(rows, encoding, separator, ignored)


def decoded(data: bytes) -> tuple[str, str]:
    """The text and the encoding it was in: a byte order mark, else UTF-8, else what Windows programs write."""
    for mark, name in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            try:
                return data.decode(name), name.removesuffix("-sig")
            except UnicodeDecodeError as error:
                raise SheetRefused(_("That file is damaged: it is no %(name)s after its beginning.") % {"name": name}) from error
    if b"\0" in data[:4000]:
        raise SheetRefused(_("That is no text. Save the table as CSV (UTF-8) and choose that file."))
    try:
        return data.decode(), "utf-8"
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), "windows-1252"


def _separator(text: str) -> tuple[str, int]:
    """What stands between cells, and how many lines to skip: Excel may say it itself in a line `sep=;`."""
    first = text.splitlines()[0]
    if said := re.fullmatch(r"sep=(.)\s*", first, re.IGNORECASE):
        return said.group(1), 1
    bare = re.sub(r'"[^"]*"', "", first)
    return max(SEPARATORS, key=bare.count), 0


def _lines(text: str, separator: str, skip: int) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line that each begins on; empty ones are left out."""
    csv.field_size_limit(CELL_MAX)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    begins = 1
    try:
        for cells in reader:
            if begins > skip and any(cell.strip() for cell in cells):
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        raise SheetRefused(_("Line %(line)s cannot be read: %(why)s.") % {"line": begins, "why": error}) from error


def _column(cell: str) -> str:
    """Our name of a column, "" where it means nothing to us."""
    asked = " ".join(cell.replace("_", " ").replace("-", " ").split()).casefold()
    return next((name for name, others in COLUMNS.items() if asked == name or asked in others), "")


def _rows(lines: Iterable[tuple[int, list[str]]], names: Sequence[str]) -> Iterator[Row]:
    for number, (line, cells) in enumerate(lines, 1):
        if number > ROWS_MAX:
            raise SheetRefused(_("There are more than 500 rows. Split the file and import one part after the other."))
        if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
            raise SheetRefused(_(
                "Line %(line)s has %(n)s cells, but only %(m)s columns have a name. A text that holds the separator must "
                "stand in quotation marks."
            ) % {"line": line, "n": len(cells), "m": len(names)})  # fmt: skip
        yield Row(line, {name: plain(cell) for name, cell in zip(names, cells, strict=False) if name})


def plain(cell: str) -> str:
    """A cell's text: the apostrophe that keeps spreadsheet programs from calculating is taken off again."""
    cell = cell.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip("\n ")
    return cell[1:] if cell.startswith("'") and DANGEROUS.match(cell[1:]) else cell


def guarded(text: str) -> str:
    """A text as a cell that no spreadsheet program takes for a formula."""
    return f"'{text}" if DANGEROUS.match(text) else text


def written(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """CSV text, piece by piece, for Excel and everybody else: UTF-8 with a mark, commas, CRLF."""
    yield "\ufeff"
    for row in rows:
        out = io.StringIO()
        csv.writer(out).writerow([guarded(cell) for cell in row])
        yield out.getvalue()
