"""The record of one post in plain words: who did what, what was sent, what the network said, what we found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.db.models import Q
from django.utils import dateformat, timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from audit.models import AuditEntry
from platforms.registry import get
from posts.models import Correction, Delivery, Post, Takedown


@dataclass(frozen=True)
class Row:
    """One line. `state` shows a badge, `url` a link named `link`."""

    at: datetime
    text: str
    state: str = ""
    url: str = ""
    link: str = ""


HOLDS: dict[str, Callable[[], str]] = {
    "paused": lambda: _("paused by a person"),
    "event": lambda: _("the event is off"),
    "moved": lambda: _("the event's time changed"),
    "edited": lambda: _("the text was changed after approval; the new version waits for a manager"),
    "media": lambda: _("a picture may no longer be used"),
    "author": lambda: _("its author may no longer write posts"),
    "approval": lambda: _("this version is not approved"),
    "account": lambda: _("its account needs an admin"),
    "library": lambda: _("everything of this library is paused"),
    "before": lambda: _("the part before it is not up"),
}

# error codes -> words for the author; what is not here is said in general
CODES: dict[str, Callable[[], str]] = {
    "unauthorized": lambda: _("the account has to be reconnected"),
    "token_expired": lambda: _("the account has to be reconnected"),
    "token_revoked": lambda: _("the account has to be reconnected"),
    "rate_limited": lambda: _("the network asks us to wait"),
    "unavailable": lambda: _("the network was not reachable"),
    "not_allowed": lambda: _("the account may not do this"),
    "invalid_content": lambda: _("the network does not take this text"),
    "media_refused": lambda: _("the network does not take this picture"),
    "duplicate": lambda: _("the network says it has this already"),
    "worker_silent": lambda: _("our sender fell silent"),
    "tries_used_up": lambda: _("we tried as often as makes sense"),
}


def hold_words(reason: str) -> str:
    return HOLDS.get(reason, lambda: reason)()


def code_words(code: str) -> str:
    """An error code of ours in words, "" where there is none."""
    if not code:
        return ""
    return CODES.get(code, lambda: _("reason “%(code)s”") % {"code": code.replace("_", " ")})()


def days(post: Post, deliveries: list[Delivery]) -> list[tuple[date, list[Row]]]:
    """Every line of a post's record by day, oldest first."""
    rows = sorted(_rows(post, deliveries), key=lambda row: row.at)
    return [(day, list(lines)) for day, lines in groupby(rows, key=lambda row: timezone.localtime(row.at).date())]


def _rows(post: Post, deliveries: list[Delivery]) -> list[Row]:
    labels = {delivery.pk: _where(delivery, deliveries) for delivery in deliveries}
    takedowns = {t.pk: t for t in Takedown.objects.filter(delivery__in=labels).select_related("delivery")}
    about = Q(object_type="post", object_id=post.pk) | Q(object_type="delivery", object_id__in=labels)
    corrections = {c.pk: c for c in Correction.objects.filter(delivery__in=labels).prefetch_related("attempts")}
    about |= Q(object_type="takedown", object_id__in=takedowns) | Q(object_type="correction", object_id__in=corrections)
    entries = (
        AuditEntry.objects.of_library(post.library_id).filter(about).select_related("content").order_by("at", "pk")
    )
    beside: dict[str, dict[int, Any]] = {"takedown": takedowns, "correction": corrections}
    rows = [row for entry in entries if (row := _of_entry(entry, labels, beside))]
    for delivery in deliveries:
        rows += [_of_attempt(attempt, labels[delivery.pk]) for attempt in delivery.attempts.all()]
    for takedown in takedowns.values():
        where = labels[takedown.delivery_id]
        rows += [
            Row(a.started_at, _("Asked %(where)s to delete it.") % {"where": where}) for a in takedown.attempts.all()
        ]
    for correction in corrections.values():
        where = labels[correction.delivery_id]
        rows += [Row(a.started_at, _("Sent the new words to %(where)s.") % {"where": where}) for a in correction.attempts.all()]
    return rows


def _where(delivery: Delivery, deliveries: list[Delivery]) -> str:
    """The network's name; with the account where the post goes to several on one network."""
    label = get(delivery.platform).label
    alone = sum(other.platform == delivery.platform for other in deliveries) == 1
    return label if alone else f"{label} ({delivery.account.name})"


