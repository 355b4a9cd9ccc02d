"""Approval by e-mail: one version, one use, seven days, and nothing that looking could do."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEntry
from libraries.models import Membership, Notice, Role
from posts import actions
from posts.models import ApprovalLink, Delivery, LinkCard, Post, Review
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def library() -> Any:
    return factories.library()


@pytest.fixture
def post(library: Any) -> Post:
    staff = factories.actor(library, Role.STAFF)
    made = factories.draft(
        staff, factories.account(library, "facebook"), body="Story time moves to ten.",
        pictures=(factories.asset(library, alt_text="A red chair in a reading room"),),
    )  # fmt: skip
    actions.submit_post(actor=staff, post=made, planned_for=timezone.now() + timedelta(days=3))
    return made


@pytest.fixture
def manager(client: Client, library: Any) -> Any:
    actor = factories.actor(library, Role.MANAGER)
    client.force_login(actor.user)
    return actor


def letter(client: Client, post: Post, to: str = "director@example.org") -> str:
    """Send one; the path in the letter."""
    assert client.post(reverse("posts:send_link", args=[post.pk]), {"address": to}).status_code == 302
    found = re.search(r"http://testserver(/approve/\S+)", str(mail.outbox[-1].body))
    assert found
    return found.group(1)


def yes(**fields: str) -> dict[str, str]:
    return {"verdict": "approve", "name": "Dora Director", **fields}


def test_the_director_sees_the_whole_post_and_looking_changes_nothing(client: Client, manager: Any, post: Post) -> None:
    path = letter(client, post)
    assert mail.outbox[-1].to == ["director@example.org"]
    for method in ("get", "head", "get"):
        answer = getattr(Client(), method)(path)
        assert answer.status_code == 200
    text = answer.content.decode()
    for words in ("Story time moves to ten.", "A red chair in a reading room", "America/Toronto", post.library.name, "Marta"):
        assert words in text
    assert "no-store" in answer["Cache-Control"]
    assert "noindex" in answer["X-Robots-Tag"]
    assert answer["Referrer-Policy"] == "same-origin"
    picture = re.search(r'src="(/m/[^"]+)"', text)
    assert picture
    assert Client().get(picture.group(1)).status_code == 200
    post.refresh_from_db()
    assert post.state == "in_review"
    assert ApprovalLink.objects.get().used_at is None


def test_an_approval_by_letter_schedules_is_recorded_and_works_once(client: Client, manager: Any, post: Post) -> None:
    path = letter(client, post)
    text = Client().post(path, yes()).content.decode()
    assert "Approved. Thank you." in text
    post.refresh_from_db()
    assert post.state == "approved"
    assert Delivery.objects.get(post=post).due_at == post.planned_for
    review = Review.objects.get()
    assert review.reviewer is None
    assert review.link.used_by == "Dora Director"
    said = AuditEntry.objects.get(action="posts.post.approved").content.content
    assert (said["actor"], said["address"], said["place_from"]) == ("Dora Director <director@example.org>", "director@example.org", "127.0.0.1")
    again = Client().post(path, yes(name="Somebody Else"))
    assert "used already" in again.content.decode()
    assert Review.objects.count() == 1
    page = client.get(reverse("posts:post", args=[post.pk])).content.decode()
    assert "Dora Director (by e-mail): approved" in page
    assert Notice.objects.filter(person=manager.user, title__contains="Dora Director").exists()


def test_asking_for_changes_needs_words_and_a_name(client: Client, manager: Any, post: Post) -> None:
    path = letter(client, post)
    no_name = Client().post(path, {"verdict": "approve", "name": "   "})
    assert no_name.status_code == 422
    no_words = Client().post(path, yes(verdict="request_changes"))
    assert no_words.status_code == 422
    assert "Say what should change" in no_words.content.decode()
    Client().post(path, yes(verdict="request_changes", comment="Name the day."))
    post.refresh_from_db()
    assert post.state == "changes_requested"
    client.force_login(post.author)
    assert "Name the day." in client.get(reverse("posts:post", args=[post.pk])).content.decode()


def test_a_letter_dies_with_its_version(client: Client, manager: Any, post: Post) -> None:
    path = letter(client, post)
    actions.amend_post(actor=manager, post=post, revision=post.current_revision, body="Other.", variants={}, alts={})
    assert "changed or judged since" in Client().post(path, yes()).content.decode()
    assert not Review.objects.exists()


def test_a_letter_is_called_back_and_ends_after_seven_days(client: Client, manager: Any, post: Post) -> None:
    path = letter(client, post)
    link = ApprovalLink.objects.get()
    assert timedelta(days=6, hours=23) < link.expires_at - timezone.now() <= timedelta(days=7)
    assert link.state(link.expires_at) == "over"
    client.post(reverse("posts:revoke_link", args=[link.pk]))
    assert "called this link back" in Client().post(path, yes()).content.decode()
    assert not Review.objects.exists()


def test_a_letter_of_somebody_who_left_does_not_work(client: Client, manager: Any, post: Post) -> None:
    path = letter(client, post)
    Membership.objects.filter(user=manager.user).update(is_active=False)
    assert "called this link back" in Client().post(path, yes()).content.decode()
    assert not Review.objects.exists()


def test_who_signs_in_here_gets_no_letter_and_nobody_two(client: Client, manager: Any, post: Post) -> None:
    address = reverse("posts:send_link", args=[post.pk])
    own = client.post(address, {"address": manager.user.email.upper()})
    assert own.status_code == 422
    assert "they review it in the queue" in own.content.decode()
    letter(client, post)
    twice = client.post(address, {"address": "Director@example.org"})
    assert "Call it back first" in twice.content.decode()
    wrong = client.post(address, {"address": "nobody"})
    assert "not an e-mail address" in wrong.content.decode()
    assert len(mail.outbox) == 1


def test_a_false_secret_is_told_so_and_many_tries_wait(client: Client, manager: Any, post: Post) -> None:
    letter(client, post)
    outside = Client()
    assert "not one of ours" in outside.get("/approve/guessed/").content.decode()
    for _n in range(60):
        answer = outside.get("/approve/guessed/")
    assert answer.status_code == 429
    stored = ApprovalLink.objects.get()
    assert re.fullmatch(r"[0-9a-f]{64}", stored.digest)


def test_what_passed_its_time_is_approved_and_waits_for_another(client: Client, manager: Any, post: Post) -> None:
    path = letter(client, post)
    Post.objects.filter(pk=post.pk).update(planned_for=timezone.now() - timedelta(minutes=1))
    assert "the library gives it another" in Client().post(path, yes()).content.decode()
    assert not Delivery.objects.filter(post=post).exists()


def test_a_mail_server_that_fails_leaves_no_open_link(client: Client, manager: Any, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    from posts.actions import letters

    def down(*_words: Any, **_more: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(letters, "send_mail", down)
    told = client.post(reverse("posts:send_link", args=[post.pk]), {"address": "director@example.org"})
    assert told.status_code == 422
    assert "did not take the letter" in told.content.decode()
    assert ApprovalLink.objects.get().revoked_at


@pytest.mark.parametrize("typed", ["\0", "\ud800", "<b>x</b>", "\u202e Dora", "D" * 5000, "\r\nBcc: x@example.org"])
def test_a_name_that_is_none_stumbles_over_nothing(client: Client, manager: Any, post: Post, typed: str) -> None:
    path = letter(client, post)
    said = urlencode({"verdict": "approve", "comment": "fine", "name": typed.encode("utf-8", "surrogatepass")})
    answer = Client().post(path, said, content_type="application/x-www-form-urlencoded")
    assert answer.status_code in (200, 422)
    assert "<b>x" not in answer.content.decode()
    for link in ApprovalLink.objects.exclude(used_by=""):
        assert link.used_by.isprintable()


@pytest.mark.parametrize("secret", ["%00", "%ED%A0%80", "..%2f..", "9" * 3000])
def test_an_address_that_is_none_stumbles_over_nothing(secret: str) -> None:
    assert Client().get(f"/approve/{secret}/").status_code in (200, 404)


def test_the_picture_of_the_links_card_is_shown_to_whoever_holds_the_letter(client: Client, manager: Any, library: Any) -> None:
    link = "https://fernhollow.example/story"
    staff = factories.actor(library, Role.STAFF)
    made = factories.draft(staff, factories.account(library, "facebook"), body="Story time.", link=link)
    actions.submit_post(actor=staff, post=made, planned_for=timezone.now() + timedelta(days=3))
    LinkCard.objects.create(
        library=library, digest=hashlib.sha256(link.encode()).hexdigest(), url=link, state="shown", title="Story time",
        fetched_at=timezone.now(), picture=b"RIFFxxxxWEBP",
    )  # fmt: skip
    path = letter(client, made)
    outside = Client()
    assert f'src="{path}card/"' in outside.get(path).content.decode()
    assert outside.get(f"{path}card/")["Content-Type"] == "image/webp"
    assert outside.get("/approve/guessed/card/").status_code == 404
    outside.post(path, yes())
    assert outside.get(f"{path}card/").status_code == 404
