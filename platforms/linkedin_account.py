"""Whom we speak for on LinkedIn: signing in, the member and the organisations they administer, renewal; and the one way
a call is made. Django-free."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

import requests

from core.errors import NotAllowed, Unauthorized, Unavailable
from core.remote import Kept, Kind
from platforms import linkedin_words as words
from platforms.asking import ask, fields
from platforms.base import AppCredentials, Grant, Identity, Token, Way
from platforms.linkedin_sdk import API, WWW, Application, Authentication

REST = f"{API}/rest"
# For an organisation's posts, their comments and our answers.
NEEDED = ("w_organization_social", "r_organization_social", "w_organization_social_feed")
# All that an app without review may ask for; asking for more refuses the whole sign-in.
MEMBER_SCOPES = ("openid", "profile", "w_member_social")
# The wide way asks for the member too: LinkedIn ends a person's earlier tokens when the same app is granted another set
# of scopes, so a page and its admin's profile must come by one sign-in.
ALL_SCOPES = (
    *MEMBER_SCOPES, "rw_organization_admin", "w_organization_social", "r_organization_social",
    "w_organization_social_feed", "r_organization_social_feed",
)
WAYS = (
    Way("organization", ALL_SCOPES, kind="organization"),
    Way("person", MEMBER_SCOPES, kind="member", reviewed=False),
)


class AccountSide:
    """The half of the adapter that knows accounts and tokens; `platforms.linkedin.LinkedIn` adds the posts."""

    scopes: ClassVar[tuple[str, ...]]
    ways: ClassVar[tuple[Way, ...]] = WAYS

    def __init__(self, *, session: requests.Session, app: AppCredentials, now: Callable[[], datetime]) -> None:
        self.session, self.app, self.now = session, app, now
        self._door = session.door  # type: ignore[attr-defined]
        self._asked = app.scopes or self.scopes

    # --- asking -----------------------------------------------------------------------------------------------------

    def _call(
        self,
        kind: Kind,
        token: str,
        method: str,
        url: str,
        data: bytes | Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Kept:
        application = Application(self.session, token)
        return ask(
            self.session, kind, lambda: application.make_request(method, url, data=data, headers=headers),
            lambda kept, error: words.refine(kept, error, self.now()),
        )

    def _read(self, who: Identity, url: str, method: str = "") -> dict[str, Any]:
        named = {"X-RestLi-Method": method} if method else None
        return fields(self._call(Kind.READ, who.token.access, "GET", url, headers=named))

    @staticmethod
    def _urn(who: Identity) -> str:
        if who.external_id.startswith("urn:"):
            return who.external_id
        return f"urn:li:{'person' if who.facts.get('kind') == 'member' else 'organization'}:{who.external_id}"

    def _is_member(self, who: Identity) -> bool:
        return ":person:" in self._urn(who)

    def _permalink(self, urn: str) -> str:
        return str(self._door.public(f"{WWW}/feed/update/{urn}/"))

    # --- connecting -------------------------------------------------------------------------------------------------

    def authorize_url(self, redirect: str, state: str, verifier: str) -> str:
        """Where the admin signs in. LinkedIn has no PKCE for web apps: `verifier` is not used."""
        sign_in = Authentication(self.session, self.app, redirect, self._asked)
        sign_in.state = state
        return str(self._door.public(sign_in.authorization_url))

    def exchange(self, code: str, redirect: str, verifier: str) -> Sequence[Grant]:
        """The organisations that the member administers, then the member. Raises Unauthorized if refused."""
        sign_in = Authentication(self.session, self.app, redirect, self._asked)
        sign_in.authorization_code = code
        kept = ask(self.session, Kind.STAGING, sign_in.get_access_token, words.refine_sign_in)
        token = self._token(kept, Token(access="", scopes=self._asked))
        pages = self._organizations(token) if any("organization" in scope for scope in token.scopes) else []
        return [*pages, self._member(token)]

    def renew(self, token: Token) -> Token:
        """A new access token, for approved apps. Raises Unauthorized where the person must sign in again."""
        if not token.refresh:
            raise Unauthorized("LinkedIn granted no renewal; connect the account again.", code="token_expired")
        sign_in = Authentication(self.session, self.app, "", ())
        kept = ask(
            self.session, Kind.STAGING, lambda: sign_in.refresh_access_token(token.refresh), words.refine_sign_in
        )
        return self._token(kept, token)

    def _token(self, kept: Kept, old: Token) -> Token:
        found = fields(kept)
        if not found.get("access_token"):
            raise Unavailable("LinkedIn answered without a token.", code="unreadable_answer", http_status=kept.status)
        lives, renewable = found.get("expires_in"), found.get("refresh_token_expires_in")
        scope = str(found.get("scope") or "").replace(",", " ").split()
        return replace(
            old, access=str(found["access_token"]), refresh=str(found.get("refresh_token") or old.refresh),
            expires_at=self.now() + timedelta(seconds=int(lives or 5_184_000)),
            refresh_expires_at=self.now() + timedelta(seconds=int(renewable)) if renewable else old.refresh_expires_at,
            scopes=tuple(scope) or old.scopes,
        )

    def _facts(self, token: Token, kind: str) -> dict[str, Any]:
        return {"kind": kind, "app": "approved" if token.refresh else "self_serve", "scopes": list(token.scopes)}

    def _member(self, token: Token) -> Grant:
        user = fields(self._call(Kind.READ, token.access, "GET", f"{API}/v2/userinfo"))
        if not user.get("sub"):
            raise Unavailable("LinkedIn did not say who this is.", code="unreadable_answer")
        return Grant(
            external_id=f"urn:li:person:{user['sub']}", name=str(user.get("name") or "LinkedIn member"), handle="",
            url=str(self._door.public(f"{WWW}/in/{user['sub']}")), token=token,
            facts={**self._facts(token, "member"), "name": str(user.get("name") or "")},
            missing=() if "w_member_social" in token.scopes else ("w_member_social",),
            picture_url=str(user.get("picture") or ""),
        )

    def _organizations(self, token: Token) -> list[Grant]:
        query = urlencode({"q": "roleAssignee", "role": "ADMINISTRATOR", "state": "APPROVED", "count": "100"})
        try:
            kept = self._call(Kind.READ, token.access, "GET", f"{REST}/organizationAcls?{query}")
        except NotAllowed:
            return []
        urns = [str(item.get("organization")) for item in fields(kept).get("elements") or []]
        return [self._organization(token, urn) for urn in dict.fromkeys(urns)]

    def _organization(self, token: Token, urn: str) -> Grant:
        number = urn.rpartition(":")[2]
        found = fields(self._call(Kind.READ, token.access, "GET", f"{REST}/organizations/{number}"))
        handle, name = str(found.get("vanityName") or ""), str(found.get("localizedName") or urn)
        return Grant(
            external_id=urn, name=name, handle=handle, url=str(self._door.public(f"{WWW}/company/{handle or number}")),
            token=token, facts={**self._facts(token, "organization"), "name": name},
            missing=tuple(scope for scope in NEEDED if scope not in token.scopes),
        )

    def check(self, who: Identity) -> Mapping[str, Any]:
        """Ask LinkedIn for the account itself; the facts as they are now."""
        grant = self._member(who.token) if self._is_member(who) else self._organization(who.token, self._urn(who))
        return grant.facts
