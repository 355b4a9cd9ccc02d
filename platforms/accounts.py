"""State changes of accounts: connected, blocked for a while, in need of reconnecting, disabled."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Greatest, Now
from django.utils import timezone
from django.utils.translation import gettext as _

import audit.record
from audit.actions import Action
from libraries import notices
from libraries.permissions import Actor, require
from platforms import registry, vault
from platforms.base import Grant
from platforms.models import Account


def connect_account(*, actor: Actor, platform: str, realm: str, grant: Grant) -> Account:
    """Create or reconnect the account that a sign-in offered. Raises IntegrityError where another library owns it."""
    require(actor, "account.connect")
    with transaction.atomic():
        account, created = Account.objects.get_or_create(
            realm=realm, platform=platform, external_id=grant.external_id,
            defaults={"library": actor.library, "name": grant.name},
        )  # fmt: skip
        require(actor, "account.connect", account)
        account.name, account.handle, account.url = grant.name, grant.handle, grant.url
        account.facts, account.missing = dict(grant.facts), list(grant.missing)
        account.state, account.state_reason = Account.CONNECTED, ""
        account.connected_by, account.connected_at, account.checked_at = actor.user, timezone.now(), timezone.now()
        account.blocked_until, account.blocked_reason = None, ""
        account.save()
        vault.store(account, grant.token)
        action = Action.ACCOUNT_CONNECTED if created else Action.ACCOUNT_RECONNECTED
        audit.record.record(actor, action, account, missing=list(grant.missing), scopes=list(grant.token.scopes))
    notices.close_notices(account.library_id, f"account:{account.pk}", f"expiring:{account.pk}")
    return account


def needs_reconnecting(account: Account, code: str) -> None:
    """The network no longer takes our token. Deliveries wait; people are told."""
    with transaction.atomic():
        changed = Account.objects.filter(pk=account.pk, state=Account.CONNECTED).update(
            state=Account.RECONNECT, state_reason=code
        )
        if changed:
            audit.record.record(None, Action.ACCOUNT_LOST, account, reason=code)
            label = registry.get(account.platform).label
            notices.raise_notice(
                account.library_id, f"account:{account.pk}", verb="account.connect", tone="bad",
                title=_("%(label)s no longer lets us post as %(name)s.") % {"label": label, "name": account.name},
                text=_("Posts to it wait; nothing is lost. An admin can reconnect it in a minute."),
                path=f"/accounts/{account.pk}/",
            )  # fmt: skip


def block(account_id: int, wait: timedelta, reason: str) -> None:
    """Leave the account alone for a while. Kept in the database, so that it outlives the broker and every worker."""
    until = Now() + wait
    Account.objects.filter(pk=account_id).update(
        blocked_until=Greatest("blocked_until", until), blocked_reason=reason[:300]
    )


def set_state(*, actor: Actor, account: Account, disabled: bool) -> Account:
    """Switch an account off (nothing is sent to it) or on again."""
    require(actor, "account.connect", account)
    new = Account.DISABLED if disabled else Account.CONNECTED
    with transaction.atomic():
        Account.objects.filter(pk=account.pk).update(state=new, state_reason="")
        action = Action.ACCOUNT_DISABLED if disabled else Action.ACCOUNT_CHANGED
        audit.record.record(actor, action, account, state=new)
    account.refresh_from_db()
    return account


def change_account(*, actor: Actor, account: Account, carry_link: bool) -> Account:
    """Whether posts to this account carry their link (on X a link costs money)."""
    require(actor, "account.connect", account)
    with transaction.atomic():
        Account.objects.filter(pk=account.pk).update(carry_link=carry_link)
        audit.record.record(actor, Action.ACCOUNT_CHANGED, account, carry_link=carry_link)
    account.refresh_from_db()
    return account


def keep_facts(account: Account, facts: dict[str, Any]) -> None:
    """Facts learnt by a check that succeeded; also lifts a block."""
    Account.objects.filter(pk=account.pk).update(
        facts={**account.facts, **facts}, checked_at=Now(), blocked_until=None, blocked_reason=""
    )
