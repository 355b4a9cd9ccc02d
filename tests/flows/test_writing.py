"""Two tabs, kept versions, templates and snippets, placeholders, and parameters behind the link."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from libraries.models import Branch, Role
from libraries.permissions import Refused
from posts import actions, placeholders, utm, versions
from posts.models import HashtagSet, KeptVersion, Post, PostTemplate, Snippet, TrackedLink
from posts.starters import AUDIENCES, starting_set
from posts.versions import Side
from tests import factories
from tests.flows.test_compose import AUTOSAVE, form, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def library() -> Any:
    cache.clear()
    return factories.library()


@pytest.fixture
def account(library: Any) -> Any:
    return factories.account(library, "facebook")


@pytest.fixture
def post(library: Any, account: Any) -> Post:
    return factories.draft(factories.actor(library, Role.STAFF), account, body="As it was.")


# --- two texts of one post


def both(client: Client, post: Post, account: Any) -> dict[str, Any]:
    """Another person saved; returns what the form of the slower one sends."""
    mine = form(post, [account], body="Mine.", title=post.title)
    manager = factories.actor(post.library, Role.MANAGER)
    actions.save_copy(actor=manager, post=post, content={**post.working_copy.content, "body": "Theirs."}, version=1)
    return mine


def test_an_autosave_that_came_second_is_told_whose_text_is_stored(client: Client, library: Any, post: Post, account: Any) -> None:
    signed_in(client, library, Role.STAFF)
    answer = client.post(reverse("posts:save", args=[post.pk]), both(client, post, account), headers=AUTOSAVE)
    assert answer.status_code == 409
    assert answer.json()["version"] == 2
    assert answer.json()["who"] == "Marta"


@pytest.mark.parametrize(("choice", "stands", "kept"), [("mine", "Mine.", "Theirs."), ("theirs", "Theirs.", "Mine.")])
def test_whichever_text_loses_is_kept(
    client: Client, library: Any, post: Post, account: Any, choice: str, stands: str, kept: str
) -> None:
    signed_in(client, library, Role.STAFF)
    sent = {**both(client, post, account), "settle": choice, "seen": 2}
    assert client.post(reverse("posts:two_texts", args=[post.pk]), sent).status_code == 302
    post.working_copy.refresh_from_db()
    assert post.working_copy.content["body"] == stands
    assert post.kept_versions.get().content["body"] == kept


def test_both_are_shown_beside_each_other_and_chosen_by_part(client: Client, library: Any, post: Post, account: Any) -> None:
    signed_in(client, library, Role.STAFF)
    sent = {**both(client, post, account), "title": "My name for it"}
    page = client.post(reverse("posts:two_texts", args=[post.pk]), {**sent, "settle": "compare"}).content.decode()
    assert "Stored, by Marta" in page
    assert "Theirs." in page and '<ins><span class="sr-only">added: </span>Mine</ins>' in page
    choose = {**sent, "settle": "merged", "seen": 2, "take": ["body", "title"], "take-body": "theirs", "take-title": "mine"}
    client.post(reverse("posts:two_texts", args=[post.pk]), choose)
    post.refresh_from_db()
    assert (post.title, post.working_copy.content["body"]) == ("My name for it", "Theirs.")
    assert {one.content["body"] for one in post.kept_versions.all()} == {"Mine.", "Theirs."}


def test_a_third_text_meanwhile_is_shown_before_anything_is_replaced(
    client: Client, library: Any, post: Post, account: Any
) -> None:
    signed_in(client, library, Role.STAFF)
    sent = {**both(client, post, account), "settle": "mine", "seen": 1}
    answer = client.post(reverse("posts:two_texts", args=[post.pk]), sent)
    assert answer.status_code == 422
    assert "changed again while you were reading" in answer.content.decode()
    post.working_copy.refresh_from_db()
    assert post.working_copy.content["body"] == "Theirs."


# --- who else is here


def test_a_second_page_is_told_on_opening_and_the_first_within_a_call(client: Client, library: Any, post: Post) -> None:
    signed_in(client, library, Role.STAFF)
    other = Client()
    signed_in(other, library, Role.MANAGER)
    here = reverse("posts:here", args=[post.pk])
    assert client.post(here, {"tab": "a"}).json()["others"] == []
    page = other.get(reverse("posts:edit", args=[post.pk])).content.decode()
    assert "Stefan has this post open too" in page
    assert "Stefan" in other.post(here, {"tab": "b"}).json()["others"][0]
    assert "Marta" in client.post(here, {"tab": "a"}).json()["others"][0]
    assert "another tab" in client.post(here, {"tab": "c"}).json()["others"][0]
    other.post(here, {"tab": "b", "left": "1"})
    assert len(client.post(here, {"tab": "a"}).json()["others"]) == 1


# --- versions


def test_a_version_is_kept_compared_and_brought_back_and_that_can_be_undone(
    client: Client, library: Any, post: Post, account: Any
) -> None:
    signed_in(client, library, Role.STAFF)
    address = reverse("posts:versions", args=[post.pk])
    assert client.post(address, {"name": " "}).status_code == 422
    client.post(address, {"name": "Short one"})
    client.post(reverse("posts:save", args=[post.pk]), form(post, [account], body="Longer than it was."), headers=AUTOSAVE)
    kept = KeptVersion.objects.get()
    page = client.get(address, {"show": f"kept-{kept.pk}"}).content.decode()
    assert '<del><span class="sr-only">removed: </span>Longer than</del>' in page
    client.post(reverse("posts:restore", args=[post.pk]), {"version": f"kept-{kept.pk}"})
    post.working_copy.refresh_from_db()
    assert post.working_copy.content["body"] == "As it was."
    before = post.kept_versions.filter(why="replaced").get()
    client.post(reverse("posts:restore", args=[post.pk]), {"version": f"kept-{before.pk}"})
    post.working_copy.refresh_from_db()
    assert post.working_copy.content["body"] == "Longer than it was."


def test_what_was_handed_in_can_be_brought_back(library: Any, account: Any) -> None:
    staff = factories.actor(library, Role.STAFF)
    post = factories.draft(staff, account, body="First.", pictures=(factories.asset(library),))
    revision = actions.submit_post(actor=staff, post=post, planned_for=None)
    actions.save_copy(actor=staff, post=post, content={**post.working_copy.content, "body": "Second.", "media": []}, version=1)
    actions.restore_version(actor=staff, post=post, version=revision)
    post.working_copy.refresh_from_db()
    assert post.working_copy.content["body"] == "First."
    assert len(post.working_copy.content["media"]) == 1


def test_a_version_of_another_post_is_refused(library: Any, post: Post, account: Any) -> None:
    staff = factories.actor(library, Role.STAFF)
    other = factories.draft(staff, account)
    kept = actions.keep_version(actor=staff, post=other, name="Other")
    with pytest.raises(Refused, match="another post"):
        actions.restore_version(actor=staff, post=post, version=kept)


def test_a_choice_between_two_sides_loses_no_field(post: Post) -> None:
    mine = Side("M", {"body": "m", "variants": {"1": "own"}, "accounts": [1]})
    theirs = Side("T", {"body": "t", "variants": {"2": "their own"}, "accounts": []})
    keys = [one.key for one in versions.differences(post, theirs, mine)]
    assert set(keys) == {"body", "title", "accounts", "variant-1", "variant-2"}
    taken = versions.merged(theirs, mine, keys)
    assert (taken.title, taken.content["variants"], taken.content["accounts"]) == ("M", {"1": "own"}, [1])
    assert versions.merged(theirs, mine, []).content["variants"] == {"2": "their own"}


# --- placeholders


def test_only_names_of_the_list_are_filled_and_nothing_can_be_reached_through_them() -> None:
    known = {"event.title": "{library.name}", "library.name": "Fernhollow"}
    hostile = "{event.title.__class__} {0} {library.__init__} {event[title]} {event.title!r} {event.title:>99999999}"
    assert placeholders.fill(hostile, known) == hostile
    assert placeholders.fill("{event.title} at {library.name}", known) == "{library.name} at Fernhollow"
    assert placeholders.fill("{event.place}", {"event.place": ""}) == "{event.place}"


def test_taking_placeholders_out_takes_lines_that_held_nothing_else() -> None:
    text = "Come to {event.title}.\nCall {branch.phone}\n{event.url}\nBye"
    assert placeholders.strip(text) == "Come to.\nCall\nBye"
    assert placeholders.strip(text, "event.url") == "Come to {event.title}.\nCall {branch.phone}\nBye"


def test_a_placeholder_that_is_left_blocks_and_one_button_fills_it_without_a_script(
    client: Client, library: Any, account: Any
) -> None:
    signed_in(client, library, Role.STAFF)
    event = factories.event(library, title="Puppet theatre")
    Branch.objects.filter(library=library).update(phone="")
    typed = form(None, [account], body="Come to {event.title}. Call {branch.phone}!", event=event.pk)
    checked = client.post(reverse("posts:check"), typed).content.decode()
    assert "Fill in “Puppet theatre”" in checked
    assert "its telephone and its hours come from Settings, Branches" in checked
    answer = client.post(reverse("posts:new"), {**typed, "act": "next"})
    assert answer.status_code == 422
    post = Post.objects.get()
    client.post(reverse("posts:edit", args=[post.pk]), {**typed, "version": 1, "place": "fill:"})
    post.working_copy.refresh_from_db()
    assert post.working_copy.content["body"] == "Come to Puppet theatre. Call {branch.phone}!"
    again = form(post, [account], body=post.working_copy.content["body"], place="strip:branch.phone")
    client.post(reverse("posts:edit", args=[post.pk]), again)
    post.working_copy.refresh_from_db()
    assert post.working_copy.content["body"] == "Come to Puppet theatre. Call!"


def test_braces_that_are_no_placeholder_are_left_alone(library: Any, account: Any) -> None:
    staff = factories.actor(library, Role.STAFF)
    post = factories.draft(staff, account, body="In Python {x} and {'a': 1} are fine.")
    assert actions.check_copy(post) == []


# --- templates, snippets, hashtags


@pytest.mark.parametrize("audience", AUDIENCES)
def test_a_starting_set_is_copied_once_and_holds_only_placeholders_that_we_know(library: Any, audience: str) -> None:
    staff = factories.actor(library, Role.STAFF)
    new = actions.take_starters(actor=staff, audience=audience)
    given = starting_set(audience)
    assert new == sum(len(rows) for rows in given.values())
    assert actions.take_starters(actor=staff, audience=audience) == 0
    for row in [*PostTemplate.objects.all()]:
        assert {one.name for one in placeholders.left(row.body)} <= set(placeholders.NAMES), row.name
        assert row.picture, row.name
    for row in Snippet.objects.all():
        assert {one.name for one in placeholders.left(row.text)} <= set(placeholders.NAMES), row.shortcut


def test_the_page_of_templates_offers_a_set_while_it_is_empty_and_takes_new_ones(client: Client, library: Any) -> None:
    signed_in(client, library, Role.STAFF)
    address = reverse("posts:templates")
    assert "Begin with a set that is ready" in client.get(address).content.decode()
    client.post(reverse("posts:starters"), {"audience": "public"})
    assert PostTemplate.objects.filter(library=library, name="Story time").exists()
    client.post(address, {"kind": "snippet", "snippet-shortcut": "/Late", "snippet-text": "We are open late."})
    assert Snippet.objects.filter(library=library, shortcut="late").exists()
    client.post(address, {"kind": "hashtags", "hashtags-name": "New", "hashtags-tags": "Books, #Library"})
    assert HashtagSet.objects.get(library=library, name="New").tags == "#Books #Library"
    twice = client.post(address, {"kind": "template", "template-name": "Story time", "template-audience": "all", "template-body": "x"})
    assert twice.status_code == 422
    assert "A template of this name exists already." in twice.content.decode()


def test_what_was_removed_is_offered_no_more_and_can_be_put_back(client: Client, library: Any) -> None:
    staff = signed_in(client, library, Role.STAFF)
    row = actions.save_snippet(actor=staff, shortcut="late", text="Open late.")
    address = reverse("posts:snippet", args=[row.pk])
    client.post(address, {"act": "remove"})
    assert client.get(reverse("posts:choices")).json()["snippets"] == []
    assert "Put /late back" in client.get(reverse("posts:templates")).content.decode()
    client.post(address, {"act": "put_back"})
    assert client.get(reverse("posts:choices")).json()["snippets"] == [{"shortcut": "late", "text": "Open late."}]


def test_a_contributor_uses_templates_and_changes_none(client: Client, library: Any) -> None:
    row = PostTemplate.objects.create(library=library, name="Hello", body="Welcome to {library.name}.", hashtags="#LibraryLove")
    signed_in(client, library, Role.CONTRIBUTOR)
    page = client.get(reverse("posts:new"), {"template": row.pk}).content.decode()
    assert f"Welcome to {library.name}.\n\n#LibraryLove" in page
    assert client.get(reverse("posts:template", args=[row.pk])).status_code == 200
    assert client.post(reverse("posts:template", args=[row.pk]), {"act": "remove"}).status_code == 403
    assert client.post(reverse("posts:starters"), {"audience": "public"}).status_code == 403


# --- parameters behind the link


def test_parameters_ride_behind_the_short_link_and_name_each_network(library: Any, account: Any) -> None:
    manager = factories.actor(library, Role.MANAGER)
    staff = factories.actor(library, Role.STAFF)
    post = factories.draft(staff, account, link="https://fernhollow.example/swap?day=1#top")
    content = {**post.working_copy.content, "utm": {"campaign": "seeds"}}
    actions.save_copy(actor=staff, post=post, content=content, version=1)
    revision = actions.submit_post(actor=staff, post=post, planned_for=None)
    actions.review_post(actor=manager, post=post, revision=revision, verdict="approve")
    [delivery] = actions.schedule_post(actor=manager, post=post)
    wanted = "https://fernhollow.example/swap?day=1&utm_source=facebook&utm_medium=social&utm_campaign=seeds#top"
    assert TrackedLink.objects.get(delivery=delivery).target == wanted
    assert "utm_" not in delivery.payload["text"]


def test_a_direct_link_shows_them_only_where_somebody_ticked_that(library: Any, account: Any, settings: Any) -> None:
    settings.PUBLIC_URL = ""
    staff = factories.actor(library, Role.STAFF)
    post = factories.draft(staff, account, link="https://fernhollow.example/")
    for visible in (False, True):
        said = {"campaign": "seeds", **({"visible": True} if visible else {})}
        post.working_copy.content = {**post.working_copy.content, "utm": said}
        assert ("utm_campaign=seeds" in actions.drafting.text_for(post, account)) is visible


def test_what_a_link_says_itself_is_not_said_twice_and_words_are_made_safe() -> None:
    assert utm.clean("  Summer Reading & more! ") == "summer-reading-more"
    assert utm.read({"utm-campaign": "", "utm-visible": "1"}) == {}
    link = "https://a.example/?utm_source=mine"
    assert utm.applied(link, {"campaign": "x"}, "twitter") == "https://a.example/?utm_source=mine&utm_medium=social&utm_campaign=x"
    assert utm.applied("https://a.example/", {"medium": "m"}, "twitter") == "https://a.example/?utm_source=x&utm_medium=m"
    long = "https://a.example/" + "x" * 970
    assert utm.applied(long, {"campaign": "c" * 60}, "facebook") == long


def test_another_version_with_another_link_makes_the_short_link_follow(library: Any, account: Any) -> None:
    manager, staff = factories.actor(library, Role.MANAGER), factories.actor(library, Role.STAFF)
    post = factories.approved(staff, manager, account, link="https://fernhollow.example/old")
    [delivery] = actions.schedule_post(actor=manager, post=post)
    content = {**post.working_copy.content, "link": "https://fernhollow.example/new"}
    actions.save_copy(actor=staff, post=post, content=content, version=1)
    revision = actions.submit_post(actor=staff, post=post, planned_for=None)
    actions.review_post(actor=manager, post=post, revision=revision, verdict="approve")
    actions.schedule_post(actor=manager, post=post)
    assert TrackedLink.objects.get(delivery=delivery).target == "https://fernhollow.example/new"
