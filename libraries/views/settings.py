"""Settings of a library, and leaving practice."""

from __future__ import annotations

from django.conf import settings as product
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from libraries import actions, overview
from libraries.access import page
from libraries.forms import GoLiveForm, LibraryForm
from libraries.models import LIVE
from libraries.permissions import Refused


@page("settings.change")
def settings(request: HttpRequest) -> HttpResponse:
    """The library, its public address, its mail, and whether it practises."""
    form = LibraryForm(request.actor.library, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        actions.change_library(actor=request.actor, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("libraries:settings")
    seen = {
        "form": form, "library": request.actor.library, "public_url": product.PUBLIC_URL,
        "mail_host": product.EMAIL_HOST, "mail_from": product.DEFAULT_FROM_EMAIL,
    }  # fmt: skip
    return render(request, "libraries/settings.html", seen, status=422 if form.errors else 200)


@page("settings.change")
@require_POST
def mail_test(request: HttpRequest) -> HttpResponse:
    answer = actions.test_mail(actor=request.actor)
    (messages.success if answer.good else messages.error)(request, answer.text)
    return redirect("libraries:settings")


@page("settings.change")
@require_POST
def address_check(request: HttpRequest) -> HttpResponse:
    library = actions.check_address(actor=request.actor)
    (messages.success if library.public_url_ok else messages.warning)(request, library.public_url_detail)
    return redirect("libraries:settings")


@page("settings.change")
def leave_practice(request: HttpRequest) -> HttpResponse:
    """What stays behind and what comes along, and the one step that cannot be taken back."""
    library = request.actor.library
    if library.mode == LIVE:
        messages.info(request, _("This library left practice already."))
        return redirect("libraries:settings")
    stays = overview.stays(request.actor)
    form = GoLiveForm(library, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.go_live(actor=request.actor, staying={stay.key: stay.count for stay in stays})
        except Refused as refused:
            messages.info(request, refused.text)
            return redirect("libraries:settings")
        messages.success(request, _("%(library)s is live. Connect its real accounts next.") % {"library": library})
        return redirect("/accounts/")
    seen = {"form": form, "library": library, "behind": [s for s in stays if not s.comes_along],
            "along": [s for s in stays if s.comes_along]}  # fmt: skip
    return render(request, "libraries/leave_practice.html", seen, status=422 if form.errors else 200)
