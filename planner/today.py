"""What happens on one day: what went out and how it did, what waits, what needs a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Count, Q

from core.dispatch import ATTENTION, EXPIRED, FAILED, PROCESSING, SCHEDULED, SENDING, SENT, UNCONFIRMED
from inbox.models import Message
from libraries.permissions import Actor
from planner.month import Span
from posts.models import Delivery, FigureSnapshot, Post, Review

MOST = 200


@dataclass
class Out:
    """A delivery that went out, who approved it, and what the network tells of it. None: it tells no such figure."""

    delivery: Delivery
    approved_by: str = ""
    answers: int = 0
    figures: FigureSnapshot | None = None

    @property
    def told(self) -> list[tuple[str, int]]:
        """Figure and number, for those the network tells."""
        if self.figures is None:
            return []
        named = [(name, getattr(self.figures, name)) for name in FigureSnapshot.NAMES]
        return [(name, number) for name, number in named if number is not None]


@dataclass
class Today:
    on: date
    out: list[Out] = field(default_factory=list)
    waiting: list[Delivery] = field(default_factory=list)
    trouble: list[Delivery] = field(default_factory=list)
    unapproved: list[Post] = field(default_factory=list)


def of(actor: Actor, on: date, now: datetime) -> Today:
    """One local day. At most MOST rows of each."""
    begins, ends = Span(on, on).between(actor.library.zone)
    mine = Delivery.objects.visible_to(actor).filter(realm=actor.library.mode).select_related("post", "account", "link")
    near = mine.filter(due_at__gte=begins - timedelta(days=2), due_at__lt=ends + timedelta(days=1))
    sent = list(near.filter(state=SENT, sent_at__gte=begins, sent_at__lt=ends).order_by("-sent_at", "-pk")[:MOST])
    due = mine.filter(due_at__gte=begins, due_at__lt=ends)
    waits = due.filter(state__in=[SCHEDULED, SENDING, PROCESSING]).order_by("due_at", "pk")
    stuck = due.filter(state__in=[ATTENTION, FAILED, EXPIRED, UNCONFIRMED]).order_by("due_at", "pk")
    posts = Post.objects.visible_to(actor).filter(
        realm=actor.library.mode, planned_for__gte=max(begins, now), planned_for__lt=ends
    )
    unapproved = posts.exclude(state__in=["approved", "archived"]).select_related("author", "working_copy", "library")
    return Today(
        on, _told(sent), list(waits[:MOST]), list(stuck[:MOST]), list(unapproved.order_by("planned_for", "pk")[:MOST])
    )


def _told(sent: list[Delivery]) -> list[Out]:
    """What belongs to deliveries that went out, by three statements however many."""
    pks = [delivery.pk for delivery in sent]
    if not pks:
        return []
    reviews = Review.objects.filter(revision__in={d.revision_id for d in sent}, verdict=Review.APPROVE)
    by_revision = {
        review.revision_id: review.who for review in reviews.select_related("reviewer", "link").order_by("pk")
    }
    talks = Message.objects.filter(conversation__delivery__in=pks, direction="in", gone_at=None).order_by()
    answers = dict(talks.values_list("conversation__delivery").annotate(n=Count("pk")))
    figures = FigureSnapshot.objects.filter(Q(delivery__in=pks)).order_by("delivery", "-day").distinct("delivery")
    by_delivery = {row.delivery_id: row for row in figures}
    return [
        Out(d, by_revision.get(d.revision_id, ""), answers.get(d.pk, 0), by_delivery.get(d.pk)) for d in sent
    ]  # fmt: skip
