"""The one HTTP door against sockets that misbehave: each failure has one name, and everything ends in time."""

from __future__ import annotations

import socket
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import requests

from core import addresses, errors, remote
from core.remote import Kind, saying
from tests.contracts import servers

REAL = "https://graph.example.org"
SOON = 0.6                              # seconds; the deadline of calls that will not be answered


def door(server: servers.Server, *, deadline: float = 5.0, fence=None) -> requests.Session:
    return remote.open_session(bases={REAL: server.url}, deadline=deadline, fence=fence)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


# --- which failure is which -------------------------------------------------------------------------------------------

LOST = {  # script -> whether the answer is lost; on a visible step nobody knows then
    "hangs": servers.hangs,
    "resets": servers.resets,
    "drops": servers.drops,
    "drips the head": servers.drips(servers.answer(200, b"x" * 400)),
    "drips the body": servers.drips(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + b"x" * 999),
    "is no HTTP": servers.says(b"220 mail.example.org ESMTP\r\n"),
    "stops short": lambda c, r, s: (c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), servers.drops(c, r, s)),
    "bad encoding": servers.says(servers.answer(200, b"not gzip", "Content-Encoding: gzip\r\n")),
    "bad chunks": servers.says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"),
}


@pytest.mark.parametrize("script", LOST.values(), ids=LOST.keys())
@pytest.mark.parametrize(("kind", "expected"), [
    (Kind.READ, errors.Unavailable), (Kind.STAGING, errors.Unavailable), (Kind.VISIBLE, errors.Ambiguous),
], ids=["read", "staging", "visible"])
def test_a_lost_answer_is_unknown_only_where_the_public_could_see_it(script, kind, expected) -> None:
    with servers.serving(script) as server:
        session = door(server, deadline=SOON)
        began = time.monotonic()
        with saying(kind), pytest.raises(expected) as failed:
            session.post(f"{REAL}/v1/feed", data={"a": "b"})
        assert time.monotonic() - began < SOON + 1
        assert type(failed.value) is expected
        assert len(server.heard) == 1, "never sent twice"
        assert session.door.last is None


@pytest.mark.parametrize("kind", Kind)
def test_nothing_left_us_when_nobody_listens(kind) -> None:
    session = remote.open_session(bases={REAL: f"http://127.0.0.1:{closed_port()}"}, deadline=2)
    with saying(kind), pytest.raises(errors.Unavailable) as failed:
        session.post(f"{REAL}/feed")
    assert failed.value.code == "no_connection"


