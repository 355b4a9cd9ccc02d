"""Reads of posts: the list with its filters, the review queue, and where one post stands as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Count,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    JSONField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Value,
)
from django.utils.translation import gettext_lazy as _

from core.dispatch import ATTENTION, EXPIRED, FAILED, PROCESSING, SCHEDULED, SENDING, SENT, UNCONFIRMED
from core.numbers import row_id
from libraries.models import Branch, User
from libraries.permissions import Actor
from platforms import registry
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


@dataclass(frozen=True, slots=True)
class Choice:
    """Something a filter offers; `platform` where it is an account."""

    pk: int
    name: str
    platform: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({registry.get(self.platform).label})" if self.platform else self.name


UNDER_WAY = (SENDING, PROCESSING, UNCONFIRMED)
SOON = timedelta(minutes=15)
WATCHED_S = 5  # a colleague may judge it, or give it its time, while somebody else has its page open
N_DOWN = Count("deliveries", filter=Q(deliveries__takedown__state=SENT))  # beside with_progress's own counts


def of_state(posts: QuerySet[Post], state: str, library: int) -> QuerySet[Post]:
    """Posts of a library that stand there as a whole; "" is all but archived. Each once, and none by reading all."""
    mine = Delivery.objects.filter(library=library)
    if state == "scheduled":
        under_way = mine.filter(Q(state=SCHEDULED) | Q(state=SENDING) | Q(state__in=[UNCONFIRMED, PROCESSING]))
        return posts.filter(pk__in=under_way.values("post_id"))
    if state == "trouble":
        stuck = mine.filter(Q(state__in=[ATTENTION, FAILED, EXPIRED]) | Q(state=UNCONFIRMED))
        return posts.filter(pk__in=stuck.values("post_id"))
    if state == "sent":
        return posts.filter(Exists(Delivery.objects.filter(post=OuterRef("pk"), state=SENT)))
    if state == "approved":
        timed = Delivery.objects.filter(post=OuterRef("pk"), state__in=[SCHEDULED, *UNDER_WAY, SENT])
        return posts.filter(~Exists(timed), state="approved")
    if state in STATES:
        return posts.filter(state=state)
    return posts.exclude(state="archived")


def matching(actor: Actor, asked: Mapping[str, str]) -> QuerySet[Post]:
    """The library's posts of its present mode, as a filter asks: state, platform, account, branch, person, campaign, q."""
    here = Post.objects.visible_to(actor).filter(realm=actor.library.mode)
    posts = of_state(here, asked.get("state", ""), actor.library.pk)
    if platform := asked.get("platform"):
        posts = posts.filter(_on_network(actor, platform))
    if (account := row_id(asked.get("account", ""))) is not None:
        sent = Exists(Delivery.objects.filter(post=OuterRef("pk"), account=account))
        posts = posts.filter(sent | Q(working_copy__content__accounts__contains=[account]))
    columns = {"person": "author", "campaign": "campaign", "branch": "event__branch"}
    for name, column in columns.items():
        if (pk := row_id(asked.get(name, ""))) is not None:
            posts = posts.filter(**{column: pk})
    if words := asked.get("q", "").strip():
        posts = posts.filter(Q(title__icontains=words) | Q(working_copy__content__body__icontains=words))
    return posts


def listed(actor: Actor, asked: Mapping[str, str]) -> QuerySet[Post]:
    """What matches, with its progress and its deliveries. Newest change first."""
    found = Post.objects.filter(pk__in=matching(actor, asked).values("pk")).with_progress()
    found = found.annotate(n_down=N_DOWN)
    return (
        found.select_related("author", "event", "campaign", "working_copy", "library")
        .prefetch_related(Prefetch("deliveries", Delivery.objects.order_by("platform", "pk")))
        .order_by("-updated_at", "-pk")
    )


def _on_network(actor: Actor, platform: str) -> Q:
    """Posts that go to a network: by their deliveries, else by what their draft chose."""
    drafted = ExpressionWrapper(OuterRef("working_copy__content__accounts"), output_field=JSONField())
    number = Func(F("pk"), function="to_jsonb", output_field=JSONField())
    accounts = Account.objects.visible_to(actor).filter(platform=platform)
    chosen = accounts.annotate(drafted=drafted).filter(drafted__contains=number)
    return Q(Exists(Delivery.objects.filter(post=OuterRef("pk"), platform=platform))) | Q(Exists(chosen))


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
    """What the filters offer: `states`, and lists of Choice by one statement: people, campaigns, branches, accounts."""
    library = actor.library.pk
    wrote = Exists(Post.objects.filter(library=library, author=OuterRef("pk")))
    offered = {
        "people": User.objects.filter(wrote, memberships__library=library),
        "campaigns": Campaign.objects.visible_to(actor),
        "branches": Branch.objects.filter(library=library),
        "accounts": Account.objects.visible_to(actor).filter(realm=actor.library.mode),
    }
    rows = [
        rows.order_by().annotate(
            kind=Value(kind), platform_of=F("platform") if kind == "accounts" else Value("")
        ).values_list("kind", "pk", "name", "platform_of")
        for kind, rows in offered.items()
    ]  # fmt: skip
    found: dict[str, list[Choice]] = {kind: [] for kind in offered}
    for kind, pk, name, platform in rows[0].union(*rows[1:], all=True):
        found[kind].append(Choice(pk, name, platform))
    return {
        "states": STATES,
        **{kind: sorted(those, key=lambda one: one.name.lower()) for kind, those in found.items()},
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
    taking = Q(takedown__state__in=[SCHEDULED, *UNDER_WAY]) | Q(corrections__state__in=[SCHEDULED, *UNDER_WAY])
    near = Q(state=SCHEDULED, hold="", due_at__lte=now + timedelta(seconds=30))
    if deliveries.filter(Q(state__in=UNDER_WAY) | taking | near).exists():
        return 2
    if post.state == "in_review" or (post.state == "approved" and not post.n_all):
        return WATCHED_S
    return 10 if deliveries.filter(state=SCHEDULED, hold="", due_at__lte=now + SOON).exists() else 0
