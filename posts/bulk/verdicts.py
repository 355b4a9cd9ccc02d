"""What becomes of each row of a table: a draft, or why not, in words and by column. Writes nothing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from libraries.permissions import Actor, Refused
from media_library.models import Asset
from platforms.models import Account
from platforms.registry import get
from posts import times
from posts.actions.drafting import check_copy
from posts.bulk.sheet import Row, Sheet
from posts.checking import shadow
from posts.models import Campaign, Event
from posts.models.post import empty_copy
from posts.typed import clean_link, text

SEVERAL = re.compile(r"[;|\n]|,(?!\d)")
CLOCKS = ["%H:%M", "%H.%M", "%Hh%M", "%H:%M:%S", "%I:%M %p", "%I.%M %p", "%I %p", "%I:%M%p", "%I%p"]


@dataclass(frozen=True)
class Said:
    """One thing about one cell. What is `blocking` keeps the row from being imported."""

    column: str
    text: str
    blocking: bool = True


@dataclass
class Verdict:
    """One row: what it would become. `planned` is an ISO instant or ""; `needs` is what review will ask for later."""

    line: int
    title: str = ""
    content: dict[str, Any] = field(default_factory=empty_copy)
    event: int | None = None
    campaign: int | None = None
    planned: str = ""
    accounts: list[str] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not any(one.blocking for one in self.said)

    def stored(self) -> dict[str, Any]:
        """As JSON, between looking and confirming."""
        return {**asdict(self), "good": self.good}


class Judge:
    """Everything that rows may name, read once for the whole table."""

    def __init__(self, actor: Actor, now: datetime) -> None:
        self.actor, self.now, self.zone = actor, now, actor.library.zone
        mine = Account.objects.visible_to(actor).filter(realm=actor.library.mode).exclude(state=Account.DISABLED)
        self.accounts = list(mine.order_by("platform", "name", "pk"))
        self.named: dict[str, list[Account]] = defaultdict(list)
        for account in self.accounts:
            words = {account.name, account.handle.lstrip("@"), account.platform, get(account.platform).label}
            words |= {"x"} if account.platform == "twitter" else set()
            for word in {word.casefold() for word in words if word}:
                self.named[word].append(account)
        self.pictures: dict[str, list[Asset]] = defaultdict(list)
        for asset in Asset.objects.visible_to(actor).filter(withdrawn_at=None):
            self.pictures[asset.name.casefold()].append(asset)
            self.pictures[asset.sha256[:12]].append(asset)
        self.events: dict[str, list[Event]] = defaultdict(list)
        for event in Event.objects.visible_to(actor).filter(starts_at__gte=now).order_by("starts_at"):
            self.events[event.title.casefold()].append(event)
        self.campaigns = {c.name.casefold(): c for c in Campaign.objects.visible_to(actor)}

    def judge(self, row: Row) -> Verdict:
        """The verdict on one row, with everything that stands in its way at once."""
        cells, made = row.cells, Verdict(row.line, title=row.cells.get("title", "").strip()[:200])
        made.content["body"] = text(cells.get("text", ""))
        self._accounts(cells, made)
        self._variants(cells, made)
        self._link(cells, made)
        self._pictures(cells, made)
        self._belongs(cells, made)
        self._time(cells, made)
        if not (made.content["body"].strip() or made.content["media"] or made.title):
            made.said.append(Said("text", _("There is nothing to say in this row: write a text.")))
        if made.good:
            held = shadow(self.actor, None, made.content)
            for problem in dict.fromkeys((p.field.split("-")[0], p.text) for p in check_copy(held, clashing=False) if p.blocking):
                made.said.append(Said({"alt": "alt text", "media": "pictures"}.get(problem[0], problem[0]), problem[1], False))
        return made

    def _accounts(self, cells: dict[str, str], made: Verdict) -> None:
        asked = [word.strip().lstrip("@") for word in SEVERAL.split(cells.get("accounts", "")) if word.strip()]
        chosen: dict[int, Account] = {}
        for word in asked:
            found = self.accounts if word.casefold() in ("all", _("all").casefold()) else self.named.get(word.casefold(), [])
            if not found:
                there = ", ".join(f"“{account.name}” ({get(account.platform).label})" for account in self.accounts[:6]) or "–"
                made.said.append(Said("accounts", _("“%(word)s” is no account here. There are: %(there)s.")
                                      % {"word": word[:60], "there": there}))  # fmt: skip
            chosen |= {account.pk: account for account in found}
        if not asked:
            chosen = {account.pk: account for account in self.accounts}
            if chosen and "accounts" in cells:
                made.said.append(Said("accounts", _("No account is named: all are chosen."), False))
        made.content["accounts"] = list(chosen)
        made.accounts = [f"{account.name} ({get(account.platform).label})" for account in chosen.values()]

    def _variants(self, cells: dict[str, str], made: Verdict) -> None:
        for column, platform in (("facebook text", "facebook"), ("x text", "twitter"), ("instagram text", "instagram"),
                                 ("linkedin text", "linkedin")):  # fmt: skip
            if not (own := text(cells.get(column, ""))).strip():
                continue
            those = [a for a in self.accounts if a.platform == platform and a.pk in made.content["accounts"]]
            if not those:
                made.said.append(Said(column, _("No account of %(network)s is chosen, so this text has no place.")
                                      % {"network": get(platform).label}, False))  # fmt: skip
            made.content["variants"] |= {str(account.pk): own for account in those}

    def _link(self, cells: dict[str, str], made: Verdict) -> None:
        made.content["link"], wrong = clean_link(cells.get("link", ""))
        if wrong:
            made.said.append(Said("link", wrong))

    def _pictures(self, cells: dict[str, str], made: Verdict) -> None:
        names = [name.strip() for name in re.split(r"[;|\n]", cells.get("pictures", "")) if name.strip()]
        words = [word.strip() for word in re.split(r"[|\n]", cells.get("alt text", ""))] if cells.get("alt text") else []
        if len(words) > len(names):
            made.said.append(Said("alt text", _("There are more descriptions than pictures. Separate them by | in the pictures' order.")))
        for number, name in enumerate(names):
            found = {asset.pk: asset for asset in self.pictures.get(name.casefold(), [])}
            if len(found) != 1:
                made.said.append(Said("pictures", (_("“%(name)s” is not in the media library. Upload it there first.") if not found else
                                      _("Several pictures are named “%(name)s”. Rename one, or write the number from its page."))
                                      % {"name": name[:80]}))  # fmt: skip
                continue
            (asset,) = found.values()
            alt = (words[number] if number < len(words) else "") or asset.alt_text
            if all(row["asset"] != asset.pk for row in made.content["media"]):
                made.content["media"].append({"asset": asset.pk, "alt_text": alt, "decorative": False,
                                              "focal": [asset.focal_x, asset.focal_y]})  # fmt: skip

    def _belongs(self, cells: dict[str, str], made: Verdict) -> None:
        if name := cells.get("event", "").strip():
            found = self.events.get(name.casefold(), [])
            if not found:
                made.said.append(Said("event", _("No coming event is called “%(name)s”.") % {"name": name[:80]}))
            elif len(found) > 1:
                made.said.append(Said("event", _("%(n)s coming events are called that: the next one is taken, %(when)s.")
                                      % {"n": len(found), "when": found[0].start_told}, False))  # fmt: skip
            made.event = found[0].pk if found else None
        if name := cells.get("campaign", "").strip():
            campaign = self.campaigns.get(name.casefold())
            made.campaign = campaign.pk if campaign else None
            if campaign is None:
                made.said.append(Said("campaign", _("There is no campaign “%(name)s”. Make it first, or leave this empty.") % {"name": name[:80]}))

    def _time(self, cells: dict[str, str], made: Verdict) -> None:
        day_said, clock_said = cells.get("date", "").strip(), cells.get("time", "").strip()
        if not day_said and not clock_said:
            return
        try:
            day = forms.DateField(localize=True).clean(day_said)
        except ValidationError:
            made.said.append(Said("date", _("“%(said)s” is no day we understand. Write it like 2026-12-24.") % {"said": day_said[:30]}))
            return
        try:
            clock = forms.TimeField(input_formats=CLOCKS).clean(clock_said.replace("a.m.", "am").replace("p.m.", "pm"))
        except ValidationError:
            made.said.append(Said("time", _("“%(said)s” is no time of day. Write it like 09:30.") % {"said": clock_said[:30]}))
            return
        wall = datetime.combine(day, clock.replace(second=0, microsecond=0))
        try:
            twice = times.is_fold(wall, self.zone)
            moment = times.not_past(times.instant(wall, self.zone, fold=0 if twice else None), self.now)
        except Refused as no:
            made.said.append(Said("time", no.text))
            return
        except (OverflowError, ValueError):
            made.said.append(Said("date", _("That day is out of reach.")))
            return
        if twice:
            made.said.append(Said("time", _("The clocks go back then, so this time happens twice: the first is taken."), False))
        made.planned = moment.isoformat()


def judged(actor: Actor, sheet: Sheet, now: datetime) -> Sequence[Verdict]:
    """A verdict for each row, in the table's order; rows that say exactly what an earlier one says are marked."""
    judge = Judge(actor, now)
    seen: dict[str, int] = {}
    found: list[Verdict] = []
    for row in sheet.rows:
        verdict = judge.judge(row)
        key = repr((verdict.content, verdict.planned))
        if key in seen:
            verdict.said.append(Said("text", _("Line %(line)s is the very same post.") % {"line": seen[key]}, False))
        seen.setdefault(key, row.line)
        found.append(verdict)
    return found