def _of_attempt(attempt: Any, where: str) -> Row:
    if attempt.number == 1:
        return Row(attempt.started_at, _("Sent to %(where)s.") % {"where": where})
    return Row(attempt.started_at, _("Sent to %(where)s, try %(n)s.") % {"where": where, "n": attempt.number})


def _of_entry(entry: AuditEntry, labels: dict[int, str], beside: dict[str, dict[int, Any]]) -> Row | None:
    content = getattr(entry, "content", None)
    data = (content.content if content else None) or {}
    words = WORDS.get(entry.action.removeprefix("posts."))
    if words is None:
        return None
    of = entry.object_id or 0
    if entry.object_type in beside:
        where = labels[beside[entry.object_type][of].delivery_id]
    else:
        where = labels.get(of, "") if entry.object_type == "delivery" else ""
    who = data.get("actor") or _("Library Social")
    if content and content.erased_at:
        who = _("Somebody (erased)")
    text = words[0]({"who": who, "where": where, **data})
    return Row(entry.at, text, words[1] if len(words) > 1 else "")


def _said(template: str, data: dict[str, Any], key: str) -> str:
    """The sentence, and the words a person added."""
    extra = str(data.get(key) or "").strip()
    text = template % data
    return f"{text} “{extra}”" if extra else text


def _why(template: str, data: dict[str, Any]) -> str:
    why = code_words(data.get("code", ""))
    return f"{template % data}: {why}." if why else f"{template % data}."


def _clock(value: str) -> str:
    moment = parse_datetime(value or "")
    return dateformat.format(timezone.localtime(moment), pgettext("exact time", "l j F Y, H:i")) if moment else ""


def _resolved(d: dict[str, Any]) -> str:
    said = {
        "up": _("%(who)s looked: it is up on %(where)s."),
        "not_up": _("%(who)s looked: it is not up on %(where)s. It is sent again."),
        "drop": _("%(who)s looked: it is not up on %(where)s, and it stays so."),
        "look": _("%(who)s asked us to look at %(where)s again."),
    }
    return said.get(d.get("answer", ""), _("%(who)s settled %(where)s.")) % d


def _took_down(d: dict[str, Any]) -> str:
    if d.get("answer") == "by_hand":
        return _("%(who)s took it down from %(where)s by hand.") % d
    if d.get("reason") == "by_hand":
        return _("%(where)s does not let us delete it. Somebody must delete it there.") % d
    return _("There is nothing to take down from %(where)s: it is not up.") % d


def _not_corrected(d: dict[str, Any]) -> str:
    if d.get("reason") == "cannot_edit":
        return _("%(where)s does not let us change it any more. The words from before stand there.") % d
    return _("The new words were not sent to %(where)s: later ones took their place, or the post comes down.") % d