@pytest.mark.parametrize("kind", Kind)
def test_nothing_left_us_when_the_name_is_unknown(kind, monkeypatch) -> None:
    def nobody(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(addresses, "resolver", nobody)
    with saying(kind), pytest.raises(errors.Unavailable) as failed:
        remote.open_session(deadline=2).post("http://nowhere.example.org/feed")
    assert failed.value.code == "no_connection"


@pytest.mark.parametrize("script", [servers.hangs, servers.resets, servers.says(b"no TLS here")], ids=["h", "r", "p"])
def test_nothing_left_us_when_the_handshake_fails(script) -> None:
    with servers.serving(script, hello=b"\x16") as server:
        session = remote.open_session(bases={REAL: server.url.replace("http:", "https:")}, deadline=SOON)
        with saying(Kind.VISIBLE), pytest.raises(errors.Unavailable) as failed:
            session.post(f"{REAL}/feed")
        assert failed.value.code == "no_connection"


def test_a_slow_look_up_is_given_up(monkeypatch) -> None:
    let_go = threading.Event()

    def slow(host: str, port: int) -> list[str]:
        let_go.wait(10)
        return ["127.0.0.1"]

    monkeypatch.setattr(addresses, "resolver", slow)
    began = time.monotonic()
    with saying(Kind.VISIBLE), pytest.raises(errors.Unavailable):
        remote.open_session(deadline=0.4).post("http://slow.example.org/feed")
    assert time.monotonic() - began < 1.5
    let_go.set()


def test_when_the_time_is_over_nothing_more_is_sent() -> None:
    with servers.serving(servers.says(servers.answer())) as server:
        session = door(server, deadline=0)
        with pytest.raises(errors.Unavailable) as failed:
            session.post(f"{REAL}/feed")
        assert failed.value.code == "deadline"
        assert server.heard == []


STATUSES = [
    (429, Kind.VISIBLE, errors.RateLimited), (401, Kind.VISIBLE, errors.Unauthorized),
    (400, Kind.VISIBLE, errors.Rejected), (404, Kind.READ, errors.Rejected),
    (500, Kind.VISIBLE, errors.Ambiguous), (503, Kind.VISIBLE, errors.Ambiguous), (302, Kind.VISIBLE, errors.Ambiguous),
    (500, Kind.READ, errors.Unavailable), (502, Kind.STAGING, errors.Unavailable),
]


@pytest.mark.parametrize(("status", "kind", "expected"), STATUSES)
def test_a_status_has_one_name(status, kind, expected) -> None:
    with servers.serving(servers.says(servers.answer(status, b"{}"))) as server:
        session = door(server)
        with saying(kind):
            session.post(f"{REAL}/feed", allow_redirects=False)
        found = remote.classify(session.door.last)
        assert type(found) is expected
        assert found.http_status == status


def test_all_is_well_has_no_name() -> None:
    with servers.serving(servers.says(servers.answer(201, b'{"id": 1}'))) as server:
        session = door(server)
        assert session.post(f"{REAL}/feed").json() == {"id": 1}
        assert remote.classify(session.door.last) is None


def test_the_wait_a_network_names_is_kept() -> None:
    at = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    assert remote.retry_after({"retry-after": "90"}) == timedelta(seconds=90)
    assert remote.retry_after({"Retry-After": "Tue, 24 Nov 2026 12:02:00 GMT"}, at) == timedelta(minutes=2)
    assert remote.retry_after({"Retry-After": "Tue, 24 Nov 2026 11:00:00 GMT"}, at) == timedelta(0)
    assert [remote.retry_after({"Retry-After": bad}) for bad in ("", "soon", "-5", "²")] == [None] * 4


def test_an_answer_without_end_is_not_read_to_its_end(monkeypatch) -> None:
    monkeypatch.setattr(remote, "MAX_ANSWER", 1000)
    with servers.serving(servers.says(servers.answer(200, b"x" * 5000))) as server:
        monkeypatch.setattr(remote._exchange, "__defaults__", (1000,))
        with saying(Kind.VISIBLE), pytest.raises(errors.Ambiguous):
            door(server).post(f"{REAL}/feed")


# --- fence, hooks, secrets, bases -------------------------------------------------------------------------------------


def test_the_fence_is_asked_before_each_request_and_can_forbid_it() -> None:
    asked: list[Kind] = []

    def fence(kind: Kind) -> None:
        asked.append(kind)
        if kind is Kind.VISIBLE:
            raise errors.Fenced("another worker holds the attempt")

    with servers.serving(servers.says(servers.answer())) as server:
        session = door(server, fence=fence)
        session.get(f"{REAL}/me")
        with saying(Kind.STAGING):
            session.post(f"{REAL}/photos")
        with pytest.raises(errors.Fenced):
            session.post(f"{REAL}/feed")    # unmarked and no plain read: counts as visible
        assert asked == [Kind.READ, Kind.STAGING, Kind.VISIBLE]
        assert len(server.heard) == 2


def test_hooks_run_before_a_byte_leaves() -> None:
    with servers.serving(servers.says(servers.answer())) as server:
        heard: list[int] = []
        remote.before_send.append(hook := lambda: heard.append(len(server.heard)))
        try:
            door(server).get(f"{REAL}/me")
        finally:
            remote.before_send.remove(hook)
        assert heard == [0]


def test_tokens_travel_in_the_header_and_stand_in_no_address() -> None:
    with servers.serving(servers.says(servers.answer())) as server:
        session = door(server)
        session.get(f"{REAL}/me", params={"fields": "id", "access_token": "SECRET"})
        head = server.heard[0].decode()
        assert "authorization: bearer secret" in head.lower()
        assert "access_token" not in head.split("\r\n")[0]
        session.get(f"{REAL}/debug", params={"input_token": "OTHER", "client_secret": "THIRD", "fields": "id"})
        assert "OTHER" not in session.door.last.url
        assert "THIRD" not in session.door.last.url
        assert "fields=id" in session.door.last.url


def test_a_failure_tells_no_secret() -> None:
    session = remote.open_session(bases={REAL: f"http://127.0.0.1:{closed_port()}"}, deadline=1)
    with pytest.raises(errors.RemoteError) as failed:
        session.get(f"{REAL}/me", params={"access_token": "SECRET"})
    assert "SECRET" not in f"{failed.value!r} {failed.value} {failed.value.detail}"


def test_only_the_named_host_is_mapped() -> None:
    session = remote.open_session(bases={"https://graph.example.org": "http://127.0.0.1:1/graph.example.org"})
    public = session.door.public
    assert public("https://graph.example.org/v1/x?y") == "http://127.0.0.1:1/graph.example.org/v1/x?y"
    assert public("https://graph.example.org") == "http://127.0.0.1:1/graph.example.org"
    for other in ("https://graph.example.org.evil.test/x", "http://graph.example.org/x", "https://graph.example.org:444/"):
        assert public(other) == other


def test_an_sdk_session_takes_the_same_door() -> None:
    with servers.serving(servers.says(servers.answer(200, b'{"a": 1}'))) as server:
        ours, theirs = door(server), requests.Session()
        ours.door.bind(theirs)
        assert theirs.get(f"{REAL}/x").json() == {"a": 1}
        assert ours.door.last.status == 200
        assert theirs.trust_env is False


def test_a_redirect_is_never_followed() -> None:
    with servers.serving(servers.says(servers.answer(302, b"", "Location: http://169.254.169.254/\r\n"))) as server:
        with pytest.raises(requests.TooManyRedirects):
            door(server).get(f"{REAL}/x")
        assert len(server.heard) == 1


def test_connections_are_kept_and_a_dead_one_is_noticed() -> None:
    with servers.serving(servers.says(servers.answer())) as server:
        for _ in range(3):
            door(server).get(f"{REAL}/x")
        assert len(server.heard) == 3


def test_64_calls_are_in_the_air_at_once() -> None:
    together = threading.Barrier(64, timeout=10)

    def waits_for_all(connection: socket.socket, request: bytes, server: servers.Server) -> None:
        together.wait()
        connection.sendall(servers.answer())

    with servers.serving(waits_for_all) as server:
        statuses: list[int] = []
        threads = [threading.Thread(target=lambda: statuses.append(door(server).get(f"{REAL}/x").status_code))
                   for _ in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(15)
        assert statuses == [200] * 64


def test_opening_a_session_costs_next_to_nothing() -> None:
    best = min(_seconds_for_200_sessions() for _ in range(5))
    assert best / 200 < 0.0006, "an attempt opens one; aimed at 150 µs on a quiet machine"


def _seconds_for_200_sessions() -> float:
    began = time.process_time()
    for _ in range(200):
        remote.open_session(bases={REAL: "http://127.0.0.1:1"})
    return time.process_time() - began
