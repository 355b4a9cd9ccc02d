"""Reads of posts: the list with its filters, the review queue, and where one post stands as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core.dispatch import ATTENTION, EXPIRED, FAILED, PROCESSING, SCHEDULED, SENDING, SENT, UNCONFIRMED
from core.numbers import row_id
from libraries.models import User
from libraries.permissions import Actor
from platforms.models import Account
from posts.models import Campaign, Delivery, Post, Revision

# What a filter may ask for, in the order of a post's life.
STATES = {
    "draft": _("Drafts"),
    "in_review": _("In review"),
    "changes_requested": _("Changes asked for"),
    "approved": _("Approved, without a time"),
    "scheduled": _("Scheduled"),
    "trouble": _("Needs a person"),
    "sent": _("Published"),
    "archived": _("Archived"),
}
UNDER_WAY = (SENDING, PROCESSING, UNCONFIRMED)
SOON = timedelta(minutes=15)
WATCHED_S = 5  # a colleague may judge it, or give it its time, while somebody else has its page open
N_DOWN = Count("deliveries", filter=Q(deliveries__takedown__state=SENT))  # beside with_progress's own counts


def of_state(posts: QuerySet[Post], state: str) -> QuerySet[Post]:
    """Posts that stand there as a whole; "" is all but archived."""
    if state == "scheduled":
        return posts.filter(deliveries__state__in=[SCHEDULED, *UNDER_WAY]).distinct()
    if state == "trouble":
        return posts.filter(deliveries__state__in=[ATTENTION, FAILED, EXPIRED, UNCONFIRMED]).distinct()
    if state == "sent":
        return posts.filter(deliveries__state=SENT).distinct()
    if state == "approved":
        return posts.filter(state="approved").exclude(deliveries__state__in=[SCHEDULED, *UNDER_WAY, SENT])
    if state in STATES:
        return posts.filter(state=state)
    return posts.exclude(state="archived")


def listed(actor: Actor, asked: Mapping[str, str]) -> QuerySet[Post]:
    """The library's posts of its present mode, as a filter asks: state, platform, person, campaign, q. Newest change first."""
    here = Post.objects.visible_to(actor).filter(realm=actor.library.mode)
    posts = of_state(here, asked.get("state", ""))
    if platform := asked.get("platform"):
        posts = posts.filter(pk__in=_on(actor, platform))
    if (person := row_id(asked.get("person", ""))) is not None:
        posts = posts.filter(author=person)
    if (campaign := row_id(asked.get("campaign", ""))) is not None:
        posts = posts.filter(campaign=campaign)
    if words := asked.get("q", "").strip():
        posts = posts.filter(Q(title__icontains=words) | Q(working_copy__content__body__icontains=words))
    found = Post.objects.filter(pk__in=posts.values("pk")).with_progress()
    found = found.annotate(n_down=N_DOWN)
    return (
        found.select_related("author", "event", "campaign", "working_copy", "library")
        .prefetch_related(Prefetch("deliveries", Delivery.objects.order_by("platform", "pk")))
        .order_by("-updated_at", "-pk")
    )


def _on(actor: Actor, platform: str) -> QuerySet[Any]:
    """Ids of posts that go to a network: by their deliveries, else by what their draft chose."""
    chosen = Q(deliveries__platform=platform)
    for pk in Account.objects.visible_to(actor).filter(platform=platform).values_list("pk", flat=True):
        chosen |= Q(working_copy__content__accounts__contains=[pk])
    return Post.objects.visible_to(actor).filter(chosen).values("pk")


def overall(post: Post) -> str:
    """One word for a post with `with_progress`: what a person should know first. A key of the table of looks."""
    if post.n_trouble:
        return "attention"
    if post.n_unconfirmed:
        return "unconfirmed"
    if post.n_working:
        return "sending"
    if post.n_held:
        return "held"
    if post.n_sent and post.n_sent == getattr(post, "n_down", 0):
        return "taken_down"
    if post.n_sent and post.n_sent + post.n_cancelled == post.n_all:
        return "published"
    if post.n_sent:
        return "partly_published"
    if post.n_waiting:
        return "scheduled"
    return post.state


def choices(actor: Actor) -> dict[str, Any]:
    """What the filters offer."""
    posts = Post.objects.visible_to(actor)
    return {
        "states": STATES,
        "people": User.objects.filter(pk__in=posts.values("author")).order_by("name"),
        "campaigns": Campaign.objects.visible_to(actor).order_by("name"),
    }


def waiting(actor: Actor) -> QuerySet[Post]:
    """The review queue: what is wanted soonest comes first; what has no time waits for nobody but you."""
    posts = Post.objects.visible_to(actor).filter(state="in_review", realm=actor.library.mode)
    return posts.select_related(
        "author", "event", "event__branch", "current_revision", "library", "working_copy"
    ).order_by(F("planned_for").asc(nulls_first=True), "pk")


def last_reviewed(post: Post) -> Revision | None:
    """The newest earlier revision that somebody judged: what the reviewer compares with."""
    if post.current_revision is None:
        return None
    earlier = post.revisions.filter(number__lt=post.current_revision.number, reviews__isnull=False)
    return earlier.order_by("-number").first()


def mark(post: Post) -> str:
    """Changes when a colleague judged a post that is not out yet, handed in another version, or gave it its time."""
    return f"{post.state}-{post.current_revision_id or 0}-{post.n_all}"


def pace(post: Post, now: datetime) -> int:
    """In how many seconds the post page should look again by itself; 0 where all is settled for now."""
    deliveries = post.deliveries.all()
    taking = Q(takedown__state__in=[SCHEDULED, *UNDER_WAY])
    near = Q(state=SCHEDULED, hold="", due_at__lte=now + timedelta(seconds=30))
    if deliveries.filter(Q(state__in=UNDER_WAY) | taking | near).exists():
        return 2
    if post.state == "in_review" or (post.state == "approved" and not post.n_all):
        return WATCHED_S
    return 10 if deliveries.filter(state=SCHEDULED, hold="", due_at__lte=now + SOON).exists() else 0
