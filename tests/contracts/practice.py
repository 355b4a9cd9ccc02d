"""The practice networks as a contract test uses them: accounts ready to publish, faults to order, the book to ask.

Everything goes over real HTTP to a sandbox process of its own; nothing here knows how the product speaks to it.
"""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image

from core import remote
from platforms.base import AppCredentials, Identity, MediaFile, Token

ROOT = Path(__file__).parents[2]
KEY = "contract"
APP = AppCredentials("practice", "practice-secret")
REDIRECT = "http://127.0.0.1:9/accounts/back"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


class Practice:
    """One running sandbox."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def door(self, method: str, path: str, data: Any = None) -> Any:
        """Use a control door."""
        body = None if data is None else json.dumps(data).encode()
        asked = urllib.request.Request(self.url + path, body, method=method, headers={
            "X-Sandbox-Key": KEY, "Content-Type": "application/json"})
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return json.loads(answer.read() or b"null")

    def reset(self) -> None:
        self.door("POST", "/__reset", {})

    def set(self, **settings: Any) -> None:
        self.door("POST", "/__settings", settings)

    def fault(self, network: str, kind: str, **rule: Any) -> None:
        """The next request that fits meets this; `count` says how many do (one unless told)."""
        self.door("POST", "/__faults", {"network": network, "kind": kind, "count": 1, **rule})

    def no_faults(self) -> None:
        self.door("DELETE", "/__faults")

    def book(self, network: str, account: str | None = None) -> list[dict[str, Any]]:
        """What the network holds, oldest first."""
        held = self.door("GET", f"/__book?network={network}")[network]
        return [post for post in held if not account or post["account"] == account]

    def log(self, since: int = 0) -> list[dict[str, Any]]:
        return self.door("GET", f"/__log?since={since}")

    def mark(self) -> int:
        """Where the request log stands now."""
        return max((entry["n"] for entry in self.log()), default=0)

    def comment(self, network: str, post: str, text: str, parent: str | None = None, author: str = "Ada Reader") -> str:
        return self.door("POST", "/__comment", {
            "network": network, "post": post, "author": author, "text": text, "parent": parent})["id"]

    def rewrite_comment(self, network: str, comment: str, text: str | None) -> None:
        """Its author edits a comment; None: deletes it."""
        self.door("POST", "/__comment", {"network": network, "id": comment, **({} if text is None else {"text": text})})

    def account(self, network: str, **options: Any) -> Identity:
        """A fresh account with its token."""
        made = self.door("POST", "/__world", {"network": network, "accounts": 1, **options})[0]
        token = made["token"]
        return Identity(
            external_id=made["external_id"], handle=made["handle"], facts={**made["facts"], "name": made["name"]},
            token=Token(access=token["access"], refresh=token["refresh"], scopes=tuple(token["scopes"]),
                        expires_at=datetime.now(UTC) + timedelta(seconds=token["expires_in"])),
        )

    def adapter(self, cls: type, *, app: AppCredentials = APP, deadline: float = 5.0, fence: Any = None,
                now: Any = lambda: datetime.now(UTC)) -> Any:
        """An adapter of `cls` whose hosts are those of this sandbox."""
        bases = {real: f"{self.url}/{real.split('://')[1]}" for real in cls.hosts.values()}
        session = remote.open_session(bases=bases, deadline=deadline, fence=fence)
        return cls(session=session, app=app, now=now)

    def page(self, url: str) -> str:
        """What a browser sees at an address."""
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.read().decode()

    def allow(self, url: str, decision: str = "allow", **form: str) -> dict[str, str]:
        """Press the button on a sign-in page; the query of the address it returns to."""
        data = urllib.parse.urlencode({"decision": decision, **form}).encode()
        try:
            urllib.request.build_opener(NoRedirect).open(url, data, timeout=10)
        except urllib.error.HTTPError as answer:
            to = answer.headers["Location"]
            assert to and to.startswith(REDIRECT), (answer.status, to, answer.read()[:300])
            return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(to).query))
        raise AssertionError("the sign-in page did not return")


@contextmanager
def running(folder: Path) -> Iterator[Practice]:
    """A sandbox process for as long as the block lasts."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--port", "0", "--dir", str(folder), "--secret", KEY],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )
    try:
        assert process.stdout is not None
        yield Practice(json.loads(process.stdout.readline())["port"])
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout:
            process.stdout.close()


@dataclass
class Notebook:
    """A delivery's memory: keeps JSON only, and counts how often it was written."""

    kept: dict[str, str] = field(default_factory=dict)
    writes: int = 0

    def get(self, key: str, default: Any = None) -> Any:
        return json.loads(self.kept[key]) if key in self.kept else default

    def put(self, key: str, value: Any) -> None:
        self.kept[key] = json.dumps(value)
        self.writes += 1


def picture(number: int = 0, alt: str = "A red door", size: tuple[int, int] = (64, 48)) -> MediaFile:
    """A small JPEG, different for each number."""
    out = io.BytesIO()
    Image.new("RGB", size, ((number * 53) % 256, (number * 101) % 256, 90)).save(out, "JPEG")
    data = out.getvalue()
    return MediaFile(read=lambda: data, mime="image/jpeg", bytes=len(data), width=size[0], height=size[1],
                     sha256=hashlib.sha256(data).hexdigest(), alt_text=alt)


def with_token(who: Identity, access: str) -> Identity:
    return replace(who, token=replace(who.token, access=access))


def kept(status: int, body: Any = None, headers: Mapping[str, str] | None = None,
         kind: remote.Kind = remote.Kind.VISIBLE) -> remote.Kept:
    """An answer as the door keeps it, for the rows of an error table that no twin shows."""
    data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    return remote.Kept(status=status, headers=dict(headers or {}), body=data, url="https://example.org/", kind=kind)
