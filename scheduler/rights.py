"""Watching the rights to pictures: what is scheduled is held, and people are told of what is still up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.dispatch import CANCELLED
from libraries import notices
from libraries.models import Notice
from media_library import rights
from media_library.models import Asset
from posts.actions import hold_deliveries
from posts.models import Delivery

REMIND_AFTER = timedelta(days=7)  # what stays up although it may not is said again after a week
AT_ONCE = 500
SHOWN = """
    FROM posts_delivery AS delivery JOIN posts_revisionmedia AS r ON r.revision_id = delivery.revision_id
    JOIN media_library_asset AS asset ON asset.id = r.asset_id
    JOIN libraries_library AS library ON library.id = asset.library_id
    WHERE """ + rights.BARRED.format(platform="delivery.platform")  # fmt: skip
WAITING = f"""
    SELECT delivery.id, asset.id, delivery.platform {SHOWN} AND delivery.state = 'scheduled'
      AND NOT EXISTS (SELECT 1 FROM posts_hold WHERE delivery_id = delivery.id AND reason = 'media')
    ORDER BY delivery.due_at LIMIT {AT_ONCE}"""
STILL_UP = f"""
    SELECT asset.id, asset.library_id, count(DISTINCT delivery.id) {SHOWN} AND delivery.state = 'sent'
      AND NOT EXISTS (SELECT 1 FROM posts_takedown AS t WHERE t.delivery_id = delivery.id AND t.state <> '{CANCELLED}')
    GROUP BY asset.id, asset.library_id"""


def watch() -> int:
    """Hold what may not go out any more, and tell of what is up. Returns how many deliveries were newly held."""
    held = _hold()
    _tell()
    return held


def _rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _hold() -> int:
    held = 0
    found = _rows(WAITING)
    pictures = Asset.objects.select_related("library").prefetch_related("consents")
    assets = pictures.in_bulk({asset for _delivery, asset, _platform in found})
    for delivery, asset, platform in found:
        why = rights.bars(assets[asset], platform)
        detail = why[0].text if why else ""  # put right in this very moment: held once, for a person to release
        held += hold_deliveries(None, Delivery.objects.filter(pk=delivery), "media", detail)
    return held


def _tell() -> None:
    """One notice a picture. What was put right or taken down closes it; what stays up is said again after a week."""
    found = {asset: (library, n) for asset, library, n in _rows(STILL_UP)}
    opened = {key: at for key, at in _said().items() if at is None}
    for key in opened:
        if int(key.partition(":")[2]) not in found:
            notices.close_notices(None, key)
    recent = {key for key, at in _said().items() if at is None or at > timezone.now() - REMIND_AFTER}
    names = dict(Asset.objects.filter(pk__in=found).values_list("pk", "name"))
    for asset, (library, n) in found.items():
        if f"media:{asset}" in recent:
            continue
        title = ngettext(
            "“%(name)s” may not be shown any more, and %(n)s post with it is up.",
            "“%(name)s” may not be shown any more, and %(n)s posts with it are up.", n,
        ) % {"name": names[asset][:100], "n": n}  # fmt: skip
        notices.raise_notice(
            library, f"media:{asset}", verb="post.recall", tone="ask", path=f"/media/{asset}/#live", title=title[:200],
            text=_("Its page lists them, each with a button that takes it down."),
        )  # fmt: skip


def _said() -> dict[str, Any]:
    """When each notice about a picture was closed last; None where it is open."""
    rows = Notice.objects.filter(key__startswith="media:").order_by("pk")
    return dict(rows.values_list("key", "resolved_at"))
