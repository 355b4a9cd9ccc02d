"""Pausing an account or everything, and resuming: what became too late waits for a person's word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

import audit.record
from audit.actions import Action
from core.dispatch import EXPIRED, SCHEDULED
from libraries.permissions import Actor, Refused, require
from platforms.models import Account
from posts.actions.delivering import cancel_delivery, send_again
from posts.actions.events import NOT_OUT
from posts.actions.freezing import expiry
from posts.actions.holding import hold_deliveries, release_deliveries
from posts.models import Delivery, Hold, Pause
from posts.models.pausing import stand_in_line

SEND, MOVE, CANCEL, WAIT = "send", "move", "cancel", "wait"


@dataclass(frozen=True)
class Choice:
    """What becomes of one post that is past its time. `when` (aware) for MOVE."""

    what: str
    when: datetime | None = None


def pause_publishing(*, actor: Actor, reason: str, account: Account | None = None) -> Pause:
    """Nothing goes out to this account (None: to any) until somebody resumes it; what is scheduled later waits too.

    Raises Refused `reason_needed`, `paused_already`. What a network is just being told cannot be stopped any more.
    """
    require(actor, "post.schedule", account or actor.library)
    if not reason.strip():
        raise Refused("reason_needed", _("Say why, so that colleagues know what they look at."))
    try:
        with transaction.atomic():
            stand_in_line(actor.library.pk, alone=True)
            pause = Pause.objects.create(
                library=actor.library, account=account, reason=reason.strip()[:300], begun_by=actor.user
            )
            audit.record.record(actor, Action.PAUSE_BEGUN, pause, reason=pause.reason, account=account.pk if account else None)
            hold_deliveries(actor, _covered(pause), pause.hold, pause.reason, states=NOT_OUT)
    except IntegrityError:
        raise Refused("paused_already", _("It is paused already. A colleague was first.")) from None
    pause.refresh_from_db()
    return pause


def _covered(pause: Pause) -> QuerySet[Delivery]:
    rows = Delivery.objects.filter(library=pause.library_id)
    return rows.filter(account=pause.account_id) if pause.account_id else rows


def late_of(pause: Pause) -> list[Delivery]:
    """What a pause made late: held past its time, or given up meanwhile. Of a thread only the first part that waits."""
    waits = Q(state=SCHEDULED, due_at__lte=timezone.now(), holds__reason=pause.hold)
    gone = Q(state=EXPIRED, holds__reason=pause.hold)
    rows = _covered(pause).filter(waits | gone).select_related("post", "post__event", "post__library", "account")
    first: dict[tuple[int, int], Delivery] = {}
    for row in rows.order_by("part", "pk").distinct():
        first.setdefault((row.post_id, row.account_id), row)
    return sorted(first.values(), key=lambda row: (row.due_at, row.pk))


def end_pause(*, actor: Actor, pause: Pause, choices: Mapping[int, Choice] | None = None) -> Pause:
    """Resume. `choices` by delivery id for what is late; what nobody chose for keeps waiting, as a paused post.

    Raises Refused `resumed` where a colleague was first.
    """
    require(actor, "post.schedule", pause)
    with transaction.atomic():
        stand_in_line(pause.library_id, alone=True)
        ended = Pause.objects.filter(pk=pause.pk, ended_at=None).update(ended_at=Now(), ended_by=actor.user)
        if not ended:
            raise Refused("resumed", _("A colleague resumed it already."))
        audit.record.record(actor, Action.PAUSE_ENDED, pause, reason=pause.reason)
        for first in late_of(pause):
            choice = (choices or {}).get(first.pk, Choice(WAIT))
            for part in _parts_from(first, last_first=choice.what == CANCEL):
                _settle(actor, part, choice, pause)
        release_deliveries(actor, _covered(pause), pause.hold)
    pause.refresh_from_db()
    return pause


def _parts_from(first: Delivery, *, last_first: bool) -> QuerySet[Delivery]:
    """This part and what hangs on it, unsent; what was begun last is cancelled first."""
    rows = Delivery.objects.filter(post=first.post_id, account=first.account_id, part__gte=first.part)
    rows = rows.filter(state__in=[SCHEDULED, EXPIRED]).select_related("post", "post__event", "post__library")
    return rows.order_by("-part" if last_first else "part")


def _settle(actor: Actor, delivery: Delivery, choice: Choice, pause: Pause) -> None:
    """One that is late: send it, move it, cancel it, or keep it waiting. What cannot be done keeps waiting."""
    try:
        if choice.what == CANCEL:
            if delivery.state == SCHEDULED:
                cancel_delivery(actor=actor, delivery=delivery, reason=pause.reason)
            return
        if choice.what in (SEND, MOVE):
            if delivery.state == EXPIRED:
                send_again(actor=actor, delivery=delivery)
            at = (choice.when if choice.what == MOVE else None) or timezone.now()
            Delivery.objects.filter(pk=delivery.pk, state=SCHEDULED).update(due_at=at, expires_at=expiry(delivery.post, at))
            audit.record.record(
                actor, Action.DELIVERY_RESCHEDULED, delivery, when=at.isoformat(), post=delivery.post_id
            )
            return
    except Refused:
        pass  # its post is no longer approved, or it is under way: below
    if delivery.state == SCHEDULED:
        Hold.objects.get_or_create(delivery=delivery, reason="paused", defaults={"detail": pause.reason})
        audit.record.record(actor, Action.DELIVERY_HELD, delivery, reason="paused", post=delivery.post_id)
