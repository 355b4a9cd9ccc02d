"""Start page, first steps, notices, and the two answers for machines."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from libraries import actions, overview, public_address
from libraries import notices as notes
from libraries.access import page, public
from libraries.forms import LibraryForm
from libraries.models import Notice
from libraries.permissions import Refused

START = "/calendar/"  # the planner stands above us, so its address is a word here and not a look-up


@page("library.read")
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The first steps for an admin whose library has not taken them yet; the calendar for everybody else."""
    first_run = request.actor.library.welcomed_at is None and request.actor.may("settings.change")
    return redirect("libraries:welcome") if first_run else redirect(START)


@public
def healthz(request: HttpRequest) -> HttpResponse:
    """For supervisors and balancers: this process answers. Asks the database nothing."""
    return HttpResponse("ok", content_type="text/plain")


@public
def address_probe(request: HttpRequest) -> HttpResponse:
    """Proves to ourselves that a public address leads here."""
    return HttpResponse(public_address.fingerprint(), content_type="text/plain")


@page("settings.change")
def welcome(request: HttpRequest) -> HttpResponse:
    """The first steps, each with what is really so."""
    library = request.actor.library
    form = LibraryForm(library, request.POST if request.method == "POST" else None, short=True)
    if request.method == "POST" and "finish" in request.POST:
        actions.finish_welcome(actor=request.actor)
        messages.success(request, _("All right. You find these steps under Settings when you need them."))
        return redirect(START)
    if request.method == "POST" and form.is_valid():
        actions.change_library(actor=request.actor, **form.cleaned_data)
        messages.success(request, _("Saved: %(name)s, %(tz)s.") % form.cleaned_data)
        return redirect("libraries:welcome")
    steps = overview.steps(request.actor)
    now = next((step for step in steps if not step.done), None)
    seen = {"steps": steps, "now": now, "done": sum(step.done for step in steps), "form": form}
    return render(request, "libraries/welcome.html", seen, status=422 if form.errors else 200)


@page("notice.read")
@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """What needs somebody: first what the reader may do something about, then what others may."""
    mine = list(notes.open_for(request.actor))
    rest = list(Notice.objects.filter(library=request.actor.library, resolved_at=None, person=None)
                .exclude(pk__in=[n.pk for n in mine]).order_by("-raised_at")[:50])  # fmt: skip
    able = {verb: notes.who_can_act(request.actor.library.pk, verb) for verb in {n.verb for n in rest}}
    past = Notice.objects.filter(
        Q(person=None) | Q(person=request.actor.user_id), library=request.actor.library, resolved_at__isnull=False
    ).order_by("-resolved_at")[:10]
    seen = {"mine": mine, "others": [(n, able[n.verb]) for n in rest], "past": past}
    return render(request, "libraries/notices.html", seen)


@page("notice.close")
@require_POST
def close_notice(request: HttpRequest, pk: int) -> HttpResponse:
    notice = get_object_or_404(Notice, pk=pk, library=request.actor.library)
    try:
        actions.close_notice(actor=request.actor, notice=notice)
        messages.success(request, _("Put away. It comes back if its cause does."))
    except Refused as refused:
        messages.error(request, refused.text)
    return redirect("libraries:notices")


@page("notice.read")
@require_POST
def seen_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """What concerns one person alone is put away by that person, whatever their role."""
    notice = get_object_or_404(Notice, pk=pk, library=request.actor.library)
    if notes.close_mine(actor=request.actor, notice=notice):
        messages.success(request, _("Put away."))
    return redirect("libraries:notices")
