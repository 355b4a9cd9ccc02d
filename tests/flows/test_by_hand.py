"""What colleagues post on the networks themselves is read in, and never taken for ours."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from core import remote
from platforms import lines
from platforms.base import Draft, Feature
from platforms.models import Account, Cursor
from posts.models import Delivery, OutsidePost
from scheduler import reading_in
from tests.contracts.practice import Notebook
from tests.flows.engine import Engine, fresh

READABLE = ("facebook", "linkedin")


def post_by_hand(account: Account, text: str) -> str:
    """Somebody posts there with another program. Returns the network's own id."""
    adapter = lines.adapter(account.platform, account.realm)
    with remote.saying(remote.Kind.VISIBLE):
        return adapter.publish(lines.fresh_identity(account), Draft(text=text), Notebook()).remote_id


def read_again() -> int:
    Cursor.objects.filter(stream=reading_in.STREAM).delete()
    return reading_in.read_in()


@pytest.mark.parametrize("network", READABLE)
def test_what_was_posted_by_hand_is_kept_once_and_shown(engine: Engine, network: str) -> None:
    account = engine.account(network)
    there = post_by_hand(account, "Snow: we close at three today.")
    assert read_again() == 1 and read_again() == 0
    kept = OutsidePost.objects.get()
    assert (kept.remote_id, kept.text, kept.account) == (there, "Snow: we close at three today.", account) and kept.url
    browser = Client()
    browser.force_login(engine.author.user)
    page = browser.get("/posts/by-hand/").content.decode()
    assert "we close at three" in page and kept.url in page.replace("&amp;", "&")


@pytest.mark.parametrize("network", [*READABLE, "instagram"])
def test_what_went_out_from_here_is_ours(engine: Engine, network: str) -> None:
    (delivery,) = engine.schedule(engine.account(network), body="Story time at ten.")
    engine.settle()
    assert fresh(delivery).state == "sent"
    assert read_again() == 0 and not OutsidePost.objects.exists()


def test_what_may_be_ours_is_left_until_it_is_known(engine: Engine) -> None:
    account = engine.account("linkedin")
    engine.practice.fault("linkedin", "after", how="reset")  # it is up, and we do not know it yet
    (delivery,) = engine.schedule(account, body="The reading room is open.")
    engine.work()
    assert fresh(delivery).state == "unconfirmed" and engine.copies(delivery) == 1
    assert read_again() == 0 and not OutsidePost.objects.exists()
    engine.settle()
    assert fresh(delivery).state == "sent" and read_again() == 0


def test_one_that_turns_out_to_be_ours_is_taken_out(engine: Engine) -> None:
    account = engine.account("facebook")
    there = post_by_hand(account, "Kites on the lawn.")
    read_again()
    (delivery,) = engine.schedule(account, body="Something else.")
    Delivery.objects.filter(pk=delivery.pk).update(remote_id=there)
    assert read_again() == 0 and not OutsidePost.objects.exists()


def test_x_is_not_asked_since_it_bills_each_post_that_is_read(engine: Engine) -> None:
    account = engine.account("twitter")
    assert Feature.OWN_POSTS not in lines.capabilities(account).features
    since = engine.practice.mark()
    assert read_again() == 0 and not engine.practice.log(since)


def test_a_network_that_does_not_answer_is_asked_later(engine: Engine, caplog: Any) -> None:
    account = engine.account("facebook")
    engine.practice.fault("facebook", "before", how="reset", where="any", count=9)
    assert reading_in.read_in() == 0 and fresh(account).state == Account.CONNECTED
    since = engine.practice.mark()
    assert reading_in.read_in() == 0 and not engine.practice.log(since)  # not at once again
