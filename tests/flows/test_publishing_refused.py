"""Networks that say no, accounts that lose their access, budgets that are spent: who waits, who is told, who goes on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from platforms import accounts, vault
from platforms.base import Unauthorized
from platforms.models import Account, Credential
from posts.actions import send_again
from posts.models import Delivery
from scheduler import publishing
from scheduler.presence import me
from scheduler.refusing import unauthorized
from tests.flows.engine import NETWORKS, Engine, fresh, states, wait_until

WITHOUT_REFRESH = ("facebook", "instagram")


def batch(engine: Engine, account: Account, n: int = 4) -> list[Any]:
    return [engine.schedule(account, body=f"Notice {number} of the day.", pictures=1)[0] for number in range(n)]


def test_x_renews_once_in_the_middle_of_a_batch_and_goes_on(engine: Engine) -> None:
    account = engine.account("twitter")
    deliveries = batch(engine, account)
    engine.practice.door("POST", "/__expire", {"network": "twitter", "account": account.external_id, "how": "expire"})
    since = engine.practice.mark()
    engine.settle()
    assert states(deliveries) == ["sent"] * 4 and fresh(account).state == "connected"
    renewals = [e for e in engine.practice.log(since) if e["path"].endswith("/oauth2/token")]
    assert len(renewals) == 1 and Credential.objects.get(account=account, revoked_at=None).version == 2
    assert all(engine.copies(d) == 1 for d in deliveries)


def test_workers_that_hear_the_same_refusal_renew_once(engine: Engine) -> None:
    """Two sends were under way with the old token; the second refusal must not spend the fresh refresh token."""
    account = engine.account("twitter")
    batch(engine, account, 2)
    old = vault.unpack(vault.current(account.pk).ciphertext).access
    rows = Delivery.objects.claim(me.id, limit=2)
    for row in rows:
        unauthorized(row, Unauthorized(code="token_expired"), old)
    assert vault.current(account.pk).version == 2 and fresh(account).state == "connected"


@pytest.mark.parametrize("network", WITHOUT_REFRESH)
def test_without_a_refresh_token_people_reconnect_and_the_posts_go_out(engine: Engine, network: str) -> None:
    account = engine.sign_in(network)
    deliveries = batch(engine, account)
    engine.practice.door("POST", "/__expire", {"network": network, "account": account.external_id, "how": "expire"})
    engine.settle(3)
    assert fresh(account).state == "reconnect" and states(deliveries) == ["scheduled"] * 4
    assert engine.notices(f"account:{account.pk}")
    tries = [fresh(d).tries for d in deliveries]
    engine.settle(3)
    assert [fresh(d).tries for d in deliveries] == tries  # nobody knocks at a closed door
    engine.sign_in(account.platform)
    assert not engine.notices(f"account:{account.pk}")
    engine.settle()
    assert states(deliveries) == ["sent"] * 4 and all(engine.copies(d) == 1 for d in deliveries)


def test_a_member_of_linkedin_without_refresh_reconnects_too(engine: Engine) -> None:
    account = engine.account("linkedin", kind="member")
    (delivery,) = batch(engine, account, 1)
    engine.practice.door("POST", "/__expire", {"network": "linkedin", "account": account.external_id, "how": "expire"})
    engine.settle(3)
    assert fresh(account).state == "reconnect" and fresh(delivery).state == "scheduled"
    assert engine.notices(f"account:{account.pk}") and engine.copies(delivery) == 0


@pytest.mark.parametrize("network", NETWORKS)
def test_a_token_revoked_in_the_middle_of_a_batch(engine: Engine, network: str) -> None:
    """Two are out, the rest waits for a person; nothing is lost and nothing is sent twice."""
    account, other = engine.sign_in(network), engine.account(network)
    deliveries = batch(engine, account)
    unharmed = batch(engine, other, 1)
    engine.work(id=deliveries[0].pk)
    engine.work(id=deliveries[1].pk)
    engine.practice.door("POST", "/__expire", {"network": network, "account": account.external_id, "how": "revoke"})
    engine.settle(4)
    assert states(deliveries) == ["sent", "sent", "scheduled", "scheduled"] and states(unharmed) == ["sent"]
    assert fresh(account).state == "reconnect" and fresh(other).state == "connected"
    assert len(engine.notices(f"account:{account.pk}")) == 1 and len(engine.book(account)) == 2
    engine.sign_in(account.platform)
    engine.settle()
    assert states(deliveries) == ["sent"] * 4 and len(engine.book(account)) == 4


def test_a_reconnected_account_is_not_lost_again_by_an_old_answer(engine: Engine) -> None:
    """A send that was under way with the dead token hears of it after the person has signed in again."""
    account = engine.sign_in("facebook")
    batch(engine, account, 1)
    old = vault.unpack(vault.current(account.pk).ciphertext).access
    (row,) = Delivery.objects.claim(me.id)
    engine.sign_in(account.platform)
    unauthorized(row, Unauthorized(code="token_revoked"), old)
    assert fresh(account).state == "connected"


@pytest.mark.parametrize("network", NETWORKS)
def test_a_busy_network_holds_up_that_account_alone(engine: Engine, network: str) -> None:
    account, other = engine.account(network), engine.account(network)
    blocked, free = batch(engine, account, 3), batch(engine, other, 2)
    speaker = account.facts.get("person", account.external_id)  # LinkedIn's tokens are a person's
    engine.practice.fault(network, "429", account=speaker, where="any", count=1, seconds=120)
    since = engine.practice.mark()
    engine.work(id=blocked[0].pk)
    engine.work()
    engine.settle(1)
    assert states(free) == ["sent", "sent"] and states(blocked) == ["scheduled"] * 3
    assert fresh(account).blocked_until and not fresh(other).blocked_until
    asked = [e for e in engine.practice.log(since) if e["account"] == speaker]
    assert sum(e["status"] in (400, 403, 429) for e in asked) == 1  # nobody asked again before the time
    assert blocked[1].tries == 0
    engine.later(3700)
    engine.settle()
    assert states(blocked) == ["sent"] * 3 and len(engine.book(account)) == 3


@pytest.mark.parametrize("network", ["facebook", "twitter", "linkedin"])
def test_what_the_network_refuses_fails_in_words(engine: Engine, network: str) -> None:
    (delivery,) = engine.schedule(engine.account(network), body="A post the network does not like.", pictures=0)
    engine.practice.fault(network, "status", status=400, where="visible")
    engine.settle(3)
    assert fresh(delivery).state == "failed" and delivery.error_code and engine.copies(delivery) == 0
    assert engine.notices(f"delivery:{delivery.pk}") and delivery.attempts.get().outcome == "rejected"
    send_again(actor=engine.manager, delivery=delivery)
    assert not engine.notices(f"delivery:{delivery.pk}")
    engine.settle()
    assert fresh(delivery).state == "sent" and engine.copies(delivery) == 1


def test_x_refuses_the_very_same_words_and_a_person_hears_of_it(engine: Engine) -> None:
    """X keeps no two posts with the same words; the second is looked for, not found as ours, and never doubled."""
    account = engine.account("twitter")
    one = engine.schedule(account, body="Open until eight.", pictures=0)[0]
    assert engine.work() == ["sent"]
    two = engine.schedule(account, body="Open until eight.", pictures=0)[0]
    engine.settle(40)
    assert fresh(one).state == "sent" and fresh(two).state in ("attention", "failed")
    assert len(engine.book(account)) == 1 and engine.notices(f"delivery:{two.pk}")


def test_too_late_is_worse_than_never(engine: Engine) -> None:
    (delivery,) = engine.schedule(engine.account("facebook"), body="Tonight at eight!")
    Delivery.objects.filter(pk=delivery.pk).update(expires_at=delivery.due_at - timedelta(seconds=1))
    assert engine.work() in ([], ["lost"])
    publishing.reap_all()
    engine.later(13)
    publishing.reap_all()
    assert fresh(delivery).state == "expired" and engine.notices(f"delivery:{delivery.pk}")
    assert engine.copies(delivery) == 0 and delivery.tries == 0


def test_our_own_daily_budget_keeps_nobody_from_looking(engine: Engine) -> None:
    account = engine.account("twitter")
    (delivery,) = engine.schedule(account, body="Lantern walk at dusk.")
    engine.practice.fault("twitter", "after", how="reset")
    assert engine.work() == ["unconfirmed"]
    accounts.block(account.pk, timedelta(hours=9), "daily_limit")
    engine.later(2)
    assert engine.look() == ["sent"] and wait_until(lambda: engine.copies(fresh(delivery)) == 1)
