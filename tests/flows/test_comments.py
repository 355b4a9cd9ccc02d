"""Colleagues talk about a post: threads, names with @, notices, and who may settle."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from libraries import notices
from libraries.models import Notice, Role
from libraries.permissions import Refused
from posts import actions
from posts.actions.commenting import mentioned
from posts.models import Post, PostComment
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def library() -> Any:
    return factories.library()


@pytest.fixture
def staff(library: Any) -> Any:
    return factories.actor(library, Role.STAFF)


@pytest.fixture
def post(library: Any, staff: Any) -> Post:
    return factories.draft(staff, factories.account(library, "twitter"))


def test_who_is_named_is_told_by_notice_and_by_mail_and_nobody_else(client: Client, library: Any, staff: Any, post: Post) -> None:
    ann = factories.person(library, Role.CONTRIBUTOR, "Ann Lee")
    manager = factories.actor(library, Role.MANAGER)
    client.force_login(manager.user)
    client.post(reverse("posts:comments", args=[post.pk]), {"body": "@Ann Lee, is ten right?"})
    assert {n.person for n in Notice.objects.filter(key__startswith="comment:")} == {ann.user, staff.user}
    assert notices.mail_new("http://testserver") == 2
    assert sorted(m.to[0] for m in mail.outbox) == sorted([ann.user.email, staff.user.email])


def test_names_are_found_whole_or_by_a_first_name_that_is_the_only_one(library: Any) -> None:
    people = [factories.person(library, Role.STAFF, name).user for name in ("Ann Lee", "Ann Leeson", "Bo Ø", "José")]
    said = {
        "@Ann Lee and @bo": ["Ann Lee", "Bo Ø"], "@Ann Leeson!": ["Ann Leeson"], "@Ann": [], "mail@José.example": [],
        "(@josé)": ["José"], "@Bonita": [], "@@Bo": [], "": [],
    }  # fmt: skip
    assert {text: [str(u) for u in mentioned(text, people)] for text in said} == said


def test_an_answer_stands_in_its_thread_and_opens_it_again(client: Client, library: Any, staff: Any, post: Post) -> None:
    manager = factories.actor(library, Role.MANAGER)
    first = actions.comment_post(actor=manager, post=post, body="Is ten right?")
    actions.settle_comment(actor=staff, comment=first)
    first.refresh_from_db()
    assert first.resolved_by == staff.user
    client.force_login(staff.user)
    answer = client.post(
        reverse("posts:comments", args=[post.pk]), {"body": "It is.", "parent": first.pk}, HTTP_HX_REQUEST="true"
    )
    text = answer.content.decode()
    assert text.index("Is ten right?") < text.index("It is.")
    first.refresh_from_db()
    assert first.resolved_at is None
    assert Notice.objects.get(person=manager.user).title == "Stefan answered in a thread of yours."


def test_a_viewer_reads_and_a_contributor_settles_only_their_own(client: Client, library: Any, staff: Any, post: Post) -> None:
    cora, vic = factories.actor(library, Role.CONTRIBUTOR), factories.actor(library, Role.VIEWER)
    theirs = actions.comment_post(actor=staff, post=post, body="Is ten right?")
    own = actions.comment_post(actor=cora, post=post, body="I think so.")
    client.force_login(vic.user)
    page = client.get(reverse("posts:post", args=[post.pk])).content.decode()
    assert "Is ten right?" in page
    assert "data-mentions" not in page
    assert client.post(reverse("posts:comments", args=[post.pk]), {"body": "Hello"}).status_code == 403
    client.force_login(cora.user)
    assert client.post(reverse("posts:settle", args=[theirs.pk])).status_code == 403
    assert client.post(reverse("posts:settle", args=[own.pk])).status_code == 302


def test_what_is_empty_or_too_long_is_refused_and_stays_typed(client: Client, staff: Any, post: Post) -> None:
    client.force_login(staff.user)
    address = reverse("posts:comments", args=[post.pk])
    for typed in ("   ", "x" * 5001):
        told = client.post(address, {"body": typed}, HTTP_HX_REQUEST="true")
        assert told.status_code == 422
    assert "x" * 5001 in told.content.decode()
    assert not PostComment.objects.exists()


def test_a_thread_of_another_post_or_library_is_not_answered(client: Client, library: Any, staff: Any, post: Post) -> None:
    other = factories.draft(staff, factories.account(library, "facebook"))
    first = actions.comment_post(actor=staff, post=other, body="Elsewhere")
    with pytest.raises(Refused, match="another post"):
        actions.comment_post(actor=staff, post=post, body="Here", parent=first)
    client.force_login(staff.user)
    assert client.post(reverse("posts:comments", args=[post.pk]), {"body": "Here", "parent": first.pk}).status_code == 404


def test_what_looks_like_a_page_is_shown_as_text(client: Client, staff: Any, post: Post) -> None:
    actions.comment_post(actor=staff, post=post, body="<script>alert(1)</script>\u202e @everybody")
    client.force_login(staff.user)
    page = client.get(reverse("posts:post", args=[post.pk])).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
