"""Reading in what staff posted by hand on the networks: one stream per account, seldom and in one call."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone

from platforms import accounts, lines, vault
from platforms.base import Feature, RateLimited, RemoteError, Unauthorized
from platforms.models import Account, Cursor
from posts import outside

log = logging.getLogger(__name__)
STREAM = "own"
BACK = timedelta(days=14)
PACE = {"practice": timedelta(seconds=30), "live": timedelta(hours=1)}
LEASE = timedelta(seconds=150)


def read_in(limit: int = 20) -> int:
    """Ask the accounts that are due. Returns how many posts are new to us."""
    new = 0
    for account in _due()[:limit]:
        if not _lease(account):
            continue
        try:
            connection.close()
            who = lines.fresh_identity(account)
            seen = lines.adapter(account.platform, account.realm).own_posts(who, timezone.now() - BACK)
            new += outside.keep(account, seen)
            _next(account, PACE[account.realm])
        except (RemoteError, vault.NoToken) as error:
            _failed(account, error)
        finally:
            connection.close()
    return new


def _due() -> list[Account]:
    read = Cursor.objects.filter(account=OuterRef("pk"), stream=STREAM, next_at__gt=Now())
    connected = Account.objects.filter(
        ~Exists(read), Q(blocked_until=None) | Q(blocked_until__lte=Now()), state=Account.CONNECTED
    ).order_by("pk")
    return [one for one in connected if Feature.OWN_POSTS in lines.capabilities(one).features]


def _lease(account: Account) -> bool:
    """One reader at a time: the stream's next time is moved first, so that a crash costs one reading and no more."""
    made = Cursor.objects.get_or_create(account=account, stream=STREAM, defaults={"next_at": Now()})[0]
    return bool(Cursor.objects.filter(pk=made.pk, next_at__lte=Now()).update(next_at=Now() + LEASE))


def _next(account: Account, wait: timedelta) -> None:
    Cursor.objects.filter(account=account, stream=STREAM).update(next_at=Now() + wait, read_at=Now(), failures=0)


def _failed(account: Account, error: Exception) -> None:
    if isinstance(error, vault.NoToken | Unauthorized):
        accounts.needs_reconnecting(account, getattr(error, "code", "no_token"))
    if isinstance(error, RateLimited):
        accounts.block(account.pk, error.retry_after or timedelta(minutes=1), error.code)
    _next(account, max(PACE[account.realm], timedelta(minutes=2)))
    log.info("What was posted by hand on account %s could not be read: %s", account.pk, getattr(error, "code", error))
