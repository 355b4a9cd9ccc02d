"""The addresses at which pictures are fetched: by our own pages, and by networks."""

from __future__ import annotations

import math

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from core.numbers import row_id
from libraries.access import Request, page, public
from media_library import crops, queries, renditions
from media_library.inspect import PictureRefused
from media_library.models import Asset, Rendition
from media_library.pipeline import Box


@page("media.read")
@require_safe
def thumb(request: Request, pk: int) -> HttpResponse:
    """A small upright copy. ?as=instagram crops it as that network would, ?crop=l,t,w,h as somebody is about to.

    ?shape=1.25 is the ratio of the first picture of the same post; ?first=7 says which picture that is instead.
    """
    mine = Asset.objects.visible_to(request.actor)
    asset = get_object_or_404(mine, pk=pk)
    platform, shape = request.GET.get("as", ""), _shape(request.GET.get("shape", ""))
    if first := request.GET.get("first", ""):
        other = mine.filter(pk=row_id(first)).first()
        shape = other.ratio if other else shape
    try:
        if crop := _crop(request.GET.get("crop", "")):
            made = queries.tried(asset, crop, platform=platform, shape=shape)
            return _served(request, made.sha256, made.mime, made.bytes, "private, max-age=86400")
        kept = queries.shown_as(asset, platform=platform, shape=shape, large=bool(request.GET.get("large")))
        return _kept(request, kept, "private, max-age=86400")
    except (KeyError, PictureRefused, FileNotFoundError) as error:
        raise Http404 from error


def _shape(raw: str) -> float:
    try:
        shape = float(raw)
    except ValueError:
        return 0.0
    return shape if math.isfinite(shape) and 0.01 < shape < 100 else 0.0


def _crop(raw: str) -> Box | None:
    try:
        return crops.box([float(side) for side in raw.split(",")]) if raw else None
    except ValueError:
        return None


@public
@require_safe
def public_picture(request: HttpRequest, token: str, suffix: str) -> HttpResponse:
    """The very bytes that were approved, at a signed address that ends after two days: networks fetch from here."""
    try:
        made = get_object_or_404(Rendition, pk=renditions.from_token(token))
    except (signing.BadSignature, ValueError) as error:
        raise Http404 from error
    if made.file.name.rsplit(".", 1)[-1] != suffix:
        raise Http404
    return _kept(request, made, "public, max-age=3600")


def _kept(request: HttpRequest, made: Rendition, cache: str) -> HttpResponse:
    tag = f'"{made.sha256[:32]}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers={"ETag": tag, "Cache-Control": cache})
    return _served(request, made.sha256, made.mime, renditions.read(made), cache)


def _served(request: HttpRequest, sha256: str, mime: str, body: bytes, cache: str) -> HttpResponse:
    answer = HttpResponse(body, content_type=mime)
    answer["ETag"], answer["Cache-Control"] = f'"{sha256[:32]}"', cache
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
