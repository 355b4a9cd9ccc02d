"""bin/chaos: kill everything at random while the networks lie, then ask the sandbox what it holds.

The judge is the sandbox's book, never our own tables. One JSON line; the keys are documented in bin/README.md.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

from tests.proof import load
from tests.proof.bench import percentile
from tests.proof.renewals import renewals
from tests.proof.stack import Stack, print_json

TOLD = ("attention", "failed", "expired")
CLASSES = ("booked_and_known", "booked_and_attention", "absent_and_attention", "twice", "never")


class Chaos:
    """One run. `open_at_kills` counts the attempts that were open in each worker at the moment it was killed."""

    def __init__(self, deliveries: int, kills: int, workers: int, seed: int) -> None:
        self.deliveries, self.kills_wanted = deliveries, kills
        self.stack = Stack(workers=workers, threads=24)
        self.dice = random.Random(seed)
        self.kills = self.open_at_kills = self.frozen = 0
        self.other: Counter[str] = Counter()
        self.threads: list[threading.Thread] = []

    def run(self) -> dict[str, Any]:
        try:
            self.prepare()
            self.storm()
            self.calm()
            return self.judge()
        finally:
            self.stack.stop()

    # -- before

    def prepare(self) -> None:
        self.stack.start()
        import django

        django.setup()
        from django.utils import timezone

        from posts.models import Delivery
        from tests import factories

        self.library = factories.library("Chaos Library", website="https://library.example")
        lines = load.connected(self.stack, self.library, 5)
        for account in lines["twitter"][::2]:
            type(account).objects.filter(pk=account.pk).update(carry_link=False)
            account.carry_link = False
        self.lines = lines
        pairs = max(1, self.deliveries // 100)
        self.made = load.schedule(self.library, lines, self.deliveries, timezone.now() + timedelta(days=2), pairs=self.pairs(pairs))
        self.stack.door("POST", "/__settings", {"latency_ms_visible": 200, "latency_ms_other": 20})
        self.stack.door("POST", "/__faults", {"network": "any", "kind": "lie", "where": "visible", "rate": 0.5})
        self.span = max(30.0, self.kills_wanted * 3.2)
        start = timezone.now() + timedelta(seconds=3)
        for delivery in self.made:
            due = start + timedelta(seconds=self.dice.uniform(0, self.span))
            Delivery.objects.filter(pk=delivery.pk).update(due_at=due, expires_at=due + timedelta(hours=6))

    def pairs(self, wished: int) -> int:
        return min(wished, self.deliveries // 8)

    # -- the storm

    def storm(self) -> None:
        """Kills until there were enough, everything else once on the way."""
        once = {0.2: self.freeze, 0.3: self.kill_web, 0.4: self.kill_broker, 0.55: self.restart_database,
                0.65: self.kill_clock, 0.75: self.kill_sandbox, 0.85: self.comment}  # fmt: skip
        began = time.monotonic()
        while self.kills < self.kills_wanted and self.something_is_left() and time.monotonic() - began < self.span * 4:
            for share in [s for s in once if self.kills >= s * self.kills_wanted]:
                once.pop(share)()
            self.kill_a_worker()
            self.renew_tokens()
            time.sleep(self.dice.uniform(0.6, 3.0))
        for act in once.values():
            act()

    def something_is_left(self) -> bool:
        """Whether a delivery is still under way: without one there is no attempt to be killed in."""
        from posts.models import Delivery

        with self.database_allowed():
            return Delivery.objects.filter(state__in=["scheduled", "sending", "unconfirmed"]).exists()
        return True

    def open_attempts(self) -> dict[str, int]:
        """worker process name -> attempts open right now."""
        from core.models import Worker
        from posts.models import Attempt

        counts: Counter[str] = Counter()
        pids = {str(p.pid): name for name, p in self.stack.processes.items() if name.startswith("worker")}
        rows = Attempt.objects.filter(outcome="").values_list("delivery__leased_by", flat=True)
        names = dict(Worker.objects.values_list("pk", "name"))
        for worker in rows:
            pid = names.get(worker, ":").rsplit(":", 1)[1]
            if pid in pids:
                counts[pids[pid]] += 1
        return counts

    def kill_a_worker(self) -> None:
        """SIGKILL one that has an attempt open; others do not count and are left alone."""
        with self.database_allowed():
            busy = {name: n for name, n in self.open_attempts().items() if name != self.frozen_name()}
            if not busy:
                return
            name = self.dice.choice(sorted(busy))
            self.stack.kill(name)
            self.kills += 1
            self.open_at_kills += busy[name]
            self.stack.spawn(name)

    def frozen_name(self) -> str:
        return getattr(self, "_frozen", "")

    def freeze(self) -> None:
        """SIGSTOP one worker in mid-send, for 20 to 90 s, then let it go on."""
        ends = time.monotonic() + 20
        busy: dict[str, int] = {}
        while not busy and time.monotonic() < ends:
            with self.database_allowed():
                busy = self.open_attempts()
            time.sleep(0.02)
        if not busy:
            return
        self._frozen = max(busy, key=lambda name: busy[name])
        self.stack.kill(self._frozen, signal.SIGSTOP)
        self.frozen += busy[self._frozen]

        def thaw() -> None:
            time.sleep(self.dice.uniform(20, 60))
            self.stack.kill(self._frozen, signal.SIGCONT)
            self._frozen = ""

        self.background(thaw)

    def background(self, act: Any) -> None:
        thread = threading.Thread(target=act, daemon=True)
        thread.start()
        self.threads.append(thread)

    def again(self, name: str) -> None:
        self.stack.kill(name)
        time.sleep(self.dice.uniform(0.2, 1.5))
        self.stack.spawn(name)
        self.other[name] += 1

    def kill_web(self) -> None:
        self.again("web")

    def kill_clock(self) -> None:
        self.again("clock")

    def kill_sandbox(self) -> None:
        self.again("sandbox")

    def kill_broker(self) -> None:
        """Killed and emptied: every ring that was under way is lost."""
        self.stack.kill("valkey")
        for file in self.stack.place.broker.rglob("*"):
            if file.is_file():
                file.unlink()
        self.stack.restart_server("valkey")
        self.other["broker"] += 1

    def restart_database(self) -> None:
        """PostgreSQL is killed outright and started again: committed rows are there, nothing else."""
        os.kill(self.stack.processes["postgres"].pid, signal.SIGQUIT)
        self.stack.processes["postgres"].wait()
        self.stack.restart_server("postgres")
        self.other["postgres"] += 1

    def comment(self) -> None:
        """Patrons write meanwhile."""
        book = self.stack.door("GET", "/__book")
        for network, posts in book.items():
            for post in posts[:3]:
                self.stack.door("POST", "/__comment", {"network": network, "post": post["id"], "author": "A patron", "text": "When?"})
                self.other["comments"] += 1

    def renew_tokens(self) -> None:
        """X's tokens are made to look near their end, so that workers renew them while everything falls."""
        from django.utils import timezone

        from platforms.models import Credential

        if self.dice.random() < 0.3:
            account = self.dice.choice(self.lines["twitter"])
            with self.database_allowed():
                soon = timezone.now() + timedelta(seconds=60)
                self.other["renewals_due"] += Credential.objects.filter(account=account, revoked_at=None).update(expires_at=soon)

    @contextlib.contextmanager
    def database_allowed(self) -> Any:
        """The harness's own question may fall into the restart of the database; then it is not asked."""
        from django.db import DatabaseError, InterfaceError, connection

        try:
            yield
        except (DatabaseError, InterfaceError):
            time.sleep(0.2)
        finally:
            connection.close()

    # -- after

    def calm(self, patience_s: float = 240) -> None:
        """No more kills, no more lies; wait until nothing is under way."""
        from posts.models import Delivery

        for thread in self.threads:
            thread.join()
        self.stack.door("DELETE", "/__faults")
        ends = time.monotonic() + patience_s
        while time.monotonic() < ends:
            if not Delivery.objects.filter(state__in=["scheduled", "sending", "unconfirmed", "processing"]).exists():
                return
            time.sleep(0.5)

    def judge(self) -> dict[str, Any]:
        from inbox.models import Message
        from posts.models import Delivery

        rows = list(Delivery.objects.select_related("account"))
        book = self.stack.door("GET", "/__book")
        by_network = {network: classify([r for r in rows if r.platform == network], posts) for network, posts in book.items()}
        total: Counter[str] = Counter()
        for counts in by_network.values():
            total.update(counts)
        log = [row for row in self.stack.door("GET", "/__log") if row["kind"] == "visible"]
        lies = sum(1 for row in log if (row.get("fault") or "").startswith("lie"))
        return {
            "deliveries": len(rows), "kills": self.kills, "open_attempts_at_kills": self.open_at_kills,
            **{name: total[name] for name in CLASSES}, "longest_silence_s": round(longest_silence(rows), 1),
            "networks": {name: {key: counts[key] for key in CLASSES} for name, counts in by_network.items()},
            "visible_requests": len(log), "lies": lies, "attempts_frozen": self.frozen,
            "comments_collected": Message.objects.filter(direction="in").count(), "also": dict(self.other),
            "states": dict(Counter(row.state for row in rows)),
            "why": dict(Counter(f"{row.platform}:{row.state}:{row.error_code}" for row in rows if row.state != "sent")),
        }  # fmt: skip


