"""The page of one day: what went out, who approved it, how it did, what waits."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from libraries.access import Request, page
from planner import month
from planner import today as days

WORDS = {
    "impressions": _("times shown"), "reach": _("people reached"), "likes": _("likes"), "comments": _("comments"),
    "shares": _("shares"), "clicks": _("clicks"),
}  # fmt: skip


@page("post.read")
@require_safe
def today(request: Request) -> HttpResponse:
    """Today, or the day that the address names."""
    now, zone = timezone.now(), request.actor.library.zone
    here = now.astimezone(zone).date()
    on = month.read_day(request.GET.get("day", ""), here)
    shown = days.of(request.actor, on, now)
    for one in shown.out:
        vars(one)["words"] = [(WORDS[name], number) for name, number in one.told]  # for the template alone
    address = reverse("planner:today")
    context = {
        "shown": shown, "on": on, "is_today": on == here, "zone": zone,
        "back": f"{address}?day={on - timedelta(days=1)}" if month.clamp(on - timedelta(days=1)) else "",
        "next": f"{address}?day={on + timedelta(days=1)}" if month.clamp(on + timedelta(days=1)) else "",
    }  # fmt: skip
    return render(request, "planner/today.html", context)
