"""Reads of the media library: what is there, and where a picture was used."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, Func, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from libraries.models import Library
from libraries.permissions import Actor
from media_library import pipeline, renditions, rights
from media_library.models import Asset, Rendition
from media_library.uses import Use, in_drafts
from platforms import registry
from platforms.base import ImageSpec
from platforms.models import Account

# A picture in our own pages: the whole of it, small. The same pipeline as for sending, so it is upright and bare too.
SMALL = ImageSpec(
    formats=("JPEG",), max_bytes=300_000, ratio_min=0.05, ratio_max=20, width_min=1, width_max=640, pixels_max=1_000_000
)
UNDER_WAY = ("scheduled", "sending", "processing", "unconfirmed", "attention")
LARGE = replace(SMALL, max_bytes=2_000_000, width_max=1600, pixels_max=4_000_000)


def filters() -> dict[str, str]:
    """What may be shown, and its words."""
    return {
        "": _("All"), "used": _("Used"), "unused": _("Not used yet"), "undescribed": _("Without description"),
        "rights": _("Rights or consent missing"), "withdrawn": _("Withdrawn"),
    }  # fmt: skip


def chosen(actor: Actor, *, words: str = "", show: str = "", tag: str = "", post: int | None = None) -> QuerySet[Asset]:
    """The library's pictures, newest first. `show` is one of `filters`; every one of `words` must occur somewhere.

    `post`: only those that this post has shown in any submitted version.
    """
    assets = Asset.objects.visible_to(actor).filter(deleted_at=None)
    uses = _uses().filter(asset=OuterRef("pk")).order_by()
    posts = uses.values("asset").annotate(n=Count("revision__post", distinct=True)).values("n")
    assets = assets.annotate(n_uses=Coalesce(Subquery(posts), 0))  # counted for the rows that are shown alone
    if words:
        assets = assets.annotate(tag_words=Func(F("tags"), Value(" "), function="array_to_string", output_field=TextField()))
    for word in words.split()[:8]:
        assets = assets.filter(
            Q(name__icontains=word) | Q(alt_text__icontains=word) | Q(credit__icontains=word) | Q(tag_words__icontains=word)
        )
    if tag:
        assets = assets.filter(tags__contains=[tag])
    if post:
        assets = assets.filter(pk__in=Asset.objects.filter(uses__revision__post=post).values("pk"))
    if show == "withdrawn":
        return assets.exclude(withdrawn_at=None).order_by("-withdrawn_at", "-pk")
    if show == "undescribed":
        assets = assets.filter(alt_text="")
    elif show == "used":
        assets = assets.filter(Exists(uses))
    elif show == "unused":
        assets = assets.filter(~Exists(uses))
    elif show == "rights":
        return rights.barred(assets, actor.library.pk).order_by("-created_at", "-pk")
    return assets.filter(withdrawn_at=None).order_by("-created_at", "-pk")


def _uses() -> QuerySet[Any]:
    """Every use in a version that was submitted. Its table stands above this app, so it is reached by the relation."""
    uses: QuerySet[Any] = Asset._meta.get_field("uses").related_model._default_manager.all()  # type: ignore[union-attr]
    return uses


def tags_of(actor: Actor) -> list[str]:
    """The library's tags, those of most pictures first; up to forty."""
    rows = Asset.objects.visible_to(actor).filter(deleted_at=None, withdrawn_at=None).exclude(tags=[])
    tagged = rows.annotate(tag=Func(F("tags"), function="unnest", output_field=TextField()))
    counted = tagged.values("tag").annotate(n=Count("pk")).order_by("-n", "tag")
    return [row["tag"] for row in counted[:40]]


def uses_of(asset: Asset) -> list[Use]:
    """Where the picture was used, newest first; one line a post. Drafts that were never submitted come after."""
    rows = asset.uses.order_by("-revision__created_at").values_list(
        "revision__post_id", "revision__post__title", "alt_text", "revision__created_at"
    )
    seen: dict[int, Use] = {}
    for post_id, title, alt_text, at in rows:
        seen.setdefault(post_id, Use(post_id, title, alt_text, at))
    for use in in_drafts(asset.library_id, [asset.pk]).get(asset.pk, []):
        seen.setdefault(use.post_id, use)
    return list(seen.values())


