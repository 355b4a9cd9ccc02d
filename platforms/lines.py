"""A line to a network for one account: the adapter, the identity and its fresh token.

Posts and inbox speak through here and never see a token.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from core import remote
from libraries.models import PRACTICE
from platforms import apart, registry, vault
from platforms.base import Adapter, AppCredentials, Capabilities, Identity, Token, Unauthorized, Unavailable
from platforms.models import Account

PRACTICE_APP = AppCredentials("practice", "practice-secret")
PRACTICE_APP_UNREVIEWED = AppCredentials("practice-self-serve", "practice-secret")
FRESH_FOR = timedelta(minutes=2)


def bases(platform: str, realm: str) -> dict[str, str]:
    """Real base address -> the one in use. In practice the sandbox stands in for every host; a setting wins."""
    hosts: Mapping[str, str] = registry.get(platform).hosts
    in_use: dict[str, str] = {}
    for setting, real in hosts.items():
        override = settings.NETWORK_URLS.get(setting, "")
        if override:
            in_use[real] = override.rstrip("/")
        elif realm == PRACTICE:
            in_use[real] = f"{settings.SANDBOX_URL}/{real.split('://', 1)[1]}"
    return in_use


def app_for(platform: str, realm: str, way: str = "") -> AppCredentials | None:
    """Our registration with the network; None where the environment names none (then it is not offered live).

    `way` names what is asked for in a sign-in. Practice has an app of each kind, so that it ends and renews as the real
    one would; live there is one app, and what it may not ask for the network refuses.
    """
    asked = next((one for one in registry.ways(platform) if one.name == way), None)
    app = _registered(platform, realm, unreviewed=asked is not None and not asked.reviewed)
    return replace(app, scopes=asked.scopes) if app and asked else app


def _registered(platform: str, realm: str, *, unreviewed: bool) -> AppCredentials | None:
    if realm == PRACTICE:
        return PRACTICE_APP_UNREVIEWED if unreviewed else PRACTICE_APP
    if not registry.get(platform).settings:
        return AppCredentials("", "")  # a route without registration: it signs in by name and password
    pair = settings.NETWORK_APPS.get(platform)
    return AppCredentials(*pair) if pair and all(pair) else None


def adapter(
    platform: str, realm: str, *, way: str = "", fence: Callable[[remote.Kind], None] | None = None,
    deadline: float = 30.0
) -> Adapter:
    """An adapter with a session of its own. Raises Unavailable where the network is not set up here."""
    app = app_for(platform, realm, way)
    if app is None:
        raise Unavailable(code="not_set_up", detail=f"{platform} has no client id and secret in the environment")
    session = remote.open_session(bases=bases(platform, realm), deadline=deadline, fence=fence)
    return registry.get(platform)(session=session, app=app, now=timezone.now)


def capabilities(account: Account) -> Capabilities:
    """Features and limits of this very account."""
    return registry.get(account.platform).capabilities(account.facts)


def identity(account: Account, token: Token) -> Identity:
    return Identity(external_id=account.external_id, token=token, handle=account.handle, facts=account.facts)


def fresh_identities(accounts: Iterable[Account]) -> dict[int, Identity]:
    """Identities, by account, of those whose token lasts; the others need `fresh_identity`, which renews. One query."""
    soon, known = timezone.now() + FRESH_FOR, {account.pk: account for account in accounts}
    ready: dict[int, Identity] = {}
    for pk, credential in vault.all_current(known).items():
        if credential.expires_at is None or credential.expires_at > soon:
            with contextlib.suppress(vault.NoToken):
                ready[pk] = identity(known[pk], vault.unpack(credential.ciphertext))
    return ready


def fresh_identity(account: Account, *, deadline: float = 30.0, now: datetime | None = None) -> Identity:
    """The account's identity with a token that lasts; renews it first where it is about to end.

    Raises vault.NoToken, Unauthorized (reconnect), or Unavailable while another worker renews it.
    """
    credential = vault.current(account.pk)
    soon = (now or timezone.now()) + FRESH_FOR
    if credential.expires_at and credential.expires_at <= soon:
        renew(account, unless_after=soon, deadline=deadline)
        credential = vault.current(account.pk)
    return identity(account, vault.unpack(credential.ciphertext))


def renew(account: Account, *, unless_after: datetime | None = None, deadline: float = 30.0) -> bool:
    """Renew the account's token once, however many ask. True where this call did it.

    Raises Unavailable when another worker is at it and the old token is of no use any more, Unauthorized when the
    network refuses. No transaction is open during the call.
    """
    lease = vault.lease_renewal(account.pk, unless_after=unless_after)
    if lease is None:
        credential = vault.current(account.pk)
        if credential.expires_at and credential.expires_at <= timezone.now():
            raise Unavailable(code="token_being_renewed", retry_after=timedelta(seconds=2))
        return False
    if settings.RENEW_APART and registry.get(account.platform).rotates:
        return apart.renew(account, lease)
    try:
        return renew_under(lease, account, deadline)
    except Unauthorized:
        lease.give_up()
        raise


def renew_under(lease: vault.Renewal, account: Account, deadline: float = 30.0) -> bool:
    """The exchange itself, in this process. True where the new token was saved.

    The call must be over before the lease is, or a second worker would spend the same refresh token. Gives the lease
    up where the exchange failed, but for Unauthorized: its caller first says that the account needs reconnecting.
    """
    try:
        seconds = min(deadline, vault.RENEWAL_LEASE.total_seconds() - 8)
        renewed = adapter(account.platform, account.realm, deadline=seconds).renew(lease.token)
    except Unauthorized:
        raise
    except BaseException:
        lease.give_up()
        raise
    return _saved(lease, renewed)


def _saved(lease: vault.Renewal, token: Token, patience_s: float = 60.0) -> bool:
    """Write the new pair down, whatever the database does meanwhile: the old one is worth nothing any more."""
    ends, pause = time.monotonic() + patience_s, 0.1
    while True:
        try:
            return lease.save(token)
        except (OperationalError, InterfaceError):
            if time.monotonic() + pause > ends:
                raise
        connection.close()
        time.sleep(pause)
        pause = min(2.0, pause * 2)


def facts_after_check(account: Account) -> Mapping[str, Any]:
    """Really read the account on its network. Returns fresh facts; raises what went wrong."""
    who = fresh_identity(account)
    return adapter(account.platform, account.realm).check(who)
