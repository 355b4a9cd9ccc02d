"""A running sandbox as these tests speak to it: plain `requests`, nothing of the product."""

from __future__ import annotations

import base64
import hashlib
import http.server
import io
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import requests
from PIL import Image

ROOT = Path(__file__).parents[3]
KEY = "twins"
CLIENT = {"client_id": "practice", "client_secret": "practice-secret"}
REDIRECT = "http://127.0.0.1:9/back"
VERIFIER = "a-verifier-that-is-long-enough-for-everyone-0123456789"
FACEBOOK_RIGHTS = (
    "pages_show_list,pages_manage_posts,pages_read_engagement,pages_manage_engagement,pages_read_user_content,read_insights,"
    "instagram_basic,instagram_content_publish,instagram_manage_comments,instagram_manage_insights"
)
GRAPH = "/graph.facebook.com/v25.0"
IG_GRAPH = "/graph.instagram.com/v25.0"
X = "/api.x.com/2"
REST = "/api.linkedin.com/rest"


def launch(folder: Path) -> tuple[subprocess.Popen[str], int]:
    """Start a sandbox on a free port; returns it and the port."""
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--dir", str(folder), "--secret", KEY]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())["port"]


class Account:
    """One account made for a test, and calls in its name."""

    def __init__(self, net: Net, made: dict[str, Any]) -> None:
        self.net, self.made = net, made
        self.id = made["external_id"]
        self.token = made["token"]["access"]
        self.headers = {"Authorization": f"Bearer {self.token}"}
        if self.id.startswith("urn:li:"):
            self.headers.update({"LinkedIn-Version": "202609", "X-Restli-Protocol-Version": "2.0.0"})

    def get(self, path: str, **named: Any) -> requests.Response:
        return self._call("GET", path, **named)

    def post(self, path: str, **named: Any) -> requests.Response:
        return self._call("POST", path, **named)

    def delete(self, path: str, **named: Any) -> requests.Response:
        return self._call("DELETE", path, **named)

    def _call(self, method: str, path: str, **named: Any) -> requests.Response:
        headers = {**self.headers, **named.pop("headers", {})}
        return self.net.call(method, path, headers=headers, **named)


