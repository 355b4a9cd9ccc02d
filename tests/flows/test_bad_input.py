"""The table in tests/README.md is true: every test that it names is there. And what no other file asks of bad input."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from libraries.models import Role
from posts.models import Post
from tests import factories

TESTS = Path(__file__).resolve().parent.parent
NAMED = re.findall(r"`([\w/]+\.py)::(test_\w+)`", (TESTS / "README.md").read_text())


def test_the_table_names_tests() -> None:
    assert len(NAMED) > 40


@pytest.mark.parametrize(("file", "name"), NAMED, ids=[name for _file, name in NAMED])
def test_a_test_that_the_table_names_is_there(file: str, name: str) -> None:
    assert re.search(rf"^\s*def {name}\(", (TESTS / file).read_text(), re.M)


@pytest.fixture
def staff(client: Client, db: None) -> Any:
    actor = factories.actor(factories.library(), Role.STAFF)
    client.force_login(actor.user)
    return actor


@pytest.mark.parametrize("body", [
    "\x00", "a\x00b", "\ud7ff\U0010ffff", "\u202ereversed", "x" * 200_000, "<script>alert(1)</script>", "{{ 7*7 }} {% now %}",
    "👩‍👩‍👧‍👦" * 500, "\r\n" * 500, "'; DROP TABLE posts_post; --",
])  # fmt: skip
def test_odd_texts_are_kept_or_refused_and_never_break_the_page(client: Client, staff: Any, body: str) -> None:
    """Control characters, markup, templates, right-to-left marks, families of emoji, far too much of it."""
    factories.account(staff.library)
    answer = client.post("/posts/new/", {"body": body, "act": "save"})
    assert answer.status_code in (200, 302, 422)
    for post in Post.objects.filter(library=staff.library):
        page = client.get(f"/posts/{post.pk}/")
        assert page.status_code == 200
        assert "<script>alert(1)</script>" not in page.content.decode()


@pytest.mark.parametrize("address", [
    "/posts/999999999999999999999/", "/posts/0/", "/posts/?page=none&state=%00", "/posts/?page=-1", "/posts/?q=%00",
    "/calendar/?month=2026-99", "/calendar/?month=%00", "/calendar/day/?on=9999-99-99", "/events/?month=0000-00",
    "/record/?day=x&q=%00", "/inbox/?q=%00", "/media/?q=%00", "/r/%00", "/notices/?page=x",
])  # fmt: skip
def test_odd_addresses_get_a_page(client: Client, staff: Any, address: str) -> None:
    client.raise_request_exception = False
    client.force_login(factories.actor(staff.library, Role.MANAGER).user)
    assert client.get(address).status_code in (200, 302, 400, 404)
