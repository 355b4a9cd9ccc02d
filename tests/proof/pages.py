"""bin/bench pages: what the pages of a library with a long history cost, through the whole stack but the socket.

Signed in as a real session, every middleware and template runs, and the answer is what a browser would get.
"""

from __future__ import annotations

import gzip
import re
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.proof.stack import Stack, print_json

ROUNDS = 30


def run(posts: int, rounds: int = ROUNDS) -> None:
    """Start the servers, fill a library, ask for each page, print one line for each."""
    stack = Stack(workers=1)
    try:
        stack.start_servers()
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0, skip_checks=True)
        from tests.proof import crowd

        actor = crowd.fill(posts)
        for figures in measure(actor, rounds):
            print_json({"bench": "pages", "posts": posts, **figures})
    finally:
        stack.stop()


def measure(actor: Any, rounds: int) -> Iterator[dict[str, Any]]:
    """One object of figures for each page, the deepest page of each list included."""
    from django.conf import settings
    from django.test import Client

    settings.ALLOWED_HOSTS, settings.DEBUG = ["*"], False
    client = Client()
    client.force_login(actor.user)
    with worker_alive():
        for name, address in addresses(client, actor):
            yield figures_of(client, name, address, rounds)


@contextmanager
def worker_alive() -> Iterator[None]:
    """As on a good day: a worker is heard all the while, so that no page shows the band that it is silent."""
    from datetime import timedelta

    from django.db.models.functions import Now

    from core.models import Worker

    row = Worker.objects.create(beat_at=Now() + timedelta(hours=1))
    try:
        yield
    finally:
        row.delete()


def addresses(client: Any, actor: Any) -> Iterator[tuple[str, str]]:
    """Name and address of each page, the middle and the end of the history beside its front."""
    from django.utils import timezone

    from posts.models import Post

    now = timezone.now()
    middle = now.replace(year=now.year - 4, day=1)
    yield "month", "/calendar/"
    yield "month_old", f"/calendar/?month={middle:%Y-%m}"
    yield "month_filtered", "/calendar/?platform=facebook&state=sent"
    yield "week", "/calendar/week/"
    yield "agenda", "/calendar/agenda/"
    yield "agenda_last", deepest(client, "/calendar/agenda/")
    yield "today", "/today/"
    yield "list", "/posts/"
    yield "list_middle", deepest(client, "/posts/", 20)
    yield "list_last", "/posts/?end=1"
    draft = Post.objects.visible_to(actor).filter(state="draft").order_by("pk").first()
    yield "composer", f"/posts/{draft.pk}/edit/"
    yield "review_queue", "/posts/review/"


def deepest(client: Any, address: str, pages: int = 200) -> str:
    """Follow the link to what comes next until there is none, or so many times; the address of the last page."""
    path = address.split("?", maxsplit=1)[0]
    for _ in range(pages):
        found = re.search(r'href="([^"]+)"[^>]*data-older', client.get(address).content.decode())
        if not found:
            break
        address = path + found[1].replace("&amp;", "&")
    return address


def figures_of(client: Any, name: str, address: str, rounds: int) -> dict[str, Any]:
    """Ask for a page so many times, after two that are not counted. Milliseconds, bytes."""
    client.get(address)
    with counted() as asked:
        answer = client.get(address)
    took, spent = [], []
    for _ in range(rounds):
        began, before = time.perf_counter(), time.process_time()
        client.get(address)
        took.append((time.perf_counter() - began) * 1000)
        spent.append((time.process_time() - before) * 1000)
    body = answer.content
    return {
        "page": name, "status": answer.status_code, "p50_ms": round(statistics.median(took), 1),
        "cpu_ms": round(statistics.median(spent), 1),
        "p95_ms": round(sorted(took)[min(len(took) - 1, int(len(took) * 0.95))], 1), "queries": len(asked),
        "bytes": len(body), "gzip_bytes": len(gzip.compress(body, 6)),
    }  # fmt: skip


@contextmanager
def counted() -> Iterator[list[tuple[float, str]]]:
    """Every statement that the database is asked meanwhile: milliseconds and its text."""
    from django.db import connection

    asked: list[tuple[float, str]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            asked.append(((time.perf_counter() - began) * 1000, sql))

    with connection.execute_wrapper(note):
        yield asked
