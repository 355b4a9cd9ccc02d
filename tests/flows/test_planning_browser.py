"""Calendar, events and inbox in a real browser: moving by dialog, mouse and keys, answering by keys, axe."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect, sync_playwright

from core.models import Worker
from inbox import receiving
from inbox.models import Conversation, Reply
from libraries.models import Role
from platforms.base import Comment, Person
from posts import actions
from posts.models import Delivery, Post
from tests import factories
from tests.chromium import launch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PATIENCE_MS = 20_000
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}


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
def open_as(browser: Browser, live_server: Any, library: Any) -> Iterator[Any]:
    """Opens a page signed in as somebody; a script that fails fails the test."""
    contexts, complaints = [], []

    def opened(role: Role, path: str, *, width: int = 1280) -> Page:
        client = Client()
        client.force_login(factories.actor(library, role).user)
        context = browser.new_context(viewport={"width": width, "height": 1600})
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


def accessible(page: Page) -> None:
    found = Axe().run(page, options=RULES).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


def planned(library: Any) -> tuple[Post, datetime]:
    """A draft in the middle of next month, so that days lie round it on the same page."""
    there = timezone.now().astimezone(library.zone)
    when = (there.replace(day=1) + timedelta(days=32)).replace(day=15, hour=9, minute=0, second=0, microsecond=0)
    staff = factories.actor(library, Role.STAFF)
    post = factories.draft(staff, factories.account(library, "twitter"), body="Seed swap")
    return actions.plan_post(actor=staff, post=post, when=when), when


def stands(page: Page, when: datetime) -> None:
    expect(page.locator(f"[data-day='{when:%Y-%m-%d}'] .chip")).to_have_count(1)


def test_a_post_moves_by_dialog_and_is_put_back(open_as: Any, library: Any) -> None:
    post, when = planned(library)
    page = open_as(Role.STAFF, f"/calendar/?month={when:%Y-%m}")
    page.locator(".placed").hover()
    page.locator(".mover").click()
    dialog = page.get_by_role("dialog", name="Another time")
    expect(dialog).to_be_visible()
    accessible(page)
    dialog.get_by_label("Day").fill("2020-01-01")
    dialog.get_by_role("button", name="Move it").click()
    expect(dialog).to_contain_text("That time has passed")
    later = when + timedelta(days=2)
    dialog.get_by_label("Day").fill(f"{later:%Y-%m-%d}")
    dialog.get_by_role("button", name="Move it").click()
    stands(page, later)
    page.get_by_role("button", name="Put it back").click()
    stands(page, when)
    assert Post.objects.get(pk=post.pk).planned_for == when


def test_a_chip_is_carried_by_mouse(open_as: Any, library: Any) -> None:
    _post, when = planned(library)
    page = open_as(Role.STAFF, f"/calendar/?month={when:%Y-%m}")
    there = when + timedelta(days=1)
    page.locator(".placed").drag_to(page.locator(f"[data-day='{there:%Y-%m-%d}']"))
    stands(page, there)
    accessible(page)
    page.get_by_role("button", name="Put it back").click()
    stands(page, when)


def test_a_post_that_begins_to_be_sent_while_it_is_carried_stays_and_says_why(open_as: Any, library: Any) -> None:
    [delivery] = factories.scheduled(library, factories.account(library, "facebook"), when=timezone.now() + timedelta(days=1))
    there = delivery.due_at.astimezone(library.zone)
    page = open_as(Role.MANAGER, f"/calendar/week/?day={there:%Y-%m-%d}")
    worker = Worker.objects.create(name="w")
    Delivery.objects.filter(pk=delivery.pk).update(
        state="sending", lease_token=uuid.uuid4(), leased_until=timezone.now() + timedelta(minutes=5), leased_by=worker.pk
    )
    days = page.locator(".day:not(.past)")
    other = days.nth(0 if days.nth(0).get_attribute("data-day") != f"{there:%Y-%m-%d}" else 1)
    page.locator(".placed").drag_to(other)
    expect(page.locator("main")).to_contain_text("It is being sent right now.")
    assert Post.objects.get(pk=delivery.post_id).planned_for == delivery.due_at


def test_a_chip_is_carried_by_keys(open_as: Any, library: Any) -> None:
    _post, when = planned(library)
    page = open_as(Role.STAFF, f"/calendar/?month={when:%Y-%m}")
    page.locator(".chip").focus()
    for key in ("m", "ArrowDown", "ArrowLeft", "Escape"):
        page.keyboard.press(key)
    expect(page.locator("#carry-said")).to_have_text("It stays where it was.")
    stands(page, when)
    for key in ("m", "ArrowDown", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    stands(page, when + timedelta(days=8))


def test_what_is_scheduled_says_to_staff_why_it_stays(open_as: Any, library: Any) -> None:
    when = timezone.now() + timedelta(days=1)
    factories.scheduled(library, factories.account(library, "twitter"), when=when)
    page = open_as(Role.STAFF, f"/calendar/?month={when.astimezone(library.zone):%Y-%m}")
    page.locator(".chip:visible").focus()
    page.keyboard.press("m")
    expect(page.locator("#toasts")).to_contain_text("Managers move what is scheduled.")


def test_the_inbox_is_worked_by_keys_and_looks_again_by_itself(open_as: Any, library: Any) -> None:
    [delivery] = factories.scheduled(library, factories.account(library, "facebook"))
    Delivery.objects.filter(pk=delivery.pk).update(state="sent", remote_id="post-1", sent_at=timezone.now())
    delivery.refresh_from_db()
    said = Comment("c1", "post-1", Person("p1", "Orla Finch"), "Is there a lift?", timezone.now())
    receiving.receive(delivery.account, delivery, [said])
    page = open_as(Role.STAFF, f"/inbox/{Conversation.objects.get().pk}/")
    accessible(page)
    page.keyboard.press("r")
    page.keyboard.type("There is, beside the desk.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#thread .ours")).to_contain_text("Sending")
    assert Reply.objects.get().body == "There is, beside the desk."
    more = Comment("c2", "post-1", Person("p2", "Tomasz Wren"), "And tea?", timezone.now())
    receiving.receive(delivery.account, delivery, [more])
    expect(page.locator("#thread")).to_contain_text("And tea?")
    expect(page.locator("#thread-said")).to_have_text("Something changed in this talk.")
    page.locator("h1").click()
    page.keyboard.press("e")
    expect(page.get_by_role("button", name="Open again")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_the_pages_are_accessible_and_fit(open_as: Any, library: Any, width: int) -> None:
    _post, when = planned(library)
    event = factories.event(library, starts_at=when, ends_at=None)
    page = open_as(Role.STAFF, "/inbox/", width=width)
    base = page.url.removesuffix("/inbox/")
    for path in (
        "/inbox/", f"/calendar/?month={when:%Y-%m}", f"/calendar/week/?day={when:%Y-%m-%d}", f"/calendar/agenda/?month={when:%Y-%m}",
        f"/calendar/day/?day={when:%Y-%m-%d}", f"/events/?month={when:%Y-%m}", f"/events/{event.pk}/", "/events/import/",
    ):  # fmt: skip
        page.goto(base + path)
        page.wait_for_load_state("networkidle")
        accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, path
