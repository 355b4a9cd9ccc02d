"""Campaigns, link cards and previews in a real browser: every width and theme, axe on each page, hostile text."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect, sync_playwright

from core.models import Worker
from libraries.models import Role
from posts import actions, cards
from posts.models import LinkCard, Post
from tests import factories
from tests.chromium import launch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
SIZES = [(360, "light"), (360, "dark"), (1280, "light"), (1280, "dark")]
LINK = "https://books.example.org/new"
HOSTILE = (
    "كتب جديدة في المكتبة #كتب\n" + "👨‍👩‍👧‍👦" * 40 + " 🇨🇦🇮🇪 <b>no markup</b> @fernhollow #StoryTime\n" + "Donaudampfschiff" * 30
)


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


@pytest.fixture
def library() -> Any:
    made = factories.library()
    Worker.objects.create(name="here")
    return made


@pytest.fixture
def open_as(browser: Browser, live_server: Any, library: Any) -> Iterator[Any]:
    """Opens a page signed in as somebody; a script that fails fails the test."""
    contexts, complaints = [], []

    def opened(role: Role, path: str, *, width: int = 1280, theme: str = "light") -> Page:
        client = Client()
        client.force_login(factories.actor(library, role).user)
        context = browser.new_context(viewport={"width": width, "height": 1000}, color_scheme=theme)
        contexts.append(context)
        [cookie] = client.cookies.values()
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(live_server.url + path)
        page.wait_for_load_state("networkidle")
        return page

    yield opened
    for context in contexts:
        for page in context.pages:
            page.wait_for_load_state("networkidle")  # the database is emptied next
            page.goto("about:blank")
        context.close()
    assert complaints == []


def everything(library: Any) -> dict[str, str]:
    """A campaign with posts and an event, and a draft of hostile text with pictures and a card."""
    staff = factories.actor(library, Role.STAFF)
    today = timezone.localdate()
    campaign = actions.save_campaign(
        actor=staff, name="Winter reading", goal="300 readers finish their card by March", colour="wait",
        starts_on=today, ends_on=today + timedelta(days=27),
    )  # fmt: skip
    actions.put_event(actor=staff, event=factories.event(library, "Author talk"), campaign=campaign)
    accounts = [factories.account(library, name) for name in ("facebook", "twitter", "instagram", "linkedin")]
    for days in (1, 3, 3, 9):
        post = factories.draft(staff, accounts[0], body="Read with us")
        Post.objects.filter(pk=post.pk).update(planned_for=timezone.now() + timedelta(days=days), title="Read with us")
        actions.put_post(actor=staff, post=post, campaign=campaign)
    LinkCard.objects.create(
        library=library, url=LINK, digest=hashlib.sha256(LINK.encode()).hexdigest(), state="shown", fetched_at=timezone.now(),
        title="New on our shelves this winter", description="Ten books for long evenings", picture=cards.small_copy(factories.picture_bytes(1200, 630)),
    )  # fmt: skip
    carded = factories.draft(staff, *accounts, body=HOSTILE, link=LINK)
    pictured = factories.draft(staff, *accounts, body="Three pictures " * 60, pictures=[factories.asset(library) for _n in range(3)])
    one = f"/campaigns/{campaign.pk}/"
    return {
        "campaigns": "/campaigns/", "campaign": one, "change": one + "edit/",
        "copy": f"{one}copy/?name=Again&starts_on={today + timedelta(days=364)}",
        "cards": f"/posts/{carded.pk}/edit/", "pictures": f"/posts/{pictured.pk}/edit/",
    }  # fmt: skip


def accessible(page: Page, name: str) -> None:
    found = Axe().run(page, options=RULES).response["violations"]
    assert [(name, one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} is {wide} px too wide"


@pytest.mark.parametrize(("width", "theme"), SIZES)
def test_campaigns_and_previews_are_accessible(open_as: Any, library: Any, width: int, theme: str) -> None:
    page = open_as(Role.MANAGER, "/campaigns/", width=width, theme=theme)
    accessible(page, "no campaigns")
    base = page.url.removesuffix("/campaigns/")
    for name, path in everything(library).items():
        page.goto(base + path)
        page.wait_for_load_state("networkidle")
        if shots := os.environ.get("SHOTS"):
            page.screenshot(path=f"{shots}/{name}-{width}-{theme}.png", full_page=True)
        accessible(page, name)


def test_a_card_appears_by_itself_once_the_page_was_read(open_as: Any, library: Any) -> None:
    factories.account(library)
    page = open_as(Role.STAFF, "/posts/new/")
    page.get_by_label("Text", exact=True).fill("New books")
    page.get_by_label("Link", exact=False).first.fill(LINK)
    expect(page.get_by_text("Reading what the page says of itself…")).to_be_visible()
    LinkCard.objects.update(state="shown", fetched_at=timezone.now(), title="New on our shelves")
    expect(page.get_by_text("New on our shelves")).to_be_visible()


def test_going_back_to_the_common_text_can_be_undone(open_as: Any, library: Any) -> None:
    account = factories.account(library)
    factories.account(library, "linkedin")
    page = open_as(Role.STAFF, "/posts/new/")
    page.get_by_label("Text", exact=True).fill("New books today")
    page.locator(f"#tab-{account.pk}").click()
    own = page.locator(f"#text-{account.pk}")
    own.fill("New films today")
    page.get_by_text("How it differs from the text for all").click()
    expect(page.locator(f"#panel-{account.pk} ins")).to_contain_text("films")
    page.locator(f"[data-back-of='{account.pk}']").click()
    expect(own).to_have_value("New books today")
    page.get_by_role("button", name="Undo: my own text again").click()
    expect(own).to_have_value("New films today")
