"""Recall: what may be deleted is deleted with the same certainty, what is under way is caught, the rest is told."""

from __future__ import annotations

import pytest

from posts import actions
from posts.models import Delivery, Takedown
from scheduler.kinds import TAKEDOWN
from tests.flows.engine import NETWORKS, Engine, fresh, states


def everywhere(engine: Engine, body: str = "The reading room opens at nine.") -> list[Delivery]:
    return engine.schedule(*[engine.account(network) for network in NETWORKS], body=body)


def takedown_of(delivery: Delivery) -> Takedown:
    return Takedown.objects.get(delivery=delivery)


def test_one_button_takes_it_down_on_all_four(engine: Engine) -> None:
    deliveries = everywhere(engine)
    assert engine.work() == ["sent"] * 4
    outcome = actions.recall_post(actor=engine.manager, post=deliveries[0].post, reason="Wrong date.")
    assert len(outcome["asked"]) == 4 and not outcome["by_hand"] and not outcome["stopped"]
    assert engine.work(TAKEDOWN) == ["sent"] * 4
    for delivery in deliveries:
        assert engine.book(delivery.account) == [] and len(engine.practice.book(delivery.platform, delivery.account.external_id)) == 1
        assert fresh(delivery).state == "sent"  # the record of what was said stays


@pytest.mark.parametrize("how", ["reset", "status"])
@pytest.mark.parametrize("kind", ["after", "before"])
def test_a_lost_answer_about_deleting_is_looked_after(engine: Engine, kind: str, how: str) -> None:
    deliveries = everywhere(engine)
    engine.work()
    actions.recall_post(actor=engine.manager, post=deliveries[0].post)
    engine.practice.fault("any", kind, how=how, count=4)
    engine.work(TAKEDOWN)
    engine.settle()
    assert states(takedown_of(d) for d in deliveries) == ["sent"] * 4
    assert all(engine.book(d.account) == [] for d in deliveries)


def test_a_network_that_refuses_leaves_it_up_and_says_so(engine: Engine) -> None:
    deliveries = everywhere(engine)
    engine.work()
    engine.practice.fault("facebook", "status", status=403, where="visible")
    actions.recall_post(actor=engine.manager, post=deliveries[0].post)
    engine.settle(4)
    by_network = {d.platform: d for d in deliveries}
    stays = fresh(by_network.pop("facebook"))
    assert states(takedown_of(d) for d in by_network.values()) == ["sent"] * 3
    assert takedown_of(stays).state == "failed" and engine.notices(f"takedown:{takedown_of(stays).pk}")
    assert engine.copies(stays) == 1 and engine.practice.page(stays.remote_url)
    actions.recall_post(actor=engine.manager, post=stays.post)  # asked once more, it goes
    engine.settle()
    assert takedown_of(stays).state == "sent" and engine.copies(stays) == 0
    assert not engine.notices(f"takedown:{takedown_of(stays).pk}")


def test_an_account_that_may_not_delete_leaves_it_to_a_person(engine: Engine) -> None:
    account = engine.account("instagram")
    account.facts = {**account.facts, "scopes": ["instagram_basic", "instagram_content_publish"]}
    account.save()
    (delivery,) = engine.schedule(account, body="The reading room opens at nine.")
    assert engine.work() == ["sent"]
    outcome = actions.recall_post(actor=engine.manager, post=delivery.post)
    assert outcome["by_hand"] == [delivery] and takedown_of(delivery).state == "cancelled"
    assert engine.work(TAKEDOWN) == [] and engine.notices(f"takedown:{takedown_of(delivery).pk}")
    assert engine.copies(fresh(delivery)) == 1 and engine.practice.page(delivery.remote_url)


