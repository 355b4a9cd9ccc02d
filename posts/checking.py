"""What the composer shows beside what was typed: counts, problems by field, previews, and what the button will do."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import dateformat
from django.utils.timesince import timeuntil
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from libraries.models import NO_REVIEW
from libraries.permissions import Actor
from media_library import crops
from media_library.models import Asset
from platforms import lines
from platforms.base import Feature
from platforms.models import Account
from platforms.registry import get
from posts import cards, diffing, parts, reading, thread_form
from posts.actions.drafting import check_copy, parts_for, text_for
from posts.models import Event, Post, WorkingCopy
from posts.validation import Problem

DIFF_MAX = 12_000  # characters of both texts; longer ones are not compared while somebody types
NEAR = 0.9  # from this share of the limit on, a count is shown as close


@dataclass(frozen=True)
class Count:
    """How long a text is there, as that network counts."""

    label: str
    used: int
    most: int

    @property
    def tone(self) -> str:
        if self.used > self.most:
            return "over"
        return "near" if self.used >= self.most * NEAR else ""


@dataclass
class Voice:
    """One account in the composer: whether it is chosen, its own text, and what stands in its way."""

    account: Account
    chosen: bool
    own: bool
    text: str
    count: Count | None = None
    problems: list[Problem] = field(default_factory=list)
    tab: str = ""  # the network's name where that says enough, else the account's
    parts: list[thread_form.PartRow] = field(default_factory=list)  # of its thread; [] where its text is one piece
    comments: bool = False  # whether the first comment is meant for it
    differs: diffing.Change | None = None  # its own text beside the one for all, word by word

    @property
    def usable(self) -> bool:
        return self.account.state != Account.DISABLED

    @property
    def label(self) -> str:
        return get(self.account.platform).label

    @property
    def can_thread(self) -> bool:
        return parts.can_thread(self.account)

    @property
    def can_comment(self) -> bool:
        return parts.can_comment(self.account)


@dataclass
class Shot:
    """One picture in the composer with its words."""

    asset: Asset
    alt_text: str
    decorative: bool
    problems: list[Problem] = field(default_factory=list)
    crop: crops.Crops = field(default_factory=dict)

    @property
    def crop_json(self) -> str:
        return json.dumps(self.crop) if self.crop else ""


@dataclass(frozen=True)
class Look:
    """One post as it will look on one network."""

    account: Account
    text: str
    media: list[dict[str, str]]
    card: cards.Card | None
    note: str


@dataclass
class Checked:
    """Everything about one composition. `problems` are those of no account and no picture, by field."""

    voices: list[Voice]
    shots: list[Shot]
    looks: list[Look]
    problems: dict[str, list[Problem]]
    blocking: int
    grade: int | None = None  # of school, at which the common text reads; None where that cannot be told

    def set_aside(self) -> None:
        """Show no problem: nothing was written yet."""
        for found in (*(v.problems for v in self.voices), *(s.problems for s in self.shots), *self.problems.values()):
            found.clear()
        self.blocking = 0

    @property
    def chosen(self) -> list[Voice]:
        return [voice for voice in self.voices if voice.chosen]

    @property
    def common_counts(self) -> list[Count]:
        return [voice.count for voice in self.chosen if voice.count and not voice.own and not voice.parts]


def shadow(
    actor: Actor, post: Post | None, content: dict[str, Any], event: Event | None = None, when: datetime | None = None
) -> Post:
    """A post that is not saved, holding `content`, to be checked by the same functions as a saved one."""
    copy = Post(pk=post.pk if post else None, library=actor.library, realm=post.realm if post else actor.library.mode)
    copy.planned_for, copy.planned_tz, copy.event = when, post.planned_tz if post else "", event
    copy.working_copy = WorkingCopy(content=content)
    return copy


def check(
    actor: Actor, post: Post | None, content: dict[str, Any], accounts: Sequence[Account], link_problem: str = "",
    event: Event | None = None, when: datetime | None = None, clashing: bool = False,
) -> Checked:
    """Look at a composition from every side. Writes nothing."""
    held = shadow(actor, post, content, event, when)
    voices = [_voice(held, account, content) for account in accounts]
    for voice in voices:
        alone = sum(account.platform == voice.account.platform for account in accounts) == 1
        voice.tab = get(voice.account.platform).label if alone else voice.account.name
    shots = _shots(actor, content)
    found = list(dict.fromkeys(_place(problem, content) for problem in check_copy(held, clashing)))
    if link_problem:
        found.append(Problem("link", "link_wrong", link_problem))
    beside = {f"text-{voice.account.pk}": voice.problems for voice in voices}
    beside |= {f"alt-{shot.asset.pk}": shot.problems for shot in shots}
    others: dict[str, list[Problem]] = {"text": [], "link": [], "media": [], "accounts": []}
    for problem in found:
        (beside[problem.field] if problem.field in beside else others.setdefault(problem.field, [])).append(problem)
    card = functools.cache(lambda: cards.card_for(actor, content["link"]))
    looks = [look for voice in voices if voice.chosen for look in _looks(held, voice.account, shots, content["link"], card)]
    return Checked(voices, shots, looks, others, sum(problem.blocking for problem in found), reading.grade(content["body"]))


def _place(problem: Problem, content: dict[str, Any]) -> Problem:
    """Beside the account's own text where it has one; the same words of several accounts become one."""
    if problem.field == "text" and str(problem.account_id) in {**content["variants"], **content.get("threads", {})}:
        return replace(problem, field=f"text-{problem.account_id}", account_id=None)
    return replace(problem, account_id=None)


