"""HTML of the sandbox: small template files, every value escaped, one strict policy on every page."""

from __future__ import annotations

import html
from functools import lru_cache
from pathlib import Path
from string import Template
from typing import Any

from .wire import Reply

FOLDER = Path(__file__).with_name("templates")
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


class Safe(str):
    """Text that is HTML already."""

    __slots__ = ()


def safe(text: str) -> Safe:
    return Safe(text)


def escape(value: Any) -> str:
    return html.escape(str(value), quote=True)


@lru_cache(maxsize=64)
def _template(name: str) -> Template:
    return Template((FOLDER / f"{name}.html").read_text("utf-8"))


def part(template: str, /, **values: Any) -> Safe:
    """One template filled in; plain values are escaped, `safe` ones are not."""
    filled = {key: value if isinstance(value, Safe) else escape(value) for key, value in values.items()}
    return Safe(_template(template).substitute(filled))


def document(
    template: str, status: int = 200, /, *, title: str, theme: str, form_targets: str = "", headers: dict[str, str] | None = None,
    **values: Any
) -> Reply:
    """A whole page. `theme` is the network's name (colours); `form_targets` are origins a form may lead to."""
    body = part("frame", title=title, theme=theme, content=part(template, **values))
    policy = f"{POLICY} {form_targets}" if form_targets else POLICY
    return Reply(str(body), status, {
        "Content-Security-Policy": policy, "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store", **(headers or {}),
    })
