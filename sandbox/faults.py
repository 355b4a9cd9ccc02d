"""The faults the networks can be told to show, and how one is chosen for a request.

A rule: {network, kind, where, rate, count, seconds, status, account, how}. Kinds:

    before      lost before it was applied, then `how`
    after       applied, then `how`
    late        nobody answers; applied `seconds` later
    hang reset  never applied, no answer / connection reset
    status      never applied, answered with `status` in the network's own words
    garbage     applied, answered with bytes nobody can read
    429 expired revoked duplicate    the network's own refusal
    slow        answered after `seconds`;  drip: the answer comes a byte at a time
    listing_lag posts younger than `seconds` are missing from lists;  shift: the next page repeats an item
    black_hole  the connection is accepted and never answered
    lie         `rate` of the visible writes meet before, after or late, at random

`how` is hang, reset, drop, status, garbage or error (the network's own misleading answer: Facebook code 2, Instagram
2207051, X 503, LinkedIn 504); left out, it is drawn at random.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from .book import Book

KINDS = (
    "before", "after", "late", "hang", "reset", "status", "garbage", "429", "expired", "revoked", "duplicate", "slow",
    "drip", "listing_lag", "shift", "black_hole", "lie",
)
HOWS_BEFORE = ("hang", "reset", "drop", "status")
HOWS_AFTER = ("hang", "reset", "drop", "status", "garbage", "error")
WHERES = ("visible", "staging", "read", "any")
NETWORKS = ("facebook", "instagram", "twitter", "linkedin")
ALIASES = {"x": "twitter", "X": "twitter", "meta": "facebook"}


@dataclass(frozen=True, slots=True)
class Fault:
    """What one request shall meet. `name` is how the request log tells it."""

    name: str
    kind: str
    how: str
    seconds: float
    status: int
    rule: dict[str, Any]


def canonical(network: str) -> str:
    """The one name of a network: "x" and "twitter" are the same."""
    return ALIASES.get(network, network)


class Faults:
    """The rules in force; kept in the book, so they survive a restart."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.dice = random.Random()

    def rules(self) -> list[dict[str, Any]]:
        return list(self.book.t["faults"].values())

    def add(self, rule: dict[str, Any]) -> dict[str, Any]:
        """Add one rule. Raises ValueError with a sentence when it makes no sense."""
        kind = str(rule.get("kind", ""))
        if kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        network = canonical(str(rule.get("network") or "any"))
        if network not in (*NETWORKS, "any"):
            raise ValueError(f"network must be one of {', '.join(NETWORKS)} or any")
        where = str(rule.get("where") or _default_where(kind))
        if where not in WHERES:
            raise ValueError(f"where must be one of {', '.join(WHERES)}")
        how = str(rule.get("how") or "")
        if how and how not in HOWS_AFTER:
            raise ValueError(f"how must be one of {', '.join(HOWS_AFTER)}")
        kept = dict(rule)
        kept.update(
            id=str(self.book.fresh_id()), kind=kind, network=network, where=where, how=how,
            rate=float(rule.get("rate", 1)), count=_count(rule.get("count")), account=str(rule.get("account") or ""),
            seconds=float(rule["seconds"]) if rule.get("seconds") not in (None, "") else _default_seconds(kind),
            status=int(rule.get("status") or 503),
        )
        return self.book.put("faults", kept["id"], kept)

    def remove(self, rule_id: str | None = None) -> None:
        """Remove one rule, or all."""
        for key in [rule_id] if rule_id else list(self.book.t["faults"]):
            self.book.drop("faults", key)

    def choose(self, network: str, kind: str, account: str) -> Fault | None:
        """The fault this request meets: the first rule that fits and whose dice fall so."""
        for rule in self.book.t["faults"].values():
            if not _fits(rule, network, kind, account):
                continue
            if rule["rate"] < 1 and self.dice.random() >= rule["rate"]:
                continue
            if rule["count"] is not None:
                rule["count"] -= 1
                self.book.put("faults", rule["id"], rule)
            return self._draw(rule)
        return None

    def _draw(self, rule: dict[str, Any]) -> Fault:
        kind, how, name = rule["kind"], rule["how"], rule["kind"]
        seconds = rule["seconds"]
        if kind == "lie":
            weights = rule.get("weights") or {"before": 1, "after": 1, "late": 1}
            kind = self.dice.choices(list(weights), list(weights.values()))[0]
            seconds = self.dice.uniform(0.2, max(0.2, seconds)) if kind == "late" else 30.0
            name = f"lie:{kind}"
        elif kind in ("hang", "reset", "status"):
            kind, how = "before", kind
        elif kind == "garbage":
            kind, how = "after", "garbage"
        if kind in ("before", "after"):
            how = how or self.dice.choice(HOWS_BEFORE if kind == "before" else HOWS_AFTER)
            name = f"{name}:{how}" if how != name else name
        return Fault(name, kind, how, seconds, rule["status"], rule)


def _fits(rule: dict[str, Any], network: str, kind: str, account: str) -> bool:
    if rule["count"] is not None and rule["count"] <= 0:
        return False
    return (
        rule["network"] in (network, "any")
        and rule["where"] in (kind, "any")
        and (not rule["account"] or rule["account"] == account)
    )


def _default_where(kind: str) -> str:
    if kind in ("before", "after", "late", "lie", "duplicate", "garbage"):
        return "visible"
    return "read" if kind in ("listing_lag", "shift") else "any"


def _default_seconds(kind: str) -> float:
    return {"late": 1.5, "lie": 1.5, "slow": 2.0, "429": 60.0, "listing_lag": 5.0}.get(kind, 30.0)


def _count(value: Any) -> int | None:
    return None if value in (None, "") else int(value)
