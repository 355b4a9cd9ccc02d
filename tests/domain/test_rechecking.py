"""Just before sending the world is looked at again; and a network's limits hold up one account and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.models import Worker
from libraries.models import Library, Membership, Notice, Role, User
from media_library.models import Asset
from platforms import accounts
from platforms.base import RateLimited
from platforms.models import Account
from posts import actions
from posts.models import Delivery, Event, Review
from scheduler import preparing, refusing
from scheduler.kinds import DELIVERY
from scheduler.rechecking import deliveries_may_go
from tests import factories


def _scheduled(of: Library, account: Account, **fields: Any) -> Delivery:
    """Due a minute ago: a transaction's clock stands still at its beginning, and a test is one transaction."""
    delivery = factories.scheduled(of, account, **fields)[0]
    Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now() - timedelta(minutes=1))
    return delivery


@pytest.fixture
def due(db: None) -> Delivery:
    """A delivery with an event and a picture, claimed by a worker."""
    of = factories.library()
    _scheduled(
        of, factories.account(of), event=factories.event(of), pictures=(factories.asset(of),), body="Come and listen"
    )
    return Delivery.objects.claim(Worker.objects.create(name="w").pk)[0]


def _review_again(due: Delivery) -> None:
    other = factories.person(due.library, Role.MANAGER, "Mina")
    Review.objects.create(
        revision=due.revision, reviewer=other.user, author=due.post.author, verdict=Review.CHANGES, comment="No"
    )


WORLD: dict[str, tuple[str, Callable[[Delivery], Any]]] = {
    "nothing changed": ("", lambda due: None),
    "another version is current": ("approval", lambda due: actions.save_copy(
        actor=factories.actor(due.library, Role.STAFF), post=due.post, content={"body": "Else"}, version=1)),
    "somebody asked for changes since": ("approval", _review_again),
    "the author left the library": ("author", lambda due: Membership.objects.filter(user=due.post.author).update(is_active=False)),
    "the author's sign-in is closed": ("author", lambda due: User.objects.filter(pk=due.post.author_id).update(is_active=False)),
    "the author may only read now": ("author", lambda due: Membership.objects.filter(user=due.post.author).update(role="viewer")),
    "the event is cancelled": ("event", lambda due: Event.objects.update(state="cancelled")),
    "the event is gone from its calendar": ("event", lambda due: Event.objects.update(listing="withdrawn")),
    "the event is full": ("", lambda due: Event.objects.update(listing="full")),
    "a picture was withdrawn": ("media", lambda due: Asset.objects.update(withdrawn_at=timezone.now())),
    "the right to a picture ended": ("media", lambda due: Asset.objects.update(rights_until=timezone.now().date() - timedelta(days=2))),
    "the right to a picture lasts": ("", lambda due: Asset.objects.update(rights_until=timezone.now().date() + timedelta(days=2))),
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(WORLD))
def test_the_world_is_looked_at_once_more(due: Delivery, what: str) -> None:
    reason, happen = WORLD[what]
    happen(due)
    assert deliveries_may_go([due])[due.pk] == reason


@pytest.mark.parametrize("what", ["the author left the library", "the event is gone from its calendar", "a picture was withdrawn"])
def test_what_may_not_go_is_held_unopened_and_people_are_told(due: Delivery, what: str) -> None:
    reason, happen = WORLD[what]
    happen(due)
    assert preparing.prepare(DELIVERY, [due]) == {due.pk: "held"}
    due.refresh_from_db()
    assert (due.state, due.hold, due.tries, due.lease_token) == ("scheduled", reason, 0, None)
    assert Notice.objects.filter(key=f"delivery:{due.pk}", resolved_at=None).exists()


@pytest.mark.parametrize("column", [
    {"state": Account.RECONNECT}, {"state": Account.DISABLED}, {"blocked_until": timezone.now() + timedelta(days=1)},
])  # fmt: skip
def test_an_account_that_cannot_be_spoken_through_is_not_claimed(db: None, column: dict[str, Any]) -> None:
    of = factories.library()
    delivery = _scheduled(of, factories.account(of))
    spoken = _scheduled(of, factories.account(of))
    Account.objects.filter(pk=delivery.account_id).update(**column)
    assert [row.pk for row in Delivery.objects.claim(1, limit=5)] == [spoken.pk]


def _two_due() -> tuple[Delivery, Delivery]:
    of = factories.library()
    return tuple(_scheduled(of, factories.account(of)) for _ in range(2))


def test_a_rate_limit_holds_up_that_account_alone(db: None) -> None:
    limited, other = _two_due()
    refusing.rate_limited(limited, RateLimited(retry_after=timedelta(minutes=7), code="too_many"))
    limited.account.refresh_from_db()
    assert limited.account.blocked_until > timezone.now() + timedelta(minutes=6)
    assert [row.pk for row in Delivery.objects.claim(1, limit=5)] == [other.pk]


def test_a_limit_of_the_whole_app_holds_up_its_network_alone(db: None) -> None:
    limited, other = _two_due()
    elsewhere = _scheduled(limited.library, factories.account(limited.library, "linkedin"))
    refusing.rate_limited(limited, RateLimited(retry_after=timedelta(minutes=7), scope="app"))
    assert [row.pk for row in Delivery.objects.claim(1, limit=5)] == [elsewhere.pk]
    other.account.refresh_from_db()
    assert other.account.blocked_until


def test_a_shorter_wait_does_not_shorten_a_longer_one(db: None) -> None:
    account = factories.account(factories.library())
    accounts.block(account.pk, timedelta(hours=2), "long")
    accounts.block(account.pk, timedelta(seconds=1), "short")
    account.refresh_from_db()
    assert account.blocked_until > timezone.now() + timedelta(hours=1)