class Net:
    """The sandbox under test."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.session = requests.Session()

    def call(self, method: str, path: str, timeout: float = 10, **named: Any) -> requests.Response:
        url = path if path.startswith("http") else self.url + path
        return self.session.request(method, url, timeout=timeout, allow_redirects=False, **named)

    def get(self, path: str, **named: Any) -> requests.Response:
        return self.call("GET", path, **named)

    def post(self, path: str, **named: Any) -> requests.Response:
        return self.call("POST", path, **named)

    # --- control doors ------------------------------------------------------------------------------------------

    def door(self, method: str, path: str, data: Any = None) -> Any:
        answer = self.call(method, path, json=data, headers={"X-Sandbox-Key": KEY})
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def reset(self) -> None:
        self.door("POST", "/__reset", {})

    def set(self, **settings: Any) -> None:
        self.door("POST", "/__settings", settings)

    def advance(self, seconds: float) -> None:
        """Move the networks' own clock on, in all."""
        self.set(clock_offset_s=seconds)

    def fault(self, network: str, kind: str, **rule: Any) -> None:
        self.door("POST", "/__faults", {"network": network, "kind": kind, "count": 1, **rule})

    def account(self, network: str, **options: Any) -> Account:
        return Account(self, self.door("POST", "/__world", {"network": network, "accounts": 1, **options})[0])

    def book(self, network: str) -> list[dict[str, Any]]:
        return self.door("GET", f"/__book?network={network}")[network]

    def log(self) -> list[dict[str, Any]]:
        return self.door("GET", "/__log")

    def comment(self, network: str, post: str, text: str, **more: Any) -> str:
        return self.door("POST", "/__comment", {"network": network, "post": post, "author": "Ann", "text": text, **more})["id"]

    # --- signing in ---------------------------------------------------------------------------------------------

    def allow(self, path: str, *, scope: str, decision: str = "allow", form: dict[str, str] | None = None, **query: str) -> dict[str, str]:
        """Answer a sign-in page; returns what came back to the redirect address."""
        asked = {"client_id": "practice", "redirect_uri": REDIRECT, "state": "s1", "response_type": "code", "scope": scope, **query}
        answer = self.post(path, params=asked, data={"decision": decision, **(form or {})})
        assert answer.status_code == 302, answer.text
        address = urlsplit(answer.headers["Location"])
        return {name: values[0] for name, values in parse_qs(address.query).items()} | {"#": address.fragment}

    def facebook_login(self, **named: Any) -> str:
        """A long-lived user token of Robin Vale."""
        code = self.allow("/www.facebook.com/v25.0/dialog/oauth", scope=FACEBOOK_RIGHTS, **named)["code"]
        short = self.get(f"{GRAPH}/oauth/access_token", params={**CLIENT, "redirect_uri": REDIRECT, "code": code}).json()
        exchange = {**CLIENT, "grant_type": "fb_exchange_token", "fb_exchange_token": short["access_token"]}
        return self.get(f"{GRAPH}/oauth/access_token", params=exchange).json()["access_token"]

    def x_login(self, scope: str = "tweet.read tweet.write users.read media.write offline.access", **query: str) -> requests.Response:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
        code = self.allow("/x.com/i/oauth2/authorize", scope=scope, code_challenge=challenge, code_challenge_method="S256", **query)
        return self.x_redeem(code["code"])

    def x_redeem(self, code: str, verifier: str = VERIFIER, **named: Any) -> requests.Response:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": verifier}
        return self.post(f"{X}/oauth2/token", data=form, auth=("practice", "practice-secret"), **named)

    def linkedin_login(self, scope: str, client: str = "practice") -> requests.Response:
        code = self.allow("/www.linkedin.com/oauth/v2/authorization", scope=scope, client_id=client)["code"]
        return self.linkedin_redeem(code, client)

    def linkedin_redeem(self, code: str, client: str = "practice") -> requests.Response:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "client_id": client,
                "client_secret": "practice-secret"}
        return self.post("/www.linkedin.com/oauth/v2/accessToken", data=form)


# --- pictures -----------------------------------------------------------------------------------------------------


@cache
def picture(width: int = 600, height: int = 600, kind: str = "JPEG", colour: str = "teal", mode: str = "RGB") -> bytes:
    """A picture of one colour as bytes; mode "1" makes a huge one cheap."""
    out = io.BytesIO()
    Image.new(mode, (width, height), colour if mode == "RGB" else 1).save(out, kind)
    return out.getvalue()


class Shelf:
    """A web server with pictures on it, as the library's own would serve them to Instagram."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        files = self.files

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                data = files.get(self.path)
                self.send_response(200 if data is not None else 404)
                self.send_header("Content-Length", str(len(data or b"")))
                self.end_headers()
                self.wfile.write(data or b"")

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def put(self, data: bytes) -> str:
        """Serve the bytes; returns their address."""
        name = f"/{len(self.files)}.jpg"
        self.files[name] = data
        return f"http://127.0.0.1:{self.server.server_port}{name}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@contextmanager
def own_sandbox(folder: Path) -> Iterator[tuple[Net, subprocess.Popen[str]]]:
    """A sandbox of one's own, to be killed."""
    process, port = launch(folder)
    net = Net(port)
    try:
        yield net, process
    finally:
        net.session.close()
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def enc(urn: str) -> str:
    """A URN as it stands in a path."""
    return quote(urn, safe="")


def graph_error(answer: requests.Response) -> tuple[int, int | None]:
    """(code, subcode) of a Graph error."""
    body = answer.json()["error"]
    assert body["type"] == "OAuthException" and body["fbtrace_id"] and body["message"]
    return body["code"], body.get("error_subcode")
