"""Just before sending, the world is looked at once more: what was true when it was scheduled may not be any more."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from inbox.models import Reply
from libraries.models import Membership
from libraries.permissions import roles_for
from media_library.models import Asset
from platforms import lines
from platforms.models import DayCount
from posts.models import Delivery, Post, Review, RevisionMedia

DRAFTERS = [str(role) for role in roles_for("post.draft")]


def always(row: Any) -> str:
    return ""


def delivery_may_go(delivery: Delivery) -> str:
    """Why this delivery must wait for a person: the reason of a hold, or "" where it may go. One query."""
    today = timezone.now().date()
    overdue = Asset.objects.filter(Q(withdrawn_at__isnull=False) | Q(rights_until__lt=today), pk=OuterRef("asset_id"))
    approvals = Review.objects.filter(revision=OuterRef("current_revision")).order_by("-created_at", "-pk")
    post = (
        Post.objects.filter(pk=delivery.post_id)
        .select_related("event")
        .annotate(
            last_verdict=approvals.values("verdict")[:1],
            author_active=Exists(
                Membership.objects.filter(
                    user=OuterRef("author"), library=OuterRef("library"), is_active=True, user__is_active=True,
                    role__in=DRAFTERS,
                )
            ),
            media_off=Exists(RevisionMedia.objects.filter(Exists(overdue), revision=delivery.revision_id)),
        )
        .get()
    )  # fmt: skip
    if post.current_revision_id != delivery.revision_id or post.state != "approved" or post.last_verdict != "approve":
        return "approval"
    if not post.author_active:
        return "author"
    if post.event and not post.event.may_be_announced:
        return "event"
    return "media" if post.media_off else ""


def day_is_full(row: Any) -> bool:
    """Whether the account's daily budget on its network is used up; counted in PostgreSQL."""
    most = lines.capabilities(row.account).limits.publishes_per_day
    if not most or not isinstance(row, Delivery):
        return False
    return DayCount.objects.filter(account=row.account_id, day=timezone.now().date(), published__gte=most).exists()


def reply_may_go(reply: Reply) -> str:
    """A reply goes while its author still may reply."""
    answers = [str(role) for role in roles_for("inbox.reply")]
    allowed = Membership.objects.filter(
        user=reply.author_id, library=reply.library_id, is_active=True, user__is_active=True, role__in=answers
    ).exists()
    return "" if allowed else "author"


