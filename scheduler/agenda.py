"""Every clock in one file: what runs how often."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from posts import cards
from posts.actions import warning
from scheduler import answering, feeds, figures, housekeeping, lasting, preparing_pictures, reading_in, rights

# name -> (seconds between runs, what runs)
CHORES: dict[str, tuple[int, Callable[[], int]]] = {
    "seal": (3, housekeeping.keep_record),
    "mail": (10, housekeeping.mail_notices),
    "overdue": (20, housekeeping.watch_overdue),
    "held": (20, housekeeping.watch_held),
    "doubts": (20, housekeeping.watch_doubts),
    "parts": (10, answering.watch_parts),
    "feeds": (60, feeds.read_due),
    "pictures": (5, preparing_pictures.prepare),
    "rights": (30, rights.watch),
    "bin": (3600, preparing_pictures.purge),
    "cards": (2, cards.read_waiting),
    "old_cards": (3600, cards.forget_old),
    "by_hand": (20, reading_in.read_in),
    "unapproved": (60, warning.warn_of_unapproved),
    "series": (60, lasting.make_series),
    "take_down": (20, lasting.take_down),
    "figures": (20, figures.read_figures),
    "workers": (3600, housekeeping.forget_workers),
    "address": (900, housekeeping.check_address),
}
COLLECT_EVERY_S, RENEW_EVERY_S = 3, 30


def run(name: str) -> int:
    return CHORES[name][1]()


def ring_chores(chore: Any, collect: Any, renew: Any) -> None:
    """Ring what falls on this second. A missed second is made up for by the next round; doubles are harmless."""
    second = int(time.time())
    for name, (every, _what) in CHORES.items():
        if second % every == 0:
            chore.apply_async((name,), expires=every)
    if second % COLLECT_EVERY_S == 0:
        for _ in range(2):
            collect.apply_async(expires=COLLECT_EVERY_S)
    if second % RENEW_EVERY_S == 0:
        renew.apply_async(expires=RENEW_EVERY_S)
