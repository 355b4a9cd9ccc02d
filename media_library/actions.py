"""Adding pictures and withdrawing them."""

from __future__ import annotations

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

import audit.record
from audit.actions import Action
from libraries.permissions import Actor, require
from media_library.inspect import inspect
from media_library.models import Asset


def add_asset(*, actor: Actor, data: bytes, name: str, alt_text: str = "") -> Asset:
    """Keep a picture; the same bytes twice are one asset. Raises inspect.PictureRefused in words."""
    require(actor, "media.add")
    seen = inspect(data, name=name)
    known = Asset.objects.visible_to(actor).filter(sha256=seen.sha256).first()
    if known:
        return known
    asset = Asset(
        library=actor.library, name=name[:200], sha256=seen.sha256, mime=seen.mime, width=seen.width,
        height=seen.height, bytes=seen.bytes, alt_text=alt_text, added_by=actor.user,
    )  # fmt: skip
    asset.file.save(f"{seen.sha256[:20]}.{seen.format.lower()}", ContentFile(data), save=False)
    try:
        with transaction.atomic():
            asset.save()
            audit.record.record(actor, Action.ASSET_ADDED, asset, sha256=asset.sha256)
    except IntegrityError:
        return Asset.objects.visible_to(actor).get(sha256=seen.sha256)
    return asset


def describe_asset(*, actor: Actor, asset: Asset, alt_text: str) -> Asset:
    """The words offered whenever this picture is used; posts already submitted keep theirs."""
    require(actor, "media.add", asset)
    with transaction.atomic():
        Asset.objects.filter(pk=asset.pk).update(alt_text=alt_text)
        audit.record.record(actor, Action.ASSET_CHANGED, asset, alt_text=alt_text)
    asset.refresh_from_db()
    return asset


def withdraw_asset(*, actor: Actor, asset: Asset, reason: str) -> Asset:
    """This picture may no longer be used: drafts are blocked and scheduled posts held when they are next looked at."""
    require(actor, "media.remove", asset)
    with transaction.atomic():
        Asset.objects.filter(pk=asset.pk).update(withdrawn_at=Now(), withdrawn_reason=reason[:300])
        audit.record.record(actor, Action.ASSET_REMOVED, asset, reason=reason)
    asset.refresh_from_db()
    return asset
