"""Correcting what is out: one dialogue that says for each account what can be done there."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from core.numbers import row_id
from libraries.access import Request, page
from libraries.permissions import Refused
from media_library.inspect import PictureRefused
from platforms.registry import get
from posts import actions, standing
from posts.actions.correcting import AGAIN, CANNOT, CHANGES, EDITS
from posts.correcting import dialogue
from posts.models import Delivery, Post
from posts.typed import text
from posts.views.page import find


@page("post.recall")
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: Request, pk: int) -> HttpResponse:
    """The dialogue as a page of its own, for those who cannot open it and for what has to be typed again; and its answer."""
    post = find(request, pk)
    if request.method != "POST":
        return _shown(request, post)
    revision = post.revisions.filter(pk=row_id(request.POST.get("revision", "")) or 0).first()
    said = {name: text(str(value)) for name, value in request.POST.items()}
    if revision is None:
        return _shown(request, post, said, _("Look at the version that stands before you change it."))
    variants = {of: words for name, words in said.items() if name.startswith("text-") and (of := row_id(name[5:]))}
    try:
        outcome = actions.correct_post(
            actor=request.actor, post=post, revision=revision, body=said.get("body", revision.body), variants=variants
        )
    except Refused as no:
        return _shown(request, post, said, no.text)
    _tell(request, outcome)
    if said.get("again") and outcome[AGAIN]:
        return _again(request, post, outcome[AGAIN])
    return redirect("posts:post", pk=pk)


def _shown(request: Request, post: Post, said: Any = None, problem: str = "") -> HttpResponse:
    correcting = dialogue(post, standing.deliveries_of(post), said, problem)
    context = {"post": post, "correcting": correcting}
    return render(request, "posts/correct.html", context, status=422 if problem else 200)


def _again(request: Request, post: Post, deliveries: list[Delivery]) -> HttpResponse:
    try:
        again = actions.post_again(actor=request.actor, post=post, deliveries=deliveries)
    except (Refused, PictureRefused) as no:
        messages.error(request, no.text)
        return redirect("posts:post", pk=post.pk)
    messages.success(request, _("Taken down there, and posted again by this new post."))
    return redirect("posts:post", pk=again.pk)


def _tell(request: Request, outcome: dict[str, list[Delivery]]) -> None:
    if n := len(outcome[EDITS]):
        messages.success(request, ngettext("The new words go to %(n)s account.", "The new words go to %(n)s accounts.", n) % {"n": n})
    if n := len(outcome[CHANGES]):
        messages.success(request, ngettext("On %(n)s account it goes out with the new words.", "On %(n)s accounts it goes out with the new words.", n) % {"n": n})
    if left := outcome[CANNOT] + ([] if request.POST.get("again") else outcome[AGAIN]):
        names = ", ".join(f"{row.account.name} ({get(row.platform).label})" for row in left)
        messages.warning(request, _("The old words still stand there, as they cannot be changed: %(names)s.") % {"names": names})
    if not any(outcome.values()):
        messages.success(request, _("Kept as a new version. No account shows these words."))
