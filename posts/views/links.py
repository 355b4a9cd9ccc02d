"""Our short links: `/r/<slug>` leads on and counts."""

from __future__ import annotations

from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from libraries.access import public
from posts.models import TrackedLink


@public
@require_safe
def follow(request: HttpRequest, slug: str) -> HttpResponse:
    """To the page that the post promised. Counts visits, keeps nothing about the visitor; a HEAD is no visit."""
    link = get_object_or_404(TrackedLink, slug=slug)
    if request.method == "GET":
        TrackedLink.objects.filter(pk=link.pk).update(visits=F("visits") + 1)
    return HttpResponseRedirect(
        link.target, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer-when-downgrade"}
    )
