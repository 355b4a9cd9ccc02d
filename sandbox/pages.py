"""What the public sees: a page per network, single posts, pictures, and a box to answer as a patron."""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from . import console, views
from .faults import canonical
from .feed import SLUGS, Feed
from .wire import Call, Refusal, Reply

if TYPE_CHECKING:
    from .server import Sandbox

STATIC = Path(__file__).with_name("static")
TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
_SHA = re.compile(r"^[0-9a-f]{64}$")
_STARTS = ((b"\xff\xd8", "image/jpeg"), (b"\x89PNG", "image/png"), (b"GIF8", "image/gif"), (b"RIFF", "image/webp"))


def public(box: Sandbox, call: Call) -> Reply | None:
    """Files without a key: style, pictures, avatars. None for any other address."""
    if call.host == "__static":
        return _static(call)
    if call.host == "__media":
        return _picture(box, call)
    if call.host == "__avatar":
        return _avatar(box, call)
    return None


def answer(box: Sandbox, call: Call) -> Reply:
    """A page for people."""
    if call.host in ("", "faults", "tokens"):
        return console.answer(box, call)
    if call.host in (*SLUGS.values(), "twitter"):
        network = canonical(call.host)
        if call.segs == ["comment"] and call.method == "POST":
            return _comment(box, call, network)
        return Feed(box, network, call).timeline(None)
    found = _public_path(box, call)
    if found is None:
        return missing()
    return found


def missing() -> Reply:
    return views.document("message", 404, title="Not here", theme="console", heading="This content is not here",
                          words="It was taken down, is not public yet, or never was.")


def _static(call: Call) -> Reply:
    name = call.segs[0] if len(call.segs) == 1 else ""
    place = STATIC / name
    if place.suffix not in TYPES or place.parent != STATIC or not place.is_file():
        raise Refusal({"error": "no such file"}, 404)
    return Reply(place.read_bytes(), 200, {"Content-Type": TYPES[place.suffix], "Cache-Control": "no-cache"})


def _picture(box: Sandbox, call: Call) -> Reply:
    digest = call.segs[0] if call.segs else ""
    place = box.book.pictures / digest
    if not _SHA.match(digest) or not place.is_file():
        raise Refusal({"error": "no such picture"}, 404)
    data = place.read_bytes()
    kind = next((kind for start, kind in _STARTS if data.startswith(start)), "application/octet-stream")
    return Reply(data, 200, {"Content-Type": kind, **FOREVER})


def _avatar(box: Sandbox, call: Call) -> Reply:
    """A coloured tile with two letters, steady for a name."""
    network, name = (call.segs + ["", ""])[:2]
    name = name.removesuffix(".svg")
    account = box.book.account(network, name) or box.book.t["persons"].get(f"{network}:{name}") or {"name": name}
    letters = "".join(word[0] for word in str(account["name"]).split()[:2] if word[0].isalnum()).upper() or "?"
    hue = zlib.crc32(str(account["name"]).encode()) % 360
    svg = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" fill="hsl({hue} 42% 36%)"/>'
           f'<text x="20" y="26" font-family="system-ui,sans-serif" font-size="16" font-weight="600" fill="#fff" '
           f'text-anchor="middle">{views.escape(letters)}</text></svg>')
    return Reply(svg.encode(), 200, {"Content-Type": "image/svg+xml", "Cache-Control": "max-age=3600",
                                     "Content-Security-Policy": "default-src 'none'"})


def _public_path(box: Sandbox, call: Call) -> Reply | None:
    """A permalink or a profile, at the path it has on the real network."""
    network = {"www.facebook.com": "facebook", "x.com": "twitter", "www.instagram.com": "instagram",
               "www.linkedin.com": "linkedin"}.get(call.host)
    if network is None:
        return None
    segs = call.segs
    if (network == "twitter" and len(segs) == 3 and segs[1] == "status") or (network == "linkedin" and segs[:2] == ["feed", "update"] and len(segs) == 3):
        post = box.book.post(network, segs[2])
    elif network == "facebook" and len(segs) == 3 and segs[1] == "posts":
        post = box.book.post(network, f"{segs[0]}_{segs[2]}")
    elif network == "facebook" and segs[:1] == ["photo"] and len(segs) == 2:
        photo = box.book.t["media"].get(f"facebook:{segs[1]}") or {}
        post = box.book.post(network, photo.get("used_by") or "")
    elif network == "instagram" and segs[:1] == ["p"] and len(segs) == 2:
        post = next((row for row in box.book.t["posts"].values()
                     if row["network"] == "instagram" and row["path"] == f"/www.instagram.com/p/{segs[1]}/"), None)
    else:
        return _profile(box, call, network)
    if post is None or not box.twins[network].is_visible(post):
        return None
    return Feed(box, network, call).single(post)


def _profile(box: Sandbox, call: Call, network: str) -> Reply | None:
    wanted = call.segs[-1] if call.segs else ""
    for account in box.book.t["accounts"].values():
        if account["network"] == network and wanted and wanted in (account["id"], account["handle"], account.get("person")):
            return Feed(box, network, call).timeline(account["id"])
    return None


def _comment(box: Sandbox, call: Call, network: str) -> Reply:
    """A patron writes under a post, from a form of our own pages only."""
    if call.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Refusal({"error": "comments come from the page itself"}, 403)
    author, text = str(call.params.get("author", "")).strip()[:60], str(call.params.get("text", "")).strip()[:600]
    post = box.book.post(network, str(call.params.get("post", "")))
    if not author or not text or post is None or not box.twins[network].is_visible(post):
        return views.document("message", 400, title="Not sent", theme=network, heading="The comment was not sent",
                              words="A name and some words are needed, and the post must still be there.")
    row = box.twins[network].patron_comment(post["id"], author, text, None)
    return Reply(None, 303, {"Location": f"{quote(post['path'], safe='/:')}#c{row['id']}"})


