"""Accounts: their list, their health, and the way to a network's own sign-in page and back."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.numbers import row_id
from libraries.access import Request, page
from libraries.permissions import Refused
from platforms import accounts as doings
from platforms import actions, granted, health, offering, private_route, registry, ways
from platforms import connect as sign_in
from platforms.base import Way
from platforms.forms import ChooseForm, SecondRouteForm
from platforms.models import Account, OAuthState

RECONNECTING = "reconnecting"  # session key: the account whose sign-in is under way
ARRIVED = "arrived"  # session key: the accounts that were connected just now


@page("account.read")
@require_GET
def accounts(request: Request) -> HttpResponse:
    """Every connection with its health; for admins also what can be connected."""
    mine = list(Account.objects.visible_to(request.actor).select_related("connected_by").order_by("platform", "name"))
    mode = request.actor.library.mode
    rows = list(zip(mine, health.of_all(mine), strict=True))
    networks = offering.networks(request.actor) if request.actor.may("account.connect") else []
    seen = {
        "rows": [row for row in rows if row[0].realm == mode],
        "behind": [row for row in rows if row[0].realm != mode],
        "arrived": set(request.session.pop(ARRIVED, [])),
        "groups": offering.groups(networks),
        "steps_open": offering.steps_open(request.actor),
        "complete": not any(one.is_next for one in networks),
        "second_route": request.actor.may("account.connect") and private_route.is_available(mode),
    }
    return render(request, "platforms/accounts.html", seen)


@page("account.connect")
@require_POST
def connect(request: Request, platform: str) -> HttpResponse:
    """Off to the network's own page. `account` names the one that is to be reconnected, `way` what is asked for."""
    if platform not in registry.names():
        raise Http404
    realm, way = request.actor.library.mode, _way(platform, request.POST.get("way", ""))
    request.session.pop(RECONNECTING, None)
    if request.POST.get("account"):
        again = _account(request, row_id(request.POST["account"]) or 0)
        realm, request.session[RECONNECTING] = again.realm, again.pk
        way = ways.of_account(again) if again.platform == platform else way
    try:
        name = way.name if way else ""
        return redirect(actions.begin(actor=request.actor, platform=platform, realm=realm, way=name))
    except Refused as refused:
        messages.error(request, refused.text)
        return redirect("platforms:accounts")


def _way(platform: str, name: str) -> Way | None:
    try:
        return ways.named(platform, name)
    except KeyError:
        raise Http404 from None


@page("account.connect")
@require_GET
def come_back(request: Request, platform: str) -> HttpResponse:
    """The network sends the person back here, with a code or with a no. What is wrong is said in words."""
    try:
        began = sign_in.finish(
            actor=request.actor, platform=platform, state=request.GET.get("state", ""),
            code=request.GET.get("code", "").removesuffix("#_"), error=request.GET.get("error", ""),
        )  # fmt: skip
    except Refused as refused:
        request.session.pop(RECONNECTING, None)
        way = sign_in.way_of(request.actor, request.GET.get("state", ""))
        return _nothing_connected(request, platform, way, refused.code, refused.text)
    offers = sign_in.offered(began)
    again = Account.objects.visible_to(request.actor).filter(pk=request.session.pop(RECONNECTING, 0)).first()
    if again and again.external_id in {one.external_id for one in offers}:
        return _connect_all(request, began, [again.external_id], reconnected=True)
    if again:
        messages.warning(request, _("%(name)s is not among what you allowed just now.") % {"name": again.name})
    if len(offers) == 1 and not again and ways.meant(_way(platform, began.way), offers[0].facts):
        return _connect_all(request, began, [offers[0].external_id])
    return redirect("platforms:choose", pk=began.pk)


@page("account.connect")
def choose(request: Request, pk: int) -> HttpResponse:
    """Several pages were offered: connect some. Only the person who signed in sees them."""
    mine = OAuthState.objects.visible_to(request.actor).filter(user=request.actor.user, used_at__isnull=False)
    began = get_object_or_404(mine, pk=pk)
    offers = [sign_in.without_token(one) for one in sign_in.offered(began)]
    if not offers:
        messages.info(request, _("This sign-in is over. Start again to connect more accounts."))
        return redirect("platforms:accounts")
    good = [one for one in offers if not granted.cannot_publish(began.platform, one.missing)]
    form = ChooseForm(good, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _connect_all(request, began, form.cleaned_data["chosen"])
    ticked = request.POST.getlist("chosen") if form.is_bound else offering.preselected(began, good)
    seen = {
        "form": form, "rows": offering.rows(request.actor, began, offers, ticked), "good": good, "began": began,
        "label": registry.get(began.platform).label, "shortfall": offering.shortfall(began, offers),
    }  # fmt: skip
    return render(request, "platforms/choose.html", seen, status=422 if form.errors else 200)


def _nothing_connected(request: Request, platform: str, way: str, code: str, text: str) -> HttpResponse:
    """Why nothing was connected, with the way to begin again, and the other way where the network refused this one."""
    known = platform in registry.names()
    others = [one for one in ways.choices(platform) if one.name != way] if known and code == "app_not_approved" else []
    label = registry.get(platform).label if known else platform
    seen = {"code": code, "text": text, "platform": platform, "label": label, "way": way, "others": others}
    return render(request, "platforms/return.html", seen, status=422)


def _connect_all(request: Request, began: OAuthState, chosen: list[str], *, reconnected: bool = False) -> HttpResponse:
    """Connect each, say what came of it, forget the rest of the offer with its tokens."""
    done, refusals = [], []
    for external_id in chosen:
        try:
            done.append(actions.connect_offered(actor=request.actor, began=began, external_id=external_id))
        except Refused as no:
            refusals.append(no)
    sign_in.forget_offer(began)
    if refusals and not done:
        text = " ".join(one.text for one in refusals)
        return _nothing_connected(request, began.platform, began.way, refusals[0].code, text)
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
    if len(done) == 1 and (reconnected or offering.is_complete(request.actor)):
        return redirect("platforms:account", pk=done[0].pk)
    request.session[ARRIVED] = [one.pk for one in done]
    return redirect("platforms:accounts")


def _account(request: Request, pk: int) -> Account:
    return get_object_or_404(Account.objects.visible_to(request.actor).select_related("connected_by"), pk=pk)


@page("account.read")
@require_GET
def account(request: Request, pk: int) -> HttpResponse:
    """One account: its health in words, and what an admin may do about it."""
    found = _account(request, pk)
    return render(request, "platforms/account.html", {"account": found, "health": health.of(found)})


@page("account.connect")
@require_POST
def check(request: Request, pk: int) -> HttpResponse:
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
def disable(request: Request, pk: int) -> HttpResponse:
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
def change(request: Request, pk: int) -> HttpResponse:
    """Whether posts to it carry their link."""
    found, carry = _account(request, pk), bool(request.POST.get("carry_link"))
    doings.change_account(actor=request.actor, account=found, carry_link=carry)
    messages.success(request, _("Posts to it carry their link.") if carry else _("Posts to it go out without a link."))
    return redirect("platforms:account", pk=pk)


@page("account.connect")
def second_route(request: Request) -> HttpResponse:
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
