"""Many posts at a glance: where each stands and on which networks, in one statement however many there are."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Q

from core.dispatch import ATTENTION, CANCELLED, EXPIRED, FAILED, PROCESSING, SCHEDULED, SENDING, SENT, UNCONFIRMED
from posts.models import Delivery, Post


def _n(**asked: object) -> Count:
    return Count("pk", filter=Q(**asked))


COUNTS = {
    "n_all": Count("pk"), "n_sent": _n(state=SENT), "n_waiting": _n(state=SCHEDULED),
    "n_working": _n(state__in=[SENDING, PROCESSING]), "n_unconfirmed": _n(state=UNCONFIRMED),
    "n_trouble": _n(state__in=[ATTENTION, FAILED, EXPIRED]), "n_cancelled": _n(state=CANCELLED),
    "n_held": Count("pk", filter=Q(state=SCHEDULED) & ~Q(hold="")), "n_down": _n(takedown__state=SENT),
}  # fmt: skip


def look(posts: Iterable[Post]) -> list[Post]:
    """The same posts with what `with_progress` counts, and `nets` and `states`: the networks and states of their
    deliveries, each once."""
    rows = list(posts)
    found = Delivery.objects.filter(post__in=[post.pk for post in rows]).order_by().values("post_id")
    counted = found.annotate(
        **COUNTS,
        nets=ArrayAgg("platform", distinct=True, default=[]),
        states=ArrayAgg("state", distinct=True, default=[]),
    )
    by_post: dict[int, dict[str, object]] = {row["post_id"]: dict(row) for row in counted} if rows else {}
    nothing = {**dict.fromkeys(COUNTS, 0), "nets": [], "states": []}
    for post in rows:
        told = by_post.get(post.pk, nothing)
        vars(post).update({name: told[name] for name in nothing})
    return rows
