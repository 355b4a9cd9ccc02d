"""A home of its own for each test run: data folder, secrets, sockets. Two runs at once never meet."""

from __future__ import annotations

import fcntl
import os
import tempfile
from pathlib import Path

MARK = "LIBRARY_SOCIAL_TEST_HOME"
_held: list[int] = []


def claim() -> Path:
    """The folder of this run. VAR_DIR/test (else var/test) unless another run is in it; then a fresh one under /tmp.

    Worker processes of pytest-xdist inherit the choice by the environment.
    """
    if known := os.environ.get(MARK):
        return Path(known)
    base = Path(os.environ.get("VAR_DIR") or Path(__file__).resolve().parent.parent / "var") / "test"
    base.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(base / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _held.append(lock)
        home = base.resolve()
    except OSError:
        os.close(lock)
        home = Path(tempfile.mkdtemp(prefix="ls-test-"))
    os.environ[MARK] = str(home)
    return home


def is_borrowed(home: Path) -> bool:
    """Whether the folder was made for this run alone and should go with it."""
    return home.name.startswith("ls-test-")
