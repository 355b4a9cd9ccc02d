"""How posts did: read from the networks at a pace, kept once a day, shown on the page of the day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from libraries.models import Role
from platforms import lines
from platforms.base import Identity, Metrics, RateLimited
from platforms.models import Account, Cursor
from posts.models import Delivery, FigureSnapshot
from scheduler import figures
from tests import factories

pytestmark = pytest.mark.django_db


class Line:
    """A network that tells what it is given, and notes what it was asked."""

    def __init__(self, told: Mapping[str, Metrics] | Exception) -> None:
        self.told, self.asked = told, []

    def metrics(self, who: Identity, ids: Sequence[str]) -> Mapping[str, Metrics]:
        self.asked.append(list(ids))
        if isinstance(self.told, Exception):
            raise self.told
        return self.told


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> tuple[Delivery, Line]:
    """A post that went out an hour ago, and the line its account has."""
    library = factories.library()
    delivery = factories.scheduled(library, factories.account(library, "facebook"))[0]
    out = timezone.now() - timedelta(hours=1)
    Delivery.objects.filter(pk=delivery.pk).update(state="sending", lease_token="00000000-0000-0000-0000-000000000001",
                                                   leased_until=timezone.now(), leased_by=1)  # fmt: skip
    Delivery.objects.filter(pk=delivery.pk).update(
        state="sent", sent_at=out, due_at=out, remote_id="fb-1", lease_token=None, leased_until=None, leased_by=None
    )
    line = Line({"fb-1": Metrics(likes=4, comments=-1)})
    monkeypatch.setattr(lines, "adapter", lambda *_a, **_k: line)
    monkeypatch.setattr(figures.connection, "close", lambda: None)
    delivery.refresh_from_db()
    return delivery, line


def turn(account: Account) -> None:
    """The account's turn has come again."""
    Cursor.objects.filter(account=account, stream="figures").update(next_at=timezone.now() - timedelta(seconds=1))


def test_figures_are_kept_as_told_and_never_less_than_nothing(sent: tuple[Delivery, Line]) -> None:
    delivery, _line = sent
    assert figures.read_figures() == 1
    row = FigureSnapshot.objects.get(delivery=delivery)
    assert (row.likes, row.comments, row.shares) == (4, 0, None)


def test_a_post_rests_between_two_readings_and_a_day_has_one_row(sent: tuple[Delivery, Line]) -> None:
    delivery, line = sent
    figures.read_figures()
    assert figures.read_figures() == 0
    turn(delivery.account)
    assert figures.read_figures() == 0
    FigureSnapshot.objects.update(read_at=timezone.now() - timedelta(hours=2))
    turn(delivery.account)
    line.told = {}
    assert figures.read_figures() == 1
    assert FigureSnapshot.objects.get(delivery=delivery).likes is None
    assert line.asked == [["fb-1"], ["fb-1"]]


def test_live_x_is_asked_only_where_somebody_agreed_to_pay(settings: Any) -> None:
    library = factories.library()
    x = factories.account(library, "twitter", realm="live")
    assert not figures.may_ask(x)
    settings.X_FIGURES = True
    assert figures.may_ask(x)
    assert figures.may_ask(factories.account(library, "twitter"))


def test_a_network_that_wants_a_pause_gets_it_and_posts_still_go_out(sent: tuple[Delivery, Line]) -> None:
    delivery, line = sent
    line.told = RateLimited(code="rate", retry_after=timedelta(hours=3))
    assert figures.read_figures() == 0
    assert Cursor.objects.get(account=delivery.account, stream="figures").next_at > timezone.now() + timedelta(hours=2)
    delivery.account.refresh_from_db()
    assert delivery.account.blocked_until is None


def test_the_day_says_what_went_out_who_approved_it_and_how_it_did(sent: tuple[Delivery, Line], client: Client) -> None:
    delivery, _line = sent
    figures.read_figures()
    client.force_login(factories.actor(delivery.library, Role.VIEWER).user)
    local = delivery.sent_at.astimezone(delivery.library.zone)
    page = client.get(f"/today/?day={local:%Y-%m-%d}").content.decode()
    assert "approved by Marta" in page
    assert '<b class="nums">4</b> likes' in page
    assert "shares" not in page
