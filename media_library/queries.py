"""Reads of the media library: what is there, and where a picture was used."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from libraries.permissions import Actor
from media_library import renditions
from media_library.models import Asset, Rendition
from platforms import registry
from platforms.base import ImageSpec

# A picture in our own pages: the whole of it, small. The same pipeline as for sending, so it is upright and bare too.
SMALL = ImageSpec(
    formats=("JPEG",), max_bytes=300_000, ratio_min=0.05, ratio_max=20, width_min=1, width_max=640, pixels_max=1_000_000
)
LARGE = replace(SMALL, max_bytes=2_000_000, width_max=1600, pixels_max=4_000_000)


def chosen(actor: Actor, *, words: str = "", show: str = "") -> QuerySet[Asset]:
    """The library's pictures, newest first. `show`: "" in use, "undescribed", "withdrawn"."""
    assets = Asset.objects.visible_to(actor).annotate(n_uses=Count("uses__revision__post", distinct=True))
    if words:
        assets = assets.filter(Q(name__icontains=words) | Q(alt_text__icontains=words))
    if show == "withdrawn":
        return assets.exclude(withdrawn_at=None).order_by("-withdrawn_at", "-pk")
    if show == "undescribed":
        assets = assets.filter(alt_text="")
    return assets.filter(withdrawn_at=None).order_by("-created_at", "-pk")


@dataclass(frozen=True)
class Use:
    """One post that shows the picture. Posts stand above this app, so it knows them by number and title only."""

    post_id: int
    title: str
    alt_text: str
    at: datetime

    @property
    def path(self) -> str:
        return f"/posts/{self.post_id}/"


def uses_of(asset: Asset) -> list[Use]:
    """Where the picture was used, newest first; one line a post."""
    rows = asset.uses.order_by("-revision__created_at").values_list(
        "revision__post_id", "revision__post__title", "alt_text", "revision__created_at"
    )
    seen: dict[int, Use] = {}
    for post_id, title, alt_text, at in rows:
        seen.setdefault(post_id, Use(post_id, title, alt_text, at))
    return list(seen.values())


def shown_as(asset: Asset, *, platform: str = "", first: Asset | None = None, large: bool = False) -> Rendition:
    """A small rendition for our own pages: whole, or cropped as `platform` would crop it.

    `first` is the first picture of the same post: some networks give all of a post's pictures its shape. Raises
    KeyError for an unknown platform and pipeline.PictureRefused where the file cannot be read.
    """
    spec = LARGE if large else SMALL
    if platform:
        limits = registry.get(platform).limits
        low, high = limits.image.ratio_min, limits.image.ratio_max
        if limits.same_ratio and first is not None:
            low = high = min(max(first.ratio, low), high)
        spec = replace(spec, ratio_min=low, ratio_max=high)
    return renditions.rendition_for(asset, spec, focal=(asset.focal_x, asset.focal_y))
