"""Twin of LinkedIn's people, organisations, comments and figures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from .figures import figures
from .linkedin_errors import denied, field_error, problem
from .wire import Call, Refusal, Reply

if TYPE_CHECKING:
    from .linkedin import LinkedIn

COMMENT_MAX = 1_250
_COMMENT = re.compile(r"^urn:li:comment:\((?P<post>.+),(?P<id>\d+)\)$")


class Social:
    """Reads and writes of people, organisations, comments and figures."""

    def __init__(self, twin: LinkedIn) -> None:
        self.twin, self.book = twin, twin.book

    # --- who ----------------------------------------------------------------------------------------------------

    def userinfo(self, call: Call) -> Reply:
        self.twin.need(call, "openid", "userinfo.GET")
        person = self.book.t["persons"][f"linkedin:{(call.token or {})['person']}"]
        told = {"sub": person["id"], "name": person["name"], "given_name": person["given"], "family_name": person["family"],
                "picture": f"{call.base}/__avatar/linkedin/urn:li:person:{person['id']}.svg",
                "locale": {"country": "IE", "language": "en"}}
        if "email" in (call.token or {})["scopes"]:
            told.update(email=f"{person['given'].lower()}@fernhollow.example", email_verified=True)
        return Reply(told)

    def acls(self, call: Call) -> Reply:
        self.twin.need(call, "rw_organization_admin r_organization_admin", "organizationAcls.FINDER-roleAssignee")
        if call.query.get("q") != "roleAssignee":
            raise problem(400, "ILLEGAL_ARGUMENT", "organizationAcls is read by q=roleAssignee")
        person = self.book.t["persons"][f"linkedin:{(call.token or {})['person']}"]
        start, count = int(call.query.get("start") or 0), int(call.query.get("count") or 10)
        elements = [{"organization": urn, "role": "ADMINISTRATOR", "state": "APPROVED",
                     "roleAssignee": f"urn:li:person:{person['id']}"} for urn in person["accounts"]]
        return Reply({"paging": {"start": start, "count": count, "links": []}, "elements": elements[start:start + count]})

    def organizations(self, call: Call) -> Reply:
        self.twin.need(call, "rw_organization_admin r_organization_admin", "organizations.GET")
        if len(call.segs) > 2:
            row = self.book.account("linkedin", f"urn:li:organization:{call.segs[2].rsplit(':', 1)[-1]}")
            if row is None:
                raise problem(404, "NOT_FOUND", f"Could not find organization {call.segs[2]}")
            return Reply(self._organization(call, row))
        names = urn_list(call.query.get("ids", ""))
        rows = [(name, self.book.account("linkedin", f"urn:li:organization:{name.rsplit(':', 1)[-1]}")) for name in names]
        return Reply({"results": {name: self._organization(call, row) for name, row in rows if row}, "statuses": {},
                      "errors": {name: {"status": 404} for name, row in rows if not row}})

    def _organization(self, call: Call, row: dict[str, Any]) -> dict[str, Any]:
        return {"id": int(row["org"]), "localizedName": row["name"], "vanityName": row["handle"],
                "$URN": row["id"], "logoV2": {"original": "urn:li:digitalmediaAsset:none"}, "localizedWebsite": ""}

    # --- comments -----------------------------------------------------------------------------------------------

    def _target(self, urn: str) -> tuple[dict[str, Any], str | None]:
        """(post, parent comment id) behind a post or comment URN."""
        found = _COMMENT.match(urn)
        row = self.book.post("linkedin", found["post"] if found else urn)
        parent = found["id"] if found else None
        if row is None or row["deleted"] or (parent and self.book.comment("linkedin", parent) is None):
            raise problem(404, "NOT_FOUND", f"Could not find entity {urn}")
        return row, parent

    def comment(self, call: Call) -> Reply:
        actor = str((call.json or {}).get("actor") or "")
        row, parent = self._target(call.segs[2])
        scope = "w_organization_social_feed w_organization_social" if actor.startswith("urn:li:organization:") else "w_member_social_feed"
        what = f"partnerApiSocialActions.CREATE.{call.headers.get('LinkedIn-Version')}01"
        self.twin.need(call, scope, what)
        if actor.startswith("urn:li:organization:"):
            self.twin.administers(call, actor, what)
        elif actor != f"urn:li:person:{(call.token or {})['person']}":
            raise denied(what)
        text = str(((call.json or {}).get("message") or {}).get("text") or "")
        if not text.strip():
            raise field_error("/message/text", "field is required but not found", "MISSING_FIELD")
        if len(text) > COMMENT_MAX:
            raise field_error("/message/text", f"maximum is {COMMENT_MAX} characters", "FIELD_LENGTH_TOO_LONG")
        above = str((call.json or {}).get("parentComment") or "")
        parent = parent or (_COMMENT.match(above)["id"] if _COMMENT.match(above) else None)
        name = (self.book.account("linkedin", actor) or {}).get("name", "")
        written = self.add_comment(row, actor, name, text, parent)
        return Reply(self._element(written), 201, {"x-restli-id": written["id"]})

    def add_comment(self, row: dict[str, Any], actor: str, name: str, text: str, parent: str | None) -> dict[str, Any]:
        """Write a comment down. `parent` is a comment id or URN; replies hang on the root."""
        if parent and (found := _COMMENT.match(parent)):
            parent = found["id"]
        if parent:
            above = self.book.comment("linkedin", parent)
            if above is None:
                raise ValueError(f"no such comment: {parent}")
            parent = above["parent"] or parent
        return self.book.add_comment("linkedin", {
            "id": str(self.twin.posts.number()), "post": row["id"], "author": actor, "name": name, "text": text,
            "at": self.book.now(), "parent": parent,
        })

    def _element(self, row: dict[str, Any]) -> dict[str, Any]:
        urn = f"urn:li:comment:({row['post']},{row['id']})"
        at = int(row["at"] * 1000)
        replies = [c for c in self.book.comments("linkedin", row["post"]) if c["parent"] == row["id"] and not c["deleted"]]
        told: dict[str, Any] = {
            "id": row["id"], "$URN": urn, "commentUrn": urn, "actor": row["author"], "object": row["post"],
            "message": {"text": row["text"], "attributes": []}, "created": {"actor": row["author"], "time": at},
            "lastModified": {"actor": row["author"], "time": at}, "likesSummary": {"totalLikes": 0},
            "commentsSummary": {"aggregatedTotalComments": len(replies)},
        }
        if row["parent"]:
            told["parentComment"] = f"urn:li:comment:({row['post']},{row['parent']})"
        return told

    def comments(self, call: Call) -> Reply:
        what = "partnerApiSocialActions.GET_ALL"
        self.twin.need(call, "r_organization_social r_organization_social_feed", what)
        row, parent = self._target(call.segs[2])
        if not row["account"].startswith("urn:li:organization:"):
            raise denied(what)
        self.twin.administers(call, row["account"], what)
        rows = [c for c in self.book.comments("linkedin", row["id"])
                if c["parent"] == parent and not c["deleted"] and c["at"] <= call.now - call.lag]
        start, count = int(call.query.get("start") or 0), min(100, int(call.query.get("count") or 10))
        first = max(0, start - 1) if call.shift and start else start
        return Reply({"paging": {"start": start, "count": count, "total": len(rows), "links": []},
                      "elements": [self._element(c) for c in rows[first:first + count]]})

    def delete_comment(self, call: Call) -> Reply:
        row = self.book.comment("linkedin", call.segs[4] if len(call.segs) > 4 else "")
        if row is None or row["deleted"]:
            raise problem(404, "NOT_FOUND", "Could not find the comment")
        post = self.book.post("linkedin", row["post"]) or {}
        actor = call.query.get("actor", "")
        if actor not in (row["author"], post.get("account")) or not actor:
            raise denied("partnerApiSocialActions.DELETE")
        if actor.startswith("urn:li:organization:"):
            self.twin.administers(call, actor, "partnerApiSocialActions.DELETE")
        row["deleted"] = True
        self.book.put("comments", f"linkedin:{row['id']}", row)
        return Reply(None, 204)

    # --- figures ------------------------------------------------------------------------------------------------

    def _told(self, call: Call, row: dict[str, Any]) -> dict[str, int]:
        return figures(row, call.now, len([c for c in self.book.comments("linkedin", row["id"]) if not c["deleted"]]))

    def metadata(self, call: Call) -> Reply:
        self.twin.need(call, "r_organization_social r_organization_social_feed", "socialMetadata.GET")
        row, _ = self._target(call.segs[2])
        told = self._told(call, row)
        top = len([c for c in self.book.comments("linkedin", row["id"]) if not c["deleted"] and not c["parent"]])
        reactions = {"LIKE": {"reactionType": "LIKE", "count": told["likes"]}} if told["likes"] else {}
        return Reply({"entity": row["id"], "reactionSummaries": reactions, "commentsState": "OPEN",
                      "commentSummary": {"count": told["comments"], "topLevelCount": top}})

    def statistics(self, call: Call) -> Reply:
        """Only posts that anything happened to are in the list."""
        what = "organizationalEntityShareStatistics.FINDER-organizationalEntity"
        self.twin.need(call, "rw_organization_admin r_organization_admin", what)
        urn = call.query.get("organizationalEntity", "")
        self.twin.administers(call, urn, what)
        names = urn_list(call.query.get("shares", "")) + urn_list(call.query.get("ugcPosts", ""))
        rows = [row for name in names if (row := self.book.post("linkedin", name)) and row["account"] == urn]
        elements = []
        for row in rows:
            told = self._told(call, row)
            if told["views"] or told["comments"]:
                elements.append({"organizationalEntity": urn, _kind(row["id"]): row["id"], "totalShareStatistics": {
                    "impressionCount": told["views"], "uniqueImpressionsCount": told["reach"], "clickCount": told["clicks"],
                    "likeCount": told["likes"], "commentCount": told["comments"], "shareCount": told["shares"],
                    "engagement": round((told["clicks"] + told["likes"]) / max(1, told["views"]), 4)}})
        return Reply({"paging": {"start": 0, "count": len(elements), "links": []}, "elements": elements})

    def network_size(self, call: Call) -> Reply:
        self.twin.need(call, "rw_organization_admin r_organization_admin", "networkSizes.GET")
        row = self.twin.administers(call, call.segs[2] if len(call.segs) > 2 else "", "networkSizes.GET")
        return Reply({"firstDegreeSize": row["followers"]})


def _kind(urn: str) -> str:
    return "ugcPost" if ":ugcPost:" in urn else "share"


def urn_list(text: str) -> list[str]:
    """`List(a,b)` of Rest.li 2.0. Raises 400 for anything else that is not empty."""
    if not text:
        return []
    if not text.startswith("List(") or not text.endswith(")"):
        raise Refusal({"status": 400, "code": "ILLEGAL_ARGUMENT", "message": "Invalid list parameter"}, 400)
    return [unquote(name) for name in text[5:-1].split(",") if name]
