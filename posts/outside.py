"""What was posted by hand on the networks: kept once, never mistaken for ours, shown beside ours."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from core.dispatch import ATTENTION, PROCESSING, SENDING, UNCONFIRMED, web_address
from libraries.permissions import Actor
from platforms.base import Seen
from platforms.models import Account
from posts.models import Delivery, OutsidePost

DOUBTFUL = (SENDING, PROCESSING, UNCONFIRMED, ATTENTION)
TEXT_MAX = 20_000
NEAR = timedelta(days=2)


def words(text: str) -> str:
    """A text as it is compared: spaces and case do not count, nor our own link at its end."""
    return " ".join(text.split()).casefold()


def keep(account: Account, seen: Iterable[Seen]) -> int:
    """Store what is none of ours. Returns how many are new.

    A post that may be one of ours whose outcome is still in doubt (same words, about the same time) waits for the
    next reading: by then it is known. One that turned out to be ours is taken out again.
    """
    found = {one.remote_id: one for one in seen if one.remote_id}
    with transaction.atomic():
        ours = set(Delivery.objects.filter(account=account, remote_id__in=found).values_list("remote_id", flat=True))
        OutsidePost.objects.filter(account=account, remote_id__in=ours).delete()
        doubtful = list(Delivery.objects.filter(account=account, state__in=DOUBTFUL))
        held = {str(value) for row in doubtful for value in row.checkpoint.values() if isinstance(value, str)}
        texts = {words(row.payload.get("text", "")) for row in doubtful}
        new = [
            OutsidePost(
                library_id=account.library_id, realm=account.realm, account=account, platform=account.platform,
                remote_id=one.remote_id[:200], text=one.text[:TEXT_MAX].replace("\0", ""), url=web_address(one.url), at=one.at,
            )
            for one in found.values()
            if one.remote_id not in ours and one.remote_id not in held and words(one.text) not in texts
        ]  # fmt: skip
        before = OutsidePost.objects.filter(account=account).count()
        OutsidePost.objects.bulk_create(
            new, update_conflicts=True, unique_fields=["account", "remote_id"], update_fields=["text", "url"]
        )
        return OutsidePost.objects.filter(account=account).count() - before


def between(actor: Actor, begins: datetime, ends: datetime) -> QuerySet[OutsidePost]:
    """What was made by hand in a span (aware, end exclusive), in the library's present mode; newest first."""
    mine = OutsidePost.objects.visible_to(actor).filter(realm=actor.library.mode, at__gte=begins, at__lt=ends)
    return mine.select_related("account")
