"""What people do with pictures: add, describe, tag, say whose they are, withdraw, delete and bring back."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

import audit.record
from audit.actions import Action
from libraries.permissions import Actor, Refused, require
from media_library import foreign
from media_library.consenting import forget_consent, record_consent, withdraw_consent
from media_library.inspect import inspect
from media_library.models import LICENCES, OWN, PEOPLE, TAGS_MAX, Asset
from media_library.uses import in_drafts

__all__ = [
    "add_asset", "delete_asset", "describe_asset", "focus_asset", "forget_consent", "record_consent", "restore_asset",
    "state_rights", "tag_asset", "withdraw_asset", "withdraw_consent",
]  # fmt: skip


def add_asset(*, actor: Actor, data: bytes, name: str, alt_text: str = "", licence: str = OWN) -> Asset:
    """Keep a picture; the same bytes twice are one asset (`known` is then true on it, and what it says stays).

    Raises inspect.PictureRefused in words.
    """
    require(actor, "media.add")
    sha256 = hashlib.sha256(data).hexdigest()
    if known := _known(actor, sha256):
        return known
    if foreign.is_heic(data):
        data, _gps = foreign.unfolded(data, name)
        seen = inspect(data)
    else:
        seen = inspect(data, name=name)
    asset = Asset(
        library=actor.library, name=name[:200], sha256=sha256, mime=seen.mime, width=seen.width,
        height=seen.height, bytes=seen.bytes, alt_text=alt_text, added_by=actor.user, licence=licence,
    )  # fmt: skip
    asset.file.save(f"{sha256[:20]}.{seen.format.lower()}", ContentFile(data), save=False)
    try:
        with transaction.atomic():
            asset.save()
            audit.record.record(actor, Action.ASSET_ADDED, asset, sha256=asset.sha256, licence=licence)
    except IntegrityError:
        asset.file.storage.delete(asset.file.name)
        return _known(actor, sha256) or Asset.objects.visible_to(actor).get(sha256=sha256)
    return asset


def _known(actor: Actor, sha256: str) -> Asset | None:
    """The picture of these bytes that is here already; one that was thrown away comes back by being added again."""
    known = Asset.objects.visible_to(actor).filter(sha256=sha256).first()
    if known is None:
        return None
    if known.deleted_at:
        with transaction.atomic():
            Asset.objects.filter(pk=known.pk).update(deleted_at=None)
            audit.record.record(actor, Action.ASSET_RESTORED, known, added_again=True)
        known.refresh_from_db()
    known.known = True  # for the page, to say so kindly
    return known


def describe_asset(*, actor: Actor, asset: Asset, alt_text: str) -> Asset:
    """The words offered whenever this picture is used; posts already submitted keep theirs."""
    require(actor, "media.add", asset)
    with transaction.atomic():
        Asset.objects.filter(pk=asset.pk).update(alt_text=alt_text)
        audit.record.record(actor, Action.ASSET_CHANGED, asset, alt_text=alt_text)
    asset.refresh_from_db()
    return asset


def tag_asset(*, actor: Actor, asset: Asset, tags: Sequence[str], more: bool = False) -> Asset:
    """Give it these tags; with `more` beside those it has. Raises Refused `too_many_tags`."""
    require(actor, "media.add", asset)
    with transaction.atomic():
        row = Asset.objects.select_for_update().get(pk=asset.pk)
        wanted = list(dict.fromkeys([*(row.tags if more else ()), *tags]))
        if len(wanted) > TAGS_MAX:
            raise Refused("too_many_tags", _("A picture takes up to %(n)s tags.") % {"n": TAGS_MAX})
        if wanted != row.tags:
            Asset.objects.filter(pk=asset.pk).update(tags=wanted)
            audit.record.record(actor, Action.ASSET_CHANGED, asset, tags=wanted)
    asset.refresh_from_db()
    return asset


def focus_asset(*, actor: Actor, asset: Asset, x: float, y: float) -> Asset:
    """The point that stays in sight wherever the picture is cropped; shares (0 to 1) of the upright picture."""
    require(actor, "media.add", asset)
    x, y = (round(min(max(at, 0.0), 1.0), 3) for at in (x, y))
    with transaction.atomic():
        Asset.objects.filter(pk=asset.pk).update(focal_x=x, focal_y=y, prepared_at=None)
        audit.record.record(actor, Action.ASSET_CHANGED, asset, focal=[x, y])
    asset.refresh_from_db()
    return asset


def state_rights(
    *, actor: Actor, asset: Asset, licence: str, credit: str = "", rights: str = "", rights_until: date | None = None,
    people: str = "",
) -> Asset:  # fmt: skip
    """Say whose picture it is, what was agreed, until when, and whether people can be recognised in it."""
    require(actor, "media.add", asset)
    if licence not in LICENCES or people not in PEOPLE:
        raise Refused("unknown_choice", _("Choose one of the answers."))
    if people == "none" and asset.consents.filter(replaced_at=None).exists():
        raise Refused("people_named", _("Somebody in it is named below. Take them off the list first, if nobody can be recognised."))
    said = {
        "licence": licence, "credit": credit.strip()[:200], "rights": rights.strip()[:300], "rights_until": rights_until,
        "people": people,
    }  # fmt: skip
    with transaction.atomic():
        Asset.objects.filter(pk=asset.pk).update(**said)
        until = rights_until.isoformat() if rights_until else ""
        audit.record.record(actor, Action.ASSET_CHANGED, asset, **{**said, "rights_until": until})
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


def delete_asset(*, actor: Actor, asset: Asset) -> Asset:
    """Throw away what no post shows; its files go a day later. Raises Refused `in_use`, which says where."""
    require(actor, "media.remove", asset)
    with transaction.atomic():
        row = Asset.objects.select_for_update().get(pk=asset.pk)
        _refuse_in_use(row)
        if Asset.objects.filter(pk=row.pk, deleted_at=None).update(deleted_at=Now()):
            audit.record.record(actor, Action.ASSET_DELETED, row, name=row.name, sha256=row.sha256)
    asset.refresh_from_db()
    return asset


def _refuse_in_use(asset: Asset) -> None:
    n = asset.uses.values("revision__post").distinct().count()
    if n:
        raise Refused("in_use", ngettext(
            "“%(name)s” is in %(n)s post that was submitted, so it stays in the record. Withdraw it if it may no longer be used.",
            "“%(name)s” is in %(n)s posts that were submitted, so it stays in the record. Withdraw it if it may no longer be used.",
            n,
        ) % {"name": asset.name, "n": n})  # fmt: skip
    if drafts := in_drafts(asset.library_id, [asset.pk]).get(asset.pk):
        title = drafts[0].title or _("Post without a name")
        raise Refused("in_use", ngettext(
            "“%(name)s” is in the draft “%(title)s”. Take it out there first.",
            "“%(name)s” is in %(n)s drafts, “%(title)s” among them. Take it out there first.", len(drafts),
        ) % {"name": asset.name, "title": title, "n": len(drafts)})  # fmt: skip


def restore_asset(*, actor: Actor, asset: Asset) -> Asset:
    """Bring back what was thrown away, while its files are still there."""
    require(actor, "media.remove", asset)
    with transaction.atomic():
        if not Asset.objects.filter(pk=asset.pk).exclude(deleted_at=None).update(deleted_at=None):
            raise Refused("not_deleted", _("This picture is in the library already."))
        audit.record.record(actor, Action.ASSET_RESTORED, asset)
    asset.refresh_from_db()
    return asset
