"""Who approves what: for each branch, campaign and account the people who may, or every manager."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.numbers import row_id
from libraries.access import Request, page
from libraries.models import Branch, User
from libraries.permissions import Refused, roles_for
from platforms.models import Account
from posts import actions
from posts.models import Campaign, ReviewRule

TITLES = {"branch": gettext_lazy("Branches"), "campaign": gettext_lazy("Campaigns"), "account": gettext_lazy("Accounts")}


def _places(request: Request) -> dict[str, Any]:
    library = request.actor.library
    return {
        "branch": Branch.objects.filter(library=library).order_by("name"),
        "campaign": Campaign.objects.visible_to(request.actor).order_by("name"),
        "account": Account.objects.visible_to(request.actor).filter(realm=library.mode).order_by("platform", "name"),
    }


@page("settings.change")
def rules(request: Request) -> HttpResponse:
    """Look at all; change one at a time."""
    places = _places(request)
    if request.method == "POST":
        scope = request.POST.get("scope", "")
        if scope not in places:
            messages.error(request, _("Choose what it is for from the page."))
            return redirect("posts:rules")
        place = get_object_or_404(places[scope], pk=row_id(request.POST.get("place", "")) or 0)
        chosen = {pk for raw in request.POST.getlist("approver") if (pk := row_id(raw))}
        try:
            actions.set_approvers(actor=request.actor, place=place, approvers=chosen)
            messages.success(request, _("Saved for %(place)s.") % {"place": place})
        except Refused as no:
            messages.error(request, no.text)
        return redirect("posts:rules")
    return render(request, "posts/review/rules.html", {"groups": _groups(request, places), "able": _able(request)})


def _able(request: Request) -> list[User]:
    return list(
        User.objects.filter(
            is_active=True, memberships__library=request.actor.library, memberships__is_active=True,
            memberships__role__in=roles_for("post.approve"),
        ).order_by("name", "pk")
    )  # fmt: skip


def _groups(request: Request, places: dict[str, Any]) -> list[dict[str, Any]]:
    named: dict[tuple[str, int], set[int]] = {}
    for rule in ReviewRule.objects.visible_to(request.actor):
        named.setdefault((rule.scope, rule.branch_id or rule.campaign_id or rule.account_id or 0), set()).add(rule.approver_id)
    return [
        {"scope": scope, "title": TITLES[scope], "rows": [(place, named.get((scope, place.pk), set())) for place in rows]}
        for scope, rows in places.items()
    ]
