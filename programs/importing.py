"""Bringing events in: an address or a file, a look at what it would do, a yes, and what became of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from libraries.access import page
from libraries.permissions import Refused
from posts.models import Event
from programs import actions, looking
from programs.forms import ImportForm
from programs.models import Feed, Preview

NAMED = 12      # titles kept for the page that says what was done
BESIDE = {"private_address": "url", "bad_address": "url", "no_answer": "url", "http_status": "url"}


@page("event.read", write="feed.manage")
def start(request: HttpRequest) -> HttpResponse:
    """The form, and the feeds that are there already."""
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made = actions.make_preview(
                actor=request.actor, url=said["url"], name=said["name"], file_name=_name_of(said["file"]),
                body=form.body, content_type=form.content_type,
            )  # fmt: skip
        except Refused as no:
            form.add_error(BESIDE.get(no.code, "file" if form.body else "url"), no.text)
        else:
            return redirect("programs:preview", pk=made.pk)
    feeds = Feed.objects.visible_to(request.actor).order_by("name", "pk")
    context = {"form": form, "feeds": feeds, "may_manage": request.actor.may("feed.manage")}
    return render(request, "programs/import.html", context, status=422 if request.method == "POST" else 200)


def _name_of(file: Any) -> str:
    """Its name without the ending, for a calendar that brings none of its own."""
    return file.name.rsplit(".", 1)[0][:200] if file else ""


@page("event.read", write="feed.manage")
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What the import would do, event by event; nothing is in the calendar before the yes."""
    kept = get_object_or_404(Preview.objects.visible_to(request.actor).select_related("library", "feed"), pk=pk)
    try:
        look = looking.look(kept, timezone.now())
        if request.method == "POST":
            return _decided(request, kept, look)
    except Refused as no:
        messages.error(request, no.text)
        return redirect("programs:import")
    branches = kept.library.branches.count()
    context = {"preview": kept, "look": look, "branches": branches, "may_manage": request.actor.may("feed.manage"), "known": actions.feed_of(kept)}
    return render(request, "programs/preview.html", context)


def _decided(request: HttpRequest, kept: Preview, look: looking.Look) -> HttpResponse:
    if request.POST.get("act") == "discard":
        actions.discard_preview(actor=request.actor, preview=kept)
        messages.success(request, _("Nothing was imported."))
        return redirect("programs:import")
    only = set(request.POST.getlist("take"))
    if request.POST.get("rest"):
        only |= {row.key for row in look.rest}
    feed, outcome = actions.confirm_preview(actor=request.actor, preview=kept, only=only)
    said = {name: {"n": len(titles), "titles": titles[:NAMED]} for name, titles in asdict(outcome).items() if name != "same"}
    request.session[f"imported-{feed.pk}"] = {**said, "same": outcome.same}
    return redirect("programs:feed", pk=feed.pk)


def _feed(request: HttpRequest, pk: int) -> Feed:
    return get_object_or_404(Feed.objects.visible_to(request.actor).select_related("added_by"), pk=pk)


@page("event.read")
@require_safe
def feed(request: HttpRequest, pk: int) -> HttpResponse:
    """One feed: its health in words, when it was read, what was odd, and what the import just did."""
    found = _feed(request, pk)
    mine = Event.objects.visible_to(request.actor).filter(source=found.source)
    context = {
        "feed": found, "done": request.session.pop(f"imported-{pk}", None), "n_events": mine.count(),
        "coming": mine.filter(starts_at__gte=timezone.now()).order_by("starts_at")[:8], "may_manage": request.actor.may("feed.manage", found),
    }  # fmt: skip
    return render(request, "programs/feed.html", context)


@page("feed.manage")
@require_POST
def look_now(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the feed now and show what would change, as a first import does."""
    found = _feed(request, pk)
    if not found.url:
        messages.error(request, _("This was a file; import the newer file to bring its events up to date."))
        return redirect("programs:feed", pk=pk)
    try:
        made = actions.make_preview(actor=request.actor, url=found.url, name=found.name)
    except Refused as no:
        messages.error(request, no.text)
        return redirect("programs:feed", pk=pk)
    return redirect("programs:preview", pk=made.pk)


@page("feed.manage")
@require_POST
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    found = _feed(request, pk)
    try:
        on = actions.switch_feed(actor=request.actor, feed=found, on=not found.is_active).is_active
    except Refused as no:
        messages.error(request, no.text)
    else:
        messages.success(request, _("It is read again every half hour.") if on else _("It is no longer read. Its events stay here."))
    return redirect("programs:feed", pk=pk)
