"""Renditions made beforehand: after an upload, and at submit, so that nobody waits for them when a post goes out."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from libraries.models import Library
from media_library import keeping, queries
from media_library.inspect import PictureRefused
from media_library.models import Asset
from platforms.models import Account
from posts import composing
from posts.models import Revision

log = logging.getLogger(__name__)
AT_ONCE = 6
RECENT = timedelta(minutes=3)
# Claimed first, so that two workers never render one picture twice; what a killed worker leaves is made when it is asked for.
CLAIM = f"""
    UPDATE media_library_asset SET prepared_at = now() WHERE id IN (
        SELECT id FROM media_library_asset WHERE prepared_at IS NULL AND deleted_at IS NULL
        ORDER BY created_at LIMIT {AT_ONCE} FOR UPDATE SKIP LOCKED)
    RETURNING id"""


def prepare() -> int:
    """Make what is missing. Returns how many pictures and versions were looked at."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM)
        claimed = [pk for (pk,) in cursor.fetchall()]
    for asset in Asset.objects.filter(pk__in=claimed).select_related("library"):
        _of_asset(asset)
    return len(claimed) + _of_versions()


def _of_asset(asset: Asset) -> None:
    """Our own small and large copies, and one for each network that the library is connected to."""
    try:
        queries.shown_as(asset)
        queries.shown_as(asset, large=True)
        for _platform, spec in queries.specs_of(asset.library):
            queries.made_for(asset, spec)
    except (PictureRefused, OSError) as error:
        log.warning("Picture %s could not be prepared: %s", asset.pk, error)


def _of_versions() -> int:
    """What was just submitted, cropped as chosen. Making one that is there already costs a query."""
    fresh = Revision.objects.filter(created_at__gt=timezone.now() - RECENT, media__isnull=False).distinct()
    n = 0
    for revision in fresh.order_by("-pk")[:AT_ONCE]:
        for account in Account.objects.filter(variants__revision=revision):
            try:
                composing.fixed_media(revision, account)
                n += 1
            except (PictureRefused, OSError) as error:
                log.warning("Pictures of version %s could not be prepared: %s", revision.pk, error)
    return n


def purge() -> int:
    """Files and rows of pictures that were thrown away a day ago."""
    return sum(keeping.purge(library) for library in Library.objects.filter(assets__deleted_at__isnull=False).distinct())
