"""Moving a post to another time: who may, what cannot be moved and why."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext as _

from core.dispatch import PROCESSING, SCHEDULED, SENDING, SENT
from libraries.permissions import Actor
from posts import actions
from posts.models import Post

PLANS = ("draft", "changes_requested")


def fixed(actor: Actor, post: Post, states: Collection[str], now: datetime) -> str:
    """Why this person cannot give the post another time; "" where they can. `states` are those of its deliveries."""
    if states and SCHEDULED not in states:
        if SENDING in states or PROCESSING in states:
            return _("It is being sent right now.")
        return _("It is out already.") if SENT in states else _("Nothing of it waits to go out.")
    if post.state == "archived":
        return _("It is archived.")
    if states:
        return "" if actor.may("post.schedule", post) else _("Managers move what is scheduled.")
    if post.state in PLANS:
        return "" if actions.may_edit(actor, post) else _("It is a colleague's draft.")
    return "" if actor.may("post.submit", post) else _("It waits for review.")


def move(actor: Actor, post: Post, when: datetime) -> Post:
    """Give it its new time (aware). Raises Refused in words, PermissionDenied."""
    if post.state in PLANS and not post.deliveries.exists():
        return actions.plan_post(actor=actor, post=post, when=when)
    return actions.move_post(actor=actor, post=post, when=when)
