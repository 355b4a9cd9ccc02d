"""Days to know: what each is, what to mind, a draft about it; and for an admin, which are shown here."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.numbers import row_id
from libraries.access import Request, page
from libraries.permissions import Refused
from planner import actions, almanac, kept, observances
from planner.forms import LocalDayForm
from planner.models import LocalDay
from planner.month import read_day
from platforms.models import Account
from posts import actions as posts
from posts.models.post import empty_copy

AT = time(10)  # when a draft about a day is meant to go, until somebody says otherwise


def _today(request: Request) -> date:
    return timezone.now().astimezone(request.actor.library.zone).date()


@page("post.read", write="settings.change")
def almanac_page(request: Request) -> HttpResponse:
    """All rows with their next days. POST: one row's marks, or another local day."""
    form = LocalDayForm()
    if request.method == "POST":
        if request.POST.get("key"):
            return _marked(request)
        form = LocalDayForm(request.POST)
        if form.is_valid():
            try:
                day = actions.add_local_day(actor=request.actor, **form.cleaned_data)
                messages.success(request, _("“%(name)s” stands on the calendar.") % {"name": day.name})
                return redirect("planner:almanac")
            except Refused as no:
                form.add_error(None, no.text)
    held, today = kept.of(request.actor), _today(request)
    upcoming = [one for one in observances.between(today, today + timedelta(days=366)) if one.last >= today]
    nearest: dict[str, observances.Falls] = {}
    for one in sorted(upcoming, key=lambda one: one.first):
        nearest.setdefault(one.observance.key, one)
    rows = [_row(row, nearest.get(key), held, request.actor.library.tz) for key, row in observances.rows().items()]
    rows.sort(key=lambda row: (row["falls"] is None, row["falls"].first if row["falls"] else today))
    context = {"rows": rows, "days": held.days, "form": form, "may_change": request.actor.may("settings.change")}
    return render(request, "planner/almanac.html", context, status=422 if form.errors else 200)


def _row(row: Any, falls: Any, held: kept.Kept, zone: str) -> dict[str, Any]:
    mark = held.marks.get(row.key)
    return {
        "row": row, "falls": falls, "shown": almanac.is_shown(row, held.marks, zone), "care": mark.care if mark else bool(row.care),
        "note": mark.note if mark else row.care,
    }  # fmt: skip


def _marked(request: Request) -> HttpResponse:
    asked = request.POST
    try:
        actions.mark_row(
            actor=request.actor,
            key=asked["key"],
            hidden=not asked.get("shown"),
            care=bool(asked.get("care")),
            note=asked.get("note", ""),
        )
        messages.success(request, _("Kept."))
    except Refused as no:
        messages.error(request, no.text)
    back = redirect("planner:almanac")
    if asked["key"] in observances.rows():
        back["Location"] += f"#{asked['key']}"
    return back


@page("post.read", write="settings.change")
@require_POST
def remove_day(request: Request, pk: int) -> HttpResponse:
    day = get_object_or_404(LocalDay.objects.visible_to(request.actor), pk=pk)
    actions.remove_local_day(actor=request.actor, day=day)
    messages.success(request, _("“%(name)s” is off the calendar.") % {"name": day.name})
    return redirect("planner:almanac")


@page("post.read")
def observance(request: Request, key: str) -> HttpResponse:
    """One row on one day."""
    row = observances.rows().get(key)
    if row is None:
        raise Http404
    mark = kept.of(request.actor).marks.get(key)
    return _one(request, {
        "name": row.name, "row": row, "care": mark.care if mark else bool(row.care), "note": mark.note if mark else row.care,
    })  # fmt: skip


@page("post.read")
def local_day(request: Request, pk: int) -> HttpResponse:
    day = get_object_or_404(LocalDay.objects.visible_to(request.actor), pk=pk)
    return _one(request, {"name": day.name, "row": None, "care": day.care, "note": day.note})


def _one(request: Request, context: dict[str, Any]) -> HttpResponse:
    on = read_day(request.GET.get("on", ""), _today(request))
    context |= {"on": on, "may_draft": request.actor.may("post.draft"), "is_past": on < _today(request)}
    return render(request, "planner/observance.html", context)


@page("post.draft")
def begin(request: Request) -> HttpResponse:
    """A draft that already knows its name, its time or its account. GET asks, POST makes it and leads to the composer."""
    asked = request.POST if request.method == "POST" else request.GET
    account = Account.objects.visible_to(request.actor).filter(pk=row_id(asked.get("account", "")) or 0).first()
    when, zone = _moment(request, asked), request.actor.library.zone
    if request.method != "POST":
        context = {
            "account": account,
            "when": when,
            "zone": zone,
            "at": asked.get("at", ""),
            "title": asked.get("title", ""),
        }
        return render(request, "planner/begin.html", context)
    content = {**empty_copy(), "accounts": [account.pk] if account else []}
    post = posts.create_post(actor=request.actor, title=asked.get("title", "")[:200], content=content)
    if when is not None and when > timezone.now():
        try:
            posts.plan_post(actor=request.actor, post=post, when=when)
        except Refused as no:
            messages.error(request, no.text)
    return redirect("posts:edit", pk=post.pk)


def _moment(request: Request, asked: Any) -> datetime | None:
    """`at` (an instant with its offset) or `on` (a day, at ten); None for neither."""
    try:
        if asked.get("at"):
            at = datetime.fromisoformat(asked["at"])
            return at if at.tzinfo else None
        if asked.get("on"):
            return datetime.combine(date.fromisoformat(asked["on"]), AT, request.actor.library.zone)
    except ValueError:
        pass
    return None
