"""The calendar: a month, a week, a list, a day; and moving a post."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import dateformat, timezone
from django.utils.formats import get_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_safe

from libraries.access import page
from libraries.permissions import Refused
from planner import kept, month, moving, queries
from planner.forms import MoveForm
from planner.placing import Totals
from platforms import registry
from posts import paging
from posts.models import Post
from posts.queries import choices

SHOWN, SHOWN_EVENTS = 3, 2
SHOWN_WEEK, SHOWN_WEEK_EVENTS = 12, 6
A_PAGE = 60
LAYERS = ("events", "almanac", "slots")
UNDO = "calendar-undo"


def _today(request: HttpRequest) -> date:
    return timezone.now().astimezone(request.actor.library.zone).date()


def week_starts_on() -> int:
    """By locale, counted as `date.weekday` does (Django counts from Sunday)."""
    return (int(get_format("FIRST_DAY_OF_WEEK")) - 1) % 7


@page("post.read")
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """A month of whole weeks."""
    today = _today(request)
    shown = month.read_month(request.GET.get("month", ""), today)
    back, on = month.step(shown, -1), month.step(shown, 1)
    context = _filled(request, month.of_month(shown, week_starts_on()), most=SHOWN, about=month.of_days(shown)) | {
        "view": "month", "month": shown, "back": _month(request, back), "on": _month(request, on),
        "shown": f":{SHOWN}", "shown_events": f":{SHOWN_EVENTS}", "now_url": _with(request, month=None, day=None, after=None),
        "month_query": f"{shown:%Y-%m}", "week_query": str(today if (today.year, today.month) == (shown.year, shown.month) else shown),
    }  # fmt: skip
    for one in context["days"]:
        one.fold(SHOWN, SHOWN_EVENTS)
    return render(request, "planner/calendar.html", context)


@page("post.read")
@require_safe
def week(request: HttpRequest) -> HttpResponse:
    today = _today(request)
    span = month.week_of(month.read_day(request.GET.get("day", ""), today), week_starts_on())
    context = _filled(request, span, most=SHOWN_WEEK) | {
        "view": "week", "span": span, "back": _day(request, span.first - timedelta(days=7)),
        "on": _day(request, span.first + timedelta(days=7)), "shown": f":{SHOWN_WEEK}", "shown_events": f":{SHOWN_WEEK_EVENTS}",
        "now_url": _with(request, day=None, after=None), "week_query": str(span.first), "month_query": f"{span.first:%Y-%m}",
    }  # fmt: skip
    for one in context["days"]:
        one.fold(SHOWN_WEEK, SHOWN_WEEK_EVENTS)
    return render(request, "planner/week.html", context)


@page("post.read")
@require_safe
def agenda(request: HttpRequest) -> HttpResponse:
    """The month as a list of the days that hold something; easiest on a phone."""
    shown = month.read_month(request.GET.get("month", ""), _today(request))
    context = _filled(request, month.of_days(shown), limit=A_PAGE) | {
        "view": "agenda", "month": shown, "back": _month(request, month.step(shown, -1)),
        "on": _month(request, month.step(shown, 1)), "now_url": _with(request, month=None, after=None),
        "month_query": f"{shown:%Y-%m}", "week_query": str(shown),
    }  # fmt: skip
    context["days"] = [one for one in context["days"] if not one.is_bare]
    return render(request, "planner/agenda.html", context)


@page("post.read")
@require_safe
def day(request: HttpRequest) -> HttpResponse:
    """One day with everything on it."""
    on = month.read_day(request.GET.get("day", ""), _today(request))
    context = _filled(request, month.Span(on, on), limit=A_PAGE) | {
        "view": "day", "back": _day(request, on - timedelta(days=1)), "on": _day(request, on + timedelta(days=1)),
        "now_url": _with(request, day=None, after=None),
        "month_query": f"{on:%Y-%m}", "week_query": str(on), "may_draft": request.actor.may("post.draft"),
    }  # fmt: skip
    context["day"] = context["days"][0]
    return render(request, "planner/day.html", context)


def _filled(request: HttpRequest, span: month.Span, **limits: Any) -> dict[str, Any]:
    """What every view of the calendar shows."""
    asked = request.GET.dict()
    n = sum(bool(asked.get(name)) for name in queries.FILTERS)
    after = paging.read(asked.get("after", "")) if "limit" in limits else None
    held, offered = kept.of(request.actor), choices(request.actor)
    platforms = {one.pk: one.platform for one in offered["accounts"]}
    found = queries.shown(
        request.actor, span, asked, timezone.now(), kept=held, platforms=platforms, after=after, **limits
    )
    return {
        "day_url": reverse("planner:day"), "views": held.views, "long": found.long, "layers": _kept(request)[1:],
        "asked": asked, "n_filters": n, "days": found.days, "in_month": found.totals.posts, "summary": summary(found.totals),
        "later": _with(request, after=found.later) if found.later else "", "start": _with(request, after=None) if after else "",
        "zone": request.actor.library.zone, "platforms": [(name, registry.get(name).label) for name in registry.names()],
        "undo": request.session.pop(UNDO, None), "here": request.get_full_path(),
        "clear": _with(request, after=None, **dict.fromkeys(queries.FILTERS)), "keep": _kept(request), **offered,
    }  # fmt: skip


def _kept(request: HttpRequest) -> str:
    """The filter alone, for links that go to another time or view: `&platform=x`, or nothing."""
    kept = QueryDict(mutable=True)
    kept.update({name: request.GET[name] for name in (*queries.FILTERS, *LAYERS) if request.GET.get(name)})
    return f"&{kept.urlencode()}" if kept else ""


def _with(request: HttpRequest, **changes: Any) -> str:
    """This page's address with some values of its query changed; None drops one."""
    query = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else request.path


