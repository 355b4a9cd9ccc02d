"""Settings of a library, and leaving practice."""

from __future__ import annotations

from django.conf import settings as product
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from libraries import actions, overview
from libraries.access import page
from libraries.forms import GoLiveForm, LibraryForm
from libraries.models import LIVE, Library, Membership
from libraries.permissions import Refused, roles_for

MAIL_ANSWER = "mail_answer"  # session key: what the mail server said last


def approvers(library: Library) -> int:
    """How many people could approve a post here."""
    return Membership.objects.filter(
        library=library, is_active=True, user__is_active=True, role__in=roles_for("post.approve")
    ).count()


@page("settings.change")
def settings(request: HttpRequest) -> HttpResponse:
    """The library, its public address, its mail, and whether it practises."""
    form = LibraryForm(request.actor.library, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        actions.change_library(actor=request.actor, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("libraries:settings")
    seen = {
        "form": form, "library": request.actor.library, "approvers": approvers(request.actor.library),
        "public_url": product.PUBLIC_URL,
        "mail_host": product.EMAIL_HOST, "mail_from": product.DEFAULT_FROM_EMAIL,
        "mail_answer": request.session.pop(MAIL_ANSWER, None),
    }  # fmt: skip
    return render(request, "libraries/settings.html", seen, status=422 if form.errors else 200)


@page("settings.change")
@require_POST
def mail_test(request: HttpRequest) -> HttpResponse:
    """Send the admin a letter. What the server said is shown in its card and not in a corner: one wants to read it."""
    answer = actions.test_mail(actor=request.actor)
    request.session[MAIL_ANSWER] = {"good": answer.good, "text": answer.text}
    return redirect(reverse("libraries:settings") + "#mail")


@page("settings.change")
@require_POST
def address_check(request: HttpRequest) -> HttpResponse:
    """Ask now; the card shows what came of it."""
    actions.check_address(actor=request.actor)
    return redirect(reverse("libraries:settings") + "#address")


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