def plain(text: str) -> str:
    """A text as its author wrote it: LinkedIn's escapes and surrounding space gone."""
    return text.replace("\\", "").strip()


def classify(rows: list[Any], posts: list[dict[str, Any]]) -> Counter[str]:
    """Disjoint classes for one network's deliveries. Deliveries that say the very same are judged together."""
    shown: Counter[tuple[str, str]] = Counter()
    for post in posts:
        if post["visible"] and not post["deleted"] and not post.get("reply_to"):
            shown[(post["account"], plain(post["text"]))] += 1
    groups: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in rows:
        groups[(row.account.external_id, plain(row.payload["text"]))].append(row)
    counts: Counter[str] = Counter()
    for key, same in groups.items():
        copies = shown[key]
        counts["twice"] += max(0, copies - len(same))
        for number, row in enumerate(sorted(same, key=lambda r: r.state != "sent")):
            booked = number < copies
            if booked:
                counts["booked_and_known" if row.state == "sent" else "booked_and_attention"] += 1
            else:
                counts["absent_and_attention" if row.state in TOLD else "never"] += 1
    return counts


def longest_silence(rows: list[Any]) -> float:
    """The longest time in which nothing was written down about a delivery between its due time and its end, in s."""
    from audit.models import AuditEntry
    from posts.models import Attempt

    events: dict[int, list[Any]] = defaultdict(list)
    for pk, at in AuditEntry.objects.filter(object_type="delivery").values_list("object_id", "at"):
        events[pk].append(at)
    for pk, began, ended in Attempt.objects.values_list("delivery_id", "started_at", "ended_at"):
        events[pk] += [at for at in (began, ended) if at]
    longest = 0.0
    for row in rows:
        ends = row.sent_at or max(events[row.pk], default=row.due_at)
        first_due = row.expires_at - timedelta(hours=6)
        times = sorted(at for at in [first_due, *events[row.pk]] if first_due <= at)
        gaps = [(b - a).total_seconds() for a, b in zip(times, times[1:], strict=False) if a <= ends]
        longest = max([longest, *gaps])
    return longest


