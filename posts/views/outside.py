"""What was posted on the networks themselves, beside what goes out from here."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from libraries.access import Request, page
from posts.models import OutsidePost

A_PAGE = 25


@page("post.read")
@require_safe
def by_hand(request: Request) -> HttpResponse:
    """All of them, newest first."""
    mine = OutsidePost.objects.visible_to(request.actor).filter(realm=request.actor.library.mode)
    shown = Paginator(mine.select_related("account"), A_PAGE).get_page(request.GET.get("page"))
    return render(request, "posts/by_hand.html", {"page": shown, "zone": request.actor.library.zone})
