"""What a reviewer does besides saying yes or no: mending a text at once, taking a verdict back, and no review at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

import audit.record
from audit.actions import Action
from libraries import notices
from libraries.models import NO_REVIEW
from libraries.permissions import Actor, Refused, require
from posts import validation
from posts.actions.drafting import check_copy, chosen_accounts, make_revision
from posts.actions.holding import hold_deliveries
from posts.actions.reviewing import review_post, wrote
from posts.models import Post, Review, Revision, RevisionMedia, Variant, WorkingCopy

UNDO_FOR = timedelta(minutes=10)
GONE = ("sending", "processing", "unconfirmed", "sent", "attention")


def amend_post(
    *, actor: Actor, post: Post, revision: Revision, body: str, variants: Mapping[int, str], alts: Mapping[int, str],
    threads: Mapping[int, Mapping[int, str]] | None = None, comment: str | None = None,
) -> Revision:  # fmt: skip
    """A reviewer's own mending of what waits: a new version in their name, still in review.

    `variants` are texts by account for accounts that have one of their own, `alts` the words of pictures by asset,
    `threads` the parts of a thread by account and place, `comment` the first comment. What is not there stays.
    Raises Refused `stale`, `not_in_review`, `nothing_changed` and `problems` (then nothing is kept).
    """
    require(actor, "post.approve", post)
    require(actor, "post.edit_any", post)
    with transaction.atomic():
        locked = Post.objects.select_for_update().get(pk=post.pk)
        if locked.state != "in_review":
            raise Refused("not_in_review", _("This post is not waiting for review any more."))
        if locked.current_revision_id != revision.pk:
            raise Refused("stale", _("The post was changed while you were reading it. Look at the new version first."))
        small = not wrote(actor, locked, revision)
        content = _mended(locked.working_copy.content, body, variants, alts)
        content = _parts_mended(content, threads or {}, comment)
        if content == locked.working_copy.content:
            raise Refused("nothing_changed", _("Nothing was changed."))
        WorkingCopy.objects.filter(post=post).update(
            content=content, version=F("version") + 1, saved_by=actor.user, saved_at=Now()
        )
        locked = Post.objects.select_related("working_copy", "current_revision", "library").get(pk=post.pk)
        if blocking := validation.blocking(check_copy(locked)):
            raise Refused("problems", blocking[0].text)
        new = make_revision(actor, locked, chosen_accounts(locked), small_edit_of=revision if small else None)
        audit.record.record(
            actor, Action.POST_AMENDED, post, revision=new.number, digest=new.digest,
            small_edit=small and actor.library.small_edits,
        )  # fmt: skip
        notices.raise_notice(
            post.library_id, f"mended:{post.pk}:{new.pk}", verb="post.read", tone="ask", person=post.author,
            path=f"/posts/{post.pk}/", title=_("%(who)s mended your post while reviewing it.") % {"who": actor.user},
            text=_("The page of the post shows what was changed."),
        )  # fmt: skip
    post.refresh_from_db()
    return new


def _mended(content: dict, body: str, variants: Mapping[int, str], alts: Mapping[int, str]) -> dict:  # type: ignore[type-arg]
    own = content.get("variants", {})
    media = [
        {**row, "alt_text": alts[row["asset"]]} if row["asset"] in alts and not row.get("decorative") else row
        for row in content.get("media", [])
    ]
    told = {str(pk): text for pk, text in variants.items() if str(pk) in own}
    return {**content, "body": body, "variants": {**own, **told}, "media": media}


def _parts_mended(content: dict, threads: Mapping[int, Mapping[int, str]], comment: str | None) -> dict:  # type: ignore[type-arg]
    held = content.get("threads") or {}
    told = {
        key: [threads.get(int(key), {}).get(n, text) for n, text in enumerate(texts)] for key, texts in held.items()
    }
    first = content.get("first_comment") or {}
    if first.get("accounts") and comment is not None:
        first = {**first, "text": comment}
    return {**content, **({"threads": told} if held else {}), **({"first_comment": first} if first else {})}


def undo_review(*, actor: Actor, review: Review) -> Post:
    """Take one's own verdict back: the same words wait for review again, as a new version of the same hands.

    Raises Refused `too_late` once anything was sent or ten minutes have passed, `stale` when others went on.
    """
    post = review.revision.post
    require(actor, "post.approve", post)
    if review.reviewer_id != actor.user_id:
        raise Refused("not_yours", _("Only the person who reviewed it can take that back."))
    if review.created_at < timezone.now() - UNDO_FOR:
        raise Refused("too_late", _("That is more than ten minutes ago. Stop it or change it on the page of the post."))
    with transaction.atomic():
        locked = Post.objects.select_for_update().get(pk=post.pk)
        deliveries = list(locked.deliveries.select_for_update())
        if locked.current_revision_id != review.revision_id or locked.state not in ("approved", "changes_requested"):
            raise Refused("stale", _("The post went on since: it is as the page of the post shows it."))
        if any(d.state in GONE for d in deliveries):
            raise Refused("too_late", _("It is going out already. On the page of the post it can be taken down."))
        hold_deliveries(actor, locked.deliveries.all(), "approval", _("The approval was taken back."))
        Post.objects.filter(pk=post.pk).update(state="draft")
        again = _same_again(review.revision)
        Post.objects.filter(pk=post.pk).update(state="in_review", current_revision=again, updated_at=Now())
        audit.record.record(actor, Action.REVIEW_UNDONE, post, revision=again.number, digest=again.digest)
    post.refresh_from_db()
    return post


def _same_again(old: Revision) -> Revision:
    """The same content as a new version, by the same person, so that everybody may speak on it once more."""
    variants, media = list(old.variants.all()), list(old.media.all())
    last = Revision.objects.filter(post=old.post_id).order_by("-number").values_list("number", flat=True)[0]
    new = Revision.objects.get(pk=old.pk)
    new.pk, new.number, new.created_at = None, last + 1, timezone.now()
    new._state.adding = True
    new.save(force_insert=True)
    for row in variants:
        row.pk, row.revision = None, new
    for shot in media:
        shot.pk, shot.revision = None, new
    Variant.objects.bulk_create(variants)
    RevisionMedia.objects.bulk_create(media)
    return new


def approve_own(*, actor: Actor, post: Post, revision: Revision) -> Review:
    """Approve what one hands in oneself: where the library has no review, or lets authors approve their own."""
    if actor.library.review != NO_REVIEW:
        return review_post(actor=actor, post=post, revision=revision, verdict=Review.APPROVE)
    require(actor, "post.submit", post)
    with transaction.atomic():
        locked = Post.objects.select_for_update().get(pk=post.pk)
        if locked.current_revision_id != revision.pk or locked.state != "in_review":
            raise Refused("stale", _("The post was changed in the meantime. Look at the new version first."))
        review = Review.objects.create(
            revision=revision, reviewer=actor.user, author=actor.user, verdict=Review.APPROVE, self_review=True
        )
        Post.objects.filter(pk=post.pk).update(state="approved", updated_at=Now())
        audit.record.record(
            actor, Action.POST_APPROVED, post, revision=revision.number, digest=revision.digest, self_review=True,
            no_review=True,
        )  # fmt: skip
    post.refresh_from_db()
    return review
