"""Nothing goes out that nobody approved, and nothing twice, whatever is pressed and in whatever order."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.utils import timezone

from libraries.models import Role
from libraries.permissions import Refused
from posts import actions
from posts.models import Delivery, Post, Review
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def of() -> Any:
    return factories.library()


@pytest.fixture
def staff(of: Any) -> Any:
    return factories.actor(of, Role.STAFF)


@pytest.fixture
def manager(of: Any) -> Any:
    return factories.actor(of, Role.MANAGER)


def edited(actor: Any, post: Post, **changes: Any) -> None:
    post.refresh_from_db()
    copy = post.working_copy
    copy.refresh_from_db()
    actions.save_copy(actor=actor, post=post, content={**copy.content, **changes}, version=copy.version)
    post.refresh_from_db()


def in_doubt(delivery: Delivery) -> None:
    """Sent, no answer, and no machine can tell."""
    for state in ("sending", "unconfirmed", "attention"):
        lease = uuid.uuid4() if state == "sending" else None
        until = timezone.now() + timedelta(minutes=1) if lease else None
        Delivery.objects.filter(pk=delivery.pk).update(
            state=state, tries=1, lease_token=lease, leased_by=1 if lease else None, leased_until=until
        )
    delivery.refresh_from_db()


def test_an_edit_by_a_page_that_was_loaded_before_approval_still_holds_what_was_scheduled(of, staff, manager) -> None:
    account = factories.account(of)
    post = factories.draft(staff, account)
    revision = actions.submit_post(actor=staff, post=post, planned_for=None)
    seen_before = Post.objects.get(pk=post.pk)  # the author's page, loaded while the post waited for review
    actions.review_post(actor=manager, post=post, revision=revision, verdict=Review.APPROVE)
    (delivery,) = actions.schedule_post(actor=manager, post=post)

    copy = seen_before.working_copy
    actions.save_copy(actor=staff, post=seen_before, content={**copy.content, "body": "Not approved"}, version=copy.version)

    assert list(delivery.holds.values_list("reason", flat=True)) == ["edited"]


def test_cancelling_what_is_in_doubt_and_sending_it_again_does_not_send_blindly(of, manager) -> None:
    """Nobody said that it is not up: so the way back is to look, not to send."""
    (delivery,) = factories.scheduled(of, factories.account(of))
    in_doubt(delivery)
    with pytest.raises(Refused):
        actions.cancel_delivery(actor=manager, delivery=delivery)
        actions.send_again(actor=manager, delivery=delivery)
    delivery.refresh_from_db()
    assert delivery.state != "scheduled"


def test_scheduling_again_does_not_revive_what_was_cancelled_in_doubt(of, staff, manager) -> None:
    (delivery,) = factories.scheduled(of, factories.account(of))
    in_doubt(delivery)
    try:
        actions.cancel_delivery(actor=manager, delivery=delivery)
    except Refused:
        return
    post = delivery.post
    actions.schedule_post(actor=manager, post=post)
    delivery.refresh_from_db()
    assert delivery.state != "scheduled"


def test_the_same_manager_can_approve_a_text_that_was_changed_and_changed_back(of, staff, manager) -> None:
    account = factories.account(of)
    post = factories.approved(staff, manager, account, body="As it was")
    edited(staff, post, body="Something else")
    edited(staff, post, body="As it was")
    revision = actions.submit_post(actor=staff, post=post, planned_for=None)
    actions.review_post(actor=manager, post=post, revision=revision, verdict=Review.APPROVE)
    assert post.state == "approved"


def test_a_manager_who_wrote_the_text_does_not_approve_it_though_a_colleague_sent_it_in(of, staff, manager) -> None:
    post = factories.draft(staff, factories.account(of))
    edited(manager, post, body="The manager's own words")
    edited_by = Post.objects.get(pk=post.pk).working_copy.saved_by
    assert edited_by == manager.user
    revision = actions.submit_post(actor=staff, post=post, planned_for=None)
    with pytest.raises(Refused, match="wrote"):
        actions.review_post(actor=manager, post=post, revision=revision, verdict=Review.APPROVE)


def test_a_manager_may_send_their_own_post_back(of, manager) -> None:
    post = factories.draft(manager, factories.account(of))
    revision = actions.submit_post(actor=manager, post=post, planned_for=None)
    with pytest.raises(Refused, match="wrote"):
        actions.review_post(actor=manager, post=post, revision=revision, verdict=Review.APPROVE)
    actions.review_post(actor=manager, post=post, revision=revision, verdict=Review.CHANGES, comment="I know better now.")
    assert post.state == "changes_requested"


def test_an_approval_of_the_version_before_is_refused(of, staff, manager) -> None:
    post = factories.draft(staff, factories.account(of), body="One")
    old = actions.submit_post(actor=staff, post=post, planned_for=None)
    edited(staff, post, body="Two")
    actions.submit_post(actor=staff, post=post, planned_for=None)
    with pytest.raises(Refused, match="changed"):
        actions.review_post(actor=manager, post=post, revision=old, verdict=Review.APPROVE)


def test_a_contributor_publishes_nothing_by_any_door(of, manager) -> None:
    cora = factories.actor(of, Role.CONTRIBUTOR)
    post = factories.draft(cora, factories.account(of))
    doors: list[Callable[[], Any]] = [
        lambda: actions.submit_post(actor=cora, post=post, planned_for=None),
        lambda: actions.schedule_post(actor=cora, post=post),
        lambda: actions.move_post(actor=cora, post=post, when=timezone.now() + timedelta(hours=1)),
        lambda: actions.resume_post(actor=cora, post=post),
    ]
    for door in doors:
        with pytest.raises(PermissionDenied):
            door()
    assert not Delivery.objects.filter(post=post).exists()


@pytest.mark.django_db(transaction=True)
def test_approving_and_editing_at_once_never_leaves_an_unread_text_approved() -> None:
    of = factories.library()
    staff, manager = factories.actor(of, Role.STAFF), factories.actor(of, Role.MANAGER)
    account = factories.account(of)
    for round_ in range(6):
        post = factories.draft(staff, account, body=f"Read {round_}")
        revision = actions.submit_post(actor=staff, post=post, planned_for=None)
        start = threading.Barrier(2)

        def approve(post: Post = post, revision: Any = revision, start: threading.Barrier = start) -> None:
            start.wait()
            try:
                actions.review_post(actor=manager, post=Post.objects.get(pk=post.pk), revision=revision, verdict=Review.APPROVE)
                actions.schedule_post(actor=manager, post=Post.objects.get(pk=post.pk))
            except Refused:
                pass
            finally:
                connection.close()

        def edit(post: Post = post, start: threading.Barrier = start) -> None:
            mine = Post.objects.select_related("working_copy").get(pk=post.pk)
            start.wait()
            try:
                actions.save_copy(
                    actor=staff, post=mine, content={**mine.working_copy.content, "body": "Unread"}, version=1, title="x"
                )
            finally:
                connection.close()

        both = [threading.Thread(target=approve), threading.Thread(target=edit)]
        [one.start() for one in both]
        [one.join() for one in both]
        post.refresh_from_db()
        assert "Unread" not in str(list(post.deliveries.values_list("payload", flat=True)))
        assert post.state == "draft"
        assert all(d.hold for d in post.deliveries.all())


@pytest.mark.django_db(transaction=True)
def test_two_presses_on_send_in_a_library_of_one_make_one_post(settings) -> None:
    """The page of a new post has no number yet; a double click sends the whole form twice."""
    of = factories.library(self_review=True)
    admin, account = factories.actor(of, Role.ADMIN), factories.account(of)
    browser = Client()
    browser.force_login(admin.user)
    page = browser.get("/posts/new/").content.decode()
    token = page.split('name="born" value="')[1].split('"')[0]
    typed = {"body": "Once is enough", "accounts": account.pk, "when": "now", "act": "next", "version": "0", "born": token}
    start, came = threading.Barrier(2), []

    def press() -> None:
        mine = Client()
        mine.cookies = browser.cookies
        start.wait()
        try:
            came.append(mine.post("/posts/new/", typed).status_code)
        finally:
            connection.close()

    both = [threading.Thread(target=press) for _ in range(2)]
    [one.start() for one in both]
    [one.join() for one in both]
    assert Delivery.objects.filter(payload__text="Once is enough").count() == 1, came
