"""Many posts at once: a table is judged row by row, nothing is created before a yes, and then once."""

from __future__ import annotations

import codecs
import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from libraries.models import Role
from posts import actions
from posts.bulk import sheet
from posts.models import BulkImport, Post
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Any:
    """A library in Dublin with two accounts, and one of its staff at the browser."""
    library = factories.library(tz="Europe/Dublin")
    facebook = factories.account(library, name="Fernhollow Library")
    x = factories.account(library, platform="twitter", name="Fernhollow on X")
    actor = factories.actor(library, Role.STAFF)
    browser = Client()
    browser.force_login(actor.user)
    return type("Desk", (), {"library": library, "facebook": facebook, "x": x, "actor": actor, "browser": browser})


def upload(desk: Any, text: str | bytes, name: str = "posts.csv") -> Any:
    data = text.encode() if isinstance(text, str) else text
    return desk.browser.post("/posts/import/", {"file": SimpleUploadedFile(name, data)}, follow=True)


def verdicts(text: str, desk: Any) -> list[dict[str, Any]]:
    upload(desk, text)
    return BulkImport.objects.latest("pk").rows


def test_a_table_becomes_drafts_after_a_yes_and_only_once(desk: Any) -> None:
    page = upload(desk, "title,text,accounts,date,time\nStory time,Saturdays at ten.,facebook,2031-07-05,10:00\nHours,We open at noon.,all,,\n")
    assert "2 can be created" in page.content.decode() and Post.objects.count() == 0
    held = BulkImport.objects.get()
    for _ in range(2):
        desk.browser.post(f"/posts/import/{held.pk}/", {"act": "import"})
    first, second = Post.objects.order_by("pk")
    assert first.planned_for == datetime(2031, 7, 5, 9, 0, tzinfo=UTC)  # summer time in Dublin
    assert first.working_copy.content["accounts"] == [desk.facebook.pk] and first.state == "draft"
    assert second.planned_for is None and set(second.working_copy.content["accounts"]) == {desk.facebook.pk, desk.x.pk}


def test_each_row_says_in_words_what_stands_in_its_way(desk: Any) -> None:
    rows = verdicts(
        "text,accounts,date,time,link,event,campaign,pictures\n"
        "Fine,facebook,2031-07-05,10:00,,,,\n"
        "A,Nowhere,,,,,,\n"
        "B,x,yesterday,10:00,,,,\n"
        "C,x,2031-03-30,01:30,,,,\n"
        "D,x,2020-01-01,10:00,,,,\n"
        "E,x,,,not a link,Moon party,Spring,moon.jpg\n"
        ",,,,,,,\n", desk,
    )  # fmt: skip
    assert [row["line"] for row in rows] == [2, 3, 4, 5, 6, 7]
    assert [row["good"] for row in rows] == [True, False, False, False, False, False]
    said = [{one["column"]: one["text"] for one in row["said"] if one["blocking"]} for row in rows]
    assert "“Nowhere” is no account here" in said[1]["accounts"] and "Fernhollow Library" in said[1]["accounts"]
    assert "yesterday" in said[2]["date"] and "2026-12-24" in said[2]["date"]
    assert "does not exist on that day" in said[3]["time"] and "has passed" in said[4]["time"]
    assert set(said[5]) == {"link", "event", "campaign", "pictures"}


def test_an_hour_that_happens_twice_is_taken_the_first_time_and_said(desk: Any) -> None:
    (row,) = verdicts("text,date,time\nA walk at night,2031-10-26,01:30\n", desk)
    assert row["planned"] == "2031-10-26T00:30:00+00:00" and "happens twice" in row["said"][-1]["text"]


@pytest.mark.parametrize(("encoding", "mark"), [("utf-8", codecs.BOM_UTF8), ("utf-16-le", codecs.BOM_UTF16_LE), ("cp1252", b""), ("utf-8", b"")])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_whatever_a_spreadsheet_program_writes_is_read(encoding: str, mark: bytes, separator: str) -> None:
    text = f'Title{separator}Text\r\nCafé{separator}"Größe{separator} ""oui""\r\nsecond line"\r\n'
    read = sheet.read(mark + text.encode(encoding))
    assert read.rows[0].cells == {"title": "Café", "text": f'Größe{separator} "oui"\nsecond line'}
    assert sheet.read(b"sep=;\r\ntext;title\r\nA,B;C\r\n").rows[0].cells == {"text": "A,B", "title": "C"}


@pytest.mark.parametrize(("data", "words"), [
    (b"", "empty"), (b"\n\n \n", "empty"), (b"text\n", "no row beneath"), (b"id,owner,status\n1,2,3\n", "Name".lower()),
    (b"PK\x03\x04\0\0\0\0", "no text"), (b"text,text\na,b\n", "mean the same"), (b"text\n" + b"a\n" * 501, "more than 500"),
    (b"text,title\na,b,c\n", "3 cells"), (b"x" * 2_000_001, "larger than 2 MB"), (codecs.BOM_UTF16_LE + b"a", "damaged"),
])  # fmt: skip
def test_what_is_no_table_of_posts_is_refused_in_words(desk: Any, data: bytes, words: str) -> None:
    page = upload(desk, data)
    assert page.status_code == 422 and not BulkImport.objects.exists()
    assert words in page.content.decode().lower() or words in page.content.decode()


