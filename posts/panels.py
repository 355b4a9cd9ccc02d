"""Places on our pages where apps above us may show something. They register; we never import them."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest

from posts.models import Post

Panel = Callable[[HttpRequest, Post], str]
_panels: dict[str, list[Panel]] = {}


def register(place: str, panel: Panel) -> None:
    """`place` is "post" (beneath the post page). Panels return safe HTML, or "" for nothing. Idempotent."""
    if panel not in _panels.setdefault(place, []):
        _panels[place].append(panel)


def render(place: str, request: HttpRequest, post: Post) -> list[str]:
    """The panels of a place, in the order they registered; empty ones are left out."""
    return [html for panel in _panels.get(place, []) if (html := panel(request, post))]
