"""Parts after the first: whom they answer, and what becomes of them when the one before does not go out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.database import hot
from core.dispatch import CANCELLED, EXPIRED, FAILED, SCHEDULED, SENT
from libraries import notices
from platforms.base import Draft
from posts.actions.holding import hold_deliveries, release_deliveries
from posts.models import Delivery
from posts.parts import is_comment

ANSWERS = "answers"  # in a Draft's options: (remote id of the post, remote id of the part before or None)
BEFORE = "before"
OVER = (CANCELLED, FAILED, EXPIRED)

WHOM = """
    SELECT later.id, earlier.remote_id, first.remote_id
    FROM posts_delivery AS later JOIN posts_delivery AS earlier ON earlier.id = later.after_id
    JOIN posts_delivery AS first ON first.post_id = later.post_id AND first.account_id = later.account_id
      AND first.occurrence = later.occurrence AND first.part = 0
    WHERE later.id = ANY(%s::bigint[])"""


def addressed(drafts: dict[int, Draft], rows: Sequence[Delivery]) -> dict[int, Draft]:
    """The drafts of later parts with whom they answer; the others as they are. One query where there is any such part."""
    later = {row.pk: row for row in rows if row.after_id is not None and row.pk in drafts}
    if not later:
        return drafts
    with hot.asked(WHOM, [list(later)]) as cursor:
        whom: Mapping[int, tuple[str, str]] = {pk: (before, first) for pk, before, first in cursor.fetchall()}
    for pk, row in later.items():
        before, first = whom[pk]
        answers = (before, None) if is_comment(row.payload) else (first, before)
        drafts[pk] = replace(drafts[pk], options={**drafts[pk].options, ANSWERS: answers})
    return drafts


def answers(draft: Draft) -> tuple[str, str | None] | None:
    """Whom a draft answers (the post, and the part before or None), or None where it is a post of its own."""
    found: Any = draft.options.get(ANSWERS)
    return (str(found[0]), found[1]) if found else None


def _stranded() -> QuerySet[Delivery]:
    """Scheduled parts whose earlier part will not go out, or stands where no machine can answer it."""
    lost = Q(after__state__in=OVER) | Q(after__state=SENT, after__remote_id__startswith="person:")
    held = Q(after__state=SCHEDULED, after__holds__reason=BEFORE)
    return Delivery.objects.filter(lost | held, state=SCHEDULED, after__isnull=False)


def watch_parts() -> int:
    """Hold parts whose earlier part is over without being up, and tell people; release them when it goes on after all.

    Returns how many were held or released. What keeps a part from going out too early is the claim itself.
    """
    changed = 0
    for row in _stranded().exclude(holds__reason=BEFORE).select_related("after")[:200]:
        if hold_deliveries(None, Delivery.objects.filter(pk=row.pk), BEFORE):
            changed += 1
            notices.raise_notice(
                row.library_id, f"delivery:{row.pk}", verb="post.schedule", tone="ask", path=f"/posts/{row.post_id}/",
                title=_("The rest of a post waits: the part before it is not up."),
                text=_("Send the part before it again, or cancel the rest. Nothing goes out of order."),
            )  # fmt: skip
    waiting = Delivery.objects.filter(state=SCHEDULED, holds__reason=BEFORE)
    free = waiting.exclude(pk__in=_stranded().values("pk"))
    for row in free[:200]:
        changed += release_deliveries(None, Delivery.objects.filter(pk=row.pk), BEFORE)
        notices.close_notices(row.library_id, f"delivery:{row.pk}")
    return changed
