"""The control doors: faults, the book, the request log, worlds for tests. All need the key.

    GET/POST/DELETE /__faults     GET /__book     GET /__log     GET/POST /__settings
    POST /__world   POST /__comment   POST /__expire   POST /__reset
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

from .faults import NETWORKS, canonical
from .wire import Call, Refusal, Reply

if TYPE_CHECKING:
    from .server import Sandbox

COOKIE = "sandbox_key"


def holds_key(box: Sandbox, call: Call) -> bool:
    """Whether the caller may use the control doors: header, `?key=` or the cookie the index page sets."""
    given = call.headers.get("X-Sandbox-Key") or call.query.get("key") or _cookie(call)
    return hmac.compare_digest(given.encode(errors="replace"), box.secret.encode())


def _cookie(call: Call) -> str:
    for piece in call.headers.get("Cookie", "").split(";"):
        name, _, value = piece.strip().partition("=")
        if name == COOKIE:
            return value
    return ""


def answer(box: Sandbox, call: Call) -> Reply:
    """Answer one control request. Raises Refusal with {"error": words}."""
    if not holds_key(box, call):
        raise Refusal({"error": "the sandbox key is missing or wrong"}, 403)
    door = DOORS.get((call.method, call.host))
    if door is None:
        raise Refusal({"error": f"no such door: {call.method} /{call.host}"}, 404)
    try:
        return door(box, call)
    except (ValueError, KeyError, TypeError) as error:
        raise Refusal({"error": str(error)}) from error


def _faults_get(box: Sandbox, call: Call) -> Reply:
    return Reply(box.faults.rules())


def _faults_post(box: Sandbox, call: Call) -> Reply:
    given = call.json if call.json is not None else call.params
    rules = given if isinstance(given, list) else [given]
    return Reply([box.faults.add({k: v for k, v in rule.items() if k != "key"}) for rule in rules], 201)


def _faults_delete(box: Sandbox, call: Call) -> Reply:
    box.faults.remove(call.params.get("id"))
    return Reply(None, 204)


def _book(box: Sandbox, call: Call) -> Reply:
    asked = call.query.get("network")
    names = [asked] if asked else list(NETWORKS)
    with_comments = call.flag("comments", False)
    return Reply({name: book_of(box, canonical(name), call.base, with_comments) for name in names})


def book_of(box: Sandbox, network: str, base: str, with_comments: bool = False) -> list[dict[str, Any]]:
    """What one network holds, oldest first: every post ever made, deleted ones marked."""
    twin = box.twins[network]
    found = []
    for row in box.book.t["posts"].values():
        if row["network"] != network or row.get("by_patron"):
            continue
        entry = {
            "id": row["id"], "account": row["account"], "text": row["text"], "marker": None,
            "media": [{"sha256": m["sha256"], "alt": m.get("alt", "")} for m in row["media"]],
            "at": row["at"], "visible": twin.is_visible(row), "deleted": row["deleted"], "url": base + row["path"],
            "reply_to": row.get("reply_to"), "edits": row.get("edits", []),
        }
        if with_comments:
            entry["comments"] = [dict(c) for c in box.book.comments(network, row["id"])]
        found.append(entry)
    return found


def _log(box: Sandbox, call: Call) -> Reply:
    return Reply(box.log.since(int(call.query.get("since", 0))))


def _settings_get(box: Sandbox, call: Call) -> Reply:
    return Reply(box.book.settings)


def _settings_post(box: Sandbox, call: Call) -> Reply:
    for name, value in (call.json or {}).items():
        if name != "key":
            box.book.set(name, value)
    return Reply(box.book.settings)


def _world(box: Sandbox, call: Call) -> Reply:
    network = canonical(str(call.params.get("network", "")))
    made = box.world.make(network, int(call.params.get("accounts", 1)), dict(call.params))
    for account in made:
        account["url"] = call.base + account.pop("path")
    return Reply(made, 201)


def _comment(box: Sandbox, call: Call) -> Reply:
    given = call.params
    if "id" in given:
        return _changed_comment(box, canonical(str(given["network"])), str(given["id"]), given.get("text"))
    row = box.twins[canonical(str(given["network"]))].patron_comment(
        str(given["post"]), str(given.get("author") or "A patron"), str(given["text"]), given.get("parent")
    )
    return Reply({"id": row["id"], "at": row["at"]}, 201)


def _changed_comment(box: Sandbox, network: str, external_id: str, text: Any) -> Reply:
    """A patron rewrites a comment, or (without a text) deletes it. KeyError: there is none."""
    row = box.book.t["comments"][f"{network}:{external_id}"]
    if text is None:
        row["deleted"] = True
    else:
        row["text"] = str(text)
    box.book.put("comments", f"{network}:{external_id}", row)
    return Reply({"id": row["id"], "at": row["at"]})


def _expire(box: Sandbox, call: Call) -> Reply:
    count = box.world.expire(
        canonical(str(call.params["network"])), str(call.params["account"]), str(call.params.get("how", "expire"))
    )
    return Reply({"tokens": count})


def _reset(box: Sandbox, call: Call) -> Reply:
    box.book.reset()
    box.log.reset()
    box.world.seed()
    return Reply({"reset": True})


DOORS = {
    ("GET", "__faults"): _faults_get, ("POST", "__faults"): _faults_post, ("DELETE", "__faults"): _faults_delete,
    ("GET", "__book"): _book, ("GET", "__log"): _log,
    ("GET", "__settings"): _settings_get, ("POST", "__settings"): _settings_post,
    ("POST", "__world"): _world, ("POST", "__comment"): _comment, ("POST", "__expire"): _expire,
    ("POST", "__reset"): _reset,
}
