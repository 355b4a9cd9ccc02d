"""Whatever order clicks, crashes and lies come in: never twice, sent is true, final is final.

Two machines. The first has one worker and every kind of lie; the second has three half-finished workers, clicks of
people between any two steps, and frozen workers that go on. Each needs the other: one worker cannot see a lost claim.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from libraries.permissions import Refused
from platforms import lines
from platforms.base import Identity, Token
from posts import actions
from posts.models import Attempt, Delivery
from scheduler.presence import me
from tests import factories
from tests.domain.world import HalfWorker, Network, NetworkAdapter, look_once, pass_time

POSTS_MAX = 16
OUTCOMES = ["ok", "before", "after", "late", "busy", "refused", "bug"]
FAST = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)  # fmt: skip


class Desk(RuleBasedStateMachine):
    """What both machines share: a library, two posts to one account, a network, and what must always hold."""

    workers_n = 1

    def __init__(self) -> None:
        super().__init__()
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("TRUNCATE libraries_library, libraries_user, audit_auditentry, core_worker CASCADE")
            cursor.execute("SET session_replication_role = DEFAULT")
        me._pid = 0
        me.start()
        me.gone.set()  # no thread: the machine beats by itself
        self.library = factories.library()
        self.manager = factories.actor(self.library, "manager")
        self.account = factories.account(self.library)
        for body in ("Story time at ten", "The book club meets"):
            factories.scheduled(self.library, self.account, body=body)
        self.network = Network()
        self.workers = [HalfWorker(self.network) for _ in range(self.workers_n)]
        self.final: dict[int, str] = {}

    def first(self, *, row: bool, verdict: bool) -> list[HalfWorker]:
        return [w for w in self.workers if bool(w.row) == row and bool(w.verdict) == verdict]

    @rule(seconds=st.sampled_from([0.5, 2, 3, 4, 9, 13, 30]))
    def time_passes(self, seconds: float) -> None:
        pass_time(self.network, self.workers, seconds)
        me.beat()

    def another_post(self) -> None:
        """One more that is due, so that no example runs out of things that can go wrong."""
        first, n = Delivery.objects.order_by("pk")[0], Delivery.objects.count()
        if n < POSTS_MAX:
            Delivery.objects.create(
                library_id=first.library_id, realm=first.realm, account_id=first.account_id, platform=first.platform,
                post_id=first.post_id, revision_id=first.revision_id, part=n, due_at=Now() - timedelta(seconds=1),
                payload={**first.payload, "text": f"Post number {n}"}, payload_digest=first.payload_digest,
            )  # fmt: skip

    @rule()
    def somebody_writes(self) -> None:
        self.another_post()

    @rule()
    def reap(self) -> None:
        Delivery.objects.reap()

    @rule()
    def look(self) -> None:
        look_once(self.network)

    @rule()
    def healthy_step(self) -> None:
        """Everything that is waiting is done, without a lie: so that examples get far."""
        worker = HalfWorker(self.network)
        if worker.claim() and worker.open():
            worker.call("ok")
            worker.settle()

    @rule()
    def late_step(self) -> None:
        """One post that lands after we gave up, looked for at once: the trap that a hasty look falls into."""
        worker = HalfWorker(self.network)
        if worker.claim() and worker.open():
            worker.call("late")
            worker.settle()
            pass_time(self.network, self.workers, 1.0)
            look_once(self.network)

    @rule(answer=st.sampled_from(["look"]), which=st.integers(0, 1))
    def person_resolves(self, answer: str, which: int) -> None:
        delivery = list(Delivery.objects.order_by("pk"))[which]
        try:
            actions.resolve_delivery(actor=self.manager, delivery=delivery, answer=answer)
        except Refused:
            pass

    @invariant()
    def never_twice(self) -> None:
        for delivery in Delivery.objects.all():
            assert self.network.copies(delivery.payload["text"]) <= 1, delivery.payload["text"]

    @invariant()
    def sent_is_true(self) -> None:
        for delivery in Delivery.objects.filter(state="sent"):
            assert self.network.copies(delivery.payload["text"]) == 1
            assert delivery.remote_id and delivery.sent_at

    @invariant()
    def final_is_final(self) -> None:
        now = dict(Delivery.objects.filter(state="sent").values_list("pk", "remote_id"))
        assert all(now.get(pk) == remote_id for pk, remote_id in self.final.items())
        self.final |= now

    @invariant()
    def one_open_attempt_at_most(self) -> None:
        open_ones = list(Attempt.objects.filter(outcome="").values_list("delivery", flat=True))
        assert len(open_ones) == len(set(open_ones))

    @invariant()
    def failed_is_true(self) -> None:
        for delivery in Delivery.objects.filter(state="failed"):
            assert self.network.copies(delivery.payload["text"]) == 0


class OneWorker(Desk):
    @rule(outcomes=st.lists(st.sampled_from(OUTCOMES), min_size=1, max_size=4))
    def work(self, outcomes: list[str]) -> None:
        """Several posts in a row, each with an end of its own; new ones are written where none is due."""
        worker = self.workers[0]
        for outcome in outcomes:
            worker.forget()
            if not Delivery.objects.due().filter(state="scheduled").exists():
                self.another_post()
            if worker.claim() and worker.open():
                worker.call(outcome)
                worker.settle()

    @rule(posted=st.booleans(), opened=st.booleans())
    def killed(self, posted: bool, opened: bool) -> None:
        """The worker dies holding a lease, or in the middle of the call, before or after it was posted."""
        worker = self.workers[0]
        worker.forget()
        self.another_post()
        if worker.claim() and opened and worker.open():
            worker.call("ok" if posted else "before")
        worker.forget()


    @rule(posted=st.booleans())
    def falls_silent(self, posted: bool) -> None:
        """It dies in the middle of the call; its lease runs out, somebody clears up and the next worker goes on."""
        self.killed(posted, True)
        pass_time(self.network, self.workers, 13)
        me.beat()
        self.reap()
        self.healthy_step()


class ThreeWorkers(Desk):
    workers_n = 3

    @precondition(lambda self: self.first(row=False, verdict=False))
    @rule(which=st.integers(0, 2))
    def claim(self, which: int) -> None:
        idle = self.first(row=False, verdict=False)
        idle[which % len(idle)].claim()

    @precondition(lambda self: [w for w in self.workers if w.row and not w.memory])
    @rule(which=st.integers(0, 2))
    def open(self, which: int) -> None:
        ready = [w for w in self.workers if w.row and not w.memory]
        ready[which % len(ready)].open()

    @precondition(lambda self: [w for w in self.workers if w.memory and not w.verdict])
    @rule(which=st.integers(0, 2), outcome=st.sampled_from(OUTCOMES))
    def call(self, which: int, outcome: str) -> None:
        ready = [w for w in self.workers if w.memory and not w.verdict]
        ready[which % len(ready)].call(outcome)

    @precondition(lambda self: self.first(row=True, verdict=True))
    @rule(which=st.integers(0, 2))
    def settle(self, which: int) -> None:
        ready = self.first(row=True, verdict=True)
        ready[which % len(ready)].settle()

    @rule(which=st.integers(0, 2))
    def killed(self, which: int) -> None:
        self.workers[which].forget()

    @rule(which=st.integers(0, 1))
    def person_cancels(self, which: int) -> None:
        delivery = list(Delivery.objects.order_by("pk"))[which]
        try:
            actions.cancel_delivery(actor=self.manager, delivery=delivery)
        except Refused:
            return
        self.cancelled_is_quiet(delivery)

    def cancelled_is_quiet(self, delivery: Delivery) -> None:
        """What was cancelled while nothing was sent must not be opened by a worker that had claimed it."""
        for worker in self.workers:
            if worker.row and worker.row.pk == delivery.pk and not worker.memory:
                assert worker.open() is False

    @rule(which=st.integers(0, 1))
    def person_sends_again(self, which: int) -> None:
        delivery = list(Delivery.objects.order_by("pk"))[which]
        try:
            actions.send_again(actor=self.manager, delivery=delivery)
        except Refused:
            pass


@pytest.fixture
def network_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's lines lead to the machine's network."""
    holder: dict[str, Network] = {}
    original = Network.__init__

    def remember(self: Network, *args: object, **kwargs: object) -> None:
        original(self, *args, **kwargs)
        holder["now"] = self

    monkeypatch.setattr(Network, "__init__", remember)
    monkeypatch.setattr(lines, "adapter", lambda *a, **k: NetworkAdapter(holder["now"]))
    monkeypatch.setattr(lines, "fresh_identity", lambda *a, **k: Identity("page", Token("t")))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("machine", [OneWorker, ThreeWorkers])
def test_never_twice_and_never_a_lie_whatever_the_order(machine: type[Desk], network_line: None) -> None:
    run_state_machine_as_test(machine, settings=FAST)
