"""The media library's pages, and the addresses at which pictures are fetched."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from core.numbers import row_id
from libraries.access import page, public
from media_library import actions, queries, renditions
from media_library.forms import DescribeForm, UploadForm, WithdrawForm, content
from media_library.inspect import PictureRefused
from media_library.models import Asset, Rendition

A_PAGE = 36


@page("media.read")
@require_safe
def library(request: HttpRequest) -> HttpResponse:
    """All pictures; with ?pick=1 the grid alone, for choosing one."""
    return _library(request, UploadForm())


def _library(request: HttpRequest, form: UploadForm, refused: tuple[Any, ...] = (), status: int = 200) -> HttpResponse:
    words, show = request.GET.get("q", "").strip(), request.GET.get("show", "")
    assets = queries.chosen(request.actor, words=words, show=show)
    found = {
        "page": Paginator(assets, A_PAGE).get_page(request.GET.get("page")), "q": words, "show": show, "form": form,
        "refused": refused, "may_add": request.actor.may("media.add"),
    }  # fmt: skip
    name = "media_library/_pick.html" if request.GET.get("pick") else "media_library/library.html"
    return render(request, name, found, status=status)


@page("media.add")
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Take one or many pictures. A script that asks for JSON sends them one by one and hears of each."""
    form = UploadForm(request.POST, request.FILES)
    wants_json = "application/json" in request.headers.get("Accept", "")
    if not form.is_valid():
        text = " ".join(str(error) for error in form.errors["files"])
        return JsonResponse({"text": text}, status=422) if wants_json else _library(request, form, status=422)
    added, refused = [], []
    for file in form.cleaned_data["files"]:
        try:
            added.append(actions.add_asset(actor=request.actor, data=content(file), name=file.name))
        except PictureRefused as no:
            refused.append({"name": file.name, "text": no.text.removeprefix(file.name).strip(), "code": no.code})
    if wants_json:
        return JsonResponse(
            {"added": [described(asset) for asset in added], "refused": refused}, status=422 if refused else 200
        )
    if added:
        n = len(added)
        messages.success(request, ngettext("One picture was added.", "%(n)s pictures were added.", n) % {"n": n})
    return _library(request, UploadForm(), tuple(refused), 422) if refused else redirect("media_library:library")


def described(asset: Asset) -> dict[str, Any]:
    """What a page needs to show a picture."""
    return {
        "id": asset.pk, "name": asset.name, "alt_text": asset.alt_text, "width": asset.width, "height": asset.height,
        "thumb": reverse("media_library:thumb", args=[asset.pk]), "page": reverse("media_library:picture", args=[asset.pk]),
    }  # fmt: skip


@page("media.read", write="media.add")
def picture(request: HttpRequest, pk: int) -> HttpResponse:
    """One picture: its words, its facts, where it was used."""
    asset = get_object_or_404(Asset.objects.visible_to(request.actor), pk=pk)
    form = DescribeForm(request.POST or None, initial={"alt_text": asset.alt_text})
    if request.method == "POST" and form.is_valid():
        actions.describe_asset(actor=request.actor, asset=asset, alt_text=form.cleaned_data["alt_text"])
        messages.success(request, _("The description is saved. Posts that were submitted before keep theirs."))
        return redirect("media_library:picture", pk=asset.pk)
    return _picture(request, asset, form, WithdrawForm())


def _picture(request: HttpRequest, asset: Asset, form: DescribeForm, withdrawing: WithdrawForm) -> HttpResponse:
    found = {
        "asset": asset, "form": form, "withdrawing": withdrawing, "uses": queries.uses_of(asset),
        "may_add": request.actor.may("media.add", asset), "may_withdraw": request.actor.may("media.remove", asset),
    }  # fmt: skip
    return render(
        request, "media_library/picture.html", found, status=422 if form.errors or withdrawing.errors else 200
    )


@page("media.remove")
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    asset = get_object_or_404(Asset.objects.visible_to(request.actor), pk=pk)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return _picture(request, asset, DescribeForm(initial={"alt_text": asset.alt_text}), form)
    actions.withdraw_asset(actor=request.actor, asset=asset, reason=form.cleaned_data["reason"])
    messages.success(
        request, _("The picture is withdrawn. Drafts with it are blocked, scheduled posts wait for a person.")
    )
    return redirect("media_library:picture", pk=asset.pk)


@page("media.read")
@require_safe
def thumb(request: HttpRequest, pk: int) -> HttpResponse:
    """A small upright copy. ?as=instagram crops it as that network would, ?first=7 to the shape of picture 7."""
    mine = Asset.objects.visible_to(request.actor)
    asset = get_object_or_404(mine, pk=pk)
    first, platform = request.GET.get("first", ""), request.GET.get("as", "")
    try:
        made = queries.shown_as(
            asset, platform=platform, first=mine.filter(pk=row_id(first)).first() if first else None,
            large=bool(request.GET.get("large")),
        )  # fmt: skip
    except (KeyError, PictureRefused, FileNotFoundError) as error:
        raise Http404 from error
    return _served(request, made, "private, max-age=86400")


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
    return _served(request, made, "public, max-age=3600")


def _served(request: HttpRequest, made: Rendition, cache: str) -> HttpResponse:
    tag = f'"{made.sha256[:32]}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers={"ETag": tag, "Cache-Control": cache})
    answer = HttpResponse(renditions.read(made), content_type=made.mime)
    answer["ETag"], answer["Cache-Control"] = tag, cache
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
