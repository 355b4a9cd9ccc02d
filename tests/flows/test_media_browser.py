"""Pictures in a real browser: many at once with one that is bad, a crop by keyboard alone, their order, axe."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect, sync_playwright

from libraries.models import Role
from media_library.models import Asset
from posts.models import Post
from tests import factories
from tests.chromium import launch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


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
    for name in ("facebook", "instagram"):
        factories.account(made, name, name=f"Fernhollow on {name}")
    return made


@pytest.fixture
def open_at(browser: Browser, live_server: Any, library: Any) -> Iterator[Any]:
    contexts, complaints, under_way = [], [], set()

    def opened(path: str, *, width: int = 1280, dark: bool = False, role: Role = Role.MANAGER) -> Page:
        client = Client()
        client.force_login(factories.actor(library, role).user)
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light")
        contexts.append(context)
        [cookie] = client.cookies.values()
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda one: under_way.update([one]))
        page.on("requestfinished", lambda one: under_way.difference_update([one]))
        page.on("requestfailed", lambda one: under_way.difference_update([one]))
        page.goto(f"{live_server.url}{path}")
        return page

    yield opened
    for page in [page for context in contexts for page in context.pages]:
        for _ in range(100):  # the database is emptied next, and must not be while the server still writes
            if under_way:
                page.wait_for_timeout(50)
        page.goto("about:blank")
    for context in contexts:
        context.close()
    assert complaints == []


def _file(name: str, body: bytes) -> dict[str, Any]:
    return {"name": name, "mimeType": "image/jpeg", "buffer": body}


def _five() -> list[dict[str, Any]]:
    good = [_file(f"{colour}.jpg", factories.picture_bytes(900, 600, colour)) for colour in ("teal", "navy", "olive", "maroon")]
    return [*good[:2], _file("page.jpg", b"<!doctype html><p>no picture"), *good[2:]]


def test_five_pictures_are_sent_and_the_bad_one_says_why(open_at: Any) -> None:
    page = open_at(reverse("media_library:library"))
    page.locator("[data-drop] input[type=file]").set_input_files(_five())
    expect(page.locator(".tile")).to_have_count(4)
    expect(page.locator("[data-uploads-count]")).to_contain_text("4 of 5")
    bad = page.locator("[data-uploads] .upload")
    expect(bad).to_have_count(1)
    expect(bad).to_contain_text("holds a web page, not a picture")
    assert Asset.objects.count() == 4


def test_the_same_picture_once_more_is_said_kindly(open_at: Any) -> None:
    page = open_at(reverse("media_library:library"))
    for name in ("teal.jpg", "again.jpg"):
        page.locator("[data-drop] input[type=file]").set_input_files([_file(name, factories.picture_bytes(900, 600, "teal"))])
        expect(page.locator("[data-uploads-count]")).to_contain_text("1 of 1")
    expect(page.locator("[data-uploads]")).to_contain_text("You have this picture already, as “teal.jpg”.")
    assert Asset.objects.count() == 1


def test_what_the_network_lost_can_be_sent_again(open_at: Any) -> None:
    page = open_at(reverse("media_library:library"))
    page.route("**/media/upload/", lambda route: route.abort())
    page.locator("[data-drop] input[type=file]").set_input_files(_five()[:1])
    expect(page.locator("[data-uploads]")).to_contain_text("The server did not answer.")
    page.unroute("**/media/upload/")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".tile")).to_have_count(1)


def test_a_picture_is_cropped_by_keyboard_for_all_and_for_one_network(open_at: Any) -> None:
    page = open_at(reverse("posts:new"), role=Role.STAFF)
    page.locator("[data-drop] input[type=file]").set_input_files(_five()[:1])
    crop = page.get_by_role("button", name="Crop", exact=True)
    crop.focus()
    page.keyboard.press("Enter")
    box = page.get_by_role("application", name="The part that stays")
    expect(box).to_be_focused()
    for _ in range(8):
        page.keyboard.press("-")
    for key in ("ArrowRight", "Shift+ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(page.locator("dialog#crop")).to_be_hidden()
    expect(page.get_by_role("button", name="Cropped")).to_be_visible()
    page.get_by_role("button", name="Cropped").click()
    page.locator("dialog#crop").get_by_role("button", name="Instagram").click()
    page.get_by_role("button", name="1:1", exact=True).click()
    expect(page.get_by_role("button", name="1:1", exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Take this part").click()
    page.get_by_label("Describe it for people who cannot see it").fill("A teal card.")
    expect(page.locator("[data-saved]")).to_contain_text("Saved at")
    cut = Post.objects.get().working_copy.content["media"][0]["crop"]
    left, top, width, height = cut[""]
    assert width == pytest.approx(1 / 1.05**8, abs=0.002) and height == pytest.approx(width, abs=0.002)
    assert left == pytest.approx((1 - width) / 2 + 0.06, abs=0.002) and top == pytest.approx((1 - height) / 2 + 0.01, abs=0.002)
    assert cut["instagram"][2] * 900 == pytest.approx(cut["instagram"][3] * 600, rel=0.005)
    expect(page.locator('img[src*="as=instagram"]')).to_have_attribute("src", re.compile("crop="))


def test_escape_leaves_the_crop_as_it_was(open_at: Any) -> None:
    page = open_at(reverse("posts:new"), role=Role.STAFF)
    page.locator("[data-drop] input[type=file]").set_input_files(_five()[:1])
    page.get_by_role("button", name="Crop", exact=True).click()
    page.keyboard.press("-")
    page.keyboard.press("Escape")
    expect(page.locator("dialog#crop")).to_be_hidden()
    expect(page.get_by_role("button", name="Crop", exact=True)).to_be_visible()


def test_a_corner_is_dragged_and_the_shape_stays(open_at: Any) -> None:
    page = open_at(reverse("posts:new"), role=Role.STAFF)
    page.locator("[data-drop] input[type=file]").set_input_files(_five()[:1])
    page.get_by_role("button", name="Crop", exact=True).click()
    expect(page.locator("[data-crop-image]")).to_have_js_property("naturalWidth", 900)
    grip = page.locator('[data-grip="se"]')
    at = grip.bounding_box()
    page.mouse.move(at["x"] + 8, at["y"] + 8)
    page.mouse.down()
    page.mouse.move(at["x"] - 100, at["y"] - 100, steps=5)
    page.mouse.up()
    page.get_by_role("button", name="Take this part").click()
    left, top, width, height = page.evaluate("JSON.parse(document.querySelector('[data-crop]').value)['']")
    assert (left, top) == (0, 0) and 0.3 < width < 0.95 and width == pytest.approx(height, abs=0.002)


def test_pictures_change_places_by_button_and_by_mouse(open_at: Any) -> None:
    page = open_at(reverse("posts:new"), role=Role.STAFF)
    page.locator("[data-drop] input[type=file]").set_input_files(_five()[:2])
    names = page.locator(".shot [data-name]")
    expect(names).to_have_count(2)
    first, second = names.all_inner_texts()
    page.get_by_role("button", name="Move this picture back").first.click()
    expect(names).to_have_text([second, first])
    expect(page.locator("[data-shots-said]")).to_contain_text("is now picture 2 of 2")
    page.locator(".shot [data-shot-image]").last.drag_to(page.locator(".shot").first, target_position={"x": 40, "y": 8})
    expect(names).to_have_text([first, second])


@pytest.mark.parametrize(("width", "dark"), [(360, True), (1280, False)])
def test_the_pages_have_no_barrier(width: int, dark: bool, open_at: Any, library: Any) -> None:
    asset = factories.asset(library, alt_text="A card", tags=["story time"], people="some")
    said = []
    for path in (reverse("media_library:library"), reverse("media_library:picture", args=[asset.pk])):
        page = open_at(path, width=width, dark=dark)
        for fold in page.locator("main details").all():
            fold.evaluate("it => it.open = true")
        said += _axe(page)
    page = open_at(reverse("posts:new"), width=width, dark=dark)
    page.locator("[data-drop] input[type=file]").set_input_files(_five()[1:3])
    expect(page.locator("[data-uploads] .upload")).to_have_count(1)
    said += _axe(page)
    page.get_by_role("button", name="Crop", exact=True).click()
    said += _axe(page)
    assert not said


def _axe(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{page.url} {one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]
