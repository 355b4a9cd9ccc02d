"""Campaigns: all of them, one with its plan and its report, and a copy of one on other days."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, F, Max, Min, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from core.numbers import row_id
from libraries.access import Request, page
from libraries.permissions import Refused
from posts import actions, campaign_plan, times
from posts.models import Campaign, Event, Post

OFFERED = 200
BESIDE = {"no_name": "name", "ends_before": "ends_on", "time_past": "starts_on", "out_of_reach": "starts_on"}
COLOURS = [
    ("accent", gettext_lazy("Green")), ("wait", gettext_lazy("Blue")), ("ok", gettext_lazy("Leaf")),
    ("ask", gettext_lazy("Amber")), ("bad", gettext_lazy("Red")), ("quiet", gettext_lazy("Violet")),
]  # fmt: skip


def _day(label: Any, **rest: Any) -> forms.DateField:
    return forms.DateField(
        label=label, validators=times.IN_REACH, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **rest
    )


class CampaignForm(forms.Form):
    """What a campaign is."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    goal = forms.CharField(
        label=gettext_lazy("Goal"), max_length=300, required=False,
        help_text=gettext_lazy("What should be different afterwards? For example: 200 children join the summer club."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    starts_on = _day(gettext_lazy("First day"), required=False)
    ends_on = _day(gettext_lazy("Last day"), required=False)
    colour = forms.ChoiceField(label=gettext_lazy("Colour"), choices=COLOURS, required=False, widget=forms.RadioSelect)


class CopyForm(forms.Form):
    """Where a copy begins."""

    name = forms.CharField(label=gettext_lazy("Name of the copy"), max_length=120)
    starts_on = _day(gettext_lazy("New first day"))


def _one(request: Request, pk: int) -> Campaign:
    return get_object_or_404(Campaign.objects.visible_to(request.actor).select_related("library"), pk=pk)


@page("post.read")
@require_safe
def campaigns(request: Request) -> HttpResponse:
    """Open ones first, the next to end on top."""
    mine = Q(posts__realm=request.actor.library.mode)
    rows = (
        Campaign.objects.visible_to(request.actor)
        .annotate(n_posts=Count("posts", filter=mine & ~Q(posts__state="archived"), distinct=True), n_events=Count("events", distinct=True),
                  first=Min("posts__planned_for", filter=mine), last=Max("posts__planned_for", filter=mine))
        .order_by(F("closed_at").desc(nulls_first=True), F("ends_on").asc(nulls_last=True), "name", "pk")
    )  # fmt: skip
    shown = Paginator(rows, 30).get_page(request.GET.get("page"))
    return render(request, "posts/campaigns/list.html", {"page": shown, "rows": shown.object_list})


@page("campaign.edit")
def new(request: Request) -> HttpResponse:
    form = CampaignForm(request.POST if request.method == "POST" else None, initial={"colour": "accent"})
    return _saved(request, form, None)


@page("campaign.edit")
def edit(request: Request, pk: int) -> HttpResponse:
    campaign = _one(request, pk)
    held = {name: getattr(campaign, name) for name in CampaignForm.base_fields}
    held["colour"] = held["colour"] or "accent"
    return _saved(request, CampaignForm(request.POST if request.method == "POST" else None, initial=held), campaign)


def _saved(request: Request, form: CampaignForm, campaign: Campaign | None) -> HttpResponse:
    if form.is_bound and form.is_valid():
        try:
            done = actions.save_campaign(actor=request.actor, campaign=campaign, **form.cleaned_data)
        except Refused as no:
            form.add_error(BESIDE.get(no.code), no.text)
        else:
            messages.success(request, _("The campaign is saved."))
            return redirect("posts:campaign", pk=done.pk)
    status = 422 if form.is_bound else 200
    return render(request, "posts/campaigns/edit.html", {"form": form, "campaign": campaign}, status=status)


@page("post.read")
@require_safe
def campaign(request: Request, pk: int) -> HttpResponse:
    """The plan week by week, what is missing, and how it did."""
    one = _one(request, pk)
    actor = request.actor
    context: dict[str, Any] = {
        "campaign": one, "plan": campaign_plan.plan(actor, one, timezone.now()), "report": campaign_plan.report(actor, one),
        "tz": actor.library.tz, "today": timezone.localdate(timezone=actor.library.zone), "may_edit": actor.may("campaign.edit"),
        "may_delete": actor.may("campaign.delete"), "may_draft": actor.may("post.draft"),
    }  # fmt: skip
    if context["may_edit"] and not one.closed_at:
        context |= _offers(request)
    return render(request, "posts/campaigns/one.html", context)


def _offers(request: Request) -> dict[str, Any]:
    """Drafts and coming events that belong to no campaign yet."""
    actor = request.actor
    posts = Post.objects.visible_to(actor).filter(
        campaign=None, realm=actor.library.mode, state__in=["draft", "changes_requested"]
    )
    events = Event.objects.visible_to(actor).filter(campaign=None, starts_at__gt=timezone.now())
    return {
        "free_posts": posts.order_by("-updated_at", "-pk")[:OFFERED],
        "free_events": events.order_by("starts_at", "pk")[:OFFERED],
    }


@page("campaign.edit")
@require_POST
def fill(request: Request, pk: int) -> HttpResponse:
    """Put a post or an event in, or take it out (`act`: out)."""
    one, actor = _one(request, pk), request.actor
    into = None if request.POST.get("act") == "out" else one
    try:
        if post := row_id(request.POST.get("post", "")):
            actions.put_post(actor=actor, post=get_object_or_404(Post.objects.visible_to(actor), pk=post), campaign=into)
        if event := row_id(request.POST.get("event", "")):
            actions.put_event(actor=actor, event=get_object_or_404(Event.objects.visible_to(actor), pk=event), campaign=into)
    except Refused as no:
        messages.error(request, no.text)
    except PermissionDenied:
        messages.error(request, _("It was handed in already, so only somebody who may approve it changes its campaign."))
    return redirect("posts:campaign", pk=pk)


@page("campaign.edit")
@require_POST
def close(request: Request, pk: int) -> HttpResponse:
    """Close, or open again (`act`: reopen)."""
    act = actions.reopen_campaign if request.POST.get("act") == "reopen" else actions.close_campaign
    done = act(actor=request.actor, campaign=_one(request, pk))
    messages.success(request, _("Closed. Its posts and its report stay.") if done.closed_at else _("Open again."))
    return redirect("posts:campaign", pk=pk)


@page("campaign.delete")
@require_POST
def delete(request: Request, pk: int) -> HttpResponse:
    one = _one(request, pk)
    try:
        actions.delete_campaign(actor=request.actor, campaign=one)
    except Refused as no:
        messages.error(request, no.text)
        return redirect("posts:campaign", pk=pk)
    messages.success(request, _("“%(name)s” is deleted.") % {"name": one.name})
    return redirect("posts:campaigns")


@page("campaign.edit")
def copy(request: Request, pk: int) -> HttpResponse:
    """First what a copy would hold, then, with `act`: copy, the copy itself."""
    one, actor, plan = _one(request, pk), request.actor, []
    data = request.POST if request.method == "POST" else request.GET if "starts_on" in request.GET else None
    form = CopyForm(data, initial={"name": _("%(name)s (copy)") % {"name": one.name[:100]}, "starts_on": _a_year_on(one)})
    if form.is_bound and form.is_valid():
        starts_on = form.cleaned_data["starts_on"]
        try:
            if request.method == "POST" and request.POST.get("act") == "copy":
                made = actions.copy_campaign(actor=actor, campaign=one, name=form.cleaned_data["name"], starts_on=starts_on)
                messages.success(request, _("Copied: every post is a draft on its new day."))
                return redirect("posts:campaign", pk=made.pk)
            plan = actions.copy_plan(actor=actor, campaign=one, starts_on=starts_on)
        except Refused as no:
            form.add_error(BESIDE.get(no.code), no.text)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "posts/campaigns/copy.html", {"form": form, "campaign": one, "copied": plan}, status=status)


def _a_year_on(one: Campaign) -> date | None:
    """The same weekday a year later."""
    return date.fromordinal(one.starts_on.toordinal() + 364) if one.starts_on and one.starts_on.year < 2099 else None
