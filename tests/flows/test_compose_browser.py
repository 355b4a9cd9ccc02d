"""The composer and its neighbours in a real browser: inheriting tabs, saving, two tabs at once, pictures, keys, axe."""

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
from posts.models import Delivery, Post
from tests import factories
from tests.chromium import launch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


PATIENCE_MS = 20_000  # two cores may be busy with other tests


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
    made = factories.library()
    for name in ("facebook", "twitter", "instagram"):
        factories.account(made, name, name=f"Fernhollow on {name}")
    return made


@pytest.fixture
def open_as(browser: Browser, live_server: Any, library: Any) -> Iterator[Any]:
    """Opens a page signed in as somebody; what the browser complains about fails the test."""
    contexts, complaints, under_way = [], [], set()

    def opened(role: Role, path: str, *, width: int = 1280, dark: bool = False) -> Page:
        client = Client()
        client.force_login(factories.actor(library, role).user)
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        [cookie] = client.cookies.values()
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda one: under_way.update([one]))
        page.on("requestfinished", lambda one: under_way.difference_update([one]))
        page.on("requestfailed", lambda one: under_way.difference_update([one]))
        page.goto(live_server.url + path)
        return page

    yield opened
    for page in [page for context in contexts for page in context.pages]:
        while under_way:  # the database is emptied next, and must not be while the server still writes
            page.wait_for_timeout(50)
        page.goto("about:blank")
    for context in contexts:
        context.close()
    assert complaints == []


def saved(page: Page) -> None:
    expect(page.locator("[data-saved]")).to_contain_text("Saved at")


def test_a_tab_inherits_until_somebody_types_in_it(open_as: Any) -> None:
    page = open_as(Role.STAFF, reverse("posts:new"))
    page.get_by_label("Text", exact=True).fill("Seed swap on Friday.")
    expect(page.locator("#counts")).to_contain_text("X (Twitter) 20 of 280")
    tab = page.get_by_role("tab", name="X (Twitter)")
    expect(tab).to_contain_text("same as above")
    tab.click()
    own = page.get_by_label("Text for Fernhollow on twitter")
    expect(own).to_have_value("Seed swap on Friday.")
    own.fill("Short.")
    expect(tab).to_contain_text("own text")
    expect(page.locator(".preview.twitter")).to_contain_text("Short.")
    expect(page.locator(".preview.facebook")).to_contain_text("Seed swap on Friday.")
    saved(page)
    assert list(Post.objects.get().working_copy.content["variants"].values()) == ["Short."]
    page.get_by_role("button", name="Back to the common text").click()
    expect(tab).to_contain_text("same as above")
    expect(own).to_have_value("Seed swap on Friday.")
    expect(page.locator(".preview.twitter")).to_contain_text("Seed swap on Friday.")


def test_the_second_tab_is_told_and_nothing_is_lost(open_as: Any, library: Any) -> None:
    staff = factories.actor(library, Role.STAFF)
    post = factories.draft(staff, body="As it was.")
    address = reverse("posts:edit", args=[post.pk])
    first, second = open_as(Role.STAFF, address), open_as(Role.STAFF, address)
    first.get_by_label("Text", exact=True).fill("Written in the first tab.")
    saved(first)
    second.get_by_label("Text", exact=True).fill("Written in the second tab.")
    expect(second.get_by_text("This post was changed in another tab or by a colleague")).to_be_visible()
    expect(second.get_by_label("Text", exact=True)).to_have_value("Written in the second tab.")
    post.working_copy.refresh_from_db()
    assert post.working_copy.content["body"] == "Written in the first tab."


def test_somebody_who_was_signed_out_keeps_every_word(open_as: Any, library: Any) -> None:
    page = open_as(Role.STAFF, reverse("posts:new"))
    cookies = page.context.cookies()
    page.context.clear_cookies()
    page.get_by_label("Text", exact=True).fill("Typed for an hour.")
    page.get_by_role("button", name="Send to review").click()
    expect(page.locator("[data-saved]")).to_contain_text("you were signed out")
    expect(page.get_by_label("Text", exact=True)).to_have_value("Typed for an hour.")
    page.context.add_cookies(cookies)
    page.get_by_role("button", name="Save draft").last.click()
    expect(page.get_by_text("The draft is saved.")).to_be_visible()
    assert Post.objects.get().working_copy.content["body"] == "Typed for an hour."


def test_pictures_come_with_their_words_and_refusals_with_reasons(open_as: Any) -> None:
    page = open_as(Role.STAFF, reverse("posts:new"))
    page.locator("[data-drop] input[type=file]").set_input_files([
        {"name": "banner.jpg", "mimeType": "image/jpeg", "buffer": factories.picture_bytes(1500, 500)},
        {"name": "page.png", "mimeType": "image/png", "buffer": b"<!doctype html>"},
    ])  # fmt: skip
    expect(page.locator(".shot")).to_have_count(1)
    expect(page.locator("[data-refused]")).to_contain_text("holds a web page, not a picture")
    expect(page.get_by_text("Instagram will show “banner.jpg” cropped")).to_be_visible()
    expect(page.get_by_text("Describe “banner.jpg” for people who cannot see it")).to_be_visible()
    page.get_by_label("Describe it for people who cannot see it").fill("A teal banner.")
    expect(page.get_by_text("Describe “banner.jpg” for people who cannot see it")).to_have_count(0)
    saved(page)
    assert Post.objects.get().working_copy.content["media"][0]["alt_text"] == "A teal banner."


