"""The review queue: one post after another, with what is needed to judge it, under a thumb."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.numbers import row_id
from libraries.access import Request, page
from libraries.permissions import Refused
from media_library.inspect import PictureRefused
from posts import actions, approvers, checking, diffing, queries, standing, times
from posts.actions.amending import UNDO_FOR
from posts.forms import PlanForm, ReviewForm, plan_initial, text
from posts.forms_review import LetterForm, Mending
from posts.models import Post, Review, Revision
from posts.views import when

DONE_MOST = 999


@page("post.approve")
@require_safe
def queue(request: Request) -> HttpResponse:
    return show(request)


def show(
    request: Request, *, at: int = 0, form: ReviewForm | None = None, plan: PlanForm | None = None, said: str = "",
    told: str = "", undo: int = 0, done: int | None = None, mending: Mending | None = None, letter: LetterForm | None = None,
) -> HttpResponse:  # fmt: skip
    """One post of the queue (the asked one, else the first that waits), with its neighbours.

    htmx gets the part that changes. `said` is why something was refused, `told` what was done, `undo` the post it was
    done to, `done` how many this visit has dealt with.
    """
    in_order = queries.waiting(request.actor)
    waiting, of_others = approvers.split_ids(request.actor, in_order)
    asked = at or row_id(request.GET.get("post", "")) or 0
    position = waiting.index(asked) if asked in waiting else 0
    found = in_order.filter(pk=waiting[position]).first() if waiting else None
    done = min(row_id(request.GET.get("done", "")) or 0, DONE_MOST) if done is None else done
    context: dict[str, Any] = {
        "waiting": waiting, "of_others": of_others, "n": done + position + 1, "of": done + len(waiting), "done": done,
        "said": said, "told": told, "undo": _undoable(request, undo or row_id(request.GET.get("undo", "")) or 0),
        "missing": asked and asked not in waiting,
    }  # fmt: skip
    if found:
        context |= _one(request, found, form, plan, mending)
        context["letter"] = letter or LetterForm(auto_id="letter_%s")
        context["earlier"] = waiting[position - 1] if position else None
        context["later"] = waiting[position + 1] if position + 1 < len(waiting) else None
    bad = form or plan or said or mending or letter
    name = "posts/review/_one.html" if request.headers.get("HX-Request") else "posts/review.html"
    return render(request, name, context, status=422 if bad else 200)


def _undoable(request: Request, pk: int) -> Post | None:
    """The post that this person judged last, while they may take that back."""
    post = Post.objects.visible_to(request.actor).filter(pk=pk).select_related("current_revision").first() if pk else None
    return post if post and _own_review(request, post) else None


def _own_review(request: Request, post: Post) -> Review | None:
    return Review.objects.filter(
        revision=post.current_revision_id, reviewer=request.actor.user, created_at__gt=timezone.now() - UNDO_FOR
    ).first()


def compared(post: Post, revision: Revision) -> Revision | None:
    """The version to compare with: the last that was judged, else the one that a reviewer mended.

    An approval that was taken back left the same words as they were: there is nothing to compare then.
    """
    before = queries.last_reviewed(post) or revision.small_edit_of
    if before is None or before.digest != revision.digest:
        return before
    last = before.reviews.last()
    return None if last is None or last.verdict == Review.APPROVE else before


def _one(
    request: Request, post: Post, form: ReviewForm | None, plan: PlanForm | None, mending: Mending | None
) -> dict[str, Any]:
    revision, now = post.current_revision, timezone.now()
    assert revision is not None  # what is in review was submitted, as a revision
    past = post.planned_for is not None and post.planned_for <= now
    if plan is None:
        plan = PlanForm(
            zone=post.zone, now=now, initial=plan_initial(None if past else post.planned_for, post.zone, now)
        )
    before = compared(post, revision)
    mine = actions.wrote(request.actor, post, revision)
    checked = standing.looks_of(request.actor, post, standing.content_of(revision))
    more, planned = when.also(request.actor, post), None if past else post.planned_for
    strong, rest = checking.will(len(checked.chosen), planned, post.zone, now, more, "publish")
    return {
        "post": post, "revision": revision, "checked": checked, "plan": plan, "past": past, "form": form or ReviewForm(),
        "plan_open": past or plan.is_bound, "mine": mine, "may_own": request.actor.library.self_review,
        "before": before, "changes": diffing.changes(before, revision) if before else [],
        "asked_before": before.reviews.select_related("reviewer", "link").last() if before else None,
        "will_strong": strong, "will_rest": rest, "zone": post.zone,
        "mending": mending or Mending(revision, checked), "people": approvers.people_for(post),
        "links": post.approval_links.select_related("made_by"), "now": now,
    }  # fmt: skip


@page("post.approve")
@require_POST
def review(request: Request, pk: int) -> HttpResponse:
    """Approve (and schedule) or ask for changes; then on to the next, with this one to be taken back."""
    post = get_object_or_404(
        Post.objects.visible_to(request.actor).select_related("event", "library", "current_revision"), pk=pk
    )
    form = ReviewForm(request.POST)
    plan = PlanForm(request.POST, zone=post.zone, now=timezone.now())
    approves = request.POST.get("verdict") == Review.APPROVE
    done = min(row_id(request.POST.get("done", "")) or 0, DONE_MOST)
    if not form.is_valid() or (approves and not plan.is_valid()):
        return show(request, at=pk, form=form, plan=plan if approves else None, done=done)
    try:
        told = _judge(request, post, form, plan, approves)
    except Refused as no:
        if no.code == "comment_needed":
            form.add_error("comment", no.text)
            return show(request, at=pk, form=form, done=done)
        return show(request, at=pk, said=no.text, done=done)
    if request.headers.get("HX-Request"):
        answer = show(request, told=told, undo=pk, done=done + 1)
        answer["HX-Push-Url"] = f"{reverse('posts:queue')}?{urlencode({'done': done + 1, 'undo': pk})}"
        return answer
    messages.success(request, told)
    return redirect(f"{reverse('posts:queue')}?{urlencode({'done': done + 1, 'undo': pk})}")


def _judge(request: Request, post: Post, form: ReviewForm, plan: PlanForm, approves: bool) -> str:
    said = form.cleaned_data
    revision = get_object_or_404(post.revisions, pk=said["revision"])
    actions.review_post(
        actor=request.actor, post=post, revision=revision, verdict=said["verdict"], comment=said["comment"]
    )
    if not approves:
        return _("Sent back. Its author sees what should change.")
    return schedule_approved(request, post, plan)


def schedule_approved(request: Request, post: Post, plan: PlanForm) -> str:
    """Give what was just approved its time, and say what came of it."""
    if not request.actor.may("post.schedule", post):
        return _("Approved. Somebody who may schedule gives it its time.")
    try:
        actions.schedule_post(actor=request.actor, post=post, when=plan.moment or times.soon())
    except (Refused, PictureRefused) as no:
        return _("Approved, but not scheduled: %(why)s") % {"why": no.text}
    return _("Approved and scheduled.") if plan.moment else _("Approved. It goes out in 10 seconds.")


@page("post.approve")
@require_POST
def unreview(request: Request, pk: int) -> HttpResponse:
    """Take back what one said a moment ago; the post waits again and is shown."""
    post = get_object_or_404(Post.objects.visible_to(request.actor).select_related("current_revision"), pk=pk)
    done = max((row_id(request.POST.get("done", "")) or 0) - 1, 0)
    own = _own_review(request, post)
    try:
        if own is None:
            raise Refused("nothing", _("There is nothing of yours to take back here."))
        actions.undo_review(actor=request.actor, review=own)
    except Refused as no:
        messages.error(request, no.text)
        return redirect("posts:post", pk=pk)
    messages.success(request, _("Taken back. It waits for review again, and nothing of it goes out."))
    return redirect(f"{reverse('posts:queue')}?{urlencode({'post': pk, 'done': done})}")


def _numbered(said: dict[str, str], prefix: str) -> dict[int, str]:
    """The fields that are named so and a row's number, by that number."""
    found = {row_id(name.removeprefix(prefix)): words for name, words in said.items() if name.startswith(prefix)}
    return {of: words for of, words in found.items() if of}


