"""Template tags of the review's pages."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from libraries.templatetags.ui import badge
from posts.models import ApprovalLink, Post

register = template.Library()
NOT_APPROVED = ("draft", "in_review", "changes_requested")


@register.simple_tag
def letter_state(link: ApprovalLink, now: datetime) -> str:
    """open, used, revoked, over or stale."""
    return link.state(now)


@register.filter
def is_too_late(post: Post) -> bool:
    """Whether the time it was handed in for has passed without an approval, so that it was not published."""
    if post.planned_for is None or post.current_revision_id is None or post.state not in NOT_APPROVED:
        return False
    return post.planned_for <= timezone.now()


@register.simple_tag
def too_late(post: Post) -> SafeString:
    """A badge that says so, or nothing."""
    return SafeString(badge("expired", _("too late"))) if is_too_late(post) else SafeString("")
