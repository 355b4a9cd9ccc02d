"""What an import would do, before it does: each event of a feed beside what is here already."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from libraries.models import Branch
from posts.models import Event
from programs import actions
from programs.models import Preview
from programs.parsing import ExternalEvent, Problem

TICKED_MAX = 600    # boxes on one page; a browser's form may send a thousand fields


@dataclass
class Row:
    """One event of the feed. `mark`: new, changed, moved (another time), off (it was on here), unchanged."""

    key: str
    event: ExternalEvent
    mark: str
    branch: Branch | None
    ticked: bool
    notes: list[str] = field(default_factory=list)

    @property
    def places(self) -> str:
        return ", ".join(self.event.branch_names)

    @property
    def can_choose(self) -> bool:
        return self.mark == "new"


@dataclass
class Look:
    """The whole preview. `rest` are new events beyond the boxes of the page, `gone` those here that the feed lacks."""

    rows: list[Row]
    problems: list[Problem]
    gone: list[Event]
    past: int
    later: int

    def count(self, mark: str) -> int:
        return sum(row.mark == mark for row in self.rows)

    @property
    def n_new(self) -> int:
        return self.count("new")

    @property
    def n_changed(self) -> int:
        return self.count("changed")

    @property
    def n_moved(self) -> int:
        return self.count("moved")

    @property
    def n_off(self) -> int:
        return self.count("off")

    @property
    def n_unchanged(self) -> int:
        return self.count("unchanged")

    @property
    def boxes(self) -> list[Row]:
        return [row for row in self.rows if row.can_choose][:TICKED_MAX]

    @property
    def rest(self) -> list[Row]:
        return [row for row in self.rows if row.can_choose][TICKED_MAX:]

    @property
    def acting(self) -> list[Row]:
        """What the import would do something about, but for the rest, which has one box together."""
        beyond = {row.key for row in self.rest}
        return [row for row in self.rows if row.mark != "unchanged" and row.key not in beyond]

    @property
    def unchanged(self) -> list[Row]:
        return [row for row in self.rows if row.mark == "unchanged"]


def look(preview: Preview, now: datetime) -> Look:
    """Read the kept body again and compare. Raises Refused where it is no calendar."""
    parsed = actions.parsed(preview.library, bytes(preview.body), preview.content_type, now)
    feed = actions.feed_of(preview)
    known = actions.known_keys(feed) if feed else {}
    left_out = set(feed.left_out) if feed else set()
    branches, notes = actions.BranchFinder(preview.library), defaultdict(list)
    for problem in parsed.problems:
        if problem.uid and not problem.dropped:
            notes[problem.uid].append(problem.text)
    rows = []
    for external in parsed.events:
        key = actions.event_key(external)
        rows.append(
            Row(key, external, mark(external, known.get(key)), branches.find(external), key not in left_out,
                [*_was(external, known.get(key)), *notes.get(external.external_uid, [])])
        )  # fmt: skip
    there = {row.key for row in rows}
    until = now + timedelta(days=actions.HORIZON_DAYS - 1)
    gone = [
        event for key, event in known.items()
        if key not in there and preview.url and parsed.complete and now <= event.starts_at <= until and event.listing != "withdrawn"
    ]  # fmt: skip
    shown_notes = {row.event.external_uid for row in rows if row.event.external_uid in notes}
    problems = [problem for problem in parsed.problems if problem.dropped or problem.uid not in shown_notes]
    return Look(rows, problems, gone, parsed.past, parsed.later)


def mark(external: ExternalEvent, event: Event | None) -> str:
    """What importing this event would do."""
    if event is None:
        return "new"
    if event.content_hash == external.content_hash:
        return "unchanged"
    if event.may_be_announced and external.state not in ("scheduled", "full"):
        return "off"
    return "moved" if event.starts_at != external.starts_at else "changed"


def _was(external: ExternalEvent, event: Event | None) -> list[str]:
    """When it was to begin, for one that its calendar moves."""
    if event is None or event.starts_at == external.starts_at:
        return []
    return [_("Until now it was %(time)s.") % {"time": event.told(event.starts_at)}]
