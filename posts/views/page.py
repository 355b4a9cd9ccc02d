"""The page of one post: what the public sees, what happened, what can be done."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from libraries.access import Request, page
from posts import actions, correcting, ledger, panels, queries, standing
from posts.forms import PlanForm, ReasonForm, ResolveForm, plan_initial
from posts.models import Post
from posts.models.post import empty_copy
from posts.views import timing


def find(request: Request, pk: int) -> Post:
    posts = Post.objects.visible_to(request.actor).with_progress().annotate(n_down=queries.N_DOWN)
    related = ("author", "event", "event__branch", "campaign", "working_copy", "library", "current_revision")
    return get_object_or_404(posts.select_related(*related), pk=pk)


@page("post.read")
@require_safe
def post(request: Request, pk: int) -> HttpResponse:
    return show(request, find(request, pk))


def show(
    request: Request, found: Post, *, plan: PlanForm | None = None, forms: dict[int, ResolveForm] | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    """The whole page; with a form that had something wrong, opened there."""
    context = live(request, found, forms)
    rows = [one.delivery for one in context["whole"].standings]
    context |= {"correcting": correcting.dialogue(found, rows) if context["may_correct"] else None}
    context |= {"reason": ReasonForm(), "panels": panels.render("post", request, found)}
    if plan is not None:
        context |= {"plan": plan, "plan_open": True}
    return render(request, "posts/post.html", context, status=status)


def _looks(request: Request, found: Post) -> Any:
    """How it will look: what is being judged, else what is being written."""
    judged = found.current_revision if found.state == "in_review" else None
    content = standing.content_of(judged) if judged else found.working_copy.content
    return standing.looks_of(request.actor, found, {**empty_copy(), **content})


def _plan(found: Post) -> PlanForm:
    now = timezone.now()
    planned = found.planned_for if found.planned_for and found.planned_for > now else None
    return PlanForm(zone=found.zone, now=now, initial={**plan_initial(planned, found.zone, now), "when": "at"})


def _reviews(found: Post) -> Any:
    if not found.current_revision:
        return []
    return found.current_revision.reviews.select_related("reviewer", "link").order_by("created_at")


def live(request: Request, found: Post, forms: dict[int, ResolveForm] | None = None) -> dict[str, Any]:
    """What changes while one watches, and what one may do about it."""
    deliveries, may = standing.deliveries_of(found), request.actor.may
    return {
        "reviews": _reviews(found), "mark": queries.mark(found),
        "checked": None if deliveries else _looks(request, found),
        "plan": _plan(found), "plan_open": False,
        "may_draft": may("post.draft"), "may_edit": actions.may_edit(request.actor, found), "may_schedule": may("post.schedule", found),
        "may_correct": correcting.may_correct(request.actor, found, deliveries), "may_recall": may("post.recall", found), "may_approve": may("post.approve", found),
        "undo_s": timing.undo_seconds(request.actor, found, deliveries), "lasting": timing.lasting(request.actor, found),
        "post": found, "state": queries.overall(found), "zone": found.zone,
        "whole": standing.whole(request.actor, found, deliveries, forms),
        "days": ledger.days(found, deliveries), "pace": queries.pace(found, timezone.now()),
    }  # fmt: skip


@page("post.read")
@require_safe
def deliveries(request: Request, pk: int) -> HttpResponse:
    """The part of the page that watches by itself; it stops asking once all is settled.

    `seen` is the mark of what somebody looks at: 204, which changes nothing on their page, while it is still true. The
    reviewer's page asks with `judging`, the revision it shows, and is told in words: nothing there is replaced.
    """
    found = find(request, pk)
    if judging := request.GET.get("judging"):
        if found.state == "in_review" and str(found.current_revision_id) == judging:
            return HttpResponse(status=204)
        last = found.current_revision.reviews.select_related("reviewer", "link").last() if found.current_revision else None
        return render(request, "posts/_judged.html", {"post": found, "last": last, "state": queries.overall(found)})
    if request.GET.get("seen") == queries.mark(found):
        return HttpResponse(status=204)
    return render(request, "posts/page/_refresh.html", live(request, found))