def _voice(held: Post, account: Account, content: dict[str, Any]) -> Voice:
    own = content["variants"].get(str(account.pk))
    voice = Voice(account, account.pk in content["accounts"], own is not None, content["body"] if own is None else own)
    if voice.chosen:
        limits = lines.capabilities(account).limits
        voice.count = Count(get(account.platform).label, limits.count(text_for(held, account)), limits.text_max)
    if voice.own and voice.chosen and len(content["body"]) + len(voice.text) <= DIFF_MAX and voice.text != content["body"]:
        voice.differs = diffing.Change(account.name, diffing.pieces(content["body"], voice.text))
    if thread := parts.thread_in(content, account):
        voice.parts = thread_form.rows(parts_for(held, account), thread, account)
    voice.comments = account.pk in (content.get("first_comment") or {}).get("accounts", [])
    return voice


def _shots(actor: Actor, content: dict[str, Any]) -> list[Shot]:
    rows = content["media"]
    assets = Asset.objects.visible_to(actor).in_bulk([row["asset"] for row in rows])
    return [
        Shot(assets[row["asset"]], row.get("alt_text", ""), bool(row.get("decorative")), crop=row.get("crop") or {})
        for row in rows
        if row["asset"] in assets
    ]


def _looks(held: Post, account: Account, shots: list[Shot], link: str, card: Callable[[], cards.Card]) -> list[Look]:
    """The post as it will look, and each part after it."""
    said = parts_for(held, account)
    later = [Look(account, part.text, [], None, thread_form.part_note(part, n, len(said))) for n, part in enumerate(said[1:], 2)]
    return [_look(held, account, shots, link, card), *later]


def _look(held: Post, account: Account, shots: list[Shot], link: str, known: Callable[[], cards.Card]) -> Look:
    can = lines.capabilities(account)
    pictures = shots[: can.limits.media_max] if Feature.IMAGE in can.features else []
    shown = text_for(held, account)
    card = None
    if link and not pictures and Feature.LINK_CARD in can.features and account.carry_link:
        card = known()
    note = ""
    if link and not can.limits.link_in_text:
        note = _("Links in the text cannot be clicked here, so ours is left out.")
    elif link and not account.carry_link:
        note = _("This account is set to carry no links.")
    return Look(account, shown, pictures_as(pictures, account.platform), card, note)