def test_a_post_is_written_sent_and_approved_by_key(open_as: Any) -> None:
    page = open_as(Role.STAFF, reverse("posts:new"))
    page.get_by_label("Text", exact=True).fill("Bookmobile on Tuesday.")
    page.get_by_text("Fernhollow on instagram").first.click()
    page.get_by_role("button", name="Send to review").click()
    expect(page.get_by_text("Sent to review.")).to_be_visible()
    queue = open_as(Role.MANAGER, reverse("posts:queue"))
    queue.keyboard.press("c")
    expect(queue.get_by_label("What should change?")).to_be_focused()
    queue.locator("h1").click()
    queue.keyboard.press("a")
    expect(queue.get_by_text("Approved. It goes out in 10 seconds.")).to_be_visible()
    assert Delivery.objects.filter(state="scheduled").count() == 2


def test_what_a_colleague_decides_reaches_both_pages_and_takes_nobodys_words(open_as: Any, library: Any) -> None:
    author, manager = factories.actor(library, Role.STAFF), factories.actor(library, Role.MANAGER)
    post = factories.draft(author, library.accounts.get(platform="facebook"), body="Bookmobile on Tuesday.")
    revision = actions.submit_post(actor=author, post=post, planned_for=None)
    queue = open_as(Role.ADMIN, reverse("posts:queue"))
    page = open_as(Role.MANAGER, reverse("posts:post", args=[post.pk]))
    queue.get_by_text("Ask for changes").click()
    queue.get_by_label("What should change?").fill("Say which Tuesday.")
    actions.review_post(actor=manager, post=post, revision=revision, verdict="approve")
    expect(queue.locator("#judged")).to_contain_text("was first.", timeout=10_000)
    expect(queue.get_by_label("What should change?")).to_have_value("Say which Tuesday.")
    expect(page.locator("#live-words")).to_contain_text("Approved", timeout=10_000)
    page.locator("#controls input[type=date]").fill("2030-05-14")
    page.locator("h1").click()  # nothing has the focus: what was chosen stays all the same
    actions.schedule_post(actor=manager, post=Post.objects.get(), when=timezone.now() + timedelta(days=9))
    asked = "new Promise((done) => document.addEventListener('htmx:beforeRequest', (e) => done(e.defaultPrevented)))"
    assert page.evaluate(asked) is True
    expect(page.locator("#controls input[type=date]")).to_have_value("2030-05-14")


def test_the_post_page_learns_by_itself_that_it_is_out(open_as: Any, library: Any) -> None:
    delivery = factories.scheduled(library, library.accounts.get(platform="facebook"))[0]
    page = open_as(Role.VIEWER, reverse("posts:post", args=[delivery.post_id]))
    expect(page.locator("#live")).to_contain_text("Scheduled")
    Delivery.objects.filter(pk=delivery.pk).update(
        state="sending", lease_token="0" * 32, leased_by=1, leased_until=timezone.now()
    )
    Delivery.objects.filter(pk=delivery.pk).update(state="sent", remote_id="1", remote_url="https://example.org/1", sent_at=timezone.now(), lease_token=None, leased_by=None, leased_until=None)  # fmt: skip
    expect(page.locator("#live")).to_contain_text("Published")
    expect(page.locator("#live-words")).to_contain_text("1 published")
    expect(page.locator("#live")).not_to_have_attribute("hx-trigger", "every 2s")


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_no_page_breaks_a_rule_of_accessibility(open_as: Any, library: Any, width: int, dark: bool) -> None:
    staff, manager = factories.actor(library, Role.STAFF), factories.actor(library, Role.MANAGER)
    accounts, asset = list(library.accounts.all()), factories.asset(library, 1200, 800)
    draft = factories.draft(
        staff, *accounts, pictures=(asset, factories.asset(library)), link="https://fernhollow.example/"
    )
    waits = factories.draft(staff, *accounts, pictures=(asset,))
    actions.submit_post(actor=staff, post=waits, planned_for=timezone.now() + timedelta(days=2))
    sent = factories.scheduled(library, *accounts, pictures=(asset,), when=timezone.now() + timedelta(days=1))[0]
    actions.pause_post(actor=manager, post=sent.post)
    Delivery.objects.filter(pk=sent.pk).update(
        state="sending", lease_token="0" * 32, leased_by=1, leased_until=timezone.now()
    )
    Delivery.objects.filter(pk=sent.pk).update(state="unconfirmed", lease_token=None, leased_by=None, leased_until=None)
    page = open_as(Role.MANAGER, reverse("posts:list"), width=width, dark=dark)
    for path in (
        reverse("posts:list"), reverse("posts:new"), reverse("posts:edit", args=[draft.pk]), reverse("posts:queue"),
        reverse("posts:post", args=[draft.pk]), reverse("posts:post", args=[sent.post_id]),
        reverse("media_library:library"), reverse("media_library:picture", args=[asset.pk]),
    ):  # fmt: skip
        page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + path)
        page.wait_for_load_state("networkidle")
        found = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} is wider than the screen"
