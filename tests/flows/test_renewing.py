"""Tokens are renewed in time, once, by one worker; and where only a person can, the person is asked."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from core.errors import Ambiguous, Unavailable
from platforms import lines, vault
from platforms.models import Credential
from scheduler import renewing
from tests.flows.engine import Engine, fresh

RENEWABLE = ("twitter", "linkedin")


def near_its_end(account: object, seconds: float = 60) -> None:
    Credential.objects.filter(account=account, revoked_at=None).update(
        expires_at=timezone.now() + timedelta(seconds=seconds), issued_at=timezone.now() - timedelta(hours=2)
    )


def renewals(engine: Engine, since: int) -> int:
    paths = ("/oauth2/token", "/oauth/v2/accessToken")
    return sum(entry["path"].endswith(paths) for entry in engine.practice.log(since))


@pytest.mark.parametrize("network", RENEWABLE)
def test_what_ends_soon_is_renewed_once(engine: Engine, network: str) -> None:
    account = engine.account(network)
    old = vault.unpack(vault.current(account.pk).ciphertext)
    near_its_end(account)
    since = engine.practice.mark()
    assert renewing.renew_due() == 1 and renewing.renew_due() == 0
    new = vault.unpack(vault.current(account.pk).ciphertext)
    assert new.access != old.access and vault.current(account.pk).expires_at > timezone.now() + timedelta(hours=1)
    assert renewals(engine, since) == 1
    engine.schedule(account, body="With the new token.")
    assert engine.work() == ["sent"]


def test_however_many_workers_ask_there_is_one_renewal(engine: Engine) -> None:
    account = engine.account("twitter")
    near_its_end(account, 1800)  # it still works: those who do not renew go on with it
    engine.practice.set(latency_ms_other=300)
    since = engine.practice.mark()
    done: list[object] = []

    def renew() -> None:
        try:
            done.append(lines.renew(account, unless_after=timezone.now() + timedelta(hours=1)))
        except Exception as error:
            done.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=renew) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.practice.set(latency_ms_other=0)
    assert sorted(map(str, done)) == ["False"] * 5 + ["True"]
    assert renewals(engine, since) == 1 and fresh(vault.current(account.pk)).version == 2


def test_a_dead_token_that_another_worker_renews_is_waited_for(engine: Engine) -> None:
    account = engine.account("twitter")
    near_its_end(account, -5)
    (delivery,) = engine.schedule(account, body="A moment, please.")
    lease = vault.lease_renewal(account.pk)
    assert engine.work() == ["scheduled"] and fresh(delivery).tries == 0
    with pytest.raises(Unavailable):
        lines.fresh_identity(account)
    lease.give_up()
    engine.settle()
    assert fresh(delivery).state == "sent" and fresh(account).state == "connected"


def test_the_new_pair_is_kept_before_it_is_used_and_an_old_lease_saves_nothing(engine: Engine) -> None:
    account = engine.account("twitter")
    stale = vault.lease_renewal(account.pk)
    Credential.objects.filter(account=account).update(renewing_until=timezone.now() - timedelta(seconds=1))
    assert lines.renew(account)
    kept = vault.unpack(vault.current(account.pk).ciphertext)
    assert stale.save(stale.token) is False
    assert vault.unpack(vault.current(account.pk).ciphertext).access == kept.access


def test_a_renewal_whose_answer_is_lost_leaves_the_lease_free(engine: Engine) -> None:
    account = engine.account("linkedin")
    near_its_end(account)
    engine.practice.fault("linkedin", "reset", where="any")
    with pytest.raises((Ambiguous, Unavailable)):
        lines.renew(account)
    assert vault.current(account.pk).renewing_until is None and fresh(account).state == "connected"
    assert lines.renew(account)


def test_a_refused_renewal_asks_for_a_person(engine: Engine) -> None:
    account = engine.account("twitter")
    near_its_end(account)
    engine.practice.door("POST", "/__expire", {"network": "twitter", "account": account.external_id, "how": "revoke"})
    assert renewing.renew_due() == 0
    assert fresh(account).state == "reconnect" and engine.notices(f"account:{account.pk}")


def test_the_call_is_over_before_the_lease_is(engine: Engine) -> None:
    """A hanging renewal must not outlive its lease: the next worker would spend the same refresh token."""
    from platforms import lines as line

    asked: list[float] = []
    real = line.adapter

    def remember(*args: object, deadline: float = 30.0, **named: object) -> object:
        asked.append(deadline)
        return real(*args, deadline=deadline, **named)

    account = engine.account("twitter")
    patch = pytest.MonkeyPatch()
    patch.setattr(line, "adapter", remember)
    line.renew(account, deadline=60)
    patch.undo()
    assert asked and max(asked) < vault.RENEWAL_LEASE.total_seconds()
