"""Instagram by password (`instagram_private`): offered only where its package is installed and a library is live."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

import audit.record
from audit.actions import Action
from libraries.models import LIVE
from libraries.permissions import Actor, Refused, require
from platforms import accounts, lines, registry
from platforms.base import Grant, RateLimited, RemoteError, Unauthorized
from platforms.models import Account

NAME = "instagram_private"


def is_installed() -> bool:
    return find_spec("instagrapi") is not None


def is_available(realm: str) -> bool:
    """There is no practice twin of it: what it does can only be tried on the real network."""
    return realm == LIVE and NAME in registry.names(offered=False) and is_installed()


def connect(*, actor: Actor, username: str, password: str, code: str, signature: str) -> Account:
    """Sign in once and keep the session, never the password. `signature` is the name under the warning; it is recorded.

    Raises Refused in words: not available here, a wrong password, a proof that Instagram wants, a wait.
    """
    require(actor, "account.connect")
    if not is_available(actor.library.mode):
        raise Refused("not_available", _("This route is not available here."))
    grant = _sign_in(username, password, code)
    held = Account.objects.filter(realm=LIVE, platform=NAME, external_id=grant.external_id)
    if held.exclude(library=actor.library).exists():
        raise Refused("other_library", _("It is connected by another library of this installation."))
    signed = replace(grant, facts={**grant.facts, "warning_signed_by": signature})
    with transaction.atomic():
        account = accounts.connect_account(actor=actor, platform=NAME, realm=LIVE, grant=signed)
        audit.record.record(actor, Action.ACCOUNT_CHANGED, account, warning_signed=signature)
    return account


def _sign_in(username: str, password: str, code: str) -> Grant:
    try:
        adapter: Any = lines.adapter(NAME, LIVE, deadline=60)  # signing in by password is this one's alone
        grant: Grant = adapter.sign_in(username, password, code)
        return grant
    except Unauthorized as error:
        if error.code == "person_must_act":
            raise Refused("person_must_act", _(
                "Instagram did not let us in: the password is wrong, or it wants a proof first. Sign in on your "
                "telephone, confirm what it asks, then come back. Do not try again and again: that locks accounts."
            )) from error  # fmt: skip
        raise Refused("wrong_password", _("Instagram did not take this name and password.")) from error
    except RateLimited as error:
        raise Refused("rate_limited", _("Instagram asks us to wait. Try again in an hour, not earlier.")) from error
    except RemoteError as error:
        raise Refused("no_answer", _("Instagram did not give a usable answer. Nothing was connected.")) from error
