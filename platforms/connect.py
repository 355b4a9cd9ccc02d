"""Connecting an account: begin at the network, come back with a code, choose what to connect."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, replace
from datetime import timedelta

from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from libraries.permissions import Actor, Refused, require
from platforms import lines, vault
from platforms.base import Grant, RemoteError, Token
from platforms.models import OAuthState

GOOD_FOR = timedelta(minutes=15)
# What the networks write into `error` when they send a person back without a code.
SAID_NO = ("access_denied", "user_cancelled_login", "user_cancelled_authorize")
NOT_APPROVED = ("unauthorized_scope_error", "invalid_scope")


def redirect_uri(platform: str) -> str:
    """Where the network sends the person back to. Registered with the network, so it never varies."""
    return f"{settings.PUBLIC_URL}/accounts/return/{platform}/"


def begin(*, actor: Actor, platform: str, realm: str, way: str = "") -> str:
    """The address at the network to send the person to. Raises Refused where the network is not set up."""
    require(actor, "account.connect")
    if lines.app_for(platform, realm) is None:
        raise Refused("not_set_up", _("This network has no client id and secret yet. Set them and start again."))
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
    OAuthState.objects.create(
        state=state, verifier=verifier, platform=platform, realm=realm, way=way, library=actor.library, user=actor.user
    )
    return lines.adapter(platform, realm, way=way).authorize_url(redirect_uri(platform), state, verifier)


def finish(*, actor: Actor, platform: str, state: str, code: str, error: str) -> OAuthState:
    """Take the person back: check that it is they who began, trade the code, keep what is offered (encrypted).

    Raises Refused in words: a state that is wrong, used or stale; a person who said no; a network that refused.
    """
    require(actor, "account.connect")
    began = OAuthState.objects.visible_to(actor).filter(state=state, platform=platform, user=actor.user).first()
    fresh = timezone.now() - GOOD_FOR
    if began is None or began.created_at < fresh or not state:
        raise Refused("state_wrong", _("This sign-in was not begun here, or too long ago. Nothing was connected. Start again."))
    if not OAuthState.objects.filter(pk=began.pk, used_at=None).update(used_at=Now()):
        raise Refused("state_used", _("This sign-in was already completed. Start again to connect another account."))
    if error or not code:
        raise _refused(error)
    try:
        grants = lines.adapter(platform, began.realm, way=began.way).exchange(code, redirect_uri(platform), began.verifier)
    except RemoteError as problem:
        raise Refused("exchange_failed", _("The network did not complete the sign-in. Start again in a minute.")) from problem
    if not grants:
        raise Refused("nothing_offered", _("You have no page there that could be connected. Ask its owner for a role on it."))
    began.offer = vault.encrypt(json.dumps([asdict(g) for g in grants], default=lambda v: v.isoformat()).encode())
    began.save(update_fields=["offer"])
    return began


def _refused(error: str) -> Refused:
    """What the network's `error` means. A no of the person is no fault; a network's own trouble is not their no."""
    if error in NOT_APPROVED:
        return Refused("app_not_approved", _(
            "The network has not approved the library's app for what was asked, so it refused the sign-in. "
            "Nothing was connected."
        ))  # fmt: skip
    if error and error not in SAID_NO:
        return Refused("exchange_failed", _("The network did not complete the sign-in. Start again in a minute."))
    return Refused("declined", _("You chose not to allow it, so nothing was connected. You can start again any time."))


def way_of(actor: Actor, state: str) -> str:
    """By which way the sign-in with this `state` was begun; "" where it is not this person's."""
    began = OAuthState.objects.visible_to(actor).filter(state=state, user=actor.user).first()
    return began.way if began else ""


def offered(began: OAuthState) -> list[Grant]:
    """The grants of a completed sign-in, with their tokens."""
    if not began.offer:
        return []
    grants = []
    for row in json.loads(vault.decrypt(began.offer)):
        token = row["token"]
        for name in ("expires_at", "refresh_expires_at"):
            token[name] = parse_datetime(token[name]) if token[name] else None
        token["scopes"] = tuple(token["scopes"])
        grants.append(Grant(**{**row, "token": Token(**token), "missing": tuple(row["missing"])}))
    return grants


def forget_offer(began: OAuthState) -> None:
    """Tokens that nobody chose are not kept."""
    OAuthState.objects.filter(pk=began.pk).update(offer=None)


def without_token(grant: Grant) -> Grant:
    """For pages: what is offered, without the secret."""
    return replace(grant, token=Token(access=""))
