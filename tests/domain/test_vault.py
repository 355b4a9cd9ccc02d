"""Tokens at rest and their renewal: keys that rotate, one renewal however many ask, and nothing sent in a transaction."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import connection, transaction
from django.utils import timezone

from core import guards, remote
from platforms import lines, vault
from platforms.base import Token, Unauthorized, Unavailable
from platforms.models import Account, Credential
from tests import factories

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_a_token_is_nowhere_to_be_read_in_the_database(db: None) -> None:
    account = factories.account(factories.library())
    vault.store(account, Token("a-very-secret-word", refresh="another-secret-word"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(c)::text FROM platforms_credential c")
        for (text,) in cursor.fetchall():
            assert "secret-word" not in bytes.fromhex(text.split('"ciphertext":"\\\\x')[1].split('"')[0]).decode("latin-1")
            assert "secret-word" not in text


def test_keys_rotate_and_old_tokens_stay_readable(settings: Any) -> None:
    settings.TOKEN_KEYS = [OLD]
    before, name = vault.pack(Token("t", refresh="r", expires_at=timezone.now(), scopes=("a",))), vault.key_id()
    settings.TOKEN_KEYS = [NEW, OLD]
    assert vault.unpack(before).access == "t"
    assert vault.key_id() != name
    after = vault.pack(vault.unpack(before))
    settings.TOKEN_KEYS = [NEW]
    assert vault.unpack(after).refresh == "r"
    with pytest.raises(vault.NoToken):
        vault.unpack(before)


def test_the_session_key_opens_no_token(settings: Any) -> None:
    sealed = vault.encrypt(b"token")
    settings.SECRET_KEY = "another one"
    assert vault.decrypt(sealed) == b"token"


def test_a_new_token_takes_the_old_ones_place(db: None) -> None:
    account = factories.account(factories.library())
    vault.store(account, Token("second"))
    assert vault.unpack(vault.current(account.pk).ciphertext).access == "second"
    assert Credential.objects.filter(account=account, revoked_at=None).count() == 1


def test_an_account_without_a_token_says_so(db: None) -> None:
    account = factories.account(factories.library())
    Credential.objects.filter(account=account).update(revoked_at=timezone.now())
    with pytest.raises(vault.NoToken):
        lines.fresh_identity(account)


class Network:
    """Stands in for a network's renewal: counts, takes a moment, and may refuse."""

    def __init__(self) -> None:
        self.renewals: list[str] = []
        self.refuses: Exception | None = None
        self.in_transaction: list[bool] = []
        self.go_on = threading.Event()

    def renew(self, token: Token) -> Token:
        self.in_transaction.append(connection.in_atomic_block)
        self.renewals.append(token.refresh)
        self.go_on.wait(5)
        if self.refuses:
            raise self.refuses
        return Token("renewed", refresh="next", expires_at=timezone.now() + timedelta(hours=2))


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    made = Network()
    monkeypatch.setattr(lines, "adapter", lambda *a, **k: made)
    return made


def _ending(seconds: float = 30) -> Account:
    account = factories.account(factories.library(), "twitter")
    vault.store(account, Token("old", refresh="first", expires_at=timezone.now() + timedelta(seconds=seconds)))
    return account


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seconds", [30, -30])
def test_however_many_ask_the_network_renews_once(network: Network, seconds: float) -> None:
    account, n = _ending(seconds), 12
    start, got = threading.Barrier(n), []

    def ask() -> None:
        mine = Account.objects.get(pk=account.pk)
        start.wait(10)
        try:
            got.append(lines.fresh_identity(mine).token.access)
        except Unavailable as busy:
            got.append(busy.code)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(n)]
    [thread.start() for thread in threads]
    ends = time.monotonic() + 20
    while len(got) < n - 1 and time.monotonic() < ends:  # all but the one that renews come back without waiting for it
        threads[0].join(0.02)
    network.go_on.set()
    [thread.join(10) for thread in threads]
    assert network.renewals == ["first"]
    assert network.in_transaction == [False]
    meanwhile = "old" if seconds > 0 else "token_being_renewed"
    assert sorted(got) == sorted(["renewed", *[meanwhile] * (n - 1)])
    assert vault.unpack(vault.current(account.pk).ciphertext).refresh == "next"
    assert lines.fresh_identity(account).token.access == "renewed"
    assert len(network.renewals) == 1


@pytest.mark.django_db
def test_a_refused_renewal_gives_the_lease_back(network: Network) -> None:
    account = _ending()
    network.refuses = Unauthorized(code="revoked")
    network.go_on.set()
    with pytest.raises(Unauthorized):
        lines.fresh_identity(account)
    held = vault.current(account.pk)
    assert (held.renewing_by, held.version) == (None, 1)


@pytest.mark.django_db
def test_who_lost_the_lease_stores_nothing() -> None:
    account = _ending()
    first = vault.lease_renewal(account.pk)
    assert vault.lease_renewal(account.pk) is None
    Credential.objects.filter(pk=first.credential.pk).update(renewing_until=timezone.now() - timedelta(seconds=1))
    second = vault.lease_renewal(account.pk)
    assert second.save(Token("second's", refresh="r2"))
    assert not first.save(Token("first's", refresh="r1"))
    assert vault.unpack(vault.current(account.pk).ciphertext).access == "second's"


# -- no remote call inside a transaction


class _Nothing(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked += 1
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, str, ThreadingHTTPServer]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Nothing)
    server.asked = 0
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(remote, "before_send", [guards.give_back_connections])
    with remote.open_session(bases={"https://network.example": address}) as session:
        yield session, "https://network.example/x", server
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.mark.django_db(transaction=True)
def test_a_call_inside_a_transaction_never_leaves(door: tuple[Any, str, ThreadingHTTPServer]) -> None:
    session, address, server = door
    with pytest.raises(guards.RemoteCallInTransaction), transaction.atomic():
        session.get(address)
    assert server.asked == 0


@pytest.mark.django_db(transaction=True)
def test_a_call_outside_gives_its_connection_back_first(door: tuple[Any, str, ThreadingHTTPServer]) -> None:
    session, address, server = door
    connection.ensure_connection()
    assert session.get(address).status_code == 204
    assert connection.connection is None
    assert server.asked == 1


def test_the_product_installs_the_guard() -> None:
    assert guards.give_back_connections in remote.before_send
