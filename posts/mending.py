"""The buttons beside a problem, and what each does to the composer's content."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from platforms import lines
from platforms.base import Limits
from platforms.models import Account
from posts import advice, mends, parts, splitting

LABELS: dict[str, Any] = {
    "shorten": gettext_lazy("Shorten"),
    "split": gettext_lazy("Split into a thread"),
    "letters": gettext_lazy("Use plain letters"),
    "capitals": gettext_lazy("Use small letters"),
    "click": gettext_lazy("Say where it leads"),
    "plain": gettext_lazy("Use plain words"),
    "tags_end": gettext_lazy("Move hashtags to the end"),
    "tags_pascal": gettext_lazy("Write with capitals"),
    "emoji_run": gettext_lazy("Keep one of each"),
    "bullets": gettext_lazy("Use plain bullets"),
    "weekday": gettext_lazy("Correct the weekday"),
    "alt_bare": gettext_lazy("Leave out “picture of”"),
}
TEXTS: dict[str, Callable[[str], str]] = {
    "letters": mends.plain_letters,
    "capitals": mends.calm_capitals,
    "plain": mends.plain_words,
    "tags_end": mends.move_tags,
    "tags_pascal": mends.pascal_tags,
    "emoji_run": mends.calm_emoji,
    "bullets": mends.plain_bullets,
}
DONE = gettext_lazy("Done: %(what)s.")


@dataclass(frozen=True)
class Button:
    """`value` is sent as `mend`: what:field:about."""

    value: str
    label: str


@dataclass
class Work:
    """What a mend needs: the content that it changes, its accounts, the link as it will be sent, and the day."""

    content: dict[str, Any]
    accounts: Sequence[Account]
    sent: Callable[[Account, str], str]
    today: date
    changed: bool = False
    page: str = ""
    told: list[str] = field(default_factory=list)


def buttons(wanted: Sequence[str], place: str, about: str, label: str) -> list[Button]:
    """The buttons of one problem; `label` names the network where the mend is for it alone."""
    named = {"shorten": _("Shorten for %(label)s") % {"label": label} if label else ""}
    return [
        Button(f"{what}:{place}:{about}", str(named.get(what) or LABELS[what])) for what in wanted if what in LABELS
    ]


def act(pressed: str, work: Work) -> None:
    """Do what a button asks; words that we never put on one are left alone."""
    what, _colon, rest = pressed.partition(":")
    place, _colon, about = rest.partition(":")
    if what not in LABELS:
        return
    before = repr(work.content)
    if what in ("shorten", "split"):
        for account in _meant(place, about, work):
            (_shorten if what == "shorten" else _split)(account, work)
    elif place.startswith("alt-"):
        _descriptions(place.removeprefix("alt-"), mends.bare_alt, work)
    else:
        _texts(place, _maker(what, work), work)
    work.changed = repr(work.content) != before
    if work.changed:
        work.told.append(str(DONE % {"what": LABELS[what]}))


def _maker(what: str, work: Work) -> Callable[[str], str]:
    if what == "weekday":
        return lambda text: advice.right_weekdays(text, work.today)
    if what == "click":
        host = work.page or urlsplit(work.content.get("link", "")).hostname or ""
        return lambda text: mends.name_link(text, host)
    return TEXTS.get(what, str)


def _texts(place: str, mend: Callable[[str], str], work: Work) -> None:
    """The common text, or one account's own and its thread."""
    content = work.content
    if place == "text":
        content["body"] = mend(content["body"])
    elif place == "comment" and content.get("first_comment"):
        content["first_comment"] = {**content["first_comment"], "text": mend(content["first_comment"]["text"])}
    else:
        pk = place.removeprefix("text-")
        if pk in content["variants"]:
            content["variants"][pk] = mend(content["variants"][pk])
        if pk in content.get("threads", {}):
            content["threads"][pk] = [mend(text) for text in content["threads"][pk]]


def _descriptions(pk: str, mend: Callable[[str], str], work: Work) -> None:
    work.content["media"] = [
        {**row, "alt_text": mend(row.get("alt_text", ""))} if str(row["asset"]) == pk else row
        for row in work.content["media"]
    ]


def _meant(place: str, about: str, work: Work) -> list[Account]:
    """The chosen accounts that a text of this place goes to: of one network (`about`), or the one with its own text."""
    chosen = [one for one in work.accounts if one.pk in work.content["accounts"]]
    if place.startswith("text-"):
        return [one for one in chosen if str(one.pk) == place.removeprefix("text-")]
    own = {**work.content["variants"], **work.content.get("threads", {})}
    return [one for one in chosen if one.platform == about and str(one.pk) not in own]


def _shorten(account: Account, work: Work) -> None:
    """A shorter text of its own for this account; the common one stays as long as it is."""
    limits: Limits = lines.capabilities(account).limits
    pk = str(account.pk)
    if texts := work.content.get("threads", {}).get(pk):
        last = len(texts) - 1
        work.content["threads"][pk] = [
            mends.shorten(
                text, (lambda t: limits.count(work.sent(account, t))) if n == last else limits.count, limits.text_max
            )
            for n, text in enumerate(texts)
        ]
        return
    text = work.content["variants"].get(pk, work.content["body"])
    short = mends.shorten(text, lambda one: limits.count(work.sent(account, one)), limits.text_max)
    if short != text:
        work.content["variants"][pk] = short


def _split(account: Account, work: Work) -> None:
    if not parts.can_thread(account):
        return
    pk = str(account.pk)
    found = splitting.split(work.content["variants"].get(pk, work.content["body"]), lines.capabilities(account).limits)
    if len(found) < 2:  # it fits, and only its link does not: that goes into a part of its own
        found = [*found, ""]
    if len(found) <= parts.PARTS_MAX:
        work.content["threads"][pk] = found
