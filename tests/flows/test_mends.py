"""Problems and the buttons that mend them: texts by property, fields by clicks, choices by the admin, clashes in words."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.models import AuditEntry
from libraries.models import Role
from platforms import lines
from posts import actions, advice, mends, splitting
from posts.models import AdviceChoice, Post
from tests import factories

PURE = (
    mends.move_tags, mends.pascal_tags, mends.plain_letters, mends.calm_capitals, mends.calm_emoji, mends.plain_bullets,
    mends.name_link, mends.plain_words, mends.bare_alt,
)  # fmt: skip
PIECES = st.lists(
    st.sampled_from(
        ["#storytime", "#Books", "story", "FREE", "ILL", "click here", "📚", "👩‍👩‍👧", "🇮🇪", "𝓗𝓲", "https://a.org/x", ".", "\n", " ", "\u200f", "Image of "]
    )
    | st.text(max_size=6),
    max_size=25,
)
ZONE = ZoneInfo("Europe/Dublin")
WHEN = datetime(2026, 12, 1, 9, tzinfo=ZONE)


def codes(text: str) -> set[str]:
    return {one.code for one in advice.on_text(text, WHEN)}


@settings(max_examples=60, deadline=None)
@given(PIECES)
def test_a_mend_that_is_pressed_twice_changes_nothing_more(pieces: list[str]) -> None:
    text = " ".join(pieces)
    for mend in PURE:
        once = mend(text)
        assert mend(once) == once, mend.__name__


@settings(max_examples=60, deadline=None)
@given(PIECES, st.integers(30, 200))
def test_a_shortened_text_fits_and_keeps_its_links(pieces: list[str], most: int) -> None:
    text = " ".join([*pieces, "word " * 60, "https://fern.org/a"])
    short = mends.shorten(text, len, most)
    assert len(short) <= most
    assert most < 90 or "https://fern.org/a" in short
    assert mends.shorten(short, len, most) == short


@pytest.mark.parametrize(
    ("text", "code", "mended"),
    [
        ("𝓒𝓸𝓶𝓮 along", "fancy_letters", "Come along"),
        ("Come TODAY to us", "capitals", "Come today to us"),
        ("Click here to register.", "click_here", "Register."),
        ("ILL is free.", "jargon", "Interlibrary loan is free."),
        ("Our #Books are new.", "hashtags_inside", "Our Books are new.\n\n#Books"),
        ("Come along #storytime", "hashtags_flat", "Come along #StoryTime"),
        ("Yes 📚📚📚", "emoji_run", "Yes 📚"),
        ("📚 one\n📖 two", "emoji_bullets", "• one\n• two"),
        ("Friday 12 December 2026", "weekday_wrong", "Saturday 12 December 2026"),
    ],
)
def test_what_is_advised_against_is_gone_after_its_mend(text: str, code: str, mended: str) -> None:
    assert code in codes(text)
    [found] = [one for one in advice.on_text(text, WHEN) if one.code == code]
    from posts.mending import Work, act

    content = {"body": text, "variants": {}, "threads": {}, "media": [], "accounts": [], "link": ""}
    act(f"{found.mends[0]}:text:", Work(content, [], lambda _account, one: one, WHEN.date()))
    assert content["body"] == mended
    assert code not in codes(mended)


def test_plain_honest_text_is_left_alone() -> None:
    assert codes("Story time is on Saturday 12 December at 10:30. Come along! 📚\n\n#StoryTime #Books") == set()
    assert codes("図書館へようこそ。１２月 ＡＢＣ") == set()


HOSTILE = {
    "one word": "a" * 100_000, "words": "word " * 20_000, "tags": "#storytime " * 9_000, "families": "👨‍👩‍👧‍👦" * 14_000,
    "flags": "🇩🇪" * 50_000, "turned": "\u202eab " * 25_000, "joiners": "\u200d" * 100_000, "capitals": "CAPS " * 20_000,
    "lines": "\n" * 100_000, "dots": "a." * 50_000, "clicks": "click " * 16_000,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_advice_on_hostile_text_takes_no_time(name: str) -> None:
    began = time.process_time()
    advice.on_text(HOSTILE[name], WHEN)
    advice.on_alt(HOSTILE[name], "a.jpg", "")
    assert time.process_time() - began < 0.1


# --- through the pages


@pytest.fixture
def library() -> Any:
    return factories.library()


def signed_in(client: Client, library: Any, role: Role = Role.STAFF) -> Any:
    actor = factories.actor(library, role)
    client.force_login(actor.user)
    return actor


def form(accounts: list[Any], **fields: Any) -> dict[str, Any]:
    return {"title": "", "body": "", "link": "", "accounts": [a.pk for a in accounts], "when": "now", "version": 0, "post": "", **fields}


@pytest.mark.django_db
def test_a_button_gives_the_fields_back_and_stores_nothing(client: Client, library: Any) -> None:
    x, page = factories.account(library, "twitter"), factories.account(library, "facebook")
    signed_in(client, library)
    long = "word " * 80
    sent = form([x, page], body=long, mend="shorten:text:twitter")
    said = client.post(reverse("posts:mend"), sent).json()
    assert said["body"] == long.rstrip(" ") or said["body"] == long
    assert lines.capabilities(x).limits.count(said["variants"][str(x.pk)]) <= 280
    assert said["told"] == "Done: Shorten."
    assert not Post.objects.exists()


@pytest.mark.django_db
def test_without_script_a_button_mends_the_page_and_undo_brings_the_words_back(client: Client, library: Any) -> None:
    page = factories.account(library, "facebook")
    signed_in(client, library)
    shown = client.post(reverse("posts:new"), form([page], body="Come TODAY please", mend="capitals:text:"))
    assert shown.status_code == 200
    assert "Come today please" in shown.content.decode()
    post = Post.objects.select_related("working_copy").get()
    assert post.working_copy.content["body"] == "Come today please"
    back = shown.context["mended"]["before"]
    assert json.loads(back)["body"] == "Come TODAY please"
    fields = form([page], body="Come today please", mend="undo", before=back, version=post.working_copy.version, post=post.pk)
    client.post(reverse("posts:edit", args=[post.pk]), fields)
    post.working_copy.refresh_from_db()
    assert post.working_copy.content["body"] == "Come TODAY please"


@pytest.mark.django_db
def test_an_admin_chooses_what_stops_a_post(client: Client, library: Any) -> None:
    page = factories.account(library, "facebook")
    staff = factories.actor(library, Role.STAFF)
    post = factories.draft(staff, page, body="Come TODAY please")
    assert not [p for p in actions.check_copy(post) if p.blocking]
    signed_in(client, library, Role.ADMIN)
    assert client.get(reverse("posts:advice")).status_code == 200
    client.post(reverse("posts:advice"), {"blocks": ["capitals"]})
    assert AdviceChoice.objects.get(library=library, code="capitals").blocks
    assert not AdviceChoice.objects.get(library=library, code="fancy_letters").blocks
    assert AuditEntry.objects.filter(action="posts.advice.changed").count() == 1
    fresh = Post.objects.select_related("library", "working_copy").get(pk=post.pk)
    assert [p.code for p in actions.check_copy(fresh) if p.blocking] == ["capitals"]
    client.post(reverse("posts:advice"), {"blocks": ["colour"]})
    assert AdviceChoice.objects.filter(library=library).exists()


@pytest.mark.django_db
def test_the_same_words_and_a_near_time_are_said_beforehand(client: Client, library: Any) -> None:
    page = factories.account(library, "facebook")
    staff, manager = factories.actor(library, Role.STAFF), factories.actor(library, Role.MANAGER)
    when = timezone.now() + timedelta(days=3)
    words = "Our winter book sale opens on the second floor with coffee and cake for all."
    first = factories.draft(staff, page, body=words)
    revision = actions.submit_post(actor=staff, post=first, planned_for=when)
    second = factories.draft(staff, page, body=f"{words} Come!")
    second.planned_for = when + timedelta(minutes=20)
    assert {p.code for p in actions.check_copy(second, clashing=True)} >= {"said_before", "close_by"}
    actions.review_post(actor=manager, post=first, revision=revision, verdict="approve")
    actions.schedule_post(actor=manager, post=first, when=when)
    assert {p.code for p in actions.check_copy(second, clashing=True)} >= {"said_before", "close_by"}
    second.planned_for = when + timedelta(days=40)
    assert not {p.code for p in actions.check_copy(second, clashing=True)} & {"said_before", "close_by"}


@pytest.mark.django_db
def test_a_text_of_too_many_parts_is_not_cut_off(client: Client, library: Any) -> None:
    x = factories.account(library, "twitter")
    signed_in(client, library)
    sent = form([x], body="word " * 9_000, mend="split:text:twitter")
    assert client.post(reverse("posts:mend"), sent).json()["threads"] == {}
    began = time.process_time()
    found = splitting.split("👨‍👩‍👧‍👦" * 9_000, lines.capabilities(x).limits, numbered=False)
    assert "".join(found) == "👨‍👩‍👧‍👦" * 9_000
    assert time.process_time() - began < 5
