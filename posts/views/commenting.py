"""Comments of colleagues on a post: a part of its page, of the composer and of the review."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.numbers import row_id
from libraries.access import Request, page
from libraries.permissions import Refused
from posts import actions
from posts.actions.commenting import people_here
from posts.models import Post, PostComment


def context_of(request: Request, post: Post, said: str = "", typed: str = "", under: int = 0) -> dict[str, Any]:
    """Threads in the order they were begun, settled ones last; `said` is why `typed` was not taken."""
    rows = list(
        PostComment.objects.visible_to(request.actor).filter(post=post).select_related("author", "resolved_by", "revision")
    )
    answers: dict[int, list[PostComment]] = {}
    for row in rows:
        if row.parent_id:
            answers.setdefault(row.parent_id, []).append(row)
    threads = [(row, answers.get(row.pk, [])) for row in rows if not row.parent_id]
    may_settle = {
        row.pk for row, _answers in threads
        if request.actor.user_id in (row.author_id, post.author_id) or request.actor.may("post.edit_any", post)
    }  # fmt: skip
    may = request.actor.may("post.comment", post)
    return {
        "post": post, "open_threads": [t for t in threads if not t[0].resolved_at],
        "settled": [t for t in threads if t[0].resolved_at], "may_comment": may, "may_settle": may_settle,
        "people": [user.name for user in people_here(post)] if may else [], "said": said, "typed": typed, "under": under,
    }  # fmt: skip


def panel(request: HttpRequest, post: Post) -> str:
    """Beneath the page of a post."""
    return render_to_string("posts/comments/_panel.html", context_of(cast(Request, request), post), request=request)


def _post(request: Request, pk: int) -> Post:
    return get_object_or_404(Post.objects.visible_to(request.actor).select_related("author", "library", "current_revision"), pk=pk)


@page("post.read", write="post.comment")
def comments(request: Request, pk: int) -> HttpResponse:
    """GET: the part by itself. POST: say something; htmx gets the part back, others the post's page."""
    post = _post(request, pk)
    if request.method != "POST":
        return render(request, "posts/comments/_panel.html", context_of(request, post))
    parent_id = row_id(request.POST.get("parent", ""))
    mine = PostComment.objects.visible_to(request.actor).filter(post=post).select_related("author")
    parent = get_object_or_404(mine, pk=parent_id) if parent_id else None
    typed = request.POST.get("body", "")
    try:
        actions.comment_post(actor=request.actor, post=post, body=typed, parent=parent)
    except Refused as no:
        if request.headers.get("HX-Request"):
            return render(request, "posts/comments/_panel.html", context_of(request, post, no.text, typed, parent_id or 0), status=422)
        messages.error(request, no.text)
        return redirect("posts:post", pk=pk)
    if request.headers.get("HX-Request"):
        return render(request, "posts/comments/_panel.html", context_of(request, post))
    messages.success(request, _("Said. Whom it concerns is told."))
    return redirect("posts:post", pk=pk)


@page("post.comment")
@require_POST
def settle(request: Request, pk: int) -> HttpResponse:
    """A thread is dealt with, or opened again."""
    comment = get_object_or_404(PostComment.objects.visible_to(request.actor).select_related("post", "author"), pk=pk)
    actions.settle_comment(actor=request.actor, comment=comment, open_again=bool(request.POST.get("open_again")))
    if request.headers.get("HX-Request"):
        return render(request, "posts/comments/_panel.html", context_of(request, _post(request, comment.post_id)))
    return redirect("posts:post", pk=comment.post_id)
