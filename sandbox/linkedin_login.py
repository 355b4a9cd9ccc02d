"""Twin of LinkedIn's OAuth: 60-day tokens, refresh tokens for approved applications only, introspection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .wire import READ, Call, Refusal, Reply
from .world import APP_ID, CLIENTS, DAY

if TYPE_CHECKING:
    from .server import Handler, Sandbox

ACCESS, REFRESH = 60 * DAY, 365 * DAY


class Login:
    """Codes, refreshing, introspection, revocation."""

    def __init__(self, box: Sandbox) -> None:
        self.box, self.book = box, box.book

    def route(self, call: Call) -> Handler:
        doors = {"accessToken": self.access, "introspectToken": self.introspect, "revoke": self.revoke}
        door = doors.get(call.segs[2] if len(call.segs) > 2 else "")
        if door is None or call.method != "POST":
            raise Refusal({"error": "invalid_request", "error_description": "no such address"}, 404)
        if door == self.introspect:
            call.kind = READ
        return door

    def access(self, call: Call) -> Reply:
        client = str(call.params.get("client_id") or "")
        if client not in CLIENTS or CLIENTS[client] != call.params.get("client_secret"):
            raise Refusal({"error": "invalid_client", "error_description": "Client authentication failed"}, 401)
        if call.params.get("grant_type") == "refresh_token":
            return self._refresh(call, client)
        return self._redeem(call, client)

    def _redeem(self, call: Call, client: str) -> Reply:
        code = self.book.t["codes"].get(f"linkedin:{call.params.get('code', '')}")
        if code is None or code["used"] or code["expires"] <= call.now or code["client"] != client:
            raise _refused("Unable to retrieve access token: appid/redirect uri/code verifier does not match authorization "
                           "code. Or authorization code expired. Or external member binding exists")
        if code["redirect"] != call.params.get("redirect_uri"):
            raise _refused("Unable to retrieve access token: appid/redirect uri/code verifier does not match authorization "
                           "code.")
        code["used"] = True
        self.book.put("codes", f"linkedin:{code['code']}", code)
        self._end_other_scopes(code["person"], client, set(code["scopes"]))
        refresh = self._mint("refresh", code["person"], code["scopes"], client, REFRESH) if client == APP_ID else None
        return self._answer(self._mint("access", code["person"], code["scopes"], client, ACCESS), refresh)

    def _mint(self, kind: str, person: str, scopes: list[str], client: str, seconds: float) -> dict[str, Any]:
        row = self.book.t["persons"][f"linkedin:{person}"]
        return self.box.world.mint("linkedin", kind, person=person, account=f"urn:li:person:{person}", scopes=scopes,
                                   seconds=seconds, client=client, accounts=list(row["accounts"]))

    def _end_other_scopes(self, person: str, client: str, scopes: set[str]) -> None:
        """Granting another set of scopes ends the earlier tokens of this member for the application."""
        for token in self.book.t["tokens"].values():
            same = token["network"] == "linkedin" and token["person"] == person and token["client"] == client
            if same and not token["dead"] and set(token["scopes"]) != scopes:
                token["dead"] = "revoked"
                self.book.put("tokens", token["t"], token)

    def _answer(self, access: dict[str, Any], refresh: dict[str, Any] | None) -> Reply:
        body: dict[str, Any] = {"access_token": access["t"], "expires_in": ACCESS, "scope": ",".join(access["scopes"]),
                                "token_type": "Bearer"}
        if refresh is not None:
            body["refresh_token"] = refresh["t"]
            body["refresh_token_expires_in"] = round(refresh["expires"] - self.book.now())
        return Reply(body)

    def _refresh(self, call: Call, client: str) -> Reply:
        """A new access token; the refresh token stays the same and its life goes on shrinking."""
        old = self.book.t["tokens"].get(str(call.params.get("refresh_token") or ""))
        good = (old is not None and old["network"] == "linkedin" and old["kind"] == "refresh" and not old["dead"]
                and old["expires"] > call.now and old["client"] == client)
        if old is None or not good:
            raise _refused("The provided authorization grant or refresh token is invalid, expired or revoked")
        call.account = old["account"]
        return self._answer(self._mint("access", old["person"], old["scopes"], client, ACCESS), old)

    def introspect(self, call: Call) -> Reply:
        client = str(call.params.get("client_id") or "")
        token = self.book.t["tokens"].get(str(call.params.get("token") or ""))
        known = token is not None and token["network"] == "linkedin" and token["client"] == client
        if token is None or not known or CLIENTS.get(client) != call.params.get("client_secret"):
            return Reply({"active": False})
        dead = token["dead"] or ("expired" if token["expires"] <= call.now else "")
        status = {"": "active", "expired": "expired"}.get(dead, "revoked")
        return Reply({"active": not dead, "client_id": client, "authorized_at": int(token["issued"]),
                      "created_at": int(token["issued"]), "expires_at": int(token["expires"]), "status": status,
                      "scope": ",".join(token["scopes"]), "auth_type": "3L"})

    def revoke(self, call: Call) -> Reply:
        token = self.book.t["tokens"].get(str(call.params.get("token") or ""))
        if token is not None and token["network"] == "linkedin" and CLIENTS.get(token["client"]) == call.params.get("client_secret"):
            token["dead"] = token["dead"] or "revoked"
            self.book.put("tokens", token["t"], token)
        return Reply(None, 200)


def _refused(words: str) -> Refusal:
    return Refusal({"error": "invalid_request", "error_description": words}, 400)
