"""The threads of this process that speak to networks: so many for each network and kind of row, and no more.

A network that accepts connections and never answers then holds its own lanes and nobody else's, nor a thread of
Celery: those only hand out.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

log = logging.getLogger(__name__)


class Lanes:
    """`most` threads for one network and kind of row, and the one leader who hands rows out to them."""

    def __init__(self, name: str, most: int) -> None:
        self.most = most
        self._threads = ThreadPoolExecutor(most, thread_name_prefix=name)
        self._busy, self._led, self._rung = 0, False, False
        self._changed = threading.Condition()

    def lead(self) -> bool:
        """Become the leader. False where there is one already; it is told that somebody rang."""
        with self._changed:
            if self._led:
                self._rung = True
                self._changed.notify_all()
                return False
            self._led, self._rung = True, False
            return True

    def resign(self, *, even_if_rung: bool = True) -> bool:
        """Stop leading. False (and still the leader) where somebody rang meanwhile and that is to be heard first."""
        with self._changed:
            if self._rung and not even_if_rung:
                self._rung = False
                return False
            self._led = False
            return True

    def start(self, job: Callable[..., Any], *words: Any) -> None:
        """Run the job in a free lane; the leader has made sure that there is one."""
        with self._changed:
            self._busy += 1
        self._threads.submit(self._run, job, words)

    def _run(self, job: Callable[..., Any], words: tuple[Any, ...]) -> None:
        try:
            job(*words)
        except Exception:
            log.exception("A bug in a lane.")
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def room(self, wanted: int, seconds: float, at_most_s: float) -> int:
        """Free lanes: as soon as `wanted` are free, or after `seconds` where any is; 0 after `at_most_s` without one."""
        began = time.monotonic()
        with self._changed:
            while True:
                free, waited = self.most - self._busy, time.monotonic() - began
                if free >= wanted or (free and waited >= seconds) or waited >= at_most_s:
                    return free
                self._changed.wait((seconds if free else at_most_s) - waited)

    def wait_for_ring(self, seconds: float) -> None:
        """Until somebody rings, but no longer than `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: self._rung, seconds)
            self._rung = False

    def finish(self, seconds: float) -> bool:
        """Wait until every lane is free. True where that happened in time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy, seconds)


_all: dict[str, Lanes] = {}
_lock = threading.Lock()


def lanes_for(name: str, most: int) -> Lanes:
    """The process's lanes of that name; made with `most` threads when first asked for."""
    with _lock:
        if name not in _all:
            _all[name] = Lanes(name, most)
        return _all[name]


def finish_all(seconds: float) -> bool:
    """Wait until nothing is under way in any lane. True where that happened in time."""
    ends = time.monotonic() + seconds
    return all(lanes.finish(max(0.0, ends - time.monotonic())) for lanes in list(_all.values()))
