"""Twin of the Instagram API on both hosts: accounts, media, comments and figures, and which handler answers what.

Containers and publishing are in `instagram_posts.py`, the Instagram Login tokens in `instagram_login.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import graph
from .faults import Fault
from .figures import figures
from .graph import error, page_of, pick, stamp
from .instagram_login import Login
from .instagram_posts import Publishing
from .wire import READ, STAGING, VISIBLE, Call, Reply

if TYPE_CHECKING:
    from .server import Handler, Sandbox

FEED_METRICS = {
    "views": "views", "reach": "reach", "likes": "likes", "comments": "comments", "saved": "saves", "shares": "shares",
    "total_interactions": "total", "follows": None, "profile_visits": None, "profile_activity": None, "reposts": None,
    "total_views": "views", "total_likes": "likes", "total_comments": "comments",
}
ACCOUNT_METRICS = (
    "reach", "views", "accounts_engaged", "total_interactions", "likes", "comments", "shares", "saves", "replies",
    "reposts", "follows_and_unfollows", "profile_links_taps", "follower_count",
)
RIGHTS = {                                  # what a call needs -> the scope on each path
    "read": ("instagram_basic", "instagram_business_basic"),
    "publish": ("instagram_content_publish", "instagram_business_content_publish"),
    "comments": ("instagram_manage_comments", "instagram_business_manage_comments"),
    "insights": ("instagram_manage_insights", "instagram_business_manage_insights"),
}


class Instagram:
    """The twin. On graph.facebook.com it answers for its own ids only."""

    name = "instagram"

    def __init__(self, box: Sandbox) -> None:
        self.box, self.book = box, box.book
        self.load = graph.Load(box.book, "instagram", 80002)
        self.login = Login(box)
        self.writing = Publishing(self)

    def owns(self, call: Call) -> bool:
        """Whether the first id of a graph.facebook.com path is Instagram's."""
        segs = call.segs[1:] if call.segs and graph._VERSION.match(call.segs[0]) else call.segs
        if not segs:
            return False
        key = f"instagram:{segs[0]}"
        return any(key in self.book.t[table] for table in ("accounts", "containers", "posts", "comments"))

    # --- routing ------------------------------------------------------------------------------------------------

    def plan(self, call: Call) -> Handler:
        if call.host == "api.instagram.com":
            call.kind = STAGING
            return self.login.redeem
        graph.take_version(call)
        if call.host == "graph.instagram.com" and call.segs[:1] in (["access_token"], ["refresh_access_token"]):
            call.kind = STAGING
            return self.login.lengthen if call.segs[0] == "access_token" else self.login.refresh
        token = graph.authenticate(self.book, call)
        wanted = "instagram" if call.host == "graph.instagram.com" else "facebook"
        if token["network"] != wanted:
            raise error(190, "Invalid OAuth access token - Cannot parse access token")
        if call.segs[:1] == ["me"]:
            call.segs[0] = token["account"]
        return self._plan_object(call, *(call.segs + ["", ""])[:2])

    def _plan_object(self, call: Call, name: str, edge: str) -> Handler:
        key = f"instagram:{name}"
        account = self.book.t["accounts"].get(key)
        container, media, comment = (self.book.t[table].get(key) for table in ("containers", "posts", "comments"))
        row = account or container or media or comment
        if row is None or (row.get("deleted") and account is None):
            call.kind = READ if call.method == "GET" else VISIBLE
            raise graph.no_object(name)
        if comment:
            row = self.book.post("instagram", comment["post"])
        owner = account or self.book.account("instagram", (row or {}).get("account", ""))
        assert owner is not None
        call.account = owner["id"]
        self._may_speak(call, owner)
        self.load.count(call, owner["id"])
        if account:
            return self._plan_account(call, account, edge)
        if container:
            return lambda c: self.writing.status(c, container)
        return self._plan_comment(call, comment, edge) if comment else self._plan_media(call, media or {}, edge)

    def _may_speak(self, call: Call, account: dict[str, Any]) -> None:
        token = call.token or {}
        mine = token["account"] in (account["id"], account["page"]) or (
            not token["account"] and token["person"] == account["person"]
            and (token.get("accounts") is None or account["page"] in token["accounts"]))
        if not mine:
            raise graph.no_object(account["id"])

    @staticmethod
    def need(call: Call, right: str) -> None:
        """Raises code 10 when the token lacks a right, under either path's name."""
        token = call.token or {}
        if not set(RIGHTS[right]) & set(token["scopes"]):
            raise error(10, "(#10) Application does not have permission for this action", status=403)

    def _plan_account(self, call: Call, account: dict[str, Any], edge: str) -> Handler:
        if call.method == "POST":
            call.kind = VISIBLE if edge == "media_publish" else STAGING
            doors = {"media": self.writing.create, "media_publish": self.writing.publish}
            if edge not in doors:
                raise error(100, f"Unsupported post request. Edge '{edge}' is not served here.", 33)
            return lambda c: doors[edge](c, account)
        readers = {"": self._account, "media": self._media_list, "insights": self._account_insights,
                   "content_publishing_limit": self.writing.quota}
        if edge in ("stories", "tags"):
            return lambda c: Reply({"data": []})
        if edge not in readers:
            raise error(2500, f"Unknown path components: /{edge}")
        return lambda c: readers[edge](c, account)

    def _plan_media(self, call: Call, row: dict[str, Any], edge: str) -> Handler:
        if edge == "comments":
            call.kind = VISIBLE if call.method == "POST" else READ
            return lambda c: self.writing.comment(c, row) if c.method == "POST" else self._comments(c, row)
        if edge == "insights":
            return lambda c: self._media_insights(c, row)
        if call.method == "GET":
            return lambda c: Reply(pick(self.media_object(c, row), str(c.params.get("fields", "")), ("id",), "IGMedia"))
        call.kind = VISIBLE
        return lambda c: self.writing.delete(c, row) if c.method == "DELETE" else self.writing.update(c, row)

    def _plan_comment(self, call: Call, row: dict[str, Any], edge: str) -> Handler:
        if edge == "replies":
            call.kind = VISIBLE if call.method == "POST" else READ
            return lambda c: self.writing.reply(c, row) if c.method == "POST" else self._replies(c, row)
        if call.method == "GET":
            return lambda c: Reply(pick(self._comment_object(c, row), str(c.params.get("fields", "")),
                                        ("id", "text", "timestamp"), "IGComment"))
        call.kind = VISIBLE
        return lambda c: self.writing.change_comment(c, row)

    # --- reading ------------------------------------------------------------------------------------------------

    def is_visible(self, row: dict[str, Any]) -> bool:
        return bool(row["visible"]) and not row["deleted"]

    def _account(self, call: Call, account: dict[str, Any]) -> Reply:
        posts = [row for row in self.book.posts("instagram", account["id"]) if self.is_visible(row)]
        whole = {
            "id": account["id"], "user_id": account["id"], "username": account["handle"], "name": account["name"],
            "account_type": "BUSINESS", "profile_picture_url": None, "followers_count": account["followers"],
            "follows_count": 12, "media_count": len(posts), "biography": "", "website": "",
        }
        return Reply(pick(whole, str(call.params.get("fields", "")), ("id",), "IGUser"))

    def media_object(self, call: Call, row: dict[str, Any]) -> dict[str, Any]:
        comments = [c for c in self.book.comments("instagram", row["id"]) if not c["deleted"]]
        told = figures(row, call.now, len(comments))
        first = row["media"][0]
        children = [{"id": m["id"], "media_type": "IMAGE", "media_url": f"{call.base}/__media/{m['sha256']}",
                     "alt_text": m["alt"]} for m in row["media"]]

        def kids(modifiers: str, inner: str) -> dict[str, Any] | None:
            return {"data": [pick(c, inner, ("id",), "IGMedia") for c in children]} if len(children) > 1 else None

        return {
            "id": row["id"], "ig_id": row["id"], "caption": row["text"] or None, "timestamp": stamp(row["at"]),
            "permalink": call.base + row["path"], "shortcode": row["path"].strip("/").split("/")[-1],
            "media_type": "CAROUSEL_ALBUM" if len(children) > 1 else "IMAGE", "media_product_type": "FEED",
            "media_url": f"{call.base}/__media/{first['sha256']}", "thumbnail_url": None, "children": kids,
            "username": (self.book.account("instagram", row["account"]) or {}).get("handle"),
            "owner": {"id": row["account"]}, "like_count": told["likes"], "comments_count": len(comments),
            "is_comment_enabled": row.get("comments_open", True), "alt_text": first["alt"] or None,
        }

    def _media_list(self, call: Call, account: dict[str, Any]) -> Reply:
        self.need(call, "read")
        since, until = float(call.params.get("since") or 0), float(call.params.get("until") or 1e12)
        rows = [row for row in reversed(self.book.posts("instagram", account["id"]))
                if self.is_visible(row) and row["at"] <= call.now - call.lag and since <= row["at"] <= until]
        chosen, paging = page_of(call, rows)
        fields = str(call.params.get("fields", ""))
        data = [pick(self.media_object(call, row), fields, ("id",), "IGMedia") for row in chosen]
        return Reply({"data": data, "paging": paging} if paging else {"data": data})

    # --- comments -----------------------------------------------------------------------------------------------

    def _comment_object(self, call: Call, row: dict[str, Any]) -> dict[str, Any]:
        def replies(modifiers: str, inner: str) -> dict[str, Any] | None:
            found = self._replies_of(row)
            return {"data": [pick(self._comment_object(call, r), inner, ("id", "text", "timestamp"), "IGComment")
                             for r in found]} if found else None

        def author(modifiers: str, inner: str) -> dict[str, Any]:
            self.need(call, "comments")
            return pick({"id": row["author"], "username": row["name"]}, inner, ("id", "username"), "IGUser")

        return {
            "id": row["id"], "text": row["text"], "timestamp": stamp(row["at"]), "username": row["name"], "from": author,
            "like_count": 0, "hidden": row["hidden"], "parent_id": row["parent"], "replies": replies,
            "media": {"id": row["post"], "media_product_type": "FEED"},
        }

    def _replies_of(self, row: dict[str, Any]) -> list[dict[str, Any]]:
        return [c for c in self.book.comments("instagram", row["post"]) if c["parent"] == row["id"] and not c["deleted"]]

    def _comments(self, call: Call, row: dict[str, Any]) -> Reply:
        self.need(call, "read")
        rows = [c for c in reversed(self.book.comments("instagram", row["id"]))
                if not c["deleted"] and not c["parent"] and c["at"] <= call.now - call.lag]
        return self._comment_page(call, rows)

    def _replies(self, call: Call, row: dict[str, Any]) -> Reply:
        return self._comment_page(call, [c for c in self._replies_of(row) if c["at"] <= call.now - call.lag])

    def _comment_page(self, call: Call, rows: list[dict[str, Any]]) -> Reply:
        chosen, paging = page_of(call, rows, most=50)
        fields = str(call.params.get("fields", ""))
        data = [pick(self._comment_object(call, c), fields, ("id", "text", "timestamp"), "IGComment") for c in chosen]
        return Reply({"data": data, "paging": paging} if paging else {"data": data})

    def patron_comment(self, post: str, author: str, text: str, parent: str | None) -> dict[str, Any]:
        """A follower comments; used by the public page and the control door."""
        row = self.book.post("instagram", post)
        if row is None or row["deleted"]:
            raise ValueError(f"no such post: {post}")
        handle = "".join(c for c in author.lower().replace(" ", ".") if c.isalnum() or c in "._") or "patron"
        return self.writing.add_comment(row, f"6{self.book.fresh_id()}", handle, text, parent)

    # --- metrics ------------------------------------------------------------------------------------------------

    def _media_insights(self, call: Call, row: dict[str, Any]) -> Reply:
        self.need(call, "insights")
        names = _metrics(call, FEED_METRICS, "FEED")
        comments = len([c for c in self.book.comments("instagram", row["id"]) if not c["deleted"]])
        told: dict[str, Any] = figures(row, call.now, comments)
        told["total"] = told["likes"] + told["comments"] + told["shares"] + told["saves"]
        data = []
        for name in names:
            source = FEED_METRICS[name]
            data.append({"name": name, "period": "lifetime", "values": [{"value": told[source] if source else 0}],
                         "title": name.replace("_", " ").capitalize(), "id": f"{row['id']}/insights/{name}/lifetime"})
        return Reply({"data": data})

    def _account_insights(self, call: Call, account: dict[str, Any]) -> Reply:
        self.need(call, "insights")
        data = [{"name": name, "period": "day", "title": name.replace("_", " ").capitalize(), "total_value": {"value": 0},
                 "id": f"{account['id']}/insights/{name}/day"} for name in _metrics(call, ACCOUNT_METRICS, "account")]
        return Reply({"data": data})

    # --- for the server -----------------------------------------------------------------------------------------

    def finish(self, call: Call, reply: Reply) -> None:
        reply.headers.update(call.rate)

    def fault_reply(self, kind: str, call: Call, fault: Fault) -> Reply:
        misleading = error(4, "Application request limit reached", 2207051, title="Action is blocked",
                           words="We restrict certain activity to protect our community.")
        duplicate = error(9007, "Media ID is not available", 2207027, title="Media not available",
                          words="The media is not ready to be published.")
        return graph.fault_reply(kind, call, fault, load=self.load, misleading=misleading, duplicate=duplicate)


def _metrics(call: Call, known: Any, kind: str) -> list[str]:
    names = [name for name in str(call.params.get("metric", "")).split(",") if name]
    bad = [name for name in names if name not in known]
    if not names or bad:
        raise error(100, f"(#100) Incompatible metrics ({', '.join(bad)}) with product type {kind}")
    return names
