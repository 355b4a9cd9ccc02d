"""Twin of the Facebook Pages part of the Graph API: reading, and which handler answers what.

Publishing is in `facebook_posts.py`, signing in and tokens in `facebook_login.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import graph
from .facebook_login import Login
from .facebook_posts import Posts, post_kind
from .faults import Fault
from .figures import figures
from .graph import error, need, page_of, pick, stamp
from .wire import READ, STAGING, VISIBLE, Call, Reply
from .world import APP_ID, APP_NAME

if TYPE_CHECKING:
    from .server import Handler, Sandbox

POST_METRICS = {
    "post_media_view": "views", "post_total_media_view_unique": "reach", "post_clicks": "clicks",
    "post_reactions_like_total": "likes", "post_video_views": None, "post_video_avg_time_watched": None,
    "post_video_view_time": None, "post_clicks_by_type": None, "post_reactions_by_type_total": "likes_by_type",
    "post_activity_by_action_type": "activity",
}
PAGE_METRICS = (
    "page_media_view", "page_total_media_view_unique", "page_post_engagements", "page_follows", "page_daily_follows",
    "page_daily_follows_unique", "page_daily_unfollows_unique", "page_views_total", "page_video_views",
    "page_actions_post_reactions_like_total", "page_actions_post_reactions_love_total",
)


class Facebook:
    """The twin. `plan` names kind and handler; handlers answer or raise Refusal."""

    name = "facebook"

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self.book = box.book
        self.load = graph.Load(box.book, "pages", 80001)
        self.login = Login(box)
        self.writing = Posts(self)

    # --- routing ------------------------------------------------------------------------------------------------

    def plan(self, call: Call) -> Handler:
        graph.take_version(call)
        segs = call.segs
        if segs[:1] == ["oauth"]:
            call.kind = STAGING
            return self.login.exchange
        if segs[:1] == ["debug_token"]:
            return self.login.debug
        token = graph.authenticate(self.book, call)
        call.account = token["account"] or token["person"]
        if not segs:
            return self._many
        if segs[0] == "me":
            segs[0] = token["account"] or token["person"]
        return self._plan_object(call, token, segs[0], segs[1] if len(segs) > 1 else "")

    def _plan_object(self, call: Call, token: dict[str, Any], name: str, edge: str) -> Handler:
        if f"facebook:{name}" in self.book.t["persons"]:
            return self.login.person(call, name, edge)
        if page := self.book.account("facebook", name):
            call.account = name
            self.load.count(call, name)
            return self._plan_page(call, page, edge)
        for kind, row in (("post", self.post(name)), ("comment", self.book.comment("facebook", name)),
                          ("photo", self.book.t["media"].get(f"facebook:{name}"))):
            if row is not None and not row.get("deleted"):
                call.account = row.get("account") or row.get("page") or call.account
                self.load.count(call, call.account)
                return getattr(self, f"_plan_{kind}")(call, row, edge)
        call.kind = READ if call.method == "GET" else VISIBLE
        raise graph.no_object(name)

    def _plan_page(self, call: Call, page: dict[str, Any], edge: str) -> Handler:
        if call.method == "POST":
            if edge in ("feed", "photos"):
                call.kind = post_kind(call)
                return lambda c: self.writing.feed(c, page) if edge == "feed" else self.writing.photo(c, page)
            call.kind = VISIBLE
            raise error(100, f"Unsupported post request. Edge '{edge}' is not served here.", 33)
        lists = {"feed": True, "posts": True, "published_posts": True, "scheduled_posts": False, "promotable_posts": None}
        if edge in lists:
            return lambda c: self._list(c, page, lists[edge])
        if edge == "insights":
            return lambda c: self._page_insights(c, page)
        if edge in ("visitor_posts", "tagged", "conversations"):
            return lambda c: Reply({"data": []})
        if edge:
            raise error(2500, f"Unknown path components: /{edge}")
        return lambda c: Reply(pick(self.page_object(c, page), str(c.params.get("fields", "")), ("name", "id"), "Page"))

    def _plan_post(self, call: Call, row: dict[str, Any], edge: str) -> Handler:
        if edge == "comments":
            return self._plan_comments(call, row, None)
        if edge == "insights":
            return lambda c: self._post_insights(c, row)
        if edge == "likes":
            call.kind = READ if call.method == "GET" else VISIBLE
            return lambda c: Reply({"data": []} if c.method == "GET" else {"success": True})
        if call.method == "GET":
            return lambda c: Reply(self._picked(c, row))
        call.kind = VISIBLE
        return lambda c: self.writing.delete(c, row) if c.method == "DELETE" else self.writing.update(c, row)

    def _plan_photo(self, call: Call, row: dict[str, Any], edge: str) -> Handler:
        if call.method == "DELETE":
            call.kind = VISIBLE
            return lambda c: self.writing.delete_photo(row)
        whole = {"id": row["id"], "page_story_id": row.get("used_by"), "alt_text_custom": row["alt"] or None,
                 "link": f"{call.base}/www.facebook.com/photo/{row['id']}", "created_time": stamp(row["at"]),
                 "width": row["width"], "height": row["height"]}
        return lambda c: Reply(pick(whole, str(c.params.get("fields", "")), ("created_time",), "Photo"))

    def _plan_comment(self, call: Call, row: dict[str, Any], edge: str) -> Handler:
        post = self.book.post("facebook", row["post"])
        assert post is not None
        if edge == "comments":
            return self._plan_comments(call, post, row)
        if edge == "likes":
            call.kind = VISIBLE
            return lambda c: Reply({"success": True})
        if call.method == "GET":
            return lambda c: Reply(pick(self._comment_object(c, row), str(c.params.get("fields", "")),
                                        ("created_time", "from", "message"), "Comment"))
        call.kind = VISIBLE
        return lambda c: self.writing.change_comment(c, row)

    def _plan_comments(self, call: Call, post: dict[str, Any], parent: dict[str, Any] | None) -> Handler:
        if call.method == "POST":
            call.kind = VISIBLE
            return lambda c: self.writing.comment(c, post, parent)
        return lambda c: self._comments(c, post, parent)

    # --- reading ------------------------------------------------------------------------------------------------

    def post(self, name: str) -> dict[str, Any] | None:
        return self.book.post("facebook", name)

    def is_visible(self, row: dict[str, Any]) -> bool:
        """Whether the public sees it now; a scheduled post appears when its time has come."""
        due = row.get("scheduled")
        if due and not row["visible"] and due <= self.book.now():
            row["visible"], row["scheduled"], row["at"] = True, 0, due
            self.book.save_post(row)
        return bool(row["visible"]) and not row["deleted"]

    def page_object(self, call: Call, page: dict[str, Any]) -> dict[str, Any]:
        token = call.token or {}

        def instagram(modifiers: str, inner: str) -> dict[str, Any] | None:
            account = self.book.account("instagram", page.get("instagram", ""))
            if account is None:
                return None
            return pick({"id": account["id"], "username": account["handle"], "name": account["name"],
                         "profile_picture_url": None, "followers_count": account["followers"]}, inner, (), "IGUser")

        return {
            "id": page["id"], "name": page["name"], "category": page["category"], "tasks": page["tasks"],
            "access_token": lambda m, i: self.login.page_token(token, page["id"]), "username": page["handle"],
            "link": f"{call.base}/www.facebook.com/{page['id']}", "followers_count": page["followers"],
            "fan_count": page["followers"], "instagram_business_account": instagram, "about": None,
            "picture": graph.portrait(f"{call.base}/__avatar/facebook/{page['id']}.svg"),
        }

    def _picked(self, call: Call, row: dict[str, Any]) -> dict[str, Any]:
        need(call.token or {}, "pages_read_engagement")
        return pick(self.post_object(call, row), str(call.params.get("fields", "")),
                    ("created_time", "message", "id"), "Post")

    def post_object(self, call: Call, row: dict[str, Any]) -> dict[str, Any]:
        page = self.book.account("facebook", row["account"]) or {}
        comments = [c for c in self.book.comments("facebook", row["id"]) if not c["deleted"]]
        told = figures(row, call.now, len(comments))
        return {
            "id": row["id"], "message": row["text"] or None, "created_time": stamp(row["at"]),
            "updated_time": stamp(row.get("edited") or row["at"]), "is_published": self.is_visible(row),
            "permalink_url": call.base + row["path"], "is_hidden": False, "story": None,
            "application": {"id": APP_ID, "name": APP_NAME, "link": call.base},
            "from": {"id": row["account"], "name": page.get("name", "")},
            "status_type": "added_photos" if row["media"] else ("shared_story" if row.get("link") else "mobile_status_update"),
            "attachments": lambda m, i: _attachments(call, row), "full_picture": None,
            "scheduled_publish_time": row.get("scheduled") or None,
            "shares": {"count": told["shares"]} if told["shares"] else None,
            "comments": lambda m, i: _summary(m, len(comments)), "likes": lambda m, i: _summary(m, told["likes"]),
            "reactions": lambda m, i: _summary(m, told["likes"]),
        }

    def _list(self, call: Call, page: dict[str, Any], published: bool | None) -> Reply:
        need(call.token or {}, "pages_read_engagement")
        if published is None:
            published = call.flag("is_published", True)
        since, until = float(call.params.get("since") or 0), float(call.params.get("until") or 1e12)
        rows = [
            row for row in reversed(self.book.posts("facebook", page["id"]))
            if not row["deleted"] and self.is_visible(row) is published and since <= row["at"] <= until
            and row["at"] <= call.now - call.lag
        ]
        chosen, paging = page_of(call, rows)
        fields = str(call.params.get("fields", ""))
        data = [pick(self.post_object(call, row), fields, ("created_time", "message", "id"), "Post") for row in chosen]
        return Reply({"data": data, "paging": paging} if paging else {"data": data})

    def _many(self, call: Call) -> Reply:
        names = [name for name in str(call.params.get("ids", "")).split(",") if name]
        if not names:
            raise error(100, "Unsupported get request. Please read the Graph API documentation", 33)
        if len(names) > 50:
            raise error(100, "(#100) Too many IDs. Maximum: 50")
        found = {}
        for name in names:
            row = self.post(name)
            if row is None or row["deleted"]:
                raise graph.no_object(name)
            found[name] = self._picked(call, row)
        return Reply(found)

    # --- comments -----------------------------------------------------------------------------------------------

    def _comment_object(self, call: Call, row: dict[str, Any]) -> dict[str, Any]:
        replies = [c for c in self.book.comments("facebook", row["post"]) if c["parent"] == row["id"] and not c["deleted"]]
        author = None if row.get("nameless") else {"id": row["author"], "name": row["name"]}
        return {
            "id": row["id"], "message": row["text"], "created_time": stamp(row["at"]), "from": author,
            "parent": {"id": row["parent"]} if row["parent"] else None, "like_count": 0, "comment_count": len(replies),
            "permalink_url": f"{call.base}{row['path']}", "is_hidden": row["hidden"], "can_hide": True, "can_comment": True,
            "can_remove": True, "can_reply_privately": False, "user_likes": False, "attachment": None,
        }

    def _comments(self, call: Call, post: dict[str, Any], parent: dict[str, Any] | None) -> Reply:
        token = call.token or {}
        if token.get("account") != post["account"]:
            return Reply({"data": []})      # a user token sees an empty list, without a word
        need(token, "pages_read_engagement")
        rows = [c for c in self.book.comments("facebook", post["id"]) if not c["deleted"] and c["at"] <= call.now - call.lag]
        if parent is not None:
            rows = [c for c in rows if c["parent"] == parent["id"]]
        elif call.params.get("filter", "toplevel") == "toplevel":
            rows = [c for c in rows if not c["parent"]]
        if call.params.get("order") == "reverse_chronological":
            rows.reverse()
        chosen, paging = page_of(call, rows)
        fields = str(call.params.get("fields", ""))
        answer: dict[str, Any] = {"data": [
            pick(self._comment_object(call, row), fields, ("created_time", "from", "message"), "Comment") for row in chosen]}
        if paging:
            answer["paging"] = paging
        if call.flag("summary", False):
            answer["summary"] = {"order": "chronological", "total_count": len(rows), "can_comment": True}
        return Reply(answer)

    def patron_comment(self, post: str, author: str, text: str, parent: str | None) -> dict[str, Any]:
        """A visitor comments; used by the public page and the control door."""
        row = self.post(post)
        if row is None or row["deleted"]:
            raise ValueError(f"no such post: {post}")
        return self.writing.add_comment(row, f"7{self.book.fresh_id()}", author, text, parent)

    # --- metrics ------------------------------------------------------------------------------------------------

    def _post_insights(self, call: Call, row: dict[str, Any]) -> Reply:
        need(call.token or {}, "read_insights")
        comments = len([c for c in self.book.comments("facebook", row["id"]) if not c["deleted"]])
        told: dict[str, Any] = figures(row, call.now, comments)
        told["likes_by_type"] = {"like": told["likes"]} if told["likes"] else {}
        told["activity"] = {"like": told["likes"], "comment": comments, "share": told["shares"]}
        data = []
        for name in _metrics(call, POST_METRICS):
            source = POST_METRICS[name]
            data.append(_insight(row["id"], name, "lifetime", told[source] if source else 0))
        return Reply({"data": data, "paging": {}})

    def _page_insights(self, call: Call, page: dict[str, Any]) -> Reply:
        need(call.token or {}, "read_insights")
        period = str(call.params.get("period", "day"))
        return Reply({"data": [_insight(page["id"], name, period, 0) for name in _metrics(call, PAGE_METRICS)], "paging": {}})

    # --- for the server -----------------------------------------------------------------------------------------

    def finish(self, call: Call, reply: Reply) -> None:
        reply.headers.update(call.rate)

    def fault_reply(self, kind: str, call: Call, fault: Fault) -> Reply:
        misleading = error(2, "An unexpected error has occurred. Please retry your request later.", status=500, transient=True)
        duplicate = error(506, "Duplicate status message", 1455006, title="Duplicate Status Update",
                          words="This status update is identical to the last one you posted. Try posting something else.")
        return graph.fault_reply(kind, call, fault, load=self.load, misleading=misleading, duplicate=duplicate)


def _metrics(call: Call, known: Any) -> list[str]:
    names = [name for name in str(call.params.get("metric", "")).split(",") if name]
    if not names or any(name not in known for name in names):
        raise error(100, "(#100) The value must be a valid insights metric")
    return names


def _insight(owner: str, name: str, period: str, value: Any) -> dict[str, Any]:
    return {"name": name, "period": period, "values": [{"value": value}], "title": name.replace("_", " ").capitalize(),
            "description": "", "id": f"{owner}/insights/{name}/{period}"}


def _summary(modifiers: str, count: int) -> dict[str, Any]:
    answer: dict[str, Any] = {"data": []}
    if "summary" in modifiers:
        answer["summary"] = {"total_count": count}
    return answer


def _attachments(call: Call, row: dict[str, Any]) -> dict[str, Any] | None:
    def one(media: dict[str, Any]) -> dict[str, Any]:
        address = f"{call.base}/www.facebook.com/photo/{media['id']}"
        return {"type": "photo", "media_type": "photo", "target": {"id": media["id"], "url": address}, "url": address,
                "media": {"image": {"src": f"{call.base}/__media/{media['sha256']}", "width": media["width"],
                                    "height": media["height"]}}}

    if len(row["media"]) > 1:
        album = {"type": "album", "media_type": "album", "target": {"id": row["id"], "url": call.base + row["path"]},
                 "url": call.base + row["path"], "subattachments": {"data": [one(m) for m in row["media"]]}}
        return {"data": [album]}
    if row["media"]:
        return {"data": [one(row["media"][0])]}
    if row.get("link"):
        return {"data": [{"type": "share", "media_type": "link", "url": row["link"], "unshimmed_url": row["link"]}]}
    return None
