"""Reads of the inbox: the list with what waits longest first, and who wrote before."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Case, Exists, F, IntegerField, Max, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Extract
from django.utils.translation import gettext_lazy as _

from core.dispatch import ATTENTION, EXPIRED, FAILED
from inbox.models import Conversation, Message, Reply
from libraries.permissions import Actor

SHOW = {"": _("To do"), "waiting": _("Answered"), "closed": _("Closed"), "all": _("All")}
TROUBLE = (ATTENTION, FAILED, EXPIRED)


def talks(actor: Actor) -> QuerySet[Conversation]:
    """The library's talks on accounts of its present mode."""
    return Conversation.objects.visible_to(actor).filter(account__realm=actor.library.mode)


def listed(actor: Actor, asked: Mapping[str, str]) -> QuerySet[Conversation]:
    """Talks as a filter asks (show, platform, q): what needs a person first, and of it what waits longest."""
    wanted = talks(actor)
    trouble = Exists(Reply.objects.filter(conversation=OuterRef("pk"), state__in=TROUBLE))
    wanted = wanted.annotate(trouble=trouble)
    show = asked.get("show", "")
    if show in ("waiting", "closed"):
        wanted = wanted.filter(state=show)
    elif show != "all":
        wanted = wanted.filter(Q(state="open") | Q(trouble=True))
    if platform := asked.get("platform"):
        wanted = wanted.filter(account__platform=platform)
    if words := asked.get("q", "").strip():
        said = Message.objects.filter(Q(body__icontains=words) | Q(author_name__icontains=words), conversation=OuterRef("pk"))
        wanted = wanted.filter(Exists(said))
    last = Message.objects.filter(conversation=OuterRef("pk"), direction="in").order_by("-sent_at", "-pk")
    second = Extract("last_at", "epoch")
    return wanted.annotate(
        last_body=Subquery(last.values("body")[:1]),
        last_name=Subquery(last.values("author_name")[:1]),
        rank=Case(When(Q(trouble=True) | Q(state="open"), then=0), When(state="waiting", then=1), default=2, output_field=IntegerField()),
        age=Case(When(state="open", then=second), default=second * Value(-1)),
    ).select_related("account", "delivery", "delivery__post").order_by("rank", F("age").asc(nulls_last=True), "pk")  # fmt: skip


def newest(actor: Actor) -> int:
    """The newest message that came in; what a page has seen."""
    came = Message.objects.filter(conversation__in=talks(actor), direction="in")
    return came.aggregate(newest=Max("pk"))["newest"] or 0


def since(actor: Actor, seen: int) -> int:
    """How many came in after that one."""
    return Message.objects.filter(conversation__in=talks(actor), direction="in", pk__gt=seen).count()


def earlier(actor: Actor, talk: Conversation) -> list[Message]:
    """What the people of this talk wrote elsewhere, newest first. They are known by a salted key alone."""
    keys = talk.messages.filter(direction="in").exclude(author_key="").values("author_key")
    other = Message.objects.filter(conversation__in=talks(actor), author_key__in=keys).exclude(conversation=talk)
    return list(other.select_related("conversation", "conversation__account").order_by("-sent_at")[:5])
