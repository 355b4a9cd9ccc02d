"""Tokens are renewed well before they end, one renewal however many workers ask."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from platforms import accounts, lines, vault
from platforms.base import Feature, RemoteError, Unauthorized
from platforms.models import Account

log = logging.getLogger(__name__)


def renew_due(limit: int = 20) -> int:
    """Renew what ends soon. Returns how many were renewed by this call."""
    soon = timezone.now() + timedelta(days=7)
    due = Account.objects.filter(
        state=Account.CONNECTED, credentials__revoked_at=None, credentials__expires_at__lte=soon
    ).distinct()[:limit]
    done = 0
    for account in due:
        if Feature.RENEW not in lines.capabilities(account).features:
            continue
        credential = vault.current(account.pk)
        life = credential.expires_at - max(credential.created_at, timezone.now() - timedelta(days=60))
        if credential.expires_at - timezone.now() > min(timedelta(days=7), life / 6):
            continue
        try:
            done += lines.renew(account, unless_after=credential.expires_at)
        except Unauthorized as error:
            accounts.needs_reconnecting(account, error.code)
        except (RemoteError, vault.NoToken) as error:
            log.warning("The token of account %s was not renewed: %s", account.pk, error)
        finally:
            connection.close()
    return done
