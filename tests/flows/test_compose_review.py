"""The list of posts and the review queue: find, judge, send back, one after another."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from libraries.models import Role
from posts import actions, queries
from posts.models import Delivery, Post
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


def waiting(library: Any, *, days: int = 3, **fields: Any) -> Post:
    """A post of the staff's in review, meant for a time some days ahead."""
    staff = factories.actor(library, Role.STAFF)
    post = factories.draft(staff, fields.pop("account", None) or factories.account(library, "twitter"), **fields)
    actions.submit_post(actor=staff, post=post, planned_for=timezone.now() + timedelta(days=days))
    return post


def judged(post: Post, **fields: Any) -> dict[str, Any]:
    return {"verdict": "approve", "revision": post.current_revision_id, "when": "now", **fields}


def test_only_those_who_approve_see_the_queue(client: Client, library: Any) -> None:
    post = waiting(library)
    for role in (Role.VIEWER, Role.CONTRIBUTOR, Role.STAFF):
        client.force_login(factories.actor(library, role).user)
        assert client.get(reverse("posts:queue")).status_code == 403
        assert client.post(reverse("posts:review", args=[post.pk]), judged(post)).status_code == 403


def test_the_most_urgent_comes_first_and_the_others_are_a_key_away(client: Client, library: Any, manager: Any) -> None:
    later, sooner = waiting(library, days=5, body="Later one"), waiting(library, days=1, body="Sooner one")
    page = client.get(reverse("posts:queue"))
    assert page.context["post"] == sooner
    text = page.content.decode()
    assert "1 of 2" in text
    assert f'href="?post={later.pk}&amp;done=0"' in text
    assert 'data-shortcut="j"' in text
    assert 'data-shortcut="a"' in text
    assert 'data-shortcut="c"' in text


def test_approving_schedules_for_the_planned_time(client: Client, library: Any, manager: Any) -> None:
    post = waiting(library)
    local = post.planned_for.astimezone(library.zone)
    sent = judged(post, when="at", date=f"{local:%Y-%m-%d}", time=f"{local:%H:%M}")
    assert client.post(reverse("posts:review", args=[post.pk]), sent).status_code == 302
    assert Delivery.objects.get(post=post).due_at == post.planned_for.replace(second=0, microsecond=0)


def test_two_managers_who_approve_at_once_make_one_and_the_second_is_told(
    client: Client, library: Any, manager: Any
) -> None:
    post = waiting(library)
    client.post(reverse("posts:review", args=[post.pk]), judged(post))
    client.force_login(factories.person(library, Role.MANAGER, "Mona").user)
    told = client.post(reverse("posts:review", args=[post.pk]), judged(post))
    assert told.status_code == 422
    assert "was first: this version is approved already" in told.content.decode()
    assert Delivery.objects.filter(post=post).count() == 1


def test_what_changed_under_the_reviewer_is_not_approved(client: Client, library: Any, manager: Any) -> None:
    post = waiting(library)
    old = judged(post)
    staff = factories.actor(library, Role.STAFF)
    content = {**post.working_copy.content, "body": "Something else."}
    actions.save_copy(actor=staff, post=post, content=content, version=1)
    actions.submit_post(actor=staff, post=post, planned_for=None)
    told = client.post(reverse("posts:review", args=[post.pk]), old)
    assert told.status_code == 422
    assert "changed while you were reading it" in told.content.decode()


def test_asking_for_changes_needs_words_and_brings_them_to_the_author(
    client: Client, library: Any, manager: Any
) -> None:
    post = waiting(library)
    address = reverse("posts:review", args=[post.pk])
    told = client.post(address, judged(post, verdict="request_changes"))
    assert told.status_code == 422
    assert "Say what should change" in told.content.decode()
    client.post(address, judged(post, verdict="request_changes", comment="Name the day."))
    client.force_login(factories.actor(library, Role.STAFF).user)
    text = client.get(reverse("posts:post", args=[post.pk])).content.decode()
    assert "Changes asked for" in text
    assert "Name the day." in text


def test_the_difference_to_the_last_reviewed_version_is_shown(client: Client, library: Any, manager: Any) -> None:
    post = waiting(library, body="Sign up at the desk.")
    client.post(
        reverse("posts:review", args=[post.pk]), judged(post, verdict="request_changes", comment="Name the day.")
    )
    staff = factories.actor(library, Role.STAFF)
    post.refresh_from_db()
    content = {**post.working_copy.content, "body": "Sign up at the desk from Monday."}
    actions.save_copy(actor=staff, post=post, content=content, version=post.working_copy.version)
    actions.submit_post(actor=staff, post=post, planned_for=None)
    text = client.get(reverse("posts:queue")).content.decode()
    assert "Changed since version 1" in text
    assert "<ins>" in text
    assert " from Monday</ins>" in text
    assert "<del>" not in text


def test_nobody_approves_their_own_post(client: Client, library: Any, manager: Any) -> None:
    post = factories.draft(manager, factories.account(library, "twitter"))
    actions.submit_post(actor=manager, post=post, planned_for=None)
    text = client.get(reverse("posts:queue")).content.decode()
    assert "a colleague approves it" in text
    assert 'value="approve"' not in text
    told = client.post(reverse("posts:review", args=[post.pk]), judged(post))
    assert told.status_code == 422
    assert "You wrote this" in told.content.decode()


