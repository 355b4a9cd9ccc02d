"""A button beside a problem was pressed: what it does to what was typed, and the way back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from posts import composing, mending, parts, utm
from posts.typed import LINK_MAX, TEXT_MAX

if TYPE_CHECKING:
    from posts.views.editing import Editing

BEFORE_MAX = 4 * TEXT_MAX + LINK_MAX


def pressed(editing: Editing) -> None:
    """Called where the composer's form was read: mend it, or take the last mend back."""
    wanted = editing.request.POST.get("mend", "")
    if wanted == "undo":
        _take_back(editing)
    elif wanted:
        editing.mended = _mended(editing, wanted)


def _mended(editing: Editing, wanted: str) -> dict[str, str]:
    """What was done, in words, and the fields before it, for the way back; {} where nothing changed."""
    content = editing.typed.content
    before = fields(content)

    def sent(account: Any, text: str) -> str:
        target = utm.direct(content["link"], content.get("utm") or {}, account.platform)
        link = composing.preview_link(editing.request.actor.library, target)
        return parts.with_link(text, link, account)

    local = (editing.moment or editing.now).astimezone(editing.zone)
    work = mending.Work(content, editing.accounts, sent, local.date())
    mending.act(wanted[:100], work)
    if not work.changed:
        return {}
    return {"told": " ".join(work.told), "before": json.dumps(before)}


def fields(content: dict[str, Any]) -> dict[str, Any]:
    """The parts of a composition that mends may change."""
    return {
        "body": content["body"], "variants": dict(content["variants"]), "threads": dict(content.get("threads") or {}),
        "alts": {str(row["asset"]): row.get("alt_text", "") for row in content["media"]},
        "comment": (content.get("first_comment") or {}).get("text", ""),
    }  # fmt: skip


def _take_back(editing: Editing) -> None:
    """Put back what the page itself carried. It is typed text like any other: nothing but text is taken from it."""
    try:
        held = json.loads(editing.request.POST.get("before", "")[:BEFORE_MAX])
        known = {str(account.pk) for account in editing.accounts}
        variants = {pk: str(text)[:TEXT_MAX] for pk, text in dict(held["variants"]).items() if pk in known}
        threads = {
            pk: [str(text)[:TEXT_MAX] for text in texts][: parts.PARTS_MAX]
            for pk, texts in dict(held["threads"]).items()
            if pk in known
        }
        body, alts = str(held["body"])[:TEXT_MAX], {str(pk): str(alt) for pk, alt in dict(held["alts"]).items()}
    except (ValueError, KeyError, TypeError):
        return
    content = editing.typed.content
    content |= {"body": body, "variants": variants, "threads": threads}
    content["media"] = [{**row, "alt_text": alts.get(str(row["asset"]), row["alt_text"])} for row in content["media"]]
