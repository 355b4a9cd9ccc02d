"""What people type about posts: the composer's content, a time with its zone, a word on a doubtful delivery."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.numbers import row_id
from libraries.permissions import Refused
from media_library import crops
from platforms.models import Account
from posts import thread_form, times, utm
from posts.typed import clean_link, text

VERSION_MAX = 2**31 - 1
BESIDE = {"time_in_gap": "time", "time_twice": "fold", "time_past": "time"}


@dataclass
class Composition:
    """The composer's fields as they came. Lenient: whatever was typed is kept, also what could not be sent."""

    title: str
    content: dict[str, Any]
    version: int
    link_problem: str = ""


def read_composition(data: QueryDict, accounts: Sequence[Account]) -> Composition:
    """From the posted form to a working copy's content. Only `accounts` may be chosen."""
    known = {str(account.pk): account for account in accounts}
    chosen = [known[pk].pk for pk in data.getlist("accounts") if pk in known]
    own = {pk for pk in known if data.get(f"own-{pk}")}
    link, link_problem = clean_link(data.get("link", ""))
    content = {
        "body": text(data.get("body", "")),
        "link": link,
        "accounts": chosen,
        "variants": {pk: text(data.get(f"text-{pk}", "")) for pk in sorted(own)},
        "media": read_media(data),
        **thread_form.read(data, accounts),
    }
    if said := utm.read(data):
        content["utm"] = said
    return Composition(
        title=data.get("title", "").strip()[:200], content=content,
        version=min(row_id(data.get("version", "")) or 0, VERSION_MAX), link_problem=link_problem,
    )  # fmt: skip


def read_media(data: QueryDict) -> list[dict[str, Any]]:
    """The pictures in their order, each once, with their words."""
    rows: dict[int, dict[str, Any]] = {}
    for raw in data.getlist("media"):
        pk = row_id(raw)
        if pk and raw != data.get("remove") and pk not in rows:
            alt = text(data.get(f"alt-{raw}", "")).strip()
            decorative = bool(data.get(f"decorative-{raw}"))
            rows[pk] = {"asset": pk, "alt_text": alt, "decorative": decorative}
            if chosen := crops.read(data.get(f"crop-{raw}", "")):
                rows[pk]["crop"] = chosen
    return list(rows.values())


class PlanForm(forms.Form):
    """When: now, or at a wall time in a zone. After `is_valid`, `moment` is aware, or None for now."""

    when = forms.ChoiceField(
        label=gettext_lazy("When"),
        choices=[("now", gettext_lazy("As soon as it may go")), ("at", gettext_lazy("At a time"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say when.")},
    )
    date = forms.DateField(
        label=gettext_lazy("Day"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    time = forms.TimeField(
        label=gettext_lazy("Time"), required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    fold = forms.TypedChoiceField(
        label=gettext_lazy("Which one"),
        required=False,
        choices=[("0", gettext_lazy("The first, before the clocks go back")), ("1", gettext_lazy("The second, after"))],
        coerce=int,
        empty_value=None,
        widget=forms.RadioSelect,
    )

    def __init__(self, data: Any = None, *, zone: zoneinfo.ZoneInfo, now: datetime, **rest: Any) -> None:
        super().__init__(data, **rest)
        self.zone, self.now = zone, now
        self.moment: datetime | None = None
        self.fields["date"].widget.attrs["min"] = f"{now.astimezone(zone):%Y-%m-%d}"

    @property
    def asks_which(self) -> bool:
        """Whether the time happens twice, so that the form must ask which."""
        return self.is_bound and (bool(self.errors.get("fold")) or self.cleaned_data.get("fold") is not None)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("when") != "at":
            return said
        for name, words in (("date", _("Choose a day.")), ("time", _("Choose a time."))):
            if said.get(name) is None and name not in self.errors:
                self.add_error(name, words)
        if not self.errors:
            self._find_moment(said["date"], said["time"], said.get("fold"))
        return said

    def _find_moment(self, day: dt.date, clock: dt.time, fold: int | None) -> None:
        wall = datetime.combine(day, clock.replace(second=0, microsecond=0))
        try:
            moment = times.instant(wall, self.zone, fold=fold)
            self.moment = times.not_past(moment, self.now)
        except Refused as no:
            self.add_error(BESIDE[no.code], no.text)
        except (OverflowError, ValueError):
            self.add_error("date", _("That day is out of reach. Choose one within the next years."))


def plan_initial(moment: datetime | None, zone: zoneinfo.ZoneInfo, now: datetime) -> dict[str, Any]:
    """What a PlanForm shows at first: the planned time, else now with tomorrow at nine ready to be chosen."""
    shown = moment or (now.astimezone(zone) + timedelta(days=1)).replace(hour=9, minute=0)
    local = shown.astimezone(zone)
    fold = {"fold": local.fold} if moment and times.is_fold(local.replace(tzinfo=None, fold=0), zone) else {}
    return {
        "when": "at" if moment else "now",
        "date": local.date(),
        "time": local.time().replace(second=0, microsecond=0),
        **fold,
    }


class ReviewForm(forms.Form):
    """One word on one revision."""

    verdict = forms.ChoiceField(choices=[("approve", ""), ("request_changes", "")])
    revision = forms.IntegerField()
    comment = forms.CharField(
        label=gettext_lazy("What should change?"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ResolveForm(forms.Form):
    """What a person saw on the network's page."""

    answer = forms.ChoiceField(choices=[(name, name) for name in ("up", "not_up", "drop", "look")])
    url = forms.URLField(
        label=gettext_lazy("Its address there"), required=False, max_length=500, assume_scheme="https",
        error_messages={"invalid": gettext_lazy("That is not a web address. Copy it from the browser, or leave it empty.")},
    )  # fmt: skip


class ReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why (goes into the record)"), required=False, max_length=300)
