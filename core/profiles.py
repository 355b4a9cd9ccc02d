"""How long things may take: one profile for the practice networks, one for the real ones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """Times of one realm, in seconds. Required: deadline < lease, and quiet covers a landing plus a listing's lag.

    `backoff_max` bounds the wait while a network is down; `unknown_max` is how long a row may stay unconfirmed
    before a person is asked.
    """

    deadline: float
    lease: float
    quiet: float
    backoff_max: float
    unknown_max: float


PROFILES = {"practice": Profile(5, 12, 3, 8, 180), "live": Profile(60, 120, 120, 300, 1800)}


def by_realm(what: str) -> str:
    """SQL for an interval that depends on the row's realm."""
    cases = " ".join(f"WHEN '{realm}' THEN {getattr(p, what)}" for realm, p in PROFILES.items())
    return f"make_interval(secs => CASE realm {cases} END)"
