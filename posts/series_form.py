"""How often, as a person says it: the form of a new series."""

from __future__ import annotations

import zoneinfo
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from posts.recurrence import EVERY_MOST, MOST, Rule
from posts.times import IN_REACH

WEEKS, MONTHS, YEARS = "WEEKLY", "MONTHLY", "YEARLY"
NEVER, UNTIL, COUNT = "never", "until", "count"


class SeriesForm(forms.Form):
    """After `is_valid`, `rule` is a recurrence.Rule."""

    title = forms.CharField(label=gettext_lazy("Name for colleagues"), max_length=200, required=False)
    freq = forms.ChoiceField(
        label=gettext_lazy("How often"),
        choices=[
            ("DAILY", gettext_lazy("Daily")), (WEEKS, gettext_lazy("Weekly")), (MONTHS, gettext_lazy("Monthly")),
            (YEARS, gettext_lazy("Yearly")),
        ],
    )  # fmt: skip
    every = forms.IntegerField(
        label=gettext_lazy("Every how many"), min_value=1, max_value=EVERY_MOST,
        help_text=gettext_lazy("1: each; 2: every other; and so on."),
    )  # fmt: skip
    days = forms.TypedMultipleChoiceField(
        label=gettext_lazy("On these days (weekly)"), choices=[(n, name) for n, name in WEEKDAYS.items()], coerce=int,
        required=False, widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    by = forms.ChoiceField(
        label=gettext_lazy("By (monthly)"), required=False,
        choices=[
            ("date", gettext_lazy("the date of the first day")), ("weekday", gettext_lazy("its weekday, such as the second Tuesday")),
            ("last", gettext_lazy("the last such weekday of the month")),
        ],
    )  # fmt: skip
    short = forms.ChoiceField(
        label=gettext_lazy("Where a month has no such date (the 29th to the 31st)"), required=False,
        choices=[("skip", gettext_lazy("leave that month out")), ("last", gettext_lazy("take its last day"))],
    )  # fmt: skip
    starts_on = forms.DateField(
        label=gettext_lazy("First day"), validators=IN_REACH,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )  # fmt: skip
    at = forms.TimeField(label=gettext_lazy("Time"), widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))
    ends = forms.ChoiceField(
        label=gettext_lazy("It ends"),
        choices=[
            (NEVER, gettext_lazy("when somebody stops it, or after 200 posts")), (UNTIL, gettext_lazy("on a day")),
            (COUNT, gettext_lazy("after a number of posts")),
        ],
    )  # fmt: skip
    until = forms.DateField(
        label=gettext_lazy("Last day"), required=False, validators=IN_REACH,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )  # fmt: skip
    count = forms.IntegerField(label=gettext_lazy("How many posts"), required=False, min_value=1, max_value=MOST)
    tz = forms.ChoiceField(label=gettext_lazy("Time zone"))

    def __init__(self, data: Any = None, *, zones: list[tuple[str, str]], initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        self.fields["tz"].choices = zones  # type: ignore[attr-defined]
        self.rule: Rule | None = None

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("ends") == UNTIL and not said.get("until"):
            self.add_error("until", _("Choose the last day."))
        if said.get("ends") == UNTIL and said.get("until") and said.get("starts_on") and said["until"] < said["starts_on"]:
            self.add_error("until", _("The last day comes before the first."))
        if said.get("ends") == COUNT and not said.get("count") and "count" not in self.errors:
            self.add_error("count", _("Say how many."))
        if not self.errors:
            self.rule = self._rule(said)
        return said

    def _rule(self, said: dict[str, Any]) -> Rule | None:
        start: date = said["starts_on"]
        nth, days = 0, tuple(said["days"]) if said["freq"] == WEEKS else ()
        if said["freq"] == MONTHS and said["by"] in ("weekday", "last"):
            nth, days = -1 if said["by"] == "last" else (start.day - 1) // 7 + 1, (start.weekday(),)
            if nth == 5:
                self.add_error("by", _("Not every month has a fifth one. Choose the last instead."))
                return None
        return Rule(
            freq=said["freq"], every=said["every"], days=days, nth=nth, last_day=said["short"] == "last" and not nth,
            until=said["until"] if said["ends"] == UNTIL else None, count=said["count"] if said["ends"] == COUNT else None,
        )  # fmt: skip


def first_shown(title: str, planned: datetime | None, zone: zoneinfo.ZoneInfo, now: datetime) -> dict[str, Any]:
    """Weekly on the planned day at the planned time; else from tomorrow at ten."""
    local = (planned or (now.astimezone(zone) + timedelta(days=1)).replace(hour=10, minute=0)).astimezone(zone)
    return {
        "title": title, "freq": WEEKS, "every": 1, "days": [local.weekday()], "by": "date", "short": "skip", "ends": NEVER,
        "starts_on": local.date(), "at": local.time().replace(second=0, microsecond=0), "tz": zone.key, "count": 10,
    }  # fmt: skip
