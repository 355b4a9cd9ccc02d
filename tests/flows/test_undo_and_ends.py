"""Ten seconds to undo, times told from an event, and posts that come down by themselves."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from core.dispatch import SENT
from core.models import Worker
from libraries.models import Notice, Role
from posts import actions, times
from posts.actions.expiring import take_down_due
from posts.models import Delivery, Event, Post, Takedown
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def library() -> Any:
    return factories.library()


@pytest.fixture
def manager(client: Client, library: Any) -> Any:
    actor = factories.actor(library, Role.MANAGER)
    client.force_login(actor.user)
    return actor


def ready(library: Any, **fields: Any) -> Post:
    """Approved, without a time yet."""
    author, approver = factories.actor(library, Role.STAFF), factories.actor(library, Role.MANAGER)
    return factories.approved(author, approver, factories.account(library), factories.account(library, "twitter"), **fields)


def worker() -> int:
    return Worker.objects.get_or_create(name="here")[0].pk


# --- ten seconds


def test_publish_now_is_due_in_ten_seconds_and_says_so_with_a_button_that_needs_no_script(
    client: Client, library: Any, manager: Any
) -> None:
    post = ready(library)
    before = timezone.now()
    page = client.post(f"/posts/{post.pk}/schedule/", {"when": "now"}, follow=True).content.decode()
    due = set(post.deliveries.values_list("due_at", flat=True))
    assert len(due) == 1
    assert timedelta(seconds=9) < due.pop() - before < timedelta(seconds=11)
    assert "It goes out in 10 seconds." in page and f'action="/posts/{post.pk}/undo/"' in page


def test_undo_stops_everything_and_gives_the_draft_back_as_it_was(client: Client, library: Any, manager: Any) -> None:
    post = ready(library, body="Words that took an hour")
    client.post(f"/posts/{post.pk}/schedule/", {"when": "now"})
    page = client.post(f"/posts/{post.pk}/undo/", follow=True)
    assert page.redirect_chain[-1][0] == f"/posts/{post.pk}/edit/"
    assert "Stopped in time" in page.content.decode() and "Words that took an hour" in page.content.decode()
    post.refresh_from_db()
    assert post.state == "draft" and set(post.deliveries.values_list("state", flat=True)) == {"cancelled"}
    assert not Delivery.objects.claim(worker(), limit=9)


def test_what_was_undone_can_be_sent_again_as_the_same_promise(library: Any, manager: Any) -> None:
    post = ready(library)
    actions.schedule_post(actor=manager, post=post, when=times.soon())
    actions.undo_publish(actor=manager, post=post)
    staff = factories.actor(library, Role.STAFF)
    revision = actions.submit_post(actor=staff, post=post, planned_for=None)
    actions.review_post(actor=manager, post=post, revision=revision, verdict="approve")
    actions.schedule_post(actor=manager, post=post, when=times.soon())
    assert post.deliveries.count() == 2 and set(post.deliveries.values_list("state", flat=True)) == {"scheduled"}


def test_undo_that_comes_too_late_says_for_whom_and_stops_the_rest(client: Client, library: Any, manager: Any) -> None:
    post = ready(library)
    first, second = actions.schedule_post(actor=manager, post=post, when=times.soon())
    row = Delivery.objects.filter(pk=first.pk)
    row.update(due_at=timezone.now() - timedelta(minutes=1))
    assert Delivery.objects.claim(worker(), limit=1)
    row.move("scheduled", "sending")
    page = client.post(f"/posts/{post.pk}/undo/", follow=True).content.decode()
    assert f"Too late for {first.account.name}" in page
    second.refresh_from_db()
    post.refresh_from_db()
    assert (second.state, post.state) == ("cancelled", "approved")


def test_a_post_for_next_week_shows_no_bar_to_undo(client: Client, library: Any, manager: Any) -> None:
    post = ready(library)
    actions.schedule_post(actor=manager, post=post, when=timezone.now() + timedelta(days=7))
    assert "undo/" not in client.get(f"/posts/{post.pk}/").content.decode()


# --- told from an event


def about_an_event(library: Any, starts: datetime) -> Post:
    event = factories.event(library)
    Event.objects.filter(pk=event.pk).update(starts_at=starts, ends_at=starts + timedelta(hours=1))
    event.refresh_from_db()
    return factories.draft(factories.actor(library, Role.STAFF), factories.account(library, "twitter"), event=event)


def compose(client: Client, post: Post, **more: str) -> Any:
    content = post.working_copy.content
    post.working_copy.refresh_from_db()
    data = {"title": post.title, "body": content["body"], "accounts": content["accounts"], "version": post.working_copy.version}
    return client.post(f"/posts/{post.pk}/edit/", {**data, "act": "save", **more}, follow=True)


def test_three_days_before_at_ten_is_by_the_clocks_of_the_event_also_where_they_change(
    client: Client, library: Any, manager: Any
) -> None:
    """Tuesday 3 November at 18:00 is after the clocks went back; three days before they had not."""
    with time_machine.travel(datetime(2026, 10, 20, 12, tzinfo=UTC), tick=True):
        client.force_login(manager.user)
        post = about_an_event(library, datetime(2026, 11, 3, 23, 0, tzinfo=UTC))
        page = compose(client, post, when="event", span="3d", span_at="10:00").content.decode()
        post.refresh_from_db()
        assert (post.relative, post.planned_for) == ("3d10:00", datetime(2026, 10, 31, 14, 0, tzinfo=UTC))
        assert "3 days before the event, at 10:00, and follows the event when it moves." in page


def test_an_hour_before_is_an_hour_before(client: Client, library: Any, manager: Any) -> None:
    starts = timezone.now().replace(second=0, microsecond=0) + timedelta(days=4)
    post = about_an_event(library, starts)
    compose(client, post, when="event", span="60m")
    post.refresh_from_db()
    assert (post.relative, post.planned_for) == ("60m", starts - timedelta(hours=1))


def test_a_time_before_the_event_that_has_passed_is_refused_beside_its_field(client: Client, library: Any, manager: Any) -> None:
    post = about_an_event(library, timezone.now() + timedelta(days=1))
    page = compose(client, post, when="event", span="14d", span_at="10:00")
    assert page.status_code == 422 and "has passed already" in page.content.decode()


def test_a_draft_follows_its_event_and_choosing_a_plain_time_ends_that(library: Any, manager: Any) -> None:
    post = about_an_event(library, timezone.now() + timedelta(days=9))
    actions.plan_by_event(actor=manager, post=post, when="60m")
    later = post.event.starts_at + timedelta(days=2)
    Event.objects.filter(pk=post.event_id).update(starts_at=later, ends_at=later + timedelta(hours=1))
    from posts.actions.following import replan_drafts_of

    assert replan_drafts_of(Event.objects.get(pk=post.event_id)) == 1
    post.refresh_from_db()
    assert post.planned_for == later - timedelta(hours=1)
    actions.plan_post(actor=manager, post=post, when=timezone.now() + timedelta(days=1))
    assert post.relative == ""


def test_a_scheduled_post_is_offered_the_new_time_of_its_moved_event(client: Client, library: Any, manager: Any) -> None:
    post = about_an_event(library, timezone.now() + timedelta(days=9))
    actions.plan_by_event(actor=manager, post=post, when="1d10:00")
    revision = actions.submit_post(actor=factories.actor(library, Role.STAFF), post=post, planned_for=post.planned_for)
    actions.review_post(actor=manager, post=post, revision=revision, verdict="approve")
    actions.schedule_post(actor=manager, post=post, when=post.planned_for)
    Event.objects.filter(pk=post.event_id).update(
        starts_at=post.event.starts_at + timedelta(days=5), ends_at=post.event.ends_at + timedelta(days=5)
    )
    assert "The event moved." in client.get(f"/posts/{post.pk}/").content.decode()
    client.post(f"/posts/{post.pk}/follow-event/")
    moved = Delivery.objects.get(post=post)
    assert moved.due_at == post.planned_for + timedelta(days=5)
    assert Post.objects.get(pk=post.pk).relative == "1d10:00"


# --- until


def up(library: Any, platform: str = "facebook") -> Delivery:
    delivery = factories.scheduled(library, factories.account(library, platform))[0]
    Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now() - timedelta(seconds=1))
    Delivery.objects.claim(worker(), limit=1)
    row = Delivery.objects.filter(pk=delivery.pk)
    row.move("scheduled", "sending")
    row.move("sending", SENT, remote_id=f"seen-{delivery.pk}", sent_at=timezone.now(), lease_token=None, leased_until=None, leased_by=None)
    delivery.refresh_from_db()
    return delivery


def test_what_is_past_its_end_is_taken_down_once(library: Any, manager: Any) -> None:
    delivery = up(library)
    Post.objects.filter(pk=delivery.post_id).update(take_down_at=timezone.now() - timedelta(minutes=1))
    assert [take_down_due(), take_down_due()] == [1, 0]
    takedown = Takedown.objects.get(delivery=delivery)
    assert (takedown.state, takedown.asked_by) == ("scheduled", None)


def test_where_a_network_deletes_nothing_people_are_told_and_led_to_the_link(library: Any, manager: Any) -> None:
    delivery = up(library)
    Delivery.objects.filter(pk=delivery.pk).update(remote_id=f"person:1:{delivery.pk}")
    Post.objects.filter(pk=delivery.post_id).update(take_down_at=timezone.now() - timedelta(minutes=1))
    take_down_due()
    assert Takedown.objects.get(delivery=delivery).state == "cancelled"
    notice = Notice.objects.get(library=library, key__startswith="takedown:")
    assert notice.path == f"/posts/{delivery.post_id}/" and "could not be taken down" in notice.title


def test_before_its_end_nothing_comes_down_and_nothing_goes_up_after_it(library: Any, manager: Any) -> None:
    delivery = up(library)
    Post.objects.filter(pk=delivery.post_id).update(take_down_at=timezone.now() + timedelta(minutes=5))
    assert take_down_due() == 0
    waiting = factories.scheduled(library, factories.account(library), when=timezone.now() + timedelta(hours=1))[0]
    end = timezone.now() + timedelta(hours=2)
    actions.set_take_down(actor=manager, post=Post.objects.get(pk=waiting.post_id), at=end)
    waiting.refresh_from_db()
    assert waiting.expires_at == end


def test_the_composer_keeps_the_end_in_wall_time_and_refuses_one_before_the_post(client: Client, library: Any, manager: Any) -> None:
    with time_machine.travel(datetime(2026, 10, 20, 12, tzinfo=UTC), tick=True):
        client.force_login(manager.user)
        post = factories.draft(factories.actor(library, Role.STAFF), factories.account(library, "twitter"))
        at = {"when": "at", "date": "2026-10-30", "time": "09:00"}
        page = compose(client, post, **at, down_date="2026-11-01", down_time="01:30").content.decode()
        post.refresh_from_db()
        assert post.take_down_at == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # the first of the two
        assert "It comes down again Sun 1 Nov, 01:30." in page
        again = compose(client, post, **at, down_date="2026-10-29", down_time="09:00")
        assert again.status_code == 422 and "down before it is up" in again.content.decode()


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2026-02-30", "tomorrow"])
def test_a_day_out_of_reach_is_no_end_and_no_error(client: Client, library: Any, manager: Any, day: str) -> None:
    post = factories.draft(factories.actor(library, Role.STAFF), factories.account(library, "twitter"))
    assert compose(client, post, when="now", down_date=day).status_code == 422
    assert client.post(f"/posts/{up(library).post_id}/down-later/", {"down_date": day}).status_code == 302
    assert not Post.objects.exclude(take_down_at=None).exists()


@pytest.mark.parametrize("span", ["²d", "-1d", "99999m", "d", "3d10:00", "", "١d"])
def test_what_is_no_time_before_an_event_is_refused(client: Client, library: Any, manager: Any, span: str) -> None:
    post = about_an_event(library, timezone.now() + timedelta(days=9))
    assert compose(client, post, when="event", span=span, span_at="10:00").status_code == 422


def test_who_may_take_posts_down_says_when_and_others_do_not(client: Client, library: Any) -> None:
    delivery = up(library)
    day = f"{timezone.now() + timedelta(days=3):%Y-%m-%d}"
    for role, status in ((Role.STAFF, 403), (Role.MANAGER, 302)):
        client.force_login(factories.actor(library, role).user)
        assert client.post(f"/posts/{delivery.post_id}/down-later/", {"down_date": day, "down_time": "09:00"}).status_code == status
    post = Post.objects.get(pk=delivery.post_id)
    assert post.take_down_at is not None and post.take_down_at.astimezone(post.zone).time() == time(9)
