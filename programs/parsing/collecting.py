"""Gathers events and problems while a feed is read, inside the caps."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from programs.parsing.normal import EVENTS_MAX, ExternalEvent, Parsed, Problem, Raw, Window, understood
from programs.parsing.times import Unreadable

PROBLEMS_MAX = 500


class Collector:
    """One reading of one feed."""

    def __init__(self, zone: ZoneInfo, window: Window, known: tuple[str, ...]) -> None:
        self.zone, self.window, self.known = zone, window, known
        self.events: dict[tuple[str, str], ExternalEvent] = {}
        self.problems: list[Problem] = []
        self.complete = True
        self.outside = {-1: 0, 1: 0}
        self.refused = 0

    def add(self, raw: Raw, where: str) -> bool:
        """Understand one event and keep it if it lies in the window. True where it was kept."""
        try:
            event, notes = understood(raw, self.zone, self.known)
        except (Unreadable, OverflowError) as error:
            self.dropped(where, f"It was left out: {error}.", raw.uid)
            return False
        if side := self.window.side(event):
            self.outside[side] += 1
            return False
        key = (event.external_uid, event.occurrence)
        if len(self.events) >= EVENTS_MAX and key not in self.events:
            self._full(where)
            return False
        if key in self.events:
            notes = [*notes, "It stands in the feed twice; the later entry was taken."]
        self.events[key] = event
        for text in notes:
            self.note(where, text, raw.uid)
        return True

    def note(self, where: str, text: str, uid: str = "") -> None:
        """Something odd about an event that was kept. Occurrences of a series say it once."""
        problem = Problem(where, text, uid)
        if problem not in self.problems[-20:]:
            self._keep(problem)

    def problem(self, where: str, text: str) -> None:
        """Something wrong with the feed itself."""
        self._keep(Problem(where, text))

    def dropped(self, where: str, text: str, uid: str = "") -> None:
        """An event that could not be taken."""
        self.complete = False
        self.refused += 1
        self._keep(Problem(where, text, uid, dropped=True))

    def _full(self, where: str) -> None:
        if self.complete:
            self.problem(where, f"Only the first {EVENTS_MAX:,} events were taken. Ask for a feed with fewer months.")
        self.complete = False

    def _keep(self, problem: Problem) -> None:
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(problem)

    def parsed(self, calendar_name: str) -> Parsed:
        """Everything in order of time."""
        events = sorted(self.events.values(), key=lambda event: (event.starts_at, event.external_uid, event.occurrence))
        return Parsed(calendar_name, events, self.problems, self.complete, self.outside[-1], self.outside[1])
