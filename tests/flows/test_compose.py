"""Writing a post: what each role may do, what is kept, what is refused beside its field."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from libraries.models import Role
from media_library.models import Asset
from posts.models import Delivery, Post, Review
from tests import factories

pytestmark = pytest.mark.django_db
AUTOSAVE = {"X-Autosave": "1"}


@pytest.fixture
def library() -> Any:
    return factories.library()


@pytest.fixture
def accounts(library: Any) -> list[Any]:
    return [factories.account(library, name) for name in ("facebook", "twitter", "linkedin")]


def signed_in(client: Client, library: Any, role: Role) -> Any:
    actor = factories.actor(library, role)
    client.force_login(actor.user)
    return actor


def form(post: Post | None, accounts: list[Any], **fields: Any) -> dict[str, Any]:
    """What the composer's form sends."""
    data = {
        "title": "Story time", "body": "Story time moves to 10:30.", "link": "", "accounts": [a.pk for a in accounts],
        "when": "now", "version": post.working_copy.version if post else 0, "post": post.pk if post else "",
    }  # fmt: skip
    return {**data, **fields}


def test_nothing_is_stored_by_opening_the_composer(client: Client, library: Any, accounts: list[Any]) -> None:
    signed_in(client, library, Role.STAFF)
    page = client.get(reverse("posts:new"))
    assert page.status_code == 200
    assert not Post.objects.exists()


def test_a_viewer_may_not_write_and_a_stranger_signs_in_first(client: Client, library: Any) -> None:
    assert client.get(reverse("posts:new")).status_code == 302
    signed_in(client, library, Role.VIEWER)
    assert client.get(reverse("posts:new")).status_code == 403
    assert client.post(reverse("posts:new"), form(None, [])).status_code == 403


def test_the_first_autosave_makes_the_post_and_says_when(client: Client, library: Any, accounts: list[Any]) -> None:
    signed_in(client, library, Role.CONTRIBUTOR)
    said = client.post(reverse("posts:new"), form(None, accounts), headers=AUTOSAVE).json()
    post = Post.objects.get()
    assert said["edit"] == reverse("posts:edit", args=[post.pk])
    assert re.fullmatch(r"Saved at \d\d:\d\d", said["text"])
    assert post.working_copy.content["body"] == "Story time moves to 10:30."
    again = client.post(said["save"], form(post, accounts, body="Later."), headers=AUTOSAVE).json()
    assert again["version"] == 2


def test_a_save_from_an_old_tab_is_told_and_overwrites_nothing(
    client: Client, library: Any, accounts: list[Any]
) -> None:
    actor = signed_in(client, library, Role.STAFF)
    post = factories.draft(actor, *accounts)
    old = form(post, accounts, body="From the old tab.")
    client.post(reverse("posts:save", args=[post.pk]), form(post, accounts, body="From the new tab."), headers=AUTOSAVE)
    told = client.post(reverse("posts:save", args=[post.pk]), old, headers=AUTOSAVE)
    assert told.status_code == 409
    assert told.json()["code"] == "saved_elsewhere"
    page = client.post(reverse("posts:edit", args=[post.pk]), {**old, "act": "save"})
    assert page.status_code == 422
    assert "From the old tab." in page.content.decode()
    post.working_copy.refresh_from_db()
    assert post.working_copy.content["body"] == "From the new tab."


def test_saving_what_did_not_change_leaves_an_approval_alone(client: Client, library: Any, accounts: list[Any]) -> None:
    manager = signed_in(client, library, Role.MANAGER)
    post = factories.approved(factories.actor(library, Role.STAFF), manager, *accounts)
    content = post.working_copy.content
    client.post(
        reverse("posts:save", args=[post.pk]),
        form(post, accounts, body=content["body"], title=post.title),
        headers=AUTOSAVE,
    )
    post.refresh_from_db()
    assert post.state == "approved"


def test_staff_send_to_review_and_nothing_is_sent_before(client: Client, library: Any, accounts: list[Any]) -> None:
    actor = signed_in(client, library, Role.STAFF)
    post = factories.draft(actor, *accounts)
    page = client.get(reverse("posts:edit", args=[post.pk])).content.decode()
    assert "Send to review" in page
    assert "3 accounts, as soon as it is approved." in page
    assert "Goes to a manager for review first." in page
    assert client.post(reverse("posts:submit", args=[post.pk]), form(post, accounts, act="next")).status_code == 302
    post.refresh_from_db()
    assert post.state == "in_review"
    assert not Delivery.objects.exists()