def _day(request: HttpRequest, on: date) -> str:
    return _with(request, day=on, after=None) if month.clamp(on) else ""


def _month(request: HttpRequest, first: date | None) -> str:
    return _with(request, month=f"{first:%Y-%m}", after=None) if first else ""


def summary(totals: Totals) -> str:
    """How many posts on how many networks, and how many wait for a person."""
    if not totals.posts:
        return _("Nothing is planned here yet.")
    said = ngettext("%(n)s post", "%(n)s posts", totals.posts) % {"n": totals.posts}
    if m := totals.networks:
        said = ngettext("%(posts)s on %(m)s network", "%(posts)s on %(m)s networks", m) % {"posts": said, "m": m}
    if waits := totals.waiting:
        said += ", " + ngettext("%(n)s waits for review", "%(n)s wait for review", waits) % {"n": waits}
    if trouble := totals.trouble:
        said += ", " + ngettext("%(n)s needs a person", "%(n)s need a person", trouble) % {"n": trouble}
    return f"{said}."


@page("post.read", write="post.draft")
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Another time for a post: a small form, in a dialog where scripts run, and a way back afterwards."""
    posts = (
        Post.objects.visible_to(request.actor).select_related("library", "working_copy").prefetch_related("deliveries")
    )
    post = get_object_or_404(posts, pk=pk)
    zone, now = request.actor.library.zone, timezone.now()
    why = moving.fixed(request.actor, post, {one.state for one in post.deliveries.all()}, now)
    form = MoveForm(request.POST or None, zone=zone, now=now, initial=_initial(post, zone, now))
    if request.method == "POST" and why:
        form.add_error(None, why)
    if request.method == "POST" and form.is_valid():
        before = post.planned_for
        try:
            moved = moving.move(request.actor, post, form.moment)
        except Refused as no:
            form.add_error(None, no.text)
        else:
            _say_moved(request, moved, before)
            return _to(request, _back(request))
    partial = bool(request.headers.get("HX-Request"))
    context = {
        "post": post,
        "words": queries.words_of(post),
        "form": form,
        "zone": zone,
        "why": why,
        "back": _back(request),
        "partial": partial,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "planner/_move.html" if partial else "planner/move.html", context, status=status)


def _initial(post: Post, zone: Any, now: datetime) -> dict[str, Any]:
    when = (post.planned_for or now + timedelta(days=1)).astimezone(zone)
    return {"date": when.date(), "time": when.time() if post.planned_for else time(9)}


def _say_moved(request: HttpRequest, post: Post, before: datetime | None) -> None:
    """Say where it is now; and keep where it was, so that one press puts it back."""
    local = post.planned_for.astimezone(request.actor.library.zone)
    words = dateformat.format(local, pgettext("day and time of a moved post", "l j F, H:i"))
    text = _("“%(post)s” is now on %(when)s.") % {"post": queries.words_of(post) or post, "when": words}
    if before and before > timezone.now() and not request.POST.get("undo"):
        old = before.astimezone(request.actor.library.zone)
        request.session[UNDO] = {
            "post": post.pk, "text": text, "date": f"{old:%Y-%m-%d}", "time": f"{old:%H:%M}", "fold": old.fold,
        }  # fmt: skip
    else:
        messages.success(request, text)


def _back(request: HttpRequest) -> str:
    """The calendar as it was, filter included; never another site."""
    asked = request.POST.get("back") or request.GET.get("back", "")
    good = url_has_allowed_host_and_scheme(asked, {request.get_host()}) and asked.startswith(
        reverse("planner:calendar")
    )
    return asked if good else reverse("planner:calendar")


def _to(request: HttpRequest, address: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)
