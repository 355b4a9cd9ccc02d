"""From an approved revision to its deliveries: one for each part that each account says, frozen to the letter."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import audit.record
from audit.actions import Action
from core.dispatch import CANCELLED, EXPIRED, FAILED, SCHEDULED
from posts import composing, utm
from posts.models import Delivery, Hold, Post, TrackedLink, Variant

# A newly approved version answers these; what is still true is found again just before sending.
SETTLED_BY_APPROVAL = ["edited", "approval", "media", "author", "before"]
KEEPS_FOR = timedelta(hours=24)  # rulings b.0.7: too late is worse than never
UNSENT = (SCHEDULED, CANCELLED, EXPIRED, FAILED)
NO_LEASE = {"lease_token": None, "leased_until": None, "leased_by": None}


def expiry(post: Post, due: datetime) -> datetime:
    """The event's start where the post announces one and it is still to come, else 24 hours after due.

    Never after the time at which the post is to come down.
    """
    ends = post.event.starts_at if post.event and post.event.starts_at > due else due + KEEPS_FOR
    return min(ends, post.take_down_at) if post.take_down_at and post.take_down_at > due else ends


def freeze(post: Post, variant: Variant, media: list[Any], due: datetime) -> list[Delivery]:
    """Create or freeze anew the deliveries of one account, in the order of their parts; those that are out are left out.

    Parts that this version has no more are cancelled. Runs in the transaction that schedules.
    """
    known = {
        row.part: row
        for row in Delivery.objects.select_for_update().filter(post=post, account=variant.account, occurrence="")
    }
    slug = _slug(post, variant, known)
    frozen, made, before = composing.payloads(variant, media, slug), [], None
    for part, content in enumerate(frozen):
        row = known.get(part)
        if row is None:
            row = _create(post, variant, content, due, part, before)
        elif row.state in UNSENT and not row.unresolved:
            _refreeze(post, variant, row, content, due)
        else:  # it is out already, or being sent right now
            before = row
            continue
        _link(post, variant, row, content["marker"])
        made.append(row)
        before = row
    for part in sorted(known.keys() - set(range(len(frozen))), reverse=True):
        _leave_out(known[part])
    return made


def _columns(post: Post, variant: Variant, content: dict[str, Any], due: datetime) -> dict[str, Any]:
    return {
        "revision": variant.revision, "payload": content, "payload_digest": composing.digest(content), "due_at": due,
        "expires_at": expiry(post, due),
    }  # fmt: skip


def _create(
    post: Post, variant: Variant, content: dict[str, Any], due: datetime, part: int, before: Delivery | None
) -> Delivery:
    return Delivery.objects.create(
        post=post, library_id=post.library_id, realm=post.realm, account=variant.account, part=part, after=before,
        platform=variant.account.platform, **_columns(post, variant, content, due),
    )  # fmt: skip


def _refreeze(post: Post, variant: Variant, known: Delivery, content: dict[str, Any], due: datetime) -> None:
    """Dropping the lease makes a worker that claimed the old text lose its claim before it opens an attempt."""
    Delivery.objects.filter(pk=known.pk).update(
        state="scheduled", error_code="", error_detail="", checkpoint={"cleared": known.tries}, strikes=0, absences=0,
        **NO_LEASE, **_columns(post, variant, content, due),
    )  # fmt: skip
    settled = SETTLED_BY_APPROVAL if post.tells_old_time else [*SETTLED_BY_APPROVAL, "moved"]
    Hold.objects.filter(delivery=known, reason__in=settled).delete()


def _leave_out(row: Delivery) -> None:
    moved = not row.unresolved and Delivery.objects.filter(pk=row.pk).move((SCHEDULED, FAILED), CANCELLED, **NO_LEASE)
    if moved:
        audit.record.record(None, Action.DELIVERY_CANCELLED, row, reason="part", post=row.post_id)


def _slug(post: Post, variant: Variant, known: dict[int, Delivery]) -> str:
    """The name of the short link in these parts: the one it had before, while the part that carries it is not out."""
    if not variant.revision.link or not composing.our_links_work(post.library):
        return ""
    carrying = next((n for n, one in enumerate(composing.payloads(variant, [], "x" * 8)) if one["marker"]), None)
    row = known.get(carrying) if carrying is not None else None
    link = TrackedLink.objects.filter(delivery=row).first() if row else None
    return link.slug if link else composing.new_slug()


def _link(post: Post, variant: Variant, row: Delivery, slug: str) -> None:
    if not slug:
        return
    target = utm.applied(variant.revision.link, variant.revision.utm, variant.platform)
    if not TrackedLink.objects.filter(delivery=row).update(target=target):
        TrackedLink.objects.create(
            slug=slug, target=target, library_id=post.library_id, realm=post.realm, delivery=row
        )
