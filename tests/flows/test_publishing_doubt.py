"""Answers that get lost: nothing is posted twice, nothing is forgotten, and where no machine can tell a person is asked."""

from __future__ import annotations

import pytest
from django.db import OperationalError

from libraries.permissions import Refused
from posts import actions, composing
from posts.models import Attempt, Delivery
from scheduler import publishing
from scheduler.kinds import DELIVERY
from scheduler.presence import me
from tests.flows.engine import LINK, NETWORKS, Engine, fresh, plain, states, wait_until

HOWS_AFTER = ("reset", "drop", "status", "garbage", "error")


def outcomes(delivery: Delivery) -> list[str]:
    return list(delivery.attempts.order_by("number").values_list("outcome", flat=True))


@pytest.mark.parametrize("how", HOWS_AFTER)
@pytest.mark.parametrize("network", NETWORKS)
def test_applied_but_the_answer_was_lost(engine: Engine, network: str, how: str) -> None:
    account = engine.account(network)
    (delivery,) = engine.schedule(account, body="The choir sings on Friday.", link=LINK)
    engine.practice.fault(network, "after", how=how)
    engine.work()
    assert fresh(delivery).state in ("unconfirmed", "scheduled")  # never sent without proof, never failed
    engine.settle()
    assert fresh(delivery).state == "sent" and delivery.remote_id and engine.copies(delivery) == 1
    assert engine.practice.page(delivery.remote_url)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_doubtful_post_is_looked_for_and_found(engine: Engine, network: str) -> None:
    (delivery,) = engine.schedule(engine.account(network), body="The choir sings on Friday.")
    engine.practice.fault(network, "after", how="reset")
    assert engine.work() == ["unconfirmed"]
    engine.later(2)
    assert engine.look() == ["sent"]
    assert outcomes(fresh(delivery)) == ["unknown"] and engine.copies(delivery) == 1
    assert delivery.tries == 1  # it was found, not sent once more


@pytest.mark.parametrize("network", NETWORKS)
def test_lost_before_it_was_applied_is_sent_again_after_two_absences(engine: Engine, network: str) -> None:
    (delivery,) = engine.schedule(engine.account(network), body="Chess club, all ages.")
    engine.practice.fault(network, "before", how="drop")
    assert engine.work() == ["unconfirmed"]
    engine.later(2)
    first = engine.look()
    if network != "instagram":  # its container tells at once; the others are believed the second time only
        assert first == ["unconfirmed"] and fresh(delivery).absences == 1
        assert engine.look() == []  # not yet: two looks must lie apart
    engine.settle()
    assert fresh(delivery).state == "sent" and engine.copies(delivery) == 1
    assert outcomes(delivery) == ["unknown", "published"]


@pytest.mark.parametrize("network", NETWORKS)
def test_a_post_that_lands_late_is_found_and_not_sent_again(engine: Engine, network: str) -> None:
    (delivery,) = engine.schedule(engine.account(network), body="Robots in the reading room.")
    engine.practice.fault(network, "late", seconds=1.5)
    assert engine.work() == ["unconfirmed"]  # we gave up after the profile's five seconds
    wait_until(lambda: engine.copies(delivery) == 1)
    engine.settle()
    assert fresh(delivery).state == "sent" and engine.copies(delivery) == 1 and delivery.tries == 1


@pytest.mark.parametrize("network", NETWORKS)
def test_the_same_words_twice_to_one_account_are_two_posts(engine: Engine, network: str) -> None:
    """On X and LinkedIn our link makes them differ; elsewhere even the very same words land and are told apart."""
    account = engine.account(network)
    link = LINK if network in ("twitter", "linkedin") else ""
    first = engine.schedule(account, body="Open until eight tonight.", link=link)
    second = engine.schedule(account, body="Open until eight tonight.", link=link)
    engine.practice.fault(network, "after", how="reset", count=2)
    engine.work()
    engine.settle(20)
    one, two = fresh(first[0], second[0])
    assert states([one, two]) == ["sent", "sent"] and one.remote_id != two.remote_id
    assert {one.remote_id, two.remote_id} == {post["id"] for post in engine.book(account)}
    assert len(engine.book(account)) == 2


def test_a_member_of_linkedin_is_told_apart_by_the_same_body_again(engine: Engine) -> None:
    """A member's posts cannot be listed: the identical body is refused with the URN of the first, which is adopted."""
    account = engine.account("linkedin", kind="member")
    (delivery,) = engine.schedule(account, body="Thank you, volunteers.")
    engine.practice.fault("linkedin", "after", how="reset")
    assert engine.work() == ["unconfirmed"]
    engine.settle()
    assert fresh(delivery).state == "sent" and engine.copies(delivery) == 1
    assert delivery.remote_id == engine.book(account)[0]["id"] and outcomes(delivery) == ["unknown", "published"]


