"""Signing in with Facebook, for Pages and for the Instagram accounts behind them: the ladder of tokens.

code -> short-lived user token (1-2 h) -> long-lived user token (60 days) -> Page token, which has no end of its own
but dies with the password, the role or the app. There are no refresh tokens; while the long-lived user token lives it
can be exchanged for a fresh one, and Page tokens taken from it again. Django-free.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from core.remote import Kept, Kind
from platforms import graph
from platforms.base import AppCredentials, Identity, NotAllowed, RemoteError, Token, Unauthorized, Unavailable
from platforms.graph import Graph

PAGES_MAX = 10                          # of 100 Facebook pages each


@dataclass(frozen=True, slots=True)
class Ladder:
    """Climbs from a code to Page tokens for one app."""

    session: requests.Session
    app: AppCredentials
    now: Callable[[], datetime]

    def authorize_url(self, redirect: str, state: str, scopes: Sequence[str]) -> str:
        """The dialog, asking again also for what was declined before. Facebook's server flow has no PKCE."""
        url = Graph(self.session).api.get_auth_url(
            self.app.client_id, redirect, list(scopes), state=state, response_type="code", auth_type="rerequest"
        )
        return str(self.session.door.public(url))  # type: ignore[attr-defined]

    def user_token(self, code: str, redirect: str) -> Token:
        """The long-lived user token behind a finished sign-in, with the scopes that were really granted."""
        short = self._exchange({"code": code, "redirect_uri": redirect})
        token = self.lengthened(short.access)
        return replace(token, scopes=self.granted(token.access))

    def lengthened(self, access: str) -> Token:
        """A user token with 60 days before it. Raises Unauthorized where the old one is dead already."""
        return self._exchange({"grant_type": "fb_exchange_token", "fb_exchange_token": access})

    def _exchange(self, what: Mapping[str, str]) -> Token:
        """POST, so that code and secret stand in no address; facebook-sdk's own methods put them into the query."""
        asker = Graph(self.session)
        form = {"client_id": self.app.client_id, "client_secret": self.app.client_secret, **what}
        found = asker.ask(
            Kind.STAGING,
            lambda: asker.api.request(f"{graph.VERSION}/oauth/access_token", post_args=form, method="POST"),
            refused_sign_in,
        )
        if not found.get("access_token"):
            raise Unavailable("Facebook answered without a token.", code="unreadable_answer")
        seconds = found.get("expires_in")
        ends = self.now() + timedelta(seconds=int(seconds)) if seconds else None
        return Token(access=str(found["access_token"]), expires_at=ends)

    def granted(self, access: str) -> tuple[str, ...]:
        """What the person really granted; single scopes can be unticked in the dialog."""
        asker = Graph(self.session, access)
        found = asker.ask(Kind.READ, lambda: asker.api.get_permissions("me"))
        return tuple(sorted(str(item["permission"]) for item in found.get("data") or []
                            if item.get("status") == "granted"))

    def pages(self, user: Token, wanted: str) -> list[dict[str, Any]]:
        """The Pages the person chose, with the named fields."""
        asker = Graph(self.session, user.access)
        found: list[dict[str, Any]] = []
        for items, _ in asker.pages("me", "accounts", PAGES_MAX, fields=wanted, limit=100):
            found += items
        return found

    def page_token(self, page: Mapping[str, Any], user: Token) -> Token:
        """The token that speaks for a page; beside it the user token from which it can be taken again."""
        extra = {"user": user.access, "page": str(page["id"]),
                 "user_expires_at": user.expires_at.isoformat() if user.expires_at else ""}
        return Token(access=str(page["access_token"]), scopes=user.scopes, extra=extra)

    def renewed(self, token: Token) -> Token:
        """A fresh user token and the Page token taken from it. Raises Unauthorized where only signing in helps."""
        if not token.extra.get("user"):
            raise Unauthorized("Facebook renews nothing without the person; connect the account again.",
                               code="token_expired")
        user = replace(self.lengthened(str(token.extra["user"])), scopes=token.scopes)
        page = Graph(self.session, user.access).read(str(token.extra["page"]), "id,access_token")
        if not page.get("access_token"):
            raise Unauthorized("The person no longer has a role on this page.", code="token_revoked")
        return self.page_token(page, user)

    def health(self, who: Identity) -> dict[str, Any]:
        """What Facebook says of a token: scopes as they are now, and when the right to read personal data ends."""
        asker = Graph(self.session)
        found = asker.ask(
            Kind.READ,
            lambda: asker.api.debug_access_token(who.token.access, self.app.client_id, self.app.client_secret),
        ).get("data") or {}
        if found.get("is_valid") is False:
            trouble = found.get("error") or {}
            raise graph.dead(int(trouble.get("subcode") or 0))
        facts: dict[str, Any] = {"scopes": sorted(found.get("scopes") or [])}
        if ends := found.get("data_access_expires_at"):
            facts["data_access_expires_at"] = datetime.fromtimestamp(int(ends), UTC).isoformat()
        return facts


def refused_sign_in(kept: Kept, error: RemoteError) -> RemoteError:
    """The token endpoint: a refused code is the person's matter, a refused app ours."""
    words = graph.said(kept)
    if words is None or kept.status >= 500:
        return graph.refined(kept, error)
    if words.code in (1, 101):
        return NotAllowed("Facebook does not accept this app's id and secret.", code="app_refused",
                          http_status=kept.status, request_id=words.trace)
    if words.code == 100:
        return Unauthorized("Facebook no longer accepts this sign-in; start it again.", code="token_revoked",
                            http_status=kept.status, request_id=words.trace)
    return graph.refined(kept, error)


def missing(needed: Sequence[str], granted: Sequence[str], tasks: Sequence[str] | None) -> tuple[str, ...]:
    """Scopes and page tasks that are needed and not there. Tasks count only where Facebook told them."""
    lacking = [scope for scope in needed if scope not in granted]
    if tasks is not None and "CREATE_CONTENT" not in tasks:
        lacking.append("CREATE_CONTENT")
    return tuple(lacking)
