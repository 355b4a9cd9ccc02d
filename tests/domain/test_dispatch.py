"""The five steps one by one: claim, open, settle, reap, expire, look; and what forbids a frozen worker to speak."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from core.dispatch import GRAPH, MAX_STRIKES, PROFILES, PROVABLE, LostClaim, Verdict
from core.models import Worker
from libraries.models import Notice, Role
from posts import actions
from posts.actions.holding import hold_deliveries
from posts.models import Attempt, Delivery
from tests import factories

SENT = Verdict("sent", "published", remote_id="r1", remote_url="https://network.example/r1", at=timezone.now())
UNKNOWN = Verdict("unconfirmed", "unknown", wait=timedelta(seconds=1), strikes=1)


@pytest.fixture
def worker(db: None) -> int:
    return Worker.objects.create(name="one of ours").pk


def _due(n: int = 1) -> list[Delivery]:
    of = factories.library()
    account = factories.account(of)
    made = [factories.scheduled(of, account, body=f"Post number {i}")[0] for i in range(n)]
    for i, delivery in enumerate(made):
        Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now() - timedelta(minutes=n - i))
    return made


def _claimed(worker: int) -> Delivery:
    _due()
    return Delivery.objects.claim(worker)[0]


def _opened(worker: int) -> Delivery:
    row = _claimed(worker)
    row.open_attempt()
    return row


def _age(row: Delivery, **columns: Any) -> None:
    Delivery.objects.filter(pk=row.pk).update(**columns)


# -- claiming


def test_the_oldest_is_claimed_first_and_nobody_claims_it_twice(worker: int) -> None:
    made = _due(3)
    assert [row.pk for row in Delivery.objects.claim(worker, limit=2)] == [d.pk for d in made[:2]]
    assert [row.pk for row in Delivery.objects.claim(worker, limit=9)] == [made[2].pk]
    assert Delivery.objects.claim(worker) == []


@pytest.mark.parametrize("column", [
    {"hold": "paused"}, {"due_at": timezone.now() + timedelta(days=9)}, {"state": "cancelled"},
])  # fmt: skip
def test_what_may_not_go_is_not_claimed(worker: int, column: dict[str, Any]) -> None:
    _age(_due()[0], **column)
    assert Delivery.objects.claim(worker) == []


def test_a_lease_that_ran_out_frees_the_row(worker: int) -> None:
    first = _claimed(worker)
    assert Delivery.objects.claim(worker) == []
    _age(first, leased_until=Now() - timedelta(seconds=1))
    second = Delivery.objects.claim(worker)[0]
    assert second.pk == first.pk
    assert second.lease_token != first.lease_token
    with pytest.raises(LostClaim):
        first.open_attempt()


@pytest.mark.django_db(transaction=True)
def test_rows_that_another_connection_has_locked_are_skipped_not_waited_for() -> None:
    worker = Worker.objects.create(name="w").pk
    made = _due(2)
    locked, done, claimed = threading.Event(), threading.Event(), []

    def holder() -> None:
        with transaction.atomic():
            list(Delivery.objects.select_for_update().filter(pk=made[0].pk))
            locked.set()
            done.wait(10)
        connection.close()

    other = threading.Thread(target=holder)
    other.start()
    assert locked.wait(10)
    began = time.monotonic()
    claimed = Delivery.objects.claim(worker, limit=5)
    took = time.monotonic() - began
    done.set()
    other.join(10)
    assert [row.pk for row in claimed] == [made[1].pk]
    assert took < 5


@pytest.mark.django_db(transaction=True)
def test_eight_claiming_at_once_share_the_rows_without_an_overlap() -> None:
    workers = [Worker.objects.create(name=f"w{n}").pk for n in range(8)]
    made, start, seen = _due(8), threading.Barrier(8), []

    def work(number: int) -> None:
        start.wait(10)
        for _ in range(4):
            seen.extend(row.pk for row in Delivery.objects.claim(number, limit=2))
        connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in workers]
    [thread.start() for thread in threads]
    [thread.join(20) for thread in threads]
    assert sorted(seen) == sorted(d.pk for d in made)


# -- opening


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("stop", ["hold", "cancel", "move", "freeze again"])
def test_a_click_between_claim_and_open_wins(stop: str) -> None:
    """The click commits on another connection, as it does in life."""
    row = _claimed(Worker.objects.create(name="w").pk)
    manager = factories.actor(row.library, Role.MANAGER)
    post = row.post
    clicks: dict[str, Callable[[], Any]] = {
        "hold": lambda: hold_deliveries(manager, Delivery.objects.filter(pk=row.pk), "paused"),
        "cancel": lambda: actions.cancel_delivery(actor=manager, delivery=row),
        "move": lambda: actions.move_post(actor=manager, post=post, when=timezone.now() + timedelta(days=1)),
        "freeze again": lambda: actions.schedule_post(actor=manager, post=post, when=timezone.now() + timedelta(days=1)),
    }

    def click() -> None:
        clicks[stop]()
        connection.close()

    person = threading.Thread(target=click)
    person.start()
    person.join(20)
    with pytest.raises(LostClaim):
        row.open_attempt()
    assert not Attempt.objects.exists()


def test_opening_writes_the_attempt_and_the_state_together(worker: int) -> None:
    row = _claimed(worker)
    assert row.open_attempt() == 1
    row.refresh_from_db()
    assert (row.state, row.tries) == ("sending", 1)
    assert list(Attempt.objects.values_list("number", "outcome")) == [(1, "")]
    with pytest.raises(LostClaim):
        row.open_attempt()


@pytest.mark.parametrize("columns", [
    {"leased_until": Now() - timedelta(seconds=1)}, {"expires_at": Now() - timedelta(seconds=1)}, {"hold": "event"},
    {"lease_token": uuid.uuid4()},
])  # fmt: skip
def test_open_attempt_looks_at_everything_once_more(worker: int, columns: dict[str, Any]) -> None:
    row = _claimed(worker)
    _age(row, **columns)
    with pytest.raises(LostClaim):
        row.open_attempt()
    assert not Attempt.objects.exists()


# -- settling


def test_a_verdict_is_written_on_row_and_attempt(worker: int) -> None:
    row = _opened(worker)
    assert row.settle(1, SENT)
    row.refresh_from_db()
    assert (row.state, row.remote_id, row.lease_token) == ("sent", "r1", None)
    assert Attempt.objects.get().outcome == "published"


@pytest.mark.parametrize("state", [s for s in PROVABLE if s not in ("sending", "processing")])
def test_a_late_proof_is_accepted_whatever_was_thought_meanwhile(worker: int, state: str) -> None:
    row = _opened(worker)
    row.settle(1, UNKNOWN)
    with connection.cursor() as cursor:  # straight there; the moves themselves are proven elsewhere
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE posts_delivery SET state = %s", [state])
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    assert row.settle(1, SENT)
    row.refresh_from_db()
    assert (row.state, row.remote_id) == ("sent", "r1")
    assert Attempt.objects.get().outcome == "published"


def test_a_late_proof_is_refused_once_a_newer_attempt_exists(worker: int) -> None:
    row = _opened(worker)
    row.settle(1, Verdict("scheduled", "not_applied"))
    newer = Delivery.objects.claim(worker)[0]
    newer.open_attempt()
    assert not row.settle(1, SENT)
    newer.refresh_from_db()
    assert newer.state == "sending"


@pytest.mark.parametrize("verdict", [UNKNOWN, Verdict("failed", "rejected"), Verdict("scheduled", "not_applied")])
def test_only_a_proof_may_be_late(worker: int, verdict: Verdict) -> None:
    row = _opened(worker)
    row.settle(1, UNKNOWN)
    assert not row.settle(1, verdict)
    row.refresh_from_db()
    assert row.state == "unconfirmed"


def test_nothing_comes_after_sent(worker: int) -> None:
    row = _opened(worker)
    row.settle(1, SENT)
    assert not row.settle(1, Verdict("failed", "rejected"))
    assert GRAPH.moves["sent"] == ()


# -- silent workers, late rows


def test_a_worker_not_heard_leaves_doubt_behind_and_never_a_free_row(worker: int) -> None:
    row = _opened(worker)
    assert Delivery.objects.reap() == []
    Worker.objects.filter(pk=worker).update(beat_at=Now() - timedelta(seconds=Worker.SILENT_AFTER_S + 1))
    assert [r.pk for r in Delivery.objects.reap()] == [row.pk]
    row.refresh_from_db()
    assert (row.state, row.error_code, row.strikes, row.lease_token) == ("unconfirmed", "worker_silent", 1, None)
    assert row.due_at > timezone.now() + timedelta(seconds=PROFILES["practice"].quiet - 1)
    assert Attempt.objects.get().outcome == "unknown"


def test_a_lease_that_ran_out_is_reaped_though_its_worker_is_heard(worker: int) -> None:
    row = _opened(worker)
    _age(row, leased_until=Now() - timedelta(seconds=1))
    assert [r.pk for r in Delivery.objects.reap()] == [row.pk]


def test_a_silent_worker_that_had_only_claimed_leaves_a_free_row(worker: int) -> None:
    row = _claimed(worker)
    Worker.objects.filter(pk=worker).update(stopped_at=Now())
    assert Delivery.objects.reap() == []
    row.refresh_from_db()
    assert (row.state, row.lease_token) == ("scheduled", None)


def test_too_late_is_not_sent_and_people_are_told(worker: int) -> None:
    row = _due()[0]
    _age(row, expires_at=Now() - timedelta(seconds=1))
    assert [r.pk for r in Delivery.objects.expire()] == [row.pk]
    row.refresh_from_db()
    assert row.state == "expired"
    assert Notice.objects.filter(key=f"delivery:{row.pk}", resolved_at=None).exists()


def test_what_is_leased_does_not_expire_under_its_worker(worker: int) -> None:
    row = _claimed(worker)
    _age(row, expires_at=Now() - timedelta(seconds=1))
    assert Delivery.objects.expire() == []


# -- looking


def _doubtful(worker: int) -> Delivery:
    row = _opened(worker)
    row.settle(1, UNKNOWN)
    _age(row, due_at=Now() - timedelta(seconds=1))
    return Delivery.objects.claim(worker, states=("unconfirmed",))[0]


def test_absence_is_believed_only_the_second_time(worker: int) -> None:
    row = _doubtful(worker)
    assert not row.absent()
    row.refresh_from_db()
    assert (row.state, row.absences) == ("unconfirmed", 1)
    assert Delivery.objects.claim(worker, states=("unconfirmed",)) == []  # not before QUIET has passed
    _age(row, due_at=Now() - timedelta(seconds=1))
    again = Delivery.objects.claim(worker, states=("unconfirmed",))[0]
    assert again.absent()
    again.refresh_from_db()
    assert (again.state, again.absences) == ("scheduled", 0)


def test_tries_used_up_end_with_a_person(worker: int) -> None:
    row = _doubtful(worker)
    _age(row, strikes=MAX_STRIKES, absences=1)
    row.refresh_from_db()
    assert not row.absent()
    row.refresh_from_db()
    assert (row.state, row.error_code) == ("attention", "tries_used_up")
    assert Notice.objects.filter(key=f"delivery:{row.pk}", resolved_at=None).exists()


def test_a_look_whose_lease_was_lost_changes_nothing_but_by_proof(worker: int) -> None:
    row = _doubtful(worker)
    _age(row, lease_token=uuid.uuid4())
    assert not row.ask_a_person("cannot_tell") and not row.absent()
    row.refresh_from_db()
    assert row.state == "unconfirmed"
    row.lease_token = uuid.uuid4()
    assert row.found("r9", "", timezone.now())  # the truth has no lease
    row.refresh_from_db()
    assert row.state == "sent"


def test_a_proof_does_not_land_on_a_newer_attempt(worker: int) -> None:
    row = _doubtful(worker)
    _age(row, tries=row.tries + 1)
    assert not row.found("r9", "", timezone.now())
