"""Slots, series, pauses and the ten seconds in a real browser: by keys, on a phone, in both themes, axe on each page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect, sync_playwright

from core.models import Worker
from libraries.models import Role
from posts import actions
from posts.models import Delivery, Pause, Series
from posts.recurrence import Rule
from tests import factories
from tests.chromium import launch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PATIENCE_MS = 20_000
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
SIZES = [(360, "light"), (360, "dark"), (1280, "light"), (1280, "dark")]


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
    Worker.objects.create(name="here")
    return made


@pytest.fixture
def open_as(browser: Browser, live_server: Any, library: Any) -> Iterator[Any]:
    """Opens a page signed in as somebody; a script that fails fails the test."""
    contexts, complaints = [], []

    def opened(role: Role, path: str, *, width: int = 1280, theme: str = "light", script: bool = True) -> Page:
        client = Client()
        client.force_login(factories.actor(library, role).user)
        context = browser.new_context(
            viewport={"width": width, "height": 1000}, color_scheme=theme, java_script_enabled=script
        )
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
    """A library with slots, a series, a pause with a late post: name -> address of each page."""
    staff, manager = factories.actor(library, Role.STAFF), factories.actor(library, Role.MANAGER)
    page, feed = factories.account(library), factories.account(library, "twitter")
    for account in (page, feed):
        actions.add_slots(actor=manager, account=account, weekdays=[0, 2, 4], at=time(10), tz=library.tz)
    event = factories.event(library)
    post = factories.draft(staff, page, feed, body="Story time at ten.", event=event)
    actions.plan_by_slots(actor=staff, post=post)
    tomorrow = (timezone.now() + timedelta(days=1)).date()
    series = actions.begin_series(
        actor=staff, post=post, rule=Rule("WEEKLY", days=(1, 3)), starts_on=tomorrow, at=time(10), tz=library.tz
    )
    [late] = factories.scheduled(library, page, when=timezone.now() + timedelta(days=1))
    pause = actions.pause_publishing(actor=manager, reason="Bad news in town, no cheerful posts")
    Delivery.objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(hours=2))
    return {
        "slots": "/slots/", "series": "/series/", "one_series": f"/series/{series.pk}/", "new_series": f"/series/new/{post.pk}/",
        "pauses": "/pauses/", "resume": f"/pauses/{pause.pk}/", "composer": f"/posts/{post.pk}/edit/", "post": f"/posts/{late.post_id}/",
    }  # fmt: skip


def accessible(page: Page, name: str) -> None:
    found = Axe().run(page, options=RULES).response["violations"]
    assert [(name, one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} is {wide} px too wide"


@pytest.mark.parametrize(("width", "theme"), SIZES)
def test_every_page_about_when_is_accessible(open_as: Any, library: Any, width: int, theme: str) -> None:
    page = open_as(Role.MANAGER, "/slots/", width=width, theme=theme)
    accessible(page, "empty slots")
    base = page.url.removesuffix("/slots/")
    for name, path in {"empty series": "/series/", "empty pauses": "/pauses/", **everything(library)}.items():
        page.goto(base + path)
        page.wait_for_load_state("networkidle")
        if shots := os.environ.get("SHOTS"):
            page.screenshot(path=f"{shots}/{name.replace(' ', '_')}-{width}-{theme}.png", full_page=True)
        accessible(page, name)


@pytest.mark.parametrize("script", [True, False])
def test_publish_now_and_undo_with_and_without_scripts(open_as: Any, library: Any, script: bool) -> None:
    staff, manager = factories.actor(library, Role.STAFF), factories.actor(library, Role.MANAGER)
    post = factories.approved(staff, manager, factories.account(library), body="Oh no, a typo")
    page = open_as(Role.MANAGER, f"/posts/{post.pk}/", script=script)
    page.locator('label:has-text("As soon as it may go")').first.click()
    page.get_by_role("button", name="Schedule").click()
    expect(page.get_by_text("Nothing was sent yet.")).to_be_visible()
    if shots := os.environ.get("SHOTS"):
        page.screenshot(path=f"{shots}/undo-{script}.png", full_page=True)
    page.get_by_role("button", name="Undo: back to draft").click()
    expect(page.get_by_text("Stopped in time.")).to_be_visible()
    assert list(Delivery.objects.values_list("state", flat=True)) == ["cancelled"]


def test_slots_are_added_by_keys_and_taken_by_the_composer(open_as: Any, library: Any) -> None:
    account = factories.account(library)
    page = open_as(Role.MANAGER, "/slots/", width=360)
    page.get_by_label("Account").select_option(str(account.pk))
    page.get_by_label("Time", exact=True).fill("09:30")
    page.get_by_label("Time", exact=True).press("Tab")
    page.get_by_label("Saturday").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Add slots").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove Saturday 09:30")).to_be_visible()
    assert account.slots.count() == 6  # weekdays were ticked already
    post = factories.draft(factories.actor(library, Role.STAFF), account, body="New arrivals")
    page = open_as(Role.STAFF, f"/posts/{post.pk}/edit/")
    page.locator('label:has-text("Next free slot")').click()
    expect(page.locator("#will-words")).to_contain_text("Each account at its next free slot: Facebook")


def test_a_series_shows_its_days_before_it_is_begun(open_as: Any, library: Any) -> None:
    post = factories.draft(factories.actor(library, Role.STAFF), factories.account(library), body="Story time")
    page = open_as(Role.STAFF, f"/series/new/{post.pk}/")
    page.get_by_label("How often").select_option("MONTHLY")
    expect(page.get_by_label("By (monthly)")).to_be_visible()
    page.get_by_label("First day").fill("2027-01-31")
    page.get_by_role("button", name="Show the days").click()
    expect(page.get_by_text("Every month on day 31 (months without it are left out).")).to_be_visible()
    page.get_by_label("Where a month has no such date").select_option("last")
    page.get_by_role("button", name="Begin the series").click()
    expect(page.get_by_text("The series is begun.")).to_be_visible()
    assert Series.objects.get().rule == "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1"


def test_everything_is_paused_and_resumed_from_the_band(open_as: Any, library: Any) -> None:
    factories.account(library)
    page = open_as(Role.MANAGER, "/pauses/")
    page.get_by_label("Why").fill("A storm")
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_text("Publishing is paused: A storm")).to_be_visible()
    page.goto(page.url.replace("/pauses/", "/posts/"))
    page.locator(".band, [data-band]").get_by_role("link", name="Resume").first.click()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("Resumed. What is scheduled goes out at its times.")).to_be_visible()
    assert Pause.objects.get().ended_at is not None
