"""The engine in step: real rows, real HTTP to a sandbox process, no Celery. A test says when time passes.

`later` moves the rows' times back (the database keeps the clock), so nothing here sleeps. Only a network that applies
a write late lives in real time; for that `wait_until` polls the judge.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from libraries.models import Library, Notice, Role
from platforms import accounts, lines, vault
from platforms.base import Token
from platforms.models import Account
from posts.models import Delivery
from scheduler import looking, publishing
from scheduler.kinds import DELIVERY, KINDS, Kind
from scheduler.presence import me
from tests import factories
from tests.contracts.practice import REDIRECT, Practice, running

NETWORKS = ("facebook", "twitter", "instagram", "linkedin")
OPEN = ("scheduled", "sending", "unconfirmed", "processing")
VERIFIER = "v" * 64
LINK = "https://fernhollow.example/events/42"
TABLES = ("posts_delivery", "posts_takedown", "posts_correction", "inbox_reply")
ATTEMPTS = ("posts_attempt", "posts_takedownattempt", "posts_correctionattempt", "inbox_replyattempt")


def plain(text: str) -> str:
    """A text as its author wrote it: LinkedIn's escapes gone."""
    return text.replace("\\", "").strip()


class Engine:
    """One library with its people, its accounts on the practice networks, and a worker that takes one step at a time."""

    def __init__(self, practice: Practice, library: Library) -> None:
        self.practice, self.library = practice, library
        self.author = factories.actor(library, Role.STAFF)
        self.manager = factories.actor(library, Role.MANAGER)
        self.admin = factories.actor(library, Role.ADMIN)

    # -- setting the scene

    def account(self, network: str, **options: Any) -> Account:
        """A connected account that the sandbox just made; `life` (seconds) shortens what we believe of its token."""
        life = options.pop("life", None)
        made = self.practice.door("POST", "/__world", {"network": network, "accounts": 1, **options})[0]
        account = Account.objects.create(
            library=self.library, realm="practice", platform=network, external_id=made["external_id"],
            name=made["name"], handle=made["handle"] or "", facts=made["facts"],
        )  # fmt: skip
        vault.store(account, self.token(made["token"], life))
        return account

    def sign_in(self, network: str) -> Account:
        """Connect (or reconnect) the Fernhollow account by the network's own sign-in page."""
        adapter = lines.adapter(network, "practice")
        code = self.practice.allow(adapter.authorize_url(REDIRECT, "state", VERIFIER))["code"]
        grants = adapter.exchange(code, REDIRECT, VERIFIER)
        grant = next((g for g in grants if "organization" in g.external_id), grants[0])
        return accounts.connect_account(actor=self.admin, platform=network, realm="practice", grant=grant)

    @staticmethod
    def token(made: dict[str, Any], life: float | None = None) -> Token:
        seconds = life if life is not None else made["expires_in"]
        ends = timezone.now() + timedelta(seconds=seconds) if seconds else None
        return Token(made["access"], made.get("refresh") or "", ends, scopes=tuple(made.get("scopes") or ()))

    def schedule(self, *accounts: Account, body: str, pictures: int = 1, link: str = "", **fields: Any) -> list[Delivery]:
        """Approved and due now; pictures of different colours, each with words of its own."""
        shown = tuple(
            factories.asset(self.library, 900 + n, 700, alt_text=f"Card number {n} on a desk") for n in range(pictures)
        )
        return factories.scheduled(self.library, *accounts, body=body, pictures=shown, link=link, **fields)

    # -- letting time pass and work be done

    def later(self, seconds: float) -> None:
        """Everything we keep becomes older; also blocks of accounts and the times of streams."""
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(
                    f"UPDATE {table} SET due_at = due_at - make_interval(secs => %(s)s), "
                    "leased_until = leased_until - make_interval(secs => %(s)s)", {"s": seconds},
                )  # fmt: skip
            for table in ATTEMPTS:
                cursor.execute(f"UPDATE {table} SET started_at = started_at - make_interval(secs => %s)", [seconds])
            cursor.execute("UPDATE platforms_account SET blocked_until = blocked_until - make_interval(secs => %s)", [seconds])
            cursor.execute("UPDATE platforms_cursor SET next_at = next_at - make_interval(secs => %s)", [seconds])
        me.beat()

    def work(self, kind: Kind = DELIVERY, **only: Any) -> list[str]:
        """Send everything that is due, once each. Returns the states the rows were left in."""
        rows = []
        while claimed := kind.model.objects.claim(me.id, limit=20, **only):
            rows += claimed
        states = []
        for row in rows:
            me.beat()  # nobody else does, and a busy machine takes its time
            states.append(publishing.work(kind, row))
        return states

    def look(self, kind: Kind = DELIVERY) -> list[str]:
        """Look once for everything that is doubtful and due."""
        rows = []
        while claimed := kind.model.objects.claim(me.id, states=("unconfirmed",), limit=20):
            rows += claimed
        return [looking.look(kind, row) for row in rows]

    def settle(self, rounds: int = 14) -> None:
        """Rounds of ten seconds, each with reaping, sending and looking, until nothing is open or the rounds are over."""
        for _ in range(rounds):
            publishing.reap_all()
            for kind in KINDS.values():
                self.work(kind)
                self.look(kind)
            if not any(kind.model.objects.filter(state__in=OPEN, hold="").exists() for kind in KINDS.values()):
                return
            self.later(10)

    # -- what came of it

    def book(self, account: Account, *, deleted: bool = False) -> list[dict[str, Any]]:
        """The account's own posts as the public sees them, oldest first."""
        rows = self.practice.book(account.platform, account.external_id)
        return [row for row in rows if row["visible"] and row["deleted"] == deleted and not row["reply_to"]]

    def copies(self, delivery: Delivery) -> int:
        held = self.book(delivery.account)
        return sum(plain(post["text"]) == plain(delivery.payload["text"]) for post in held)

    def notices(self, key: str) -> list[Notice]:
        return list(Notice.objects.filter(library=self.library, key=key, resolved_at=None))

    def calls(self, since: int, account: Account, kind: str = "visible") -> list[dict[str, Any]]:
        return [e for e in self.practice.log(since) if e["account"] == account.external_id and e["kind"] == kind]


def wait_until(true: Callable[[], Any], seconds: float = 20) -> Any:
    """Poll until something holds. Raises AssertionError when it does not in time."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if found := true():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def fresh(*rows: Any) -> Any:
    for row in rows:
        row.refresh_from_db()
    return rows[0] if len(rows) == 1 else rows


def states(rows: Iterable[Any]) -> list[str]:
    return [fresh(row).state for row in rows]


def start_worker() -> None:
    """This process as a worker without a thread: `later` beats."""
    me.gone.set()
    me._pid = 0
    me.start()
    me.gone.set()


@pytest.fixture(scope="session")
def practice_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    folder = tmp_path_factory.mktemp("practice-networks")
    with running(folder) as practice:
        practice.pictures = folder / "pictures"
        yield practice


@pytest.fixture
def engine(practice_process: Practice, transactional_db: None, live_server: Any, settings: Any) -> Iterator[Engine]:
    """A library on empty practice networks; its pictures are fetched from a server that really serves them."""
    practice_process.reset()
    settings.PUBLIC_URL = live_server.url
    settings.SANDBOX_URL = practice_process.url
    start_worker()
    yield Engine(practice_process, factories.library())
    me.gone.set()
    me._pid = 0
