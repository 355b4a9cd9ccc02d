"""Answering and closing talks."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

import audit.record
from audit.actions import Action
from core.dispatch import (
    ATTENTION,
    CANCELLED,
    EXPIRED,
    FAILED,
    PROCESSING,
    SCHEDULED,
    SENDING,
    SENT,
    UNCONFIRMED,
)
from inbox.models import Conversation, Message, Reply
from libraries import notices
from libraries.permissions import Actor, Refused, require
from platforms import lines
from platforms.base import Feature

GOOD_FOR = timedelta(hours=24)
ON_ITS_WAY = (SCHEDULED, SENDING, PROCESSING, UNCONFIRMED)


def reply(*, actor: Actor, conversation: Conversation, body: str, to: Message | None = None) -> Reply:
    """Answer in the library's name; it goes out within seconds. Raises Refused in words when it cannot."""
    require(actor, "inbox.reply", conversation)
    account = conversation.account
    abilities = lines.capabilities(account)
    if Feature.REPLY not in abilities.features:
        raise Refused("no_replies", _("This account cannot answer here. Answer on the network itself."))
    if not body.strip():
        raise Refused("empty", _("Write an answer first."))
    if abilities.limits.count(body) > abilities.limits.reply_max:
        raise Refused("too_long", _("An answer here may have %(max)s characters.") % {"max": abilities.limits.reply_max})
    if to is not None and to.conversation_id != conversation.pk:
        raise Refused("other_talk", _("That comment belongs to another talk."))
    with transaction.atomic():
        now = timezone.now()
        Conversation.objects.select_for_update(of=("self",)).get(pk=conversation.pk)  # two presses at once come one by one
        if conversation.replies.filter(in_reply_to=to, body=body.strip(), state__in=ON_ITS_WAY).exists():
            raise Refused("twice", _("This very answer is on its way already. It was not sent a second time."))
        row = Reply.objects.create(
            library_id=conversation.library_id, realm=account.realm, account=account, platform=account.platform,
            conversation=conversation, in_reply_to=to, author=actor.user, body=body.strip(), due_at=now,
            expires_at=now + GOOD_FOR,
        )  # fmt: skip
        Conversation.objects.filter(pk=conversation.pk).update(state="waiting")
        audit.record.record(actor, Action.REPLY_ASKED, row, body=row.body, conversation=conversation.pk)
    return row


def resolve_reply(*, actor: Actor, row: Reply, answer: str) -> Reply:
    """A person looked: `up`, `not_up` (send again) or `drop`."""
    require(actor, "inbox.reply", row)
    none = {"lease_token": None, "leased_by": None, "leased_until": None, "error_code": "", "error_detail": ""}
    with transaction.atomic():
        mine = Reply.objects.filter(pk=row.pk)
        moved = {
            "up": lambda: mine.move((ATTENTION, UNCONFIRMED), SENT, remote_id=f"person:{actor.user_id}:{row.pk}", sent_at=Now(), **none),
            "not_up": lambda: mine.move((ATTENTION, UNCONFIRMED, FAILED, EXPIRED), SCHEDULED, due_at=Now(),
                                        expires_at=timezone.now() + GOOD_FOR, strikes=0, **none),
            "drop": lambda: mine.move((ATTENTION, FAILED, SCHEDULED), CANCELLED, **none),
        }[answer]()  # fmt: skip
        if not moved:
            raise Refused("settled", _("This was settled in the meantime."))
        audit.record.record(actor, Action.REPLY_RESOLVED, row, answer=answer)
    notices.close_notices(row.library_id, f"reply:{row.pk}")
    row.refresh_from_db()
    return row


def close_conversation(*, actor: Actor, conversation: Conversation, state: str = "closed") -> Conversation:
    """Done with it (or open again)."""
    require(actor, "inbox.reply", conversation)
    with transaction.atomic():
        if Conversation.objects.filter(pk=conversation.pk).exclude(state=state).update(state=state):
            what = Action.TALK_CLOSED if state == "closed" else Action.TALK_REOPENED
            audit.record.record(
                actor, what, conversation, realm=conversation.account.realm, label=_("talk under %(account)s") % {"account": conversation.account.name},
                account=conversation.account_id,
            )  # fmt: skip
    conversation.refresh_from_db()
    return conversation
