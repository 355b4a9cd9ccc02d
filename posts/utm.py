"""Campaign parameters: what counts visits on the library's own website, kept out of sight behind our short link.

The names are those that web statistics read: utm_source, utm_medium, utm_campaign. They are added when the short link is
made, so that the address which people see stays short. A direct link shows them to everybody, so there they are left out
unless somebody wants them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

FIELDS = ("source", "medium", "campaign")
MOST = 60
MEDIUM = "social"
SOURCES = {"twitter": "x"}  # networks that people know by another name than our code does
TARGET_MAX = 1000


def read(data: Mapping[str, Any]) -> dict[str, Any]:
    """From the composer's fields; {} where nothing was asked for. Values are small letters, digits, dot, hyphen."""
    said: dict[str, Any] = {name: clean(str(data.get(f"utm-{name}", ""))) for name in FIELDS}
    if not any(said.values()):
        return {}
    said = {name: value for name, value in said.items() if value}
    return {**said, "visible": True} if data.get("utm-visible") else said


def clean(raw: str) -> str:
    return re.sub(r"[^\w.-]+", "-", raw.strip().lower().replace("\0", ""))[:MOST].strip("-")


def applied(link: str, utm: Mapping[str, Any], platform: str) -> str:
    """The link with its parameters. What the link says itself is not said twice; one that grew too long stays as it was."""
    if not link or not utm:
        return link
    parts = urlsplit(link)
    known = parse_qsl(parts.query, keep_blank_values=True)
    said = {
        "utm_source": utm.get("source") or SOURCES.get(platform, platform),
        "utm_medium": utm.get("medium") or MEDIUM,
        "utm_campaign": utm.get("campaign", ""),
    }
    new = [(name, value) for name, value in said.items() if value and name not in dict(known)]
    query = "&".join(part for part in (parts.query, urlencode(new)) if part)
    whole = urlunsplit(parts._replace(query=query))
    return whole if len(whole) <= TARGET_MAX else link


def direct(link: str, utm: Mapping[str, Any], platform: str) -> str:
    """The link as it stands in the text itself: with parameters only where somebody said that they may be seen."""
    return applied(link, utm, platform) if utm.get("visible") else link
