"""Accounts: their list, their health, and the way to a network's own sign-in page and back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.numbers import row_id
from libraries.access import page
from libraries.permissions import Refused
from platforms import accounts as doings
from platforms import actions, granted, health, lines, private_route, registry
from platforms import connect as sign_in
from platforms.forms import ChooseForm, SecondRouteForm
from platforms.models import Account, OAuthState

RECONNECTING = "reconnecting"  # session key: the account whose sign-in is under way


@page("account.read")
@require_GET
def accounts(request: HttpRequest) -> HttpResponse:
    """Every connection with its health; for admins also what can be connected."""
    mine = list(Account.objects.visible_to(request.actor).select_related("connected_by").order_by("platform", "name"))
    mode = request.actor.library.mode
    rows = list(zip(mine, health.of_all(mine), strict=True))
    seen = {
        "rows": [row for row in rows if row[0].realm == mode],
        "behind": [row for row in rows if row[0].realm != mode],
        "networks": networks(mode) if request.actor.may("account.connect") else [],
        "second_route": request.actor.may("account.connect") and private_route.is_available(mode),
    }
    return render(request, "platforms/accounts.html", seen)


def networks(realm: str) -> list[dict[str, Any]]:
    """What an admin may connect, and what must be set before where a network is not set up."""
    return [
        {
            "name": name, "label": registry.get(name).label, "ready": lines.app_for(name, realm) is not None,
            "settings": registry.get(name).settings,
        }
        for name in registry.names()
    ]  # fmt: skip


@page("account.connect")
@require_POST
def connect(request: HttpRequest, platform: str) -> HttpResponse:
    """Off to the network's own page. `account` names the one that is to be reconnected."""
    if platform not in registry.names():
        raise Http404
    realm = request.actor.library.mode
    request.session.pop(RECONNECTING, None)
    if request.POST.get("account"):
        again = _account(request, row_id(request.POST["account"]) or 0)
        realm, request.session[RECONNECTING] = again.realm, again.pk
    try:
        return redirect(actions.begin(actor=request.actor, platform=platform, realm=realm))
    except Refused as refused:
        messages.error(request, refused.text)
        return redirect("platforms:accounts")


@page("account.connect")
@require_GET
def come_back(request: HttpRequest, platform: str) -> HttpResponse:
    """The network sends the person back here, with a code or with a no. What is wrong is said in words."""
    try:
        began = sign_in.finish(
            actor=request.actor, platform=platform, state=request.GET.get("state", ""),
            code=request.GET.get("code", "").removesuffix("#_"), error=request.GET.get("error", ""),
        )  # fmt: skip
    except Refused as refused:
        request.session.pop(RECONNECTING, None)
        label = registry.get(platform).label if platform in registry.names() else platform
        seen = {"code": refused.code, "text": refused.text, "platform": platform, "label": label}
        return render(request, "platforms/return.html", seen, status=422)
    offers = sign_in.offered(began)
    again = Account.objects.visible_to(request.actor).filter(pk=request.session.pop(RECONNECTING, 0)).first()
    if again and again.external_id in {one.external_id for one in offers}:
        return _connect_all(request, began, [again.external_id])
    if again:
        messages.warning(request, _("%(name)s is not among what you allowed just now.") % {"name": again.name})
    if len(offers) == 1 and not again:
        return _connect_all(request, began, [offers[0].external_id])
    return redirect("platforms:choose", pk=began.pk)


