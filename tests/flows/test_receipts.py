"""After publishing each post is read back once, where reading costs nothing, and the page says what stands there."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from inbox.models import Message
from libraries.models import Role
from posts.models import Delivery, DeliveryReceipt
from scheduler import collecting
from tests import factories
from tests.flows.engine import NETWORKS, Engine


def published(engine: Engine, network: str, **options: Any) -> Delivery:
    [row] = engine.schedule(engine.account(network, **options), body="The (new) reading room opens at nine. #library", pictures=2)
    engine.settle()
    row.refresh_from_db()
    assert row.state == "sent"
    return row


def collect(engine: Engine) -> None:
    engine.later(30)
    collecting.collect()


@pytest.mark.parametrize("network", [name for name in NETWORKS if name != "twitter"])
def test_the_words_of_each_picture_are_read_back_from_the_network(engine: Engine, network: str) -> None:
    row = published(engine, network)
    collect(engine)
    receipt = DeliveryReceipt.objects.get(delivery=row)
    assert receipt.alts == ["Card number 0 on a desk", "Card number 1 on a desk"]
    assert receipt.same_text and receipt.is_as_sent


def test_a_post_is_read_back_once(engine: Engine) -> None:
    row = published(engine, "instagram")
    collect(engine)
    mark = engine.practice.mark()
    collect(engine)
    asked = [e["path"] for e in engine.practice.log(mark) if e["path"].endswith(row.remote_id)]
    assert asked == []


def test_x_bills_reading_so_nothing_is_read_back_there_and_the_page_says_so(engine: Engine, client: Client) -> None:
    row = published(engine, "twitter")
    collect(engine)
    assert not DeliveryReceipt.objects.exists()
    client.force_login(engine.manager.user)
    assert "X bills each post that is read" in client.get(reverse("posts:post", args=[row.post_id])).content.decode()


def test_a_reading_that_fails_is_tried_again_and_costs_no_comments(engine: Engine) -> None:
    row = published(engine, "instagram")
    engine.practice.comment("instagram", row.remote_id, "Is it free?")
    DeliveryReceipt.objects.create(
        library_id=row.library_id, realm=row.realm, delivery=row, error_code="unavailable", tries=1
    )
    collect(engine)
    receipt = DeliveryReceipt.objects.get()
    assert receipt.is_whole and receipt.tries == 2 and Message.objects.count() == 1


def test_the_page_marks_what_the_network_shows_differently(client: Client, db: None) -> None:
    library = factories.library()
    account = factories.account(library, "facebook")
    [row] = factories.scheduled(library, account, body="Open at nine.", pictures=(factories.asset(library, alt_text="A red door"),))
    Delivery.objects.filter(pk=row.pk).update(state="sending", lease_token="00000000-0000-4000-8000-000000000001",
                                              leased_until="2100-01-01T00:00Z", leased_by=1)
    Delivery.objects.filter(pk=row.pk).update(state="sent", remote_id="1_2", sent_at="2026-11-24T10:00Z",
                                              lease_token=None, leased_until=None, leased_by=None)
    DeliveryReceipt.objects.create(library=library, realm=row.realm, delivery=row, text="Open at ten.", alts=[None])
    client.force_login(factories.actor(library, Role.VIEWER).user)
    shown = client.get(reverse("posts:post", args=[row.post_id])).content.decode()
    assert "not as sent" in shown and "<del>nine</del>" in shown and "<ins>ten</ins>" in shown
    assert "Image without a description" in shown and "(sent: A red door)" in shown


def test_a_thread_and_a_first_comment_are_no_talk_in_the_inbox(engine: Engine) -> None:
    account = engine.account("facebook")
    said = {"first_comment": {"text": "Sign up at the desk.", "accounts": [account.pk]}}
    factories.scheduled(engine.library, account, body="New books.", more=said)
    engine.settle()
    collect(engine)
    assert Delivery.objects.filter(state="sent").count() == 2 and not Message.objects.exists()
