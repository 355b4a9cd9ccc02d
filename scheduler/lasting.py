"""By the clock: posts of series are made ahead of time, and what was to stay only until a time comes down."""

from __future__ import annotations

from posts.actions.expiring import take_down_due
from posts.actions.series import make_due


def make_series() -> int:
    """Returns how many posts were made."""
    return make_due()


def take_down() -> int:
    """Returns how many takedowns were asked for."""
    return take_down_due()
