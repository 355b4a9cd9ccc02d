"""The page of one post: where it stands, what happened in words, and what each role can do about it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEntry
from core.dispatch import Verdict
from core.models import Worker
from libraries.models import Notice, Role
from posts import actions
from posts.models import Delivery, Post, Takedown
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def library() -> Any:
    return factories.library()


def signed_in(client: Client, library: Any, role: Role) -> Any:
    actor = factories.actor(library, role)
    client.force_login(actor.user)
    return actor


def claimed(row: Any, state: str = "scheduled") -> Any:
    """The row in a worker's hands. A test is one transaction, so its clock stands still: due is before it began."""
    type(row).objects.filter(pk=row.pk).update(due_at=timezone.now() - timedelta(minutes=5))
    return type(row).objects.claim(Worker.objects.create(name="test").pk, states=(state,), id=row.pk)[0]


def send(delivery: Delivery, verdict: Verdict | None) -> Delivery:
    """Let a worker open an attempt and come to a verdict; None leaves it open."""
    row = claimed(delivery)
    number = row.open_attempt()
    if verdict:
        row.settle(number, verdict)
    delivery.refresh_from_db()
    return delivery


def published(name: str = "1") -> Verdict:
    return Verdict("sent", "published", remote_id=name, remote_url=f"https://example.org/{name}", at=timezone.now())


UNKNOWN = Verdict("unconfirmed", "unknown", strikes=1, code="unavailable")


def doubtful(delivery: Delivery) -> Delivery:
    """Nobody can tell whether it is up."""
    send(delivery, UNKNOWN)
    claimed(delivery, "unconfirmed").ask_a_person("cannot_tell")
    delivery.refresh_from_db()
    return delivery


def page(client: Client, post_id: int) -> str:
    answer = client.get(reverse("posts:post", args=[post_id]))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_every_role_reads_and_only_managers_act(client: Client, library: Any) -> None:
    delivery = factories.scheduled(library, factories.account(library), when=timezone.now() + timedelta(days=1))[0]
    for role in (Role.VIEWER, Role.CONTRIBUTOR, Role.STAFF):
        signed_in(client, library, role)
        text = page(client, delivery.post_id)
        assert "Story time moves to 10:30." in text
        assert "Do not send here" not in text
        for name, args in (
            ("cancel", delivery.pk),
            ("again", delivery.pk),
            ("resolve", delivery.pk),
            ("pause", delivery.post_id),
            ("recall", delivery.post_id),
        ):
            assert client.post(reverse(f"posts:{name}", args=[args])).status_code == 403, (role, name)
    signed_in(client, library, Role.MANAGER)
    assert "Do not send here" in page(client, delivery.post_id)


def test_what_is_out_is_shown_with_its_link_and_its_record(client: Client, library: Any) -> None:
    delivery = send(factories.scheduled(library, factories.account(library, "facebook"))[0], published("77"))
    signed_in(client, library, Role.VIEWER)
    text = page(client, delivery.post_id)
    assert 'href="https://example.org/77"' in text
    assert "Sent to Facebook." in text
    assert "Facebook confirmed it." in text
    assert "hx-get" not in text


def test_the_record_tells_a_lost_answer_as_people_would(client: Client, library: Any) -> None:
    delivery = send(factories.scheduled(library, factories.account(library, "linkedin"))[0], UNKNOWN)
    claimed(delivery, "unconfirmed").found("urn:1", "https://example.org/1", timezone.now())
    signed_in(client, library, Role.VIEWER)
    text = page(client, delivery.post_id)
    order = [
        text.index(words)
        for words in (
            "Sent to LinkedIn.",
            "No clear answer from LinkedIn. We look before we try again.",
            "Found on the page at LinkedIn, posted once.",
        )
    ]
    assert order == sorted(order)


def test_the_page_looks_again_while_something_is_under_way_and_then_stops(client: Client, library: Any) -> None:
    delivery = send(factories.scheduled(library, factories.account(library))[0], None)
    signed_in(client, library, Role.VIEWER)
    address = reverse("posts:deliveries", args=[delivery.post_id])
    assert 'hx-trigger="every 2s"' in client.get(address).content.decode()
    delivery.settle(1, published())
    part = client.get(address).content.decode()
    assert "hx-trigger" not in part
    assert 'id="live-words"' in part
    assert "1 published" in part
    assert "Take down" not in part
    signed_in(client, library, Role.MANAGER)
    part = client.get(address).content.decode()
    assert "Take down" in part
    assert "we delete it there" in part


