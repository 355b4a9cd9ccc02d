"""From where a draft is judged: its library's choices, its moment, and what else the accounts say about that time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from libraries.models import Library
from platforms.models import Account
from platforms.registry import get
from posts.advice import Found, Standpoint
from posts.models import AdviceChoice, Delivery, Post, Variant
from posts.validation import Problem, advised

SAME_DAYS, CLOSE, LIKE = 30, timedelta(hours=1), 0.8
CLASHES = ("said_before", "close_by")
ROWS_MOST = 400  # the newest of an account's month that are compared; more than any library posts there
_WORD = re.compile(r"\w+")
_LINK = re.compile(r"https?://\S+")
LONGEST = 5_000  # characters of each text that are compared
GONE = ("cancelled", "failed", "expired")


def choices(library: Library) -> dict[str, bool]:
    """What the library's admin chose about advice: {code: blocks}. Asked once for each library that was loaded."""
    held: dict[str, bool] | None = getattr(library, "_advice_choices", None)
    if held is None:
        held = dict(AdviceChoice.objects.filter(library=library).values_list("code", "blocks"))
        library._advice_choices = held  # type: ignore[attr-defined]
    return held


def of(post: Post) -> Standpoint:
    """From where this post is judged."""
    when = post.planned_for or timezone.now()
    return Standpoint(choices(post.library), when.astimezone(post.zone))


def around(
    post: Post, said: Sequence[tuple[Account, str]], view: Standpoint, clashing: bool | None
) -> Iterator[Problem]:
    """What else is said at that time, and what of it blocks. Two queries an account, or none."""
    if view.when is None or not said:
        return
    yield from advised("when", on_event(post, view.when), view)
    if clashing is None:
        clashing = any(view.blocks(code) for code in CLASHES)
    if not clashing:
        return
    for account, text in said:
        raw = post.moments.get(str(account.pk))
        found = clashes(post, account, text, datetime.fromisoformat(raw) if raw else view.when)
        yield from advised("when", [one for one in found if one.code == "close_by"], view, account.pk)
        yield from advised("text", [one for one in found if one.code == "said_before"], view, account.pk)


@lru_cache(maxsize=4096)
def words(text: str) -> frozenset[str]:
    """What a text says, without order, case and links: two that share nearly all of it say the same."""
    return frozenset(_WORD.findall(_LINK.sub(" ", text[:LONGEST]).casefold()))


def alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two texts share four fifths of their words; a few words alone are no text."""
    if min(len(one), len(other)) < 4:
        return bool(one) and one == other
    return len(one & other) >= LIKE * len(one | other)


def clashes(post: Post, account: Account, text: str, when: datetime) -> list[Found]:
    """What else goes to this account near `when`: nearly the same text, or anything within an hour. At most two queries."""
    span = (when - timedelta(days=SAME_DAYS), when + timedelta(days=SAME_DAYS))
    rows = list(
        Delivery.objects.filter(library=post.library_id, account=account, realm=post.realm, due_at__range=span, part=0)
        .exclude(state__in=GONE)
        .exclude(post=post.pk)
        .order_by("-due_at")
        .values_list("due_at", "payload__text", "post__title")[:ROWS_MOST]
    )
    waiting = (
        Variant.objects.filter(
            library=post.library_id, account=account, revision__post__state="in_review",
            revision__post__planned_for__range=span, revision__post__realm=post.realm,
            revision__post__current_revision_id=F("revision_id"),
        )
        .exclude(revision__post=post.pk)
        .values_list("revision__post__planned_for", "body", "revision__body", "revision__post__title")[:ROWS_MOST]
    )  # fmt: skip
    rows += [(at, common if own is None else own, title) for at, own, common, title in waiting if at]
    return [*_close(rows, account, when), *_said(rows, account, text, post)]


def _close(rows: Sequence[tuple[datetime, str | None, str]], account: Account, when: datetime) -> list[Found]:
    near = [row for row in rows if abs(row[0] - when) < CLOSE]
    if not near:
        return []
    at, text, title = min(near, key=lambda row: abs(row[0] - when))
    minutes = round(abs(at - when).total_seconds() / 60)
    said = {"name": title or _short(text), "account": account.name, "label": get(account.platform).label, "n": minutes}
    return [Found("close_by", ngettext(
        "“%(name)s” goes to %(account)s on %(label)s within a minute or two of this.",
        "“%(name)s” goes to %(account)s on %(label)s within %(n)s minutes of this.", minutes,
    ) % said)]  # fmt: skip


def _said(rows: Sequence[tuple[datetime, str | None, str]], account: Account, text: str, post: Post) -> list[Found]:
    mine = words(text)
    for at, other, _title in rows:
        if other and alike(mine, words(other)):
            day = f"{at.astimezone(post.zone):%Y-%m-%d}"
            said = {"account": account.name, "label": get(account.platform).label, "day": day}
            return [Found("said_before", _("%(account)s on %(label)s says nearly the same on %(day)s.") % said)]
    return []


def _short(text: str | None) -> str:
    words_ = (text or "").split()
    return " ".join(words_[:6]) + ("…" if len(words_) > 6 else "")


def on_event(post: Post, when: datetime) -> list[Found]:
    """Whether the post comes too late for what it announces."""
    event = post.event
    if event is None or event.starts_at is None or when <= event.starts_at:
        return []
    said = {"event": event.title[:80]}
    ends = getattr(event, "ends_at", None)
    if ends and when < ends:
        return [Found("event_begun", _("“%(event)s” begins before this goes out.") % said)]
    return [Found("event_over", _("“%(event)s” is over before this goes out.") % said)]
