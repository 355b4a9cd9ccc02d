"""Just before sending, the world is looked at once more: what was true when it was scheduled may not be any more."""

from __future__ import annotations

from typing import Any

from django.db import connection

from core.dispatch import CANCELLED, EXPIRED, FAILED, SCHEDULED, SENT
from inbox.models import Reply
from libraries.models import Membership
from libraries.permissions import roles_for
from platforms import lines
from posts.actions import can_take_down, stop_recalled
from posts.models import Delivery, Hold, Takedown
from posts.models.delivery import BY_HAND

DRAFTERS = [str(role) for role in roles_for("post.draft")]
# One statement, written by hand: it runs for every post that goes out, and building it through the ORM cost more
# time than everything else together. Who wrote it may still write; the very revision is approved and nobody asked for
# changes since; the event still takes place; every picture may still be used.
MAY_GO = """
    SELECT CASE
      WHEN post.current_revision_id IS DISTINCT FROM %(revision)s OR post.state <> 'approved' OR COALESCE((
          SELECT verdict FROM posts_review WHERE revision_id = %(revision)s
          ORDER BY created_at DESC, id DESC LIMIT 1), '') <> 'approve' THEN 'approval'
      WHEN NOT EXISTS (
          SELECT 1 FROM libraries_membership AS m JOIN libraries_user AS u ON u.id = m.user_id
          JOIN posts_revision AS written ON written.id = %(revision)s
          WHERE m.user_id = written.created_by_id AND m.library_id = post.library_id AND m.is_active AND u.is_active
            AND m.role = ANY(%(drafters)s)) THEN 'author'
      WHEN event.id IS NOT NULL AND (event.state = 'cancelled' OR event.listing NOT IN ('scheduled', 'full'))
          THEN 'event'
      WHEN EXISTS (
          SELECT 1 FROM posts_revisionmedia AS r JOIN media_library_asset AS asset ON asset.id = r.asset_id
          WHERE r.revision_id = %(revision)s
            AND (asset.withdrawn_at IS NOT NULL OR asset.rights_until < current_date)) THEN 'media'
      WHEN EXISTS (
          SELECT 1 FROM posts_takedown WHERE delivery_id = %(delivery)s
            AND state IN ('scheduled', 'sending', 'unconfirmed')) THEN 'paused'
      ELSE '' END
    FROM posts_post AS post LEFT JOIN posts_event AS event ON event.id = post.event_id WHERE post.id = %(post)s"""

PUBLISHED_TODAY = """
    SELECT published FROM platforms_daycount WHERE account_id = %s AND day = (now() AT TIME ZONE 'UTC')::date"""


NOT_YET = "not_yet"


def takedown_may_go(takedown: Takedown) -> str:
    """A post is taken down once it is known to be up. One that was recalled while it was under way is waited for."""
    delivery = Delivery.objects.get(pk=takedown.delivery_id)
    if delivery.state == SENT:
        Hold.objects.filter(delivery=delivery).delete()  # there is nothing left to keep from being sent
        return "" if can_take_down(delivery) else BY_HAND
    if delivery.state == SCHEDULED and not delivery.unresolved:
        stop_recalled(delivery)
        return NOT_YET
    return "not_up" if delivery.state in (CANCELLED, FAILED, EXPIRED) else NOT_YET


def delivery_may_go(delivery: Delivery) -> str:
    """Why this delivery must wait for a person: the reason of a hold, or "" where it may go. One query."""
    words: dict[str, Any] = {"delivery": delivery.pk, "revision": delivery.revision_id, "post": delivery.post_id, "drafters": DRAFTERS}
    with connection.cursor() as cursor:
        cursor.execute(MAY_GO, words)
        return str(cursor.fetchone()[0])


def day_is_full(row: Any) -> bool:
    """Whether the account's daily budget on its network is used up; counted in PostgreSQL."""
    most = lines.capabilities(row.account).limits.publishes_per_day
    if not most or not isinstance(row, Delivery):
        return False
    with connection.cursor() as cursor:
        cursor.execute(PUBLISHED_TODAY, [row.account_id])
        counted = cursor.fetchone()
    return counted is not None and counted[0] >= most


def reply_may_go(reply: Reply) -> str:
    """A reply goes while its author still may reply."""
    answers = [str(role) for role in roles_for("inbox.reply")]
    allowed = Membership.objects.filter(
        user=reply.author_id, library=reply.library_id, is_active=True, user__is_active=True, role__in=answers
    ).exists()
    return "" if allowed else "author"