def test_a_contributor_saves_a_draft_and_cannot_send_it_on(client: Client, library: Any, accounts: list[Any]) -> None:
    actor = signed_in(client, library, Role.CONTRIBUTOR)
    post = factories.draft(actor, *accounts)
    page = client.get(reverse("posts:edit", args=[post.pk])).content.decode()
    assert "Send to review" not in page
    assert "a colleague sends it to review" in page
    assert client.post(reverse("posts:submit", args=[post.pk]), form(post, accounts)).status_code == 403
    client.post(reverse("posts:edit", args=[post.pk]), form(post, accounts, act="next"))
    post.refresh_from_db()
    assert post.state == "draft"


def test_a_contributor_opens_only_own_drafts(client: Client, library: Any, accounts: list[Any]) -> None:
    signed_in(client, library, Role.CONTRIBUTOR)
    post = factories.draft(factories.actor(library, Role.STAFF), *accounts)
    assert client.get(reverse("posts:edit", args=[post.pk])).status_code == 403


def test_a_post_of_another_library_does_not_exist_here(client: Client, library: Any) -> None:
    signed_in(client, library, Role.ADMIN)
    other = factories.library("Elsewhere")
    post = factories.draft(factories.actor(other, Role.STAFF), factories.account(other, "twitter"))
    for name in ("edit", "post", "deliveries"):
        assert client.get(reverse(f"posts:{name}", args=[post.pk])).status_code == 404
    assert client.post(reverse("posts:check"), {**form(None, []), "post": post.pk}).status_code == 404


def test_a_manager_of_a_library_of_one_approves_and_schedules_own_posts(
    client: Client, library: Any, accounts: list[Any]
) -> None:
    library.self_review = True
    library.save()
    manager = signed_in(client, library, Role.MANAGER)
    post = factories.draft(manager, *accounts)
    page = client.get(reverse("posts:edit", args=[post.pk])).content.decode()
    assert "Approve and publish now" in page
    tomorrow = timezone.localtime() + timedelta(days=1)
    sent = form(post, accounts, act="next", when="at", date=f"{tomorrow:%Y-%m-%d}", time="09:00")
    client.post(reverse("posts:submit", args=[post.pk]), sent)
    assert Delivery.objects.filter(post=post, state="scheduled").count() == 3
    assert Review.objects.get().self_review


def test_two_tabs_that_send_the_same_post_make_one_and_the_second_is_told(
    client: Client, library: Any, accounts: list[Any]
) -> None:
    library.self_review = True
    library.save()
    manager = signed_in(client, library, Role.MANAGER)
    post = factories.draft(manager, *accounts, body="Story time moves to 10:30.")
    tab = form(post, accounts, act="next", title=post.title)
    assert client.post(reverse("posts:submit", args=[post.pk]), tab).status_code == 302
    second = client.post(reverse("posts:submit", args=[post.pk]), tab)
    assert second.status_code == 422
    assert "already sent to review" in second.content.decode()
    assert Delivery.objects.filter(post=post).count() == 3


def test_a_text_too_long_for_one_network_is_said_beside_its_text(
    client: Client, library: Any, accounts: list[Any]
) -> None:
    actor = signed_in(client, library, Role.STAFF)
    post = factories.draft(actor, *accounts)
    page = client.post(reverse("posts:submit", args=[post.pk]), form(post, accounts, body="a" * 281))
    assert page.status_code == 422
    text = page.content.decode()
    beside = text.split('data-part="problems-text"')[1].split("</div>\n")[0]
    assert "X (Twitter) takes 280 characters; this is 1 over." in beside
    assert "a" * 281 in text
    post.refresh_from_db()
    assert post.state == "draft"


def test_an_own_text_for_the_short_network_lifts_its_problem(client: Client, library: Any, accounts: list[Any]) -> None:
    signed_in(client, library, Role.STAFF)
    pk = accounts[1].pk
    data = form(None, accounts, body="a" * 300, **{f"own-{pk}": "1", f"text-{pk}": "Short."})
    page = client.post(reverse("posts:check"), data).content.decode()
    assert "this is" not in page
    assert "6 of 280" in page
    common = page.split('data-part="counts">')[1].split("</div>")[0]
    assert "Facebook 300 of" in common
    assert "X (Twitter)" not in common


def test_checking_stores_nothing(client: Client, library: Any, accounts: list[Any]) -> None:
    signed_in(client, library, Role.STAFF)
    client.post(reverse("posts:check"), form(None, accounts))
    assert not Post.objects.exists()


