"""The dialogue in which a post that is out is corrected: its texts, and what can be done for each account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.numbers import row_id
from libraries.permissions import Actor
from platforms.registry import get
from posts import actions
from posts.actions.correcting import AGAIN, CANNOT, EDITS, NOTHING
from posts.models import Delivery, Post


@dataclass
class Field:
    """One text of the post as it is typed anew: `name` is the form's, `label` whose text it is ("" for everybody's)."""

    name: str
    label: str
    text: str


@dataclass
class Correcting:
    """The dialogue: what is corrected, account by account, and what was wrong with what was typed."""

    revision: int
    fields: list[Field]
    rows: list[tuple[Delivery, str]]
    problem: str = ""
    wants_again: bool = False

    @property
    def offers_again(self) -> bool:
        return any(means == AGAIN for _row, means in self.rows)


def may_correct(actor: Actor, post: Post, deliveries: Sequence[Delivery]) -> bool:
    """Whether the button is shown: something is up, and what this person may do includes changing and stopping it."""
    if post.state != "approved" or not (actor.may("post.recall", post) and actor.may("post.schedule", post)):
        return False
    return any(actions.correcting_means(row) in (EDITS, AGAIN, CANNOT) for row in deliveries)


def dialogue(post: Post, deliveries: Sequence[Delivery], typed: Any = None, problem: str = "") -> Correcting | None:
    """What the dialogue shows; with what was `typed` where something was wrong. None: there is nothing to correct."""
    revision = post.current_revision
    if revision is None:
        return None
    said = typed or {}
    fields = [Field("body", "", said.get("body", revision.body))]
    for variant in revision.variants.select_related("account").order_by("platform", "account_id"):
        if variant.body is not None and not variant.options.get("thread"):
            name = f"text-{variant.account_id}"
            fields.append(Field(name, f"{get(variant.platform).label}, {variant.account.name}", said.get(name, variant.body)))
    rows = [(row, means) for row in deliveries if (means := actions.correcting_means(row)) != NOTHING]
    seen = row_id(said.get("revision", "")) or revision.pk
    return Correcting(seen, fields, rows, problem, bool(said.get("again")))
