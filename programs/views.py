"""Events: a month of them, one of them, and whether it takes place."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from libraries.access import page
from libraries.permissions import Refused
from posts import actions
from posts.models import Delivery, Event
from programs import queries
from programs.forms import ReasonForm

YEARS = range(2000, 2101)


def month_of(text: str, today: date) -> date:
    """`2026-12` as the first of that month; this month for anything else."""
    year, _dash, month = text.partition("-")
    good = len(text) < 9 and year.isdecimal() and month.isdecimal() and int(year) in YEARS and 1 <= int(month) <= 12
    return date(int(year), int(month), 1) if good else today.replace(day=1)


def beside(first: date, by: int) -> date | None:
    number = first.year * 12 + first.month - 1 + by
    return date(number // 12, number % 12 + 1, 1) if number // 12 in YEARS else None


@page("event.read")
@require_safe
def events(request: HttpRequest) -> HttpResponse:
    """What happens in a month; from today on in this one, as what is over interests few."""
    actor, asked, now = request.actor, request.GET.dict(), timezone.now()
    zone, today = actor.library.zone, now.astimezone(actor.library.zone).date()
    first = month_of(asked.get("month", ""), today)
    after = beside(first, 1)
    begins = datetime.combine(first, time.min, zone)
    ends = datetime.combine(after or date(first.year + 1, 1, 1), time.min, zone)
    days = queries.by_day(queries.of_time(actor, begins, ends, asked), actor)
    context = {
        "month": first, "days": days, "asked": asked, "today": today, "zone": zone, "n_events": sum(len(those) for _day, those in days),
        "n_filters": sum(bool(asked.get(name)) for name in ("branch", "state", "source", "q")),
        "any": bool(days) or Event.objects.visible_to(actor).exists(), **_around(request, first, after), **queries.choices(actor),
    }  # fmt: skip
    return render(request, "programs/events.html", context)


def _around(request: HttpRequest, first: date, after: date | None) -> dict[str, str]:
    """Addresses of the months before and after, of now, and of this one without its filter."""
    def to(month: date | None, keep: bool = True) -> str:
        query = request.GET.copy()
        query.pop("month", None)
        if not keep:
            query.clear()
        if month:
            query["month"] = f"{month:%Y-%m}"
        return f"?{query.urlencode()}" if query else request.path

    before = beside(first, -1)
    return {"back": to(before) if before else "", "on": to(after) if after else "", "now_url": to(None), "clear": to(first, keep=False)}


def find(request: HttpRequest, pk: int) -> Event:
    return get_object_or_404(Event.objects.visible_to(request.actor).select_related("branch", "library"), pk=pk)


@page("event.read")
@require_safe
def event(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "programs/event.html", _about(request, find(request, pk)))


def _about(request: HttpRequest, found: Event) -> dict[str, Any]:
    actor, now = request.actor, timezone.now()
    waiting = Delivery.objects.visible_to(actor).filter(post__event=found, state="scheduled")
    feeds = {feed.source: feed for feed in queries.choices(actor)["feeds"]}
    posts = queries.posts_about(actor, found)
    held = set(waiting.values_list("post_id", flat=True))
    moved = set(waiting.filter(holds__reason="moved").values_list("post_id", flat=True))
    return {
        "event": found, "state": queries.state_of(found), "posts": posts, "feed": feeds.get(found.source),
        "begins": found.starts_at.astimezone(found.zone), "ends": found.ends_at and found.ends_at.astimezone(found.zone),
        "is_over": (found.ends_at or found.starts_at) < now, "n_waiting": waiting.count(),
        "waiting": [post for post in posts if post.pk in held], "reason": ReasonForm(),
        "may_edit": actor.may("event.edit", found), "may_draft": actor.may("post.draft"),
        "changes": queries.changes_of(found), "moved": [post for post in posts if post.pk in moved],
        "outdated": queries.told_before(found, posts), "may_schedule": actor.may("post.schedule", found),
    }  # fmt: skip


@page("event.edit")
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """The event does not take place: nothing about it goes out until a person says what becomes of its posts."""
    found = find(request, pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return render(request, "programs/event.html", _about(request, found) | {"reason": form}, status=422)
    try:
        actions.cancel_event(actor=request.actor, event=found, reason=form.cleaned_data["reason"])
    except Refused as no:
        messages.error(request, no.text)
        return redirect("programs:event", pk=pk)
    n = len(set(Delivery.objects.visible_to(request.actor).filter(post__event=found, state="scheduled", holds__reason="event").values_list("post_id", flat=True)))
    held = ngettext("%(n)s scheduled post is held.", "%(n)s scheduled posts are held.", n) % {"n": n} if n else _("No post was waiting to go out.")
    messages.success(request, _("The event is cancelled. %(held)s") % {"held": held})
    return redirect("programs:event", pk=pk)


@page("event.edit")
@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        found = actions.restore_event(actor=request.actor, event=find(request, pk))
    except Refused as no:
        messages.error(request, no.text)
    else:
        done = _("The event takes place after all. Its posts are free to go out.")
        still = _("It is no longer cancelled here, but its own calendar still says it is off: its posts stay held.")
        messages.success(request, done if found.may_be_announced else still)
    return redirect("programs:event", pk=pk)