def test_in_doubt_on_an_account_that_may_not_delete_a_person_is_told_once_it_is_known_to_be_up(engine: Engine) -> None:
    account = engine.account("instagram")
    account.facts = {**account.facts, "scopes": ["instagram_basic", "instagram_content_publish"]}
    account.save()
    (delivery,) = engine.schedule(account, body="The reading room opens at nine.")
    engine.practice.fault("instagram", "after", how="reset")
    assert engine.work() == ["unconfirmed"]
    outcome = actions.recall_post(actor=engine.manager, post=delivery.post)
    assert outcome["by_hand"] == [delivery] and not engine.notices(f"takedown:{takedown_of(delivery).pk}")
    engine.settle(20)
    assert fresh(delivery).state == "sent" and takedown_of(delivery).state == "cancelled"
    assert engine.notices(f"takedown:{takedown_of(delivery).pk}") and engine.copies(delivery) == 1


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("kind", ["after", "before"])
def test_what_is_in_doubt_when_it_is_recalled_never_stays_up(engine: Engine, network: str, kind: str) -> None:
    """Up: it is found and then deleted. Not up: it is not sent again."""
    (delivery,) = engine.schedule(engine.account(network), body="The reading room opens at nine.")
    engine.practice.fault(network, kind, how="reset")
    assert engine.work() == ["unconfirmed"]
    outcome = actions.recall_post(actor=engine.manager, post=delivery.post)
    assert outcome["asked"] == [delivery]
    engine.settle(20)
    assert engine.book(delivery.account) == []
    if kind == "after":
        assert fresh(delivery).state == "sent" and takedown_of(delivery).state == "sent"
    else:
        assert fresh(delivery).state == "cancelled" and takedown_of(delivery).state == "cancelled"
        assert delivery.hold == ""


def test_what_is_being_sent_when_it_is_recalled_is_taken_down_afterwards(engine: Engine) -> None:
    from scheduler import preparing, publishing
    from scheduler.kinds import DELIVERY
    from scheduler.presence import me

    (delivery,) = engine.schedule(engine.account("facebook"), body="The reading room opens at nine.")
    (row,) = Delivery.objects.claim(me.id)
    ready = preparing.prepare(DELIVERY, [row])[row.pk]
    actions.recall_post(actor=engine.manager, post=delivery.post)
    assert publishing.send(DELIVERY, ready) == "sent" and engine.copies(delivery) == 1
    engine.settle()
    assert takedown_of(delivery).state == "sent" and engine.copies(delivery) == 0


def test_what_is_scheduled_is_stopped(engine: Engine) -> None:
    deliveries = everywhere(engine)
    engine.work(id=deliveries[0].pk)
    outcome = actions.recall_post(actor=engine.manager, post=deliveries[0].post)
    assert len(outcome["stopped"]) == 3 and outcome["asked"] == [deliveries[0]]
    engine.settle()
    assert states(deliveries) == ["sent", "cancelled", "cancelled", "cancelled"]
    assert all(engine.book(d.account) == [] for d in deliveries)


def test_already_gone_counts_as_down(engine: Engine) -> None:
    deliveries = everywhere(engine)
    engine.work()
    actions.recall_post(actor=engine.manager, post=deliveries[0].post)
    engine.work(TAKEDOWN)
    for delivery in deliveries:
        adapter_says_gone(engine, delivery)


def adapter_says_gone(engine: Engine, delivery: Delivery) -> None:
    from platforms import lines

    who = lines.fresh_identity(delivery.account)
    adapter = lines.adapter(delivery.platform, "practice")
    adapter.delete(who, fresh(delivery).remote_id)
    assert adapter.exists(who, delivery.remote_id) is False


def test_a_recalled_post_stays_stopped_though_somebody_resumes_it(engine: Engine) -> None:
    (delivery,) = engine.schedule(engine.account("facebook"), body="The reading room opens at nine.")
    engine.practice.fault("facebook", "before", how="reset")
    assert engine.work() == ["unconfirmed"]
    actions.recall_post(actor=engine.manager, post=delivery.post)
    actions.resume_post(actor=engine.manager, post=delivery.post)
    for _ in range(3):
        engine.later(5)
        engine.look()
        engine.work()  # before the takedown has its turn
    assert fresh(delivery).state == "scheduled" and delivery.tries == 1
    engine.settle()
    assert fresh(delivery).state == "cancelled" and engine.book(delivery.account) == []
