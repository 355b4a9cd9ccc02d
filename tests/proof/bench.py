"""bin/bench: figures, never verdicts. One JSON object a line; the keys are documented in bin/README.md."""

from __future__ import annotations

import argparse
import statistics
import threading
import time
from collections import Counter
from datetime import timedelta
from typing import Any

from tests.proof import load, pages
from tests.proof.stack import Stack, cpu_s, family, print_json, pss_mib


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the sorted values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Sampler(threading.Thread):
    """Watches the database's connections and the stack's memory until told to stop."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(daemon=True)
        self.stack, self.done = stack, threading.Event()
        self.connections = 0
        self.pss = 0.0

    def run(self) -> None:
        from django.db import connection

        rounds = 0
        while not self.done.wait(0.25):
            rounds += 1
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
                )
                self.connections = max(self.connections, cursor.fetchone()[0])
            if rounds % 12 == 4:  # reading the memory of fifty processes takes a good part of a core
                self.pss = max(self.pss, sum(v for k, v in stack_pss(self.stack).items() if k != "sandbox"))
        connection.close()


def stack_pss(stack: Stack) -> dict[str, float]:
    """MiB per process of the stack; the sandbox apart, workers together."""
    sums: Counter[str] = Counter()
    for name, process in stack.processes.items():
        sums[name] += sum(pss_mib(pid) for pid in family(process))
    return dict(sums)


def publish(deliveries: int, latency_ms: int, workers: int, accounts: int, threads: int = 64) -> dict[str, Any]:
    """Everything due at one instant, equal mix of networks, one picture each, the full protocol."""
    stack = Stack(workers=workers, threads=threads)
    try:
        stack.start()
        import django

        django.setup()
        from django.utils import timezone

        from tests import factories

        library = factories.library("Bench Library", website="https://library.example")
        lines = load.connected(stack, library, accounts // 4)
        stack.door("POST", "/__settings", {"latency_ms_visible": latency_ms, "latency_ms_other": latency_ms // 10})
        far = timezone.now() + timedelta(days=2)
        made = load.schedule(library, lines, deliveries, far)
        due = start_all(made)
        return measure(stack, len(made), due)
    finally:
        stack.stop()


def start_all(made: list[Any]) -> float:
    """Give every delivery the same due time, a few seconds ahead. Returns it as epoch seconds."""
    from django.utils import timezone

    from posts.models import Delivery

    due = timezone.now() + timedelta(seconds=4)
    Delivery.objects.filter(pk__in=[d.pk for d in made]).update(due_at=due, expires_at=due + timedelta(hours=1))
    return due.timestamp()


def measure(stack: Stack, total: int, due: float, patience_s: float = 300) -> dict[str, Any]:
    from posts.models import Delivery

    sampler = Sampler(stack)
    workers = [stack.processes[name] for name in stack.names if name.startswith("worker")]
    cpu = {name: sum(cpu_s(pid) for pid in family(p)) for name, p in stack.processes.items()}
    before, began_calls = sum(cpu_s(pid) for p in workers for pid in family(p)), len(stack.door("GET", "/__log"))
    sampler.start()
    ends = time.time() + patience_s
    while time.time() < ends and Delivery.objects.exclude(state__in=["sent", "failed", "attention"]).exists():
        time.sleep(0.25)
    sampler.done.set()
    sampler.join()
    log = stack.door("GET", "/__log")[began_calls:]
    shown = [row["at"] - due for row in log if row["kind"] == "visible" and (row["status"] or 500) < 300]
    spent = {
        name: round(sum(cpu_s(pid) for pid in family(p)) - cpu[name], 2) for name, p in stack.processes.items()
    }
    unsent = Delivery.objects.exclude(state="sent").values_list("platform", "state", "error_code", "error_detail")
    left = Counter(":".join(words) for words in unsent)
    return {
        "deliveries": total, "sent": total - sum(left.values()), "left": dict(left),
        "per_second": round(len(shown) / max(shown), 1) if shown else 0,
        "lag_p50_s": round(statistics.median(shown), 2), "lag_p95_s": round(percentile(shown, 0.95), 2),
        "lag_p99_s": round(percentile(shown, 0.99), 2), "lag_max_s": round(max(shown), 2),
        "peak_db_connections": sampler.connections,
        "worker_cpu_s": round(sum(cpu_s(pid) for p in workers for pid in family(p)) - before, 2),
        "pss_mib": round(sampler.pss, 1), "http_calls": len(log), "cpu_s": spent,
    }  # fmt: skip


def idle(seconds: float) -> dict[str, Any]:
    """What the product costs while nothing is to be done: the default processes, after a page was served."""
    stack = Stack(workers=1, threads=64)
    try:
        stack.start()
        for _ in range(20):
            stack.answers(f"http://127.0.0.1:{stack.web_port}/sign-in/")
        time.sleep(seconds)
        each = {name: round(mib, 1) for name, mib in stack_pss(stack).items()}
        return {"pss_mib": round(sum(v for k, v in each.items() if k != "sandbox"), 1), "each": each}
    finally:
        stack.stop()


def main() -> None:
    parser = argparse.ArgumentParser(prog="bin/bench", description="Measures the product; prints JSON.")
    kinds = parser.add_subparsers(dest="what", required=True)
    one = kinds.add_parser("publish", help="many deliveries due at one instant")
    one.add_argument("--deliveries", type=int, default=500)
    one.add_argument("--latency-ms", type=int, default=200, help="of each visible call; a tenth of it for the others")
    one.add_argument("--workers", type=int, default=2)
    one.add_argument("--accounts", type=int, default=40)
    one.add_argument("--threads", type=int, default=64, help="of each worker")
    two = kinds.add_parser("idle", help="memory of the idle stack")
    two.add_argument("--seconds", type=float, default=20)
    three = kinds.add_parser("pages", help="pages of a library with a long history")
    three.add_argument("--posts", type=int, default=100_000)
    three.add_argument("--rounds", type=int, default=pages.ROUNDS, help="how often each page is asked for")
    asked = parser.parse_args()
    if asked.what == "pages":
        pages.run(asked.posts, asked.rounds)
    elif asked.what == "idle":
        print_json({"bench": "idle", **idle(asked.seconds)})
    else:
        figures = publish(asked.deliveries, asked.latency_ms, asked.workers, asked.accounts, asked.threads)
        print_json({"bench": "publish", "latency_ms": asked.latency_ms, "workers": asked.workers, **figures})


if __name__ == "__main__":
    main()
