"""The review queue: one post after another, with what is needed to judge it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.numbers import row_id
from libraries.access import Request, page
from libraries.permissions import Refused
from media_library.inspect import PictureRefused
from posts import actions, checking, diffing, queries, standing
from posts.forms import PlanForm, ReviewForm, plan_initial
from posts.models import Post, Review


@page("post.approve")
@require_safe
def queue(request: Request) -> HttpResponse:
    return show(request)


def show(
    request: Request, *, at: int = 0, form: ReviewForm | None = None, plan: PlanForm | None = None, said: str = ""
) -> HttpResponse:
    """One post of the queue (the asked one, else the first that waits), with its neighbours."""
    waiting = list(queries.waiting(request.actor))
    asked = at or row_id(request.GET.get("post", "")) or 0
    position = next((n for n, post in enumerate(waiting) if post.pk == asked), 0)
    context: dict[str, Any] = {
        "waiting": waiting,
        "position": position + 1,
        "said": said,
        "missing": asked and asked not in [p.pk for p in waiting],
    }
    if waiting:
        context |= _one(request, waiting[position], form, plan)
        context["earlier"] = waiting[position - 1] if position else None
        context["later"] = waiting[position + 1] if position + 1 < len(waiting) else None
    return render(request, "posts/review.html", context, status=422 if form or plan or said else 200)


def _one(request: Request, post: Post, form: ReviewForm | None, plan: PlanForm | None) -> dict[str, Any]:
    revision, now = post.current_revision, timezone.now()
    assert revision is not None  # what is in review was submitted, as a revision
    past = post.planned_for is not None and post.planned_for <= now
    if plan is None:
        plan = PlanForm(
            zone=post.zone, now=now, initial=plan_initial(None if past else post.planned_for, post.zone, now)
        )
    before = queries.last_reviewed(post)
    mine = actions.wrote(request.actor, post, revision)
    checked = standing.looks_of(request.actor, post, standing.content_of(revision))
    strong, rest = checking.will(len(checked.looks), None if past else post.planned_for, post.zone, now, "", "publish")
    return {
        "post": post, "revision": revision, "checked": checked, "plan": plan, "past": past, "form": form or ReviewForm(),
        "plan_open": past or plan.is_bound, "mine": mine, "may_own": request.actor.library.self_review,
        "before": before, "changes": diffing.changes(before, revision) if before else [],
        "asked_before": before.reviews.select_related("reviewer", "link").last() if before else None,
        "will_strong": strong, "will_rest": rest, "zone": post.zone,
    }  # fmt: skip


@page("post.approve")
@require_POST
def review(request: Request, pk: int) -> HttpResponse:
    """Approve (and schedule) or ask for changes; then on to the next."""
    post = get_object_or_404(
        Post.objects.visible_to(request.actor).select_related("event", "library", "current_revision"), pk=pk
    )
    form = ReviewForm(request.POST)
    plan = PlanForm(request.POST, zone=post.zone, now=timezone.now())
    approves = request.POST.get("verdict") == Review.APPROVE
    if not form.is_valid() or (approves and not plan.is_valid()):
        return show(request, at=pk, form=form, plan=plan if approves else None)
    try:
        done = _judge(request, post, form, plan, approves)
    except Refused as no:
        if no.code == "comment_needed":
            form.add_error("comment", no.text)
            return show(request, at=pk, form=form)
        return show(request, at=pk, said=no.text)
    messages.success(request, done)
    return redirect(reverse("posts:queue"))


def _judge(request: Request, post: Post, form: ReviewForm, plan: PlanForm, approves: bool) -> str:
    said = form.cleaned_data
    revision = get_object_or_404(post.revisions, pk=said["revision"])
    actions.review_post(
        actor=request.actor, post=post, revision=revision, verdict=said["verdict"], comment=said["comment"]
    )
    if not approves:
        return _("Sent back. Its author sees what should change.")
    if not request.actor.may("post.schedule", post):
        return _("Approved. Somebody who may schedule gives it its time.")
    try:
        actions.schedule_post(actor=request.actor, post=post, when=plan.moment)
    except (Refused, PictureRefused) as no:
        return _("Approved, but not scheduled: %(why)s") % {"why": no.text}
    return _("Approved and scheduled.") if plan.moment else _("Approved. It is going out now.")
