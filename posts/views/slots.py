"""The weekly slots of every account: a week's grid each, with a form to add some."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from libraries.access import Request, page
from libraries.models import Branch
from libraries.permissions import Refused
from platforms.models import Account
from posts import actions, queries_slots
from posts.models import PostingSlot


class SlotForm(forms.Form):
    """Which days, at what time, in whose zone."""

    account = forms.ModelChoiceField(
        label=gettext_lazy("Account"), queryset=Account.objects.none(), empty_label=gettext_lazy("Choose an account")
    )  # fmt: skip
    days = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days"), choices=[(n, name) for n, name in WEEKDAYS.items()], coerce=int,
        widget=forms.CheckboxSelectMultiple, error_messages={"required": gettext_lazy("Choose at least one day.")},
    )  # fmt: skip
    at = forms.TimeField(
        label=gettext_lazy("Time"), widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        error_messages={"required": gettext_lazy("Choose a time."), "invalid": gettext_lazy("That is not a time of day.")},
    )  # fmt: skip
    tz = forms.ChoiceField(label=gettext_lazy("Time zone"))

    def __init__(self, request: Request, data: Any = None) -> None:
        super().__init__(data, initial={"days": [0, 1, 2, 3, 4], "at": "10:00", "tz": request.actor.library.tz})
        self.fields["account"].queryset = _accounts(request)  # type: ignore[attr-defined]
        self.fields["tz"].choices = zones(request)  # type: ignore[attr-defined]


def zones(request: Request) -> list[tuple[str, str]]:
    """The library's own zone first, then those of its branches, each named by who keeps it."""
    library = request.actor.library
    found = {library.tz: _("%(zone)s (the library)") % {"zone": library.tz}}
    for branch in Branch.objects.filter(library=library).order_by("name"):
        tz = getattr(branch, "tz", "") or library.tz
        found.setdefault(tz, f"{tz} ({branch.name})")
    return list(found.items())


def _accounts(request: Request) -> Any:
    mine = Account.objects.visible_to(request.actor).filter(realm=request.actor.library.mode)
    return mine.exclude(state=Account.DISABLED).order_by("platform", "name", "pk")


@page("post.read")
@require_safe
def slots(request: Request) -> HttpResponse:
    return show(request)


def show(request: Request, form: SlotForm | None = None, status: int = 200) -> HttpResponse:
    """Every account's week, with its next free slot; the form where somebody may change them."""
    accounts = list(_accounts(request))
    by_account: dict[int, list[PostingSlot]] = {}
    for slot in PostingSlot.objects.visible_to(request.actor):
        by_account.setdefault(slot.account_id, []).append(slot)
    free = queries_slots.next_free(request.actor, [a.pk for a in accounts], timezone.now())
    weeks = [
        {
            "account": account, "n": len(by_account.get(account.pk, [])), "next": free.get(account.pk),
            "days": [(WEEKDAYS[day], [s for s in by_account.get(account.pk, []) if s.weekday == day]) for day in range(7)],
        }
        for account in accounts
    ]  # fmt: skip
    context = {
        "weeks": weeks, "form": form or SlotForm(request), "may": request.actor.may("post.schedule"),
        "zone": zoneinfo.ZoneInfo(request.actor.library.tz),
    }  # fmt: skip
    return render(request, "posts/slots.html", context, status=status)


@page("post.schedule")
@require_POST
def add(request: Request) -> HttpResponse:
    form = SlotForm(request, request.POST)
    if not form.is_valid():
        return show(request, form, 422)
    said = form.cleaned_data
    try:
        made = actions.add_slots(
            actor=request.actor, account=said["account"], weekdays=said["days"], at=said["at"], tz=said["tz"]
        )
    except Refused as no:
        form.add_error("days", no.text)
        return show(request, form, 422)
    messages.success(request, _("Added.") if made else _("Those slots were there already."))
    return redirect(f"{reverse('posts:slots')}#account-{said['account'].pk}")


@page("post.schedule")
@require_POST
def remove(request: Request, pk: int) -> HttpResponse:
    slot = get_object_or_404(PostingSlot.objects.visible_to(request.actor), pk=pk)
    account = slot.account_id
    actions.remove_slot(actor=request.actor, slot=slot)
    messages.success(request, _("Removed. What was planned on it keeps its time."))
    return redirect(f"{reverse('posts:slots')}#account-{account}")
