"""What Facebook and Instagram share: the Graph API's errors, field expansion, cursors, tokens and load headers."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import json
import math
import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from .faults import Fault
from .wire import Call, Refusal, Reply
from .world import APP_SECRET

if TYPE_CHECKING:
    from .book import Book

NEWEST, OLDEST = 26, 21
_VERSION = re.compile(r"^v(\d+)\.\d$")
DEATHS = {
    "expired": (463, "Error validating access token: Session has expired on Tuesday."),
    "revoked": (458, "Error validating access token: The user has not authorized application."),
    "458": (458, "Error validating access token: The user has not authorized application."),
    "459": (459, "Error validating access token: The user is enrolled in a blocking, logged-in checkpoint."),
    "460": (460, "Error validating access token: The session has been invalidated because the user changed their "
                 "password or Facebook has changed the session for security reasons."),
    "463": (463, "Error validating access token: Session has expired on Tuesday."),
    "464": (464, "Error validating access token: Sessions for the user are not allowed because the user is not a "
                 "confirmed user."),
    "467": (467, "Error validating access token: The session is invalid because the user logged out."),
    "492": (492, "Error validating access token: The user must be an administrator, editor, or moderator of the page."),
}


def trace() -> str:
    return "A" + base64.urlsafe_b64encode(hashlib.sha1(str(time.time_ns()).encode()).digest()[:9]).decode()


def error(
    code: int, message: str, subcode: int | None = None, *, status: int = 400, title: str = "", words: str = "",
    transient: bool = False, headers: dict[str, str] | None = None
) -> Refusal:
    """A Graph error, to be raised. `title` and `words` are what people are shown."""
    body: dict[str, Any] = {"message": message, "type": "OAuthException", "code": code}
    if subcode is not None:
        body["error_subcode"] = subcode
    body["is_transient"] = transient
    if title or words:
        body["error_user_title"], body["error_user_msg"] = title, words
    body["fbtrace_id"] = trace()
    return Refusal({"error": body}, status, headers)


def token_error(reason: str) -> Refusal:
    """Code 190 with the subcode that says why the token died."""
    subcode, message = DEATHS.get(reason, DEATHS["467"])
    challenge = f'OAuth "Facebook Platform" "invalid_token" "{message}"'
    return error(190, message, subcode, headers={"WWW-Authenticate": challenge})


def no_object(name: str) -> Refusal:
    return error(
        100, f"Unsupported request. Object with ID '{name}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation.", 33)


def take_version(call: Call) -> None:
    """Drop the version from the path. An old one is served by the oldest alive, as Meta does; a future one is not."""
    if call.segs and (found := _VERSION.match(call.segs[0])):
        number = int(found.group(1))
        call.segs = call.segs[1:]
        if number > NEWEST:
            raise error(2500, f"Unknown path components: /{'/'.join(call.segs)}")
        call.version = f"v{max(number, OLDEST)}.0"
    else:
        call.version = f"v{OLDEST}.0"


def authenticate(book: Book, call: Call) -> dict[str, Any]:
    """The token of the call, alive. Raises the Graph error otherwise."""
    text = call.bearer()
    if not text:
        raise error(2500, "An active access token must be used to query information about the current user.")
    token = book.t["tokens"].get(text)
    if token is None or token["network"] not in ("facebook", "instagram"):
        raise error(190, "Invalid OAuth access token - Cannot parse access token", headers={
            "WWW-Authenticate": 'OAuth "Facebook Platform" "invalid_token" "Cannot parse access token"'})
    if token["dead"]:
        raise token_error(token["dead"])
    if token["expires"] and token["expires"] <= call.now:
        raise token_error("expired")
    proof = call.params.get("appsecret_proof")
    if proof and not hmac.compare_digest(str(proof), proof_of(text)):
        raise error(100, "Invalid appsecret_proof provided in the API argument")
    call.token = token
    return token


def proof_of(token: str) -> str:
    return hmac.new(APP_SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()


def need(token: dict[str, Any], *scopes: str) -> None:
    """Raises code 200 when a permission is missing, as Facebook names it."""
    for scope in scopes:
        if scope not in token["scopes"]:
            raise error(200, f"(#200) Requires {scope} permission to manage the object", status=403)


# --- fields -------------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=512)
def parse_fields(text: str) -> tuple[tuple[str, str, str], ...]:
    """`a,b.limit(0){c}` as ((name, modifiers, inner fields), …)."""
    found: list[tuple[str, str, str]] = []
    depth, start = 0, 0
    for index, letter in enumerate(text + ","):
        if letter in "({":
            depth += 1
        elif letter in ")}":
            depth -= 1
        elif letter == "," and depth == 0:
            if piece := text[start:index].strip():
                found.append(_field(piece))
            start = index + 1
    return tuple(found)


def _field(piece: str) -> tuple[str, str, str]:
    head, _, inner = piece.partition("{")
    name, _, modifiers = head.partition(".")
    return name.strip(), modifiers, inner[:-1] if inner.endswith("}") else inner


def pick(whole: dict[str, Any], fields: str, default: tuple[str, ...], kind: str) -> dict[str, Any]:
    """The asked fields of an object; values that are functions are called with (modifiers, inner fields).

    `id` is always there. A field that does not exist is code 100; one whose value is None is left out.
    """
    asked = parse_fields(fields) if fields else tuple((name, "", "") for name in default)
    answer: dict[str, Any] = {}
    for name, modifiers, inner in asked:
        if name not in whole:
            raise error(100, f"(#100) Tried accessing nonexisting field ({name}) on node type ({kind})")
        value = whole[name]
        if callable(value):
            value = value(modifiers, inner)
        elif inner and isinstance(value, dict):
            value = pick(value, inner, (), kind)
        if value is not None:
            answer[name] = value
    if "id" in whole:
        answer["id"] = whole["id"]
    return answer


def portrait(url: str) -> Any:
    """The `picture` field: its inner fields are those of the `data` inside."""
    def told(modifiers: str, inner: str) -> dict[str, Any]:
        return {"data": pick({"url": url, "is_silhouette": False, "height": 50, "width": 50}, inner,
                             ("url", "is_silhouette", "height", "width"), "ProfilePictureSource")}

    return told


# --- lists --------------------------------------------------------------------------------------------------------


def page_of(call: Call, items: list[dict[str, Any]], *, default: int = 25, most: int = 100) -> tuple[list[dict[str, Any]], dict]:
    """One page of `items` (each with an id) and its `paging`. Cursors name the last item seen."""
    limit = max(0, min(most, int(call.params.get("limit") or default)))
    start = 0
    after, before = call.params.get("after"), call.params.get("before")
    ids = [item["id"] for item in items] if after or before else []
    if after:
        start = _position(ids, after) + 1
        if call.shift:
            start = max(0, start - 1)
    elif before:
        start = max(0, _position(ids, before) - limit)
    chosen = items[start:start + limit]
    paging: dict[str, Any] = {}
    if chosen:
        paging["cursors"] = {"before": _cursor(chosen[0]["id"]), "after": _cursor(chosen[-1]["id"])}
        if start + limit < len(items):
            paging["next"] = _next(call, limit, paging["cursors"]["after"])
    return chosen, paging


def _cursor(external_id: str) -> str:
    return base64.urlsafe_b64encode(external_id.encode()).decode().rstrip("=")


def _position(ids: list[str], cursor: str) -> int:
    try:
        return ids.index(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode())
    except ValueError as problem:
        raise error(100, "(#100) Invalid cursor") from problem


def _next(call: Call, limit: int, after: str) -> str:
    """The next page's address; it carries the token, as Meta's does."""
    query = {k: v for k, v in call.query.items() if k not in ("after", "before", "limit", "access_token")}
    query.update(access_token=call.bearer(), limit=str(limit), after=after)
    return f"{call.base}{call.path}?{urlencode(query)}"


def stamp(at: float) -> str:
    """A time as the Graph API writes it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def as_list(value: Any) -> Any:
    """JSON that came as text in a form."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return None
    return value


# --- load ---------------------------------------------------------------------------------------------------------


class Load:
    """Business-use-case counting: calls of one account in 24 hours, as per cent of its budget.

    Hammering while blocked makes the block longer, as the network warns.
    """

    def __init__(self, book: Book, kind: str, code: int) -> None:
        self.book, self.kind, self.code = book, kind, code

    def count(self, call: Call, account: str) -> None:
        """Count one call. Raises code 80001 / 80002 when the budget is spent."""
        buckets, block = self.book.memo.setdefault(f"load:{self.kind}:{account}", ({}, [0.0]))
        if block[0] > call.now:
            block[0] += 60
            raise self._refusal(call, account, 100, block[0])
        hour = int(call.now // 3600)
        buckets[hour] = buckets.get(hour, 0) + 1
        if len(buckets) > 25:
            for old in [h for h in buckets if h <= hour - 24]:
                del buckets[old]
        used = sum(n for h, n in buckets.items() if h > hour - 24)
        share = int(100 * used / max(1, int(self.book.settings["facebook_calls_per_day"])))
        if share > 100:
            block[0] = call.now + 13 * 60
            buckets.clear()
            raise self._refusal(call, account, 100, block[0])
        call.rate["X-Business-Use-Case-Usage"] = self._header(account, share, 0)
        app = {"call_count": share // 4, "total_time": share // 5, "total_cputime": share // 5}
        call.rate["X-App-Usage"] = json.dumps(app, separators=(",", ":"))

    def _header(self, account: str, share: int, minutes: int) -> str:
        return json.dumps({account: [{
            "type": self.kind, "call_count": share, "total_cputime": share * 2 // 5, "total_time": share * 2 // 5,
            "estimated_time_to_regain_access": minutes}]}, separators=(",", ":"))

    def _refusal(self, call: Call, account: str, share: int, until: float) -> Refusal:
        minutes = math.ceil((until - call.now) / 60)
        call.rate["X-Business-Use-Case-Usage"] = self._header(account, share, minutes)
        what = "Page account" if self.kind == "pages" else "Instagram account"
        return error(self.code, f"(#{self.code}) There have been too many calls to this {what}. Wait a bit and try "
                     "again. For more info, please refer to the rate limiting documentation.")


def fault_reply(kind: str, call: Call, fault: Fault, *, load: Load, misleading: Refusal, duplicate: Refusal) -> Reply:
    """What a Graph host says for a fault rule."""
    if kind in ("expired", "revoked"):
        return token_error(str(fault.rule.get("subcode") or kind)).reply
    if kind == "429":
        reply = load._refusal(call, call.account, 100, call.now + fault.seconds).reply
        reply.headers.update(call.rate)
        return reply
    if kind == "duplicate":
        return duplicate.reply
    if kind == "error":
        return misleading.reply
    return error(2 if fault.status >= 500 else 100, "An unexpected error has occurred. Please retry your request later.",
                 status=fault.status, transient=fault.status >= 500).reply
