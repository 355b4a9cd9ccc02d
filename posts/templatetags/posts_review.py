"""Template tags of the review's pages."""

from __future__ import annotations

from datetime import datetime

from django import template

from posts.models import ApprovalLink

register = template.Library()


@register.simple_tag
def letter_state(link: ApprovalLink, now: datetime) -> str:
    """open, used, revoked, over or stale."""
    return link.state(now)
