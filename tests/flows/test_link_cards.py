"""Link cards: what a page says of itself, read behind the address guard, or said plainly why not."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from core import addresses, remote
from core.errors import Unavailable
from core.remote import Fetched, PrivateAddress, TooLarge
from libraries.models import Role
from posts import cards, page_words
from posts.models import LinkCard
from tests import factories

pytestmark = pytest.mark.django_db
LINK = "https://books.example.org/new"
PAGE = b"""<!doctype html><head><title>Plain title</title><meta property="og:title" content="New &amp; noted &lt;b&gt;">
<meta property="og:description" content="Ten  books"><meta property="og:image" content="/cover.jpg"></head><body>x"""


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Pages by address; what is not there does not answer. Returns what was asked for."""

    def put(pages: dict[str, Any]) -> list[str]:
        asked: list[str] = []

        def fetch(url: str, **_rest: Any) -> Fetched:
            asked.append(url)
            found = pages.get(url, Unavailable("nobody there"))
            if isinstance(found, Exception):
                raise found
            status, kind, body = found
            return Fetched(status, {"Content-Type": kind}, body, url)

        monkeypatch.setattr(remote, "fetch", fetch)
        return asked

    return put


@pytest.fixture
def staff() -> Any:
    return factories.actor(factories.library(), Role.STAFF)


def read(staff: Any, link: str = LINK) -> cards.Card:
    assert cards.card_for(staff, link).waiting
    assert cards.read_waiting() == 1
    return cards.card_for(staff, link)


def test_a_card_is_asked_for_once_read_by_the_clock_and_kept(staff: Any, answers: Any, client: Client) -> None:
    cover = factories.picture_bytes(1600, 900)
    asked = answers({LINK: (200, "text/html; charset=utf-8", PAGE), "https://books.example.org/cover.jpg": (200, "image/jpeg", cover)})
    card = read(staff)
    assert (card.title, card.description, card.host) == ("New & noted <b>", "Ten books", "books.example.org")
    assert cards.read_waiting() == 0
    assert len(asked) == 2
    client.force_login(staff.user)
    got = client.get(card.image)
    assert got["Content-Type"] == "image/webp"
    assert Image.open(io.BytesIO(got.content)).size == (560, 315)
    client.force_login(factories.actor(factories.library("Other"), Role.ADMIN).user)
    assert client.get(card.image).status_code == 404


def test_a_card_is_read_again_after_a_day_and_shown_meanwhile(staff: Any, answers: Any) -> None:
    answers({LINK: (200, "text/html", PAGE)})
    read(staff)
    LinkCard.objects.update(fetched_at=timezone.now() - timedelta(hours=25))
    cards.card_for(staff, LINK)
    card = cards.card_for(staff, LINK)
    assert card.state == "waiting"
    assert not card.waiting
    assert cards.read_waiting() == 1


@pytest.mark.parametrize(("answer", "state", "says"), [
    (PrivateAddress("inside"), "failed", "private network"),
    (TooLarge("big"), "plain", "too large"),
    (Unavailable("slow"), "failed", "did not answer"),
    ((404, "text/html", b"gone"), "failed", "404"),
    ((200, "application/pdf", b"%PDF"), "plain", "file"),
    ((200, "text/html", b"<p>nothing"), "plain", "nothing of itself"),
])  # fmt: skip
def test_what_goes_wrong_is_said_in_words(staff: Any, answers: Any, answer: Any, state: str, says: str) -> None:
    answers({LINK: answer})
    card = read(staff)
    assert card.state == state
    assert says in card.why


@pytest.mark.parametrize("link", ["http://127.0.0.1.nip.example/", "http://inside.example.org/", "http://10.0.0.12/x"])
def test_no_card_leads_inside(staff: Any, monkeypatch: pytest.MonkeyPatch, link: str) -> None:
    monkeypatch.setattr(addresses, "resolver", lambda host, port: ["10.0.0.1"])
    monkeypatch.setattr(remote, "before_send", [])  # each test is one transaction
    assert "private network" in read(staff, link).why


@pytest.mark.parametrize("link", ["https://", "https://exa", "https://localhost/", "javascript:alert(1)", "https://user:pw@example.org/"])
def test_an_address_that_is_half_typed_or_none_is_not_asked_for(staff: Any, link: str) -> None:
    assert not cards.card_for(staff, link).waiting
    assert not LinkCard.objects.exists()


def test_a_library_that_asks_without_end_is_stopped(staff: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "AN_HOUR_MOST", 2)
    found = [cards.card_for(staff, f"https://books.example.org/{n}") for n in range(3)]
    assert [card.state for card in found] == ["waiting", "waiting", "failed"]


def test_a_picture_that_is_none_a_bomb_or_cut_short_is_left_out() -> None:
    whole = factories.picture_bytes(800, 400)
    bomb = io.BytesIO()
    Image.new("1", (20000, 20000)).save(bomb, "PNG")
    assert cards.small_copy(b"<svg onload=alert(1)>") is None
    assert cards.small_copy(bomb.getvalue()) is None
    assert cards.small_copy(whole[: len(whole) // 2]) is None
    assert cards.small_copy(whole)


@pytest.mark.parametrize(("body", "kind", "title"), [
    ("<title>Bücher</title>".encode("latin-1"), "text/html; charset=iso-8859-1", "Bücher"),
    ("<meta charset=windows-1251><title>Книги</title>".encode("cp1251"), "text/html", "Книги"),
    ("<title>كتب\u202e جديدة</title>".encode(), "text/html; charset=no-such-thing", "كتب جديدة"),
    (b"<meta charset=zip><title>Zip</title>", "text/html", "Zip"),
    (b"<script>'<title>no</title>'</script><!-- <title>no --><title>Yes", "text/html", "Yes"),
])  # fmt: skip
def test_titles_are_read_in_any_charset(body: bytes, kind: str, title: str) -> None:
    assert page_words.page_words(body, kind, LINK).title == title


def test_markup_that_never_ends_costs_no_time() -> None:
    for piece in ("<meta ", "<!--", "<meta content='", "<title>", "&#", "<a <", "</", "<![CDATA["):
        page_words.page_words((piece * 150_000).encode(), "text/html", LINK)


def test_the_composer_shows_that_it_reads_and_then_the_card(staff: Any, answers: Any, client: Client) -> None:
    answers({LINK: (200, "text/html", PAGE)})
    account = factories.account(staff.library)
    client.force_login(staff.user)
    typed = {"body": "New books", "link": LINK, "accounts": [account.pk], "when": "now"}
    assert b"data-again" in client.post(reverse("posts:check"), typed).content
    cards.read_waiting()
    page = client.post(reverse("posts:check"), typed).content.decode()
    assert "data-again" not in page
    assert "New &amp; noted &lt;b&gt;" in page


def test_an_accounts_own_text_is_shown_beside_the_one_for_all(staff: Any, client: Client) -> None:
    account = factories.account(staff.library)
    client.force_login(staff.user)
    typed = {"body": "New books today", "accounts": [account.pk], f"own-{account.pk}": "1", f"text-{account.pk}": "New films today", "when": "now"}
    page = client.post(reverse("posts:check"), typed).content.decode()
    assert "<del>" in page
    assert "films</ins>" in page
