"""Kept versions of a post, who else has it open, and settling two texts that were written at once."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import dateformat, timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from core.numbers import row_id
from libraries.access import Request, page
from libraries.permissions import Refused
from posts import actions, presence
from posts import versions as sides
from posts.models import KeptVersion, Post, Revision
from posts.versions import Side
from posts.views.editing import Editing, editable

CARRIED_NOT = {"csrfmiddlewaretoken", "settle", "seen", "version", "act", "take"}


@page("post.draft")
def versions(request: Request, pk: int) -> HttpResponse:
    """Every text that this post had and that was kept; ?show= compares one with the present text. POST keeps this one."""
    post = editable(request, pk)
    said = ""
    if request.method == "POST":
        try:
            kept = actions.keep_version(actor=request.actor, post=post, name=request.POST.get("name", ""))
        except Refused as no:
            said = no.text
        else:
            messages.success(request, _("This version is kept as “%(name)s”.") % {"name": kept})
            return redirect("posts:edit", pk=pk) if request.POST.get("back") else redirect("posts:versions", pk=pk)
    shown = _version(post, request.GET.get("show", ""))
    now = sides.of_post(post)
    seen = {
        "post": post, "said": said, "shown": shown, "shown_key": request.GET.get("show", ""),
        "kept": post.kept_versions.select_related("written_by", "kept_by"),
        "revisions": post.revisions.select_related("created_by").order_by("-number"),
        "changes": sides.differences(post, now, _side(shown, now)) if shown else [],
    }  # fmt: skip
    return render(request, "posts/versions/list.html", seen, status=422 if said else 200)


def _version(post: Post, key: str) -> KeptVersion | Revision | None:
    """`kept-3` or `version-2` (its row), None for nothing. Raises Http404 for what this post does not have."""
    kind, _dash, number = key.partition("-")
    if not key:
        return None
    asked = row_id(number) or 0
    if kind == "kept":
        return get_object_or_404(post.kept_versions, pk=asked)
    return get_object_or_404(post.revisions, pk=asked)


def _side(version: KeptVersion | Revision, now: Side) -> Side:
    if isinstance(version, Revision):
        return sides.of_revision(version, now.content)
    return Side(version.title, version.content)


@page("post.draft")
@require_POST
def restore(request: Request, pk: int) -> HttpResponse:
    """Go back to a version; the text until now is kept, so that this can be undone."""
    post = editable(request, pk)
    version = _version(post, request.POST.get("version", ""))
    if version is None:
        messages.error(request, _("Choose a version first."))
        return redirect("posts:versions", pk=pk)
    try:
        replaced = actions.restore_version(actor=request.actor, post=post, version=version)
    except Refused as no:
        messages.error(request, no.text)
        return redirect("posts:versions", pk=pk)
    messages.success(request, _("You are back at that text. The one until now is kept as “%(name)s”.") % {"name": replaced})
    return redirect(f"{reverse('posts:versions', args=[pk])}?undo=kept-{replaced.pk}")


def stored(post: Post) -> dict[str, Any]:
    """Which text is stored, by whom and when, for a page that holds another one."""
    copy = post.working_copy
    at = timezone.localtime(copy.saved_at, post.zone)
    return {"version": copy.version, "who": str(copy.saved_by or post.author),
            "at": dateformat.format(at, pgettext("time of day", "H:i"))}  # fmt: skip


@page("post.draft")
@require_POST
def here(request: Request, pk: int) -> JsonResponse:
    """An opened composer speaks up (`tab`), or says that it is closed (`left`). Answers who else is there."""
    post, tab = editable(request, pk), request.POST.get("tab", "")[:40]
    if request.POST.get("left"):
        presence.left(post, tab)
        return JsonResponse({})
    others = [other.told(request.actor.user_id, post) for other in presence.here(post, request.actor, tab)]
    return JsonResponse({"others": others, **stored(post)})


@page("post.draft")
@require_POST
def settle(request: Request, pk: int) -> HttpResponse:
    """Two texts of one post: look at both, or say which counts. The form brings mine; nothing of either is lost."""
    post = editable(request, pk)
    editing = Editing(request, post)
    mine = Side(editing.typed.title, editing.typed.content)
    choice = request.POST.get("settle", "")
    if choice not in ("mine", "theirs", "merged"):
        return _compare(request, post, mine)
    take = tuple(name for name in request.POST.getlist("take") if request.POST.get(f"take-{name}") == "mine")
    seen = row_id(request.POST.get("seen", "")) or 0
    try:
        actions.settle_conflict(actor=request.actor, post=post, mine=mine, choice=choice, seen=seen, take=take)
    except Refused as no:
        post.working_copy.refresh_from_db()
        return _compare(request, post, mine, no.text)
    said = {
        "mine": _("Your text counts now. The other one is kept under Versions."),
        "theirs": _("This is the other text. Yours is kept under Versions."),
        "merged": _("Both texts are joined as you chose. Each of them is kept under Versions."),
    }
    messages.success(request, said[choice])
    return redirect("posts:edit", pk=pk)


def _compare(request: Request, post: Post, mine: Side, said: str = "") -> HttpResponse:
    """Both texts beside each other. The form carries mine along, so that nothing depends on this page staying open."""
    carried = [
        (name, value) for name in request.POST for value in request.POST.getlist(name)
        if name not in CARRIED_NOT and not name.startswith("take-")
    ]  # fmt: skip
    changes = sides.differences(post, sides.of_post(post), mine)
    seen = {"post": post, "changes": changes, "carried": carried, "stored": stored(post), "said": said}
    return render(request, "posts/versions/compare.html", seen, status=422 if said else 200)
