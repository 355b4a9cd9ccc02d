"""A network in a few lines, a clock that can be moved, and workers that stop half way: what the machine tests drive.

Time passes by moving the rows' times back (the database keeps the clock), so nothing sleeps.
"""

from __future__ import annotations

import time
from collections.abc import Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from core import remote
from core.dispatch import LostClaim
from platforms.base import (
    Absent,
    Ambiguous,
    Capabilities,
    Draft,
    Feature,
    Found,
    Identity,
    InvalidContent,
    Memory,
    Published,
    Sighting,
    Token,
    Unavailable,
)
from platforms.registry import get
from posts.models import Delivery
from scheduler import looking, publishing
from scheduler.kinds import DELIVERY
from scheduler.presence import me

LANDS_WITHIN_S = 2.5  # below QUIET (3 s in practice): the promise is made for landings within it


@dataclass
class Shown:
    remote_id: str
    text: str
    at: datetime


@dataclass
class Network:
    """What the public sees, and what is still on its way."""

    shown: list[Shown] = field(default_factory=list)
    under_way: list[tuple[str, float]] = field(default_factory=list)  # text, second at which it lands
    serial: int = 0
    moved: float = 0.0

    @property
    def now(self) -> float:
        """The network's clock. It runs like the database's, also while a busy machine dawdles between two steps."""
        return time.monotonic() + self.moved

    def show(self, text: str) -> Shown:
        self.serial += 1
        post = Shown(f"r{self.serial}", text, timezone.now())
        self.shown.append(post)
        return post

    def copies(self, text: str) -> int:
        return sum(post.text == text for post in self.shown) + sum(t == text for t, _s in self.under_way)

    def pass_time(self, seconds: float) -> None:
        for post in self.shown:
            post.at -= timedelta(seconds=seconds)
        self.moved += seconds
        self.land()

    def land(self) -> None:
        landing = [text for text, at in self.under_way if at <= self.now]
        self.under_way = [(text, at) for text, at in self.under_way if at > self.now]
        for text in landing:
            self.show(text)


class NetworkAdapter:
    """Speaks to the Network; `outcome` says how the next publish ends."""

    def __init__(self, network: Network, outcome: str = "ok", fence: Any = None) -> None:
        self.network, self.outcome, self.fence = network, outcome, fence

    @staticmethod
    def capabilities(facts: Any) -> Capabilities:
        known = get("facebook").capabilities({})
        return Capabilities(Feature.TEXT | Feature.FIND, known.limits)

    def publish(self, who: Identity, draft: Draft, memory: Memory) -> Published:
        if self.outcome == "busy":
            raise Unavailable("it said no before it took a byte")
        memory.put("prepared", True)
        if self.fence:
            self.fence(remote.Kind.VISIBLE)
        if self.outcome == "refused":
            raise InvalidContent("it does not like the text")
        if self.outcome == "before":
            raise Ambiguous("the answer was lost; nothing was posted")
        if self.outcome == "late":
            self.network.under_way.append((draft.text, self.network.now + LANDS_WITHIN_S))
            raise Ambiguous("the answer was lost; it lands later")
        post = self.network.show(draft.text)
        if self.outcome == "after":
            raise Ambiguous("the answer was lost; it was posted")
        if self.outcome == "bug":
            raise KeyError("our own mistake, after it was posted")
        return Published(post.remote_id, f"https://network.example/{post.remote_id}", post.at)

    def find(self, who: Identity, draft: Draft, since: datetime, memory: Memory, bound: Set[str]) -> Sighting:
        self.network.land()
        for post in self.network.shown:
            if post.text == draft.text and post.at >= since and post.remote_id not in bound:
                return Found(Published(post.remote_id, "https://network.example/x", post.at))
        return Absent()


@dataclass
class HalfWorker:
    """A worker that can be stopped between any two of its steps, killed, or frozen and continued."""

    network: Network
    row: Delivery | None = None
    number: int = 0
    began: float = 0.0
    verdict: Any = None
    memory: Any = None

    def claim(self) -> bool:
        rows = Delivery.objects.claim(me.id)
        self.row = rows[0] if rows else None
        return bool(rows)

    def open(self) -> bool:
        try:
            self.number = self.row.open_attempt()
        except LostClaim:
            self.forget()
            return False
        self.began, self.memory = time.monotonic(), publishing.RowMemory(self.row)
        return True

    def call(self, outcome: str) -> None:
        fence = publishing.fence_for(self.row, self.memory, self.began)
        adapter = NetworkAdapter(self.network, outcome, fence)
        who = Identity("page", Token("t"))
        draft = Draft(text=self.row.payload["text"])
        self.verdict = publishing.speak(DELIVERY, adapter, who, self.row, draft, self.memory)

    def settle(self) -> None:
        publishing._settle(self.row, self.number, self.verdict)
        self.forget()

    def forget(self) -> None:
        self.row = self.verdict = self.memory = None


def pass_time(network: Network, workers: list[HalfWorker], seconds: float) -> None:
    """Everything becomes `seconds` older: leases, due times, attempts, posts, and the workers' own clocks."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE posts_delivery SET due_at = due_at - make_interval(secs => %s), "
            "leased_until = leased_until - make_interval(secs => %s)", [seconds, seconds],
        )  # fmt: skip
        cursor.execute("UPDATE posts_attempt SET started_at = started_at - make_interval(secs => %s)", [seconds])
    network.pass_time(seconds)
    for worker in workers:
        worker.began -= seconds
        if worker.memory:
            worker.memory.confirmed_at -= seconds


def look_once(network: Network) -> str:
    """One look at one unconfirmed row that is due; "" where there is none."""
    rows = Delivery.objects.claim(me.id, states=("unconfirmed",))
    if not rows:
        return ""
    return looking.look(DELIVERY, rows[0])
