"""What a manager does with a post that is approved, scheduled, out, or in doubt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from libraries.access import Request, page
from libraries.permissions import Refused
from media_library.inspect import PictureRefused
from posts import actions, times
from posts.forms import PlanForm, ReasonForm, ResolveForm
from posts.models import Delivery, Post
from posts.views.page import find, show


def told(request: Request, post_id: int, do: Callable[[], Any], done: str) -> HttpResponse:
    """Do it, say so, and go to the post; what a rule forbids is said instead."""
    try:
        do()
    except Refused as no:
        messages.error(request, no.text)
    except PictureRefused as no:
        messages.error(request, no.text)
    else:
        messages.success(request, done)
    return redirect("posts:post", pk=post_id)


def _delivery(request: Request, pk: int) -> Delivery:
    rows = Delivery.objects.visible_to(request.actor).select_related("post", "post__event", "account")
    return get_object_or_404(rows, pk=pk)


def _planned(request: Request, pk: int) -> tuple[Post, PlanForm]:
    post = find(request, pk)
    return post, PlanForm(request.POST, zone=post.zone, now=timezone.now())


@page("post.schedule")
@require_POST
def schedule(request: Request, pk: int) -> HttpResponse:
    """An approved post gets its time. A second tab is told that the first was there."""
    post, plan = _planned(request, pk)
    if not plan.is_valid():
        return show(request, post, plan=plan, status=422)
    done = _("Scheduled.") if plan.moment else _("It goes out in 10 seconds.")
    when = plan.moment or times.soon()
    return told(
        request, pk, lambda: actions.schedule_post(actor=request.actor, post=post, when=when, first=True), done
    )


@page("post.read", write="post.submit")
@require_POST
def move(request: Request, pk: int) -> HttpResponse:
    post, plan = _planned(request, pk)
    if not plan.is_valid():
        return show(request, post, plan=plan, status=422)
    when = plan.moment or times.soon()
    return told(
        request, pk, lambda: actions.move_post(actor=request.actor, post=post, when=when), _("It has its new time.")
    )


@page("post.schedule")
@require_POST
def pause(request: Request, pk: int) -> HttpResponse:
    post, reason = find(request, pk), request.POST.get("reason", "")[:300]
    return told(
        request,
        pk,
        lambda: actions.pause_post(actor=request.actor, post=post, detail=reason),
        _("Paused. Nothing of it goes out until somebody resumes it."),
    )


@page("post.schedule")
@require_POST
def resume(request: Request, pk: int) -> HttpResponse:
    """Lift one reason. What waits for another still waits, and what is not true any more holds it again."""
    post, reason = find(request, pk), request.POST.get("reason", "paused")
    return told(
        request,
        pk,
        lambda: actions.resume_post(actor=request.actor, post=post, reason=reason),
        _("That reason no longer holds it."),
    )


@page("post.draft")
@require_POST
def archive(request: Request, pk: int) -> HttpResponse:
    post = find(request, pk)
    if post.state == "archived":
        return told(
            request, pk, lambda: actions.unarchive_post(actor=request.actor, post=post), _("It is back, as a draft.")
        )
    return told(
        request,
        pk,
        lambda: actions.archive_post(actor=request.actor, post=post),
        _("Archived. You find it under “Archived”, and can bring it back."),
    )


@page("post.recall")
@require_POST
def recall(request: Request, pk: int) -> HttpResponse:
    """Down wherever the network allows it; the page then shows what is down and what is still up."""
    post, form = find(request, pk), ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        outcome = actions.recall_post(actor=request.actor, post=post, reason=reason)
    except Refused as no:
        messages.error(request, no.text)
        return redirect("posts:post", pk=pk)
    n = len(outcome["asked"]) + len(outcome["stopped"])
    messages.success(
        request,
        ngettext("On %(n)s account it is being taken down or stopped.", "On %(n)s accounts it is being taken down or stopped.", n) % {"n": n},
    )
    if outcome["by_hand"]:
        names = ", ".join(delivery.account.name for delivery in outcome["by_hand"])
        messages.warning(request, _("To be deleted there by hand: %(names)s. The links are below.") % {"names": names})
    return redirect("posts:post", pk=pk)


@page("post.resolve")
@require_POST
def resolve(request: Request, pk: int) -> HttpResponse:
    """A person looked at the network's page and says what is there."""
    delivery = _delivery(request, pk)
    form = ResolveForm(request.POST, auto_id=f"id_{pk}_%s")
    if not form.is_valid():
        return show(request, find(request, delivery.post_id), forms={pk: form}, status=422)
    said = form.cleaned_data
    done = {
        "up": _("Noted: it is up."), "not_up": _("Noted: it is not up. It is sent again now."),
        "drop": _("Noted: it is not up, and it is not sent."), "look": _("We look again now."),
    }[said["answer"]]  # fmt: skip
    resolved = lambda: actions.resolve_delivery(
        actor=request.actor, delivery=delivery, answer=said["answer"], url=said["url"]
    )
    return told(request, delivery.post_id, resolved, done)


@page("post.schedule")
@require_POST
def again(request: Request, pk: int) -> HttpResponse:
    delivery = _delivery(request, pk)
    return told(
        request,
        delivery.post_id,
        lambda: actions.send_again(actor=request.actor, delivery=delivery),
        _("It is sent again now."),
    )


@page("post.schedule")
@require_POST
def cancel(request: Request, pk: int) -> HttpResponse:
    delivery = _delivery(request, pk)
    done = _("Cancelled: nothing is sent to %(name)s.") % {"name": delivery.account.name}
    return told(
        request, delivery.post_id, lambda: actions.cancel_delivery(actor=request.actor, delivery=delivery), done
    )


@page("post.recall")
@require_POST
def down(request: Request, pk: int) -> HttpResponse:
    """A person deleted it on the network itself, where we could not."""
    delivery = _delivery(request, pk)
    done = _("Noted: you took it down from %(name)s by hand.") % {"name": delivery.account.name}
    return told(request, delivery.post_id, lambda: actions.took_down(actor=request.actor, delivery=delivery), done)
