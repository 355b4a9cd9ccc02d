"""Weekly slots: kept in wall time, offered to the composer, taken by what stands on them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from libraries.models import Role
from libraries.permissions import Refused
from posts import actions, queries_slots
from posts.models import Delivery, Post, PostingSlot
from tests import factories

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 20, 12, 0, tzinfo=UTC)  # a Tuesday, eight in the morning in Toronto


@pytest.fixture(autouse=True)
def october() -> Any:
    with time_machine.travel(NOW, tick=True) as clock:
        yield clock


@pytest.fixture
def library() -> Any:
    return factories.library()


@pytest.fixture
def manager(client: Client, library: Any) -> Any:
    actor = factories.actor(library, Role.MANAGER)
    client.force_login(actor.user)
    return actor


def slot(manager: Any, account: Any, *days: int, at: time = time(10)) -> None:
    actions.add_slots(actor=manager, account=account, weekdays=days, at=at, tz="America/Toronto")


def free(manager: Any, days: int = 21) -> list[str]:
    found = queries_slots.free_slots(manager, NOW, NOW + timedelta(days=days))
    return [f"{slot.account.platform} {slot.at:%m-%d %H:%M}" for slot in found]


def test_a_slot_is_the_same_wall_time_before_and_after_the_clocks_change(library: Any, manager: Any) -> None:
    slot(manager, factories.account(library), 1)
    assert free(manager) == ["facebook 10-20 14:00", "facebook 10-27 14:00", "facebook 11-03 15:00"]


def test_a_slot_in_an_hour_that_is_jumped_over_moves_on_and_in_a_doubled_one_is_the_first(
    library: Any, manager: Any, october: Any
) -> None:
    slot(manager, factories.account(library), 6, at=time(2, 30))
    found = queries_slots.free_slots(manager, datetime(2027, 3, 14, tzinfo=UTC), datetime(2027, 3, 15, tzinfo=UTC))
    assert [row.at for row in found] == [datetime(2027, 3, 14, 7, 30, tzinfo=UTC)]  # 03:30, the first after the gap
    PostingSlot.objects.update(at=time(1, 30))
    found = queries_slots.free_slots(manager, datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC))
    assert [row.at for row in found] == [datetime(2026, 11, 1, 5, 30, tzinfo=UTC)]


def test_what_is_planned_or_scheduled_takes_a_slot_of_its_own_account_only(library: Any, manager: Any) -> None:
    page, feed = factories.account(library), factories.account(library, "twitter")
    slot(manager, page, 1)
    slot(manager, feed, 1)
    staff = factories.actor(library, Role.STAFF)
    actions.plan_post(actor=staff, post=factories.draft(staff, page), when=datetime(2026, 10, 20, 14, 0, tzinfo=UTC))
    factories.scheduled(library, feed, when=datetime(2026, 10, 27, 14, 0, tzinfo=UTC))
    assert free(manager, 10) == ["twitter 10-20 14:00", "facebook 10-27 14:00"]


def test_what_is_cancelled_gives_its_slot_back(library: Any, manager: Any) -> None:
    page = factories.account(library)
    slot(manager, page, 1)
    [row] = factories.scheduled(library, page, when=datetime(2026, 10, 20, 14, 0, tzinfo=UTC))
    assert free(manager, 3) == []
    actions.cancel_delivery(actor=manager, delivery=row)
    actions.archive_post(actor=manager, post=row.post)
    assert free(manager, 3) == ["facebook 10-20 14:00"]


def compose(client: Client, post: Post, **more: Any) -> Any:
    content = post.working_copy.content
    data = {"title": post.title, "body": content["body"], "accounts": content["accounts"], "version": post.working_copy.version}
    return client.post(f"/posts/{post.pk}/edit/", {**data, "act": "save", **more}, follow=True)


def test_the_composer_gives_each_account_its_own_next_free_slot_and_says_which(client: Client, library: Any, manager: Any) -> None:
    page, feed = factories.account(library), factories.account(library, "twitter")
    slot(manager, page, 2)
    slot(manager, feed, 3, at=time(9))
    post = factories.draft(manager, page, feed)
    shown = compose(client, post, when="slot").content.decode()
    assert "Each account at its next free slot: Facebook Wed 21 Oct, 10:00; X (Twitter) Thu 22 Oct, 09:00." in shown
    post.refresh_from_db()
    assert post.planned_for == datetime(2026, 10, 21, 14, 0, tzinfo=UTC)
    assert set(post.moments.values()) == {"2026-10-21T14:00:00+00:00", "2026-10-22T13:00:00+00:00"}


def test_each_account_is_scheduled_at_its_own_slot_and_a_move_brings_them_together(library: Any, manager: Any) -> None:
    page, feed = factories.account(library), factories.account(library, "twitter")
    slot(manager, page, 2)
    slot(manager, feed, 3, at=time(9))
    staff = factories.actor(library, Role.STAFF)
    post = actions.plan_by_slots(actor=staff, post=factories.draft(staff, page, feed))
    revision = actions.submit_post(actor=staff, post=post, planned_for=post.planned_for)
    actions.review_post(actor=manager, post=post, revision=revision, verdict="approve")
    actions.schedule_post(actor=manager, post=post, when=post.planned_for)
    due = dict(Delivery.objects.values_list("account_id", "due_at"))
    assert due == {page.pk: datetime(2026, 10, 21, 14, tzinfo=UTC), feed.pk: datetime(2026, 10, 22, 13, tzinfo=UTC)}
    together = datetime(2026, 10, 23, 14, tzinfo=UTC)
    actions.move_post(actor=manager, post=post, when=together)
    assert set(Delivery.objects.values_list("due_at", flat=True)) == {together}
    assert Post.objects.get(pk=post.pk).moments == {}


def test_the_next_post_takes_the_next_slot(library: Any, manager: Any) -> None:
    page = factories.account(library)
    slot(manager, page, 1)
    first, second = (actions.plan_by_slots(actor=manager, post=factories.draft(manager, page)) for _ in range(2))
    assert [first.planned_for, second.planned_for] == [
        datetime(2026, 10, 20, 14, tzinfo=UTC), datetime(2026, 10, 27, 14, tzinfo=UTC)]  # fmt: skip
    assert actions.plan_by_slots(actor=manager, post=first).planned_for == datetime(2026, 10, 20, 14, tzinfo=UTC)


def test_an_account_without_slots_is_named_and_nothing_is_lost(client: Client, library: Any, manager: Any) -> None:
    page, feed = factories.account(library), factories.account(library, "twitter")
    slot(manager, page, 1)
    post = factories.draft(manager, page, feed, body="Words that stay")
    shown = compose(client, post, when="slot")
    assert shown.status_code == 422
    assert f"No free slot for X (Twitter) ({feed.name})" in shown.content.decode() and "Words that stay" in shown.content.decode()
    with pytest.raises(Refused):
        actions.plan_by_slots(actor=manager, post=post)


def test_slots_are_not_offered_where_there_are_none(client: Client, library: Any, manager: Any) -> None:
    factories.account(library)
    assert "Next free slot" not in client.get("/posts/new/").content.decode()


def test_slots_are_added_and_removed_on_their_page(client: Client, library: Any, manager: Any) -> None:
    page = factories.account(library)
    assert "No slots yet" in client.get("/slots/").content.decode()
    said = {"account": page.pk, "days": ["0", "2"], "at": "09:30", "tz": "America/Toronto"}
    shown = client.post("/slots/add/", said, follow=True).content.decode()
    assert shown.count("Remove ") == 2 and "09:30" in shown
    assert "there already" in client.post("/slots/add/", said, follow=True).content.decode()
    for row in PostingSlot.objects.all():
        client.post(f"/slots/{row.pk}/remove/")
    assert not PostingSlot.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"days": []}, "Choose at least one day."), ({"at": "noon"}, "not a time of day"), ({"tz": "Mars"}, "Select a valid choice")],
)
def test_what_is_no_slot_is_said_beside_its_field(client: Client, library: Any, manager: Any, wrong: Any, words: str) -> None:
    said = {"account": factories.account(library).pk, "days": ["0"], "at": "09:30", "tz": "America/Toronto", **wrong}
    shown = client.post("/slots/add/", said)
    assert shown.status_code == 422 and words in shown.content.decode()


def test_staff_see_the_slots_and_cannot_change_them(client: Client, library: Any) -> None:
    factories.account(library)
    client.force_login(factories.actor(library, Role.STAFF).user)
    shown = client.get("/slots/")
    assert shown.status_code == 200 and "Add slots" not in shown.content.decode()
    assert client.post("/slots/add/", {}).status_code == 403


def test_who_judges_reads_when_each_account_goes_and_so_does_the_post_page(client: Client, library: Any, manager: Any) -> None:
    page, feed = factories.account(library), factories.account(library, "twitter")
    slot(manager, page, 2)
    slot(manager, feed, 3, at=time(9))
    staff = factories.actor(library, Role.STAFF)
    post = actions.plan_by_slots(actor=staff, post=factories.draft(staff, page, feed))
    actions.submit_post(actor=staff, post=post, planned_for=post.planned_for)
    words = "Facebook Wed 21 Oct, 10:00; X (Twitter) Thu 22 Oct, 09:00."
    assert words in client.get(f"/posts/{post.pk}/").content.decode()
    assert words in client.get(f"/posts/review/?post={post.pk}").content.decode()
    client.post(f"/posts/{post.pk}/review/", {
        "verdict": "approve", "revision": post.current_revision_id or Post.objects.get(pk=post.pk).current_revision_id,
        "when": "at", "date": "2026-10-21", "time": "10:00",
    })  # fmt: skip
    due = dict(Delivery.objects.values_list("account_id", "due_at"))
    assert due == {page.pk: datetime(2026, 10, 21, 14, tzinfo=UTC), feed.pk: datetime(2026, 10, 22, 13, tzinfo=UTC)}
