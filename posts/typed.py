"""What people type, made fit to be kept: texts and links, from forms and from tables alike."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.utils.translation import gettext as _

LINK_MAX, TEXT_MAX = 1000, 100_000


def text(raw: str) -> str:
    """What networks count is one newline, not the carriage return that a form adds. NUL is not text."""
    return raw.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")[:TEXT_MAX]


def clean_link(raw: str) -> tuple[str, str]:
    """A link with its scheme, and what is wrong with it ("" where nothing is)."""
    link = raw.strip()[:LINK_MAX].replace("\0", "")
    if not link:
        return "", ""
    if "://" not in link and not link.lower().startswith(("mailto:", "javascript:", "data:")):
        link = f"https://{link}"
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
        good = parts.scheme in ("http", "https") and ("." in host or host == "localhost")
    except ValueError:
        good = False
    if not good or " " in link:
        return link, _("That is not a web address. It looks like https://example.org/page.")
    return link, ""
