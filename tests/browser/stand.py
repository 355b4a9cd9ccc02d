"""The whole product as real processes, with the practice library in it, and a browser that complains about what it sees."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from library_social.config import BASE_DIR
from tests.proof.stack import Stack

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page

PATIENCE = 30_000  # ms for what a browser waits: two busy cores may take their time
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
# What the run of the tests decides for itself and the product started here must not inherit.
OURS = ("LIBRARY_SOCIAL_ENV", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "TOKEN_KEYS", "SANDBOX_KEY", "PUBLIC_URL")


class Practice(Stack):
    """A stack of one worker whose database holds the practice library, as on the first start of bin/serve."""

    def __init__(self) -> None:
        super().__init__(workers=1, threads=16, durable=False)
        # Ports of the system's choice: several runs on one machine would all find the same first free one.
        self.web_port, self.sandbox_port = free_ports(2)
        self.sandbox_url = f"http://127.0.0.1:{self.sandbox_port}"
        here = f"http://127.0.0.1:{self.web_port}"
        os.environ.update(PORT=str(self.web_port), PUBLIC_URL=here, SANDBOX_URL=self.sandbox_url)
        self.base = here

    def start(self) -> Practice:
        super().start()
        subprocess.run(
            [sys.executable, "manage.py", "seed_practice", "--skip-checks"], cwd=BASE_DIR, check=True,
            env=self.environment(), stdout=subprocess.DEVNULL,
        )  # fmt: skip
        return self

    @property
    def sign_ins(self) -> dict[str, tuple[str, str]]:
        """Role -> (e-mail, password)."""
        rows = json.loads((self.var / "sign-ins.json").read_text())
        return {row["role"]: (row["email"], row["password"]) for row in rows}


def free_ports(n: int) -> list[int]:
    """So many ports of this machine that nobody listens on, all different."""
    with contextlib.ExitStack() as held:
        doors = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(n)]
        return [door.getsockname()[1] for door in doors]


@contextlib.contextmanager
def practice() -> Iterator[Practice]:
    """The running product; the environment of this process is put back afterwards."""
    before = dict(os.environ)
    for name in OURS:
        os.environ.pop(name, None)
    stack = Practice()
    try:
        yield stack.start()
    finally:
        stack.stop()
        for process in stack.processes.values():
            process.wait()
        os.environ.clear()
        os.environ.update(before)


class Visitor:
    """One person at a browser of their own. `complaints` holds what the browser or axe had to say."""

    def __init__(
        self, browser: Browser, base: str, *, width: int = 1280, height: int = 800, dark: bool = False
    ) -> None:
        self.base = base
        self.complaints: list[str] = []
        self.forgiven = ["status of 422"]  # a refused form; the browser mentions it, and that is all
        self.context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light",
            has_touch=width < 600, locale="en-GB",
        )  # fmt: skip
        self.context.set_default_timeout(PATIENCE)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))

    def _heard(self, message: Any) -> None:
        """Errors of the console; a refusal of the content security policy is one of them."""
        if message.type == "error" and not any(words in message.text for words in self.forgiven):
            self.complaints.append(f"{self.page.url}: {message.text}")

    def go(self, path: str) -> Page:
        """Open a page of the product, or any full address."""
        self.page.goto(path if path.startswith("http") else self.base + path)
        return self.page

    def sign_in(self, email: str, password: str) -> Page:
        """Type and press; where it leads is the caller's to judge."""
        page = self.page if "/sign-in/" in self.page.url else self.go("/sign-in/")
        page.get_by_label("E-mail address").fill(email)
        page.get_by_label("Password").fill(password)
        self.follow(page.get_by_role("button", name="Sign in"))
        return page

    def looks(self, name: str = "") -> None:
        """Axe and the width of the page; what is wrong joins the complaints."""
        for one in violations(self.page):
            self.complaints.append(f"{name or self.page.url}: {one}")
        if (too_wide := overflow(self.page)) > 0:
            self.complaints.append(f"{name or self.page.url}: wider than the screen by {too_wide} px")

    def by_key(self, target: Locator) -> None:
        """Reach it with the Tab key and press Enter, as somebody without a mouse does."""
        expect(target).to_be_visible(timeout=PATIENCE)
        self.reach(target)
        self.page.keyboard.press("Enter")

    def follow(self, target: Locator) -> None:
        """The same where it leads to another page; returns when that page has loaded."""
        expect(target).to_be_visible(timeout=PATIENCE)
        self.reach(target)
        with self.page.expect_navigation(wait_until="load", timeout=PATIENCE):
            self.page.keyboard.press("Enter")

    def reach(self, target: Locator) -> None:
        """Press Tab until it has the focus. Raises AssertionError when a whole round does not lead there."""
        for _ in range(200):
            if target.evaluate("one => one === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{target} cannot be reached with the Tab key on {self.page.url}")

    def picture(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=folder / f"{name}.png", full_page=True)


def violations(page: Page) -> list[str]:
    """What axe holds against the page, one line each with the first element concerned."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']} ×{len(one['nodes'])}: {one['nodes'][0]['html'][:200]}" for one in found]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