def test_a_member_post_that_never_arrived_is_sent_by_the_repeat(engine: Engine) -> None:
    account = engine.account("linkedin", kind="member")
    (delivery,) = engine.schedule(account, body="Thank you, volunteers.")
    engine.practice.fault("linkedin", "before", how="reset")
    assert engine.work() == ["unconfirmed"]
    engine.settle()
    assert fresh(delivery).state == "sent" and engine.copies(delivery) == 1


def test_too_late_for_the_repeat_a_person_is_asked(engine: Engine) -> None:
    """After LinkedIn's window the same body would be a second post, so nothing is sent and somebody looks."""
    account = engine.account("linkedin", kind="member")
    (delivery,) = engine.schedule(account, body="Thank you, volunteers.")
    engine.practice.fault("linkedin", "after", how="reset")
    engine.work()
    engine.later(9 * 60)
    assert engine.look() == ["attention"]
    assert engine.notices(f"delivery:{delivery.pk}") and engine.copies(delivery) == 1
    actions.resolve_delivery(actor=engine.manager, delivery=delivery, answer="up", url="https://www.linkedin.com/x")
    assert fresh(delivery).state == "sent" and not engine.notices(f"delivery:{delivery.pk}")


def test_a_repeat_that_waited_too_long_is_not_sent(engine: Engine) -> None:
    """It was released to be sent again, and then the account was blocked until the window had passed."""
    account = engine.account("linkedin", kind="member")
    (delivery,) = engine.schedule(account, body="Thank you, volunteers.")
    engine.practice.fault("linkedin", "after", how="reset")
    engine.work()
    engine.later(2)
    assert engine.look() == ["scheduled"]
    engine.later(11 * 60)
    engine.practice.set(clock_offset_s=11 * 60)
    try:
        engine.settle()
        assert fresh(delivery).state == "attention" and engine.copies(delivery) == 1
    finally:
        engine.practice.set(clock_offset_s=0)


def test_an_edit_does_not_forget_that_the_first_may_be_up(engine: Engine) -> None:
    """Held between the doubt and the repeat: a new text must not go out beside the old one unseen."""
    account = engine.account("linkedin", kind="member")
    (delivery,) = engine.schedule(account, body="Thank you, volunteers.")
    engine.practice.fault("linkedin", "after", how="reset")
    engine.work()
    actions.pause_post(actor=engine.manager, post=delivery.post)
    engine.later(2)
    assert engine.look() in (["scheduled"], ["attention"])
    engine.later(60)
    engine.work()
    assert engine.copies(fresh(delivery)) == 1


@pytest.mark.parametrize("network", NETWORKS)
def test_a_network_that_is_down_costs_nothing_but_time(engine: Engine, network: str) -> None:
    (delivery,) = engine.schedule(engine.account(network), body="Lantern walk at dusk.")
    engine.practice.door("POST", "/__faults", {"network": network, "kind": "status", "where": "any", "status": 503})
    for _ in range(12):
        engine.work()
        engine.look()
        engine.later(10)
    assert fresh(delivery).state in ("scheduled", "unconfirmed") and engine.copies(delivery) == 0
    engine.practice.no_faults()
    engine.settle(20)
    assert fresh(delivery).state == "sent" and engine.copies(delivery) == 1


def test_nobody_listens_at_all(engine: Engine, settings: object) -> None:
    """A refused connection never left us: it is tried again, not looked for."""
    (delivery,) = engine.schedule(engine.account("facebook"), body="Lantern walk at dusk.")
    settings.SANDBOX_URL, real = "http://127.0.0.1:9", settings.SANDBOX_URL
    assert engine.work() == ["scheduled"]
    assert outcomes(delivery) == ["not_applied"] and fresh(delivery).error_code == "no_connection"
    settings.SANDBOX_URL = real
    engine.settle()
    assert fresh(delivery).state == "sent" and engine.copies(delivery) == 1


def test_looks_that_fail_too_long_end_with_a_person(engine: Engine) -> None:
    (delivery,) = engine.schedule(engine.account("twitter"), body="Lantern walk at dusk.")
    engine.practice.fault("twitter", "after", how="reset")
    engine.work()
    engine.practice.door("POST", "/__faults", {"network": "twitter", "kind": "status", "where": "read", "status": 503})
    for _ in range(30):
        engine.later(10)
        engine.look()
    assert fresh(delivery).state == "attention" and engine.notices(f"delivery:{delivery.pk}")
    engine.practice.no_faults()
    actions.resolve_delivery(actor=engine.manager, delivery=delivery, answer="look")
    engine.later(1)
    assert engine.look() == ["sent"] and engine.copies(delivery) == 1


