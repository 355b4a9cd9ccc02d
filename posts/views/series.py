"""Series: all of them with their next days in words, beginning one from a post, approving, stopping, leaving one out."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from libraries.access import Request, page
from libraries.permissions import Refused
from posts import actions, queries, recurrence, standing, times
from posts.actions.series import as_post, check_dates, verb_to_stop
from posts.models import Post, Series
from posts.models.post import empty_copy
from posts.series_form import SeriesForm, first_shown
from posts.views.slots import zones

NEXT = 10
LOOKS = {  # state -> word, tone and icon of its badge
    "waiting": (gettext_lazy("Not approved yet"), "ask", "eye"), "running": (gettext_lazy("Running"), "ok", "repeat"),
    "stopped": (gettext_lazy("Stopped"), "quiet", "ban"), "ended": (gettext_lazy("Over"), "quiet", "check"),
}  # fmt: skip
A_PAGE = 50


@dataclass(frozen=True)
class NextDay:
    """One coming occurrence: when, what the clocks do to it, and its post once it is made."""

    at: datetime
    note: str
    post: Post | None = None


def next_days(text: str, start: dt.date, at: dt.time, zone: zoneinfo.ZoneInfo, now: datetime) -> list[NextDay]:
    """The next NEXT occurrences, with a word where the clocks change."""
    today = now.astimezone(zone).date()
    found = []
    for day in islice((day for day in recurrence.dates(text, start) if day >= today), NEXT + 1):
        moment, kind = times.settle(datetime.combine(day, at), zone)
        if moment <= now:
            continue
        local = moment.astimezone(zone)
        note = ""
        if kind == "gap":
            note = _("The clocks go forward: %(new)s, because %(old)s does not exist on that day.") % {
                "new": f"{local:%H:%M}", "old": f"{at:%H:%M}"}  # fmt: skip
        elif kind == "fold":
            note = _("The clocks go back: the first of the two %(old)s.") % {"old": f"{at:%H:%M}"}
        found.append(NextDay(moment, note))
    return found[:NEXT]


def state_of(series: Series, now: datetime) -> str:
    """stopped, ended, waiting or running, for a badge and its word."""
    today = now.astimezone(series.zone).date()
    if series.stopped_on is not None and series.stopped_on <= today:
        return "stopped"
    if not any(day >= today for day in recurrence.dates(series.rule, series.starts_on)):
        return "ended"
    return "running" if series.approved_at else "waiting"


@page("post.read")
@require_safe
def all_series(request: Request) -> HttpResponse:
    known = Series.objects.visible_to(request.actor).filter(realm=request.actor.library.mode).select_related("author")
    shown = Paginator(known, A_PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    rows = [
        {
            "series": one, "words": recurrence.in_words(one.rule, one.starts_on), "look": LOOKS[state_of(one, now)],
            "next": next(iter(next_days(one.rule, one.starts_on, one.at, one.zone, now)), None),
        }
        for one in shown
    ]  # fmt: skip
    return render(request, "posts/series/list.html", {"rows": rows, "page": shown})


@page("post.submit")
def new(request: Request, pk: int) -> HttpResponse:
    """A series that says what this post says. `look` shows the days and begins nothing."""
    posts = Post.objects.visible_to(request.actor).select_related("working_copy", "library", "event")
    post, now = get_object_or_404(posts, pk=pk), timezone.now()
    zone = post.zone
    offered = zones(request)
    if zone.key not in dict(offered):
        offered.append((zone.key, zone.key))
    shown = first_shown(str(post), post.planned_for, zone, now)
    form = SeriesForm(request.POST if request.method == "POST" else None, zones=offered, initial=shown)
    context: dict[str, Any] = {"post": post, "form": form, "zone": zone}
    if request.method == "POST" and form.is_valid() and form.rule is not None:
        said = form.cleaned_data
        try:
            if request.POST.get("act") != "look":
                made = actions.begin_series(
                    actor=request.actor, post=post, rule=form.rule, starts_on=said["starts_on"], at=said["at"],
                    tz=said["tz"], title=said["title"],
                )  # fmt: skip
                messages.success(request, _("The series is begun. It goes out once it is approved."))
                return redirect("posts:series", pk=made.pk)
            context |= _looked(form)
        except Refused as no:
            form.add_error(None, no.text)
    return render(request, "posts/series/new.html", context, status=422 if form.errors else 200)


def _looked(form: SeriesForm) -> dict[str, Any]:
    said, now = form.cleaned_data, timezone.now()
    zone, text = zoneinfo.ZoneInfo(said["tz"]), form.rule.text(said["starts_on"]) if form.rule else ""
    check_dates(text, said["starts_on"], now.astimezone(zone).date())
    days = next_days(text, said["starts_on"], said["at"], zone, now)
    return {"days": days, "days_zone": zone, "words": recurrence.in_words(text, said["starts_on"])}


def _find(request: Request, pk: int) -> Series:
    rows = Series.objects.visible_to(request.actor).select_related("author", "approved_by", "library")
    return get_object_or_404(rows, pk=pk)


def _posts(series: Series) -> dict[dt.date | None, Post]:
    """Its posts by their day, each with `overall`, how it stands as a whole; at most recurrence.MOST."""
    rows = series.posts.with_progress().annotate(n_down=queries.N_DOWN).select_related("library").order_by("series_on")
    found = {}
    for post in rows[: recurrence.MOST]:
        post.overall = queries.overall(post)  # type: ignore[attr-defined]
        found[post.series_on] = post
    return found


@page("post.read")
@require_safe
def one(request: Request, pk: int) -> HttpResponse:
    """The text, the rule in words, the coming days, and what became of each post."""
    series, now, may = _find(request, pk), timezone.now(), request.actor.may
    posts = _posts(series)
    days = next_days(series.rule, series.starts_on, series.at, series.zone, now)
    own = series.author_id == request.actor.user_id
    context = {
        "series": series, "words": recurrence.in_words(series.rule, series.starts_on), "state": (state := state_of(series, now)),
        "look": LOOKS[state], "coming": [p for p in posts.values() if p.planned_for and p.planned_for > now], "days": days, "zone": series.zone,
        "later": [day for day in days if day.at.astimezone(series.zone).date() not in posts],
        "past": [p for p in posts.values() if p.planned_for and p.planned_for <= now][-NEXT:],
        "checked": standing.looks_of(request.actor, Post(library=series.library, realm=series.realm), {**empty_copy(), **series.content}),
        "may_approve": may("post.approve", as_post(series)) and (not own or request.actor.library.self_review),
        "may_stop": may(verb_to_stop(series), series),
    }  # fmt: skip
    return render(request, "posts/series/one.html", context)


@page("post.approve")
@require_POST
def approve(request: Request, pk: int) -> HttpResponse:
    series = _find(request, pk)
    try:
        actions.approve_series(actor=request.actor, series=series)
    except Refused as no:
        messages.error(request, no.text)
    else:
        messages.success(request, _("Approved. Its posts are scheduled, and new ones follow by themselves."))
        left = series.posts.filter(state="draft", planned_for__gt=timezone.now()).count()
        if left:
            words = ngettext("%(n)s post stays a draft", "%(n)s posts stay drafts", left) % {"n": left}
            messages.warning(request, _("%(posts)s: the text was changed, or something stands in its way.") % {"posts": words})
    return redirect("posts:series", pk=pk)


@page("post.submit")
@require_POST
def stop(request: Request, pk: int) -> HttpResponse:
    """From a day on (`on`, an ISO date; else today)."""
    series = _find(request, pk)
    try:
        on = dt.date.fromisoformat(request.POST.get("on", ""))
    except ValueError:
        on = None
    try:
        n = actions.stop_series(actor=request.actor, series=series, on=on)
    except Refused as no:
        messages.error(request, no.text)
    else:
        done = ngettext("Stopped. %(n)s post was left out.", "Stopped. %(n)s posts were left out.", n) % {"n": n}
        messages.success(request, done)
    return redirect("posts:series", pk=pk)


@page("post.submit")
@require_POST
def skip(request: Request, pk: int) -> HttpResponse:
    post = get_object_or_404(Post.objects.visible_to(request.actor).select_related("series", "library"), pk=pk)
    try:
        actions.skip_occurrence(actor=request.actor, post=post)
    except Refused as no:
        messages.error(request, no.text)
    else:
        messages.success(request, _("Left out. The others go on. You find it under “Archived” if you want it back."))
    return redirect("posts:series", pk=post.series_id) if post.series_id else redirect("posts:post", pk=pk)
