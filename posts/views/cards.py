"""The small pictures of link cards, from our own table: no reader's browser ever asks the page itself."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from libraries.access import Request, page
from posts.models import LinkCard


@page("post.read")
@require_safe
def picture(request: Request, pk: int) -> HttpResponse:
    """The card's picture; 404 where it has none."""
    card = get_object_or_404(LinkCard.objects.visible_to(request.actor).exclude(picture=None), pk=pk)
    return HttpResponse(
        bytes(card.picture or b""), content_type="image/webp",
        headers={"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"},
    )  # fmt: skip
