"""Tokens are renewed well before they end, one renewal however many workers ask."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from libraries import notices
from platforms import accounts, lines, registry, vault
from platforms.base import Feature, RemoteError, Unauthorized
from platforms.models import Account

log = logging.getLogger(__name__)


def warn(account: Account) -> None:
    """A token that only a person can renew ends within a week: said once, in time."""
    label = registry.get(account.platform).label
    notices.raise_notice(
        account.library_id, f"expiring:{account.pk}", verb="account.connect", tone="ask", path=f"/accounts/{account.pk}/",
        title=_("%(name)s on %(label)s must be reconnected within a week.") % {"name": account.name, "label": label},
        text=_("Its access ends and this network lets only a person renew it. Reconnect it now and nothing is held up."),
    )  # fmt: skip


def renew_due(limit: int = 20) -> int:
    """Renew what ends soon. Returns how many were renewed by this call."""
    soon = timezone.now() + timedelta(days=7)
    due = Account.objects.filter(
        state=Account.CONNECTED, credentials__revoked_at=None, credentials__expires_at__lte=soon
    ).order_by("credentials__expires_at")
    done = 0
    for account in due:
        if done >= limit:
            break
        if Feature.RENEW not in lines.capabilities(account).features:
            warn(account)
            continue
        credential = vault.current(account.pk)
        if credential.expires_at is None:  # a newer one came since, which does not end
            continue
        life = credential.expires_at - credential.issued_at  # X's last two hours, LinkedIn's sixty days
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
