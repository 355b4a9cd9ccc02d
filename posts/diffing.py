"""What changed between two versions of a post, word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.utils.translation import gettext as _

from media_library.pipeline import ratio_words
from platforms.registry import get
from posts.models import Revision, RevisionMedia, Variant

WORD = re.compile(r"\s+|[\w’'-]+|[^\w\s]")


@dataclass(frozen=True)
class Piece:
    """A run of text. `kind` is "same", "gone" or "new"."""

    kind: str
    text: str


@dataclass(frozen=True)
class Change:
    """One part of a post that differs: its name in words, and the pieces in reading order."""

    name: str
    pieces: list[Piece]


def pieces(old: str, new: str) -> list[Piece]:
    """The words of both texts, in reading order; equal runs are one piece."""
    was, now = WORD.findall(old), WORD.findall(new)
    found = []
    for what, i1, i2, j1, j2 in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if what == "equal":
            found.append(Piece("same", "".join(now[j1:j2])))
            continue
        if i2 > i1:
            found.append(Piece("gone", "".join(was[i1:i2])))
        if j2 > j1:
            found.append(Piece("new", "".join(now[j1:j2])))
    return found


def changes(old: Revision, new: Revision) -> list[Change]:
    """Every part that differs between two revisions of a post, texts first."""
    parts = [(_("Text"), old.body, new.body), (_("Link"), old.link, new.link),
             (_("Campaign parameters"), _utm(old), _utm(new))]  # fmt: skip
    was = {v.account_id: v for v in old.variants.select_related("account")}
    now = {v.account_id: v for v in new.variants.select_related("account")}
    for pk in sorted(was.keys() | now.keys()):
        account = (now.get(pk) or was[pk]).account
        before, after = _variant(was.get(pk)), _variant(now.get(pk))
        parts.append((str(account.name), before, after))
    parts.append((_("Pictures"), _pictures(old), _pictures(new)))
    return [Change(name, pieces(before, after)) for name, before, after in parts if before != after]


def _utm(revision: Revision) -> str:
    return " ".join(f"{name}={value}" for name, value in revision.utm.items() if value)


def _variant(variant: Variant | None) -> str:
    if variant is None:
        return _("(not sent there)")
    thread = variant.options.get("thread")
    text = "\n\n".join(thread) if thread else variant.body if variant.body is not None else _("(the text for all)")
    comment = variant.options.get("first_comment")
    return _("%(text)s\n\nFirst comment: %(comment)s") % {"text": text, "comment": comment} if comment else str(text)


def _pictures(revision: Revision) -> str:
    rows = revision.media.select_related("asset")
    return "\n".join(
        " ".join([f"{row.asset.name}: {row.alt_text or _('only decoration')}", *_crops(row)]) for row in rows
    )


def _crops(row: RevisionMedia) -> list[str]:
    """What stays of a picture, for each network that somebody cropped it for."""
    return [
        _("[%(network)s: %(ratio)s, from the left %(left)s %%, from the top %(top)s %%]") % {
            "network": get(platform).label if platform else _("cropped"), "left": round(left * 100), "top": round(top * 100),
            "ratio": ratio_words(wide * row.asset.width / (high * row.asset.height)),
        }
        for platform, (left, top, wide, high) in sorted(row.crop.items())
    ]  # fmt: skip
