"""Correcting what is out: other words in place where the network lets us, and by its own name what does not go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

import audit.record
from audit.actions import Action
from core.dispatch import ATTENTION, CANCELLED, EXPIRED, FAILED, PROCESSING, SCHEDULED, SENDING, SENT, UNCONFIRMED
from libraries import notices
from libraries.models import NO_REVIEW
from libraries.permissions import Actor, Refused, require
from platforms import lines
from platforms.base import Feature
from posts import composing, validation
from posts.actions.delivering import can_take_down
from posts.actions.drafting import chosen_accounts, make_revision, pictures_of
from posts.actions.freezing import KEEPS_FOR, NO_LEASE, UNSENT
from posts.actions.reviewing import wrote
from posts.models import Correction, Delivery, Post, Review, Revision, Variant, WorkingCopy

# What correcting means for one delivery.
EDITS, AGAIN, CANNOT, CHANGES, NOTHING = "edits", "again", "cannot", "changes", "nothing"
IN_DOUBT = (SENDING, PROCESSING, UNCONFIRMED, ATTENTION)
GOING = (SCHEDULED, SENDING, UNCONFIRMED)
STILL_UP = (CANCELLED, FAILED, EXPIRED)  # states of a takedown that did not come about


def can_correct(delivery: Delivery) -> bool:
    """Whether the words of this delivery can be changed where they stand: its network edits, it is up, we know it."""
    if delivery.state != SENT or delivery.part or delivery.remote_id.startswith("person:"):
        return False
    return Feature.EDIT in lines.capabilities(delivery.account).features


def correcting_means(delivery: Delivery) -> str:
    """EDITS in place, must be posted AGAIN, CANNOT be taken down by us either, CHANGES before it goes out, NOTHING."""
    if delivery.part:
        return NOTHING  # a first comment, or a later part of a thread: only the text of the post is corrected
    if delivery.state == SCHEDULED:
        return CHANGES
    takedown = getattr(delivery, "takedown", None)
    if delivery.state != SENT or (takedown is not None and takedown.state not in STILL_UP):
        return NOTHING
    if can_correct(delivery):
        return EDITS
    return AGAIN if can_take_down(delivery) else CANNOT


def correct_post(
    *, actor: Actor, post: Post, revision: Revision, body: str, variants: Mapping[int, str] | None = None
) -> dict[str, list[Delivery]]:
    """Other words for a post that is out: a new approved version, and an edit wherever the network allows it.

    `variants` are texts by account for accounts that have one of their own. Pictures, threads and first comments stay.
    Asked with the words that stand already, it asks anew where an edit did not go through. Returns {EDITS: …, AGAIN: …,
    CANNOT: …, CHANGES: …}: the deliveries whose words differ, by what correcting means there. Raises Refused `stale`,
    `not_out`, `in_doubt`, `own_post`, `problems` and `nothing_changed`; then nothing is kept.
    """
    require(actor, "post.recall", post)
    require(actor, "post.schedule", post)
    with transaction.atomic():
        locked = Post.objects.select_for_update().get(pk=post.pk)
        deliveries = list(
            locked.deliveries.select_for_update(of=("self",)).select_related("account", "takedown").order_by("platform", "account_id", "part")
        )
        _may_be_corrected(locked, revision, deliveries)
        new = _new_version(actor, locked, revision, body, variants or {})
        said = {v.account_id: v for v in new.variants.select_related("account", "revision")}
        outcome: dict[str, list[Delivery]] = {EDITS: [], AGAIN: [], CANNOT: [], CHANGES: []}
        for delivery in deliveries:
            if (variant := said.get(delivery.account_id)) and (means := _put(actor, delivery, variant, new)):
                outcome[means].append(delivery)
        if new.pk == revision.pk and not any(outcome.values()):
            raise Refused("nothing_changed", _("Nothing was changed."))
        audit.record.record(
            actor, Action.POST_CORRECTED, post, revision=new.number, digest=new.digest,
            deliveries={means: [d.pk for d in those] for means, those in outcome.items() if those},
        )  # fmt: skip
    post.refresh_from_db()
    return outcome


def _may_be_corrected(post: Post, revision: Revision, deliveries: Sequence[Delivery]) -> None:
    if post.current_revision_id != revision.pk:
        raise Refused("stale", _("The post was changed in the meantime. Look at the new version first."))
    if post.state != "approved" or not any(d.state == SENT for d in deliveries):
        raise Refused("not_out", _("Only what is published can be corrected. Change it on its own page instead."))
    if any(d.state in IN_DOUBT or d.unresolved for d in deliveries):
        raise Refused("in_doubt", _("On one network we do not know yet whether it is up. Correct it once that is settled."))


def _new_version(actor: Actor, post: Post, old: Revision, body: str, variants: Mapping[int, str]) -> Revision:
    """The corrected words as an approved version of the actor's; the old one where they are the same."""
    copy = WorkingCopy.objects.select_for_update().get(post=post)
    own = copy.content.get("variants", {})
    told = {str(pk): text for pk, text in variants.items() if str(pk) in own}
    content = {**copy.content, "body": body, "variants": {**own, **told}}
    if content == copy.content:
        return old
    small = not wrote(actor, post, old)
    WorkingCopy.objects.filter(pk=copy.pk).update(
        content=content, version=F("version") + 1, saved_by=actor.user, saved_at=Now()
    )
    post = Post.objects.select_related("working_copy", "current_revision", "library").get(pk=post.pk)
    _check(post, content)
    new = make_revision(actor, post, chosen_accounts(post), small_edit_of=old if small else None)
    _approve(actor, post, new)
    if post.author_id != actor.user_id:
        notices.raise_notice(
            post.library_id, f"corrected:{post.pk}:{new.pk}", verb="post.read", tone="ask", person=post.author,
            path=f"/posts/{post.pk}/", title=_("%(who)s corrected your post after it was published.") % {"who": actor.user},
            text=_("The page of the post shows what was changed."),
        )  # fmt: skip
    return new


