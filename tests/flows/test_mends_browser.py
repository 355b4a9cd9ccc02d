"""Every problem mended by clicks in a real browser, and one step back."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import expect

from libraries.models import Role
from posts.models import Post
from tests.flows.test_compose_browser import browser, library, open_as, saved  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TEXT = "Come TODAY to our #Books table.\n\n" + "It is full of new things to read and to talk about. " * 6 + "\n\n#storytime"


def test_all_problems_are_mended_by_clicks_and_the_last_can_be_undone(open_as: Any) -> None:  # noqa: F811
    page = open_as(Role.STAFF, reverse("posts:new"))
    page.get_by_label("Text", exact=True).fill(TEXT)
    body = page.locator("#body")
    for name in ("Use small letters", "Move hashtags to the end", "Write with capitals"):
        page.locator('#panel-all [name="mend"]').get_by_text(name).first.click()
        expect(page.locator("[data-mended]")).to_contain_text(f"Done: {name}.")
    mended = body.input_value()
    assert "today" in mended
    assert mended.rstrip().endswith("#StoryTime #Books")
    page.locator("[data-mended]").get_by_role("button", name="Undo").click()
    expect(body).not_to_have_value(mended)
    expect(page.locator("[data-mended]")).to_be_hidden()
    page.get_by_role("button", name="Shorten for X (Twitter)").first.click()
    expect(page.get_by_role("tab", name="X (Twitter)")).to_contain_text("own text")
    assert "new things to read" in body.input_value()
    saved(page)
    copy = Post.objects.select_related("working_copy").get().working_copy.content
    assert len(copy["variants"]) == 1
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
