"""A calendar moves an event: what tells the old time waits, people are told, and drafts say so."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from audit.models import AuditEntry
from core.dispatch import UNCONFIRMED
from libraries.models import Library, Notice, Role
from posts import actions
from posts.models import Delivery, Event, Post
from programs.actions import import_body
from programs.models import Feed, Preview
from tests import factories

pytestmark = pytest.mark.django_db
START = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=5)


def calendar(start: datetime = START, title: str = "Seed swap", place: str = "Reading room", status: str = "CONFIRMED") -> bytes:
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "X-WR-CALNAME:Ours", "BEGIN:VEVENT", "UID:1", f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
        f"DTEND:{start + timedelta(hours=1):%Y%m%dT%H%M%SZ}", f"SUMMARY:{title}", f"LOCATION:{place}", f"STATUS:{status}",
        "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    return "\n".join(lines).encode()


@pytest.fixture
def library() -> Library:
    return factories.library()


@pytest.fixture
def feed(library: Library) -> Feed:
    made = Feed.objects.create(library=library, name="Ours", tz=library.tz)
    import_body(None, made, calendar(), "text/calendar")
    return made


def again(feed: Feed, **what: Any) -> Any:
    return import_body(None, feed, calendar(**what), "text/calendar")


def the_event() -> Event:
    return Event.objects.get(external_uid="1")


def waiting_post(library: Library, **fields: Any) -> Delivery:
    when = timezone.now() + timedelta(days=1)
    return factories.scheduled(library, factories.account(library), when=when, event=the_event(), body="Seeds on Friday", **fields)[0]


def reasons(delivery: Delivery) -> list[str]:
    return sorted(delivery.holds.values_list("reason", flat=True))


def as_role(client: Client, library: Library, role: Role = Role.MANAGER) -> Any:
    actor = factories.actor(library, role)
    client.force_login(actor.user)
    return actor


def test_a_moved_event_holds_its_posts_tells_people_and_offers_to_release(client: Client, library: Library, feed: Feed) -> None:
    delivery = waiting_post(library)
    outcome = again(feed, start=START + timedelta(hours=3))
    assert outcome.moved == ["Seed swap"] and not outcome.changed and not outcome.off
    assert reasons(delivery) == ["moved"]
    delivery.refresh_from_db()
    assert delivery.hold == "moved" and delivery.expires_at == START + timedelta(hours=3)
    notice = Notice.objects.get(key=f"moved:{the_event().pk}")
    assert notice.title == "The time of “Seed swap” changed: 1 scheduled post waits for you." and notice.resolved_at is None

    as_role(client, library)
    assert notice.title in client.get("/notices/").content.decode()
    page = client.get(f"/posts/{delivery.post_id}/").content.decode()
    assert "The event&#x27;s time changed" in page and "Still right: release" in page and f"/posts/{delivery.post_id}/edit/" in page
    assert "it was " in page
    page = client.get(f"/events/{the_event().pk}/").content.decode()
    assert "Its time changed." in page and "Still right: release" in page and "Waiting because the time changed" in page

    client.post(f"/posts/{delivery.post_id}/resume/", {"reason": "moved"})
    delivery.refresh_from_db()
    assert (delivery.state, delivery.hold) == ("scheduled", "")
    assert not Notice.objects.filter(key=f"moved:{the_event().pk}", resolved_at=None).exists()
    assert "Its time changed." not in client.get(f"/events/{the_event().pk}/").content.decode()


def test_another_name_or_place_alone_is_shown_and_holds_nothing(client: Client, library: Library, feed: Feed) -> None:
    delivery = waiting_post(library)
    outcome = again(feed, title="Seed exchange", place="Garden")
    assert outcome.changed == ["Seed exchange"] and not outcome.moved
    assert reasons(delivery) == [] and not Notice.objects.exists()
    as_role(client, library, Role.STAFF)
    page = client.get(f"/events/{the_event().pk}/").content.decode()
    assert "What its calendar changed last" in page and "until then: Seed swap" in page and "until then: Reading room" in page
    assert "Its time changed." not in page


def test_a_draft_says_so_until_a_new_version_is_handed_in(client: Client, library: Library, feed: Feed) -> None:
    author = as_role(client, library, Role.STAFF)
    post = factories.draft(author, factories.account(library), event=the_event())
    line = "time changed after this was begun."
    assert line not in client.get(f"/posts/{post.pk}/").content.decode()
    again(feed, start=START + timedelta(days=1))
    for path in (f"/posts/{post.pk}/", f"/posts/{post.pk}/edit/"):
        page = client.get(path).content.decode()
        assert line in page and the_event().start_told in page and the_event().old_start_told in page
    fresh = Post.objects.get(pk=post.pk)
    actions.submit_post(actor=author, post=fresh, planned_for=None)
    assert line not in client.get(f"/posts/{post.pk}/").content.decode()


def test_what_waits_for_review_says_so_to_the_reviewer(client: Client, library: Library, feed: Feed) -> None:
    author = factories.actor(library, Role.STAFF)
    post = factories.draft(author, factories.account(library), event=the_event())
    actions.submit_post(actor=author, post=post, planned_for=None)
    again(feed, start=START + timedelta(days=1))
    as_role(client, library)
    assert "time changed after this was begun" in client.get(f"/posts/review/?post={post.pk}").content.decode()


def test_a_new_version_that_is_approved_answers_it(library: Library, feed: Feed) -> None:
    delivery = waiting_post(library)
    again(feed, start=START + timedelta(hours=3))
    author, manager = factories.actor(library, Role.STAFF), factories.actor(library, Role.MANAGER)
    post = Post.objects.get(pk=delivery.post_id)
    content = {**post.working_copy.content, "body": "Seeds on Friday, three hours later"}
    actions.save_copy(actor=author, post=post, content=content, version=post.working_copy.version)
    assert reasons(delivery) == ["edited", "moved"]
    post = Post.objects.get(pk=post.pk)
    revision = actions.submit_post(actor=author, post=post, planned_for=None)
    actions.review_post(actor=manager, post=post, revision=revision, verdict="approve")
    actions.schedule_post(actor=manager, post=Post.objects.get(pk=post.pk), when=timezone.now() + timedelta(hours=2))
    assert reasons(delivery) == [] and not Notice.objects.filter(key__startswith="moved:", resolved_at=None).exists()


def test_the_old_version_scheduled_again_still_waits(library: Library, feed: Feed) -> None:
    delivery = waiting_post(library)
    again(feed, start=START + timedelta(hours=3))
    manager = factories.actor(library, Role.MANAGER)
    actions.schedule_post(actor=manager, post=Post.objects.get(pk=delivery.post_id), when=timezone.now() + timedelta(hours=2))
    assert reasons(delivery) == ["moved"]


def test_moved_twice_it_says_the_last_change_and_asks_again(library: Library, feed: Feed) -> None:
    delivery = waiting_post(library)
    again(feed, start=START + timedelta(hours=3))
    actions.resume_post(actor=factories.actor(library, Role.MANAGER), post=delivery.post, reason="moved")
    again(feed, start=START + timedelta(hours=4))
    assert reasons(delivery) == ["moved"]
    again(feed, start=START + timedelta(hours=5))
    event = the_event()
    assert delivery.holds.get().detail == f"it was {event.old_start_told}, now it is {event.start_told}"
    assert Notice.objects.filter(key=f"moved:{event.pk}", resolved_at=None).count() == 1


def test_the_same_reading_again_changes_nothing(library: Library, feed: Feed) -> None:
    delivery = waiting_post(library)
    again(feed, start=START + timedelta(hours=3))
    actions.resume_post(actor=factories.actor(library, Role.MANAGER), post=delivery.post, reason="moved")
    assert again(feed, start=START + timedelta(hours=3)).same == 1
    assert reasons(delivery) == []


def test_moved_and_called_off_at_once_are_two_reasons(library: Library, feed: Feed) -> None:
    delivery = waiting_post(library)
    assert again(feed, start=START + timedelta(hours=3), status="CANCELLED").off == ["Seed swap"]
    assert reasons(delivery) == ["event", "moved"]


def test_what_is_in_doubt_is_not_sent_again_as_it_was(library: Library, feed: Feed) -> None:
    delivery = waiting_post(library)
    Delivery.objects.filter(pk=delivery.pk).move("scheduled", "sending", lease_token="0" * 32, leased_by=1, leased_until=timezone.now())
    Delivery.objects.filter(pk=delivery.pk).move("sending", UNCONFIRMED, lease_token=None, leased_by=None, leased_until=None)
    again(feed, start=START + timedelta(hours=3))
    actions.resolve_delivery(actor=factories.actor(library, Role.MANAGER), delivery=Delivery.objects.get(pk=delivery.pk), answer="not_up")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.hold) == ("scheduled", "moved")


def test_what_is_out_already_is_named_on_the_events_page(client: Client, library: Library, feed: Feed) -> None:
    delivery = waiting_post(library)
    Delivery.objects.filter(pk=delivery.pk).update(state="sent", remote_id="1_2", sent_at=timezone.now())
    again(feed, start=START + timedelta(hours=3))
    assert reasons(delivery) == []
    as_role(client, library, Role.STAFF)
    page = client.get(f"/events/{the_event().pk}/").content.decode()
    assert "Some is out already." in page and "Its time changed." not in page


def test_cancelling_what_waits_settles_the_notice(library: Library, feed: Feed) -> None:
    delivery = waiting_post(library)
    again(feed, start=START + timedelta(hours=3))
    actions.cancel_delivery(actor=factories.actor(library, Role.MANAGER), delivery=Delivery.objects.get(pk=delivery.pk))
    assert not Notice.objects.filter(key__startswith="moved:", resolved_at=None).exists()


def test_the_preview_and_the_import_say_that_it_moves(client: Client, library: Library) -> None:
    as_role(client, library, Role.STAFF)
    for body in (calendar(), calendar(start=START + timedelta(hours=3))):
        client.post("/events/import/", {"url": "", "file": SimpleUploadedFile("events.ics", body)})
        preview = Preview.objects.get()
        page = client.get(f"/events/import/{preview.pk}/").content.decode()
        done = client.post(f"/events/import/{preview.pk}/", {"take": ["1|"], "act": "import"}, follow=True).content.decode()
    assert "1 at another time" in page and "Until now it was " in page
    assert "At another time" in done and "Seed swap" in done
    entry = AuditEntry.objects.filter(action="posts.event.changed").latest("pk")
    assert "starts_at" in entry.content.content["changes"]
