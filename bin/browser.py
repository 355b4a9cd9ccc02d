"""Find a Chrome or Chromium for the browser tests, or fetch one; print its path. Anything said goes to standard error.

An installed one is used; else root gets Debian's package; else Playwright fetches its own. CHROMIUM=/path names one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",)


def starts(program: str) -> bool:
    """Whether it really runs here: a wrapper that only says “install me as a snap” does not."""
    try:
        return subprocess.run([program, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def installed() -> str | None:
    named = os.environ.get("CHROMIUM")
    found = [named] if named else [shutil.which(name) for name in NAMES] + list(PLACES)
    return next((program for program in found if program and starts(program)), None)


def from_debian() -> str | None:
    """Debian's package, where we may install it."""
    if os.getuid() != 0 or not shutil.which("apt-get"):
        return None
    print("No Chrome or Chromium here: installing Debian's package …", file=sys.stderr)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
        done = subprocess.run(
            ["apt-get", *words], env=environment, stdout=sys.stderr, stdin=subprocess.DEVNULL, check=False
        )
        if done.returncode:
            return None
    return installed()


def from_playwright() -> str | None:
    """Playwright's own build; also finds one fetched earlier."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    if not Path(own).exists():
        print("No Chrome or Chromium here: Playwright fetches its own …", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], stdout=sys.stderr, check=False)
    return own if Path(own).exists() and starts(own) else None


def main() -> int:
    """0 and the path; or 1 and what was tried."""
    found = installed() or from_debian() or from_playwright()
    if found:
        print(found)
        return 0
    print(
        "The browser tests need Chrome or Chromium. None is installed, and none could be fetched: not Debian's package "
        "(needs root and apt-get), not Playwright's own.\nInstall one, name one in CHROMIUM, or call "
        "bin/test --without-browser.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
