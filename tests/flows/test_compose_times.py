"""The time of a post: with its zone, never in the past, never silently wrong where the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from libraries.models import Role
from posts.models import Post
from tests import factories

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def library() -> Any:
    return factories.library()


@pytest.fixture
def staff(client: Client, library: Any) -> Any:
    actor = factories.actor(library, Role.STAFF)
    client.force_login(actor.user)
    return actor


@pytest.fixture
def post(staff: Any, library: Any) -> Post:
    return factories.draft(staff, factories.account(library, "twitter"))


def sent(client: Client, post: Post, **when: str) -> Any:
    content = post.working_copy.content
    data = {
        "title": post.title, "body": content["body"], "accounts": content["accounts"], "when": "at",
        "version": post.working_copy.version, "act": "next", **when,
    }  # fmt: skip
    return client.post(reverse("posts:submit", args=[post.pk]), data)


def beside_the_time(page: Any) -> str:
    return page.content.decode().split('data-part="plan-problems"')[1].split("</fieldset>\n")[0]


def test_the_sentence_says_how_many_when_where_and_in_how_long(client: Client, post: Post) -> None:
    data = {
        "body": "x",
        "accounts": post.working_copy.content["accounts"],
        "when": "at",
        "date": "2026-12-08",
        "time": "09:00",
    }
    with time_machine.travel(datetime(2026, 11, 25, 13, 0, tzinfo=UTC), tick=False):
        client.force_login(post.author)
        page = client.post(reverse("posts:check"), data).content.decode()
    said = " ".join(page.split('data-part="will-words">')[1].split("</div>")[0].split())
    assert said.startswith("<b>1 account, Tuesday 8 December 2026, 09:00,</b> America/Toronto, in 1")
    assert said.endswith("Goes to a manager for review first.")


def test_a_past_time_is_refused_beside_the_field(client: Client, post: Post) -> None:
    page = sent(client, post, date="2020-01-01", time="09:00")
    assert page.status_code == 422
    assert "That time has passed" in beside_the_time(page)
    post.refresh_from_db()
    assert post.state == "draft"


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ({"time": "09:00"}, "Choose a day."),
        ({"date": "2031-01-01"}, "Choose a time."),
        ({"date": "2031-02-31", "time": "09:00"}, "Enter a valid date."),
    ],
)
def test_half_a_time_is_asked_for(client: Client, post: Post, when: dict[str, str], words: str) -> None:
    page = sent(client, post, **when)
    assert page.status_code == 422
    assert words in beside_the_time(page)


def test_a_time_that_the_clocks_jump_over_is_refused_and_another_named(client: Client, post: Post) -> None:
    page = sent(client, post, date="2031-03-09", time="02:30")
    assert page.status_code == 422
    assert "02:30 does not exist on that day in America/Toronto" in beside_the_time(page)
    assert "Choose 03:30" in beside_the_time(page)


def test_a_time_that_happens_twice_is_asked_about_and_both_can_be_had(client: Client, post: Post) -> None:
    page = sent(client, post, date="2031-11-02", time="01:30")
    assert page.status_code == 422
    asked = beside_the_time(page)
    assert "01:30 happens twice on that day" in asked
    assert 'name="fold" value="0"' in asked
    post.refresh_from_db()
    assert sent(client, post, date="2031-11-02", time="01:30", fold="1").status_code == 302
    post.refresh_from_db()
    assert post.planned_for == datetime(2031, 11, 2, 6, 30, tzinfo=UTC)


def test_the_first_of_two_equal_times_is_an_hour_earlier(client: Client, post: Post) -> None:
    assert sent(client, post, date="2031-11-02", time="01:30", fold="0").status_code == 302
    post.refresh_from_db()
    assert post.planned_for == datetime(2031, 11, 2, 5, 30, tzinfo=UTC)


def test_a_draft_keeps_its_plan_between_visits(client: Client, post: Post) -> None:
    day = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    content = post.working_copy.content
    data = {
        "body": "Changed.",
        "accounts": content["accounts"],
        "when": "at",
        "date": day,
        "time": "09:00",
        "version": 1,
    }
    client.post(reverse("posts:save", args=[post.pk]), data, headers={"X-Autosave": "1"})
    page = client.get(reverse("posts:edit", args=[post.pk])).content.decode()
    assert f'value="{day}"' in page
    assert 'value="09:00"' in page


def test_a_wrong_time_never_loses_the_text(client: Client, post: Post) -> None:
    data = {
        "body": "Typed before the time was right.",
        "accounts": [],
        "when": "at",
        "date": "2020-01-01",
        "time": "09:00",
        "version": 1,
    }
    answer = client.post(reverse("posts:save", args=[post.pk]), data, headers={"X-Autosave": "1"})
    assert answer.status_code == 200
    post.working_copy.refresh_from_db()
    assert post.working_copy.content["body"] == "Typed before the time was right."
