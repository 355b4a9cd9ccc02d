"""Ends and pauses with the engine and the practice networks: what the public sees is what was promised."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from posts import actions, times
from posts.actions.expiring import take_down_due
from posts.actions.pausing import SEND, Choice
from posts.models import Delivery, Post
from scheduler.kinds import TAKEDOWN
from tests.flows.engine import NETWORKS, Engine, fresh


def test_what_was_to_stay_until_a_time_comes_down_everywhere_by_itself(engine: Engine) -> None:
    deliveries = engine.schedule(*[engine.account(network) for network in NETWORKS], body="Open until six today.")
    assert engine.work() == ["sent"] * 4
    Post.objects.update(take_down_at=timezone.now() - timedelta(seconds=1))
    assert take_down_due() == 4
    assert engine.work(TAKEDOWN) == ["sent"] * 4
    assert all(engine.book(delivery.account) == [] for delivery in deliveries)
    assert take_down_due() == 0


def test_during_a_pause_nothing_is_seen_and_what_is_then_sent_is_seen_once(engine: Engine) -> None:
    account = engine.account("facebook")
    [before] = engine.schedule(account, body="Begun before the storm.", pictures=0)
    pause = actions.pause_publishing(actor=engine.manager, reason="A storm")
    [meanwhile] = engine.schedule(account, body="Written during the storm.", pictures=0)
    assert engine.work() == [] and engine.book(account) == []
    actions.end_pause(actor=engine.manager, pause=pause, choices={before.pk: Choice(SEND)})
    assert engine.work() == ["sent"]
    assert [engine.copies(fresh(row)) for row in (before, meanwhile)] == [1, 0]  # nobody chose for the second: it waits
    assert fresh(meanwhile).hold == "paused"


def test_what_is_undone_is_never_seen_although_its_time_comes(engine: Engine) -> None:
    account = engine.account("twitter")
    [row] = engine.schedule(account, body="Oh no, a typo.", pictures=0)
    Delivery.objects.filter(pk=row.pk).update(due_at=times.soon())
    actions.undo_publish(actor=engine.manager, post=row.post)
    engine.later(60)
    assert engine.work() == [] and engine.book(account) == []