def test_a_post_far_ahead_is_not_watched(client: Client, library: Any) -> None:
    delivery = factories.scheduled(library, factories.account(library), when=timezone.now() + timedelta(days=2))[0]
    signed_in(client, library, Role.VIEWER)
    assert "hx-trigger" not in page(client, delivery.post_id)


@pytest.mark.parametrize(
    ("answer", "state"), [("up", "sent"), ("not_up", "scheduled"), ("drop", "cancelled"), ("look", "unconfirmed")]
)
def test_a_person_settles_what_no_machine_can_tell(client: Client, library: Any, answer: str, state: str) -> None:
    delivery = doubtful(factories.scheduled(library, factories.account(library))[0])
    signed_in(client, library, Role.MANAGER)
    text = page(client, delivery.post_id)
    for words in ("It is up", "It is not: send it", "It is not: leave it", "Look again"):
        assert words in text
    sent = {"answer": answer, "url": "example.org/p/1" if answer == "up" else ""}
    assert client.post(reverse("posts:resolve", args=[delivery.pk]), sent).status_code == 302
    delivery.refresh_from_db()
    assert delivery.state == state
    assert delivery.remote_url == ("https://example.org/p/1" if answer == "up" else "")


def test_an_address_that_is_none_is_said_beside_it(client: Client, library: Any) -> None:
    delivery = doubtful(factories.scheduled(library, factories.account(library))[0])
    signed_in(client, library, Role.MANAGER)
    answer = client.post(reverse("posts:resolve", args=[delivery.pk]), {"answer": "up", "url": "not an address"})
    assert answer.status_code == 422
    assert "Copy it from the browser, or leave it empty." in answer.content.decode()
    delivery.refresh_from_db()
    assert delivery.state == "attention"


def test_the_second_person_to_settle_is_told(client: Client, library: Any) -> None:
    delivery = doubtful(factories.scheduled(library, factories.account(library))[0])
    signed_in(client, library, Role.MANAGER)
    address = reverse("posts:resolve", args=[delivery.pk])
    client.post(address, {"answer": "up"})
    text = client.post(address, {"answer": "drop"}, follow=True).content.decode()
    assert "This was settled in the meantime." in text


def test_what_failed_says_why_and_is_sent_again(client: Client, library: Any) -> None:
    verdict = Verdict("failed", "rejected", strikes=1, code="media_refused")
    delivery = send(factories.scheduled(library, factories.account(library))[0], verdict)
    signed_in(client, library, Role.MANAGER)
    assert "The network does not take this picture" in page(client, delivery.post_id)
    client.post(reverse("posts:again", args=[delivery.pk]))
    delivery.refresh_from_db()
    assert delivery.state == "scheduled"


def test_cancelling_what_is_being_sent_is_refused_in_words(client: Client, library: Any) -> None:
    delivery = send(factories.scheduled(library, factories.account(library))[0], None)
    signed_in(client, library, Role.MANAGER)
    text = client.post(reverse("posts:cancel", args=[delivery.pk]), follow=True).content.decode()
    assert "It is being published right now" in text


def test_pausing_says_why_it_waits_and_resuming_lets_it_go(client: Client, library: Any) -> None:
    delivery = factories.scheduled(library, factories.account(library), when=timezone.now() + timedelta(days=1))[0]
    signed_in(client, library, Role.MANAGER)
    client.post(reverse("posts:pause", args=[delivery.post_id]), {"reason": "The room is not sure"})
    text = page(client, delivery.post_id)
    assert "paused by a person (The room is not sure)" in text
    client.post(reverse("posts:resume", args=[delivery.post_id]), {"reason": "paused"})
    delivery.refresh_from_db()
    assert delivery.hold == ""


def test_moving_to_the_past_is_refused_beside_the_field_and_to_a_good_time_it_moves(
    client: Client, library: Any
) -> None:
    delivery = factories.scheduled(library, factories.account(library), when=timezone.now() + timedelta(days=1))[0]
    signed_in(client, library, Role.MANAGER)
    address = reverse("posts:move", args=[delivery.post_id])
    answer = client.post(address, {"when": "at", "date": "2020-01-01", "time": "09:00"})
    assert answer.status_code == 422
    assert "That time has passed" in answer.content.decode()
    client.post(address, {"when": "at", "date": "2031-06-01", "time": "09:00"})
    delivery.refresh_from_db()
    assert delivery.due_at.isoformat() == "2031-06-01T13:00:00+00:00"


