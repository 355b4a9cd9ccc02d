"""Pages of a list that is longer than anybody counts: each begins after a row, not after so many rows.

So the last page costs what the first does, and a row that comes in meanwhile neither repeats nor hides another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet

from core.numbers import row_id

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Mark:
    """A place between rows: the time and the id of one."""

    at: datetime
    pk: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.pk}"


def read(text: str) -> Mark | None:
    """A mark out of an address; None for anything that is none."""
    at, _, pk = text.partition("~")
    try:
        moment, number = datetime.fromisoformat(at), row_id(pk)
    except ValueError:
        return None
    return Mark(moment, number) if number is not None and moment.tzinfo is not None else None


@dataclass(frozen=True)
class Stretch(Generic[Row]):
    """One page, newest first. `newer` and `older` are marks for the address, "" where there is nothing."""

    rows: list[Row]
    newer: str = ""
    older: str = ""

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)


def stretch(rows: QuerySet[Row], column: str, asked: Mapping[str, str], size: int) -> Stretch[Row]:
    """The page that `after` (older ones), `before` (newer ones) or `end` (the oldest) of the address asks for.

    `rows` without an order of their own; `column` is a time that is never NULL.
    """

    def mark(row: Row) -> str:
        return str(Mark(getattr(row, column), row.pk))

    after, before = read(asked.get("after", "")), read(asked.get("before", ""))
    if before is not None or asked.get("end"):
        rising = rows if before is None else rows.filter(_beyond(column, "gt", before))
        found = list(rising.order_by(column, "pk")[: size + 1])
        more, page = len(found) > size, found[:size][::-1]
        if before is not None and not more:
            return _front(rows, column, size, mark)
        return Stretch(page, mark(page[0]) if more else "", mark(page[-1]) if page and before is not None else "")
    if after is None:
        return _front(rows, column, size, mark)
    found = list(rows.filter(_beyond(column, "lt", after)).order_by(f"-{column}", "-pk")[: size + 1])
    page = found[:size]
    return Stretch(page, mark(page[0]) if page else str(after), mark(page[-1]) if len(found) > size else "")


def _front(rows: QuerySet[Row], column: str, size: int, mark: Callable[[Row], str]) -> Stretch[Row]:
    found = list(rows.order_by(f"-{column}", "-pk")[: size + 1])
    page = found[:size]
    return Stretch(page, "", mark(page[-1]) if len(found) > size else "")


def _beyond(column: str, way: str, mark: Mark) -> Q:
    """Rows on that side of the mark. The first condition is what an index can begin at."""
    tie: dict[str, Any] = {column: mark.at, f"pk__{way}": mark.pk}
    return Q(**{f"{column}__{way}e": mark.at}) & (Q(**{f"{column}__{way}": mark.at}) | Q(**tie))
