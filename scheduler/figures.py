"""Reading how posts did: one call for many posts of an account, hourly while they are young, ever less later.

X bills every post that it is asked about, so live X is left out unless the owner of the server switches it on
(X_FIGURES). An account's turn is moved on before it is asked, so that a crash costs one reading.
"""

from __future__ import annotations

import logging
from datetime import UTC, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone

from libraries.models import PRACTICE
from platforms import accounts, lines, vault
from platforms.base import Feature, Metrics, RateLimited, RemoteError, Unauthorized
from platforms.models import Account, Cursor
from posts.models import Delivery, FigureSnapshot
from scheduler.presence import slots

log = logging.getLogger(__name__)
STREAM, BILLED = "figures", "twitter"
AT_ONCE, ACCOUNTS_AT_ONCE = 50, 20
YOUNG, OLD = timedelta(days=2), timedelta(days=30)
PACE = {"practice": timedelta(seconds=20), "live": timedelta(minutes=20)}
REST = {"practice": timedelta(minutes=1), "live": timedelta(hours=1)}   # of a young post; an older one rests a day
LEASE = timedelta(seconds=150)


def read_figures() -> int:
    """Ask the accounts whose turn it is. Returns of how many posts figures were kept."""
    read = 0
    for account in _due()[:ACCOUNTS_AT_ONCE]:
        with slots.take(f"figures:{account.platform}", 1) as free:
            if free and _lease(account):
                read += _read(account)
    return read


def may_ask(account: Account) -> bool:
    """Whether this account tells figures, and asking costs nothing that nobody agreed to."""
    if account.platform == BILLED and account.realm != PRACTICE and not settings.X_FIGURES:
        return False
    return Feature.METRICS in lines.capabilities(account).features


def _due() -> list[Account]:
    rests = Cursor.objects.filter(account=OuterRef("pk"), stream=STREAM, next_at__gt=Now())
    free = Q(blocked_until=None) | Q(blocked_until__lte=Now())
    connected = Account.objects.filter(free, ~Exists(rests), state=Account.CONNECTED).order_by("pk")
    return [account for account in connected if may_ask(account)]


def _lease(account: Account) -> bool:
    made = Cursor.objects.get_or_create(account=account, stream=STREAM, defaults={"next_at": Now()})[0]
    return bool(Cursor.objects.filter(pk=made.pk, next_at__lte=Now()).update(next_at=Now() + LEASE))


def wanted(account: Account) -> list[Delivery]:
    """Posts of the account whose figures have rested, the newest first, AT_ONCE at most."""
    now = timezone.now()
    young = FigureSnapshot.objects.filter(delivery=OuterRef("pk"), read_at__gt=now - REST[account.realm])
    today = FigureSnapshot.objects.filter(delivery=OuterRef("pk"), read_at__gt=now - timedelta(days=1))
    out = Delivery.objects.filter(
        library=account.library_id, account=account, state="sent", due_at__gt=now - OLD - YOUNG, sent_at__gt=now - OLD,
        part=0,
    )  # fmt: skip
    out = out.exclude(takedown__state="sent").filter(
        Q(~Exists(young), sent_at__gt=now - YOUNG) | Q(~Exists(today), sent_at__lte=now - YOUNG)
    )
    return list(out.order_by("-sent_at")[:AT_ONCE])


def _read(account: Account) -> int:
    deliveries = wanted(account)
    try:
        if deliveries:
            who = lines.fresh_identity(account)
            adapter = lines.adapter(account.platform, account.realm)
            connection.close()
            told = adapter.metrics(who, [delivery.remote_id for delivery in deliveries])
            for delivery in deliveries:
                keep(delivery, told.get(delivery.remote_id, Metrics()))
        _next(account, PACE[account.realm])
        return len(deliveries)
    except (RemoteError, vault.NoToken) as error:
        _failed(account, error)
        return 0
    finally:
        connection.close()


def keep(delivery: Delivery, told: Metrics) -> None:
    """Today's row of a delivery (UTC): what was told last stands. A post that nothing is told of rests all the same."""
    FigureSnapshot.objects.update_or_create(
        delivery=delivery, day=timezone.now().astimezone(UTC).date(),
        defaults={
            "library_id": delivery.library_id, "realm": delivery.realm, "read_at": timezone.now(),
            **{name: _count(getattr(told, name)) for name in FigureSnapshot.NAMES},
        },
    )  # fmt: skip


def _count(number: int | None) -> int | None:
    """A figure as it can be kept: networks have been seen to tell less than nothing."""
    return None if number is None else max(0, min(int(number), 2**63 - 1))


def _next(account: Account, wait: timedelta) -> None:
    Cursor.objects.filter(account=account, stream=STREAM).update(next_at=Now() + wait, read_at=Now(), failures=0)


def _failed(account: Account, error: Exception) -> None:
    if isinstance(error, vault.NoToken | Unauthorized):
        accounts.needs_reconnecting(account, getattr(error, "code", "no_token"))
    asked = error.retry_after if isinstance(error, RateLimited) else None  # posts still go out: only figures wait
    _next(account, max(PACE[account.realm], timedelta(minutes=5), asked or timedelta(0)))
    log.info("The figures of account %s could not be read: %s", account.pk, getattr(error, "code", error))
