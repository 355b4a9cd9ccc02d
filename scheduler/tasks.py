"""Doorbells. Each task is a few lines, takes ids or names only, and may be lost or doubled without harm."""

from __future__ import annotations

import gc
from datetime import timedelta

from celery import shared_task
from celery.signals import worker_ready, worker_shutdown, worker_shutting_down
from django.db import connection
from django.db.models import Count
from django.db.models.functions import Now

from core.models import Worker
from platforms import registry
from scheduler import agenda, collecting, draining, lanes, looking, publishing, renewing
from scheduler.kinds import KINDS
from scheduler.presence import me, slots

RECENT = timedelta(seconds=15)
LEADERS = 16  # one for each kind and network
FINISH_S = 8  # what takes longer to stop is killed, and the next start looks


@worker_ready.connect
def _arrive(**_kwargs: object) -> None:
    """Be known, and have the SDKs loaded before the first post is due rather than while it waits."""
    me.start()
    registry.names()
    # What is loaded by now stays for ever: the collector need not walk it again with every few posts.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@worker_shutting_down.connect
def _stop(**_kwargs: object) -> None:
    """Begin nothing new. What is under way is finished, and we are heard until it is."""
    me.stopping.set()


@worker_shutdown.connect
def _leave(**_kwargs: object) -> None:
    lanes.finish_all(FINISH_S)
    me.stop()


@shared_task(queue="publish", ignore_result=True)
def drain(due: list[list[str]]) -> None:
    """Hand out what is due: pairs of kind and network. The work itself is done in lanes, not in Celery's threads."""
    me.start()
    for kind, platform in due:
        lanes.lanes_for("leaders", LEADERS).start(draining.drain, KINDS[kind], platform)


@shared_task(queue="publish", ignore_result=True)
def look(kind: str, platform: str) -> None:
    """Find out what became of doubtful rows on one network."""
    me.start()
    looking.look_all(KINDS[kind], platform)


@shared_task(queue="collect", ignore_result=True)
def collect() -> None:
    me.start()
    collecting.collect()


@shared_task(queue="slow", ignore_result=True)
def chore(name: str) -> None:
    me.start()
    agenda.run(name)


@shared_task(queue="collect", ignore_result=True)
def renew() -> None:
    me.start()
    with slots.take("renew", 2) as free:
        if free:
            renewing.renew_due()


@shared_task(queue="publish", ignore_result=True)
def tick() -> None:
    """Once a second: reap, then ring for what is due. Rings that nobody answers in two seconds are void."""
    me.start()
    try:
        publishing.reap_all()
        ring_due()
        agenda.ring_chores(chore, collect, renew)
    finally:
        connection.close()


def ring_due() -> list[list[str]]:
    """Ring for what is due. Returns the pairs of kind and network that have posts to send.

    One ring is enough for a worker to hand out all that it can take; which worker hears it is chance, so there are
    two for each.
    """
    workers = max(1, Worker.objects.filter(stopped_at=None, beat_at__gt=Now() - RECENT).count())
    due: list[list[str]] = []
    for name, kind in KINDS.items():
        rows = kind.model.objects.filter(state="scheduled", hold="", due_at__lte=Now() + draining.AHEAD)
        due += [[name, platform] for platform in rows.order_by().values_list("platform", flat=True).distinct()]
        doubtful = kind.model.objects.filter(
            state="unconfirmed", due_at__lte=Now()
        ).values_list("platform").annotate(n=Count("pk"))  # fmt: skip
        for platform, waiting in doubtful.order_by():
            for _ in range(min(waiting, looking.slots_for_looks(kind) * workers)):
                look.apply_async((name, platform), expires=2)
    for _ in range(2 * workers if due else 0):
        drain.apply_async((due,), expires=2)
    return due
