"""What a network's refusal means for the account: renew its token, ask people to reconnect it, or leave it alone."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from platforms import accounts, lines, vault
from platforms.base import Ambiguous, RateLimited, RemoteError, Unauthorized, Unavailable
from platforms.models import Account


def back_off(row: Any) -> timedelta:
    """Doubles with each attempt that changed nothing, with full jitter in its upper half, up to the profile's bound."""
    quiet_tries = max(0, row.tries - row.strikes - 1)
    ceiling = min(row.profile.backoff_max, 1.0 * 2 ** min(quiet_tries, 12))
    return timedelta(seconds=ceiling / 2 + random.random() * ceiling / 2)  # noqa: S311


def unauthorized(row: Any, error: Unauthorized, used: str = "") -> None:
    """Renew once where that is possible; else people must reconnect. `used`: the access token that was refused.

    Many threads may hear the same refusal: only the token in force is renewed, and one that was replaced meanwhile (by
    another worker, or by a person who reconnected the account) is left alone.
    """
    connection.close()
    try:
        credential = vault.current(row.account_id)
        token = vault.unpack(credential.ciphertext)
    except vault.NoToken:
        accounts.needs_reconnecting(row.account, "no_token")
        return
    if used and token.access != used:
        return
    try:
        if token.refresh and error.code != "person_must_act" and row.checkpoint.get("renewed_version") != credential.version:
            lines.renew(row.account, deadline=row.profile.deadline)
            renewed = {**row.checkpoint, "renewed_version": vault.current(row.account_id).version}
            type(row).objects.filter(pk=row.pk, lease_token=row.lease_token).update(checkpoint=renewed)
            return
    except (Unavailable, RateLimited, Ambiguous):
        return
    except RemoteError as refused:
        error = refused if isinstance(refused, Unauthorized) else error
    accounts.needs_reconnecting(row.account, error.code)


def rate_limited(row: Any, error: RateLimited) -> None:
    """Leave the account (or, where the app's budget is spent, every account of the network) alone for a while."""
    wait = error.retry_after or timedelta(seconds=60 if row.realm == "live" else 5)
    if error.scope == "app":
        for pk in Account.objects.filter(platform=row.platform, realm=row.realm).values_list("pk", flat=True):
            accounts.block(pk, wait, error.code)
    else:
        accounts.block(row.account_id, wait, error.code)


def until_midnight_utc() -> timedelta:
    now = timezone.now()
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=5, microsecond=0)
    return midnight - now
