"""When a draft is meant to go, and putting posts away."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

import audit.record
from audit.actions import Action
from core.dispatch import ATTENTION, PROCESSING, SCHEDULED, SENDING, UNCONFIRMED
from libraries.permissions import Actor, Refused, require
from posts.actions.drafting import may_edit
from posts.models import Post


def plan_post(*, actor: Actor, post: Post, when: datetime | None) -> Post:
    """Note when a draft is meant to go (aware; None: as soon as it may). Like its text, a draft's plan is not recorded.

    Raises Refused `time_past`, and `not_a_draft` for a post that others already rely on: those are moved.
    """
    require(actor, "post.draft", post)
    if not may_edit(actor, post):
        require(actor, "post.edit_any", post)
    if when is not None and when < timezone.now():
        raise Refused("time_past", _("That time has passed. Choose a later one, or publish now."))
    changed = Post.objects.filter(pk=post.pk, state__in=["draft", "changes_requested"]).update(
        planned_for=when, moments={}, relative="", updated_at=Now()
    )
    if not changed:
        raise Refused("not_a_draft", _("This post is no draft any more. Give it another time on its own page."))
    post.refresh_from_db()
    return post


def archive_post(*, actor: Actor, post: Post) -> Post:
    """Put a post away. Raises Refused while something of it is still to come or in doubt."""
    require(actor, "post.draft", post)
    if not may_edit(actor, post):
        require(actor, "post.edit_any", post)
    with transaction.atomic():
        locked = Post.objects.select_for_update().get(pk=post.pk)
        if locked.state == "archived":
            raise Refused("archived", _("This post is archived already."))
        if locked.deliveries.filter(state__in=[SCHEDULED, SENDING, PROCESSING, UNCONFIRMED, ATTENTION]).exists():
            raise Refused(
                "still_open", _("Something of this post is still to come or not settled. Cancel or settle that first.")
            )
        Post.objects.filter(pk=post.pk).update(state="archived", updated_at=Now())
        audit.record.record(actor, Action.POST_ARCHIVED, post)
    post.refresh_from_db()
    return post


def unarchive_post(*, actor: Actor, post: Post) -> Post:
    """Bring an archived post back as a draft."""
    require(actor, "post.draft", post)
    if not may_edit(actor, post):
        require(actor, "post.edit_any", post)
    with transaction.atomic():
        if not Post.objects.filter(pk=post.pk, state="archived").update(state="draft", updated_at=Now()):
            raise Refused("not_archived", _("This post is not archived."))
        audit.record.record(actor, Action.POST_EDITED, post, brought_back=True)
    post.refresh_from_db()
    return post
