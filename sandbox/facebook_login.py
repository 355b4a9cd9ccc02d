"""Twin of Facebook's tokens: code to short-lived to long-lived to Page token, and what `debug_token` says of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import graph
from .graph import error, pick
from .wire import READ, VISIBLE, Call, Reply
from .world import APP_ID, APP_NAME, CLIENTS, DAY

if TYPE_CHECKING:
    from .server import Handler, Sandbox

SHORT = 5400                                # seconds; "one to two hours"
LONG = 60 * DAY
DATA_ACCESS = 90 * DAY


class Login:
    """The token ladder and the edges of a person."""

    def __init__(self, box: Sandbox) -> None:
        self.box, self.book = box, box.book

    # --- tokens -------------------------------------------------------------------------------------------------

    def exchange(self, call: Call) -> Reply:
        """`oauth/access_token`: a code, or (fb_exchange_token) a short-lived token for a long-lived one."""
        client, secret = str(call.params.get("client_id", "")), str(call.params.get("client_secret", ""))
        if client not in CLIENTS:
            raise error(101, "Error validating application. Cannot get application info due to a system error.")
        if CLIENTS[client] != secret:
            raise error(1, "Error validating client secret.")
        if call.params.get("grant_type") == "fb_exchange_token":
            return self._lengthen(call)
        return self._redeem(call)

    def _redeem(self, call: Call) -> Reply:
        code = self.book.t["codes"].get(f"facebook:{call.params.get('code', '')}")
        if code is None or code["expires"] <= call.now:
            raise error(100, "This authorization code has expired.", 36007)
        if code["used"]:
            raise error(100, "This authorization code has been used.", 36009)
        if code["redirect"] != call.params.get("redirect_uri"):
            raise error(100, "Error validating verification code. Please make sure your redirect_uri is identical to "
                        "the one you used in the OAuth dialog request", 36008)
        code["used"] = True
        self.book.put("codes", f"facebook:{code['code']}", code)
        token = self.box.world.mint("facebook", "user_short", person=code["person"], account="", scopes=code["scopes"],
                                    seconds=SHORT, accounts=code["accounts"])
        return Reply({"access_token": token["t"], "token_type": "bearer", "expires_in": SHORT})

    def _lengthen(self, call: Call) -> Reply:
        old = self.book.t["tokens"].get(str(call.params.get("fb_exchange_token", "")))
        if old is None:
            raise error(190, "Invalid OAuth access token - Cannot parse access token")
        if old["dead"] or (old["expires"] and old["expires"] <= call.now):
            raise graph.token_error(old["dead"] or "expired")
        token = self.box.world.mint("facebook", "user_long", person=old["person"], account="", scopes=old["scopes"],
                                    seconds=LONG, accounts=old.get("accounts"))
        return Reply({"access_token": token["t"], "token_type": "bearer", "expires_in": LONG - 16})

    def page_token(self, user: dict[str, Any], page_id: str) -> str | None:
        """The Page's token for this user token: without an end when the user token is long-lived."""
        if user.get("kind") == "page":
            return user["t"] if user["account"] == page_id else None
        if user.get("kind") not in ("user_short", "user_long") or page_id not in self._pages(user):
            return None
        given = user.setdefault("page_tokens", {})
        if page_id in given and not self.book.t["tokens"][given[page_id]]["dead"]:
            return given[page_id]
        seconds = 0 if user["kind"] == "user_long" else max(1, user["expires"] - self.book.now())
        token = self.box.world.mint("facebook", "page", person=user["person"], account=page_id, scopes=user["scopes"],
                                    seconds=seconds)
        given[page_id] = token["t"]
        self.book.put("tokens", user["t"], user)
        return token["t"]

    def _pages(self, user: dict[str, Any]) -> list[str]:
        person = self.book.t["persons"].get(f"facebook:{user['person']}") or {"accounts": []}
        chosen = user.get("accounts")
        return [page for page in person["accounts"] if chosen is None or page in chosen]

    # --- debug_token --------------------------------------------------------------------------------------------

    def debug(self, call: Call) -> Reply:
        app, _, secret = call.bearer().partition("|")
        if CLIENTS.get(app) != secret and call.bearer() not in self.book.t["tokens"]:
            raise error(190, "Invalid OAuth access token - Cannot parse access token")
        token = self.book.t["tokens"].get(str(call.params.get("input_token", "")))
        if token is None or token["network"] != "facebook":
            return Reply({"data": {"error": {"code": 190, "message": "Invalid OAuth access token."}, "is_valid": False,
                                   "scopes": []}})
        return Reply({"data": self._told(token, call.now)})

    def _told(self, token: dict[str, Any], now: float) -> dict[str, Any]:
        data: dict[str, Any] = {
            "app_id": APP_ID, "type": "PAGE" if token["kind"] == "page" else "USER", "application": APP_NAME,
            "data_access_expires_at": int(token["issued"] + DATA_ACCESS), "expires_at": int(token["expires"]),
            "is_valid": True, "issued_at": int(token["issued"]), "scopes": token["scopes"], "user_id": token["person"],
        }
        if token["kind"] == "page":
            data["profile_id"] = token["account"]
            data["granular_scopes"] = [
                {"scope": s, "target_ids": [token["account"]]} for s in token["scopes"] if s.startswith("pages_")]
        dead = token["dead"] or ("expired" if token["expires"] and token["expires"] <= now else "")
        if dead:
            subcode, message = graph.DEATHS.get(dead, graph.DEATHS["467"])
            data.update(is_valid=False, error={"code": 190, "message": message, "subcode": subcode})
        return data

    # --- a person -----------------------------------------------------------------------------------------------

    def person(self, call: Call, name: str, edge: str) -> Handler:
        """The handler for /{user} and its edges."""
        person = self.book.t["persons"][f"facebook:{name}"]
        token = call.token or {}
        if token.get("person") != name:
            raise graph.no_object(name)
        if edge == "accounts":
            return self._accounts
        if edge == "permissions":
            call.kind = READ if call.method == "GET" else VISIBLE
            return lambda c: self._permissions(c, person)
        if edge in ("businesses", "owned_pages", "client_pages"):
            return lambda c: Reply({"data": []})
        if edge:
            raise error(2500, f"Unknown path components: /{edge}")
        whole = {"id": name, "name": person["name"], "email": None, "first_name": person["name"].split()[0],
                 "picture": graph.portrait(f"{call.base}/__avatar/facebook/{name}.svg")}
        return lambda c: Reply(pick(whole, str(c.params.get("fields", "")), ("name", "id"), "User"))

    def _accounts(self, call: Call) -> Reply:
        token = call.token or {}
        graph.need(token, "pages_show_list")
        facebook = self.box.twins["facebook"]
        pages = [page for name in self._pages(token) if (page := self.book.account("facebook", name))]
        chosen, paging = graph.page_of(call, pages)
        fields = str(call.params.get("fields", ""))
        default = ("access_token", "category", "name", "id", "tasks")
        data = [pick(facebook.page_object(call, page), fields, default, "Page") for page in chosen]
        return Reply({"data": data, "paging": paging} if paging else {"data": data})

    def _permissions(self, call: Call, person: dict[str, Any]) -> Reply:
        token = call.token or {}
        if call.method == "DELETE":
            return self._revoke(call, person)
        told = dict.fromkeys(token["scopes"], "granted")
        told.update({s: "declined" for s, state in person["permissions"].items() if state == "declined" and s not in told})
        return Reply({"data": [{"permission": scope, "status": state} for scope, state in told.items()]})

    def _revoke(self, call: Call, person: dict[str, Any]) -> Reply:
        single = call.segs[2] if len(call.segs) > 2 else ""
        for token in self.book.t["tokens"].values():
            if token["network"] == "facebook" and token["person"] == person["id"] and not token["dead"]:
                if single:
                    token["scopes"] = [s for s in token["scopes"] if s != single]
                else:
                    token["dead"] = "458"
                self.book.put("tokens", token["t"], token)
        return Reply({"success": True})
