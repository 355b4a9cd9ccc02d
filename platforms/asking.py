"""One question to a network through its SDK, judged by the answer as it came and not by the SDK's opinion of it.

The SDKs hide status and headers, take an unreadable answer for success, or raise errors of their own. So the call goes
through them, but the verdict comes from what the door kept. Django-free.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import requests

from core.errors import Ambiguous, RemoteError, Unavailable
from core.remote import Kept, Kind, classify, saying

Refine = Callable[[Kept, RemoteError], RemoteError]


def ask(session: requests.Session, kind: Kind, call: Callable[[], object], refine: Refine) -> Kept:
    """Make `call` (one request by an SDK bound to `session`) and return the answer if it is a 2xx.

    Raises what the transport raised, else `refine(answer, error)`, where the network's own words are read. An exception
    of the SDK counts only when no answer arrived: then it is a mistake of ours and is passed on.
    """
    door = session.door  # type: ignore[attr-defined]
    before = door.last
    try:
        with saying(kind):
            call()
    except RemoteError:
        raise
    except Exception:
        if door.last is before:
            raise
    kept: Kept = door.last
    if error := classify(kept, kind):
        raise refine(kept, error)
    return kept


def fields(kept: Kept) -> dict[str, Any]:
    """The answer's JSON object. Raises Ambiguous where a visible step was answered unreadably, else Unavailable."""
    found = peek(kept)
    if found is None:
        kind = Ambiguous if kept.kind is Kind.VISIBLE else Unavailable
        raise kind("The answer could not be read.", code="unreadable_answer", http_status=kept.status)
    return found


def peek(kept: Kept) -> dict[str, Any] | None:
    """The answer's JSON object, or None where it holds none."""
    try:
        found = json.loads(kept.body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
