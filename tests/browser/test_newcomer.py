"""From an empty practice library to a post on four networks and back: what somebody does on the first day, in Chromium.

Real processes, real OAuth pages, real HTTP. Axe looks at every page on the way, and what matters is reached by keyboard.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from library_social.practice.pictures import phone_photo
from tests import home

sync_api = pytest.importorskip("playwright.sync_api")
stand = pytest.importorskip("tests.browser.stand")

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

    from tests.browser.stand import Practice, Visitor

pytestmark = pytest.mark.browser
expect = sync_api.expect
FEED = Path(__file__).resolve().parents[1] / "data" / "ics" / "libcal_clearview_ca.ics"
NETWORKS = {"Facebook": "facebook", "X (Twitter)": "x", "Instagram": "instagram", "LinkedIn": "linkedin"}
EVENT = "Reptilia Presentation"
TEXT = "A gecko, a tortoise and a very calm snake come to the library. Bring your questions, leave with scaly friends."
FOR_X = "A gecko, a tortoise and a very calm snake: come and say hello. 🦎"
ALT = "Shelves of cloth-bound books beneath a round window with the evening sun."
ASKED = "Will the snake be out of its box?"
ANSWER = "It will, for those who want to meet it."


def in_the_coming_weeks(feed: bytes, today: date) -> bytes:
    """The same calendar, moved by whole weeks so that its first hour with a time lies one to two weeks ahead."""
    first = min(re.findall(rb"DTSTART:(\d{8})T", feed))
    away = today + timedelta(days=8) - datetime.strptime(first.decode(), "%Y%m%d").date()
    by = timedelta(weeks=-(-away.days // 7))

    def moved(match: re.Match[bytes]) -> bytes:
        return match[1] + f"{datetime.strptime(match[2].decode(), '%Y%m%d') + by:%Y%m%d}".encode()

    return re.sub(rb"(?m)^((?:DTSTART|DTEND|DTSTAMP)[^:\r\n]*:)(\d{8})", moved, feed)


@dataclass
class Day:
    """The product and the people at it."""

    product: Practice
    browser: Browser
    people: dict[str, Visitor] = field(default_factory=dict)
    post: str = ""  # the path of the post's page
    links: dict[str, str] = field(default_factory=dict)  # network -> where the public sees the post

    def somebody(self, name: str, base: str = "", **screen: int) -> Visitor:
        self.people[name] = stand.Visitor(self.browser, base or self.product.base, **screen)
        return self.people[name]


@pytest.fixture
def day(request: pytest.FixtureRequest) -> Iterator[Day]:
    from tests.chromium import launch

    with stand.practice() as product, sync_api.sync_playwright() as playwright:
        browser = launch(playwright)
        expect.set_options(timeout=stand.PATIENCE)
        made = Day(product, browser)
        failed = request.session.testsfailed
        yield made
        if request.session.testsfailed > failed:
            for name, person in made.people.items():
                person.picture(home.claim() / "failed", name)
        expect.set_options(timeout=5_000)
        browser.close()


def test_a_newcomer_gets_an_event_out_on_four_networks(day: Day) -> None:
    a_wrong_password_is_said_plainly(day)
    the_first_steps_lead_on(day)
    each_network_is_connected_on_its_own_page(day)
    a_calendar_is_looked_at_before_it_is_imported(day)
    a_post_is_written_from_an_event(day)
    a_manager_approves_it_on_a_phone(day)
    the_public_sees_it_everywhere(day)
    a_patron_comments_and_is_answered(day)
    the_ledger_says_what_happened(day)
    it_is_taken_down(day)
    the_record_holds(day)
    assert [one for person in day.people.values() for one in person.complaints] == []


def a_wrong_password_is_said_plainly(day: Day) -> None:
    admin = day.somebody("admin")
    email, password = day.product.sign_ins["admin"]
    page = admin.go("/")
    expect(page).to_have_url(re.compile("/sign-in/"))
    admin.looks("signing in")
    admin.sign_in(email, "not my password")
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    expect(page.get_by_label("E-mail address")).to_have_value(email)
    admin.looks("a wrong password")
    page.get_by_label("Password").fill(password)
    admin.follow(page.get_by_role("button", name="Sign in"))


def the_first_steps_lead_on(day: Day) -> None:
    admin = day.people["admin"]
    page = admin.page
    expect(page.get_by_role("heading", name="Welcome, Ada Lindqvist")).to_be_visible()
    admin.looks("first steps")
    admin.follow(page.get_by_role("button", name="That is right"))
    expect(page.get_by_text("1 of 4")).to_be_visible()
    admin.follow(page.get_by_role("link", name="Connect accounts"))
    expect(page.get_by_role("heading", name="Accounts", exact=True)).to_be_visible()
    admin.looks("accounts, none yet")


def each_network_is_connected_on_its_own_page(day: Day) -> None:
    admin = day.people["admin"]
    page = admin.page
    for network in NETWORKS:
        admin.follow(page.get_by_role("button", name=f"Connect {network}"))
        expect(page.get_by_role("button", name="Allow", exact=True)).to_be_visible()
        admin.looks(f"{network} asks for permission")
        admin.follow(page.get_by_role("button", name="Allow", exact=True))
        choose = page.get_by_role("heading", name="Choose what to connect")
        arrived = page.get_by_text("New", exact=True)
        expect(choose.or_(arrived)).to_be_visible()
        if choose.is_visible():
            admin.looks(f"{network}: choosing")
            _choosing_goes_by_keyboard(admin)
            admin.follow(page.get_by_role("button", name="Connect", exact=True))
        expect(page.get_by_role("heading", name="Accounts", exact=True)).to_be_visible()
        expect(page.get_by_text("New", exact=True)).to_have_count(1)
        admin.looks(f"accounts, with {network}")
    expect(page.get_by_text("Connected", exact=True)).to_have_count(4)
    expect(page.get_by_role("link", name="Go on with the first steps")).to_be_visible()
    admin.looks("accounts, all four")
    admin.follow(page.locator(".account-name a").first)
    admin.looks("an account")


def _choosing_goes_by_keyboard(admin: Visitor) -> None:
    """Nothing is ticked for a person; without a tick the page says what to do and leads to the list."""
    page = admin.page
    page.get_by_role("button", name="Connect", exact=True).focus()
    page.keyboard.press("Enter")
    alert = page.get_by_role("alert")
    expect(alert).to_be_focused()
    expect(alert).to_contain_text("Tick at least one of them, then press Connect.")
    admin.looks("choosing nothing")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("fieldset#id_chosen")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Fernhollow Public Library").first).to_be_focused()
    page.keyboard.press("Space")


def a_calendar_is_looked_at_before_it_is_imported(day: Day) -> None:
    staff = day.somebody("staff")
    page = staff.sign_in(*day.product.sign_ins["staff"])
    staff.follow(page.get_by_role("navigation", name="Main").get_by_role("link", name="Events"))
    staff.looks("events")
    staff.follow(page.get_by_role("link", name="Import a calendar"))
    staff.looks("importing")
    page.get_by_label("File").set_input_files({
        "name": "clearview.ics", "mimeType": "text/calendar",
        "buffer": in_the_coming_weeks(FEED.read_bytes(), date.today()),
    })  # fmt: skip
    staff.follow(page.get_by_role("button", name="Look at it"))
    expect(page.get_by_text(EVENT)).to_be_visible()
    expect(page.get_by_text("Nothing is kept yet.")).to_be_visible()
    staff.looks("the look before importing")
    staff.follow(page.get_by_role("button", name="Import what is ticked"))
    expect(page.get_by_role("link", name=EVENT, exact=True)).to_be_visible()
    staff.looks("after importing")


def a_post_is_written_from_an_event(day: Day) -> None:
    staff = day.people["staff"]
    page = staff.page
    staff.follow(page.get_by_role("link", name=EVENT, exact=True))
    staff.looks("an event")
    staff.follow(page.get_by_role("link", name="Write a post"))
    text = page.get_by_label("Text", exact=True)
    expect(text).to_have_value(re.compile(EVENT))
    text.fill(TEXT)
    expect(page.locator("#counts")).to_contain_text(re.compile(r"X \(Twitter\) \d+ of 280"))
    expect(page.locator(".preview.facebook")).to_contain_text("very calm snake")
    _the_picture_needs_words(staff)
    page.get_by_role("tab", name="X (Twitter)").click()
    page.locator("textarea[data-text-of]:visible").fill(FOR_X)
    expect(page.locator(".preview.twitter")).to_contain_text("say hello")
    page.get_by_label("At a time").check()
    expect(page.locator("#will-words")).to_contain_text("Goes to a manager for review first")
    staff.looks("the composer")
    staff.follow(page.get_by_role("button", name="Send to review"))
    expect(page.get_by_text("Sent to review.")).to_be_visible()
    staff.looks("a post in review")
    day.post = page.url.removeprefix(day.product.base)


def _the_picture_needs_words(staff: Visitor) -> None:
    """Without a description it is not sent, and nothing of what was typed is lost by asking."""
    page = staff.page
    page.locator("[data-drop] input[type=file]").set_input_files(
        {"name": "IMG_4021.jpg", "mimeType": "image/jpeg", "buffer": phone_photo()}
    )
    expect(page.locator(".shot")).to_have_count(1)
    staff.follow(page.get_by_role("button", name="Send to review"))
    expect(page.get_by_text("It is saved, but not sent yet")).to_be_visible()
    expect(page.get_by_text("Describe “IMG_4021.jpg” for people who cannot see it")).to_be_visible()
    expect(page.get_by_label("Text", exact=True)).to_have_value(TEXT)
    staff.looks("a picture without words")
    page.get_by_label("Describe it for people who cannot see it").fill(ALT)
    expect(page.get_by_text("Describe “IMG_4021.jpg” for people who cannot see it")).to_have_count(0)


def a_manager_approves_it_on_a_phone(day: Day) -> None:
    manager = day.somebody("manager", width=390, height=844)
    page = manager.sign_in(*day.product.sign_ins["manager"])
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    manager.looks("the manager's start on a phone")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Posts").click()
    manager.looks("posts on a phone")
    manager.go("/posts/review/")
    expect(page.get_by_role("region", name="How it will look")).to_contain_text("very calm snake")
    manager.looks("the review on a phone")
    page.locator("summary", has_text="Another time").click()
    page.get_by_text("As soon as it may go", exact=True).click()
    manager.follow(page.get_by_role("button", name="Approve", exact=True))
    expect(page.get_by_text("Approved. It goes out in 10 seconds.")).to_be_visible()
    manager.looks("after approving, on a phone")


def the_public_sees_it_everywhere(day: Day) -> None:
    page = day.people["staff"].go(day.post)
    expect(page.locator("#live-words")).to_contain_text("4 published", timeout=60_000)
    day.people["staff"].looks("a published post")
    for network in NETWORKS:
        card = page.get_by_role("article", name=network)
        day.links[network] = card.get_by_role("link", name="See it there").get_attribute("href") or ""
    patron = day.somebody("patron", day.product.sandbox_url)
    for network, slug in NETWORKS.items():
        patron.go(f"/{slug}")
        expect(patron.page.get_by_role("article").first).to_contain_text("very calm snake")
        patron.looks(f"{network}, as the public sees it")
        patron.go(day.links[network])
        post = patron.page.get_by_role("article").first
        expect(post).to_contain_text("say hello" if slug == "x" else "scaly friends")
        expect(post.get_by_role("img", name=ALT)).to_be_visible()
        patron.looks(f"the post on {network}")


def a_patron_comments_and_is_answered(day: Day) -> None:
    patron, staff = day.people["patron"], day.people["staff"]
    there = patron.go(day.links["Facebook"])
    form = there.locator("details.write").first
    form.get_by_label("Your name").fill("Wren Halloran")
    form.get_by_role("textbox").last.fill(ASKED)
    patron.follow(form.get_by_role("button"))
    expect(there.get_by_text(ASKED)).to_be_visible()

    staff.go(day.post)
    again_until(staff.page, staff.page.locator("#comments").get_by_text(ASKED))
    staff.looks("a comment beneath the post")
    staff.follow(staff.page.get_by_role("navigation", name="Main").get_by_role("link", name="Inbox"))
    staff.looks("the inbox")
    staff.follow(staff.page.get_by_role("link", name="Wren Halloran"))
    expect(staff.page.locator("#thread")).to_contain_text(ASKED)
    staff.looks("a talk")
    staff.page.locator("#answer").get_by_role("textbox").fill(ANSWER)
    staff.follow(staff.page.get_by_role("button", name="Answer", exact=True))
    expect(staff.page.locator("#thread")).to_contain_text(ANSWER)
    staff.looks("an answered talk")
    again_until(there, there.get_by_text(ANSWER))


def the_ledger_says_what_happened(day: Day) -> None:
    page = day.people["staff"].go(day.post)
    ledger = page.locator("#ledger")
    for words in ("Sam Okafor (staff) sent version 1 to review", "Maeve Brandt (manager) approved it"):
        expect(ledger).to_contain_text(words)
    for network in NETWORKS:
        expect(ledger).to_contain_text(f"Sent to {network}.")
        expect(ledger).to_contain_text(f"{network} confirmed it.")


def it_is_taken_down(day: Day) -> None:
    manager, patron = day.people["manager"], day.people["patron"]
    patron.forgiven.append("status of 404")
    page = manager.go(day.post)
    manager.by_key(page.get_by_role("button", name="Take down"))
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("listitem").filter(has_text="we delete it there")).to_have_count(4)
    manager.looks("asking before it is taken down")
    dialog.get_by_label("Why").fill("The snake is ill.")
    manager.follow(dialog.get_by_role("button", name="Take it down"))
    for network in NETWORKS:
        card = page.get_by_role("article", name=network)
        expect(card).to_contain_text("Down since", timeout=60_000)
        patron.go(day.links[network])
        expect(patron.page.get_by_text("very calm snake")).to_have_count(0)
    manager.looks("after it was taken down")


def the_record_holds(day: Day) -> None:
    manager = day.people["manager"]
    page = manager.go("/record/")
    expect(page.get_by_role("table")).to_be_visible()
    manager.looks("the record, on a phone")
    manager.follow(page.get_by_role("button", name="Verify").or_(page.get_by_role("link", name="Verify")).first)
    expect(page.get_by_role("heading", name="The record holds")).to_be_visible()
    manager.looks("the chain verified")


def again_until(page: Page, seen: Locator) -> None:
    """Load the page again until it shows what other processes are just bringing; at most a minute."""
    for _ in range(30):
        try:
            seen.first.wait_for(timeout=2_000)
        except sync_api.TimeoutError:
            page.reload()
        else:
            return
    expect(seen.first).to_be_visible()
