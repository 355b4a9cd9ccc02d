"""One talk in the order in which people read it: each comment with what was answered to it, ours on its way included."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from core.dispatch import ATTENTION, CANCELLED, EXPIRED, FAILED, PROCESSING, SCHEDULED, SENDING, SENT, UNCONFIRMED
from inbox.models import Conversation, Message, Reply
from posts import ledger

ON_ITS_WAY = (SCHEDULED, SENDING, PROCESSING)


@dataclass
class Line:
    """A message, or an answer of ours that is not (surely) there yet. `under` stands below the comment it answers."""

    at: datetime
    name: str
    body: str
    ours: bool
    under: bool
    message: Message | None = None
    reply: Reply | None = None
    edited: bool = False
    gone: bool = False
    earlier: tuple[str, ...] = ()  # what it said before, oldest first

    @property
    def state(self) -> str:
        """"" for what stands on the network."""
        if self.reply is None or self.reply.state == SENT:
            return ""
        return "sending" if self.reply.state in ON_ITS_WAY else self.reply.state

    @property
    def why(self) -> str:
        """What happened to our answer and what can be done, in words."""
        state = self.reply.state if self.reply else ""
        if state == FAILED:
            return ledger.code_words(self.reply.error_code) or _("The network did not take it.")
        return {
            UNCONFIRMED: _("No clear answer came back. We are looking whether it is there; you may say so sooner."),
            ATTENTION: _("We cannot tell whether it is there. Look at the network and say what you see."),
            EXPIRED: _("It could not go out in a day, so we stopped trying."),
            CANCELLED: _("It was not sent."),
        }.get(state, "")

    @property
    def can_be_up(self) -> bool:
        return self.reply is not None and self.reply.state in (ATTENTION, UNCONFIRMED)

    @property
    def can_send(self) -> bool:
        return self.reply is not None and self.reply.state in (ATTENTION, UNCONFIRMED, FAILED, EXPIRED)

    @property
    def can_drop(self) -> bool:
        return self.reply is not None and self.reply.state in (ATTENTION, FAILED, SCHEDULED)


def lines(talk: Conversation) -> list[Line]:
    """Comments in order of time; beneath each what belongs to it."""
    messages = list(talk.messages.order_by("sent_at", "pk"))
    by_id = {message.pk: message for message in messages}
    beneath: dict[int | None, list[Line]] = {}
    for message in messages:
        root = _root(message, by_id)
        line = Line(
            message.sent_at, message.author_name or _("Somebody"), message.body, message.direction == "out",
            root is not message, message=message, edited=message.edited_at is not None, gone=message.gone_at is not None,
            earlier=tuple(str(was["body"]) for was in message.earlier),
        )  # fmt: skip
        beneath.setdefault(root.pk, []).append(line)
    for reply in _not_there_yet(talk, messages):
        root = _root(by_id[reply.in_reply_to_id], by_id) if reply.in_reply_to_id in by_id else None
        line = Line(reply.created_at, str(reply.author), reply.body, True, root is not None, reply=reply)
        beneath.setdefault(root.pk if root else None, []).append(line)
    return [line for lines in beneath.values() for line in lines]


def _root(message: Message, by_id: dict[int, Message]) -> Message:
    seen = set()
    while message.in_reply_to_id in by_id and message.pk not in seen:
        seen.add(message.pk)
        message = by_id[message.in_reply_to_id]
    return message


def _not_there_yet(talk: Conversation, messages: list[Message]) -> list[Reply]:
    """Answers that are no message yet. One a person found on the page stays until it is collected from there."""
    there = {message.external_id for message in messages}
    said = {message.body.strip() for message in messages if message.direction == "out"}
    replies = talk.replies.select_related("author").order_by("created_at", "pk")
    return [
        reply for reply in replies
        if reply.state != SENT or (reply.remote_id not in there and reply.body.strip() not in said)
    ]  # fmt: skip


def last_unanswered(talk: Conversation) -> Message | None:
    """The comment an answer is for, unless the person chooses another: the newest that came in and still stands."""
    return talk.messages.filter(direction="in", gone_at=None).order_by("-sent_at", "-pk").first()


def mark(talk: Conversation, shown: list[Line]) -> str:
    """Changes when anything of the talk that is shown does."""
    parts = [f"{type(line.message or line.reply).__name__}{(line.message or line.reply).pk}:{line.state}:{line.gone}:{line.body}" for line in shown]
    return hashlib.sha256("|".join([talk.state, *parts]).encode()).hexdigest()[:16]
