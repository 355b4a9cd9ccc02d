"""The only HTTP door. Every request says what it is, ends in time, and fails as exactly one class of core.errors.

SDKs of the networks and our own code speak through `requests` sessions whose transport is a `Door`. Nothing is
retried, no redirect is followed, no secret stands in an address or an error. Django-free.
"""

from __future__ import annotations

import contextlib
import enum
import io
import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import requests
import urllib3
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from core import wires
from core.addresses import BadAddress, PrivateAddress
from core.errors import Ambiguous, RateLimited, Rejected, RemoteError, Unauthorized, Unavailable

log = logging.getLogger(__name__)
MAX_ANSWER = 8 * 1024 * 1024


class Kind(enum.Enum):
    """What a request is: a lost answer means "not applied" for the first two, and "nobody knows" for the third."""

    READ = "read"
    STAGING = "staging"  # invisible to the public, may always be repeated
    VISIBLE = "visible"


class TooLarge(ValueError):
    """The answer is larger than was allowed."""


_kind: ContextVar[Kind | None] = ContextVar("kind", default=None)
before_send: list[Callable[[], None]] = []


@contextlib.contextmanager
def saying(kind: Kind) -> Iterator[None]:
    """Requests inside are of this kind, whatever SDK sends them."""
    token = _kind.set(kind)
    try:
        yield
    finally:
        _kind.reset(token)


def kind_of(method: str) -> Kind:
    """The kind in force; unmarked requests that are not plain reads count as visible, to be safe."""
    return _kind.get() or (Kind.READ if method in ("GET", "HEAD", "OPTIONS") else Kind.VISIBLE)


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it came, before an SDK's opinion of it. `url` carries no secret."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    kind: Kind


class Door(BaseAdapter):
    """The transport of one session. `last` is the answer that came last.

    bases     real address prefix -> the one in use (development, the sandbox); configured hosts may be private
    ends      monotonic second at which everything this session does is over
    fence     asked before each request with its kind; raises Fenced to forbid it
    """

    def __init__(self, bases: Mapping[str, str], ends: float, fence: Callable[[Kind], None] | None) -> None:
        super().__init__()
        self.bases, self.ends, self.fence = bases, ends, fence
        self.last: Kept | None = None

    def public(self, url: str) -> str:
        """A real host's address as it is reachable here."""
        for real, used in self.bases.items():
            if url == real or url.startswith((real + "/", real + "?")):
                return used + url[len(real) :]
        return url

    def bind(self, session: requests.Session) -> requests.Session:
        """Put this door on an SDK's own session; its proxies, retries and environment are switched off."""
        session.mount("https://", self)
        session.mount("http://", self)
        session.trust_env = False
        session.max_redirects = 0
        return session

    def close(self) -> None:
        """The pools are shared by the process; a session has nothing to close."""

    def send(
        self, request: requests.PreparedRequest, stream: bool = False, timeout: Any = None, verify: Any = True,
        cert: Any = None, proxies: Any = None,
    ) -> requests.Response:  # fmt: skip
        """One request. Raises a RemoteError when no readable answer came."""
        kind = kind_of(request.method or "GET")
        url, headers = without_token(self.public(request.url or ""), request.headers)
        for hook in before_send:
            hook()
        if self.fence:
            self.fence(kind)
        deadline = wires.Deadline(self.ends)
        if deadline.left <= 0:
            raise Unavailable("there was no time left to send this", code="deadline")
        try:
            status, got, body = _exchange(
                wires.configured, request.method or "GET", url, request.body, headers, kind, deadline
            )
        except TooLarge as error:
            unreadable = Ambiguous if kind is Kind.VISIBLE else Unavailable
            raise unreadable("the answer was too long to read", code="unreadable_answer") from error
        self.last = Kept(status, got, body, without_secrets(url), kind)
        return _response(request, self.last)


def open_session(
    *, bases: Mapping[str, str] | None = None, deadline: float = 60.0, fence: Callable[[Kind], None] | None = None
) -> requests.Session:
    """A session whose whole work ends `deadline` seconds from now. Cheap: open one for each attempt."""
    session = requests.Session()
    door = Door(bases or {}, time.monotonic() + deadline, fence)
    door.bind(session)
    session.door = door  # type: ignore[attr-defined]
    return session


def without_token(url: str, headers: Mapping[str, str | bytes]) -> tuple[str, dict[str, str]]:
    """Move `access_token` (and LinkedIn's `oauth2_access_token`) from the query to a Bearer header."""
    kept = {str(name): value.decode() if isinstance(value, bytes) else value for name, value in headers.items()}
    parts = urlsplit(url)
    if "access_token=" not in parts.query:
        return url, kept
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    secret = [value for name, value in pairs if name in ("access_token", "oauth2_access_token")]
    rest = [(name, value) for name, value in pairs if name not in ("access_token", "oauth2_access_token")]
    if secret and not any(name.lower() == "authorization" for name in kept):
        kept["Authorization"] = f"Bearer {secret[0]}"
    return urlunsplit(parts._replace(query=urlencode(rest))), kept


_SECRETS = re.compile(r"(?<=[?&])([a-z_]*(?:token|secret|code|verifier|password))=[^&]*")


