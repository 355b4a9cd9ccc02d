"""Chromium for the browser tests: the one bin/test found, else Playwright's own; nothing it might ask of the net."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def launch(playwright: Playwright) -> Browser:
    """A headless browser; CHROMIUM names the program."""
    return playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM") or None, args=list(FLAGS))
