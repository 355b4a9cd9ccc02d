"""Just before sending the world is looked at again: what is not true any more holds the post, and somebody is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from core.models import Worker
from libraries.models import Membership
from media_library.actions import withdraw_asset
from media_library.models import Asset
from posts import actions
from posts.models import Delivery, Event, Review
from scheduler import housekeeping
from tests import factories
from tests.flows.engine import NETWORKS, Engine, fresh, states


def cancel_event(engine: Engine, delivery: Delivery) -> None:
    Event.objects.filter(pk=delivery.post.event_id).update(state="cancelled")  # even where no action held the post


def withdraw_picture(engine: Engine, delivery: Delivery) -> None:
    asset = Asset.objects.get(pk=delivery.payload["media"][0]["asset"])
    withdraw_asset(actor=engine.manager, asset=asset, reason="They asked us not to show it.")


def ask_for_changes(engine: Engine, delivery: Delivery) -> None:
    Review.objects.create(
        revision=delivery.revision, reviewer=engine.admin.user, author=delivery.post.author, verdict=Review.CHANGES,
        comment="The time is wrong.",
    )  # fmt: skip


def author_leaves(engine: Engine, delivery: Delivery) -> None:
    Membership.objects.filter(user=delivery.revision.created_by, library=engine.library).update(is_active=False)


@pytest.mark.parametrize(
    ("change", "reason"),
    [(cancel_event, "event"), (withdraw_picture, "media"), (ask_for_changes, "approval"), (author_leaves, "author")],
)
def test_what_is_not_right_any_more_is_held_and_told(
    engine: Engine, change: Callable[[Engine, Delivery], None], reason: str
) -> None:
    accounts = [engine.account(network) for network in NETWORKS]
    event = factories.event(engine.library)
    deliveries = engine.schedule(*accounts, body="Story time for the little ones.", event=event)
    change(engine, deliveries[0])
    since = engine.practice.mark()
    assert engine.work() == ["held"] * 4
    for delivery in deliveries:
        assert fresh(delivery).hold == reason and delivery.state == "scheduled" and delivery.tries == 0
        assert engine.notices(f"delivery:{delivery.pk}") and not engine.book(delivery.account)
    assert engine.work() == [] and not engine.practice.log(since)  # not one request went out


def test_a_claimed_post_that_is_cancelled_does_not_go_out(engine: Engine) -> None:
    from scheduler import publishing
    from scheduler.kinds import DELIVERY
    from scheduler.presence import me

    (delivery,) = engine.schedule(engine.account("facebook"), body="Kites on the lawn.")
    (row,) = Delivery.objects.claim(me.id)
    actions.cancel_delivery(actor=engine.manager, delivery=delivery)
    assert publishing.work(DELIVERY, row) == "lost"
    assert fresh(delivery).state == "cancelled" and engine.copies(delivery) == 0


def test_a_hold_between_claim_and_sending_wins(engine: Engine) -> None:
    from scheduler import publishing
    from scheduler.kinds import DELIVERY
    from scheduler.presence import me

    (delivery,) = engine.schedule(engine.account("facebook"), body="Kites on the lawn.")
    (row,) = Delivery.objects.claim(me.id)
    actions.pause_post(actor=engine.manager, post=delivery.post)
    assert publishing.work(DELIVERY, row) == "lost"
    assert fresh(delivery).state == "scheduled" and engine.copies(delivery) == 0
    actions.resume_post(actor=engine.manager, post=delivery.post)
    engine.settle()
    assert fresh(delivery).state == "sent" and engine.copies(delivery) == 1


def approve_again(engine: Engine, post: Any, author: Any, **changes: Any) -> list[Delivery]:
    copy = fresh(post).working_copy
    copy.refresh_from_db()
    actions.save_copy(actor=author, post=post, content={**copy.content, **changes}, version=copy.version)
    revision = actions.submit_post(actor=author, post=post, planned_for=None)
    actions.review_post(actor=engine.manager, post=post, revision=revision, verdict=Review.APPROVE)
    return actions.schedule_post(actor=engine.manager, post=post)


def test_a_replaced_picture_and_a_new_approval_let_it_go(engine: Engine) -> None:
    (delivery,) = engine.schedule(engine.account("facebook"), body="Kites on the lawn.")
    withdraw_picture(engine, delivery)
    assert engine.work() == ["held"]
    other = factories.asset(engine.library, 800, 600)
    media = [{"asset": other.pk, "alt_text": "Kites over a lawn", "decorative": False}]
    approve_again(engine, delivery.post, engine.author, media=media)
    assert fresh(delivery).hold == ""
    assert engine.work() == ["sent"] and engine.book(delivery.account)[0]["media"][0]["alt"] == "Kites over a lawn"


def test_a_colleague_takes_over_from_an_author_who_left(engine: Engine) -> None:
    (delivery,) = engine.schedule(engine.account("facebook"), body="Kites on the lawn.")
    author_leaves(engine, delivery)
    assert engine.work() == ["held"]
    approve_again(engine, delivery.post, factories.person(engine.library, "staff"))
    assert engine.work() == ["sent"] and engine.copies(fresh(delivery)) == 1


def test_what_was_approved_last_is_what_goes_out(engine: Engine) -> None:
    (delivery,) = engine.schedule(engine.account("facebook"), body="Kites on the lawn at two.")
    copy = delivery.post.working_copy
    content = {**copy.content, "body": "Kites on the lawn at three."}
    actions.save_copy(actor=engine.author, post=delivery.post, content=content, version=copy.version)
    assert engine.work() == [] and fresh(delivery).hold == "edited"
    approve_again(engine, delivery.post, engine.author)
    assert engine.work() == ["sent"]
    (post,) = engine.book(delivery.account)
    assert post["text"] == "Kites on the lawn at three." == fresh(delivery).payload["text"]


def test_held_past_its_time_is_told_once(engine: Engine) -> None:
    (delivery,) = engine.schedule(engine.account("facebook"), body="Kites on the lawn.")
    actions.pause_post(actor=engine.manager, post=delivery.post)
    assert housekeeping.watch_held() == 0
    engine.later(180)
    assert housekeeping.watch_held() == 1 and housekeeping.watch_held() == 0
    assert len(engine.notices(f"delivery:{delivery.pk}")) == 1


def test_a_worker_that_is_silent_is_told_even_after_a_first_try(engine: Engine) -> None:
    (delivery,) = engine.schedule(engine.account("facebook"), body="Kites on the lawn.")
    engine.practice.fault("facebook", "status", status=503, where="any")
    assert engine.work() == ["scheduled"]
    engine.later(300)
    assert housekeeping.watch_overdue() == 1 and engine.notices("worker")
    engine.settle()
    assert housekeeping.watch_overdue() == 0 and not engine.notices("worker") and states([delivery]) == ["sent"]


def test_a_worker_that_says_good_bye_or_is_not_heard_is_reaped_early(engine: Engine) -> None:
    (delivery,) = engine.schedule(engine.account("facebook"), body="Kites on the lawn.")
    dead = Worker.objects.create(name="gone")
    (row,) = Delivery.objects.claim(dead.pk)
    row.open_attempt()
    assert not Delivery.objects.reap()
    Worker.objects.filter(pk=dead.pk).update(beat_at=timezone.now() - timedelta(seconds=16))
    assert [r.pk for r in Delivery.objects.reap()] == [delivery.pk]
    assert fresh(delivery).state == "unconfirmed" and delivery.lease_token is None


@pytest.mark.parametrize("answer", ["published", "never reached"])
def test_a_move_and_its_record_share_one_fate(engine: Engine, answer: str) -> None:
    """Where the record cannot be written nothing has happened, and the truth is found out again."""
    (delivery,) = engine.schedule(engine.account("facebook"), body="Kites on the lawn.")
    if answer == "never reached":
        engine.practice.fault("facebook", "before", how="reset")
    with connection.cursor() as cursor:
        cursor.execute("""
            CREATE FUNCTION closed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'the record is closed'; END $$;
            CREATE TRIGGER closed BEFORE INSERT ON audit_auditentry FOR EACH ROW EXECUTE FUNCTION closed()""")
    try:
        assert engine.work() == ["lost"]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER closed ON audit_auditentry; DROP FUNCTION closed()")
    assert fresh(delivery).state == "sending" and delivery.attempts.get().outcome == ""
    engine.later(13)
    engine.settle()
    assert fresh(delivery).state == "sent" and engine.copies(delivery) == 1
