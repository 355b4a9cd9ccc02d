"""Renditions: made once per asset, spec and crop; read for sending; reached by networks at a signed address."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from django.conf import settings
from django.core import signing
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from media_library import pipeline
from media_library.models import Asset, Rendition
from media_library.pipeline import Box
from platforms.base import ImageSpec

SALT = "media_library.rendition"
ADDRESS_GOOD_FOR_S = 2 * 24 * 3600  # networks may fetch again for a day; ours outlives that


def spec_key(spec: ImageSpec) -> str:
    """A name for what is asked: equal specs share renditions, whatever network asks."""
    plain = json.dumps(asdict(spec), sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()[:32]


def focal_key(focal: tuple[float, float], crop: Box | None = None) -> str:
    """Names what stays in sight; at most 39 characters."""
    point = f"{focal[0]:.3f},{focal[1]:.3f}"
    return point if crop is None else f"{point}|{','.join(f'{side:.4f}' for side in crop)}"


def rendition_for(
    asset: Asset, spec: ImageSpec, *, focal: tuple[float, float] = (0.5, 0.5), crop: Box | None = None
) -> Rendition:
    """The asset made fit for `spec`. Making one takes up to a second for a phone photo: never in a transaction.

    `crop` is what a person chose to keep. Raises pipeline.PictureRefused when the original cannot be made to fit.
    """
    key = {"spec_key": spec_key(spec), "focal_key": focal_key(focal, crop)}
    known = Rendition.objects.filter(asset=asset, **key).first()
    if known:
        return known
    with asset.file.open("rb") as original:
        made = pipeline.render(original.read(), spec, crop=crop, focal=focal)
    suffix = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp"}[made.mime]
    row = Rendition(
        asset=asset, mime=made.mime, sha256=made.sha256, width=made.width, height=made.height, bytes=len(made.bytes),
        done=list(made.done), **key,
    )  # fmt: skip
    row.file.save(f"{made.sha256[:20]}.{suffix}", ContentFile(made.bytes), save=False)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:  # another process made the very same one first
        return Rendition.objects.get(asset=asset, **key)
    return row


def read(rendition: Rendition) -> bytes:
    with rendition.file.open("rb") as file:
        return file.read()


def public_url(rendition: Rendition) -> str:
    """A signed address at which a network fetches the picture; "" where we have no public address."""
    if not settings.PUBLIC_URL:
        return ""
    token = signing.dumps(rendition.pk, salt=SALT, compress=False)
    suffix = rendition.file.name.rsplit(".", 1)[-1]
    return f"{settings.PUBLIC_URL}/m/{token}.{suffix}"


def from_token(token: str) -> int:
    """The rendition's id of a signed address. Raises signing.BadSignature when it is false or too old."""
    return int(signing.loads(token, salt=SALT, max_age=ADDRESS_GOOD_FOR_S))
