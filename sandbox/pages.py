"""What the public sees: a page per network, single posts, pictures; and, with the key, the pages for faults and tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .wire import Call, Reply

if TYPE_CHECKING:
    from .server import Sandbox


def answer(box: Sandbox, call: Call) -> Reply:
    return Reply("<!doctype html><title>Practice networks</title><h1>Practice networks</h1>")