def _check(post: Post, content: Mapping[str, Any]) -> None:
    """The new words alone are judged: what else has changed in the world since is no reason to leave a mistake up."""
    pictures = pictures_of(post)
    for account in chosen_accounts(post):
        if content.get("threads", {}).get(str(account.pk)):
            continue
        own = content["variants"].get(str(account.pk))
        link = composing.preview_link(post.library, content.get("link", "")) if account.carry_link else ""
        text = _with_link(content["body"] if own is None else own, link)
        found = validation.blocking(validation.problems(text=text, link="", pictures=pictures, account=account))
        if worst := next((one for one in found if one.field == "text"), None):
            raise Refused("problems", worst.text)


def _approve(actor: Actor, post: Post, new: Revision) -> None:
    """Whoever may correct it says yes by that, under the library's own rule about one's own words."""
    own = wrote(actor, post, new)
    if own and not actor.library.self_review and actor.library.review != NO_REVIEW:
        raise Refused("own_post", _("These would be your own words, and in this library a colleague approves those. Ask another manager to correct it, or take it down."))
    Review.objects.create(
        revision=new, reviewer=actor.user, author=actor.user if own else post.author, verdict=Review.APPROVE,
        self_review=own,
    )  # fmt: skip


def _put(actor: Actor, delivery: Delivery, variant: Variant, new: Revision) -> str:
    """What became of one delivery; "" where its words stay as they are."""
    thread = bool(delivery.part or variant.options.get("thread"))
    text = delivery.payload["text"] if thread else _with_link(variant.text, delivery.payload.get("link", ""))
    if delivery.state in UNSENT:
        changed = text != delivery.payload["text"]
        payload = {**delivery.payload, "text": text}
        Delivery.objects.filter(pk=delivery.pk).update(
            revision=new, payload=payload, payload_digest=composing.digest(payload), updated_at=Now(), **NO_LEASE
        )
        return CHANGES if changed and delivery.state == SCHEDULED else ""
    means = correcting_means(delivery)
    last = delivery.corrections.order_by("-number").first()
    going = last is not None and last.text == text and last.state in GOING
    if thread or means == NOTHING or going or (text == delivery.said and not (last and last.state in GOING)):
        return ""
    if means == EDITS:
        _ask(actor, delivery, text, new)
    return means


def _with_link(text: str, link: str) -> str:
    """As `posts.parts.with_link`, for a link that is known to stand in the text."""
    if not link:
        return text
    return f"{text.rstrip()}\n\n{link}" if text.strip() else link


def _ask(actor: Actor, delivery: Delivery, text: str, revision: Revision) -> Correction:
    """One more correction of a delivery; an earlier one that did not go out yet is not sent."""
    now = timezone.now()
    last = delivery.corrections.aggregate(last=Max("number"))["last"] or 0
    delivery.corrections.filter(state=SCHEDULED).update(state=CANCELLED, updated_at=Now(), **NO_LEASE)
    made = Correction.objects.create(
        delivery=delivery, revision=revision, number=last + 1, text=text, library_id=delivery.library_id,
        realm=delivery.realm, account=delivery.account, platform=delivery.platform, due_at=now,
        expires_at=now + KEEPS_FOR, asked_by=actor.user_id,
    )  # fmt: skip
    notices.close_notices(delivery.library_id, f"correction:{delivery.pk}")
    audit.record.record(actor, Action.CORRECTION_ASKED, made, post=delivery.post_id, revision=revision.number)
    return made
