"""What a library says again and again, read for a page and for the composer."""

from __future__ import annotations

from typing import Any

from libraries.models import Membership
from libraries.permissions import Actor
from posts import placeholders
from posts.models import Event, HashtagSet, Post, PostTemplate, Snippet
from posts.starters import AUDIENCES, starting_set

SHOWN_REMOVED = 12


def values_for(actor: Actor, post: Post | None, event: Event | None) -> dict[str, str]:
    """What each placeholder stands for in a post (its event and its author's branch), or in a new one of this person."""
    writer: Membership | None = actor.membership
    if post is not None and post.author_id != actor.user_id:
        writer = Membership.objects.filter(library=actor.library, user=post.author_id).select_related("branch").first()
    return placeholders.values(actor.library, event, placeholders.branch_of(actor.library, event, writer))


def everything(actor: Actor) -> dict[str, Any]:
    """All three kinds, what was removed lately, and which starting sets can be had."""
    kinds: dict[str, Any] = {"templates": PostTemplate, "snippets": Snippet, "hashtag_sets": HashtagSet}
    mine = {name: list(model.objects.visible_to(actor).filter(removed_at=None)) for name, model in kinds.items()}
    gone = [
        (kind, row)
        for kind, model in (("template", PostTemplate), ("snippet", Snippet), ("hashtags", HashtagSet))
        for row in model.objects.visible_to(actor).exclude(removed_at=None).order_by("-removed_at")[:SHOWN_REMOVED]
    ]
    taken = {row.starter.split(":")[0] for row in mine["templates"] if row.starter}
    offers = [(name, len(starting_set(name)["templates"])) for name in AUDIENCES if name not in taken]
    return {**mine, "removed": gone, "offers": offers, "empty": not any(mine.values())}


def choices(actor: Actor, post: Post | None, event: Event | None) -> dict[str, Any]:
    """{"templates": […], "snippets": […], "hashtags": […]} with every text filled in as far as it is known."""
    values = values_for(actor, post, event)

    def mine(model: Any) -> Any:
        return model.objects.visible_to(actor).filter(removed_at=None)

    return {
        "templates": [template(row, values) for row in mine(PostTemplate)],
        "snippets": [{"shortcut": row.shortcut, "text": placeholders.fill(row.text, values)} for row in mine(Snippet)],
        "hashtags": [{"name": row.name, "text": row.tags} for row in mine(HashtagSet)],
    }


def template(row: PostTemplate, values: dict[str, str]) -> dict[str, Any]:
    """A template ready to be put into a text, its hashtags at the end."""
    body = placeholders.fill(row.body, values)
    text = f"{body.rstrip()}\n\n{row.hashtags}" if row.hashtags else body
    return {"id": row.pk, "name": row.name, "text": text, "picture": row.picture}