def test_a_picture_needs_words_or_is_marked_as_decoration(client: Client, library: Any, accounts: list[Any]) -> None:
    signed_in(client, library, Role.STAFF)
    asset = factories.asset(library)
    page = client.post(reverse("posts:check"), form(None, accounts, media=[asset.pk])).content.decode()
    beside = page.split(f'data-part="problems-alt-{asset.pk}"')[1]
    assert beside.split("</div>\n")[0].count("Describe") == 1
    data = form(None, accounts, media=[asset.pk], **{f"decorative-{asset.pk}": "1"})
    assert "Describe “" not in client.post(reverse("posts:check"), data).content.decode()


def test_a_picture_of_another_library_cannot_be_used(client: Client, library: Any, accounts: list[Any]) -> None:
    signed_in(client, library, Role.STAFF)
    theirs = factories.asset(factories.library("Elsewhere"))
    client.post(
        reverse("posts:new"), form(None, accounts, media=[theirs.pk], **{f"alt-{theirs.pk}": "x"}), headers=AUTOSAVE
    )
    assert Post.objects.get().working_copy.content["media"] == []


def test_pictures_can_be_added_by_the_form_alone(client: Client, library: Any, accounts: list[Any]) -> None:
    signed_in(client, library, Role.STAFF)
    good = SimpleUploadedFile("garden.jpg", factories.picture_bytes(), "image/jpeg")
    bad = SimpleUploadedFile("page.png", b"<!doctype html><title>no</title>", "image/png")
    page = client.post(reverse("posts:new"), form(None, accounts, act="upload", files=[good, bad]))
    assert page.status_code == 422
    assert "holds a web page, not a picture" in page.content.decode()
    asset = Asset.objects.get()
    assert [row["asset"] for row in Post.objects.get().working_copy.content["media"]] == [asset.pk]


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "javascript://localhost/%0aalert(1)", "https://", "not a link", "ftp://example.org/"],
)
def test_a_link_that_is_none_is_said_beside_it_and_kept(
    client: Client, library: Any, accounts: list[Any], link: str
) -> None:
    actor = signed_in(client, library, Role.STAFF)
    post = factories.draft(actor, *accounts)
    page = client.post(reverse("posts:submit", args=[post.pk]), form(post, accounts, link=link))
    assert page.status_code == 422
    assert "That is not a web address" in page.content.decode().split('data-part="problems-link"')[1][:900]
    post.refresh_from_db()
    assert post.state == "draft"


def test_a_link_without_its_scheme_gets_one(client: Client, library: Any, accounts: list[Any]) -> None:
    signed_in(client, library, Role.STAFF)
    client.post(reverse("posts:new"), form(None, accounts, link="fernhollow.example/bus"), headers=AUTOSAVE)
    assert Post.objects.get().working_copy.content["link"] == "https://fernhollow.example/bus"


def test_line_ends_count_once(client: Client, library: Any, accounts: list[Any]) -> None:
    signed_in(client, library, Role.STAFF)
    client.post(reverse("posts:new"), form(None, accounts, body="one\r\ntwo"), headers=AUTOSAVE)
    assert Post.objects.get().working_copy.content["body"] == "one\ntwo"


def test_an_event_brings_its_words_its_link_and_a_time(client: Client, library: Any, accounts: list[Any]) -> None:
    signed_in(client, library, Role.STAFF)
    event = factories.event(
        library, "Seed swap", timedelta(days=20), place="Garden room", url="https://fernhollow.example/seeds",
        description="Bring what you have.", registration_required=True,
    )  # fmt: skip
    page = client.get(reverse("posts:new"), {"event": event.pk})
    text = page.content.decode()
    assert "Seed swap" in text
    assert "Garden room" in text
    assert "Please register." in text
    assert 'value="https://fernhollow.example/seeds"' in text
    planned = page.context["moment"].astimezone(library.zone)
    assert (planned.hour, planned.date()) == (9, (event.starts_at.astimezone(library.zone) - timedelta(days=7)).date())
    client.post(reverse("posts:new"), form(None, accounts, event=event.pk), headers=AUTOSAVE)
    assert Post.objects.get().event == event


def test_an_event_that_is_off_is_said_before_anything_is_written(client: Client, library: Any) -> None:
    signed_in(client, library, Role.STAFF)
    event = factories.event(library, listing="cancelled")
    assert "The event is off" in client.get(reverse("posts:new"), {"event": event.pk}).content.decode()