@dataclass(frozen=True)
class Live:
    """A post with the picture that is up right now. `asked`: somebody asked already to take it down."""

    post_id: int
    title: str
    platform: str
    account: str
    url: str
    sent_at: datetime
    asked: bool

    @property
    def recall_path(self) -> str:
        return f"/posts/{self.post_id}/recall/"

    @property
    def path(self) -> str:
        return f"/posts/{self.post_id}/"


def live_with(asset: Asset) -> list[Live]:
    """What is up with this picture, newest first; up to fifty."""
    d = "revision__deliveries__"
    rows = asset.uses.filter(**{f"{d}state": "sent"}).exclude(**{f"{d}takedown__state": "sent"})
    found = rows.order_by(f"-{d}sent_at").values_list(
        "revision__post_id", "revision__post__title", f"{d}platform", f"{d}account__name", f"{d}remote_url", f"{d}sent_at",
        f"{d}takedown__state",
    )  # fmt: skip
    return [Live(*row[:6], asked=row[6] is not None and row[6] in UNDER_WAY) for row in found[:50]]


def shown_as(
    asset: Asset, *, platform: str = "", shape: float = 0.0, large: bool = False, crop: pipeline.Box | None = None
) -> Rendition:
    """A small rendition for our own pages: whole, or cropped as chosen and as `platform` would crop it.

    `shape`: the ratio of the first picture of the same post; some networks give it to all of a post's pictures. Raises
    KeyError for an unknown platform and pipeline.PictureRefused where the file cannot be read.
    """
    spec = _as_there(LARGE if large else SMALL, platform, shape)
    return renditions.rendition_for(asset, spec, focal=(asset.focal_x, asset.focal_y), crop=crop)


def tried(asset: Asset, crop: pipeline.Box, *, platform: str = "", shape: float = 0.0) -> pipeline.Rendered:
    """How a crop that is still being chosen would look there. Made from our large copy, quickly, and not kept."""
    whole = renditions.read(shown_as(asset, large=True))
    return pipeline.render(whole, _as_there(SMALL, platform, shape), crop=crop, focal=(asset.focal_x, asset.focal_y))


def _as_there(spec: ImageSpec, platform: str, shape: float) -> ImageSpec:
    if not platform:
        return spec
    limits = registry.get(platform).limits
    low, high = limits.image.ratio_min, limits.image.ratio_max
    if limits.same_ratio and shape:
        low = high = min(max(shape, low), high)
    return replace(spec, ratio_min=low, ratio_max=high)


def specs_of(library: Library) -> list[tuple[str, ImageSpec]]:
    """What each network wants that the library is connected to, by its name."""
    names = Account.objects.filter(library=library, realm=library.mode).exclude(state=Account.DISABLED)
    found = sorted(names.values_list("platform", flat=True).distinct())
    return [(name, registry.get(name).limits.image) for name in found]


def made_for(asset: Asset, spec: ImageSpec) -> Rendition:
    return renditions.rendition_for(asset, spec, focal=(asset.focal_x, asset.focal_y))


@dataclass(frozen=True)
class Made:
    """How far the rendition of one network is. `state`: made | coming | missing (made when it is sent)."""

    platform: str
    state: str
    rendition: Rendition | None
    problems: list[str]


def made_of(asset: Asset) -> list[Made]:
    """The renditions of a picture for the networks connected, by its own focal point and without any crop."""
    key = renditions.focal_key((asset.focal_x, asset.focal_y))
    there = {row.spec_key: row for row in asset.renditions.filter(focal_key=key)}
    fresh = asset.prepared_at is None or asset.prepared_at > timezone.now() - timedelta(minutes=2)
    found = []
    for platform, spec in specs_of(asset.library):
        row = there.get(renditions.spec_key(spec))
        said = []
        if asset.width < spec.width_min:
            said.append(_("The network asks for %(least)s pixels across. It is never made larger, so it may look blurred there.")
                        % {"least": spec.width_min})  # fmt: skip
        found.append(Made(platform, "made" if row else "coming" if fresh else "missing", row, said))
    return found
