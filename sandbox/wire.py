"""What a request and an answer look like inside the sandbox, whatever network they belong to."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl, unquote

from aiohttp import web

READ, STAGING, VISIBLE = "read", "staging", "visible"
MAX_BODY = 64 * 1024 * 1024                # bytes; the largest upload any twin accepts

_HOST = re.compile(r"^[A-Za-z0-9.\-\[\]:]+$")
_NAME = re.compile(r'[; ]name="([^"]*)"')
_FILENAME = re.compile(r'filename="([^"]*)"')


class Reply:
    """One answer: `body` is a dict or list (JSON), str (HTML), bytes or None (empty)."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, body: Any = None, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.body = body
        self.status = status
        self.headers = headers or {}

    def encode(self) -> tuple[bytes, str]:
        """The body as bytes and its content type."""
        body = self.body
        if body is None:
            return b"", ""
        if isinstance(body, bytes):
            return body, "application/octet-stream"
        if isinstance(body, str):
            return body.encode(), "text/html; charset=utf-8"
        return json.dumps(body, separators=(",", ":")).encode(), "application/json; charset=UTF-8"

    def response(self) -> web.Response:
        data, content_type = self.encode()
        headers = dict(self.headers)
        if content_type and "Content-Type" not in headers:
            headers["Content-Type"] = content_type
        return web.Response(body=data, status=self.status, headers=headers)


class Refusal(Exception):
    """Raised by a twin to answer with an error; nothing after it is applied."""

    def __init__(self, body: Any, status: int = 400, headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.reply = Reply(body, status, headers)


class File:
    """One uploaded file of a multipart form."""

    __slots__ = ("data", "filename", "name")

    def __init__(self, name: str, filename: str, data: bytes) -> None:
        self.name, self.filename, self.data = name, filename, data


class Call:
    """One request, read whole. `segs` are the decoded path segments after the host; `params` joins query and body."""

    __slots__ = (
        "account",
        "at",
        "base",
        "body",
        "files",
        "headers",
        "host",
        "json",
        "kind",
        "lag",
        "method",
        "network",
        "now",
        "params",
        "path",
        "query",
        "rate",
        "segs",
        "shift",
        "token",
        "version",
    )

    def __init__(self, method: str, raw_path: str, query_string: str, headers: Any, body: bytes, at: float) -> None:
        parts = raw_path.split("/")
        self.method = method
        self.host = parts[1] if len(parts) > 1 else ""
        self.segs = [unquote(part) for part in parts[2:] if part]
        self.path = raw_path
        self.query: dict[str, str] = dict(parse_qsl(query_string, keep_blank_values=True)) if query_string else {}
        self.headers = headers
        self.body = body
        self.files: dict[str, File] = {}
        self.json: Any = None
        self.params: dict[str, Any] = dict(self.query)
        self.network = ""
        self.kind = READ
        self.account = ""
        self.token: dict[str, Any] | None = None
        self.at = at
        self.now = at
        self.lag = 0.0
        self.shift = False
        self.rate: dict[str, str] = {}
        self.version = ""
        self.base = "http://" + _safe_host(headers.get("Host", ""))
        if body:
            self._read_body()

    def _read_body(self) -> None:
        content_type = self.headers.get("Content-Type", "")
        kind = content_type.partition(";")[0].strip().lower()
        if kind == "application/json":
            try:
                self.json = json.loads(self.body)
            except ValueError:
                self.json = None
            if isinstance(self.json, dict):
                self.params.update(self.json)
        elif kind == "application/x-www-form-urlencoded":
            self.params.update(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))
        elif kind == "multipart/form-data":
            for part in multipart(self.body, content_type):
                if part.filename:
                    self.files[part.name] = part
                else:
                    self.params[part.name] = part.data.decode("utf-8", "replace")

    def bearer(self) -> str:
        """The access token, from the header or, as the Graph API allows, from `access_token`."""
        header = self.headers.get("Authorization", "")
        kind, _, value = header.partition(" ")
        if kind.lower() in ("bearer", "oauth"):
            return value.strip()
        return str(self.params.get("access_token", ""))

    def flag(self, name: str, default: bool) -> bool:
        """A true-or-false parameter, however it was written."""
        value = self.params.get(name)
        if value is None or value == "":
            return default
        return str(value).lower() not in ("false", "0", "no", "off")


def _safe_host(host: str) -> str:
    return host if host and _HOST.match(host) else "127.0.0.1"


def multipart(body: bytes, content_type: str) -> list[File]:
    """The parts of a multipart form. Whole-body splitting: quicker than a streaming reader for pictures."""
    found = re.search(r'boundary="?([^";]+)"?', content_type)
    if not found:
        return []
    parts: list[File] = []
    for chunk in body.split(b"--" + found.group(1).encode("latin-1"))[1:]:
        head, gap, data = chunk.partition(b"\r\n\r\n")
        if not gap:
            continue
        header = head.decode("utf-8", "replace")
        name = _NAME.search(header)
        if name is None:
            continue
        filename = _FILENAME.search(header)
        parts.append(File(name.group(1), filename.group(1) if filename else "", data.removesuffix(b"\r\n")))
    return parts
