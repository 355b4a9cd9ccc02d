"""The components in a real browser: accessible, inside narrow screens, under the strict policy, and behaving."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser import showroom

sync_api = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

pytestmark = pytest.mark.browser
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
SMALL = """[...document.querySelectorAll('a, button, input, select, summary, textarea')].filter(one => {
  const box = one.getBoundingClientRect();
  return !one.matches('.skip') && getComputedStyle(one).opacity !== '0' && box.width && (box.width < 24 || box.height < 24);
}).map(one => one.outerHTML)"""


def is_a_fault(message: ConsoleMessage) -> bool:
    """An error in the console, other than the answer 404 that one test asks for and what htmx says about it."""
    return message.type == "error" and "404" not in message.text


def show(page: Page, address: str) -> None:
    """Open a page and wait until its modules have started."""
    page.goto(address)
    page.locator("html[data-ready]").wait_for(state="attached")


@pytest.fixture(scope="module")
def house() -> Iterator[str]:
    with showroom.open_house() as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from tests.chromium import launch

    with sync_api.sync_playwright() as playwright:
        program = launch(playwright)
        yield program
        program.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1280, "height": 800})
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    opened = context.new_page()
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text) if is_a_fault(message) else None)
    opened.on("pageerror", lambda error: said.append(str(error)))
    yield opened
    assert said == []  # the policy refused nothing and no script failed


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("name", "width"),
    [
        *itertools.product(showroom.IN_FRAME, [360, 768, 1280]),
        *itertools.product(showroom.OUTSIDE, [360]),
    ],
)
def test_a_page_is_accessible_and_fits(page: Page, house: str, name: str, width: int, theme: str) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=theme)
    show(page, f"{house}/{name}.html")
    found = axe.Axe().run(page, options=RULES).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert page.evaluate(SMALL) == []


def test_the_theme_is_chosen_and_remembered(page: Page, house: str) -> None:
    show(page, f"{house}/kit.html")
    page.locator(".avatar-button").click()
    page.get_by_role("button", name="Dark").click()
    sync_api.expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 25, 27)"
    show(page, f"{house}/calendar.html")
    sync_api.expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.locator(".avatar-button").click()
    page.get_by_role("button", name="System").click()
    sync_api.expect(page.locator("html")).not_to_have_attribute("data-theme", "dark")


def test_a_menu_closes_by_key_and_gives_the_focus_back(page: Page, house: str) -> None:
    show(page, f"{house}/kit.html")
    summary = page.locator("main summary", has_text="More")
    summary.focus()
    page.keyboard.press("Enter")
    sync_api.expect(page.get_by_role("link", name="Duplicate")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    sync_api.expect(page.get_by_role("link", name="Duplicate")).to_be_hidden()
    sync_api.expect(summary).to_be_focused()


def test_a_dialog_opens_and_closes_by_keyboard(page: Page, house: str) -> None:
    show(page, f"{house}/kit.html")
    opener = page.get_by_role("button", name="Recall the post")
    opener.focus()
    page.keyboard.press("Enter")
    sync_api.expect(page.get_by_role("dialog", name="Take this post down on 4 networks?")).to_be_visible()
    page.keyboard.press("Escape")
    sync_api.expect(page.get_by_role("dialog")).to_be_hidden()
    sync_api.expect(opener).to_be_focused()


def test_the_skip_link_is_first_and_works(page: Page, house: str) -> None:
    show(page, f"{house}/calendar.html")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the page")
    sync_api.expect(skip).to_be_focused()
    assert skip.bounding_box()["height"] >= 24
    page.keyboard.press("Enter")
    sync_api.expect(page.locator("main")).to_be_focused()


def test_a_shortcut_focuses_its_field_but_not_while_typing(page: Page, house: str) -> None:
    show(page, f"{house}/kit.html")
    page.keyboard.press("/")
    sync_api.expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("a/b")
    sync_api.expect(page.get_by_role("searchbox")).to_have_value("a/b")


def test_mistakes_take_the_focus_and_the_count_is_shown(page: Page, house: str) -> None:
    show(page, f"{house}/kit.html")
    sync_api.expect(page.locator(".errors-summary")).to_be_focused()
    sync_api.expect(page.locator("[data-counter-for=id_note]")).to_have_text("31 of 20 characters")
    sync_api.expect(page.locator("[data-counter-for=id_note]")).to_have_class("counter over")


def test_what_was_typed_survives_a_session_that_ended(page: Page, house: str) -> None:
    show(page, f"{house}/kit.html")
    page.locator("#id_fresh-title").fill("Half an hour of work")
    page.locator("#id_fresh-agree").check()
    page.locator("#send").click()  # the server answers with the sign-in page
    page.wait_for_url("**/login.html*")
    show(page, f"{house}/calendar.html")
    show(page, f"{house}/kit.html")
    sync_api.expect(page.locator("#id_fresh-title")).to_have_value("Half an hour of work")
    sync_api.expect(page.locator("#id_fresh-agree")).to_be_checked()
    sync_api.expect(page.locator(".toast", has_text="We put back")).to_be_visible()


def test_what_arrived_is_forgotten(page: Page, house: str) -> None:
    show(page, f"{house}/kit.html")
    page.locator("#id_fresh-title").fill("It was saved")
    show(page, f"{house}/calendar.html")
    show(page, f"{house}/kit.html")
    sync_api.expect(page.locator("#id_fresh-title")).to_have_value("")


def test_a_part_that_finds_the_session_ended_leads_to_the_sign_in_and_back(page: Page, house: str) -> None:
    show(page, f"{house}/kit.html")
    page.get_by_role("button", name="Ask when signed out").click()
    page.wait_for_url("**/login.html?next=%2Fkit.html")
    sync_api.expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_part_that_fails_says_so_and_changes_nothing(page: Page, house: str) -> None:
    show(page, f"{house}/kit.html")
    page.get_by_role("button", name="Ask for nothing").click()
    said = page.locator(".toast.bad", has_text="That did not work")
    sync_api.expect(said).to_be_visible()
    sync_api.expect(page.get_by_role("button", name="Ask for nothing")).to_be_visible()
    said.get_by_role("button", name="Close").click()
    sync_api.expect(said).to_be_hidden()


def test_a_preview_hides_what_the_network_hides(page: Page, house: str) -> None:
    show(page, f"{house}/composer.html")
    instagram = page.get_by_role("article", name="instagram")
    sync_api.expect(instagram.get_by_text("#SeedSwap")).to_be_hidden()
    instagram.get_by_role("button", name="See more").click()
    sync_api.expect(instagram.get_by_text("#SeedSwap")).to_be_visible()


def test_a_phone_reaches_every_place(page: Page, house: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    show(page, f"{house}/calendar.html")
    nav = page.get_by_role("navigation", name="Main")
    sync_api.expect(nav.get_by_role("link", name="Settings")).to_be_hidden()
    nav.get_by_text("More").click()
    sync_api.expect(nav.get_by_role("link", name="Settings")).to_be_visible()


def test_without_script_nothing_is_hidden(browser: Browser, house: str) -> None:
    bare = browser.new_context(java_script_enabled=False)
    page = bare.new_page()
    page.goto(f"{house}/composer.html")
    sync_api.expect(page.get_by_text("#SeedSwap").last).to_be_visible()
    page.goto(f"{house}/kit.html")
    page.locator("main summary", has_text="More").click()
    sync_api.expect(page.get_by_role("link", name="Duplicate")).to_be_visible()
    bare.close()