@page("account.connect")
def choose(request: HttpRequest, pk: int) -> HttpResponse:
    """Several pages were offered: connect some. Only the person who signed in sees them."""
    mine = OAuthState.objects.visible_to(request.actor).filter(user=request.user, used_at__isnull=False)
    began = get_object_or_404(mine, pk=pk)
    offers = [sign_in.without_token(one) for one in sign_in.offered(began)]
    if not offers:
        messages.info(request, _("This sign-in is over. Start again to connect more accounts."))
        return redirect("platforms:accounts")
    good = [one for one in offers if not granted.cannot_publish(began.platform, one.missing)]
    form = ChooseForm(good, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _connect_all(request, began, form.cleaned_data["chosen"])
    known = set(Account.objects.visible_to(request.actor).filter(platform=began.platform, realm=began.realm)
                .values_list("external_id", flat=True))  # fmt: skip
    rows = [
        {"offer": one, "missing": granted.in_words(began.platform, one.missing), "possible": one in good,
         "known": one.external_id in known, "checked": one.external_id in (form.data.getlist("chosen") if form.data else [])}
        for one in offers
    ]  # fmt: skip
    seen = {"form": form, "rows": rows, "good": good, "label": registry.get(began.platform).label, "began": began}
    return render(request, "platforms/choose.html", seen, status=422 if form.errors else 200)


def _connect_all(request: HttpRequest, began: OAuthState, chosen: list[str]) -> HttpResponse:
    """Connect each, say what came of it, forget the rest of the offer with its tokens."""
    done, refusals = [], []
    for external_id in chosen:
        try:
            done.append(actions.connect_offered(actor=request.actor, began=began, external_id=external_id))
        except Refused as refused:
            refusals.append(refused)
    sign_in.forget_offer(began)
    if refusals and not done:
        label = registry.get(began.platform).label
        seen = {
            "code": refusals[0].code,
            "text": " ".join(r.text for r in refusals),
            "platform": began.platform,
            "label": label,
        }
        return render(request, "platforms/return.html", seen, status=422)
    for account_ in done:
        if account_.missing:
            messages.warning(
                request,
                _("%(name)s is connected, but not everything was granted; see below.") % {"name": account_.name},
            )
        else:
            messages.success(request, _("%(name)s is connected.") % {"name": account_.name})
    for refused in refusals:
        messages.error(request, refused.text)
    return redirect("platforms:account", pk=done[0].pk) if len(done) == 1 else redirect("platforms:accounts")


def _account(request: HttpRequest, pk: int) -> Account:
    return get_object_or_404(Account.objects.visible_to(request.actor).select_related("connected_by"), pk=pk)


@page("account.read")
@require_GET
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: its health in words, and what an admin may do about it."""
    found = _account(request, pk)
    return render(request, "platforms/account.html", {"account": found, "health": health.of(found)})


@page("account.connect")
@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Really read it at the network, and say what came of it."""
    found = _account(request, pk)
    try:
        actions.check_account(actor=request.actor, account=found)
        label = registry.get(found.platform).label
        messages.success(
            request, _("%(network)s answered: %(name)s can be read just now.") % {"network": label, "name": found.name}
        )
    except Refused as refused:
        messages.error(request, refused.text)
    return redirect("platforms:account", pk=pk)


@page("account.connect")
@require_POST
def disable(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch it off, or (`on` in the form) on again."""
    found, on = _account(request, pk), bool(request.POST.get("on"))
    try:
        actions.switch(actor=request.actor, account=found, on=on)
        words = _("%(name)s is switched on.") if on else _("%(name)s is switched off. Posts to it wait.")
        messages.success(request, words % {"name": found.name})
    except Refused as refused:
        messages.error(request, refused.text)
    return redirect("platforms:account", pk=pk)


@page("account.connect")
@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Whether posts to it carry their link."""
    found, carry = _account(request, pk), bool(request.POST.get("carry_link"))
    doings.change_account(actor=request.actor, account=found, carry_link=carry)
    messages.success(request, _("Posts to it carry their link.") if carry else _("Posts to it go out without a link."))
    return redirect("platforms:account", pk=pk)


@page("account.connect")
def second_route(request: HttpRequest) -> HttpResponse:
    """Instagram by password, against its terms: off until an admin signs the warning."""
    if not private_route.is_available(request.actor.library.mode):
        raise Http404
    form = SecondRouteForm(str(request.user), request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = private_route.connect(actor=request.actor, **form.cleaned_data)
            messages.success(request, _("%(name)s is connected by the second route.") % {"name": made.name})
            return redirect("platforms:account", pk=made.pk)
        except Refused as refused:
            form.add_error("password", refused.text)
    return render(request, "platforms/second_route.html", {"form": form}, status=422 if form.errors else 200)
