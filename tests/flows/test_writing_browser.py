"""Autosave that survives, two tabs, snippets by their shortcut and placeholders by a click, in a real browser."""

from __future__ import annotations

import os
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import Page, expect

from libraries.models import Branch, Role
from posts import actions
from posts.models import KeptVersion, Post, PostTemplate
from tests import factories
from tests.flows.test_compose_browser import browser, library, open_as, saved  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def nobody_here() -> None:
    cache.clear()


def text_of(page: Page) -> Any:
    return page.get_by_label("Text", exact=True)


def a_draft(library: Any, body: str = "As it was.") -> Post:  # noqa: F811
    return factories.draft(factories.actor(library, Role.STAFF), *library.accounts.all(), body=body)


def test_what_was_typed_without_a_connection_is_saved_when_it_is_back(open_as: Any) -> None:  # noqa: F811
    page = open_as(Role.STAFF, reverse("posts:new"))
    page.context.set_offline(True)
    text_of(page).fill("Typed on the train.")
    expect(page.locator("[data-saved]")).to_contain_text("kept in this tab")
    page.context.set_offline(False)
    saved(page)
    assert Post.objects.get().working_copy.content["body"] == "Typed on the train."


def test_what_could_not_be_saved_survives_a_reload(open_as: Any, library: Any) -> None:  # noqa: F811
    post = a_draft(library)
    page = open_as(Role.STAFF, reverse("posts:edit", args=[post.pk]))
    page.on("dialog", lambda dialog: dialog.accept())
    page.route("**/save/", lambda route: route.abort())
    text_of(page).fill("Typed before the laptop closed.")
    expect(page.locator("[data-saved]")).to_contain_text("kept in this tab")
    page.unroute("**/save/")
    page.reload()
    expect(page.get_by_text("What you wrote before the connection broke is back")).to_be_visible()
    expect(text_of(page)).to_have_value("Typed before the laptop closed.")
    post.working_copy.refresh_from_db()
    assert post.working_copy.content["body"] == "Typed before the laptop closed."


def test_what_was_typed_after_the_session_ended_is_there_after_signing_in(open_as: Any, library: Any) -> None:  # noqa: F811
    post = a_draft(library)
    staff = factories.actor(library, Role.STAFF)
    page = open_as(Role.STAFF, reverse("posts:edit", args=[post.pk]))
    page.on("dialog", lambda dialog: dialog.accept())
    page.context.clear_cookies()
    text_of(page).fill("Typed after the session ended.")
    expect(page.locator("[data-saved]")).to_contain_text("you were signed out")
    page.reload()
    page.get_by_label("E-mail address").fill(staff.user.email)
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(text_of(page)).to_have_value("Typed after the session ended.")
    expect(page.get_by_text("is back, and saved")).to_be_visible()
    post.working_copy.refresh_from_db()
    assert post.working_copy.content["body"] == "Typed after the session ended."


def test_what_could_not_be_saved_meets_a_newer_text_and_is_compared(open_as: Any, library: Any) -> None:  # noqa: F811
    post = a_draft(library)
    page = open_as(Role.STAFF, reverse("posts:edit", args=[post.pk]))
    page.on("dialog", lambda dialog: dialog.accept())
    page.route("**/save/", lambda route: route.abort())
    text_of(page).fill("Mine, never saved.")
    expect(page.locator("[data-saved]")).to_contain_text("kept in this tab")
    content = {**post.working_copy.content, "body": "Theirs."}
    actions.save_copy(actor=factories.actor(library, Role.MANAGER), post=post, content=content, version=1)
    page.unroute("**/save/")
    page.reload()
    expect(page.get_by_text("could not be saved before")).to_be_visible()
    expect(text_of(page)).to_have_value("Theirs.")
    page.get_by_role("button", name="Compare both").click()
    expect(page.get_by_role("heading", name="Two texts of one post")).to_be_visible()
    page.get_by_role("button", name="Join them as chosen").click()
    expect(text_of(page)).to_have_value("Mine, never saved.")
    assert {one.content["body"] for one in KeptVersion.objects.all()} == {"Theirs.", "Mine, never saved."}


def test_the_second_tab_is_told_at_once_and_takes_over_or_looks_first(open_as: Any, library: Any) -> None:  # noqa: F811
    post = a_draft(library)
    address = reverse("posts:edit", args=[post.pk])
    first = open_as(Role.STAFF, address)
    second = open_as(Role.MANAGER, address)
    expect(second.get_by_text("Stefan has this post open too")).to_be_visible()
    text_of(first).fill("Written in the first tab.")
    saved(first)
    text_of(second).fill("Written in the second tab.")
    second.get_by_role("button", name="Take over with mine").click()
    expect(second.get_by_text("Your text counts now.")).to_be_visible()
    expect(text_of(second)).to_have_value("Written in the second tab.")
    assert KeptVersion.objects.get().content["body"] == "Written in the first tab."


