"""The tables that speak to networks, and what speaking and looking mean for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from core import remote
from inbox.models import Reply
from platforms.base import (
    Absent,
    Accepted,
    Adapter,
    CannotTell,
    Draft,
    Feature,
    Found,
    Identity,
    Memory,
    Published,
    Sighting,
)
from posts import composing
from posts.models import Correction, Delivery, Takedown
from posts.models.delivery import AccountDispatch
from scheduler import answering, correcting, rechecking

SKEW = timedelta(seconds=60)
BOUND_WINDOW = timedelta(days=2)


@dataclass(frozen=True)
class Kind:
    """One table. `recheck` tells by id why a row must not go out now ("" where it may); `speak` is the remote effect.

    `prepare` turns rows into what their adapter is given, by id; a row that cannot be prepared is left out.
    """

    model: type[AccountDispatch]
    prepare: Callable[[Sequence[Any]], dict[int, Any]]
    recheck: Callable[[Sequence[Any]], dict[int, str]]
    speak: Callable[[Adapter, Identity, Any, Any, Memory], Published | Accepted]
    look: Callable[[Adapter, Identity, Any, Any, datetime, Memory, frozenset[str]], Sighting]

    @property
    def name(self) -> str:
        return self.model._meta.model_name or ""


def bound_ids(row: Any) -> frozenset[str]:
    """Remote ids on this account that are other rows' of the same table."""
    since = timezone.now() - BOUND_WINDOW
    return frozenset(
        type(row).objects.filter(account_id=row.account_id, sent_at__gte=since)
        .exclude(pk=row.pk).exclude(remote_id="").values_list("remote_id", flat=True)
    )  # fmt: skip


def _publish(adapter: Adapter, who: Identity, row: Delivery, draft: Any, memory: Memory) -> Published | Accepted:
    if answers := answering.answers(draft):
        return adapter.reply(who, *answers, draft.text)
    return adapter.publish(who, draft, memory)


def _find(
    adapter: Adapter, who: Identity, row: Delivery, draft: Any, since: datetime, memory: Memory, bound: frozenset[str]
) -> Sighting:
    if answers := answering.answers(draft):
        if Feature.REPLY not in adapter.capabilities(who.facts).features:
            return CannotTell("this account cannot read comments")
        return adapter.find_reply(who, *answers, draft.text, since, bound)
    return adapter.find(who, draft, since, memory, bound)


def _take_down(adapter: Adapter, who: Identity, row: Takedown, draft: Any, memory: Memory) -> Published:
    with remote.saying(remote.Kind.VISIBLE):
        adapter.delete(who, row.delivery.remote_id)
    return Published(row.delivery.remote_id, row.delivery.remote_url, timezone.now())


def _is_down(
    adapter: Adapter, who: Identity, row: Takedown, draft: Any, since: datetime, memory: Memory, bound: frozenset[str]
) -> Sighting:
    """For a takedown, *found* means that the post is gone."""
    if adapter.exists(who, row.delivery.remote_id):
        return Absent()
    return Found(Published(row.delivery.remote_id, row.delivery.remote_url, timezone.now()))


def _reply(adapter: Adapter, who: Identity, row: Reply, draft: Any, memory: Memory) -> Published:
    return adapter.reply(who, row.conversation.external_id, _answered(row), row.body)


def _find_reply(
    adapter: Adapter, who: Identity, row: Reply, draft: Any, since: datetime, memory: Memory, bound: frozenset[str]
) -> Sighting:
    if Feature.REPLY not in adapter.capabilities(who.facts).features:
        return CannotTell("this account cannot read comments")
    return adapter.find_reply(who, row.conversation.external_id, _answered(row), row.body, since, bound)


def _answered(row: Reply) -> str | None:
    return row.in_reply_to.external_id if row.in_reply_to else None


def _drafts(rows: Sequence[Delivery]) -> dict[int, Draft]:
    return answering.addressed(composing.drafts({row.pk: row.payload for row in rows}), rows)


def _nothing(rows: Sequence[Any]) -> dict[int, None]:
    return dict.fromkeys(row.pk for row in rows)


DELIVERY = Kind(Delivery, _drafts, rechecking.deliveries_may_go, _publish, _find)
TAKEDOWN = Kind(Takedown, _nothing, rechecking.each(rechecking.takedown_may_go), _take_down, _is_down)
CORRECTION = Kind(
    Correction, _nothing, rechecking.each(correcting.may_go), correcting.put_right, correcting.stands_there
)
REPLY = Kind(Reply, _nothing, rechecking.each(rechecking.reply_may_go), _reply, _find_reply)
KINDS: dict[str, Kind] = {kind.name: kind for kind in (DELIVERY, TAKEDOWN, CORRECTION, REPLY)}
