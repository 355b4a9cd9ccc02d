"""Five hundred posts from a table, in a real browser: choose the file, read the verdicts, say yes once. With axe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from libraries.models import Role
from posts.models import Post
from tests import factories
from tests.flows.test_planning_browser import RULES, browser, library, open_as

__all__ = ["browser", "library", "open_as"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def no_violations(page: Any) -> None:
    found = Axe().run(page, options=RULES).response["violations"]
    assert not found, [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found]


@pytest.mark.parametrize("width", [360, 1280])
def test_a_table_of_five_hundred_rows_is_judged_and_created_once(library: Any, open_as: Any, width: int, tmp_path: Path) -> None:
    factories.account(library, name="Fernhollow Library")
    rows = [f"Book {n} of the year;facebook;2031-{1 + n % 12:02d}-{1 + n % 28:02d};09:30" for n in range(498)]
    table = tmp_path / "year.csv"
    table.write_bytes("\r\n".join(["Text;Accounts;Date;Time", *rows, "Too early;facebook;2019-01-01;09:30", "Where?;Nowhere;;", ""]).encode("cp1252"))
    page = open_as(Role.STAFF, "/posts/", width=width)
    page.get_by_role("link", name="Import").click()
    no_violations(page)
    page.get_by_label("Table (CSV)").set_input_files(table)
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_text("498 can be created")).to_be_visible()
    expect(page.get_by_text("That time has passed", exact=False)).to_be_visible()
    expect(page.get_by_text("“Nowhere” is no account here", exact=False)).to_be_visible()
    no_violations(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert Post.objects.count() == 0
    page.get_by_role("button", name="Create 498 posts").dblclick()
    page.wait_for_url("**/posts/")
    expect(page.get_by_text("498 posts were created.")).to_be_visible()
    assert Post.objects.count() == 498
