"""Twin of the X API v2: who calls, how often they may, what it costs, and which handler answers what.

Posts are in `twitter_posts.py`, uploads in `twitter_media.py`, tokens in `twitter_login.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .faults import Fault
from .twitter_login import Login
from .twitter_media import Media
from .twitter_posts import Posts
from .twitter_reading import Reading
from .wire import READ, STAGING, VISIBLE, Call, Refusal, Reply

if TYPE_CHECKING:
    from .server import Handler, Sandbox

WINDOW = 900                                # seconds
DAY = 86_400
LIMITS = {                                  # calls of one user in 15 minutes, as documented
    "tweets.create": 100, "tweets.delete": 50, "tweets.list": 5000, "tweets.one": 900, "users.tweets": 900,
    "users.mentions": 300, "search.recent": 300, "users.me": 75, "users.one": 900, "tweets.hide": 50,
    "media.one_shot": 500, "media.chunked": 1875, "media.status": 1000, "media.metadata": 500,
}
PRICES = {                                  # US dollars a call, pay-per-use, August 2026
    "tweets.create": 0.015, "tweets.delete": 0.01, "media.metadata": 0.005, "users.me": 0.01, "users.one": 0.01,
}
LINK_PRICE = 0.20                           # a post that carries a link
SCOPES = {
    "tweets.create": ("tweet.write", "tweet.read", "users.read"), "tweets.delete": ("tweet.write",),
    "tweets.list": ("tweet.read",), "tweets.one": ("tweet.read",), "users.tweets": ("tweet.read", "users.read"),
    "users.mentions": ("tweet.read", "users.read"), "search.recent": ("tweet.read",), "users.me": ("users.read",),
    "users.one": ("users.read",), "tweets.hide": ("tweet.moderate.write",), "media.one_shot": ("media.write",),
    "media.chunked": ("media.write",), "media.status": ("media.write",), "media.metadata": ("media.write",),
}


def problem(status: int, title: str, detail: str, kind: str = "about:blank", **extra: Any) -> Refusal:
    """X's problem document, to be raised."""
    return Refusal({"title": title, "detail": detail, "type": kind, "status": status, **extra}, status)


def unauthorized() -> Refusal:
    return problem(401, "Unauthorized", "Unauthorized")