def test_two_tabs_that_schedule_the_same_post_make_one_and_the_second_is_told(client: Client, library: Any) -> None:
    manager = signed_in(client, library, Role.MANAGER)
    post = factories.approved(factories.actor(library, Role.STAFF), manager, factories.account(library))
    assert "Give it its time" in page(client, post.pk)
    address = reverse("posts:schedule", args=[post.pk])
    client.post(address, {"when": "at", "date": "2031-06-01", "time": "09:00"})
    text = client.post(address, {"when": "at", "date": "2031-07-01", "time": "09:00"}, follow=True).content.decode()
    assert "This post was scheduled in the meantime" in text
    assert Delivery.objects.get(post=post).due_at.isoformat() == "2031-06-01T13:00:00+00:00"


def test_taking_down_says_beforehand_what_happens_where(client: Client, library: Any) -> None:
    accounts = [factories.account(library, name) for name in ("facebook", "twitter", "linkedin")]
    first, second, third = factories.scheduled(library, *accounts)
    send(first, published("1"))
    doubtful(second)
    signed_in(client, library, Role.MANAGER)
    client.post(reverse("posts:resolve", args=[second.pk]), {"answer": "up", "url": "https://example.org/2"})
    text = page(client, first.post_id)
    assert "we delete it there" in text
    assert 'href="https://example.org/2"' in text
    assert "stopped before it goes out" in text
    client.post(reverse("posts:recall", args=[first.post_id]), {"reason": "Wrong day"})
    assert list(Takedown.objects.order_by("delivery").values_list("delivery", "state")) == [(first.pk, "scheduled"), (second.pk, "cancelled")]
    third.refresh_from_db()
    assert third.state == "cancelled"
    text = page(client, first.post_id)
    assert "Taking it down." in text
    assert "Until then it is still up." in text
    assert 'hx-trigger="every 2s"' in text


def test_what_is_down_and_what_is_still_up_is_shown(client: Client, library: Any) -> None:
    accounts = [factories.account(library, name) for name in ("facebook", "twitter")]
    first, second = factories.scheduled(library, *accounts)
    send(first, published("1"))
    send(second, published("2"))
    signed_in(client, library, Role.MANAGER)
    client.post(reverse("posts:recall", args=[first.post_id]))
    for delivery, verdict in (
        (first, Verdict("sent", "published", at=timezone.now())),
        (second, Verdict("failed", "rejected", code="not_allowed")),
    ):
        row = claimed(delivery.takedown)
        row.settle(row.open_attempt(), verdict)
    text = page(client, first.post_id)
    assert "Down since" in text
    assert "2 accounts: 1 published, 1 taken down." in text
    assert "Still up." in text
    assert "Facebook deleted it." in text
    assert "X (Twitter) did not delete it: the account may not do this." in text


def gave_up(client: Client, library: Any, role: Role = Role.MANAGER) -> Delivery:
    """A published post whose network refuses to delete it, seen by a manager."""
    delivery = send(factories.scheduled(library, factories.account(library, "twitter"))[0], published("2"))
    actions.recall_post(actor=factories.actor(library, Role.MANAGER), post=delivery.post)
    row = claimed(delivery.takedown)
    row.settle(row.open_attempt(), Verdict("failed", "rejected", code="not_allowed"))
    signed_in(client, library, role)
    return delivery


def test_a_manager_says_that_they_took_it_down_by_hand(client: Client, library: Any) -> None:
    delivery = gave_up(client, library)
    text = page(client, delivery.post_id)
    assert "Still up." in text and "I took it down by hand" in text and 'href="https://example.org/2"' in text
    notice = Notice.objects.get(key=f"takedown:{delivery.takedown.pk}")
    assert notice.resolved_at is None
    client.post(reverse("posts:down", args=[delivery.pk]))
    text = page(client, delivery.post_id)
    assert "Taken down by hand by Marta" in text and "Still up." not in text and "I took it down by hand" not in text
    assert "Marta (manager) took it down from X (Twitter) by hand." in text and "1 account: 1 taken down." in text
    entry = AuditEntry.objects.get(action="posts.takedown.resolved")
    assert entry.actor_id == factories.actor(library, Role.MANAGER).user_id and entry.content.content["answer"] == "by_hand"
    notice.refresh_from_db()
    assert notice.resolved_at is not None