def test_a_bug_while_looking_ends_with_a_person_and_not_in_silence(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from platforms.twitter import Twitter

    (delivery,) = engine.schedule(engine.account("twitter"), body="Lantern walk at dusk.")
    engine.practice.fault("twitter", "after", how="reset")
    engine.work()

    def broken(*_args: object, **_named: object) -> None:
        raise KeyError("our own mistake")

    monkeypatch.setattr(Twitter, "find", broken)
    for _ in range(30):
        engine.later(10)
        engine.look()
    assert fresh(delivery).state == "attention" and engine.notices(f"delivery:{delivery.pk}")


def test_a_worker_that_dies_in_mid_send_leaves_a_doubt_that_is_settled(engine: Engine) -> None:
    (delivery,) = engine.schedule(engine.account("facebook"), body="Kites on the lawn.")
    (row,) = Delivery.objects.claim(1, limit=1)
    row.open_attempt()  # and here it dies
    publishing.reap_all()
    assert fresh(delivery).state == "sending"
    engine.later(13)
    publishing.reap_all()
    assert fresh(delivery).state == "unconfirmed" and delivery.error_code == "worker_silent"
    engine.settle()
    assert fresh(delivery).state == "sent" and engine.copies(delivery) == 1
    assert outcomes(delivery) == ["unknown", "published"]


def test_doubt_on_an_account_that_is_switched_off_is_told(engine: Engine) -> None:
    """Nobody may ask the network any more, so a person hears of it instead of nobody."""
    from platforms import accounts
    from scheduler import housekeeping

    account = engine.account("twitter")
    (delivery,) = engine.schedule(account, body="Lantern walk at dusk.")
    engine.practice.fault("twitter", "after", how="reset")
    engine.work()
    accounts.set_state(actor=engine.admin, account=account, disabled=True)
    for _ in range(4):
        engine.later(60)
        assert engine.look() == []
        housekeeping.watch_doubts()
    assert fresh(delivery).state == "attention" and engine.notices(f"delivery:{delivery.pk}")


def test_attempts_are_a_ledger_of_what_was_tried(engine: Engine) -> None:
    (delivery,) = engine.schedule(engine.account("facebook"), body="Kites on the lawn.")
    engine.practice.fault("facebook", "status", status=503, where="staging")
    engine.work()
    engine.settle()
    rows = list(Attempt.objects.filter(delivery=delivery).order_by("number"))
    assert [row.outcome for row in rows] == ["not_applied", "published"]
    assert rows[0].http_status == 503 and rows[0].ended_at >= rows[0].started_at
    assert plain(delivery.payload["text"]) == plain(engine.book(delivery.account)[0]["text"])


def test_a_doubt_does_not_expire_into_a_not_sent(engine: Engine) -> None:
    """Released for the repeat and then too late: whether the first is up is still open, and a person looks."""
    (delivery,) = engine.schedule(engine.account("linkedin", kind="member"), body="Thank you, volunteers.")
    engine.practice.fault("linkedin", "after", how="reset")
    engine.work()
    engine.later(2)
    assert engine.look() == ["scheduled"]
    with pytest.raises(Refused):  # nor may a click make it “cancelled”
        actions.cancel_delivery(actor=engine.manager, delivery=fresh(delivery))
    Delivery.objects.filter(pk=delivery.pk).update(expires_at=delivery.due_at)
    publishing.reap_all()
    assert fresh(delivery).state == "unconfirmed"
    engine.later(9 * 60)
    assert engine.look() == ["attention"] and engine.copies(delivery) == 1


def test_a_verdict_outlives_a_database_that_stutters(engine: Engine) -> None:
    (delivery,) = engine.schedule(engine.account("facebook"), body="Kites on the lawn.")
    (row,) = Delivery.objects.claim(me.id)
    real, failures = row.settle, [OperationalError("the server is restarting")] * 2

    def stutter(*args: object) -> bool:
        if failures:
            raise failures.pop()
        return real(*args)

    row.settle = stutter
    assert publishing.work(DELIVERY, row) == "sent" and fresh(delivery).state == "sent"
    assert outcomes(delivery) == ["published"] and engine.copies(delivery) == 1


def test_a_bug_before_sending_leaves_the_row_free(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    (delivery,) = engine.schedule(engine.account("facebook"), body="Kites on the lawn.")

    def broken(*_args: object, **_named: object) -> None:
        raise KeyError("a picture that is not there")

    monkeypatch.setattr(composing, "_media_file", broken)
    assert engine.work() == ["lost"]
    assert fresh(delivery).state == "scheduled" and delivery.tries == 0 and delivery.lease_token is None
    monkeypatch.undo()
    engine.settle()
    assert fresh(delivery).state == "sent" and engine.copies(delivery) == 1
