"""Tells the media library which drafts show a picture, so that nothing is deleted from under somebody's hands."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from media_library.uses import Use
from posts.models import WorkingCopy


def find(library_id: int, assets: Sequence[int]) -> dict[int, list[Use]]:
    """Working copies of posts that are not archived, by the pictures they show; newest first."""
    shows = Q()
    for pk in assets:
        shows |= Q(content__media__contains=[{"asset": pk}])
    if not assets:
        return {}
    copies = WorkingCopy.objects.filter(shows, post__library=library_id).exclude(post__state="archived")
    found: dict[int, list[Use]] = {}
    for copy in copies.select_related("post").order_by("-saved_at")[:200]:
        for row in copy.content.get("media", []):
            if row["asset"] in assets:
                use = Use(copy.post_id, copy.post.title, row.get("alt_text", ""), copy.saved_at, draft=True)
                found.setdefault(row["asset"], []).append(use)
    return found
