"""Comments beneath the page of a post."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string

from core.dispatch import SENT
from inbox import queries
from inbox.models import Conversation, Message
from libraries.permissions import Actor
from posts.models import Post

SHOWN = 4


def comments(request: HttpRequest, post: Post) -> str:
    """What patrons wrote beneath this post, network by network; "" while nothing of it is out."""
    if not request.actor.may("inbox.read") or not post.deliveries.filter(state=SENT).exists():
        return ""
    talks = Conversation.objects.visible_to(request.actor).filter(delivery__post=post).select_related("account", "delivery")
    shown = [_with_messages(talk) for talk in talks.order_by("account__platform", "pk")]
    context = {"talks": shown, "may_reply": request.actor.may("inbox.reply"), "any": queries.talks(request.actor).exists()}
    return render_to_string("inbox/_panel.html", context, request=request)


def _with_messages(talk: Conversation) -> Conversation:
    """With the newest few in order, and how many there are in all."""
    talk.n = talk.messages.count()
    talk.newest = list(talk.messages.order_by("-sent_at", "-pk")[:SHOWN])[::-1]
    return talk


def comments_beneath(actor: Actor, deliveries: list[int]) -> int:
    """How many comments of other people stand beneath these deliveries; 0 for somebody who may not read them."""
    if not actor.may("inbox.read"):
        return 0
    talks = Conversation.objects.visible_to(actor).filter(delivery__in=deliveries)
    return Message.objects.filter(conversation__in=talks, direction="in", gone_at=None).count()
