"""All pictures: adding many at once, finding, tagging, deleting and bringing back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from core.numbers import row_id
from libraries.access import Request, page
from libraries.permissions import Refused
from media_library import actions, queries
from media_library.forms import UploadForm, content, read_tags
from media_library.inspect import PictureRefused
from media_library.models import Asset

A_PAGE, MANY_MAX = 36, 200


@page("media.read")
@require_safe
def library(request: Request) -> HttpResponse:
    """All pictures; with ?pick=1 the grid alone, for choosing one."""
    return _library(request, UploadForm())


def _library(request: Request, form: UploadForm, refused: tuple[Any, ...] = (), status: int = 200) -> HttpResponse:
    asked, actor = request.GET, request.actor
    words, show, tag = asked.get("q", "").strip(), asked.get("show", ""), asked.get("tag", "")
    post = row_id(asked.get("post", ""))
    assets = queries.chosen(actor, words=words, show=show, tag=tag, post=post)
    found = {
        "page": Paginator(assets, A_PAGE).get_page(asked.get("page")), "q": words, "show": show, "tag": tag, "post": post,
        "form": form, "refused": refused, "may_add": actor.may("media.add"), "may_remove": actor.may("media.remove"),
        "filters": queries.filters(), "filtered": bool(words or show or tag or post),
    }  # fmt: skip
    if asked.get("pick"):
        return render(request, "media_library/_pick.html", found, status=status)
    thrown = [pk for pk in map(row_id, asked.get("deleted", "").split(",")) if pk] if found["may_remove"] else []
    gone = Asset.objects.visible_to(actor).exclude(deleted_at=None).filter(pk__in=thrown)
    return render(request, "media_library/library.html", {**found, "tags": queries.tags_of(actor), "gone": gone}, status=status)


@page("media.add")
@require_POST
def upload(request: Request) -> HttpResponse:
    """Take one or many pictures. A script that asks for JSON sends them one by one and hears of each."""
    form = UploadForm(request.POST, request.FILES)
    wants_json = "application/json" in request.headers.get("Accept", "")
    if not form.is_valid():
        text = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return JsonResponse({"text": text}, status=422) if wants_json else _library(request, form, status=422)
    added, refused = [], []
    for file in form.cleaned_data["files"]:
        try:
            added.append(actions.add_asset(
                actor=request.actor, data=content(file), name=file.name, licence=form.cleaned_data["licence"]))  # fmt: skip
        except PictureRefused as no:
            refused.append({"name": file.name, "text": no.text.removeprefix(file.name).strip(), "code": no.code})
    if wants_json:
        return JsonResponse(
            {"added": [described(asset) for asset in added], "refused": refused}, status=422 if refused else 200
        )
    _say(request, added)
    return _library(request, UploadForm(), tuple(refused), 422) if refused else redirect("media_library:library")


def _say(request: Request, added: list[Asset]) -> None:
    known = [asset for asset in added if asset.known]
    if n := len(added) - len(known):
        messages.success(request, ngettext("One picture was added.", "%(n)s pictures were added.", n) % {"n": n})
    for asset in known:
        messages.info(request, known_words(asset))


def known_words(asset: Asset) -> str:
    return _("You have this picture already, as “%(name)s”. It stands here once.") % {"name": asset.name}


def described(asset: Asset) -> dict[str, Any]:
    """What a page needs to show a picture. `said`: a kind word where it was here before."""
    return {
        "id": asset.pk, "name": asset.name, "alt_text": asset.alt_text, "width": asset.width, "height": asset.height,
        "credit": asset.credit, "known": asset.known, "said": known_words(asset) if asset.known else "",
        "thumb": reverse("media_library:thumb", args=[asset.pk]), "page": reverse("media_library:picture", args=[asset.pk]),
    }  # fmt: skip


@page("media.add")
@require_POST
def many(request: Request) -> HttpResponse:
    """One thing with all that were chosen: `tag` (with `tags`), `delete`, or `restore`."""
    ids = [pk for pk in map(row_id, request.POST.getlist("chosen")) if pk][:MANY_MAX]
    assets = list(Asset.objects.visible_to(request.actor).filter(pk__in=ids).order_by("pk"))
    act = request.POST.get("act", "")
    if not assets:
        messages.error(request, _("Choose at least one picture first."))
        return redirect("media_library:library")
    if act == "tag":
        return _tag(request, assets)
    done, kept = [], []
    for asset in assets:
        do = actions.restore_asset if act == "restore" else actions.delete_asset
        try:
            done.append(do(actor=request.actor, asset=asset))
        except Refused as no:
            kept.append(no.text)
    for text in kept[:5]:
        messages.error(request, text)
    if len(kept) > 5:
        messages.error(request, _("%(n)s more are in use and stay.") % {"n": len(kept) - 5})
    if act == "restore":
        n = len(done)
        messages.success(request, ngettext("The picture is back.", "%(n)s pictures are back.", n) % {"n": n})
        return redirect("media_library:library")
    back = urlencode({"deleted": ",".join(str(asset.pk) for asset in done)})
    return redirect(f"{reverse('media_library:library')}{f'?{back}' if done else ''}")


def _tag(request: Request, assets: list[Asset]) -> HttpResponse:
    tags = read_tags(request.POST.get("tags", ""))
    if not tags:
        messages.error(request, _("Write at least one tag."))
        return redirect("media_library:library")
    try:
        for asset in assets:
            actions.tag_asset(actor=request.actor, asset=asset, tags=tags, more=True)
    except Refused as no:
        messages.error(request, no.text)
    else:
        n = len(assets)
        messages.success(request, ngettext("One picture was tagged.", "%(n)s pictures were tagged.", n) % {"n": n})
    return redirect(f"{reverse('media_library:library')}?{urlencode({'tag': tags[0]})}")
