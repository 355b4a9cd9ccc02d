"""Our short links lead on, count visits and keep nothing about visitors."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from posts.models import TrackedLink
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def link() -> Any:
    library = factories.library()
    factories.scheduled(library, factories.account(library, "twitter"), link="https://fernhollow.example/bus?a=1&b=2")
    return TrackedLink.objects.get()


def test_a_link_leads_to_the_page_that_the_post_promised(client: Client, link: TrackedLink) -> None:
    answer = client.get(f"/r/{link.slug}")
    assert (answer.status_code, answer["Location"]) == (302, "https://fernhollow.example/bus?a=1&b=2")
    assert answer["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer


def test_each_visit_counts_and_a_look_at_the_head_does_not(client: Client, link: TrackedLink) -> None:
    client.get(f"/r/{link.slug}")
    client.get(f"/r/{link.slug}")
    client.head(f"/r/{link.slug}")
    link.refresh_from_db()
    assert link.visits == 2


def test_an_unknown_link_is_not_found(client: Client) -> None:
    assert client.get("/r/nothing2").status_code == 404
