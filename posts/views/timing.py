"""On the page of a post: ten seconds to undo, its moved event's new time, and when it comes down by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.dispatch import SCHEDULED
from libraries.access import Request, page
from libraries.permissions import Actor, Refused
from posts import actions, relative
from posts.models import Delivery, Post
from posts.times import UNDO
from posts.views import when
from posts.when_form import DownForm


def undo_seconds(actor: Actor, post: Post, deliveries: Sequence[Delivery]) -> int:
    """How long everything of this post can still be stopped at a click; 0 where nothing is about to go."""
    now = timezone.now()
    near = [d for d in deliveries if d.state == SCHEDULED and not d.hold and now < d.due_at <= now + UNDO]
    if not near or len(near) != len(deliveries) or not actor.may("post.schedule", post):
        return 0
    return max(1, int((min(d.due_at for d in near) - now).total_seconds()))


def lasting(actor: Actor, post: Post) -> dict[str, Any]:
    """What the page says about relative times, its series and coming down."""
    skips = "post.schedule" if post.deliveries.exists() else "post.submit"
    return {
        "may_skip": post.series_id and post.state != "archived" and actor.may(skips, post),
        "may_repeat": actor.may("post.submit", post),
        "also": "" if post.deliveries.exists() or post.state == "archived" else when.also(actor, post),
        "told": relative.parse(post.relative).in_words() if post.relative else "",
        "new_moment": relative.new_moment(post),
        "down": DownForm(zone=post.zone, now=timezone.now(), at=post.take_down_at),
    }


def _post(request: Request, pk: int) -> Post:
    posts = Post.objects.visible_to(request.actor).select_related("event", "library", "working_copy")
    return get_object_or_404(posts, pk=pk)


@page("post.schedule")
@require_POST
def undo(request: Request, pk: int) -> HttpResponse:
    """Within ten seconds of publishing now: nothing was sent, and it is a draft again. Too late says so."""
    post = _post(request, pk)
    try:
        actions.undo_publish(actor=request.actor, post=post)
    except Refused as no:
        messages.error(request, no.text)
        return redirect("posts:post", pk=pk)
    messages.success(request, _("Stopped in time. Nothing was sent, and here is your draft as it was."))
    return redirect("posts:edit", pk=pk)


@page("post.read", write="post.schedule")
@require_POST
def follow_event(request: Request, pk: int) -> HttpResponse:
    """Give a post the time that its moved event now gives it, and release it from waiting for that."""
    post = _post(request, pk)
    moment = relative.new_moment(post)
    try:
        if moment is None:
            raise Refused("follows", _("It has the time that its event gives it already."))
        actions.move_post(actor=request.actor, post=post, when=moment)
    except Refused as no:
        messages.error(request, no.text)
    else:
        messages.success(request, _("It has its new time. Read it once more: if its words are right, release it."))
    return redirect("posts:post", pk=pk)


@page("post.read", write="post.recall")
@require_POST
def down_later(request: Request, pk: int) -> HttpResponse:
    """When a post comes down by itself; empty: it stays up."""
    post = _post(request, pk)
    form = DownForm(request.POST, zone=post.zone, now=timezone.now())
    try:
        if not form.is_valid():
            raise Refused("form", str(next(iter(form.errors.values()))[0]))
        actions.set_take_down(actor=request.actor, post=post, at=form.at)
    except Refused as no:
        messages.error(request, no.text)
    else:
        messages.success(request, _("It comes down by itself then.") if form.at else _("It stays up."))
    return redirect("posts:post", pk=pk)
