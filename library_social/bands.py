"""The bands across the top of a page: what needs a person now, and the one next step."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Count, Max, Q
from django.db.models.functions import Now
from django.utils import dateformat, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from core.models import Worker
from inbox.models import Reply
from libraries.permissions import Actor
from library_social import signals
from library_social.signals import Signals
from platforms import health, lines
from platforms.base import Feature
from platforms.models import Account
from posts.models import Delivery, Pause, Takedown

Band = dict[str, Any]
TROUBLE = ("attention", "failed")


def of(actor: Actor, told: Signals | None = None) -> list[Band]:
    """At most one band for each kind of trouble, the worst first; [] on a good day. A kind that has a signal of its
    name is looked at only where it is lit."""
    told = told or signals.of(actor)
    kinds = (worker_silent, accounts_lost, accounts_ending, posts_in_trouble, answers_in_trouble, stopped, paused)
    found = [kind(actor) for kind in kinds if getattr(told, kind.__name__, True)]
    return sorted((band for band in found if band), key=lambda band: band["tone"] != "bad")


def worker_silent(actor: Actor) -> Band | None:
    """No worker was heard for SILENT_AFTER_S seconds. Red when something is due, since that is not going out."""
    since = Now() - timedelta(seconds=Worker.SILENT_AFTER_S)
    heard = Worker.objects.aggregate(
        last=Max("beat_at"), alive=Count("pk", filter=Q(beat_at__gte=since, stopped_at=None))
    )
    if heard["alive"]:
        return None
    late = Delivery.objects.visible_to(actor).filter(state="scheduled", hold="", due_at__lte=Now()).count()
    last = timezone.localtime(heard["last"]).strftime("%H:%M") if heard["last"] else ""
    strong = _("Nothing is being sent: the worker has been silent since %(time)s.") % {"time": last} if last else _(
        "Nothing is being sent: no worker has been started yet."
    )  # fmt: skip
    text = ngettext("%(n)s post is waiting. Nothing is lost.", "%(n)s posts are waiting. Nothing is lost.", late) % {
        "n": late
    } if late else _("Nothing is due yet. Whoever looks after this computer can start it again.")  # fmt: skip
    return {"tone": "bad" if late else "ask", "icon": "plug-connected-x", "strong": strong, "text": text,
            "url": "/posts/?state=scheduled" if late else "", "action": _("See what is waiting")}  # fmt: skip


def accounts_lost(actor: Actor) -> Band | None:
    lost = list(Account.objects.visible_to(actor).filter(state=Account.RECONNECT, realm=actor.library.mode)[:20])
    if not lost:
        return None
    one = lost[0] if len(lost) == 1 else None
    strong = _("%(account)s needs to be reconnected.") % {"account": one.name} if one else ngettext(
        "%(n)s account needs to be reconnected.", "%(n)s accounts need to be reconnected.", len(lost)
    ) % {"n": len(lost)}  # fmt: skip
    admin = actor.may("account.connect")
    text = _("Posts to it wait; nothing is lost.") if admin else _("Posts to it wait. An admin can reconnect it.")
    return {"tone": "bad", "icon": "plug-connected-x", "strong": strong, "text": text,
            "url": f"/accounts/{one.pk}/" if one else "/accounts/",
            "action": _("Reconnect") if admin else _("See accounts")}  # fmt: skip


def accounts_ending(actor: Actor) -> Band | None:
    """Accounts whose access ends within a week and that we cannot renew ourselves; for those who can reconnect."""
    if not actor.may("account.connect"):
        return None
    soon = Account.objects.visible_to(actor).filter(
        state=Account.CONNECTED, realm=actor.library.mode, credentials__revoked_at=None,
        credentials__expires_at__lte=timezone.now() + health.SOON,
    ).distinct()  # fmt: skip
    ending = [account for account in soon[:50] if Feature.RENEW not in lines.capabilities(account).features]
    if not ending:
        return None
    one = ending[0] if len(ending) == 1 else None
    strong = _("The access to %(account)s ends within a week.") % {"account": one.name} if one else ngettext(
        "The access to %(n)s account ends within a week.", "The access to %(n)s accounts ends within a week.", len(ending)
    ) % {"n": len(ending)}  # fmt: skip
    return {"tone": "ask", "icon": "clock", "strong": strong, "text": _("Reconnect before then and no post waits."),
            "url": f"/accounts/{one.pk}/" if one else "/accounts/", "action": _("Reconnect") if one else _("See them")}  # fmt: skip


def posts_in_trouble(actor: Actor) -> Band | None:
    """Deliveries and takedowns where only a person can go on; for those whose role may."""
    if not actor.may("post.resolve"):
        return None
    mine = {"realm": actor.library.mode, "state__in": TROUBLE}
    stuck = Delivery.objects.visible_to(actor).filter(**mine).values_list("post_id")
    up = Takedown.objects.visible_to(actor).filter(**mine).values_list("delivery__post_id")
    posts = {pk for (pk,) in stuck.order_by().union(up.order_by())[:100]}
    if not posts:
        return None
    strong = ngettext("%(n)s post needs a decision.", "%(n)s posts need a decision.", len(posts)) % {"n": len(posts)}
    one = next(iter(posts)) if len(posts) == 1 else None
    return {"tone": "bad", "icon": "alert-triangle", "strong": strong,
            "text": _("A network did not take it, or we cannot tell whether it is up."),
            "url": f"/posts/{one}/" if one else "/posts/?state=trouble",
            "action": _("Decide") if one else _("See them")}  # fmt: skip


def answers_in_trouble(actor: Actor) -> Band | None:
    if not actor.may("inbox.reply"):
        return None
    stuck = Reply.objects.visible_to(actor).filter(state__in=TROUBLE, realm=actor.library.mode)
    talks = set(stuck.values_list("conversation_id", flat=True)[:100])
    if not talks:
        return None
    strong = ngettext("%(n)s answer did not go out.", "%(n)s answers did not go out.", len(talks)) % {"n": len(talks)}
    one = next(iter(talks)) if len(talks) == 1 else None
    return {"tone": "ask", "icon": "message", "strong": strong, "text": _("What was written is kept."),
            "url": f"/inbox/{one}/" if one else "/inbox/", "action": _("Look at it") if one else _("See them")}  # fmt: skip


def stopped(actor: Actor) -> Band | None:
    """Publishing that somebody paused: why, who and since when, for everybody; resuming for those who may."""
    open_ones = Pause.objects.visible_to(actor).filter(ended_at=None).select_related("account", "begun_by")
    pauses = sorted(open_ones, key=lambda pause: pause.account_id is not None)
    if not pauses:
        return None
    first = pauses[0]
    strong = (
        _("%(account)s is paused: %(why)s") % {"account": first.account.name, "why": first.reason}
        if first.account
        else _("Publishing is paused: %(why)s") % {"why": first.reason}
    )
    since = timezone.localtime(first.begun_at, actor.library.zone)
    text = _("%(who)s, since %(time)s. Nothing of it goes out.") % {
        "who": first.begun_by, "time": dateformat.format(since, pgettext("day and time in a sentence", "D j M, H:i"))}  # fmt: skip
    if more := len(pauses) - 1:
        text += " " + ngettext("%(n)s more pause.", "%(n)s more pauses.", more) % {"n": more}
    may = actor.may("post.schedule")
    return {"tone": "bad", "icon": "player-pause", "strong": strong, "text": text,
            "url": f"/pauses/{first.pk}/" if may and not more else "/pauses/", "action": _("Resume") if may else _("See more")}  # fmt: skip


def paused(actor: Actor) -> Band | None:
    """Posts that a person stopped; easy to forget, so it stays in sight."""
    if not actor.may("post.schedule"):
        return None
    held = Delivery.objects.visible_to(actor).filter(
        state="scheduled", realm=actor.library.mode, holds__reason="paused"
    )
    posts = set(held.values_list("post_id", flat=True)[:100])
    if not posts:
        return None
    strong = ngettext("%(n)s post is paused.", "%(n)s posts are paused.", len(posts)) % {"n": len(posts)}
    one = next(iter(posts)) if len(posts) == 1 else None
    return {"tone": "ask", "icon": "player-pause", "strong": strong, "text": _("It goes out only after somebody resumes it."),
            "url": f"/posts/{one}/" if one else "/posts/?state=scheduled", "action": _("Resume") if one else _("See them")}  # fmt: skip
