"""Where a network edits nothing: what stands there comes down, and the corrected words go out as a post of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

import audit.record
from audit.actions import Action
from core.dispatch import SENT
from libraries.permissions import Actor, Refused, require
from posts.actions.correcting import AGAIN, correcting_means
from posts.actions.delivering import ask_takedown
from posts.actions.drafting import chosen_accounts, create_post, make_revision
from posts.actions.reviewing import schedule_post
from posts.models import Delivery, Post, Review
from posts.parts import is_comment

FIRST_DOWN = timedelta(seconds=10)  # the takedowns are asked for at once, the new post a moment later


def post_again(*, actor: Actor, post: Post, deliveries: Sequence[Delivery]) -> Post:
    """Take these down and say there the words that the actor just approved as a correction. Returns the new post.

    Its author stays who it was. Raises Refused `not_corrected` where the actor did not correct it, `nothing_again`
    where none of these can be taken down, and what `schedule_post` raises.
    """
    require(actor, "post.recall", post)
    require(actor, "post.schedule", post)
    rows = post.deliveries.filter(pk__in=[d.pk for d in deliveries]).select_related("account", "takedown")
    going = [row.account_id for row in rows if correcting_means(row) == AGAIN]
    if not going or post.realm != actor.library.mode:
        raise Refused("nothing_again", _("Nothing of this post can be taken down and posted again."))
    with transaction.atomic():
        locked = Post.objects.select_for_update(of=("self",)).select_related("working_copy", "current_revision").get(pk=post.pk)
        yes = Review.objects.filter(revision=locked.current_revision_id, reviewer=actor.user, verdict=Review.APPROVE).last()
        if locked.state != "approved" or yes is None or yes.revision.created_by_id != actor.user_id:
            raise Refused("not_corrected", _("Correct the post first; what you approve by that is posted again."))
        for row in locked.deliveries.filter(account_id__in=going, state=SENT).order_by("account_id", "-part"):
            if not is_comment(row.payload):  # it goes with its post
                ask_takedown(actor, row, _("corrected, and posted again"))
        again = _same_words(actor, locked, going, yes)
    schedule_post(actor=actor, post=again, when=timezone.now() + FIRST_DOWN)
    return again


def _same_words(actor: Actor, post: Post, accounts: list[int], yes: Review) -> Post:
    """The corrected words for these accounts alone, approved by the same person's same word."""
    content = {**post.working_copy.content, "accounts": accounts}
    again = create_post(actor=actor, title=post.title, event=post.event, content=content)
    Post.objects.filter(pk=again.pk).update(author=post.author_id, campaign=post.campaign_id, take_down_at=post.take_down_at)
    again = Post.objects.select_related("working_copy", "current_revision", "library").get(pk=again.pk)
    revision = make_revision(actor, again, chosen_accounts(again))
    for state in ("in_review", "approved"):
        Post.objects.filter(pk=again.pk).update(state=state, updated_at=Now())
    Review.objects.create(
        revision=revision, reviewer=actor.user, author=yes.author, verdict=Review.APPROVE, self_review=yes.self_review
    )
    audit.record.record(actor, Action.POST_DUPLICATED, again, of=post.pk)
    audit.record.record(
        actor, Action.POST_APPROVED, again, revision=revision.number, digest=revision.digest, self_review=yes.self_review
    )
    again.refresh_from_db()
    return again