def pictures_as(shots: Iterable[Shot], platform: str) -> list[dict[str, str]]:
    """Addresses of small copies, cropped as somebody chose and as the network will crop them."""
    shots = list(shots)
    return [{"url": _small(shot, shots[0], platform), "alt": "" if shot.decorative else shot.alt_text} for shot in shots]


def _small(shot: Shot, first: Shot, platform: str) -> str:
    kept = crops.for_network(first.crop, platform)
    asked = {"as": platform, "shape": f"{crops.ratio(kept, first.asset.width, first.asset.height):.4f}"}
    if chosen := crops.for_network(shot.crop, platform):
        asked["crop"] = ",".join(map(str, chosen))
    return f"{reverse('media_library:thumb', args=[shot.asset.pk])}?{urlencode(asked)}"


# --- what the button will do


@dataclass(frozen=True)
class Step:
    """What this person may do next with this text. `code`: save, review or publish."""

    code: str
    label: str
    note: str


def next_step(actor: Actor, moment: datetime | None) -> Step:
    """The primary button of the composer, and what follows from it."""
    if not actor.may("post.submit"):
        return Step("save", _("Save draft"), _("It stays a draft: a colleague sends it to review."))
    if actor.library.review == NO_REVIEW:
        label = _("Schedule") if moment else _("Publish now")
        return Step("publish", label, _("Your library has no review; the record says so."))
    if actor.library.self_review and actor.may("post.approve") and actor.may("post.schedule"):
        label = _("Approve and schedule") if moment else _("Approve and publish now")
        return Step("publish", label, _("You approve it yourself; the record says so."))
    return Step("review", _("Send to review"), _("Goes to a manager for review first."))


def when_words(moment: datetime | None, zone: Any, now: datetime) -> tuple[str, str]:
    """A moment for the sentence under the button: ("Tuesday 8 December 2026, 09:00,", "America/Toronto, in 13 days.")."""
    if moment is None:
        return _("as soon as it is approved."), ""
    local = moment.astimezone(zone)
    exact = dateformat.format(local, pgettext("exact time", "l j F Y, H:i"))
    away = timeuntil(moment, now, depth=1)
    return f"{exact},", _("%(zone)s, in %(time)s.") % {"zone": zone.key, "time": away}


def will(n: int, moment: datetime | None, zone: Any, now: datetime, note: str, code: str = "review") -> tuple[str, str]:
    """The whole sentence, its first part to be shown strong."""
    accounts = ngettext("%(n)s account", "%(n)s accounts", n) % {"n": n}
    if moment is None and code == "publish":
        return f"{accounts}, {_('in ten seconds; until then you can undo it.')}", note
    exact, rest = when_words(moment, zone, now)
    return f"{accounts}, {exact}", f"{rest} {note}".strip()


# --- a post that begins with an event


def from_event(event: Event, accounts: Sequence[Account]) -> dict[str, Any]:
    """A first text about an event, with its link; people write on from here."""
    local = event.starts_at.astimezone(event.zone)
    exact = dateformat.format(
        local, pgettext("day of an event", "l j F") if event.all_day else pgettext("time of an event", "l j F, H:i")
    )
    where = ", ".join(dict.fromkeys(part for part in (event.place, event.branch.name if event.branch else "") if part))
    first = f"{event.title}: {exact}{f', {where}' if where else ''}."
    story = event.description.strip().split("\n\n")[0][:400].strip()
    sign_up = _("Please register.") if event.registration_required else ""
    body = "\n\n".join(part for part in (first, story, sign_up) if part)
    link = event.registration_url or event.url
    return {"body": body, "link": link, "accounts": [a.pk for a in accounts], "variants": {}, "media": []}


def time_before(event: Event, now: datetime) -> datetime | None:
    """When to announce it: nine in the morning a week, else a day before; None (now) where that has passed."""
    for days in (7, 1):
        day = event.starts_at.astimezone(event.zone) - timedelta(days=days)
        nine = day.replace(hour=9, minute=0, second=0, microsecond=0)
        if nine > now:
            return nine
    return None