def test_a_version_is_kept_with_what_was_just_typed(open_as: Any, library: Any) -> None:  # noqa: F811
    post = a_draft(library)
    page = open_as(Role.STAFF, reverse("posts:edit", args=[post.pk]))
    text_of(page).fill("A short one.")
    page.get_by_role("button", name="Keep this version").click()
    page.get_by_label("Name of this version").fill("Short")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_text("This version is kept as “Short”.")).to_be_visible()
    assert KeptVersion.objects.get().content["body"] == "A short one."


def test_a_snippet_comes_by_its_shortcut_a_template_by_the_menu_and_undo_takes_them_back(open_as: Any, library: Any) -> None:  # noqa: F811
    Branch.objects.filter(library=library).update(hours="Daily 9–18")
    actions.take_starters(actor=factories.actor(library, Role.STAFF), audience="public")
    page = open_as(Role.STAFF, reverse("posts:new"))
    text_of(page).press_sequentially("Come by. /ho")
    expect(page.get_by_role("option", name="/hours")).to_be_visible()
    text_of(page).press("Enter")
    expect(text_of(page)).to_have_value("Come by. Main Street is open Daily 9–18.")
    page.keyboard.press("Control+z")
    expect(text_of(page)).to_have_value("Come by. /ho")
    text_of(page).fill("")
    page.get_by_text("Put in", exact=True).click()
    page.get_by_role("button", name="Get a library card").click()
    expect(text_of(page)).to_have_value(PostTemplate.objects.get(name="Get a library card").body.replace("{branch.name}", "Main Street") + "\n\n#LibraryCard")
    expect(page.get_by_text("The card itself with an invented name.")).to_be_visible()


def test_placeholders_are_filled_and_taken_out_by_a_click_each(open_as: Any, library: Any) -> None:  # noqa: F811
    event = factories.event(library, title="Puppet theatre")
    page = open_as(Role.STAFF, f"{reverse('posts:new')}?event={event.pk}")
    text_of(page).fill("Come to {event.title}!\nCall {branch.phone}\nSee you.")
    page.get_by_role("button", name="Fill in “Puppet theatre”").click()
    expect(text_of(page)).to_have_value("Come to Puppet theatre!\nCall {branch.phone}\nSee you.")
    page.get_by_role("button", name="Show {branch.phone}").click()
    assert page.evaluate("getSelection().toString()") == "{branch.phone}"
    page.get_by_role("button", name="Take {branch.phone} out").click()
    expect(text_of(page)).to_have_value("Come to Puppet theatre!\nCall\nSee you.")
    expect(page.locator('[data-part="placeholders"] .problem')).to_have_count(0)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_pages_of_writing_break_no_rule_of_accessibility(open_as: Any, library: Any, width: int, dark: bool) -> None:  # noqa: F811
    admin = factories.actor(library, Role.ADMIN)
    post = a_draft(library, "Come to {event.title} at {library.name}. {no.such}")
    page = open_as(Role.ADMIN, reverse("posts:templates"), width=width, dark=dark)
    looked(page, f"empty-{width}")
    actions.take_starters(actor=admin, audience="public")
    kept = actions.keep_version(actor=admin, post=post, name="Short one")
    actions.save_copy(actor=admin, post=post, content={**post.working_copy.content, "body": "Longer now."}, version=1)
    template = PostTemplate.objects.get(name="Story time")
    base = page.url.split("/posts/")[0]
    for name, path in {
        "templates": reverse("posts:templates"), "template": reverse("posts:template", args=[template.pk]),
        "versions": f"{reverse('posts:versions', args=[post.pk])}?show=kept-{kept.pk}",
        "branches": reverse("libraries:branches"), "new": f"{reverse('posts:new')}?template={template.pk}",
    }.items():  # fmt: skip
        page.goto(base + path)
        looked(page, f"{name}-{width}")
    page.goto(base + reverse("posts:edit", args=[post.pk]))
    actions.save_copy(actor=admin, post=post, content={**post.working_copy.content, "body": "Theirs, and longer."}, version=2)
    text_of(page).fill("Mine.")
    page.get_by_role("button", name="Compare both").click()
    expect(page.get_by_role("heading", name="Two texts of one post")).to_be_visible()
    looked(page, f"compare-{width}")


def looked(page: Page, name: str) -> None:
    """Axe finds nothing, and nothing is wider than the screen. SHOTS names a folder for pictures of what was looked at."""
    page.wait_for_load_state("networkidle")
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], name
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than the screen"
