"""Twin of LinkedIn's posts: 201 with an empty body, the refusal that names the duplicate, the organisation's list."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from . import little
from .linkedin_errors import denied, duplicate, field_error, problem
from .wire import READ, VISIBLE, Call, Reply

if TYPE_CHECKING:
    from .linkedin import LinkedIn
    from .server import Handler

COMMENTARY_MAX = 3_000                      # characters as shown
BASE = 7_400_000_000_000_000_000
VISIBILITIES = ("PUBLIC", "CONNECTIONS", "LOGGED_IN")


class Posts:
    """Create, read, list, edit, delete."""

    def __init__(self, twin: LinkedIn) -> None:
        self.twin, self.book = twin, twin.book

    def route(self, call: Call, rest: list[str]) -> tuple[str, Handler] | None:
        if call.method == "POST" and not rest:
            return VISIBLE, self.create
        if call.method == "GET" and not rest:
            return READ, self.finder
        if len(rest) != 1:
            return None
        handlers: dict[str, tuple[str, Handler]] = {
            "GET": (READ, self.read), "DELETE": (VISIBLE, self.delete), "POST": (VISIBLE, self.update)}
        return handlers.get(call.method)

    def number(self) -> int:
        return BASE + self.book.fresh_id()

    # --- create -------------------------------------------------------------------------------------------------

    def create(self, call: Call) -> Reply:
        given = call.json if isinstance(call.json, dict) else {}
        author = str(given.get("author") or "")
        self._may_write(call, author, "CREATE")
        shown, stored = self._check_text(given)
        media, several = self.twin.assets.attach(call, author, given.get("content") or {})
        if not stored and not given.get("content") and not given.get("reshareContext"):
            raise _missing("/commentary", "a post needs words or content")
        digest = json.dumps([author, given.get("commentary"), given.get("content")], sort_keys=True)
        if earlier := self._earlier(call, author, digest):
            raise duplicate(earlier)
        urn = f"urn:li:{'ugcPost' if several else 'share'}:{self.number()}"
        self.book.add_post("linkedin", {
            "id": urn, "account": author, "text": shown, "commentary": stored, "media": media, "at": call.now,
            "article": (given.get("content") or {}).get("article"), "visible": True, "digest": digest,
            "visibility": given["visibility"], "path": f"/www.linkedin.com/feed/update/{urn}/",
        })
        return Reply(None, 201, {"x-restli-id": urn, "x-linkedin-id": urn, "Location": f"/rest/posts/{urn}"})

    def _may_write(self, call: Call, author: str, verb: str) -> None:
        if not author:
            raise _missing("/author", "field is required but not found")
        token = call.token or {}
        if author.startswith("urn:li:organization:"):
            self.twin.need(call, "w_organization_social", f"posts.{verb}")
            self.twin.administers(call, author, f"posts.{verb}")
        elif author.startswith("urn:li:person:"):
            self.twin.need(call, "w_member_social", f"posts.{verb}")
            if author != f"urn:li:person:{token['person']}":
                raise denied(f"posts.{verb}")
        else:
            raise problem(400, "INVALID_URN_TYPE", "author must be a person or an organization")

    def _check_text(self, given: dict[str, Any]) -> tuple[str, str]:
        for name in ("commentary", "visibility", "distribution", "lifecycleState"):
            if name not in given:
                raise _missing(f"/{name}", "field is required but not found")
        if given["visibility"] not in VISIBILITIES:
            raise field_error("/visibility", f"\"{given['visibility']}\" is not an enum symbol")
        if given["lifecycleState"] != "PUBLISHED":
            raise field_error("/lifecycleState", "a post is created as PUBLISHED")
        if not isinstance(given["distribution"], dict) or "feedDistribution" not in given["distribution"]:
            raise _missing("/distribution/feedDistribution", "field is required but not found")
        shown, stored = little.read(str(given["commentary"]))
        if len(shown) > COMMENTARY_MAX:
            raise field_error("/commentary", f"length of \"commentary\" is {len(shown)} characters, maximum is {COMMENTARY_MAX}",
                              "FIELD_LENGTH_TOO_LONG")
        return shown, stored

    def _earlier(self, call: Call, author: str, digest: str) -> str:
        oldest = call.now - float(self.book.settings["linkedin_duplicate_s"])
        for row in reversed(self.book.posts("linkedin", author)):
            if row["at"] < oldest:
                break
            if row["digest"] == digest and not row["deleted"]:
                return str(row["id"])
        return ""

    # --- read ---------------------------------------------------------------------------------------------------

    def _element(self, row: dict[str, Any]) -> dict[str, Any]:
        milliseconds = int(row["at"] * 1000)
        told: dict[str, Any] = {
            "id": row["id"], "author": row["account"], "commentary": row["commentary"], "createdAt": milliseconds,
            "publishedAt": milliseconds, "lastModifiedAt": int(row.get("edited", row["at"]) * 1000),
            "lifecycleState": "PUBLISHED", "visibility": row["visibility"], "isReshareDisabledByAuthor": False,
            "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        }
        if len(row["media"]) > 1:
            told["content"] = {"multiImage": {"images": [{"id": m["id"], "altText": m["alt"]} for m in row["media"]]}}
        elif row.get("article"):
            told["content"] = {"article": row["article"]}
        elif row["media"]:
            told["content"] = {"media": {"id": row["media"][0]["id"], "altText": row["media"][0]["alt"]}}
        return told

    def _may_read(self, call: Call, author: str, what: str) -> None:
        """Members' posts are closed to applications; an organisation's are open to who administers it."""
        if not author.startswith("urn:li:organization:"):
            raise denied(what)
        self.twin.need(call, "r_organization_social", what)
        self.twin.administers(call, author, what)

    def finder(self, call: Call) -> Reply:
        if call.query.get("q") != "author" or call.headers.get("X-RestLi-Method", "FINDER").upper() != "FINDER":
            raise problem(400, "ILLEGAL_ARGUMENT", "posts is read by q=author with X-RestLi-Method: FINDER")
        author = call.query.get("author", "")
        self._may_read(call, author, "posts.FINDER-author")
        rows = [row for row in reversed(self.book.posts("linkedin", author))
                if not row["deleted"] and row["at"] <= call.now - call.lag]
        start, count = _window(call, 100)
        chosen = rows[max(0, start - 1) if call.shift and start else start:][:count]
        paging: dict[str, Any] = {"start": start, "count": count, "links": []}
        if start + count < len(rows):
            paging["links"] = [{"rel": "next", "type": "application/json",
                                "href": f"{call.path}?q=author&start={start + count}&count={count}"}]
        return Reply({"paging": paging, "elements": [self._element(row) for row in chosen]})

    def _row(self, call: Call) -> dict[str, Any]:
        row = self.book.post("linkedin", call.segs[2])
        if row is None or row["deleted"]:
            raise problem(404, "NOT_FOUND", f"Could not find entity {call.segs[2]}")
        return row

    def read(self, call: Call) -> Reply:
        row = self.book.post("linkedin", call.segs[2])
        if row is not None:
            self._may_read(call, row["account"], "posts.GET")
        else:
            self.twin.need(call, "r_organization_social", "posts.GET")
        return Reply(self._element(self._row(call)))

    # --- change -------------------------------------------------------------------------------------------------

    def update(self, call: Call) -> Reply:
        if call.headers.get("X-RestLi-Method", "").upper() != "PARTIAL_UPDATE":
            raise problem(400, "ILLEGAL_ARGUMENT", "X-RestLi-Method must be PARTIAL_UPDATE")
        row = self._row(call)
        self._may_write(call, row["account"], "PARTIAL_UPDATE")
        change = ((call.json or {}).get("patch") or {}).get("$set") or {}
        if "commentary" in change:
            shown, stored = little.read(str(change["commentary"]))
            if len(shown) > COMMENTARY_MAX:
                raise field_error("/commentary", "too long", "FIELD_LENGTH_TOO_LONG")
            if not stored and not row["media"] and not row.get("article"):
                raise _missing("/commentary", "a post needs words or content")
            self.book.edit_post(row, call.now, text=shown, commentary=stored)
        return Reply(None, 204)

    def delete(self, call: Call) -> Reply:
        """204, also when it is gone already."""
        row = self.book.post("linkedin", call.segs[2])
        if row is not None:
            self._may_write(call, row["account"], "DELETE")
            row["deleted"] = True
            self.book.save_post(row)
        return Reply(None, 204)


def _window(call: Call, most: int) -> tuple[int, int]:
    return max(0, int(call.query.get("start") or 0)), max(1, min(most, int(call.query.get("count") or 10)))


def _missing(path: str, words: str) -> Exception:
    return field_error(path, words, "MISSING_FIELD")
