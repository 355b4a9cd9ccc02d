"""When, as the composer asks it: now, at a time, at the next free slot, or told from the event; and until when."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from libraries.permissions import Refused
from posts import relative, times
from posts.forms import PlanForm
from posts.models import Event, Post
from posts.relative import Relative

AT_FIRST = dt.time(10, 0)
Slots = Callable[[], tuple[Mapping[int, datetime], list[str]]]


class WhenForm(PlanForm):
    """A PlanForm with two more answers to "when", and a time at which the post comes down again.

    `slots()` gives the next free moment of each chosen account, and the names of those that have none; it is asked
    only where somebody chose slots. After `is_valid`: `moment` as before (the first of several), `moments` {account id: instant}, `told` the relative time or
    "", `down` (aware) or None.
    """

    span = forms.ChoiceField(label=gettext_lazy("How long before the event"), required=False)
    span_at = forms.TimeField(
        label=gettext_lazy("At what time of that day"), required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )  # fmt: skip
    down_date = forms.DateField(
        label=gettext_lazy("Take it down on"), required=False, validators=times.IN_REACH,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )  # fmt: skip
    down_time = forms.TimeField(
        label=gettext_lazy("at"), required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )

    def __init__(
        self, data: Any = None, *, zone: zoneinfo.ZoneInfo, now: datetime, event: Event | None = None,
        slots: Slots | None = None, **rest: Any,
    ) -> None:  # fmt: skip
        super().__init__(data, zone=zone, now=now, **rest)
        self.event, self._slots = event, slots
        self.moments: dict[int, datetime] = {}
        self.told = ""
        self.down: datetime | None = None
        offered = [*self.fields["when"].choices]  # type: ignore[attr-defined]
        if slots is not None:
            offered.append(("slot", _("Next free slot")))
        if event is not None:
            offered.append(("event", _("Before the event")))
            self.fields["span"].choices = [(span, relative.span_words(span)) for span in self._spans()]  # type: ignore[attr-defined]
        self.fields["when"].choices = offered  # type: ignore[attr-defined]

    def _spans(self) -> list[str]:
        """What is offered, and what the post says already."""
        own = str(self.initial.get("span") or self.data.get("span") or "")
        known = own != "" and own not in relative.OFFERED and own.isascii() and own[:-1].isdigit() and own[-1] in "dm" and len(own) < 5
        return [*relative.OFFERED, *([own] if known else [])]

    offers_down = True

    @property
    def shows_down(self) -> bool:
        """Whether the part about taking it down stands open."""
        return bool(self.initial.get("down_date") or self["down_date"].data or self.errors.get("down_date"))

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("when") == "slot":
            self._take_slots()
        if said.get("when") == "event" and self.event is not None:
            self._tell_from_event(said.get("span", ""), said.get("span_at"))
        self._until(said.get("down_date"), said.get("down_time"))
        return said

    def _take_slots(self) -> None:
        moments, without = self._slots() if self._slots else ({}, [])
        if without:
            names = ", ".join(without)
            self.add_error("when", _("No free slot for %(names)s. Add weekly slots there, or choose a time.") % {"names": names})
        elif not moments:
            self.add_error("when", _("Choose an account, so that its next free slot can be found."))
        else:
            self.moments, self.moment = dict(moments), min(moments.values())

    def _tell_from_event(self, span: str, at: dt.time | None) -> None:
        assert self.event is not None
        if not span:
            self.add_error("span", _("Choose how long before the event."))
            return
        told = Relative(minutes=int(span[:-1])) if span.endswith("m") else Relative(int(span[:-1]), at or AT_FIRST)
        try:
            self.moment = times.not_past(told.moment(self.event), self.now)
            self.told = str(told)
        except Refused:
            self.add_error("span", _("%(when)s has passed already. Choose a shorter time before the event.") % {
                "when": told.in_words().capitalize()})  # fmt: skip

    def _until(self, day: dt.date | None, clock: dt.time | None) -> None:
        if day is None:
            return
        self.down = times.settle(datetime.combine(day, clock or dt.time(23, 59)), self.zone)[0]
        if self.down <= (self.moment or self.now):
            self.add_error("down_date", _("It would come down before it is up. Choose a later day."))


def first_shown(post: Post | None, shown: dict[str, Any]) -> dict[str, Any]:
    """What `plan_initial` shows, with how the post's time was chosen and when it comes down."""
    if post is None:
        return {**shown, "span": "1d", "span_at": AT_FIRST}
    more: dict[str, Any] = {"span": "1d", "span_at": AT_FIRST}
    if post.moments:
        more["when"] = "slot"
    if post.relative:
        told = relative.parse(post.relative)
        more |= {"when": "event", "span": f"{told.days}d" if told.minutes is None else f"{told.minutes}m"}
        more["span_at"] = told.at or AT_FIRST
    if post.take_down_at:
        down = post.take_down_at.astimezone(post.zone)
        more |= {"down_date": down.date(), "down_time": down.time().replace(second=0, microsecond=0)}
    return {**shown, **more}


class DownForm(forms.Form):
    """On the page of a post: when it comes down by itself. After `is_valid`, `at` is aware, or None for never."""

    down_date = forms.DateField(
        label=gettext_lazy("Day"), required=False, validators=times.IN_REACH,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )  # fmt: skip
    down_time = forms.TimeField(
        label=gettext_lazy("Time"), required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )

    def __init__(self, data: Any = None, *, zone: zoneinfo.ZoneInfo, now: datetime, at: datetime | None = None) -> None:
        local = at.astimezone(zone) if at else None
        shown = {"down_date": local.date(), "down_time": local.time().replace(second=0)} if local else {}
        super().__init__(data, initial=shown)
        self.zone, self.now, self.at = zone, now, at

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        self.at = None
        if said.get("down_date"):
            wall = datetime.combine(said["down_date"], said.get("down_time") or dt.time(23, 59))
            self.at = times.not_past(times.settle(wall, self.zone)[0], self.now)
        return said
