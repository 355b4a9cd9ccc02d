"""The dialogue in which a published post is corrected, in a real browser: small and large, light and dark, by keyboard."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect, sync_playwright

from core.dispatch import Verdict
from core.models import Worker
from libraries.models import Role
from posts.models import Correction, Delivery
from tests import factories
from tests.chromium import launch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    patch = pytest.MonkeyPatch()
    patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs in this thread
    with sync_playwright() as playwright:
        made = launch(playwright)
        expect.set_options(timeout=20_000)
        yield made
        made.close()
    patch.undo()


def published() -> Delivery:
    """One post that is out on three networks; the text of one is its own."""
    library = factories.library()
    accounts = [factories.account(library, name) for name in ("facebook", "linkedin", "twitter")]
    rows = factories.scheduled(library, *accounts, variants={str(accounts[2].pk): "Opens at nine."}, body="The room opens at nine.")
    worker = Worker.objects.create(name="test")
    for row in rows:
        [mine] = Delivery.objects.claim(worker.pk, id=row.pk)
        mine.settle(mine.open_attempt(), Verdict("sent", "published", remote_id=f"r{row.pk}", at=timezone.now()))
    return rows[0]


def opened(browser: Browser, live_server: Any, row: Delivery, width: int, dark: bool) -> Page:
    client = Client()
    client.force_login(factories.actor(row.library, Role.MANAGER).user)
    [cookie] = client.cookies.values()
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light")
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page = context.new_page()
    page.goto(live_server.url + reverse("posts:post", args=[row.post_id]))
    page.locator("html[data-ready]").wait_for(state="attached")
    return page


@pytest.mark.parametrize(("width", "dark"), [(360, False), (1280, True)])
def test_a_manager_corrects_what_is_out_by_keyboard(browser: Browser, live_server: Any, width: int, dark: bool) -> None:
    row = published()
    page = opened(browser, live_server, row, width, dark)
    page.get_by_role("button", name="Correct it").first.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Correct this post")
    expect(dialog).to_be_visible()
    assert Axe().run(page, options=RULES).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if shots := os.environ.get("SHOTS"):
        page.screenshot(path=f"{shots}/correct-{width}.png")
    dialog.get_by_label("Text", exact=True).fill("The room opens at ten.")
    dialog.get_by_role("button", name="Correct it").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("The new words go to 2 accounts.")).to_be_visible()
    expect(page.get_by_text("Correcting it.").first).to_be_visible()
    assert Axe().run(page, options=RULES).response["violations"] == []
    if shots:
        page.screenshot(path=f"{shots}/corrected-{width}.png", full_page=True)
    assert [c.text for c in Correction.objects.all()] == ["The room opens at ten."] * 2
    page.goto(live_server.url + reverse("posts:correct", args=[row.post_id]))
    assert Axe().run(page, options=RULES).response["violations"] == []
    page.context.close()
