"""What patrons write back, and our answers."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

import audit.record
from core.ledger import AttemptBase, attempt_constraints, dispatch_constraints
from libraries import notices
from libraries.models import Library, User
from libraries.permissions import OwnedQuerySet
from platforms.models import Account
from posts.models.delivery import AccountDispatch, Delivery


class Conversation(models.Model):
    """A talk beneath one post (later: a direct message or a mention)."""

    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="conversations")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="conversations")
    kind = models.CharField(max_length=12, default="comments")
    external_id = models.CharField(max_length=200)
    delivery = models.ForeignKey(
        Delivery, null=True, blank=True, on_delete=models.PROTECT, related_name="conversations"
    )
    state = models.CharField(max_length=8, default="open")
    assignee = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    last_at = models.DateTimeField(null=True, blank=True)
    # Reading all of it from the first comment on: when the round under way began, and the last that came to its end.
    round_at = models.DateTimeField(null=True, blank=True)
    whole_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "kind", "external_id"], name="conversation_once"),
            models.UniqueConstraint(fields=["id", "library"], name="conversation_of_library"),
            models.CheckConstraint(condition=Q(state__in=("open", "waiting", "closed")), name="conversation_state_known"),
            models.CheckConstraint(
                condition=Q(kind__in=("comments", "direct", "mention", "review")), name="conversation_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.external_id}"


class Message(models.Model):
    """One comment as it stands on the network.

    earlier: [{"body": str, "until": ISO time at which we saw that it had changed}, …], oldest first; it lies in the row,
    so that whoever erases the comment erases what it once said. missed_at: the first whole round that did not hold it;
    gone_at: since when we take it for deleted there.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="messages")
    direction = models.CharField(max_length=4)
    external_id = models.CharField(max_length=200, blank=True)
    author_name = models.CharField(max_length=200, blank=True)
    author_key = models.CharField(max_length=64, blank=True, help_text="salted hash of the author's id")
    body = models.TextField(blank=True)
    sent_at = models.DateTimeField()
    in_reply_to = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="answers")
    hidden_at = models.DateTimeField(null=True, blank=True)
    purge_after = models.DateField(null=True, blank=True)
    received_at = models.DateTimeField(db_default=Now())
    earlier = models.JSONField(default=list, blank=True)
    edited_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    missed_at = models.DateTimeField(null=True, blank=True)
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["sent_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "external_id"], condition=~Q(external_id=""), name="message_once"
            ),
            models.CheckConstraint(condition=Q(direction__in=("in", "out")), name="message_direction_known"),
        ]

    def __str__(self) -> str:
        return f"{self.author_name}: {self.body[:40]}"


class Reply(AccountDispatch):
    """An answer of ours on its way: the same five steps as a post."""

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="replies")
    in_reply_to = models.ForeignKey(Message, null=True, blank=True, on_delete=models.PROTECT, related_name="replies")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    body = models.TextField()

    class Meta:
        constraints = [
            *dispatch_constraints("reply"),
            models.UniqueConstraint(
                fields=["account", "remote_id"], condition=~Q(remote_id=""), name="reply_remote_id_once"
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="reply_due")]

    def __str__(self) -> str:
        return f"reply {self.pk}"

    def when_sent(self) -> None:
        """Our answer stands in the talk like any other message."""
        Message.objects.get_or_create(
            conversation_id=self.conversation_id, external_id=self.remote_id,
            defaults={
                "direction": "out", "author_name": str(self.author), "body": self.body, "sent_at": self.sent_at,
                "in_reply_to_id": self.in_reply_to_id,
            },
        )  # fmt: skip
        notices.close_notices(self.library_id, f"reply:{self.pk}")

    def note(self, event: str, **data: Any) -> None:
        """The record; and a notice where only a person can go on."""
        if self.state in ("attention", "failed", "expired") or data.get("answer") == "drop":
            notices.raise_notice(
                self.library_id, f"reply:{self.pk}", verb="inbox.reply", path=f"/inbox/{self.conversation_id}/",
                title=_("A reply did not go out, or we cannot tell."),
                text=_("Open the talk: it says what happened and what you can do."),
            )  # fmt: skip
        audit.record.record(
            None, f"inbox.reply.{event}", self, label=f"reply {self.pk}", conversation=self.conversation_id,
            account=self.account_id, **data,
        )  # fmt: skip


class ReplyAttempt(AttemptBase):
    reply = models.ForeignKey(Reply, on_delete=models.PROTECT, related_name="attempts")

    class Meta:
        ordering = ["number"]
        constraints = attempt_constraints("reply_attempt", "reply")
