"""Which posts stand on which day, worked out by the database: the first few of each day, and how many there are.

A library's history may be long; a page never reads more of it than it shows. A post stands at the time it is meant for;
one without stands where it first went out or will.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from libraries.permissions import Actor
from planner.month import Span
from posts.models import Delivery, Post
from posts.paging import Mark

LATE = timedelta(days=8)  # what went out in the window fell due at most so long before or after
EVERYTHING = 1_000_000


@dataclass(frozen=True)
class Totals:
    """All posts of the time a page is about, shown or not."""

    posts: int = 0
    waiting: int = 0
    trouble: int = 0
    networks: int = 0


@dataclass(frozen=True)
class Place:
    """A post on its local day; `n` are there in all on that day."""

    pk: int
    at: datetime
    day: date
    n: int


@dataclass
class Placed:
    places: list[Place] = field(default_factory=list)
    totals: Totals = field(default_factory=Totals)
    later: str = ""


RANK = """
    WITH placed AS MATERIALIZED ({placed}),
    totals AS (
        SELECT count(*) AS posts, count(*) FILTER (WHERE post.state = 'in_review') AS waiting,
               count(*) FILTER (WHERE EXISTS (
                   SELECT 1 FROM posts_delivery d WHERE d.post_id = placed.id
                   AND d.state IN ('attention', 'failed', 'expired', 'unconfirmed'))) AS trouble
        FROM placed JOIN posts_post post ON post.id = placed.id WHERE placed.at >= %s AND placed.at < %s),
    networks AS (
        SELECT count(DISTINCT account.platform) AS n FROM placed JOIN posts_workingcopy copy ON copy.post_id = placed.id
        CROSS JOIN LATERAL jsonb_array_elements_text(copy.content -> 'accounts') AS chosen
        JOIN platforms_account account ON account.id = chosen::bigint AND account.library_id = %s
        WHERE placed.at >= %s AND placed.at < %s),
    ranked AS (
        SELECT id, at, (at AT TIME ZONE %s)::date AS day,
               row_number() OVER (PARTITION BY (at AT TIME ZONE %s)::date ORDER BY at, id) AS nth,
               count(*) OVER (PARTITION BY (at AT TIME ZONE %s)::date) AS n
        FROM placed)
    SELECT id, at, day, ranked.n, posts, waiting, trouble, networks.n FROM ranked, totals, networks
    WHERE nth <= %s AND (at, id) > (%s, %s) ORDER BY at, id LIMIT %s"""


def place(
    actor: Actor,
    posts: QuerySet[Post],
    span: Span,
    *,
    most: int = EVERYTHING,
    about: Span | None = None,
    after: Mark | None = None,
    limit: int = EVERYTHING,
) -> Placed:
    """Posts of `posts` in the span: at most so many a day, so many in all, after a mark. Totals are those of `about`."""
    zone = actor.library.zone
    begins, ends = span.between(zone)
    sql, words = _union(actor, posts, begins, ends)
    first, last = (about or span).between(zone)
    mark = after or Mark(begins, 0)
    tz = zone.key
    with connection.cursor() as cursor:
        cursor.execute(RANK.format(placed=sql), [
            *words, first, last, actor.library.pk, first, last, tz, tz, tz, most, mark.at, mark.pk, min(limit, EVERYTHING) + 1,
        ])  # fmt: skip
        rows = cursor.fetchall()
    places = [Place(*row[:4]) for row in rows[:limit]]
    later = str(Mark(places[-1].at, places[-1].pk)) if len(rows) > limit else ""
    return Placed(places, Totals(*rows[0][4:]) if rows else Totals(), later)


def _union(actor: Actor, posts: QuerySet[Post], begins: datetime, ends: datetime) -> tuple[str, list[Any]]:
    """(id, at) of those with a plan in the window, and of those without one that went out or will in it."""
    planned = posts.filter(planned_for__gte=begins, planned_for__lt=ends).order_by()
    near = Delivery.objects.visible_to(actor).filter(
        due_at__gte=begins - LATE, due_at__lt=ends + LATE, post__planned_for=None
    )
    first = Delivery.objects.filter(post=OuterRef("pk")).order_by().values("post")
    loose = posts.filter(planned_for=None, pk__in=near.values("post_id")).order_by()
    loose = loose.annotate(out_at=Subquery(first.annotate(at=Min(Coalesce("sent_at", "due_at"))).values("at")))
    loose = loose.filter(out_at__gte=begins, out_at__lt=ends)
    parts = [
        planned.annotate(at=F("planned_for")).values_list("id", "at"),
        loose.annotate(at=F("out_at")).values_list("id", "at"),
    ]
    made = [part.query.get_compiler(connection=connection).as_sql() for part in parts]
    texts = [f"SELECT made.* FROM ({sql}) AS made (id, at)" for sql, _words in made]
    return " UNION ALL ".join(texts), [word for _sql, words in made for word in words]
