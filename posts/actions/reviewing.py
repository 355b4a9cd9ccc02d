"""Review and scheduling: what was approved is what is sent."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

import audit.record
from audit.actions import Action
from libraries.permissions import Actor, Refused, require
from platforms.models import Account
from posts import composing
from posts.actions.freezing import freeze
from posts.actions.holding import settle_event_notices
from posts.actions.warning import close_warnings
from posts.models import Delivery, Post, Review, Revision
from posts.models.pausing import stand_in_line


def is_approved(revision: Revision) -> bool:
    """Whether somebody approved this very revision and nobody asked for changes since."""
    last = revision.reviews.order_by("-created_at", "-pk").first()
    return last is not None and last.verdict == Review.APPROVE


def wrote(actor: Actor, post: Post, revision: Revision) -> bool:
    """Whether this person began the post, sent this version in, or was the last to change its text.

    What a reviewer mended while judging does not make it theirs, where the library says so.
    """
    root = revision
    while root.small_edit_of is not None and actor.library.small_edits:
        root = root.small_edit_of
    if root is not revision:
        return actor.user_id in (post.author_id, root.created_by_id)
    return actor.user_id in (post.author_id, revision.created_by_id, post.working_copy.saved_by_id)


def review_post(*, actor: Actor, post: Post, revision: Revision, verdict: str, comment: str = "") -> Review:
    """One person's word on the current revision. Raises Refused when it is their own, stale, or not in review."""
    require(actor, "post.approve", post)
    if verdict == Review.CHANGES and not comment.strip():
        raise Refused("comment_needed", _("Say what should change, so that the author knows."))
    with transaction.atomic():
        locked = Post.objects.select_for_update().get(pk=post.pk)
        own = wrote(actor, locked, revision)
        if own and verdict == Review.APPROVE and not actor.library.self_review:
            raise Refused("own_post", _("You wrote this, so a colleague approves it. (A library of one can allow it in Settings.)"))
        if locked.current_revision_id != revision.pk:
            raise Refused("stale", _("The post was changed while you were reading it. Look at the new version first."))
        if locked.state != "in_review":
            raise Refused("not_in_review", _not_waiting(locked))
        if Review.objects.filter(revision=revision, reviewer=actor.user).exists():
            raise Refused("already_reviewed", _("You already reviewed this version."))
        review = Review.objects.create(
            revision=revision, reviewer=actor.user, author=actor.user if own else post.author, verdict=verdict,
            comment=comment, self_review=own,
        )  # fmt: skip
        approved = verdict == Review.APPROVE
        Post.objects.filter(pk=post.pk).update(
            state="approved" if approved else "changes_requested", updated_at=Now()
        )
        audit.record.record(
            actor, Action.POST_APPROVED if approved else Action.POST_RETURNED, post, revision=revision.number,
            digest=revision.digest, comment=comment, self_review=review.self_review,
        )  # fmt: skip
        close_warnings(locked)
    post.refresh_from_db()
    return review


def _not_waiting(post: Post) -> str:
    """What became of it while somebody was reading."""
    last = Review.objects.filter(revision=post.current_revision_id).select_related("reviewer", "link").order_by("pk").last()
    if post.state == "approved" and last:
        return _("%(who)s was first: this version is approved already.") % {"who": last.who}
    if post.state == "changes_requested" and last:
        return _("%(who)s was first and asked for changes.") % {"who": last.who}
    if post.state == "draft":
        return _("Its author is changing it right now, so it does not wait for review. It comes back when it is handed in.")
    return _("This post is not waiting for review any more.")


def schedule_post(*, actor: Actor, post: Post, when: datetime | None = None, first: bool = False) -> list[Delivery]:
    """One delivery for each part of each account of the approved revision, frozen, due at `when` (aware; None: now).

    Deliveries that exist and were not sent are frozen anew (same row, so still one intention). `first`: the person saw
    a post that was not scheduled yet. Raises Refused `not_approved`, `event_off`, `nothing_to_send`, and
    `already_scheduled` where `first` does not hold any more.
    """
    require(actor, "post.schedule", post)
    revision = post.current_revision
    if revision is None or post.state != "approved" or not is_approved(revision):
        raise Refused("not_approved", _("Only an approved version can be scheduled."))
    if post.event and not post.event.may_be_announced:
        raise Refused("event_off", _("The event is cancelled or gone from its calendar, so this post is not scheduled."))
    variants = list(revision.variants.select_related("account", "revision"))
    if not variants:
        raise Refused("nothing_to_send", _("This version has no account to go to."))
    media = {v.account_id: composing.fixed_media(revision, v.account) for v in variants}
    due = max(when or timezone.now(), timezone.now() - timedelta(seconds=1))
    with transaction.atomic():
        stand_in_line(post.library_id)
        locked = Post.objects.select_for_update().get(pk=post.pk)
        if locked.state != "approved" or locked.current_revision_id != revision.pk:
            raise Refused("stale", _("The post was changed in the meantime. Look at the new version first."))
        if first and locked.deliveries.filter(revision=revision).exclude(state__in=["cancelled", "expired", "failed"]).exists():
            raise Refused("already_scheduled", _("This post was scheduled in the meantime, in another tab or by a colleague. Nothing was doubled; here is how it stands."))
        own = moments_at(locked, due)
        deliveries = [d for v in variants for d in freeze(post, v, media[v.account_id], own.get(v.account_id, due))]
        Post.objects.filter(pk=post.pk).update(planned_for=due, updated_at=Now())
        audit.record.record(
            actor, Action.POST_SCHEDULED, post, when=due.isoformat(), revision=revision.number,
            deliveries=[d.pk for d in deliveries],
        )  # fmt: skip
        if post.event_id:
            settle_event_notices(post.library_id, post.event_id)
    post.refresh_from_db()
    return deliveries


def moments_at(post: Post, due: datetime) -> dict[int, datetime]:
    """The accounts' own times, where the post goes when it was planned to; {} where somebody chose another time."""
    if post.planned_for != due:
        return {}
    return {int(account): datetime.fromisoformat(at) for account, at in post.moments.items()}


def accounts_of(revision: Revision) -> list[Account]:
    return [v.account for v in revision.variants.select_related("account")]
