"""Ten posts reviewed on a phone, one hand: the thumb reaches every button, what was pressed can be taken back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect, sync_playwright

from libraries.models import Role
from posts import actions
from posts.actions.letters import digest_of
from posts.models import ApprovalLink, Delivery, Post, PostComment
from tests import factories
from tests.chromium import launch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PATIENCE_MS = 20_000
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
THUMB_PX = 44  # the least that a thumb hits


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


@pytest.fixture
def library() -> Any:
    return factories.library()


@pytest.fixture
def at(browser: Browser, live_server: Any, library: Any) -> Iterator[Any]:
    """Opens a page for a role; what the browser complains about fails the test."""
    contexts, complaints = [], []

    def opened(role: Role | None, path: str, *, width: int = 360, dark: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 740}, color_scheme="dark" if dark else "light", has_touch=width < 500
        )
        contexts.append(context)
        if role:
            client = Client()
            client.force_login(factories.actor(library, role).user)
            [cookie] = client.cookies.values()
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(live_server.url + path)
        page.locator("html[data-ready]").wait_for(state="attached")
        return page

    yield opened
    for page in [page for context in contexts for page in context.pages]:
        page.goto("about:blank")
        page.wait_for_load_state("networkidle")
    for context in contexts:
        context.close()
    assert complaints == []


def waiting(library: Any, n: int) -> list[Post]:
    """So many posts in review, an hour apart."""
    staff, account = factories.actor(library, Role.STAFF), factories.account(library, "facebook")
    picture = factories.asset(library, alt_text="A red chair in a reading room")
    posts = []
    for number in range(n):
        post = factories.draft(
            staff, account, body=f"Post number {number + 1}: the seed swap is on Friday.", pictures=(picture,) if number % 2 else ()
        )
        actions.submit_post(actor=staff, post=post, planned_for=timezone.now() + timedelta(days=2, hours=number))
        posts.append(post)
    return posts


def sound(page: Page) -> None:
    """Nothing for axe, nothing wider than the window."""
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_ten_posts_are_reviewed_on_a_phone(at: Any, library: Any) -> None:
    posts = waiting(library, 10)
    page = at(Role.MANAGER, reverse("posts:queue"))
    sound(page)
    for number in range(1, 9):
        expect(page.get_by_text(f"{number} of 10")).to_be_visible()
        button = page.get_by_role("button", name="Approve")
        box = button.bounding_box()
        assert box["height"] >= THUMB_PX
        assert 740 / 2 < box["y"] < 740 - box["height"], "the button is where the thumb is"
        button.tap()
    expect(page.get_by_text("9 of 10")).to_be_visible()
    page.get_by_text("Ask for changes").tap()
    page.get_by_label("What should change?").fill("Name the branch.")
    sound(page)
    page.get_by_role("button", name="Send it back").tap()
    expect(page.get_by_text("10 of 10")).to_be_visible()
    page.get_by_role("button", name="Approve").tap()
    expect(page.get_by_role("heading", name="10 posts dealt with")).to_be_visible()
    page.get_by_role("button", name="Undo").tap()
    expect(page.get_by_text("10 of 10")).to_be_visible()
    page.get_by_role("button", name="Approve").tap()
    expect(page.get_by_role("heading", name="10 posts dealt with")).to_be_visible()
    sound(page)
    states = [Post.objects.get(pk=post.pk).state for post in posts]
    assert states == ["approved"] * 8 + ["changes_requested", "approved"]
    assert Delivery.objects.filter(state="scheduled", hold="").count() == 9


def test_the_queue_is_worked_with_keys_alone(at: Any, library: Any) -> None:
    first, second, third = waiting(library, 3)
    page = at(Role.MANAGER, reverse("posts:queue"), width=1280)
    page.keyboard.press("j")
    expect(page.get_by_text("2 of 3")).to_be_visible()
    page.keyboard.press("k")
    expect(page.get_by_text("1 of 3")).to_be_visible()
    expect(page.get_by_role("heading", name="Post number 1", exact=False)).to_be_focused()
    page.keyboard.press("a")
    expect(page.get_by_text("2 of 3")).to_be_visible()
    expect(page.get_by_role("heading", name="Post number 2", exact=False)).to_be_focused()
    page.keyboard.press("c")
    expect(page.get_by_label("What should change?")).to_be_focused()
    page.keyboard.type("A word.")
    page.get_by_role("button", name="Send it back").press("Enter")
    expect(page.get_by_text("3 of 3")).to_be_visible()
    sound(page)
    assert [Post.objects.get(pk=p.pk).state for p in (first, second, third)] == ["approved", "changes_requested", "in_review"]


def test_several_are_approved_after_each_was_opened(at: Any, library: Any) -> None:
    first, second = waiting(library, 2)
    page = at(Role.MANAGER, reverse("posts:review_many"))
    page.locator("summary").filter(has_text="Post number 1").tap()
    page.get_by_label("I looked at it: approve it").check()
    sound(page)
    page.get_by_role("button", name="Approve what is ticked").tap()
    expect(page.get_by_text("Approved and scheduled.")).to_be_visible()
    assert [Post.objects.get(pk=p.pk).state for p in (first, second)] == ["approved", "in_review"]


def test_a_comment_names_a_colleague_by_keys(at: Any, library: Any) -> None:
    factories.person(library, Role.STAFF, "Ann Lee")
    [post] = waiting(library, 1)
    page = at(Role.MANAGER, reverse("posts:post", args=[post.pk]), width=1280, dark=True)
    box = page.get_by_label("Comment", exact=True)
    box.click()
    page.keyboard.type("Is ten right, @an")
    expect(page.get_by_role("option", name="Ann Lee")).to_be_visible()
    page.keyboard.press("Enter")
    expect(box).to_have_value("Is ten right, @Ann Lee ")
    page.get_by_role("button", name="Say it").click()
    expect(page.get_by_text("Is ten right, @Ann Lee")).to_be_visible()
    sound(page)
    assert PostComment.objects.get().body == "Is ten right, @Ann Lee"


def test_a_director_without_an_account_approves_on_a_phone(at: Any, library: Any) -> None:
    [post] = waiting(library, 1)
    ApprovalLink.objects.create(
        library=library, realm=post.realm, post=post, revision=post.current_revision, digest=digest_of("a-secret"),
        address="director@example.org", made_by=factories.actor(library, Role.MANAGER).user,
        expires_at=timezone.now() + timedelta(days=7),
    )  # fmt: skip
    page = at(None, "/approve/a-secret/")
    sound(page)
    page.get_by_role("button", name="Approve").tap()
    expect(page.get_by_text("Type your name")).to_be_visible()
    page.get_by_label("Your name").fill("Dora Director")
    page.get_by_role("button", name="Approve").tap()
    expect(page.get_by_role("heading", name="Approved. Thank you.")).to_be_visible()
    sound(page)
    assert Delivery.objects.get(post=post).due_at == post.planned_for