WORDS: dict[str, tuple[Any, ...]] = {
    "post.created": (lambda d: _("%(who)s began this post.") % d,),
    "post.submitted": (
        lambda d: _("%(who)s sent version %(revision)s to review.") % {"revision": "", **d},
        "in_review",
    ),
    "post.approved": (lambda d: _said(_("%(who)s approved it."), d, "comment"), "approved"),
    "post.changes_requested": (lambda d: _said(_("%(who)s asked for changes:"), d, "comment"), "changes_requested"),
    "post.amended": (lambda d: _("%(who)s mended it while reviewing: version %(revision)s.") % {"revision": "", **d}, "in_review"),
    "post.not_approved_in_time": (lambda d: _("Nobody approved it in time."),),
    "approval_link.sent": (lambda d: _("%(who)s sent it to %(address)s for approval.") % {"address": "", **d},),
    "approval_link.revoked": (lambda d: _("%(who)s called back what %(address)s was sent.") % {"address": "", **d},),
    "review.undone": (lambda d: _("%(who)s took the review back.") % d, "in_review"),
    "post.scheduled": (
        lambda d: _("%(who)s scheduled it for %(at)s.") % {**d, "at": _clock(d.get("when", ""))},
        "scheduled",
    ),
    "post.edited": (
        lambda d: (
            (_("%(who)s brought it back.") if d.get("brought_back") else _("%(who)s changed it; it is a draft again."))
            % d
        ),
        "draft",
    ),
    "post.stopped_in_time": (lambda d: _("%(who)s undid it before anything was sent; it is a draft again.") % d, "draft"),
    "occurrence.skipped": (lambda d: _("%(who)s left this one out of its series.") % d, "archived"),
    "post.archived": (lambda d: _("%(who)s archived it.") % d, "archived"),
    "delivery.published": (lambda d: _("%(where)s confirmed it.") % d, "sent"),
    "delivery.found": (lambda d: _("Found on the page at %(where)s, posted once.") % d, "sent"),
    "delivery.late_proof": (lambda d: _("The answer of %(where)s arrived after all.") % d, "sent"),
    "delivery.accepted": (lambda d: _("%(where)s took it and is working on it.") % d, "processing"),
    "delivery.unknown": (
        lambda d: _("No clear answer from %(where)s. We look before we try again.") % d,
        "unconfirmed",
    ),
    "delivery.absent": (lambda d: _("Looked twice: it is not on %(where)s. It is sent again.") % d, "scheduled"),
    "delivery.repeat": (
        lambda d: _("Only the same text sent again tells whether %(where)s has it; we ask that way.") % d,
    ),
    "delivery.attention": (
        lambda d: _("No machine can tell whether it is up on %(where)s. A person has to look.") % d,
        "attention",
    ),
    "delivery.not_applied": (lambda d: _why(_("Not published on %(where)s this time, we try again"), d),),
    "delivery.rejected": (lambda d: _why(_("%(where)s did not take it"), d), "failed"),
    "delivery.expired": (lambda d: _("Too late for %(where)s: it was not sent.") % d, "expired"),
    "delivery.held": (lambda d: _("%(where)s waits: %(why)s.") % {**d, "why": hold_words(d.get("reason", ""))}, "held"),
    "delivery.released": (
        lambda d: _("%(where)s no longer waits for this: %(why)s.") % {**d, "why": hold_words(d.get("reason", ""))},
    ),
    "delivery.cancelled": (lambda d: _said(_("%(who)s cancelled it for %(where)s."), d, "reason"), "cancelled"),
    "delivery.rescheduled": (
        lambda d: (
            (_("%(who)s sends it to %(where)s again.") if d.get("again") else _("%(who)s moved %(where)s to %(at)s."))
            % {**d, "at": _clock(d.get("when", ""))}
        ),
        "scheduled",
    ),
    "delivery.resolved": (_resolved,),
    "takedown.asked": (lambda d: _said(_("%(who)s asked to take it down from %(where)s."), d, "reason"),),
    "takedown.published": (lambda d: _("%(where)s deleted it.") % d, "taken_down"),
    "takedown.found": (lambda d: _("It is gone from %(where)s.") % d, "taken_down"),
    "takedown.unknown": (lambda d: _("No clear answer from %(where)s about deleting it. We look.") % d, "unconfirmed"),
    "takedown.absent": (lambda d: _("It is still on %(where)s. We ask again.") % d,),
    "takedown.attention": (
        lambda d: _("We could not take it down from %(where)s. Somebody must delete it there.") % d,
        "attention",
    ),
    "takedown.not_applied": (lambda d: _why(_("Not deleted on %(where)s yet, we try again"), d),),
    "takedown.rejected": (lambda d: _why(_("%(where)s did not delete it"), d), "failed"),
    "takedown.resolved": (_took_down,),
    "takedown.expired": (lambda d: _("Deleting it on %(where)s was given up.") % d, "expired"),
    "post.corrected": (lambda d: _("%(who)s corrected it after it was published: version %(revision)s.") % {"revision": "", **d}, "approved"),
    "correction.asked": (lambda d: _("%(who)s asked for other words on %(where)s.") % d,),
    "correction.published": (lambda d: _("%(where)s took the new words.") % d,),
    "correction.found": (lambda d: _("The new words stand on %(where)s.") % d,),
    "correction.unknown": (lambda d: _("No clear answer from %(where)s about the new words. We look.") % d, "unconfirmed"),
    "correction.absent": (lambda d: _("The old words still stand on %(where)s. We ask again.") % d,),
    "correction.attention": (
        lambda d: _("No machine can tell which words stand on %(where)s. A person has to look.") % d, "attention"
    ),
    "correction.not_applied": (lambda d: _why(_("Not corrected on %(where)s yet, we try again"), d),),
    "correction.rejected": (lambda d: _why(_("%(where)s did not take the new words"), d), "failed"),
    "correction.resolved": (_not_corrected,),
    "correction.expired": (lambda d: _("Correcting it on %(where)s was given up.") % d, "expired"),
}