class Twitter:
    """The twin."""

    name = "twitter"

    def __init__(self, box: Sandbox) -> None:
        self.box, self.book = box, box.book
        self.login = Login(box)
        self.media = Media(self)
        self.reading = Reading(self)
        self.posts = Posts(self)

    # --- routing ------------------------------------------------------------------------------------------------

    def plan(self, call: Call) -> Handler:
        segs, method = call.segs, call.method
        if segs[:1] != ["2"]:
            raise problem(404, "Not Found", "Not Found")
        if segs[1:2] == ["oauth2"]:
            call.kind = STAGING
            return self.login.token if segs[2:] == ["token"] else self.login.revoke
        found = self._route(call, method, segs[1:])
        if found is None:
            raise problem(404, "Not Found Error", f"Could not find {call.path}",
                          "https://api.twitter.com/2/problems/resource-not-found")
        name, call.kind, handler = found
        token = self._authenticate(call)
        call.account = token["account"]
        return lambda c: self._checked(c, name, handler)

    def _route(self, call: Call, method: str, segs: list[str]) -> tuple[str, str, Handler] | None:
        if segs[0] == "tweets":
            return self._route_tweets(method, segs[1:])
        if segs[0] == "media":
            return self.media.route(call, method, segs[1:])
        if segs[0] == "users" and method == "GET":
            if segs[1:] == ["me"]:
                return "users.me", READ, self.reading.me
            if len(segs) == 3 and segs[2] in ("tweets", "mentions"):
                handler = self.reading.timeline if segs[2] == "tweets" else self.reading.mentions
                return f"users.{segs[2]}", READ, handler
            if len(segs) == 2:
                return "users.one", READ, self.reading.user
        return None

    def _route_tweets(self, method: str, segs: list[str]) -> tuple[str, str, Handler] | None:
        if method == "POST" and not segs:
            return "tweets.create", VISIBLE, self.posts.create
        if method == "GET" and not segs:
            return "tweets.list", READ, self.reading.many
        if method == "GET" and segs == ["search", "recent"]:
            return "search.recent", READ, self.reading.search
        if method == "GET" and len(segs) == 1:
            return "tweets.one", READ, self.reading.one
        if method == "DELETE" and len(segs) == 1:
            return "tweets.delete", VISIBLE, self.posts.delete
        if method == "PUT" and len(segs) == 2 and segs[1] == "hidden":
            return "tweets.hide", VISIBLE, self.posts.hide
        return None

    # --- who, how often, at what price --------------------------------------------------------------------------

    def _authenticate(self, call: Call) -> dict[str, Any]:
        token = self.book.t["tokens"].get(call.bearer())
        if token is None or token["network"] != "twitter" or token["kind"] != "access" or token["dead"]:
            raise unauthorized()
        if token["expires"] <= call.now:
            raise unauthorized()
        call.token = token
        account = self.book.account("twitter", token["account"]) or {}
        if account.get("suspended"):
            raise Refusal({"errors": [{"code": 64, "message": "Your account is suspended and is not permitted to access "
                                       "this feature."}]}, 403)
        return token

    def _checked(self, call: Call, name: str, handler: Handler) -> Any:
        """Rate limit, scope, credits: in that order, as the headers are on every answer."""
        self._count(call, name)
        token = call.token or {}
        missing = [scope for scope in SCOPES[name] if scope not in token["scopes"]]
        if missing:
            raise problem(403, "Forbidden", "You are not permitted to perform this action.")
        self._pay(PRICES.get(name, 0))
        return handler(call)

    def _count(self, call: Call, name: str) -> None:
        limit = int(self.book.settings["x_limits"].get(name, LIMITS[name]))
        windows = self.book.memo.setdefault("x_windows", {})
        window = windows.get((call.account, name))
        if window is None or window[0] <= call.now:
            window = windows[call.account, name] = [call.now + WINDOW, 0]
        window[1] += 1
        call.rate.update({
            "x-rate-limit-limit": str(limit), "x-rate-limit-remaining": str(max(0, limit - window[1])),
            "x-rate-limit-reset": str(int(window[0])),
        })
        if name == "tweets.create":
            self._count_day(call)
        if window[1] > limit:
            raise self.too_many()

    def _count_day(self, call: Call) -> None:
        limit = int(self.book.settings["x_app_posts_per_day"])
        day = self.book.memo.setdefault("x_day", [0.0, 0])
        if day[0] <= call.now:
            day[0], day[1] = call.now + DAY, 0
        day[1] += 1
        call.rate.update({
            "x-app-limit-24hour-limit": str(limit), "x-app-limit-24hour-remaining": str(max(0, limit - day[1])),
            "x-app-limit-24hour-reset": str(int(day[0])),
        })
        if day[1] > limit:
            raise self.too_many()

    def too_many(self) -> Refusal:
        if self.book.settings["x_429_shape"] == "legacy":
            return Refusal({"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, 429)
        return problem(429, "Too Many Requests", "Too Many Requests")

    def _pay(self, price: float) -> None:
        """Take credits; 402 when there are not enough."""
        if not price:
            return
        left = float(self.book.settings["x_credits_usd"])
        if left < price:
            raise problem(402, "CreditsDepleted", "Your enrolled account does not have any credits to fulfill this request.",
                          "https://api.x.com/2/problems/credits")
        self.book.set("x_credits_usd", round(left - price, 4))

    def pay_for_link(self) -> None:
        """The difference a link makes."""
        self._pay(LINK_PRICE - PRICES["tweets.create"])

    # --- for the server -----------------------------------------------------------------------------------------

    @staticmethod
    def is_visible(row: dict[str, Any]) -> bool:
        return bool(row["visible"]) and not row["deleted"]

    def patron_comment(self, post: str, author: str, text: str, parent: str | None) -> dict[str, Any]:
        """A reader replies; used by the public page and the control door."""
        return self.posts.patron_reply(post, author, text, parent)

    def finish(self, call: Call, reply: Reply) -> None:
        reply.headers.update(call.rate)

    def fault_reply(self, kind: str, call: Call, fault: Fault) -> Reply:
        if kind in ("expired", "revoked"):
            return unauthorized().reply
        if kind == "429":
            reply = self.too_many().reply
            if fault.rule.get("shape") == "legacy":
                reply = Reply({"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, 429)
            reply.headers.update({"x-rate-limit-limit": "100", "x-rate-limit-remaining": "0",
                                  "x-rate-limit-reset": str(int(call.now + fault.seconds) + 1)})
            return reply
        if kind == "duplicate":
            return duplicate().reply
        titles = {500: "Internal Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}
        status = 503 if kind == "error" else fault.status
        title = titles.get(status, "Error")
        return problem(status, title, title).reply


def duplicate() -> Refusal:
    return problem(403, "Forbidden", "You are not allowed to create a Tweet with duplicate content.")