def test_five_hundred_rows_are_created_in_one_go(desk: Any) -> None:
    upload(desk, "text\n" + "".join(f"Book number {n} of the year\n" for n in range(500)))
    held = BulkImport.objects.get()
    assert len(actions.confirm_import(actor=desk.actor, held=held)) == 500 == Post.objects.count()


def test_what_is_fine_goes_to_review_where_that_is_ticked(desk: Any) -> None:
    upload(desk, "text,accounts\nFine as it is.,facebook\n" + "y" * 300 + ",x\n")
    desk.browser.post(f"/posts/import/{BulkImport.objects.get().pk}/", {"act": "import", "review": "1"})
    assert [post.state for post in Post.objects.order_by("pk")] == ["in_review", "draft"]


def test_a_formula_stays_text_on_the_way_out_and_in(desk: Any) -> None:
    upload(desk, "text,title\n\"=HYPERLINK(\"\"http://x.example\"\")\",@home\n")
    actions.confirm_import(actor=desk.actor, held=BulkImport.objects.get())
    out = b"".join(desk.browser.get("/posts/export.csv").streaming_content).decode("utf-8-sig")
    cells = next(csv.DictReader(io.StringIO(out)))
    assert cells["text"].startswith("'=") and cells["title"] == "'@home"
    assert sheet.read(out.encode()).rows[0].cells["text"] == '=HYPERLINK("http://x.example")'


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n"), max_size=60).map(lambda t: t.strip("\n "))


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5))
def test_what_is_written_is_read_again(rows: list[tuple[str, str]]) -> None:
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    written = "".join(sheet.written([("title", "text"), *rows])).encode()
    if not kept:
        return
    assert [(r.cells["title"], r.cells["text"]) for r in sheet.read(written).rows] == kept


def test_a_copy_is_a_new_draft_and_the_first_stays(desk: Any) -> None:
    post = factories.draft(desk.actor, desk.facebook, body="Once more")
    answer = desk.browser.post(f"/posts/{post.pk}/duplicate/")
    copy = Post.objects.latest("pk")
    assert copy.pk != post.pk and answer["Location"] == f"/posts/{copy.pk}/edit/"
    assert copy.working_copy.content["body"] == "Once more" and copy.planned_for is None and copy.state == "draft"


def test_days_are_added_to_the_wall_clock_and_not_to_the_seconds(desk: Any) -> None:
    post = factories.draft(desk.actor, desk.facebook, body="Ten in the morning")
    actions.plan_post(actor=desk.actor, post=post, when=datetime(2031, 3, 29, 10, 0, tzinfo=UTC))
    Post.objects.filter(pk=post.pk).update(planned_tz="Europe/Dublin")
    post.refresh_from_db()
    moved = actions.shift_post(actor=desk.actor, post=post, days=1)
    assert moved.planned_for == datetime(2031, 3, 30, 9, 0, tzinfo=UTC)  # still ten o'clock: the clocks went forward


def test_only_who_may_write_is_handed_a_draft(desk: Any) -> None:
    post = factories.draft(desk.actor, desk.facebook, body="Take this, please")
    colleague, reader = factories.actor(desk.library, Role.CONTRIBUTOR), factories.actor(desk.library, Role.VIEWER)
    assert actions.hand_over(actor=desk.actor, post=post, to=colleague.user).author == colleague.user
    with pytest.raises(actions.bulk.Refused):
        actions.hand_over(actor=desk.actor, post=post, to=reader.user)
    assert timezone.now() and Post.objects.get(pk=post.pk).author == colleague.user


def test_what_is_ticked_is_moved_and_handed_over_together(desk: Any) -> None:
    first, second = (factories.draft(desk.actor, desk.facebook, body=f"Post {n}") for n in range(2))
    actions.plan_post(actor=desk.actor, post=first, when=datetime(2031, 7, 5, 9, 0, tzinfo=UTC))
    colleague = factories.actor(desk.library, Role.STAFF).user
    ticked = {"post": [first.pk, second.pk]}
    page = desk.browser.post("/posts/many/", {**ticked, "act": "shift", "days": "7"}, follow=True).content.decode()
    assert "Done for 1 post." in page and "no time yet" in page
    assert Post.objects.get(pk=first.pk).planned_for == datetime(2031, 7, 12, 9, 0, tzinfo=UTC)
    desk.browser.post("/posts/many/", {**ticked, "act": "shift", "days": "many"})
    desk.browser.post("/posts/many/", {**ticked, "act": "hand", "to": colleague.pk})
    assert {post.author for post in Post.objects.all()} == {colleague}
