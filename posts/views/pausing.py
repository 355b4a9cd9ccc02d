"""Pausing everything or one account, with a reason; resuming, with a word on whatever became late."""

from __future__ import annotations

import datetime as dt
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from libraries.access import Request, page
from libraries.permissions import Refused
from platforms.models import Account
from posts import actions, times
from posts.actions.pausing import CANCEL, MOVE, SEND, WAIT, Choice, late_of
from posts.models import Delivery, Pause

SHOWN = 20  # past pauses
CHOICES = [
    (WAIT, gettext_lazy("Keep it waiting")), (SEND, gettext_lazy("Send it now")),
    (MOVE, gettext_lazy("Give it a new time")), (CANCEL, gettext_lazy("Do not send it")),
]  # fmt: skip


class BeginForm(forms.Form):
    account = forms.ModelChoiceField(
        label=gettext_lazy("What"), queryset=Account.objects.none(), required=False,
        empty_label=gettext_lazy("Everything, all accounts"),
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("Why (everybody reads it on every page)"), max_length=300,
        error_messages={"required": gettext_lazy("Say why, so that colleagues know what they look at.")},
    )  # fmt: skip

    def __init__(self, request: Request, data: Any = None) -> None:
        super().__init__(data)
        mine = Account.objects.visible_to(request.actor).filter(realm=request.actor.library.mode)
        self.fields["account"].queryset = mine.order_by("platform", "name")  # type: ignore[attr-defined]


class LateForm(forms.Form):
    """What becomes of one late post."""

    what = forms.ChoiceField(label=gettext_lazy("What becomes of it"), choices=CHOICES)
    date = forms.DateField(
        label=gettext_lazy("Day"), required=False, validators=times.IN_REACH,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )  # fmt: skip
    time = forms.TimeField(
        label=gettext_lazy("Time"), required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )

    def __init__(self, delivery: Delivery, data: Any = None) -> None:
        shown = timezone.localtime(timezone.now() + dt.timedelta(days=1), delivery.post.zone)
        super().__init__(data, prefix=f"d{delivery.pk}", initial={"what": WAIT, "date": shown.date(), "time": dt.time(9)})
        self.delivery, self.choice = delivery, Choice(WAIT)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        when = None
        if said.get("what") == MOVE:
            if not said.get("date") or not said.get("time"):
                raise forms.ValidationError(_("Choose a day and a time."))
            try:
                wall = datetime.combine(said["date"], said["time"])
                when = times.not_past(times.instant(wall, self.delivery.post.zone, fold=0), timezone.now())
            except Refused as no:
                raise forms.ValidationError(no.text) from None
        self.choice = Choice(said.get("what", WAIT), when)
        return said


@page("post.read")
@require_safe
def pauses(request: Request) -> HttpResponse:
    return show(request)


def show(request: Request, form: BeginForm | None = None, status: int = 200) -> HttpResponse:
    known = Pause.objects.visible_to(request.actor).select_related("account", "begun_by", "ended_by")
    context = {
        "open": known.filter(ended_at=None), "past": known.exclude(ended_at=None)[:SHOWN],
        "form": form or BeginForm(request), "may": request.actor.may("post.schedule"),
    }  # fmt: skip
    return render(request, "posts/pauses.html", context, status=status)


@page("post.schedule")
@require_POST
def begin(request: Request) -> HttpResponse:
    form = BeginForm(request, request.POST)
    if not form.is_valid():
        return show(request, form, 422)
    try:
        actions.pause_publishing(
            actor=request.actor, reason=form.cleaned_data["reason"], account=form.cleaned_data["account"]
        )
    except Refused as no:
        form.add_error("account" if no.code == "paused_already" else "reason", no.text)
        return show(request, form, 422)
    messages.success(request, _("Paused. Nothing goes out there until somebody resumes it."))
    return redirect("posts:pauses")


@page("post.schedule")
def pause(request: Request, pk: int) -> HttpResponse:
    """What became late while it lasted, with a choice for each; resuming."""
    found = get_object_or_404(Pause.objects.visible_to(request.actor).select_related("account", "begun_by"), pk=pk)
    data = request.POST if request.method == "POST" else None
    late = [LateForm(delivery, data) for delivery in late_of(found)] if found.ended_at is None else []
    good = [form.is_valid() for form in late]  # each, so that each shows what is wrong with it
    if data is not None and all(good):
        try:
            actions.end_pause(actor=request.actor, pause=found, choices={f.delivery.pk: f.choice for f in late})
        except Refused as no:
            messages.error(request, no.text)
        else:
            messages.success(request, _("Resumed. What is scheduled goes out at its times."))
        return redirect("posts:pauses")
    waiting = Delivery.objects.visible_to(request.actor).filter(state="scheduled", holds__reason=found.hold)
    if found.account_id:
        waiting = waiting.filter(account=found.account_id)
    context = {"pause": found, "late": late, "n_later": waiting.filter(due_at__gt=timezone.now()).count()}
    return render(request, "posts/pause.html", context, status=422 if data is not None else 200)
