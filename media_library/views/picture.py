"""One picture: its words, whose it is, who is in it, what stays in sight, what was made of it, and where it is used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from libraries.access import Request, page
from libraries.permissions import Refused
from media_library import actions, queries, rights
from media_library.forms import ConsentForm, DescribeForm, FocusForm, RightsForm, WithdrawForm
from media_library.models import Asset, Consent


def _asset(request: Request, pk: int) -> Asset:
    mine = Asset.objects.visible_to(request.actor).select_related("library", "added_by").prefetch_related("consents")
    return get_object_or_404(mine, pk=pk)


@page("media.read", write="media.add")
def picture(request: Request, pk: int) -> HttpResponse:
    """Everything about one picture; what is sent here are its description and its tags."""
    asset = _asset(request, pk)
    if request.method != "POST":
        return show(request, asset)

    def keep(said: dict[str, Any]) -> None:
        actions.describe_asset(actor=request.actor, asset=asset, alt_text=said["alt_text"])
        actions.tag_asset(actor=request.actor, asset=asset, tags=said["tags"])

    return _kept(request, asset, "describing", DescribeForm(request.POST), keep,
                 _("The description is saved. Posts that were submitted before keep theirs."))  # fmt: skip


def show(request: Request, asset: Asset, status: int = 200, **forms: BaseForm) -> HttpResponse:
    today, actor = rights.today_of(asset), request.actor
    consents = [consent for consent in asset.consents.all() if consent.replaced_at is None]
    found = {
        "asset": asset, "uses": queries.uses_of(asset), "made": queries.made_of(asset), "bars": rights.bars(asset),
        "describing": DescribeForm(initial={"alt_text": asset.alt_text, "tags": ", ".join(asset.tags)}),
        "stating": RightsForm(instance=asset), "consenting": ConsentForm(), "withdrawing": WithdrawForm(),
        "focusing": FocusForm(initial={"x": round(asset.focal_x * 100), "y": round(asset.focal_y * 100)}),
        "consents": [(consent, rights.standing(consent, today)) for consent in consents],
        "may_add": actor.may("media.add", asset), "may_remove": actor.may("media.remove", asset),
        "may_recall": actor.may("post.recall"), **forms,
    }  # fmt: skip
    found["live"] = queries.live_with(asset) if found["bars"] or asset.withdrawn_at else []
    return render(request, "media_library/picture.html", found, status=status)


def _kept(
    request: Request, asset: Asset, name: str, form: BaseForm, keep: Callable[[dict[str, Any]], object], done: str
) -> HttpResponse:
    """Do what the form says, or show it again with what was typed and why it was not taken."""
    if form.is_valid():
        try:
            keep(form.cleaned_data)
        except Refused as no:
            form.add_error(None, no.text)
        else:
            messages.success(request, done)
            return redirect("media_library:picture", pk=asset.pk)
    return show(request, asset, 422, **{name: form})


@page("media.add")
@require_POST
def state_rights(request: Request, pk: int) -> HttpResponse:
    asset = _asset(request, pk)
    return _kept(request, asset, "stating", RightsForm(request.POST),
                 lambda said: actions.state_rights(actor=request.actor, asset=asset, **said), _("Saved whose picture it is."))  # fmt: skip


@page("media.add")
@require_POST
def focus(request: Request, pk: int) -> HttpResponse:
    asset = _asset(request, pk)
    return _kept(request, asset, "focusing", FocusForm(request.POST),
                 lambda said: actions.focus_asset(actor=request.actor, asset=asset, x=said["x"] / 100, y=said["y"] / 100),
                 _("That point stays in sight wherever the picture is cropped. Posts that were submitted keep theirs."))  # fmt: skip


@page("media.add")
@require_POST
def consent(request: Request, pk: int) -> HttpResponse:
    asset = _asset(request, pk)
    return _kept(request, asset, "consenting", ConsentForm(request.POST),
                 lambda said: actions.record_consent(actor=request.actor, asset=asset, **said), _("The consent is written down."))  # fmt: skip


@page("media.add")
@require_POST
def end_consent(request: Request, pk: int) -> HttpResponse:
    """A person took their consent back (`withdraw`), or it was written down by mistake (`forget`)."""
    row = get_object_or_404(Consent.objects.visible_to(request.actor).select_related("asset"), pk=pk)
    mistake = request.POST.get("act") == "forget"
    try:
        (actions.forget_consent if mistake else actions.withdraw_consent)(actor=request.actor, consent=row)
    except Refused as no:
        messages.error(request, no.text)
    else:
        messages.success(request, _("It is off the list.") if mistake else _(
            "The consent is withdrawn. Drafts with the picture are blocked, and what is scheduled is held within a minute. What is up is listed below."))  # fmt: skip
    return redirect("media_library:picture", pk=row.asset_id)


@page("media.remove")
@require_POST
def withdraw(request: Request, pk: int) -> HttpResponse:
    asset = _asset(request, pk)
    return _kept(request, asset, "withdrawing", WithdrawForm(request.POST),
                 lambda said: actions.withdraw_asset(actor=request.actor, asset=asset, reason=said["reason"]),
                 _("The picture is withdrawn. Drafts with it are blocked, scheduled posts wait for a person."))  # fmt: skip


@page("media.remove")
@require_POST
def delete(request: Request, pk: int) -> HttpResponse:
    asset = _asset(request, pk)
    try:
        actions.delete_asset(actor=request.actor, asset=asset)
    except Refused as no:
        messages.error(request, no.text)
        return redirect("media_library:picture", pk=asset.pk)
    return redirect(f"{reverse('media_library:library')}?deleted={asset.pk}")


@page("media.remove")
@require_POST
def restore(request: Request, pk: int) -> HttpResponse:
    asset = _asset(request, pk)
    try:
        actions.restore_asset(actor=request.actor, asset=asset)
    except Refused as no:
        messages.error(request, no.text)
    else:
        messages.success(request, _("The picture is back."))
    return redirect("media_library:picture", pk=asset.pk)