def _threads(said: dict[str, str]) -> dict[int, dict[int, str]]:
    """The parts of threads, named thread-<account>-<place>."""
    found: dict[int, dict[int, str]] = {}
    for name, words in said.items():
        kind, _dash, rest = name.partition("-")
        account, _dash, place = rest.partition("-")
        if kind == "thread" and row_id(account) and (n := row_id(place)) is not None:
            found.setdefault(int(account), {})[n] = words
    return found


@page("post.approve")
@require_POST
def amend(request: Request, pk: int) -> HttpResponse:
    """Keep what the reviewer mended as a new version in their name."""
    post = get_object_or_404(
        Post.objects.visible_to(request.actor).select_related("event", "library", "current_revision"), pk=pk
    )
    revision = post.revisions.filter(pk=row_id(request.POST.get("revision", "")) or 0).first()
    if revision is None:
        return show(request, at=pk, said=_("Look at the version that stands before you change it."))
    said = {name: text(str(value)) for name, value in request.POST.items()}
    variants = _numbered(said, "text-")
    alts = {of: words.strip() for of, words in _numbered(said, "alt-").items()}
    body = said.get("body", revision.body)
    try:
        new = actions.amend_post(
            actor=request.actor, post=post, revision=revision, body=body, variants=variants, alts=alts,
            threads=_threads(said), comment=said.get("comment"),
        )  # fmt: skip
    except Refused as no:
        kept = Mending(revision, None, said, no.text)
        return show(request, at=pk, said=no.text if no.code in ("stale", "not_in_review") else "", mending=kept)
    if actions.wrote(request.actor, post, new):
        words = _("Kept as version %(n)s in your name. A colleague approves it now.")
    else:
        words = _("Kept as version %(n)s in your name. You can approve it at once.")
    messages.success(request, words % {"n": new.number})
    return redirect(f"{reverse('posts:queue')}?{urlencode({'post': pk})}")
