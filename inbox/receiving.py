"""Comments arrive: upserted by the network's id, so collecting twice is harmless.

A *round* reads a talk from its first comment to its last. Only a round can tell that a comment is gone, and only when
every page of it was whole; one round is not believed, since lists lag and shift while they are read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from inbox.models import Conversation, Message
from platforms.base import Comment
from platforms.models import Account
from posts.models import Delivery

GONE_AFTER = timedelta(minutes=1)  # a round begun so much later must miss it too
# Meta answers an empty list, not an error, where a right was taken away or an account became private.
GONE_AFTER_EMPTY = timedelta(days=1)
KEPT_EARLIER = 20  # what one comment said before; the oldest go first


def author_key(account: Account, remote_id: str) -> str:
    """The same person on the same network gives the same key; the id itself is not kept."""
    salted = f"{settings.SECRET_KEY}:{account.platform}:{remote_id}"
    return hashlib.sha256(salted.encode()).hexdigest()


def talk_beneath(account: Account, delivery: Delivery) -> Conversation | None:
    """The talk beneath a post, once somebody has written there."""
    return Conversation.objects.filter(account=account, kind="comments", external_id=delivery.remote_id).first()


def begin_round(account: Account, delivery: Delivery) -> None:
    """The next page read is the first."""
    Conversation.objects.filter(account=account, kind="comments", external_id=delivery.remote_id).update(round_at=Now())


def receive(
    account: Account, delivery: Delivery, comments: Iterable[Comment], *, whole: bool = False, last: bool = False
) -> int:
    """Store what is new, keep what was edited beside what it said before. Returns how many messages were new.

    `whole`: the page left nothing out; `last`: it ends the list, so that a round whose pages all were whole is judged.
    """
    items = sorted(_of_others(delivery, comments), key=lambda item: item.at)
    talk = talk_beneath(account, delivery)
    if talk is None:
        if not items:
            return 0
        talk, _made = Conversation.objects.get_or_create(
            account=account, kind="comments", external_id=delivery.remote_id,
            defaults={"library": account.library, "delivery": delivery, "round_at": Now()},  # nothing to miss before it
        )  # fmt: skip
        talk.refresh_from_db(fields=["round_at"])
    new = _store(talk, account, items)
    if talk.round_at and last and whole:
        _end_round(talk)
    elif talk.round_at and (last or not whole):
        Conversation.objects.filter(pk=talk.pk).update(round_at=None)
    return new


def _of_others(delivery: Delivery, comments: Iterable[Comment]) -> list[Comment]:
    """Without the parts of the post itself: its thread and its first comment are no talk."""
    items = list(comments)
    if not any(item.is_ours for item in items):
        return items
    parts = set(
        Delivery.objects.filter(post=delivery.post_id, account=delivery.account_id, part__gt=0)
        .values_list("remote_id", flat=True)
    )
    return [item for item in items if item.remote_id not in parts]


def _store(talk: Conversation, account: Account, items: list[Comment]) -> int:
    named = {item.remote_id for item in items} | {item.parent for item in items if item.parent}
    known = {message.external_id: message for message in talk.messages.filter(external_id__in=named)}
    new = 0
    for comment in items:
        above = known.get(comment.parent or "")
        message = known.get(comment.remote_id)
        if message is None:
            message, made = _write_down(talk, account, comment, above)
            new += made
            known[comment.remote_id] = message
        _refresh(message, comment, above)
    talk.messages.filter(external_id__in=[item.remote_id for item in items]).update(
        seen_at=Now(), missed_at=None, gone_at=None
    )
    return new


def _write_down(talk: Conversation, account: Account, comment: Comment, above: Message | None) -> tuple[Message, bool]:
    message, made = Message.objects.get_or_create(  # an answer of ours may be written down by its sender just now
        conversation=talk, external_id=comment.remote_id,
        defaults={
            "body": comment.text, "direction": "out" if comment.is_ours else "in", "sent_at": comment.at,
            "author_name": comment.author.name or comment.author.handle,
            "author_key": author_key(account, comment.author.remote_id), "in_reply_to": above,
        },
    )  # fmt: skip
    if made and not comment.is_ours:
        Conversation.objects.filter(pk=talk.pk).update(state="open", last_at=comment.at)
    return message, made


def _refresh(message: Message, comment: Comment, above: Message | None) -> None:
    """Bring a message to what stands on the network. A patron's new words open the talk again: somebody should look."""
    changed: list[str] = []
    if above is not None and message.in_reply_to_id != above.pk:
        message.in_reply_to = above
        changed.append("in_reply_to")
    if message.body != comment.text:
        # What we wrote ourselves may look different when it is read back for the first time; that is no edit.
        if message.direction == "in" or message.seen_at:
            now = timezone.now()
            message.earlier = [*message.earlier, {"body": message.body, "until": now.isoformat()}][-KEPT_EARLIER:]
            message.edited_at = now
            changed += ["earlier", "edited_at"]
        if message.direction == "in":
            Conversation.objects.filter(pk=message.conversation_id).exclude(state="open").update(state="open")
        message.body = comment.text
        changed.append("body")
    if changed:
        message.save(update_fields=changed)


def _end_round(talk: Conversation) -> None:
    """A whole round is over: what two of them did not hold, the later begun long enough after, is gone."""
    began = talk.round_at
    assert began is not None
    # "person:…" is our own name for an answer that somebody found on the network; no list ever names it.
    held = talk.messages.exclude(external_id="").exclude(external_id__startswith="person:")
    unseen = held.filter(Q(seen_at__lt=began) | Q(seen_at=None, received_at__lt=began), gone_at=None)
    empty = not held.filter(seen_at__gte=began).exists()
    unseen.filter(missed_at__lte=began - (GONE_AFTER_EMPTY if empty else GONE_AFTER)).update(gone_at=Now())
    unseen.filter(missed_at=None).update(missed_at=began)
    Conversation.objects.filter(pk=talk.pk).update(whole_at=F("round_at"), round_at=None)
