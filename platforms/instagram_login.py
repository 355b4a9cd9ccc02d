"""Instagram by its own sign-in: accounts without a Facebook Page, on graph.instagram.com.

Publishing, finding and comments are those of `platforms.instagram`; the tokens are not: one hour, then 60 days, which
can be lengthened again and again while they live. This route cannot take posts down. Not offered until an operator
registers an Instagram app for it. Django-free.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from core.remote import Kept, Kind
from platforms import graph
from platforms.asking import ask, fields, peek
from platforms.base import (
    Feature,
    Grant,
    Identity,
    NotAllowed,
    RemoteError,
    Token,
    Unauthorized,
    Unavailable,
    Unsupported,
)
from platforms.graph import Graph
from platforms.instagram import INSTAGRAM_WWW, Instagram

INSTAGRAM_HOST, INSTAGRAM_API = "https://graph.instagram.com", "https://api.instagram.com"
LIFE_S = 60 * 86_400                    # a long-lived token where the answer names no end


class InstagramLogin(Instagram):
    """The second way to Instagram; only connecting differs."""

    name: ClassVar[str] = "instagram_login"
    label: ClassVar[str] = "Instagram (without a Facebook page)"
    offered: ClassVar[bool] = False
    features: ClassVar[Feature] = (Instagram.features & ~Feature.DELETE) | Feature.RENEW
    scopes: ClassVar[tuple[str, ...]] = (
        "instagram_business_basic", "instagram_business_content_publish", "instagram_business_manage_comments",
        "instagram_business_manage_insights",
    )
    hosts: ClassVar[Mapping[str, str]] = {
        "INSTAGRAM_GRAPH_URL": INSTAGRAM_HOST, "INSTAGRAM_API_URL": INSTAGRAM_API, "INSTAGRAM_WWW_URL": INSTAGRAM_WWW,
    }
    needs: ClassVar[Mapping[Feature, str]] = {
        Feature.COMMENTS | Feature.REPLY: "instagram_business_manage_comments",
    }

    def _graph(self, who: Identity) -> Graph:
        return self._asker(who.token.access)

    def _asker(self, access: str) -> Graph:
        return Graph(self.session, access, INSTAGRAM_HOST)

    def authorize_url(self, redirect: str, state: str, verifier: str) -> str:
        """Where the admin signs in with Instagram. facebook-sdk knows no such dialog; `verifier` is not used."""
        query = urlencode({
            "client_id": self.app.client_id, "redirect_uri": redirect, "response_type": "code", "state": state,
            "scope": ",".join(self.scopes),
        })
        return str(self.session.door.public(f"{INSTAGRAM_WWW}/oauth/authorize?{query}"))  # type: ignore[attr-defined]

    def exchange(self, code: str, redirect: str, verifier: str) -> Sequence[Grant]:
        """The one account that signed in. Raises Unauthorized for a refused code."""
        form = {
            "client_id": self.app.client_id, "client_secret": self.app.client_secret, "redirect_uri": redirect,
            "grant_type": "authorization_code", "code": code.removesuffix("#_"),   # Instagram hangs "#_" on its codes
        }
        url = f"{INSTAGRAM_API}/oauth/access_token"     # a host of its own that facebook-sdk cannot ask
        short = _flat(fields(ask(self.session, Kind.STAGING, lambda: self.session.post(url, data=form), _refused)))
        scopes = _listed(short.get("permissions"))
        token = replace(self._long(str(short.get("access_token") or "")), scopes=scopes)
        asker = self._asker(token.access)
        found = asker.read("me", "user_id,username,name,profile_picture_url,followers_count")
        handle = str(found.get("username") or "")
        facts = {"kind": "business", "username": handle, "scopes": list(scopes), "login": "instagram"}
        return [Grant(
            external_id=str(found.get("user_id") or short.get("user_id")), name=str(found.get("name") or handle),
            handle=handle, url=self._profile(handle), token=token, facts=facts,
            missing=tuple(scope for scope in self.scopes if scope not in scopes),
            picture_url=str(found.get("profile_picture_url") or ""),
        )]

    def _long(self, access: str) -> Token:
        """One hour becomes 60 days."""
        if not access:
            raise Unavailable("Instagram answered without a token.", code="unreadable_answer")
        form = {"grant_type": "ig_exchange_token", "client_secret": self.app.client_secret}
        return self._token(access, "access_token", form, Token(access=""))

    def _token(self, access: str, path: str, form: Mapping[str, str], old: Token) -> Token:
        asker = self._asker(access)
        found = asker.ask(Kind.STAGING, _call(asker, path, form))
        if not found.get("access_token"):
            raise Unavailable("Instagram answered without a token.", code="unreadable_answer")
        ends = self.now() + timedelta(seconds=int(found.get("expires_in") or LIFE_S))
        return replace(old, access=str(found["access_token"]), expires_at=ends,
                       scopes=_listed(found.get("permissions")) or old.scopes)

    def renew(self, token: Token) -> Token:
        """60 more days. Instagram wants the token to be a day old; one that is younger is good as it is. Raises
        Unauthorized where it is dead already."""
        if token.expires_at and token.expires_at - self.now() > timedelta(seconds=LIFE_S) - timedelta(days=1):
            return token
        return self._token(token.access, "refresh_access_token", {"grant_type": "ig_refresh_token"}, token)

    def delete(self, who: Identity, remote_id: str) -> None:
        """Instagram takes nothing down by this sign-in, and its refusal would read like "already gone"."""
        raise Unsupported("delete")

    def check(self, who: Identity) -> Mapping[str, Any]:
        """Read the account; this host has no other way to ask what a token is worth."""
        return self._seen(who)


def _call(asker: Graph, path: str, form: Mapping[str, str]) -> Callable[[], object]:
    return lambda: asker.api.request(path, args=dict(form))


def _flat(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """The documentation shows the answer inside `data[]`; live it is mostly flat."""
    inner = found.get("data")
    return inner[0] if isinstance(inner, list) and inner and isinstance(inner[0], dict) else found


def _listed(scopes: Any) -> tuple[str, ...]:
    """Scopes as a list or as one text with commas."""
    parts = scopes if isinstance(scopes, list) else str(scopes or "").split(",")
    return tuple(sorted(str(part).strip() for part in parts if str(part).strip()))


def _refused(kept: Kept, error: RemoteError) -> RemoteError:
    """api.instagram.com has an error shape of its own: {"error_type", "code", "error_message"}."""
    found = peek(kept) or {}
    if "error_message" not in found or kept.status >= 500:
        return graph.refined(kept, error)
    if "client" in str(found["error_message"]).lower():
        return NotAllowed("Instagram does not accept this app's id and secret.", code="app_refused",
                          http_status=kept.status)
    return Unauthorized("Instagram no longer accepts this sign-in; start it again.", code="token_revoked",
                        http_status=kept.status)


ADAPTER = InstagramLogin
