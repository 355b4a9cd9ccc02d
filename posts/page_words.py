"""What a web page says of itself for those who link to it: Open Graph, else its own title and description. Hostile input.

The names are those of the Open Graph protocol (og:title, og:description, og:image) and of HTML's own head; the markup is
cleaned by nh3 (an HTML5 parser) down to `meta` and `title` before we look at it, so that only well-formed tags are read.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import nh3

HEAD_MAX = 400_000  # characters; what a page says of itself stands at its beginning
TITLE_MAX, DESCRIPTION_MAX = 300, 500
_CHARSET = re.compile(rb"charset\s{0,9}=\s{0,9}[\"']?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class PageWords:
    """Title, description and the address of a picture, each "" where the page has none."""

    title: str = ""
    description: str = ""
    picture: str = ""


def page_words(body: bytes, content_type: str, url: str) -> PageWords:
    """Read a page that came from `url` (after redirects); relative picture addresses are made whole by it."""
    found = _Reader()
    found.feed(_cleaned(decoded(body, content_type)[:HEAD_MAX]))
    found.close()
    said = found.said
    picture = _first(said, "og:image:secure_url", "og:image:url", "og:image", "twitter:image", "twitter:image:src")
    return PageWords(
        _tidy(_first(said, "og:title", "twitter:title", "title") or found.title, TITLE_MAX),
        _tidy(_first(said, "og:description", "twitter:description", "description"), DESCRIPTION_MAX),
        _web(picture, url),
    )


def decoded(body: bytes, content_type: str) -> str:
    """The page as text: by the mark at its beginning, its header, its own word, else UTF-8. Never raises."""
    if body.startswith(codecs.BOM_UTF8):
        return body[3:].decode("utf-8", "replace")
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", "replace")
    said = _CHARSET.search(content_type.encode("ascii", "replace")) or _CHARSET.search(body[:4096])
    name = said.group(1).decode("ascii") if said else "utf-8"
    try:
        text = codecs.lookup(name)
        return body.decode(text.name if getattr(text, "_is_text_encoding", True) else "utf-8", "replace")
    except (LookupError, UnicodeError, ValueError):
        return body.decode("utf-8", "replace")


def _cleaned(page: str) -> str:
    return nh3.clean(
        page, tags={"meta", "title"}, clean_content_tags={"script", "style", "svg"},
        attributes={"meta": {"property", "name", "content"}},
    )  # fmt: skip


class _Reader(HTMLParser):
    """Collects the first word of each name, and the first title."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: dict[str, str] = {}
        self.title = ""
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "title":
            self._in_title = not self.title
        if tag == "meta":
            given = dict(attrs)
            name = (given.get("property") or given.get("name") or "").strip().lower()
            content = (given.get("content") or "").strip()
            if name and content and len(self.said) < 200:
                self.said.setdefault(name, content[:4000])

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title and len(self.title) < TITLE_MAX:
            self.title += data[: 4 * TITLE_MAX]


def _first(said: Mapping[str, str], *names: str) -> str:
    return next((said[name] for name in names if said.get(name)), "")


def _tidy(text: str, most: int) -> str:
    plain = _SPACES.sub(" ", _UNSEEN.sub("", text)).strip()
    return plain if len(plain) <= most else plain[: most - 1].rstrip() + "…"


def _web(picture: str, url: str) -> str:
    if not picture:
        return ""
    try:
        whole = urljoin(url, picture)
        return whole if urlsplit(whole).scheme in ("http", "https") and len(whole) <= 2000 else ""
    except ValueError:
        return ""
