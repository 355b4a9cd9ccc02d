"""Comments arrive: upserted by the network's id, so collecting twice is harmless."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from django.conf import settings

from inbox.models import Conversation, Message
from platforms.base import Comment
from platforms.models import Account
from posts.models import Delivery


def author_key(account: Account, remote_id: str) -> str:
    """The same person on the same network gives the same key; the id itself is not kept."""
    salted = f"{settings.SECRET_KEY}:{account.platform}:{remote_id}"
    return hashlib.sha256(salted.encode()).hexdigest()


def receive(account: Account, delivery: Delivery, comments: Iterable[Comment]) -> int:
    """Store what is new and refresh what was edited. Returns how many messages were new."""
    items = list(comments)
    if not items:
        return 0
    talk, _made = Conversation.objects.get_or_create(
        account=account, kind="comments", external_id=delivery.remote_id,
        defaults={"library": account.library, "delivery": delivery},
    )  # fmt: skip
    new = 0
    by_id = dict(talk.messages.exclude(external_id="").values_list("external_id", "pk"))
    for comment in sorted(items, key=lambda item: item.at):
        message, made = Message.objects.update_or_create(
            conversation=talk, external_id=comment.remote_id,
            defaults={"body": comment.text, "in_reply_to_id": by_id.get(comment.parent or "")},
            create_defaults={
                "body": comment.text, "direction": "out" if comment.is_ours else "in", "sent_at": comment.at,
                "author_name": comment.author.name or comment.author.handle,
                "author_key": author_key(account, comment.author.remote_id),
                "in_reply_to_id": by_id.get(comment.parent or ""),
            },
        )  # fmt: skip
        by_id[comment.remote_id] = message.pk
        new += made
        if made and not comment.is_ours:
            Conversation.objects.filter(pk=talk.pk).update(state="open", last_at=comment.at)
    return new