def without_secrets(url: str) -> str:
    """An address that may be kept and told: the values of parameters that open something are gone."""
    return _SECRETS.sub(r"\1=…", url) if "?" in url else url


def _exchange(
    pool: urllib3.PoolManager, method: str, url: str, body: Any, headers: Mapping[str, str], kind: Kind,
    deadline: wires.Deadline, most: int = MAX_ANSWER,
) -> tuple[int, CaseInsensitiveDict[str], bytes]:  # fmt: skip
    """Send and read everything in time. The one place where a transport's failure gets its name."""
    raw = None
    try:
        with wires.under(deadline):
            raw = pool.urlopen(
                method, url, body=body, headers=headers, retries=False, redirect=False, preload_content=False,
                decode_content=True, timeout=urllib3.Timeout(connect=wires.CONNECT_S, read=max(0.05, deadline.left)),
            )  # fmt: skip
            content = _read(raw, most)
            if deadline.passed:
                raise TimeoutError("the deadline passed while the answer was read")
            raw.release_conn()
            return raw.status, CaseInsensitiveDict(raw.headers.items()), content
    except (PrivateAddress, TooLarge):
        raise
    except (NewConnectionError, ConnectTimeoutError) as error:
        raise Unavailable("no connection could be made", code="no_connection") from error
    except (HTTPError, OSError, ValueError) as error:
        if not deadline.begun:  # the handshake failed, or nobody shook hands in time
            raise Unavailable("no secure connection could be made", code="no_connection") from error
        if raw is not None:
            with contextlib.suppress(Exception):
                raw.close()
        what = "no answer in time" if deadline.passed or "timed out" in str(error) else "the connection broke"
        if kind is Kind.VISIBLE:
            raise Ambiguous(what, code="no_answer") from error
        raise Unavailable(what, code="no_answer") from error


def _read(raw: urllib3.BaseHTTPResponse, most: int) -> bytes:
    """The whole body. Raises TooLarge; an answer that is shorter than it said is an HTTPError."""
    chunks, size = [], 0
    for chunk in raw.stream(65536):
        size += len(chunk)
        if size > most:
            raw.close()
            raise TooLarge(f"more than {most} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


def _response(request: requests.PreparedRequest, kept: Kept) -> requests.Response:
    response = requests.Response()
    response.status_code, response.headers = kept.status, CaseInsensitiveDict(kept.headers)
    response._content, response._content_consumed = kept.body, True
    response.url, response.request, response.raw = kept.url, request, io.BytesIO(kept.body)
    response.encoding = requests.utils.get_encoding_from_headers(response.headers)
    response.reason = ""
    return response


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> timedelta | None:
    """The Retry-After header (RFC 9110 10.2.3: seconds or a date) as a time to wait; None where there is none."""
    value = CaseInsensitiveDict(headers).get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value), 7 * 24 * 3600))
    try:
        return max(timedelta(0), parsedate_to_datetime(value) - (now or datetime.now(UTC)))
    except (TypeError, ValueError):
        return None


def classify(kept: Kept, kind: Kind | None = None) -> RemoteError | None:
    """What an answer means by its status alone; None for a 2xx. Adapters refine 4xx by the network's own words."""
    kind, status = kind or kept.kind, kept.status
    if 200 <= status < 300:
        return None
    if status == 429:
        return RateLimited("the network asks us to wait", http_status=status, retry_after=retry_after(kept.headers))
    if status == 401:
        return Unauthorized("the network no longer takes our token", http_status=status)
    if 400 <= status < 500:
        return Rejected("the network refused this", http_status=status)
    if kind is Kind.VISIBLE:
        return Ambiguous("the network had an error of its own", code="server_error", http_status=status)
    wait = retry_after(kept.headers)
    return Unavailable("the network had an error of its own", code="server_error", http_status=status, retry_after=wait)


# -- input from outside


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address outside answered; `url` is where it ended after redirects."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


def fetch(
    url: str, *, max_bytes: int, deadline: float, headers: Mapping[str, str] | None = None, max_redirects: int = 4
) -> Fetched:
    """GET from outside, never from inside: each address is checked after its look-up and connected to as checked.

    Raises BadAddress, PrivateAddress, TooLarge, or Unavailable where nobody answers in `deadline` seconds in all.
    """
    ends = wires.Deadline(time.monotonic() + deadline)
    for _ in range(max_redirects + 1):
        check_form(url)
        for hook in before_send:
            hook()
        if ends.left <= 0:
            raise Unavailable("no answer in time", code="deadline")
        status, got, body = _exchange(
            wires.outside, "GET", url, None, dict(headers or {}), Kind.READ, wires.Deadline(ends.ends), max_bytes
        )
        if status not in (301, 302, 303, 307, 308) or "Location" not in got:
            return Fetched(status, got, body, url)
        url = urljoin(url, got["Location"])
    raise Unavailable("it redirects in circles", code="redirects")


def check_form(url: str) -> None:
    """Raise BadAddress unless this is a plain http(s) address with a host."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadAddress(str(error)) from error
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password or port == 0:
        raise BadAddress("an address begins with http:// or https:// and names a host")
