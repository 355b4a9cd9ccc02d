"""Twin of Instagram Login's tokens: code to one hour, one hour to 60 days, 60 days again. Not the Facebook ladder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import graph
from .graph import error
from .wire import Call, Refusal, Reply
from .world import CLIENTS, DAY

if TYPE_CHECKING:
    from .server import Sandbox

SHORT, LONG = 3600, 60 * DAY


class Login:
    """The code exchange and the two ways to lengthen a token."""

    def __init__(self, box: Sandbox) -> None:
        self.box, self.book = box, box.book

    def redeem(self, call: Call) -> Reply:
        """POST api.instagram.com/oauth/access_token. Errors have a shape of their own here."""
        code = self.book.t["codes"].get(f"instagram:{str(call.params.get('code', '')).removesuffix('#_')}")
        client = str(call.params.get("client_id", ""))
        if CLIENTS.get(client) != call.params.get("client_secret"):
            raise _refused("Error validating client secret.")
        if code is None or code["used"] or code["expires"] <= call.now:
            raise _refused("Matching code was not found or was already used")
        if code["redirect"] != call.params.get("redirect_uri"):
            raise _refused("Error validating verification code. Please make sure your redirect_uri is identical to the "
                           "one you used in the OAuth dialog request")
        code["used"] = True
        self.book.put("codes", f"instagram:{code['code']}", code)
        account = code["accounts"][0]
        token = self.box.world.mint("instagram", "short", person=code["person"], account=account, scopes=code["scopes"],
                                    seconds=SHORT)
        answer = {"access_token": token["t"], "user_id": int(account)}
        if self.book.settings["instagram_flat_token"]:
            return Reply({**answer, "permissions": code["scopes"]})
        return Reply({"data": [{**answer, "user_id": account, "permissions": ",".join(code["scopes"])}]})

    def lengthen(self, call: Call) -> Reply:
        """GET /access_token?grant_type=ig_exchange_token: one hour becomes 60 days."""
        if call.params.get("grant_type") != "ig_exchange_token":
            raise error(100, "Invalid parameter: grant_type")
        if call.params.get("client_secret") not in [secret for secret in CLIENTS.values() if secret]:
            raise error(1, "Error validating client secret.")
        return self._renewed(call, kinds=("short",), youngest=0)

    def refresh(self, call: Call) -> Reply:
        """GET /refresh_access_token: 60 more days for a long-lived token at least a day old. The old one lives on."""
        if call.params.get("grant_type") != "ig_refresh_token":
            raise error(100, "Invalid parameter: grant_type")
        return self._renewed(call, kinds=("long",), youngest=DAY)

    def _renewed(self, call: Call, *, kinds: tuple[str, ...], youngest: float) -> Reply:
        old = graph.authenticate(self.book, call)
        if old["network"] != "instagram" or old["kind"] not in kinds:
            raise error(190, "Invalid OAuth access token - Cannot parse access token")
        if call.now - old["issued"] < youngest:
            raise error(100, "The access token must be at least 24 hours old to be refreshed")
        call.account = old["account"]
        token = self.box.world.mint("instagram", "long", person=old["person"], account=old["account"],
                                    scopes=old["scopes"], seconds=LONG)
        return Reply({"access_token": token["t"], "token_type": "bearer", "expires_in": LONG - 10,
                      "permissions": ",".join(old["scopes"])})


def _refused(message: str) -> Refusal:
    return Refusal({"error_type": "OAuthException", "code": 400, "error_message": message}, 400)
