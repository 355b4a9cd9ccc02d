"""The clock rings each second, speaks Celery's language, survives its broker, and never fills it."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
import redis
from celery import Celery
from django.conf import settings

from library_social.config import broker_url
from scheduler import clock


@pytest.fixture(scope="module")
def message():
    return clock.message_from_celery()


@pytest.fixture
def broker():
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.delete(clock.QUEUE)
    yield client
    client.delete(clock.QUEUE)
    client.close()


@pytest.fixture
def bell(message):
    bell = clock.BrokerBell(settings.REDIS_URL, message)
    yield bell
    bell.close()


def test_a_ring_is_a_message_that_celery_understands(bell, broker):
    bell.ring()
    app = Celery("ear", broker=broker_url(settings.REDIS_URL))
    with app.connection_for_read() as connection, connection.SimpleQueue(clock.QUEUE) as queue:
        heard = queue.get(timeout=5)
        heard.ack()
    assert heard.headers["task"] == "scheduler.tasks.tick"
    assert heard.decode()[:2] == [[], {}]
    late = datetime.fromisoformat(heard.headers["expires"]) - datetime.now(UTC)
    assert timedelta() < late <= timedelta(seconds=clock.EXPIRY_S)


def test_every_ring_has_an_id_of_its_own(bell, broker):
    bell.ring()
    bell.ring()
    ids = {json.loads(raw)["headers"]["id"] for raw in broker.lrange(clock.QUEUE, 0, -1)}
    assert len(ids) == 2


def test_nobody_listening_does_not_fill_the_broker(bell, broker):
    broker.rpush(clock.QUEUE, *["ring"] * clock.QUEUE_FULL)
    bell.ring()
    assert broker.llen(clock.QUEUE) == clock.QUEUE_FULL


def test_a_cut_connection_costs_one_ring(bell, broker):
    bell.ring()
    broker.client_kill_filter(skipme=True)
    with pytest.raises(ConnectionError):
        bell.ring()
    bell.ring()
    assert broker.llen(clock.QUEUE) == 2


class Sick:
    """A bell that fails a few times, then works, then ends the test."""

    def __init__(self, stop: threading.Event) -> None:
        self.stop, self.rings = stop, 0

    def ring(self) -> None:
        self.rings += 1
        if self.rings <= 3:
            raise ConnectionRefusedError("nobody there")
        if self.rings == 5:
            self.stop.set()


def test_the_clock_goes_on_ringing_and_says_once_that_nobody_answers(caplog):
    stop = threading.Event()
    bell = Sick(stop)
    clock.run(bell, stop, period=0.001)
    assert bell.rings == 5
    assert [record.message.split(" (")[0].split(".")[0] for record in caplog.records] == [
        "The broker does not answer", "The broker is back",
    ]  # fmt: skip
