"""Just before sending, the world is looked at once more: what was true when it was scheduled may not be any more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from core.database import hot
from core.dispatch import CANCELLED, EXPIRED, FAILED, SCHEDULED, SENDING, SENT, UNCONFIRMED
from inbox.models import Reply
from libraries.models import Membership
from libraries.permissions import roles_for
from media_library.rights import BARRED
from platforms import lines
from posts.actions import can_take_down, stop_recalled
from posts.models import Delivery, Hold, Takedown
from posts.models.delivery import BY_HAND

DRAFTERS = [str(role) for role in roles_for("post.draft")]
# One statement, written by hand: it runs for every post that goes out, and building it through the ORM cost more
# time than everything else together. Who wrote it may still write; the very revision is approved and nobody asked for
# changes since; the event still takes place; every picture may still be used, there, with everybody's consent.
MAY_GO = f"""
    SELECT delivery.id, CASE
      WHEN post.current_revision_id IS DISTINCT FROM delivery.revision_id OR post.state <> 'approved' OR COALESCE((
          SELECT verdict FROM posts_review WHERE revision_id = delivery.revision_id
          ORDER BY created_at DESC, id DESC LIMIT 1), '') <> 'approve' THEN 'approval'
      WHEN NOT EXISTS (
          SELECT 1 FROM libraries_membership AS m JOIN libraries_user AS u ON u.id = m.user_id
          JOIN posts_revision AS written ON written.id = delivery.revision_id
          WHERE m.user_id = written.created_by_id AND m.library_id = post.library_id AND m.is_active AND u.is_active
            AND m.role = ANY(%(drafters)s)) THEN 'author'
      WHEN event.id IS NOT NULL AND (event.state = 'cancelled' OR event.listing NOT IN ('scheduled', 'full'))
          THEN 'event'
      WHEN EXISTS (
          SELECT 1 FROM posts_revisionmedia AS r JOIN media_library_asset AS asset ON asset.id = r.asset_id
          JOIN libraries_library AS library ON library.id = asset.library_id
          WHERE r.revision_id = delivery.revision_id AND {BARRED.format(platform='delivery.platform')}) THEN 'media'
      WHEN EXISTS (
          SELECT 1 FROM posts_takedown WHERE delivery_id = delivery.id
            AND state IN ('scheduled', 'sending', 'unconfirmed')) THEN 'paused'
      ELSE '' END
    FROM posts_delivery AS delivery JOIN posts_post AS post ON post.id = delivery.post_id
    LEFT JOIN posts_event AS event ON event.id = post.event_id WHERE delivery.id = ANY(%(deliveries)s::bigint[])"""

PUBLISHED_TODAY = """
    SELECT account_id, published FROM platforms_daycount
    WHERE account_id = ANY(%s::bigint[]) AND day = (now() AT TIME ZONE 'UTC')::date"""

NOT_YET = "not_yet"


def takedown_may_go(takedown: Takedown) -> str:
    """A post is taken down once it is known to be up. One that was recalled while it was under way is waited for."""
    delivery = Delivery.objects.get(pk=takedown.delivery_id)
    if delivery.followers.filter(takedown__state__in=[SCHEDULED, SENDING, UNCONFIRMED]).exists():
        return NOT_YET  # a thread comes down from its end
    if delivery.state == SENT:
        Hold.objects.filter(delivery=delivery).delete()  # there is nothing left to keep from being sent
        return "" if can_take_down(delivery) else BY_HAND
    if delivery.state == SCHEDULED and not delivery.unresolved:
        stop_recalled(delivery)
        return NOT_YET
    return "not_up" if delivery.state in (CANCELLED, FAILED, EXPIRED) else NOT_YET


def deliveries_may_go(deliveries: Sequence[Delivery]) -> dict[int, str]:
    """Why each must wait for a person: the reason of a hold, or "" where it may go. By primary key; one query."""
    with hot.asked(MAY_GO, {"deliveries": [row.pk for row in deliveries], "drafters": DRAFTERS}) as cursor:
        return dict(cursor.fetchall())


def each(may_go: Callable[[Any], str]) -> Callable[[Sequence[Any]], dict[int, str]]:
    """The same question put to one row after the other, for kinds of which there are few."""
    return lambda rows: {row.pk: may_go(row) for row in rows}


def room_today(deliveries: Sequence[Delivery]) -> dict[int, int]:
    """Posts each account may still send today (UTC) on its network, by its id; counted in PostgreSQL.

    Accounts without a daily budget are left out.
    """
    most: dict[int, int] = {}
    for row in deliveries:
        if budget := lines.capabilities(row.account).limits.publishes_per_day:
            most[row.account_id] = budget
    if not most:
        return {}
    with hot.asked(PUBLISHED_TODAY, [list(most)]) as cursor:
        used = dict(cursor.fetchall())
    return {account: budget - used.get(account, 0) for account, budget in most.items()}


def reply_may_go(reply: Reply) -> str:
    """A reply goes while its author still may reply."""
    answers = [str(role) for role in roles_for("inbox.reply")]
    allowed = Membership.objects.filter(
        user=reply.author_id, library=reply.library_id, is_active=True, user__is_active=True, role__in=answers
    ).exists()
    return "" if allowed else "author"
