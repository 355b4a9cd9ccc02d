"""The list of posts: find, filter, and do one thing to many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from core.numbers import row_id
from libraries.access import Request, page
from libraries.models import Membership, User
from libraries.permissions import Refused, roles_for
from platforms import registry
from posts import actions, glance, paging, queries
from posts.models import Post

A_PAGE = 25
MANY: dict[str, Callable[..., Any]] = {
    "archive": actions.archive_post, "pause": actions.pause_post, "resume": actions.resume_post,
    "duplicate": actions.duplicate_post, "shift": actions.shift_post, "hand": actions.hand_over,
}  # fmt: skip
DAYS_MAX = 400


@page("post.read")
@require_safe
def posts(request: Request) -> HttpResponse:
    """All posts, as the address filters them."""
    asked = request.GET.dict()
    found = queries.matching(request.actor, asked).select_related("author", "event", "campaign", "working_copy", "library")
    shown = paging.stretch(found, "updated_at", asked, A_PAGE)
    for post in glance.look(shown.rows):
        vars(post).update(overall=queries.overall(post))  # for the template alone
    filters = ("state", "platform", "account", "branch", "person", "campaign", "q")
    context = {
        "page": shown, "asked": asked, "filtered": any(asked.get(name) for name in filters),
        "platforms": [(name, registry.get(name).label) for name in registry.names()],
        "may_draft": request.actor.may("post.draft"), "may_schedule": request.actor.may("post.schedule"),
        "n_waiting": queries.waiting(request.actor).count() if request.actor.may("post.approve") else 0,
        "colleagues": colleagues(request), **queries.choices(request.actor),
    }  # fmt: skip
    return render(request, "posts/list.html", context)


def colleagues(request: Request) -> Any:
    """Who may take a draft over."""
    writes = Membership.objects.filter(library=request.actor.library, is_active=True, role__in=roles_for("post.draft"))
    return User.objects.filter(pk__in=writes.values("user"), is_active=True).order_by("name")


@page("post.draft")
@require_POST
def many(request: Request) -> HttpResponse:
    """One action for all that were ticked. Each is done or refused by itself."""
    do, done, refused = MANY.get(request.POST.get("act", "")), 0, []
    chosen = [pk for raw in request.POST.getlist("post") if (pk := row_id(raw))]
    if do is None or not chosen:
        messages.warning(request, _("Tick at least one post first."))
        return redirect(_back(request))
    with_what = _with_what(request)
    if with_what is None:
        return redirect(_back(request))
    for post in Post.objects.visible_to(request.actor).filter(pk__in=chosen).select_related("working_copy", "event"):
        try:
            do(actor=request.actor, post=post, **with_what)
            done += 1
        except Refused as no:
            refused.append(f"“{post}”: {no.text}")
        except PermissionDenied as no:
            refused.append(f"“{post}”: {no}")
    if done:
        messages.success(request, ngettext("Done for %(n)s post.", "Done for %(n)s posts.", done) % {"n": done})
    for text in refused[:5]:
        messages.error(request, text)
    return redirect(_back(request))


def _with_what(request: Request) -> dict[str, Any] | None:
    """What the chosen action needs to know besides the posts; None (and a message) where the form does not say it."""
    act = request.POST.get("act")
    if act == "shift":
        raw = request.POST.get("days", "").strip().replace("\u2212", "-")
        days = int(raw) if raw.lstrip("+-").isdigit() and len(raw) <= 5 else 0
        if days and abs(days) <= DAYS_MAX:
            return {"days": days}
        messages.warning(request, _("Say by how many days: 7 for a week later, -1 for a day earlier."))
        return None
    if act == "hand":
        person = User.objects.filter(pk=row_id(request.POST.get("to", "")), memberships__library=request.actor.library).first()
        if person is None:
            messages.warning(request, _("Choose the colleague who takes them over."))
            return None
        return {"to": person}
    return {}


def _back(request: Request) -> str:
    """The list with the filter it had."""
    asked = request.POST.get("back", "")
    good = url_has_allowed_host_and_scheme(asked, {request.get_host()}) and asked.startswith(reverse("posts:list"))
    return asked if good else reverse("posts:list")
