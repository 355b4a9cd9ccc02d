"""Who may approve a post: every manager, or whom the rules of its branch, campaign and accounts name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import F, QuerySet

from libraries.models import Membership, User
from libraries.permissions import Actor, roles_for
from posts.models import Post, ReviewRule, Variant

Place = tuple[str, int]


def rules_of(library_id: int) -> dict[Place, set[int]]:
    """The named approvers by what they approve. Who left, or lost the role, is named in vain and left out."""
    rows = ReviewRule.objects.filter(
        library=library_id, approver__is_active=True, approver__memberships__library=F("library"),
        approver__memberships__is_active=True, approver__memberships__role__in=roles_for("post.approve"),
    ).values_list("scope", "branch_id", "campaign_id", "account_id", "approver_id")  # fmt: skip
    found: dict[Place, set[int]] = {}
    for scope, branch, campaign, account, approver in rows:
        found.setdefault((scope, branch or campaign or account or 0), set()).add(approver)
    return found


def places_of(post: Post) -> list[Place]:
    """What rules may be about: the branch of its event (else of its author), its campaign, its accounts."""
    branch = post.event.branch_id if post.event else None
    if branch is None:
        branch = Membership.objects.filter(library=post.library_id, user=post.author_id).values_list("branch", flat=True).first()
    if post.current_revision_id:
        accounts = list(Variant.objects.filter(revision=post.current_revision_id).values_list("account", flat=True))
    else:
        accounts = list(post.working_copy.content.get("accounts", []))
    found = [(ReviewRule.BRANCH, branch)] if branch else []
    found += [(ReviewRule.CAMPAIGN, post.campaign_id)] if post.campaign_id else []
    return [*found, *((ReviewRule.ACCOUNT, pk) for pk in accounts)]


def named_for(post: Post, rules: dict[Place, set[int]] | None = None) -> frozenset[int] | None:
    """Ids of those who may approve this post; None where no rule fits, so that every manager may.

    Where several rules fit, it takes somebody whom all of them name. Where nobody is named by all, anybody whom one of
    them names may: a post must not wait for a person who does not exist.
    """
    rules = rules_of(post.library_id) if rules is None else rules
    if not rules:
        return None
    fitting = [rules[place] for place in places_of(post) if place in rules]
    if not fitting:
        return None
    everywhere = set.intersection(*fitting)
    return frozenset(everywhere or set.union(*fitting))


def allows(actor: Actor, post: Any) -> bool:
    """Whether the rules let this person approve. Hung into `Actor.may("post.approve", post)`."""
    if not isinstance(post, Post):
        return True
    named = named_for(post)
    return named is None or actor.user_id in named


def split_ids(actor: Actor, posts: QuerySet[Post]) -> tuple[list[int], int]:
    """As `split`, by primary key: without a rule, no post is loaded at all."""
    if not rules_of(actor.library.pk):
        return list(posts.values_list("pk", flat=True)), 0
    mine, of_others = split(actor, posts)
    return [post.pk for post in mine], of_others


def split(actor: Actor, posts: Iterable[Post]) -> tuple[list[Post], int]:
    """The posts that this person may approve, and how many wait for others. One query where there is no rule."""
    posts = list(posts)
    rules = rules_of(actor.library.pk) if posts else {}
    named = [(post, named_for(post, rules)) for post in posts]
    mine = [post for post, people in named if people is None or actor.user_id in people]
    return mine, len(posts) - len(mine)


def people_for(post: Post) -> Sequence[User]:
    """Everybody who could approve it now, by name; its author only where authors may."""
    people = User.objects.filter(
        is_active=True, memberships__library=post.library_id, memberships__is_active=True,
        memberships__role__in=roles_for("post.approve"),
    ).order_by("name", "pk")  # fmt: skip
    if (named := named_for(post)) is not None:
        people = people.filter(pk__in=named)
    return list(people if post.library.self_review else people.exclude(pk=post.author_id))
