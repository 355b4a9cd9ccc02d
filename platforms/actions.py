"""What an admin does to accounts: take what a sign-in offered, test, and (Instagram's second route) sign a warning."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from libraries.notices import close_notices
from libraries.permissions import Actor, Refused, require
from platforms import accounts, connect, granted, lines, registry
from platforms.base import RateLimited, RemoteError, Unauthorized
from platforms.models import Account, OAuthState

OFFER_KEPT_FOR = timedelta(hours=1)


def begin(*, actor: Actor, platform: str, realm: str, way: str = "") -> str:
    """The network's own address to sign in at. Offers that nobody chose from are forgotten on the way."""
    require(actor, "account.connect")
    stale = timezone.now() - OFFER_KEPT_FOR
    OAuthState.objects.filter(created_at__lt=stale, offer__isnull=False).update(offer=None)
    return connect.begin(actor=actor, platform=platform, realm=realm, way=way)


def connect_offered(*, actor: Actor, began: OAuthState, external_id: str) -> Account:
    """Connect one of the accounts that a sign-in offered.

    Raises Refused where it was not offered, where another library has it, or where so little was granted that nothing
    could ever be published; less than everything is connected, and its page says what will not work.
    """
    require(actor, "account.connect", began)
    grant = next((one for one in connect.offered(began) if one.external_id == external_id), None)
    if grant is None:
        raise Refused("not_offered", _("This sign-in is over. Start again to connect more accounts."))
    if lacking := granted.cannot_publish(began.platform, grant.missing):
        what = ", ".join(one.name for one in lacking)
        raise Refused("scope_missing", _(
            "%(name)s was not connected: you did not allow %(what)s, and nothing can be published without it. "
            "Connect again and leave everything ticked."
        ) % {"name": grant.name, "what": what})  # fmt: skip
    held = Account.objects.filter(realm=began.realm, platform=began.platform, external_id=external_id)
    if held.exclude(library=actor.library).exists():
        raise Refused("other_library", _(
            "%(name)s is connected by another library of this installation. It must let go of it first."
        ) % {"name": grant.name})  # fmt: skip
    if began.way:
        grant = replace(grant, facts={**grant.facts, "way": began.way})
    return accounts.connect_account(actor=actor, platform=began.platform, realm=began.realm, grant=grant)


def check_account(*, actor: Actor, account: Account) -> Account:
    """Really read the account at its network, and keep what was learnt. Raises Refused with what went wrong."""
    require(actor, "account.connect", account)
    label = registry.get(account.platform).label
    try:
        facts = lines.facts_after_check(account)
    except Unauthorized as error:
        accounts.needs_reconnecting(account, error.code)
        raise Refused("reconnect", _("%(network)s no longer accepts our access to %(name)s. Reconnect it.") % {
            "network": label, "name": account.name}) from error  # fmt: skip
    except lines.vault.NoToken as error:
        accounts.needs_reconnecting(account, "no_token")
        raise Refused("reconnect", _("Our access to %(name)s cannot be read any more. Reconnect it.") % {
            "name": account.name}) from error  # fmt: skip
    except RateLimited as error:
        raise Refused("rate_limited", _("%(network)s answers, and asks us to wait before we ask more.") % {
            "network": label}) from error  # fmt: skip
    except RemoteError as error:
        raise Refused("no_answer", _("%(network)s did not give a usable answer. Try again in a minute; nothing was changed.") % {
            "network": label}) from error  # fmt: skip
    accounts.keep_facts(account, dict(facts))
    if account.state == Account.RECONNECT:
        accounts.set_state(actor=actor, account=account, disabled=False)
        close_notices(account.library_id, f"account:{account.pk}")
    account.refresh_from_db()
    return account


def switch(*, actor: Actor, account: Account, on: bool) -> Account:
    """Switch an account off, or on again. One that must be reconnected cannot be switched on: its access is dead."""
    require(actor, "account.connect", account)
    if on and account.state == Account.RECONNECT:
        raise Refused("reconnect", _("It must be reconnected first."))
    return accounts.set_state(actor=actor, account=account, disabled=not on)
