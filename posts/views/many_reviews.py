"""Several approvals at once: only what was opened and seen, each on its own, and what did not work said by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.numbers import row_id
from libraries.access import Request, page
from libraries.permissions import Refused
from media_library.inspect import PictureRefused
from posts import actions, approvers, checking, diffing, queries, standing, times
from posts.models import Post, Review
from posts.views.reviewing import compared

SALT = "posts.seen"
SEEN_FOR_S = 2 * 3600  # a visit
AT_ONCE = 50


@dataclass
class Result:
    """What came of one post."""

    post: Post
    good: bool
    words: str


def _posts(request: Request) -> QuerySet[Post]:
    mine = Post.objects.visible_to(request.actor).filter(realm=request.actor.library.mode)
    return mine.select_related("author", "event", "event__branch", "current_revision", "library", "working_copy")


def seen_mark(request: Request, post: Post) -> str:
    """Proof that this person was shown this very version just now."""
    return signing.dumps([request.actor.user_id, post.pk, post.current_revision_id], salt=SALT)


def was_seen(request: Request, post: Post) -> bool:
    try:
        held = signing.loads(request.POST.get(f"seen-{post.pk}", ""), salt=SALT, max_age=SEEN_FOR_S)
    except signing.BadSignature:
        return False
    return bool(held == [request.actor.user_id, post.pk, post.current_revision_id])


@page("post.approve")
@require_safe
def review_many(request: Request) -> HttpResponse:
    """What waits, folded; each is opened (also by `?open=` where no script runs) before it can be ticked."""
    return _shown(request, [])


def _shown(request: Request, results: list[Result], said: str = "") -> HttpResponse:
    waiting, of_others = approvers.split(request.actor, queries.waiting(request.actor))
    opened = {pk for raw in request.GET.getlist("open") if (pk := row_id(raw))}
    able = [post for post in waiting if _may_judge(request, post)]
    rows = [(post, seen(request, post) if post.pk in opened else None) for post in able[:AT_ONCE]]
    context = {
        "rows": rows, "n_own": len(waiting) - len(able), "of_others": of_others, "results": results, "said": said,
        "n_more": max(len(able) - AT_ONCE, 0), "now": timezone.now(), "opened": sorted(opened),
    }  # fmt: skip
    return render(request, "posts/review/many.html", context, status=422 if said else 200)


def _may_judge(request: Request, post: Post) -> bool:
    revision = post.current_revision
    return revision is not None and (request.actor.library.self_review or not actions.wrote(request.actor, post, revision))


def seen(request: Request, post: Post) -> dict[str, Any]:
    """Everything one must have seen of a post before approving it among others."""
    revision, now = post.current_revision, timezone.now()
    assert revision is not None
    before = compared(post, revision)
    checked = standing.looks_of(request.actor, post, standing.content_of(revision))
    strong, rest = checking.will(len(checked.chosen), post.planned_for, post.zone, now, "", "publish")
    return {
        "post": post, "checked": checked, "zone": post.zone, "will_strong": strong, "will_rest": rest, "before": before,
        "changes": diffing.changes(before, revision) if before else [], "mark": seen_mark(request, post), "now": now,
        "asked_before": before.reviews.select_related("reviewer", "link").last() if before else None,
    }  # fmt: skip


@page("post.approve")
@require_safe
def look(request: Request, pk: int) -> HttpResponse:
    """One post opened in the list."""
    post = get_object_or_404(_posts(request), pk=pk)
    if post.state != "in_review":
        return render(request, "posts/review/_gone.html", {"post": post})
    return render(request, "posts/review/_seen.html", seen(request, post))


@page("post.approve")
@require_POST
def approve_many(request: Request) -> HttpResponse:
    """Approve what was ticked and seen: one transaction each, and one that fails stops no other."""
    chosen = [pk for raw in request.POST.getlist("post") if (pk := row_id(raw))][:AT_ONCE]
    posts = _posts(request).filter(pk__in=chosen).order_by("planned_for", "pk")
    results = [_approve(request, post) for post in posts]
    return _shown(request, results, "" if results else _("Open a post and tick it first."))


def _approve(request: Request, post: Post) -> Result:
    if not was_seen(request, post):
        return Result(post, False, _("Not approved: you did not open this version in this visit. Look at it first."))
    revision = post.current_revision
    assert revision is not None
    if post.planned_for is not None and post.planned_for <= timezone.now():
        return Result(post, False, _("Not approved: its time has passed. Review it alone and choose another."))
    try:
        actions.review_post(actor=request.actor, post=post, revision=revision, verdict=Review.APPROVE)
    except Refused as no:
        return Result(post, False, _("Not approved: %(why)s") % {"why": no.text})
    if not request.actor.may("post.schedule", post):
        return Result(post, True, _("Approved. Somebody who may schedule gives it its time."))
    try:
        actions.schedule_post(actor=request.actor, post=post, when=post.planned_for or times.soon())
    except (Refused, PictureRefused) as no:
        return Result(post, False, _("Approved, but not scheduled: %(why)s") % {"why": no.text})
    return Result(post, True, _("Approved and scheduled.") if post.planned_for else _("Approved. It goes out in 10 seconds."))
