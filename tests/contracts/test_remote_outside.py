"""Input from outside never leads inside: whatever way an address is written, resolved or redirected."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from core import addresses, errors, remote, wires
from core.remote import BadAddress, PrivateAddress, TooLarge
from tests.contracts import servers

INSIDE = [
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "192.0.2.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::",
    "::7f00:1", "2001:db8::1", "fe80::1%eth0",
]
OUTSIDE = ["93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::808:808", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("text", INSIDE)
def test_inside(text) -> None:
    assert not addresses.is_outside(text)


@pytest.mark.parametrize("text", OUTSIDE)
def test_outside(text) -> None:
    assert addresses.is_outside(text)


@pytest.mark.parametrize("url", [
    "http://127.0.0.1/", "http://169.254.169.254/latest/meta-data", "http://100.64.1.1/", "http://[::1]/",
    "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/",
    "http://127.1/", "http://localhost/", "http://LOCALHOST./",
])
def test_no_spelling_of_an_inner_address_is_fetched(url, monkeypatch) -> None:
    # The system's own resolver reads decimal, octal and short forms; tests look up no other names.
    monkeypatch.setattr(addresses, "resolver", lambda host, port: ["127.0.0.1"])
    with pytest.raises(PrivateAddress):
        remote.fetch(url, max_bytes=1000, deadline=2)


def test_a_name_with_one_inner_address_among_outer_ones_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(addresses, "resolver", lambda host, port: ["93.184.216.34", "10.0.0.7"])
    with pytest.raises(PrivateAddress):
        remote.fetch("http://rebind.example.org/", max_bytes=1000, deadline=2)


@pytest.mark.parametrize("url", [
    "", "example.org", "ftp://example.org/", "file:///etc/passwd", "http://", "http:///x", "http://user:pw@example.org/",
    "http://example.org:0/", "http://example.org:99999/", "http://[::1", "javascript:alert(1)",
])
def test_what_is_no_address_is_said_to_be_none(url) -> None:
    with pytest.raises(BadAddress):
        remote.fetch(url, max_bytes=1000, deadline=1)


@pytest.fixture
def reachable(monkeypatch) -> Callable[[servers.Server], str]:
    """Lets the fetch reach one loopback server as if it stood outside; every other address keeps its meaning."""
    ports: set[int] = set()
    real = addresses.outside_only

    def look(host: str, port: int) -> list[str]:
        return ["127.0.0.1"] if port in ports else ["10.0.0.1"]

    def only(found: list[str], host: str) -> list[str]:
        return found if host == "outside.example.org" else real(found, host)

    monkeypatch.setattr(addresses, "resolver", look)
    monkeypatch.setattr(wires.addresses, "outside_only", only)

    def allow(server: servers.Server) -> str:
        ports.add(server.port)
        return f"http://outside.example.org:{server.port}"

    return allow


def test_what_is_outside_is_fetched(reachable) -> None:
    with servers.serving(servers.says(servers.answer(200, b"BEGIN:VCALENDAR", "Content-Type: text/calendar\r\n"))) as server:
        found = remote.fetch(reachable(server) + "/feed.ics", max_bytes=1000, deadline=2, headers={"User-Agent": "us"})
        assert (found.status, found.body, found.headers["content-type"]) == (200, b"BEGIN:VCALENDAR", "text/calendar")
        assert b"User-Agent: us" in server.heard[0]


@pytest.mark.parametrize("to", ["http://169.254.169.254/latest/", "http://127.0.0.1:1/", "http://inner.example.org/"])
def test_a_redirect_inward_is_refused(reachable, to) -> None:
    with servers.serving(servers.says(servers.answer(302, b"", f"Location: {to}\r\n"))) as server:
        with pytest.raises(PrivateAddress):
            remote.fetch(reachable(server), max_bytes=1000, deadline=2)


def test_a_redirect_to_another_scheme_is_refused(reachable) -> None:
    with servers.serving(servers.says(servers.answer(301, b"", "Location: file:///etc/passwd\r\n"))) as server:
        with pytest.raises(BadAddress):
            remote.fetch(reachable(server), max_bytes=1000, deadline=2)


def test_redirects_in_circles_end(reachable) -> None:
    with servers.serving(servers.says(servers.answer(302, b"", "Location: /again\r\n"))) as server:
        with pytest.raises(errors.Unavailable):
            remote.fetch(reachable(server), max_bytes=1000, deadline=2)
        assert len(server.heard) == 5


def test_20_megabytes_are_not_read(reachable) -> None:
    def floods(connection, request, server) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n")
        for _ in range(200):
            connection.sendall(b"x" * 100_000)

    with servers.serving(floods) as server, pytest.raises(TooLarge):
        remote.fetch(reachable(server), max_bytes=1_000_000, deadline=5)


def test_a_small_answer_that_unpacks_to_a_large_one_is_not_read(reachable) -> None:
    import gzip

    bomb = gzip.compress(b"\0" * 20_000_000)
    with servers.serving(servers.says(servers.answer(200, bomb, "Content-Encoding: gzip\r\n"))) as server:
        with pytest.raises(TooLarge):
            remote.fetch(reachable(server), max_bytes=1_000_000, deadline=5)


@pytest.mark.parametrize("script", [servers.hangs, servers.drips(servers.answer(200, b"x" * 400))], ids=["hangs", "drips"])
def test_a_slow_answer_is_given_up(reachable, script) -> None:
    with servers.serving(script) as server:
        began = time.monotonic()
        with pytest.raises(errors.Unavailable):
            remote.fetch(reachable(server), max_bytes=1000, deadline=0.5)
        assert time.monotonic() - began < 1.5