def test_it_is_said_once_and_never_while_a_machine_is_at_it(client: Client, library: Any) -> None:
    delivery = gave_up(client, library)
    client.post(reverse("posts:recall", args=[delivery.post_id]))
    refused = client.post(reverse("posts:down", args=[delivery.pk]), follow=True).content.decode()
    assert "we are still at it" in refused and "Taking it down." in refused
    row = claimed(Takedown.objects.get())
    row.settle(row.open_attempt(), Verdict("failed", "rejected", code="not_allowed"))
    client.post(reverse("posts:down", args=[delivery.pk]))
    assert "It is down already" in client.post(reverse("posts:down", args=[delivery.pk]), follow=True).content.decode()
    assert AuditEntry.objects.filter(action="posts.takedown.resolved").count() == 1


def test_staff_read_that_it_is_still_up_and_cannot_say_otherwise(client: Client, library: Any) -> None:
    delivery = gave_up(client, library, Role.STAFF)
    text = page(client, delivery.post_id)
    assert "Still up." in text and "I took it down by hand" not in text
    assert client.post(reverse("posts:down", args=[delivery.pk])).status_code == 403


def test_what_only_a_person_can_delete_stays_on_the_page_until_they_say_so(client: Client, library: Any) -> None:
    delivery = doubtful(factories.scheduled(library, factories.account(library, "facebook"))[0])
    manager = signed_in(client, library, Role.MANAGER)
    actions.resolve_delivery(actor=manager, delivery=delivery, answer="up", url="https://example.org/9")
    client.post(reverse("posts:recall", args=[delivery.post_id]))
    text = page(client, delivery.post_id)
    assert "Still up." in text and "Taking it down." not in text and "hx-get" not in text
    assert "Facebook does not let us delete it." in text
    client.post(reverse("posts:down", args=[delivery.pk]))
    text = page(client, delivery.post_id)
    assert "Taken down by hand by Marta" in text and 'id="recall"' in text
    client.post(reverse("posts:recall", args=[delivery.post_id]))  # another tab: nothing is left to take down
    assert Takedown.objects.get().state == "sent"


@pytest.mark.parametrize("state", ["under way", "in doubt"])
def test_what_is_in_flight_is_said_to_be_taken_down_once_it_is_known_to_be_up(client: Client, library: Any, state: str) -> None:
    made = factories.scheduled(library, factories.account(library, "facebook"))[0]
    delivery = send(made, None) if state == "under way" else doubtful(made)
    signed_in(client, library, Role.MANAGER)
    text = page(client, delivery.post_id)
    assert "we delete it there once we know that it is up" in text and "by hand" not in text
    client.post(reverse("posts:recall", args=[delivery.post_id]))
    text = page(client, delivery.post_id)
    assert "Recalled." in text and "As soon as we know that it is, it is taken down" in text


def test_an_archived_post_leaves_the_list_and_comes_back(client: Client, library: Any) -> None:
    staff = signed_in(client, library, Role.STAFF)
    post = factories.draft(staff, factories.account(library), body="An old idea")
    address = reverse("posts:archive", args=[post.pk])
    client.post(address)
    assert "An old idea" not in client.get(reverse("posts:list")).content.decode().split('id="page"')[1]
    assert "An old idea" in client.get(reverse("posts:list"), {"state": "archived"}).content.decode()
    client.post(address)
    post.refresh_from_db()
    assert post.state == "draft"


def test_what_is_still_to_come_is_not_archived(client: Client, library: Any) -> None:
    delivery = factories.scheduled(library, factories.account(library), when=timezone.now() + timedelta(days=1))[0]
    signed_in(client, library, Role.MANAGER)
    text = client.post(reverse("posts:archive", args=[delivery.post_id]), follow=True).content.decode()
    assert "Cancel or settle that first." in text


def test_a_new_post_shows_how_it_will_look(client: Client, library: Any) -> None:
    staff = signed_in(client, library, Role.STAFF)
    post = factories.draft(staff, factories.account(library, "twitter"), body="Seen before it is out.")
    assert 'class="card preview twitter"' in page(client, post.pk)


def test_somebody_who_types_bad_numbers_gets_a_page(client: Client, library: Any) -> None:
    signed_in(client, library, Role.MANAGER)
    assert client.get(reverse("posts:queue"), {"post": "x"}).status_code == 200
    assert (
        client.get(
            reverse("posts:list"), {"person": "x", "page": "99", "state": "nothing", "campaign": "-1"}
        ).status_code
        == 200
    )
    assert client.get(reverse("posts:post", args=[Post.objects.count() + 999])).status_code == 404
