"""Drafts that tell their time from an event follow it when it moves."""

from __future__ import annotations

from contextlib import suppress

from django.db.models.functions import Now

from posts import relative
from posts.models import Event, Post


def replan_drafts_of(event: Event) -> int:
    """The event has another time: drafts that tell theirs from it follow. What is scheduled is held and waits for a person."""
    moved = 0
    drafts = Post.objects.filter(event=event, state__in=["draft", "changes_requested", "in_review"]).exclude(relative="")
    for post in drafts:
        with suppress(ValueError):
            moved += Post.objects.filter(pk=post.pk).update(
                planned_for=relative.parse(post.relative).moment(event), updated_at=Now()
            )
    return moved
