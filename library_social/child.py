"""Run a command that ends when its parent does: `python -S -E child.py SIGNAL command …`. Standard library only.

A supervisor killed outright cannot stop its children; the kernel can (Linux, PR_SET_PDEATHSIG). Elsewhere the command
simply runs.
"""

from __future__ import annotations

import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent(number: int) -> None:
    """Have the kernel send us this signal as soon as our parent is gone."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:  # it died in between
        os.kill(os.getpid(), number)


def main(arguments: list[str]) -> None:
    """Become the command."""
    die_with_parent(signal.Signals[f"SIG{arguments[0]}"])
    os.execvp(arguments[1], arguments[1:])  # noqa: S606  (that is the purpose)


if __name__ == "__main__":
    main(sys.argv[1:])
