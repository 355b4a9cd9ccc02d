"""Who uses a picture where no submitted version tells: apps above register how to find out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Use:
    """One post that shows the picture. Posts stand above this app, so it knows them by number and title only.

    `draft`: not in any submitted version, only in what somebody is writing.
    """

    post_id: int
    title: str
    alt_text: str
    at: datetime
    draft: bool = False

    @property
    def path(self) -> str:
        return f"/posts/{self.post_id}/"


Finder = Callable[[int, Sequence[int]], dict[int, list[Use]]]
_finders: list[Finder] = []


def register(finder: Finder) -> None:
    """`finder(library_id, asset ids)` tells the drafts that show each picture, newest first."""
    if finder not in _finders:
        _finders.append(finder)


def in_drafts(library_id: int, assets: Sequence[int]) -> dict[int, list[Use]]:
    """Drafts that show each of these pictures, by its id; only those that have any."""
    found: dict[int, list[Use]] = {}
    for finder in _finders:
        for asset, uses in finder(library_id, assets).items():
            found.setdefault(asset, []).extend(uses)
    return found