def test_a_planned_time_that_has_passed_is_asked_about(client: Client, library: Any, manager: Any) -> None:
    post = waiting(library)
    Post.objects.filter(pk=post.pk).update(planned_for=timezone.now() - timedelta(hours=2))
    assert "Its time has passed." in client.get(reverse("posts:queue")).content.decode()
    told = client.post(
        reverse("posts:review", args=[post.pk]), judged(post, when="at", date="2020-01-01", time="09:00")
    )
    assert told.status_code == 422
    post.refresh_from_db()
    assert post.state == "in_review"


def test_a_post_about_an_event_that_is_off_is_approved_but_not_scheduled(
    client: Client, library: Any, manager: Any
) -> None:
    event = factories.event(library)
    post = waiting(library, event=event)
    event.listing = "cancelled"
    event.save()
    assert "The event is off." in client.get(reverse("posts:queue")).content.decode()
    text = client.post(reverse("posts:review", args=[post.pk]), judged(post), follow=True).content.decode()
    assert "Approved, but not scheduled: The event is cancelled" in text
    assert not Delivery.objects.exists()


def test_an_empty_queue_says_so(client: Client, library: Any, manager: Any) -> None:
    assert "Nothing waits for you" in client.get(reverse("posts:queue")).content.decode()


def test_the_list_finds_by_state_network_author_and_words(client: Client, library: Any, manager: Any) -> None:
    facebook, twitter = factories.account(library, "facebook"), factories.account(library, "twitter")
    staff = factories.actor(library, Role.STAFF)
    draft = factories.draft(staff, facebook, body="Seed swap in the garden")
    out = factories.scheduled(library, twitter, body="Bookmobile on Tuesday", when=timezone.now() + timedelta(days=1))[
        0
    ].post

    def found(**asked: str) -> list[int]:
        return sorted(post.pk for post in client.get(reverse("posts:list"), asked).context["page"])

    assert found() == sorted([draft.pk, out.pk])
    assert found(state="draft") == [draft.pk]
    assert found(state="scheduled") == [out.pk]
    assert found(platform="facebook") == [draft.pk]
    assert found(platform="twitter") == [out.pk]
    assert found(q="seed SWAP") == [draft.pk]
    assert found(person=str(manager.user_id)) == []


def test_the_list_pages_to_the_last_row_and_keeps_its_filter(client: Client, library: Any, manager: Any) -> None:
    account = factories.account(library, "twitter")
    for n in range(26):
        factories.draft(manager, account, body=f"Draft {n}")
    first = client.get(reverse("posts:list"), {"state": "draft"}).context["page"]
    page = client.get(reverse("posts:list"), {"state": "draft", "after": first.older})
    assert len([*first, *page.context["page"]]) == 26
    assert page.context["page"].older == ""
    assert "state=draft&amp;before=" in page.content.decode()


def test_many_posts_are_archived_at_once_and_each_refusal_is_said(client: Client, library: Any, manager: Any) -> None:
    account = factories.account(library, "twitter")
    drafts = [factories.draft(manager, account, body=f"Draft {n}") for n in range(2)]
    still = factories.scheduled(library, account, body="Still to come", when=timezone.now() + timedelta(days=1))[0].post
    sent = {"act": "archive", "post": [p.pk for p in (*drafts, still)], "back": "/posts/?state=draft"}
    answer = client.post(reverse("posts:many"), sent, follow=True)
    assert answer.redirect_chain[0][0] == "/posts/?state=draft"
    text = answer.content.decode()
    assert "Done for 2 posts." in text
    assert "Still to come" in text
    assert Post.objects.filter(state="archived").count() == 2


def test_a_contributor_cannot_pause_by_ticking(client: Client, library: Any) -> None:
    delivery = factories.scheduled(
        library, factories.account(library, "twitter"), when=timezone.now() + timedelta(days=1)
    )[0]
    client.force_login(factories.actor(library, Role.CONTRIBUTOR).user)
    text = client.post(
        reverse("posts:many"), {"act": "pause", "post": [delivery.post_id]}, follow=True
    ).content.decode()
    assert "Your role does not allow this." in text
    delivery.refresh_from_db()
    assert delivery.hold == ""


def test_the_way_back_stays_in_the_list(client: Client, library: Any, manager: Any) -> None:
    answer = client.post(reverse("posts:many"), {"act": "archive", "back": "https://elsewhere.example/posts/"})
    assert answer["Location"] == reverse("posts:list")


def test_one_word_tells_where_a_post_stands(library: Any, manager: Any) -> None:
    accounts = [factories.account(library, "facebook"), factories.account(library, "twitter")]
    first = factories.scheduled(library, *accounts, when=timezone.now() + timedelta(days=1))[0]

    def word() -> str:
        return queries.overall(queries.listed(manager, {}).get(pk=first.post_id))

    assert word() == "scheduled"
    actions.pause_post(actor=manager, post=first.post)
    assert word() == "held"
    actions.resume_post(actor=manager, post=first.post)
    actions.cancel_delivery(actor=manager, delivery=first)
    assert word() == "scheduled"
