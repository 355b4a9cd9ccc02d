"""Template tags of the review's pages."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from libraries.templatetags.ui import badge
from posts import approvers, diffing
from posts.models import ApprovalLink, Post, Review

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


@register.simple_tag
def approver_names(post: Post) -> str:
    """Who may approve it, as a list of names."""
    return ", ".join(str(user) for user in approvers.people_for(post))


@register.simple_tag
def mended(post: Post) -> SafeString:
    """What a reviewer changed while judging, or a manager after it was published, for whoever wrote it; nothing else."""
    revision = post.current_revision
    if revision is None or revision.small_edit_of is None:
        return SafeString("")
    before = revision.small_edit_of
    told = {"before": before, "changes": diffing.changes(before, revision), "by": revision.created_by}
    told["after"] = before.reviews.filter(verdict=Review.APPROVE).exists()  # what was approved is mended no more
    return render_to_string("posts/_changes.html", told)
