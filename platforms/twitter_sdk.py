"""tweepy as we use it: on our transport, at X's present host, with a PKCE verifier of ours, and silent about tokens."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import Any

import requests
import tweepy
from oauthlib.oauth2 import WebApplicationClient

from platforms.base import AppCredentials

API, WWW = "https://api.x.com", "https://x.com"
OLD_API, OLD_WWW = "https://api.twitter.com", "https://twitter.com"     # where tweepy 4.17 believes X to live

# A scope less than asked for is told to the admin as missing; oauthlib would throw the consumed code away instead.
os.environ.setdefault("OAUTHLIB_RELAX_TOKEN_SCOPE", "1")
# These loggers write tokens at level DEBUG.
for _chatty in ("tweepy.client", "requests_oauthlib.oauth2_session", "oauthlib"):
    logging.getLogger(_chatty).setLevel(logging.INFO)


class Session(requests.Session):
    """tweepy's session, sent to the host X has now."""

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        return super().request(method, url.replace(OLD_API, API, 1), *args, **kwargs)


class SignIn(tweepy.OAuth2UserHandler):  # type: ignore[misc]
    """tweepy's PKCE handler with a state and verifier that were made elsewhere and outlive the redirect."""

    def __init__(self, app: AppCredentials, redirect: str, scope: Sequence[str] | None, verifier: str) -> None:
        super().__init__(
            client_id=app.client_id, client_secret=app.client_secret or None, redirect_uri=redirect, scope=scope,
        )
        self._client = _GivenVerifier(app.client_id, verifier)

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        return super().request(method, url.replace(OLD_API, API, 1), *args, **kwargs)


class _GivenVerifier(WebApplicationClient):  # type: ignore[misc]
    def __init__(self, client_id: str, verifier: str) -> None:
        super().__init__(client_id)
        self.code_verifier = verifier

    def create_code_verifier(self, length: int) -> str:
        return self.code_verifier
