"""A thread and a first comment are written in a real browser, by keyboard too, and the post's page shows them in order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect, sync_playwright

from libraries.models import Role
from posts.models import Post
from tests import factories
from tests.chromium import launch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PATIENCE_MS = 20_000
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
LONG = " ".join(f"Sentence number {n} tells of the winter programme." for n in range(12))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    patch = pytest.MonkeyPatch()
    patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs in this thread
    with sync_playwright() as playwright:
        made = launch(playwright)
        expect.set_options(timeout=PATIENCE_MS)
        yield made
        made.close()
    patch.undo()


def opened(browser: Browser, base: str, user: Any, path: str, width: int, *, dark: bool = False) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light")
    client = Client()
    client.force_login(user)
    [cookie] = client.cookies.values()
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": base}])
    page = context.new_page()
    page.goto(base + path)
    page.locator("html[data-ready]").wait_for(state="attached")
    return page


def sound(page: Page, name: str) -> None:
    """Nothing for axe, nothing wider than the window."""
    if folder := os.environ.get("SHOTS_DIR"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def close(page: Page) -> None:
    page.goto("about:blank")
    page.wait_for_load_state("networkidle")
    page.context.close()


def test_a_thread_and_a_first_comment_are_written_by_keyboard(browser: Browser, live_server: Any) -> None:
    library = factories.library()
    x, page_account = factories.account(library, "twitter"), factories.account(library, "facebook")
    staff = factories.actor(library, Role.STAFF)
    post = factories.draft(staff, x, page_account, body=LONG)
    page = opened(browser, live_server.url, staff.user, reverse("posts:edit", args=[post.pk]), 1280)
    page.locator(f"#tab-{x.pk}").click()
    page.get_by_role("button", name="Make it a thread").focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"[name=thread-{x.pk}]")).to_have_count(3)
    expect(page.locator(f"#tab-{x.pk}")).to_have_attribute("aria-selected", "true")
    expect(page.locator(f"#tab-{x.pk}")).to_contain_text("thread of 3")
    second = page.get_by_label("Part 2 of 3")
    second.focus()
    page.keyboard.press("End")
    page.keyboard.type(" And more.")
    page.get_by_text("First comment", exact=True).first.click()
    page.get_by_label("What it says optional").fill("Sign up at the desk.")
    expect(page.get_by_text("The first comment, written right after the post.")).to_be_visible()
    sound(page, "thread-1280-light")
    expect(page.locator("[data-saved]")).to_contain_text("Saved at")
    close(page)
    content = Post.objects.get().working_copy.content
    assert "And more." in "".join(content["threads"][str(x.pk)])
    assert content["first_comment"]["text"] == "Sign up at the desk."
    assert set(content["first_comment"]["accounts"]) == {x.pk, page_account.pk}


@pytest.mark.parametrize(("width", "dark"), [(360, False), (360, True), (1280, True)])
def test_the_composer_and_the_page_hold_a_thread_at_every_width(browser: Browser, live_server: Any, width: int, dark: bool) -> None:
    library = factories.library()
    x, page_account = factories.account(library, "twitter"), factories.account(library, "facebook")
    manager = factories.actor(library, Role.MANAGER)
    said = {"threads": {str(x.pk): ["One, with a few words more. 1/2", "Two. 2/2"]}, "first_comment": {"text": "Three.", "accounts": [page_account.pk]}}
    [row, *_rest] = factories.scheduled(library, x, page_account, body="All.", more=said)
    name = f"{width}-{'dark' if dark else 'light'}"
    page = opened(browser, live_server.url, manager.user, reverse("posts:post", args=[row.post_id]), width, dark=dark)
    expect(page.get_by_text("Part 2 of 2")).to_be_visible()
    sound(page, f"parts-page-{name}")
    close(page)
    page = opened(browser, live_server.url, manager.user, reverse("posts:edit", args=[row.post_id]), width, dark=dark)
    page.locator(f"#tab-{x.pk}").click()
    expect(page.get_by_label("Part 2 of 2")).to_be_visible()
    sound(page, f"thread-{name}")
    close(page)