def black_hole(network: str, deliveries: int, workers: int) -> dict[str, Any]:
    """Everything due at once while one network accepts connections and never answers: do the others suffer?"""
    from tests.proof import bench

    stack = Stack(workers=workers, threads=64)
    try:
        stack.start()
        import django

        django.setup()
        from django.utils import timezone

        from posts.models import Delivery
        from tests import factories

        library = factories.library("Chaos Library", website="https://library.example")
        lines = load.connected(stack, library, 10)
        made = load.schedule(library, lines, deliveries, timezone.now() + timedelta(days=2))
        stack.door("POST", "/__settings", {"latency_ms_visible": 200, "latency_ms_other": 20})
        stack.door("POST", "/__faults", {"network": network, "kind": "black_hole", "where": "any", "rate": 1})
        due = bench.start_all(made)
        ends = time.time() + 120
        others = Delivery.objects.exclude(platform=network).exclude(state="sent")
        while time.time() < ends and others.exists():
            time.sleep(0.25)
        log = stack.door("GET", "/__log")
        lags: dict[str, list[float]] = defaultdict(list)
        for row in log:
            if row["kind"] == "visible" and row["network"] != network and row["at"] >= due and (row["status"] or 500) < 300:
                lags[row["network"]].append(row["at"] - due)
        return {
            "black_hole": network, "deliveries": len(made), "others_left": others.count(),
            "lag_p99_s": {name: round(percentile(values, 0.99), 2) for name, values in sorted(lags.items())},
        }  # fmt: skip
    finally:
        stack.stop()


def main() -> None:
    parser = argparse.ArgumentParser(prog="bin/chaos", description="Kills everything and asks the sandbox; prints JSON.")
    parser.add_argument("--deliveries", type=int, default=0, help="400, or 500 with --black-hole")
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--black-hole", metavar="NETWORK", default="")
    parser.add_argument("--renewals", type=int, default=0, metavar="N", help="kill workers N times while a token is renewed")
    asked = parser.parse_args()
    if asked.renewals:
        print_json(renewals(asked.renewals, asked.seed))
    elif asked.black_hole:
        print_json(black_hole(asked.black_hole, asked.deliveries or 500, asked.workers))
    else:
        print_json(Chaos(asked.deliveries or 400, asked.kills, asked.workers, asked.seed).run())


if __name__ == "__main__":
    main()
