"""Twin of X's OAuth 2.0: PKCE, refresh tokens that rotate, and what happens when an old one is used again."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Any

from .wire import Call, Refusal, Reply
from .world import CLIENTS

if TYPE_CHECKING:
    from .server import Sandbox


class Login:
    """The token endpoint and revocation."""

    def __init__(self, box: Sandbox) -> None:
        self.box, self.book = box, box.book

    def token(self, call: Call) -> Reply:
        client = self._client(call)
        kind = call.params.get("grant_type")
        if kind == "authorization_code":
            return self._redeem(call, client)
        if kind == "refresh_token":
            return self._rotate(call, client)
        raise _refused("unsupported_grant_type", "Missing required parameter [grant_type].")

    def _client(self, call: Call) -> str:
        """The client id: Basic for confidential clients, a parameter for public ones. Raises 401 otherwise."""
        header = call.headers.get("Authorization", "")
        client, secret = str(call.params.get("client_id") or ""), ""
        if header.startswith("Basic "):
            try:
                client, _, secret = base64.b64decode(header[6:]).decode().partition(":")
            except ValueError:
                client = ""
        if client not in CLIENTS or not hmac.compare_digest(CLIENTS[client], secret):
            raise _refused("unauthorized_client", "Missing valid authorization header", 401)
        return client

    def _redeem(self, call: Call, client: str) -> Reply:
        code = self.book.t["codes"].get(f"twitter:{call.params.get('code', '')}")
        good = (
            code is not None and not code["used"] and code["expires"] > call.now and code["client"] == client
            and code["redirect"] == call.params.get("redirect_uri")
            and _challenge_met(code, str(call.params.get("code_verifier") or ""))
        )
        if code is None or not good:
            raise _refused("invalid_request", "Value passed for the authorization code was invalid.")
        code["used"] = True
        self.book.put("codes", f"twitter:{code['code']}", code)
        return self._pair(code["accounts"][0], code["scopes"], client, f"f{self.book.fresh_id()}")

    def _pair(self, account: str, scopes: list[str], client: str, family: str) -> Reply:
        access, refresh = self.box.world.x_pair(account, scopes, client, family)
        answer: dict[str, Any] = {"token_type": "bearer", "expires_in": 7200, "access_token": access["t"],
                                  "scope": " ".join(scopes)}
        if refresh is not None:
            answer["refresh_token"] = refresh["t"]
        return Reply(answer)

    def _rotate(self, call: Call, client: str) -> Reply:
        old = self.book.t["tokens"].get(str(call.params.get("refresh_token") or ""))
        if old is None or old["network"] != "twitter" or old["kind"] != "refresh" or old["client"] != client:
            raise _refused("invalid_request", "Value passed for the token was invalid.")
        call.account = old["account"]
        if old["dead"] == "rotated" and self.book.settings["x_reuse_kills_family"]:
            self._end(old["family"], "reuse")
        if old["dead"] or old["expires"] <= call.now:
            raise _refused("invalid_request", "Value passed for the token was invalid.")
        old["dead"] = "rotated"
        self.book.put("tokens", old["t"], old)
        return self._pair(old["account"], old["scopes"], client, old["family"])

    def _end(self, family: str, why: str) -> None:
        for token in self.book.t["tokens"].values():
            if token.get("family") == family and not token["dead"]:
                token["dead"] = why
                self.book.put("tokens", token["t"], token)

    def revoke(self, call: Call) -> Reply:
        self._client(call)
        token = self.book.t["tokens"].get(str(call.params.get("token") or ""))
        if token is None or token["network"] != "twitter":
            raise _refused("invalid_request", "Value passed for the token was invalid.")
        if token["kind"] == "refresh":
            self._end(token["family"], "revoked")
        token["dead"] = token["dead"] or "revoked"
        self.book.put("tokens", token["t"], token)
        return Reply({"revoked": True})


def _challenge_met(code: dict[str, Any], verifier: str) -> bool:
    if code["method"] == "plain":
        return bool(verifier) and hmac.compare_digest(code["challenge"], verifier)
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    return hmac.compare_digest(code["challenge"].rstrip("="), made)


def _refused(name: str, words: str, status: int = 400) -> Refusal:
    return Refusal({"error": name, "error_description": words}, status)
