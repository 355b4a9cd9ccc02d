"""Twin of LinkedIn's versioned REST API: headers, tokens, daily counters, and which handler answers what.

Posts and little text are in `linkedin_posts.py`, pictures in `linkedin_assets.py`, comments, organisations and figures
in `linkedin_social.py`, tokens in `linkedin_login.py`.
"""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .faults import Fault
from .linkedin_assets import Assets
from .linkedin_errors import denied, duplicate, expired, problem, revoked, too_many
from .linkedin_login import Login
from .linkedin_posts import Posts
from .linkedin_social import Social
from .wire import READ, STAGING, VISIBLE, Call, Reply
from .world import APP_ID

if TYPE_CHECKING:
    from .server import Handler, Sandbox

_VERSION = re.compile(r"^(20\d\d)(0[1-9]|1[0-2])$")


class LinkedIn:
    """The twin."""

    name = "linkedin"

    def __init__(self, box: Sandbox) -> None:
        self.box, self.book = box, box.book
        self.login = Login(box)
        self.assets = Assets(self)
        self.posts = Posts(self)
        self.social = Social(self)

    # --- routing ------------------------------------------------------------------------------------------------

    def plan(self, call: Call) -> Handler:
        if call.host == "www.linkedin.com":
            call.kind = STAGING
            if call.segs[0] == "dms-uploads":
                return self.assets.receive      # the address itself is the permission
            return self.login.route(call)
        if call.segs[:2] == ["v2", "userinfo"]:
            self._authenticate(call)
            return self.social.userinfo
        if call.segs[:1] != ["rest"]:
            raise problem(404, "RESOURCE_NOT_FOUND", f"No virtual resource found for: {call.path}")
        found = self._route(call, call.segs[1:])
        if found is None:
            raise problem(404, "RESOURCE_NOT_FOUND", f"No virtual resource found for: {call.path}")
        call.kind, handler = found
        self._authenticate(call)
        return lambda c: self._checked(c, handler)

    def _route(self, call: Call, segs: list[str]) -> tuple[str, Handler] | None:
        name, rest, method = segs[0] if segs else "", segs[1:], call.method
        if name == "posts":
            return self.posts.route(call, rest)
        if name == "images":
            if method == "POST" and not rest:
                return STAGING, self.assets.initialize
            return (READ, self.assets.read) if method == "GET" and len(rest) == 1 else None
        if name == "socialActions" and rest[1:2] == ["comments"]:
            if method == "POST":
                return VISIBLE, self.social.comment
            return (READ, self.social.comments) if method == "GET" else (VISIBLE, self.social.delete_comment)
        readers = {
            "organizationAcls": self.social.acls, "organizations": self.social.organizations,
            "socialMetadata": self.social.metadata, "networkSizes": self.social.network_size,
            "organizationalEntityShareStatistics": self.social.statistics,
        }
        return (READ, readers[name]) if name in readers and method == "GET" else None

    # --- headers, tokens, counters ------------------------------------------------------------------------------

    def _checked(self, call: Call, handler: Handler) -> Any:
        self._check_headers(call)
        self._count(call)
        return handler(call)

    def _check_headers(self, call: Call) -> None:
        version = call.headers.get("LinkedIn-Version", "")
        if not version:
            raise problem(400, "VERSION_MISSING", "A version must be present. Please specify a version by adding the "
                          "LinkedIn-Version header.")
        if not _alive(version, call.now):
            raise problem(426, "NONEXISTENT_VERSION", f"Requested version {version} is not active")
        if call.headers.get("X-Restli-Protocol-Version") != "2.0.0":
            raise problem(400, "ILLEGAL_ARGUMENT", "X-Restli-Protocol-Version must be 2.0.0")
        if call.body and call.method in ("POST", "PUT") and call.json is None:
            raise problem(415, "UNSUPPORTED_MEDIA_TYPE", "The body must be JSON")

    def _authenticate(self, call: Call) -> None:
        text = call.bearer()
        if not text:
            raise problem(401, "EMPTY_ACCESS_TOKEN", "Empty oauth2 access token", 65604)
        token = self.book.t["tokens"].get(text)
        if token is None or token["network"] != "linkedin" or token["kind"] != "access":
            raise problem(401, "INVALID_ACCESS_TOKEN", "Invalid access token", 65600)
        call.token, call.account = token, token["account"]
        if token["dead"] and token["dead"] != "expired":
            raise revoked()
        if token["dead"] or token["expires"] <= call.now:
            raise expired()

    def _count(self, call: Call) -> None:
        """Daily budgets, reset at midnight UTC, without any header that tells of them."""
        token = call.token or {}
        day = int(call.now // 86_400)
        settings = self.book.settings
        member_limit = int(settings["linkedin_member_calls_per_day"])
        counts = self.book.memo.setdefault("linkedin_day", {})
        for key, limit in ((token["person"], member_limit), (token["client"], int(settings["linkedin_app_calls_per_day"]))):
            if key == token["person"] and token["client"] == APP_ID:
                continue                    # an approved application has no budget per member
            counts[key, day] = counts.get((key, day), 0) + 1
            if counts[key, day] > limit:
                raise too_many()

    @staticmethod
    def need(call: Call, scopes: str, what: str) -> None:
        """Raises 403 when the token has none of `scopes` (separated by blanks)."""
        if not set(scopes.split()) & set((call.token or {})["scopes"]):
            raise denied(what)

    def administers(self, call: Call, urn: str, what: str) -> dict[str, Any]:
        """The organisation behind a URN, if this member administers it; 403 otherwise."""
        row = self.book.account("linkedin", urn)
        person = (call.token or {}).get("person")
        if row is None or row["kind"] != "organization" or row["person"] != person:
            raise denied(what)
        return row

    # --- for the server -----------------------------------------------------------------------------------------

    @staticmethod
    def is_visible(row: dict[str, Any]) -> bool:
        return bool(row["visible"]) and not row["deleted"]

    def patron_comment(self, post: str, author: str, text: str, parent: str | None) -> dict[str, Any]:
        """A member comments; used by the public page and the control door."""
        row = self.book.post("linkedin", post)
        if row is None or row["deleted"]:
            raise ValueError(f"no such post: {post}")
        return self.social.add_comment(row, f"urn:li:person:p{self.book.fresh_id()}", author, text, parent)

    def finish(self, call: Call, reply: Reply) -> None:
        reply.headers.setdefault("x-li-uuid", uuid.uuid4().hex)
        reply.headers.setdefault("x-li-fabric", "practice")

    def fault_reply(self, kind: str, call: Call, fault: Fault) -> Reply:
        if kind in ("expired", "revoked"):
            return (expired() if kind == "expired" else revoked()).reply
        if kind == "429":
            return too_many().reply
        if kind == "duplicate":
            return duplicate(str(fault.rule.get("urn") or f"urn:li:share:{self.posts.number()}")).reply
        status = 504 if kind == "error" else fault.status
        codes = {409: "CONFLICT", 500: "INTERNAL_SERVER_ERROR", 503: "SERVICE_UNAVAILABLE", 504: "GATEWAY_TIMEOUT"}
        return problem(status, codes.get(status, "INTERNAL_SERVER_ERROR"), "Internal Server Error").reply


def _alive(version: str, now: float) -> bool:
    """Versions are monthly; each lives until the middle of its month a year later."""
    found = _VERSION.match(version)
    if not found:
        return False
    year, month = int(found.group(1)), int(found.group(2))
    today = datetime.fromtimestamp(now, UTC)
    age = (today.year - year) * 12 + today.month - month
    return 0 <= age < 12 or (age == 12 and today.day < 16)
