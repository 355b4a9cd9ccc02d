"""python-linkedin-v2 as we use it: on our session, with the Bearer header and the versioned API that it does not know.

The package calls `requests` by itself, puts tokens into addresses, drops the refresh token and breaks while it reports
an error. What is overridden here is exactly that; `docs/platforms.md` says which call goes through what.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import requests
from linkedin_v2.linkedin import LinkedInApplication, LinkedInAuthentication
from linkedin_v2.models import AccessToken

from platforms.base import AppCredentials

API, WWW = "https://api.linkedin.com", "https://www.linkedin.com"
VERSION = "202609"          # published 19 Sep 2026, ends 15 Sep 2027; a dead version answers 426


class Application(LinkedInApplication):  # type: ignore[misc]
    """Calls for one token. `make_request` keeps the package's signature."""

    def __init__(self, session: requests.Session, token: str) -> None:
        super().__init__(token=token)
        self.session = session

    def make_request(
        self,
        method: str,
        url: str,
        data: bytes | Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 60,
    ) -> requests.Response:
        """Send one request; a mapping as `data` travels as JSON, bytes as they are. The door keeps the time, not we."""
        sent = {
            "Authorization": f"Bearer {self.authentication.token.access_token}",
            "LinkedIn-Version": VERSION,
            "X-Restli-Protocol-Version": "2.0.0",
        }
        if isinstance(data, Mapping):
            data = json.dumps(data).encode()
        if isinstance(data, bytes):
            sent["Content-Type"] = "application/json"
        return self.session.request(method.upper(), url, data=data, params=params, headers={**sent, **(headers or {})})


class Authentication(LinkedInAuthentication):  # type: ignore[misc]
    """The sign-in at LinkedIn's present addresses, with a state made elsewhere."""

    AUTHORIZATION_URL = f"{WWW}/oauth/v2/authorization"
    ACCESS_TOKEN_URL = f"{WWW}/oauth/v2/accessToken"

    def __init__(self, session: requests.Session, app: AppCredentials, redirect: str, scopes: tuple[str, ...]) -> None:
        super().__init__(app.client_id, app.client_secret, redirect, scopes)
        self.session = session

    def get_access_token(self, timeout: float = 60) -> AccessToken:
        """Trade `self.authorization_code` for a token. The whole answer, refresh token included, stays at the door."""
        return self._token_for(
            {"grant_type": "authorization_code", "code": self.authorization_code, "redirect_uri": self.redirect_uri}
        )

    def refresh_access_token(self, refresh_token: str) -> AccessToken:
        """A new access token (approved apps only)."""
        return self._token_for({"grant_type": "refresh_token", "refresh_token": refresh_token})

    def _token_for(self, form: dict[str, str]) -> AccessToken:
        whose = {"client_id": self.key, "client_secret": self.secret}
        answer = self.session.post(self.ACCESS_TOKEN_URL, data={**form, **whose})
        found = answer.json()
        self.token = AccessToken(found.get("access_token"), found.get("expires_in"))
        return self.token
