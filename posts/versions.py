"""Working copies beside each other: what is in them in words, what differs, and what a choice between two makes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from media_library.models import Asset
from platforms.models import Account
from posts import diffing, parts
from posts.models import Post, Revision
from posts.models.post import empty_copy

TITLE = "title"


@dataclass(frozen=True)
class Side:
    """One text of a post with its name: what a form holds, what is stored, or what was kept once."""

    title: str
    content: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """One field that is not the same on both sides. `pieces` lead from the old to the new text, word by word."""

    key: str
    label: str
    old: str
    new: str

    @property
    def pieces(self) -> list[diffing.Piece]:
        return diffing.pieces(self.old, self.new)


def differences(post: Post, old: Side, new: Side) -> list[Difference]:
    """What differs between two sides of one post, the common text first."""
    before, after = _flat(old), _flat(new)
    names = _Names(post, [old, new])
    keys = sorted(before.keys() | after.keys(), key=names.place)
    return [
        Difference(key, names.label(key), names.words(key, before.get(key)), names.words(key, after.get(key)))
        for key in keys
        if not _same(key, before.get(key), after.get(key))
    ]


def merged(base: Side, other: Side, take: Collection[str]) -> Side:
    """`base` with the fields named in `take` (keys of `Difference`) as they are on the `other` side."""
    flat, theirs = _flat(base), _flat(other)
    for key in take:
        if key in theirs:
            flat[key] = theirs[key]
        else:
            flat.pop(key, None)
    content: dict[str, Any] = {**empty_copy(), "variants": {}}
    for key, value in flat.items():
        if key.startswith("variant-"):
            content["variants"][key.removeprefix("variant-")] = value
        elif key != TITLE:
            content[key] = value
    return Side(flat[TITLE], content)


def of_post(post: Post) -> Side:
    return Side(post.title, {**empty_copy(), **post.working_copy.content})


def of_revision(revision: Revision, beside: dict[str, Any]) -> Side:
    """A version that was handed in, as a working copy; what versions do not keep is taken from `beside`."""
    rows = [
        {"asset": row.asset_id, "alt_text": row.alt_text, "decorative": row.decorative, "focal": row.focal,
         **({"crop": row.crop} if row.crop else {})}
        for row in revision.media.all()
    ]  # fmt: skip
    variants = list(revision.variants.all())
    content = {
        **empty_copy(), **beside, "body": revision.body, "link": revision.link, "media": rows,
        "accounts": [v.account_id for v in variants],
        "variants": {str(v.account_id): v.body for v in variants if v.body is not None},
        **parts.content_of({v.account_id: v.options for v in variants}),
    }  # fmt: skip
    content.pop("utm", None)
    if revision.utm:
        content["utm"] = revision.utm
    return Side(revision.post.title, content)


def _flat(side: Side) -> dict[str, Any]:
    """One level of fields: the title, every part of the content, and each account's own text by itself."""
    flat = {TITLE: side.title, **{key: value for key, value in side.content.items() if key != "variants"}}
    return flat | {f"variant-{pk}": text for pk, text in side.content.get("variants", {}).items()}


def _same(key: str, one: Any, other: Any) -> bool:
    if key == "accounts":  # their order means nothing
        return set(one or []) == set(other or [])
    return bool(one == other or (not one and not other))


class _Names:
    """Words for fields and for what is in them. Accounts and pictures are looked up once for all sides."""

    def __init__(self, post: Post, sides: Sequence[Side]) -> None:
        accounts = {int(pk) for side in sides for pk in [*side.content.get("accounts", []), *side.content.get("variants", {})]}
        pictures = {row["asset"] for side in sides for row in side.content.get("media", [])}
        self.accounts = Account.objects.filter(library=post.library_id).in_bulk(accounts)
        self.pictures = Asset.objects.filter(library=post.library_id).in_bulk(pictures)
        self.known = {
            "body": _("Text"), "link": _("Link"), "media": _("Pictures"), "accounts": _("Where it appears"),
            TITLE: _("Name for colleagues"), "threads": _("Thread"), "first_comment": _("First comment"),
            "utm": _("Campaign parameters of the link"), "relative": _("When"),
        }  # fmt: skip

    def place(self, key: str) -> tuple[int, str]:
        order = ["body", "variant", "link", "media", "accounts", TITLE]
        kind = "variant" if key.startswith("variant-") else key
        return (order.index(kind) if kind in order else len(order), key)

    def label(self, key: str) -> str:
        if key.startswith("variant-"):
            return _("Text for %(name)s") % {"name": self._account(key.removeprefix("variant-"))}
        return self.known.get(key, _("Other choices"))

    def words(self, key: str, value: Any) -> str:
        if key.startswith("variant-"):
            return _("(the text for all)") if value is None else str(value)
        if key == "accounts":
            return ", ".join(self._account(pk) for pk in value or [])
        if key == "media":
            return "\n".join(self._picture(row) for row in value or [])
        return _told(value)

    def _account(self, pk: Any) -> str:
        account = self.accounts.get(int(pk))
        return str(account.name) if account else _("an account that is gone")

    def _picture(self, row: dict[str, Any]) -> str:
        asset = self.pictures.get(row["asset"])
        words = _("only decoration") if row.get("decorative") else row.get("alt_text") or _("no description yet")
        return f"{asset.name if asset else _('a picture that is gone')}: {words}"


def _told(value: Any) -> str:
    """Whatever another part of the composer stores, as plain lines."""
    if isinstance(value, dict):
        return "\n".join(line for one in value.values() if (line := _told(one)))
    if isinstance(value, list):
        return "\n".join(line for one in value if (line := _told(one)))
    if isinstance(value, bool):
        return _("yes") if value else ""
    return "" if value is None else str(value)
