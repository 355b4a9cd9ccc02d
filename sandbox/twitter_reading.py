"""Twin of X's reading: posts as they are given back, timelines, search, users, with paging."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .figures import figures
from .twitter_posts import EPOCH_MS, invalid
from .wire import Call, Reply

if TYPE_CHECKING:
    from .twitter import Twitter

RECENT = 7 * 86_400                         # seconds that search looks back
OWN_METRICS = 30 * 86_400                   # seconds that private figures are told
QUERY_MAX = 512
_SPELLING = {"edit_history_post_ids": "edit_history_tweet_ids", "referenced_posts": "referenced_tweets"}


class Reading:
    """All GETs."""

    def __init__(self, twin: Twitter) -> None:
        self.twin, self.book = twin, twin.book

    # --- one object ---------------------------------------------------------------------------------------------

    def tweet(self, call: Call, row: dict[str, Any], fields: set[str]) -> dict[str, Any]:
        """A post with the asked fields; id, text and edit history are always there."""
        told: dict[str, Any] = {"id": row["id"], "text": row["shown"], "edit_history_tweet_ids": [row["id"]]}
        simple = {
            "created_at": _stamp(row["at"]), "conversation_id": row["conversation"], "author_id": row["account"],
            "lang": "en", "reply_settings": "everyone", "possibly_sensitive": False,
        }
        told.update({name: value for name, value in simple.items() if name in fields})
        if "entities" in fields and row["urls"]:
            told["entities"] = {"urls": row["urls"]}
        if "attachments" in fields and row["media"]:
            told["attachments"] = {"media_keys": [m["key"] for m in row["media"]]}
        if row["reply_to"]:
            self._add_reply(row, fields, told)
        if fields & {"public_metrics", "non_public_metrics", "organic_metrics"}:
            self._add_metrics(call, row, fields, told)
        return told

    def _add_reply(self, row: dict[str, Any], fields: set[str], told: dict[str, Any]) -> None:
        if fields & {"referenced_tweets", "referenced_posts"}:
            told["referenced_tweets"] = [{"type": "replied_to", "id": row["reply_to"]}]
        if "in_reply_to_user_id" in fields and (above := self.book.post("twitter", row["reply_to"])):
            told["in_reply_to_user_id"] = above["account"]

    def _add_metrics(self, call: Call, row: dict[str, Any], fields: set[str], told: dict[str, Any]) -> None:
        replies = len(self._replies_of(row["id"]))
        seen = figures(row, call.now, replies)
        if "public_metrics" in fields:
            told["public_metrics"] = {
                "retweet_count": seen["shares"], "reply_count": replies, "like_count": seen["likes"], "quote_count": 0,
                "bookmark_count": seen["saves"], "impression_count": seen["views"]}
        if row["account"] == call.account and row["at"] > call.now - OWN_METRICS:
            own = {"impression_count": seen["views"], "url_link_clicks": seen["clicks"], "user_profile_clicks": 0,
                   "engagements": seen["likes"] + replies}
            told.update({name: own for name in ("non_public_metrics", "organic_metrics") if name in fields})

    def _replies_of(self, post_id: str) -> list[dict[str, Any]]:
        return [row for row in self.book.replies_to.get(post_id, []) if not row["deleted"]]

    def one(self, call: Call) -> Reply:
        row = self.book.post("twitter", call.segs[2])
        if row is None or row["deleted"]:
            return Reply({"errors": [_missing(call.segs[2])]})
        answer: dict[str, Any] = {"data": self.tweet(call, row, asked(call))}
        self._include(call, [row], answer)
        self._refused_metrics(call, [row], answer)
        return Reply(answer)

    def many(self, call: Call) -> Reply:
        names = [name for name in str(call.params.get("ids", "")).split(",") if name]
        if not 1 <= len(names) <= 100:
            raise invalid("ids must have 1 to 100 items")
        rows = [(name, self.book.post("twitter", name)) for name in names]
        there = [row for _, row in rows if row is not None and not row["deleted"]]
        answer: dict[str, Any] = {}
        if there:
            answer["data"] = [self.tweet(call, row, asked(call)) for row in there]
        if gone := [_missing(name) for name, row in rows if row is None or row["deleted"]]:
            answer["errors"] = gone
        self._include(call, there, answer)
        self._refused_metrics(call, there, answer)
        return Reply(answer)

    def _refused_metrics(self, call: Call, rows: list[dict[str, Any]], answer: dict[str, Any]) -> None:
        wanted = asked(call) & {"non_public_metrics", "organic_metrics"}
        for row in rows:
            if wanted and (row["account"] != call.account or row["at"] <= call.now - OWN_METRICS):
                answer.setdefault("errors", []).append({
                    "resource_id": row["id"], "resource_type": "tweet", "title": "Field Authorization Error", "section": "data",
                    "detail": f"Sorry, you are not authorized to access '{sorted(wanted)[0]}' on the Tweet.",
                    "type": "https://api.twitter.com/2/problems/not-authorized-for-field"})

    def _include(self, call: Call, rows: list[dict[str, Any]], answer: dict[str, Any]) -> None:
        expansions = set(str(call.params.get("expansions", "")).split(","))
        includes: dict[str, Any] = {}
        if "author_id" in expansions and rows:
            names = dict.fromkeys(row["account"] for row in rows)
            includes["users"] = [self._user(call, account) for name in names if (account := self.book.account("twitter", name))]
        if "attachments.media_keys" in expansions:
            media = [{"media_key": m["key"], "type": "photo", "url": f"{call.base}/__media/{m['sha256']}",
                      "alt_text": m["alt"], "width": m["width"], "height": m["height"]} for row in rows for m in row["media"]]
            if media:
                includes["media"] = media
        if includes:
            answer["includes"] = includes

    # --- lists --------------------------------------------------------------------------------------------------

    def timeline(self, call: Call) -> Reply:
        user = self.book.account("twitter", call.segs[2])
        if user is None:
            return Reply({"errors": [_missing(call.segs[2], "user")]})
        rows = list(reversed(self.book.posts("twitter", user["id"])))
        if "replies" in str(call.params.get("exclude", "")).split(","):
            rows = [row for row in rows if not row["reply_to"]]
        return self._page(call, rows, least=5, most=100, pager="pagination_token")

    def mentions(self, call: Call) -> Reply:
        account = self.book.account("twitter", call.segs[2]) or {}
        name = f"@{account.get('handle', '')}".lower()
        rows = [row for row in self._newest() if row["account"] != account.get("id")
                and (name in row["text"].lower() or self._answers(row, account.get("id", "")))]
        return self._page(call, rows, least=5, most=100, pager="pagination_token")

    def _answers(self, row: dict[str, Any], account: str) -> bool:
        above = self.book.post("twitter", row.get("reply_to") or "")
        return above is not None and above["account"] == account

    def _newest(self) -> list[dict[str, Any]]:
        rows = [row for row in self.book.t["posts"].values() if row["network"] == "twitter"]
        rows.reverse()
        return rows

    def search(self, call: Call) -> Reply:
        """`conversation_id:… is:reply from:… to:…` and words, over the last seven days."""
        query = str(call.params.get("query") or "")
        if not query or len(query) > QUERY_MAX:
            raise invalid(f"query must have 1 to {QUERY_MAX} characters")
        tests = [self._test(piece) for piece in query.split()]
        rows = [row for row in self._newest() if row["at"] > call.now - RECENT and all(test(row) for test in tests)]
        return self._page(call, rows, least=10, most=100, pager="next_token")

    def _test(self, piece: str) -> Any:
        negated = piece.startswith("-")
        name, colon, value = piece.lstrip("-").partition(":")
        checks = {
            "conversation_id": lambda row: row["conversation"] == value,
            "is": lambda row: bool(row["reply_to"]) if value == "reply" else False,
            "from": lambda row: value.lstrip("@").lower() in (row["account"], self._handle(row["account"])),
            "to": lambda row: self._handle(self._above(row)) == value.lstrip("@").lower(),
            "in_reply_to_tweet_id": lambda row: row["reply_to"] == value,
        }
        if colon and name not in checks:
            raise invalid(f"Reference to invalid operator '{name}'.")
        check = checks[name] if colon else lambda row: piece.strip('"').lower() in row["text"].lower()
        return (lambda row: not check(row)) if negated else check

    def _above(self, row: dict[str, Any]) -> str:
        return (self.book.post("twitter", row.get("reply_to") or "") or {}).get("account", "")

    def _handle(self, account: str) -> str:
        return str((self.book.account("twitter", account) or {}).get("handle", "")).lower()

    def _page(self, call: Call, rows: list[dict[str, Any]], *, least: int, most: int, pager: str) -> Reply:
        size = _size(call, least, most)
        low, high = _window(call)
        rows = [row for row in rows if not row["deleted"] and low <= row["at"] < high and row["at"] <= call.now - call.lag
                and int(call.params.get("since_id") or 0) < int(row["id"]) < int(call.params.get("until_id") or 1 << 63)]
        token = str(call.params.get("pagination_token") or call.params.get(pager) or "")
        start = 0
        if token:
            last = _untoken(token)
            start = next((i for i, row in enumerate(rows) if int(row["id"]) < last), len(rows))
            start = max(0, start - 1) if call.shift else start
        chosen = rows[start:start + size]
        answer: dict[str, Any] = {}
        if chosen:
            answer["data"] = [self.tweet(call, row, asked(call)) for row in chosen]
        self._include(call, chosen, answer)
        answer["meta"] = {"result_count": len(chosen)}
        if chosen:
            answer["meta"].update(newest_id=chosen[0]["id"], oldest_id=chosen[-1]["id"])
        if start + size < len(rows):
            answer["meta"]["next_token"] = f"7140d{int(chosen[-1]['id']):x}"
        return Reply(answer)

    # --- users --------------------------------------------------------------------------------------------------

    def me(self, call: Call) -> Reply:
        return Reply({"data": self._user(call, self.book.account("twitter", call.account) or {})})

    def user(self, call: Call) -> Reply:
        account = self.book.account("twitter", call.segs[2])
        if account is None:
            return Reply({"errors": [_missing(call.segs[2], "user")]})
        return Reply({"data": self._user(call, account)})

    def _user(self, call: Call, account: dict[str, Any]) -> dict[str, Any]:
        fields = set(str(call.params.get("user.fields", "")).split(","))
        told = {"id": account["id"], "name": account["name"], "username": account["handle"]}
        posts = len([row for row in self.book.posts("twitter", account["id"]) if not row["deleted"]])
        extra = {
            "profile_image_url": f"{call.base}/__avatar/twitter/{account['id']}.svg", "verified": bool(account.get("premium")),
            "verified_type": "blue" if account.get("premium") else "none", "protected": False, "description": "",
            "subscription_type": "Premium" if account.get("premium") else "None", "created_at": "2019-05-02T09:00:00.000Z",
            "public_metrics": {"followers_count": account["followers"], "following_count": 7, "tweet_count": posts,
                               "listed_count": 1, "like_count": 0, "media_count": 0},
        }
        told.update({name: value for name, value in extra.items() if name in fields})
        return told


def asked(call: Call) -> set[str]:
    """The asked fields, under the old name and the new (`post.fields`)."""
    given = str(call.params.get("tweet.fields") or call.params.get("post.fields") or "")
    return {_SPELLING.get(name, name) for name in given.split(",") if name}


def _size(call: Call, least: int, most: int) -> int:
    size = int(call.params.get("max_results") or 10)
    if not least <= size <= most:
        raise invalid(f"The `max_results` query parameter value [{size}] is not between {least} and {most}")
    return size


def _window(call: Call) -> tuple[float, float]:
    bounds = []
    for name, default in (("start_time", 0.0), ("end_time", 1e12)):
        given = str(call.params.get(name) or "")
        if given and not re.match(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$", given):
            raise invalid(f"`{name}` must be an RFC 3339 time in UTC")
        bounds.append(datetime.fromisoformat(given.replace("Z", "+00:00")).timestamp() if given else default)
    return bounds[0], bounds[1]


def _untoken(token: str) -> int:
    try:
        return int(token.removeprefix("7140d"), 16)
    except ValueError as problem:
        raise invalid("The pagination token is not valid") from problem


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def snowflake_at(at: float) -> int:
    """The smallest id of a moment (epoch seconds), for `since_id`."""
    return (int(at * 1000) - EPOCH_MS) << 22


def _missing(name: str, kind: str = "tweet") -> dict[str, Any]:
    return {"value": name, "detail": f"Could not find {kind} with id: [{name}].", "title": "Not Found Error",
            "resource_type": kind, "parameter": "id", "resource_id": name,
            "type": "https://api.twitter.com/2/problems/resource-not-found"}
