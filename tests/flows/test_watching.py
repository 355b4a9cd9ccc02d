"""Two people have one post open: what one decides, the other sees, and what the other was typing stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from libraries.models import Role
from posts import actions
from posts.models import Post, Review
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def library() -> Any:
    return factories.library()


@pytest.fixture
def submitted(library: Any) -> Post:
    author = factories.actor(library, Role.STAFF)
    post = factories.draft(author, factories.account(library), body="Bring your knitting.")
    actions.submit_post(actor=author, post=post, planned_for=None)
    post.refresh_from_db()
    return post


def sign_in(client: Client, library: Any, role: Role) -> None:
    client.force_login(factories.actor(library, role).user)


def judge(library: Any, post: Post, verdict: str, comment: str = "") -> None:
    manager = factories.actor(library, Role.MANAGER)
    revision = post.current_revision
    actions.review_post(actor=manager, post=post, revision=revision, verdict=verdict, comment=comment)


def watched(client: Client, post: Post) -> str:
    """The address that the page in review asks by itself."""
    text = client.get(reverse("posts:post", args=[post.pk])).content.decode()
    assert 'hx-trigger="every 5s"' in text
    address = text.split('id="live"')[1].split('hx-get="')[1].split('"')[0]
    assert address.startswith(reverse("posts:deliveries", args=[post.pk]))
    return address


def test_nothing_is_replaced_while_nothing_changed(client: Client, library: Any, submitted: Post) -> None:
    sign_in(client, library, Role.STAFF)
    answer = client.get(watched(client, submitted))
    assert answer.status_code == 204 and answer.content == b""


def test_an_approval_elsewhere_arrives_and_so_does_the_time_it_is_given(client: Client, library: Any, submitted: Post) -> None:
    sign_in(client, library, Role.MANAGER)
    address = watched(client, submitted)
    judge(library, submitted, Review.APPROVE)
    part = client.get(address).content.decode()
    assert "Approved" in part and "Give it its time" in part and "approved" in part.split('id="about"')[1]
    assert 'hx-trigger="every 5s"' in part  # it may be given a time elsewhere, too
    later = part.split('id="live"')[1].split('hx-get="')[1].split('"')[0]
    assert client.get(later).status_code == 204  # the form for the time is left alone
    when = timezone.now() + timedelta(days=3)
    submitted.refresh_from_db()
    actions.schedule_post(actor=factories.actor(library, Role.MANAGER), post=submitted, when=when)
    part = client.get(later).content.decode()
    assert "1 scheduled" in part and "hx-trigger" not in part


def test_a_wish_for_changes_arrives_with_its_words(client: Client, library: Any, submitted: Post) -> None:
    sign_in(client, library, Role.STAFF)
    address = watched(client, submitted)
    judge(library, submitted, "request_changes", "Say which Tuesday.")
    part = client.get(address).content.decode()
    assert "Say which Tuesday." in part and "hx-trigger" not in part


def test_the_second_reviewer_is_told_and_the_form_is_left_alone(client: Client, library: Any, submitted: Post) -> None:
    sign_in(client, library, Role.ADMIN)
    page = client.get(reverse("posts:queue")).content.decode()
    address = reverse("posts:deliveries", args=[submitted.pk]) + f"?judging={submitted.current_revision_id}"
    assert address in page
    assert client.get(address).status_code == 204
    judge(library, submitted, Review.APPROVE)
    told = client.get(address).content.decode()
    assert "was first." in told and reverse("posts:post", args=[submitted.pk]) in told
    assert "<textarea" not in told and "hx-get" not in told


def test_the_reviewer_of_an_older_version_is_led_to_the_newer_one(client: Client, library: Any, submitted: Post) -> None:
    sign_in(client, library, Role.ADMIN)
    told = client.get(reverse("posts:deliveries", args=[submitted.pk]), {"judging": "999999"}).content.decode()
    assert "A newer version was handed in." in told


def test_nobody_watches_the_post_of_another_library(client: Client, submitted: Post) -> None:
    sign_in(client, factories.library("Elsewhere"), Role.ADMIN)
    for asked in ({}, {"judging": "1"}, {"seen": "in_review-1-0"}):
        assert client.get(reverse("posts:deliveries", args=[submitted.pk]), asked).status_code == 404
