"""Writing a thread and a first comment: made from one text by a button, checked part by part, frozen as approved."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from libraries.models import Role
from platforms.linkedin import LinkedIn
from platforms.twitter import Twitter
from posts import actions, diffing, splitting
from posts.models import Post
from tests import factories

LONG = " ".join(f"Sentence number {n} tells of the winter programme." for n in range(12))


@pytest.fixture
def library() -> Any:
    return factories.library()


def form(post: Post | None, accounts: list[Any], **fields: Any) -> dict[str, Any]:
    data = {
        "title": "Winter", "body": LONG, "link": "", "accounts": [a.pk for a in accounts], "when": "now",
        "version": post.working_copy.version if post else 0, "post": post.pk if post else "",
    }  # fmt: skip
    return {**data, **fields}


def writer(client: Client, library: Any, role: Role = Role.STAFF) -> Any:
    actor = factories.actor(library, role)
    client.force_login(actor.user)
    return actor


def stored() -> Post:
    return Post.objects.select_related("working_copy").get()


@pytest.mark.django_db
def test_a_long_text_becomes_a_thread_by_one_button_and_one_post_again_by_another(client: Client, library: Any) -> None:
    x, page = factories.account(library, "twitter"), factories.account(library, "facebook")
    writer(client, library)
    answer = client.post(reverse("posts:new"), form(None, [x, page], thread=f"split-{x.pk}"), follow=True)
    thread = stored().working_copy.content["threads"][str(x.pk)]
    assert len(thread) == 3 and all(part.endswith(f"{n}/3") for n, part in enumerate(thread, 1))
    shown = answer.content.decode()
    assert shown.count(f'name="thread-{x.pk}"') == 3 and "Part 2 of 3" in shown
    assert "This post" not in shown or answer.status_code == 200
    client.post(reverse("posts:edit", args=[stored().pk]), form(stored(), [x, page], **{f"thread-{x.pk}": thread, "thread": f"join-{x.pk}"}))
    content = stored().working_copy.content
    assert content["threads"] == {} and content["variants"][str(x.pk)].startswith("Sentence number 0")


@pytest.mark.django_db
def test_parts_are_added_and_removed_without_losing_what_was_typed(client: Client, library: Any) -> None:
    x = factories.account(library, "twitter")
    writer(client, library)
    client.post(reverse("posts:new"), form(None, [x], **{f"thread-{x.pk}": ["One.", "Two."], "thread": f"add-{x.pk}"}))
    assert stored().working_copy.content["threads"] == {str(x.pk): ["One.", "Two.", ""]}
    typed = {f"thread-{x.pk}": ["One!", "Two.", "Three."], "thread": f"drop-{x.pk}-1"}
    client.post(reverse("posts:edit", args=[stored().pk]), form(stored(), [x], **typed))
    assert stored().working_copy.content["threads"] == {str(x.pk): ["One!", "Three."]}


@pytest.mark.django_db
@pytest.mark.parametrize("pressed", ["split-0", "drop-x-1", "add-", "burn-1", "drop-1-99", "split-99999999999999999999"])
def test_a_button_that_does_not_exist_changes_nothing(client: Client, library: Any, pressed: str) -> None:
    x = factories.account(library, "twitter")
    writer(client, library)
    assert client.post(reverse("posts:new"), form(None, [x], thread=pressed)).status_code == 302
    assert stored().working_copy.content["threads"] == {}


@pytest.mark.django_db
def test_a_part_that_is_too_long_or_empty_stands_in_the_way(client: Client, library: Any) -> None:
    x = factories.account(library, "twitter")
    writer(client, library)
    typed = {f"thread-{x.pk}": ["One.", "y" * 300, " "]}
    shown = client.post(reverse("posts:check"), form(None, [x], **typed)).content.decode()
    assert "part 2 of the thread is 20 over" in shown and "Write something in part 3" in shown
    post = factories.draft(factories.actor(library, Role.STAFF), x, more={"threads": {str(x.pk): typed[f"thread-{x.pk}"]}})
    assert {p.code for p in actions.check_copy(post) if p.blocking} == {"part_too_long", "part_empty"}


@pytest.mark.django_db
def test_a_first_comment_goes_to_those_accounts_that_may_comment(client: Client, library: Any) -> None:
    page, x = factories.account(library, "facebook"), factories.account(library, "twitter")
    member = factories.account(library, "linkedin", facts={"kind": "member", "app": "self_serve", "scopes": []})
    writer(client, library)
    typed = {"first_comment": "Sign up at the desk.", "first_comment_on": [page.pk, member.pk]}
    answer = client.post(reverse("posts:new"), form(None, [page, x, member], body="New books.", **typed), follow=True)
    assert stored().working_copy.content["first_comment"] == {"text": "Sign up at the desk.", "accounts": [page.pk, member.pk]}
    assert "may not comment its own posts" in answer.content.decode()
    revision = actions.submit_post(actor=factories.actor(library, Role.STAFF), post=stored(), planned_for=None)
    assert {v.account_id: v.options for v in revision.variants.all()} == {
        page.pk: {"first_comment": "Sign up at the desk."}, x.pk: {}, member.pk: {},
    }  # fmt: skip


@pytest.mark.django_db
def test_an_approval_covers_the_thread_and_the_difference_shows_it(library: Any) -> None:
    x, author = factories.account(library, "twitter"), factories.actor(library, Role.STAFF)
    post = factories.approved(author, factories.actor(library, Role.MANAGER), x, body="All.", more={"threads": {str(x.pk): ["One.", "Two."]}})
    post.refresh_from_db()
    first = post.current_revision
    copy = post.working_copy
    changed = {**copy.content, "threads": {str(x.pk): ["One.", "Two, mended."]}}
    actions.save_copy(actor=author, post=post, content=changed, version=copy.version)
    assert post.state == "draft"
    second = actions.submit_post(actor=author, post=post, planned_for=None)
    assert second.digest != first.digest
    [change] = diffing.changes(first, second)
    assert ", mended" in "".join(piece.text for piece in change.pieces if piece.kind == "new")


@pytest.mark.django_db
def test_the_page_of_a_post_shows_its_parts_in_order(client: Client, library: Any) -> None:
    x = factories.account(library, "twitter")
    writer(client, library, Role.MANAGER)
    said = {"threads": {str(x.pk): ["One.", "Two."]}, "first_comment": {"text": "Three.", "accounts": [x.pk]}}
    [row, *_rest] = factories.scheduled(library, x, body="All.", more=said)
    shown = client.get(reverse("posts:post", args=[row.post_id])).content.decode()
    assert shown.index("One.") < shown.index("Part 2 of 3") < shown.index("Part 3 of 3")


TEXTS = st.text(st.sampled_from("ab .,!?\n🙂é漢") | st.characters(codec="utf-8"), max_size=1500)
LINKS = st.lists(st.sampled_from(["https://fernhollow.example/winter", "word", "Ende.", "👩‍👩‍👧", "漢字"]), max_size=160)


@settings(max_examples=60, deadline=None)
@given(TEXTS | LINKS.map(" ".join))
def test_a_thread_loses_nothing_and_no_part_is_too_long(text: str) -> None:
    for limits in (Twitter.limits, LinkedIn.limits):
        found = splitting.split(text, limits, numbered=False)
        assert "".join("".join(found).split()) == "".join(text.split())
        assert all(limits.count(part) <= limits.text_max for part in splitting.split(text, limits))


def test_links_and_words_stay_whole() -> None:
    link = "https://fernhollow.example/a/very/long/path/about/winter"
    found = splitting.split(" ".join([link, "word"] * 40), Twitter.limits)
    assert len(found) > 1 and sum(part.count(link) for part in found) == 40
