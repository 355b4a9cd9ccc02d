"""What forbids a worker to speak that is frozen, late or no longer asked; what it may keep; how long it waits."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from hypothesis import given, settings
from hypothesis import strategies as st

from core import remote
from core.dispatch import PROFILES, LostClaim, Profile
from core.errors import Fenced
from core.models import Worker
from posts.models import Delivery
from scheduler import publishing, refusing
from scheduler.presence import me
from tests.domain.test_dispatch import UNKNOWN, _age, _doubtful, _opened, worker

__all__ = ["worker"]  # the fixture


# -- handles


def test_handles_are_kept_only_by_the_open_attempt(worker: int) -> None:
    row = _opened(worker)
    row.remember("container", "c1")
    row.remember("photo", ["p1"])
    row.refresh_from_db()
    assert row.checkpoint == {"container": "c1", "photo": ["p1"]}
    row.settle(1, UNKNOWN)
    with pytest.raises(LostClaim):
        row.remember("container", "c2")
    memory = publishing.RowMemory(row)
    with pytest.raises(Fenced):
        memory.put("container", "c2")
    row.refresh_from_db()
    assert row.checkpoint["container"] == "c1"


def test_a_look_never_writes_handles(worker: int) -> None:
    row = _doubtful(worker)
    publishing.RowMemory(row, readonly=True).put("container", "c9")
    row.refresh_from_db()
    assert row.checkpoint == {}


# -- the fence


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(me, "beaten_at", time.monotonic())
    return


def _fence(row: Delivery, *, began: float = 0.0, confirmed: float = 0.0) -> Callable[[remote.Kind], None]:
    memory = publishing.RowMemory(row)
    memory.confirmed_at -= confirmed
    return publishing.fence_for(row, memory, time.monotonic() - began)


def test_a_healthy_attempt_may_speak(worker: int, heard: None) -> None:
    row = _opened(worker)
    _fence(row)(remote.Kind.VISIBLE)
    assert row.still_mine()


def test_a_worker_whose_heart_stood_still_may_not_speak(worker: int, monkeypatch: pytest.MonkeyPatch) -> None:
    row = _opened(worker)
    monkeypatch.setattr(me, "beaten_at", time.monotonic() - Worker.SPEAKS_WITHIN_S - 0.1)
    fence = _fence(row)
    with pytest.raises(Fenced, match="heard"):
        fence(remote.Kind.VISIBLE)
    fence(remote.Kind.READ)
    fence(remote.Kind.STAGING)


def test_an_attempt_past_its_deadline_may_not_speak(worker: int, heard: None) -> None:
    row = _opened(worker)
    with pytest.raises(Fenced, match="deadline"):
        _fence(row, began=row.profile.deadline + 0.1)(remote.Kind.VISIBLE)


@pytest.mark.django_db(transaction=True)
def test_an_attempt_that_was_closed_meanwhile_may_not_speak(heard: None) -> None:
    row = _opened(Worker.objects.create(name="w").pk)
    _age(row, leased_until=Now() - timedelta(seconds=1))
    Delivery.objects.reap()
    with pytest.raises(Fenced, match="open"):
        _fence(row, confirmed=2)(remote.Kind.VISIBLE)


@pytest.mark.parametrize("profile", PROFILES.values())
def test_the_times_of_a_realm_fit_together(profile: Profile) -> None:
    assert profile.deadline < profile.lease
    assert Worker.SPEAKS_WITHIN_S < Worker.SILENT_AFTER_S


# -- back-off


class _Row:
    def __init__(self, tries: int, strikes: int, realm: str) -> None:
        self.tries, self.strikes, self.profile = tries, strikes, PROFILES[realm]


@settings(max_examples=200, deadline=None)
@given(tries=st.integers(0, 400), strikes=st.integers(0, 12), realm=st.sampled_from(["practice", "live"]))
def test_back_off_grows_has_jitter_and_a_bound(tries: int, strikes: int, realm: str) -> None:
    row = _Row(tries, strikes, realm)
    waits = [refusing.back_off(row).total_seconds() for _ in range(12)]
    ceiling = min(row.profile.backoff_max, 2.0 ** min(max(0, tries - strikes - 1), 12))
    assert all(ceiling / 2 <= wait <= ceiling for wait in waits)
    assert len(set(waits)) > 1
