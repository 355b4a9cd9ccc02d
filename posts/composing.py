"""From a revision to the exact bytes of one delivery: text, link, pictures."""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings

from core.database import hot
from libraries.models import PRACTICE, Library
from media_library import crops, renditions
from media_library.models import Rendition
from platforms import lines
from platforms.base import Draft, MediaFile
from platforms.models import Account
from posts import parts, utm
from posts.models import Revision, RevisionMedia, Variant

log = logging.getLogger(__name__)
SLUG_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def new_slug() -> str:
    """A short link's name: 8 letters that cannot be misread, 40 bits."""
    return "".join(secrets.choice(SLUG_ALPHABET) for _ in range(8))


def our_links_work(library: Library) -> bool:
    """Whether patrons reach our public address. In practice it is this machine; live it must have answered."""
    return bool(settings.PUBLIC_URL) and (library.mode == PRACTICE or library.public_url_ok is True)


def preview_link(library: Library, target: str) -> str:
    """What the link will look like before its slug exists: same length as the real one."""
    return f"{settings.PUBLIC_URL}/r/{'x' * 8}" if target and our_links_work(library) else target


def fixed_media(revision: Revision, account: Account) -> list[dict[str, Any]]:
    """The renditions of a revision's pictures for one account, made now if need be. Slow: never in a transaction."""
    limits = lines.capabilities(account).limits
    spec = limits.image
    rows: list[dict[str, Any]] = []
    for use in revision.media.select_related("asset"):
        x, y = use.focal or (0.5, 0.5)
        made = renditions.rendition_for(use.asset, spec, focal=(x, y), crop=crops.for_network(use.crop, account.platform))
        if limits.same_ratio and not rows:
            spec = replace(spec, ratio_min=made.width / made.height, ratio_max=made.width / made.height)
        rows.append(_media_row(use, made))
    return rows


def _media_row(use: RevisionMedia, made: Rendition) -> dict[str, Any]:
    return {
        "asset": use.asset_id, "rendition": made.pk, "sha256": made.sha256, "mime": made.mime, "bytes": made.bytes,
        "width": made.width, "height": made.height, "alt_text": "" if use.decorative else use.alt_text,
    }  # fmt: skip


def payloads(variant: Variant, media: list[dict[str, Any]], slug: str) -> list[dict[str, Any]]:
    """What is frozen into each delivery of an account, the post first, which alone has the pictures.

    `slug` is "" where the post carries the direct link or none.
    """
    link = f"{settings.PUBLIC_URL}/r/{slug}" if slug else utm.direct(
        variant.revision.link, variant.revision.utm, variant.platform
    )
    said = parts.parts(variant.text, variant.options, link, variant.account)
    return [
        {
            "text": part.text, "link": link if part.carries else "", "marker": slug if part.carries else "",
            "media": [] if n else media, "options": {"kind": part.kind} if n else {},
        }
        for n, part in enumerate(said)
    ]  # fmt: skip


def digest(content: Any) -> str:
    """SHA-256 of canonical JSON, 64 hex digits."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def drafts(frozen: Mapping[int, dict[str, Any]]) -> dict[int, Draft]:
    """The Drafts that adapters get, by the same keys. Media addresses are minted now, not kept in the payload.

    One query for all. A payload whose rendition is gone is left out, and the log says so.
    """
    asked = [row["rendition"] for payload in frozen.values() for row in payload["media"]]
    sql = f"SELECT {hot.columns(Rendition)} FROM media_library_rendition WHERE id = ANY(%s::bigint[])"
    made = {row.pk: row for row in hot.instances(Rendition, sql, [asked])} if asked else {}
    ready: dict[int, Draft] = {}
    for key, payload in frozen.items():
        try:
            media = tuple(_media_file(row, made[row["rendition"]]) for row in payload["media"])
        except KeyError:
            log.error("A picture that was approved is gone: delivery %s cannot be sent.", key)
            continue
        ready[key] = Draft(
            text=payload["text"], link=payload["link"], marker=payload["marker"], media=media, options=payload["options"]
        )
    return ready


def _media_file(row: dict[str, Any], made: Rendition) -> MediaFile:
    suffix = str(made.file.name).rsplit(".", 1)[-1]
    return MediaFile(
        read=lambda: renditions.read(made), mime=row["mime"], bytes=row["bytes"], width=row["width"],
        height=row["height"], sha256=row["sha256"], alt_text=row["alt_text"], url=renditions.public_url(made),
        filename=f"picture-{made.pk}.{suffix}",
    )  # fmt: skip
