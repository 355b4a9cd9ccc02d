"""The composer's question "when": its form, keeping the answer, and the words that say exactly what will happen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from libraries.permissions import Actor
from platforms.models import Account
from platforms.registry import get
from posts import actions, queries_slots, relative
from posts.forms import plan_initial
from posts.models import Pause, Post
from posts.when_form import WhenForm, first_shown

if TYPE_CHECKING:
    from posts.views.editing import Editing


def form_for(editing: Editing, planned: datetime | None = None) -> WhenForm:
    """The form as it came, or as the post stands."""
    common: dict[str, Any] = {
        "zone": editing.zone, "now": editing.now, "event": editing.event, "slots": _slots(editing),
    }  # fmt: skip
    if editing.request.method == "POST":
        return WhenForm(editing.request.POST, **common)
    return WhenForm(**common, initial=first_shown(editing.post, plan_initial(planned, editing.zone, editing.now)))


def _slots(editing: Editing) -> Any:
    """Looks up the chosen accounts' next free slots; None where no account of theirs has any."""
    actor = editing.request.actor
    if not queries_slots.with_slots(actor, [account.pk for account in editing.accounts]):
        return None

    def look() -> tuple[Mapping[int, datetime], list[str]]:
        chosen = [account for account in editing.accounts if account.pk in editing.typed.content["accounts"]]
        found = queries_slots.next_free(actor, [account.pk for account in chosen], editing.now, but=editing.post)
        return found, [f"{get(a.platform).label} ({a.name})" for a in chosen if a.pk not in found]

    return look


def keep(editing: Editing, post: Post) -> None:
    """Store the answer on a draft, where it differs. Raises Refused."""
    plan, actor = editing.plan, editing.request.actor
    if not plan.is_valid() or post.state not in ("draft", "changes_requested"):
        return
    chosen = plan.cleaned_data["when"]
    if chosen == "slot":
        wanted = {str(pk): at.isoformat() for pk, at in plan.moments.items()}
        if post.moments != wanted:
            actions.plan_by_slots(actor=actor, post=post)
    elif chosen == "event":
        if (post.relative, post.planned_for) != (plan.told, plan.moment):
            actions.plan_by_event(actor=actor, post=post, when=plan.told)
    elif plan.moment != post.planned_for or post.moments or post.relative:
        actions.plan_post(actor=actor, post=post, when=plan.moment)
    if plan.down != post.take_down_at:
        actions.set_take_down(actor=actor, post=post, at=plan.down)


def sentence(editing: Editing, strong: str, rest: str) -> tuple[str, str]:
    """The sentence under the button, with what slots, events, ends and pauses add to it."""
    plan, post = editing.plan, editing.post
    if plan.is_bound and not plan.is_valid():
        return strong, rest
    chosen = [account for account in editing.accounts if account.pk in editing.typed.content["accounts"]]
    if plan.is_bound:
        moments, told, down = plan.moments, plan.told, plan.down
    else:
        moments, told, down = (stored_moments(post), post.relative, post.take_down_at) if post else ({}, "", None)
    return strong, " ".join([rest, *_more(editing.request.actor, chosen, moments, told, down, editing.zone)]).strip()


def also(actor: Actor, post: Post) -> str:
    """The same for a post as it stands, on the pages that judge it."""
    chosen = list(Account.objects.visible_to(actor).filter(pk__in=post.working_copy.content.get("accounts", [])))
    return " ".join(_more(actor, chosen, stored_moments(post), post.relative, post.take_down_at, post.zone))


def stored_moments(post: Post) -> dict[int, datetime]:
    """The accounts' own times; {} where they go together."""
    return {int(pk): datetime.fromisoformat(at) for pk, at in post.moments.items()}


def _more(
    actor: Actor, chosen: Sequence[Account], moments: Mapping[int, datetime], told: str, down: datetime | None, zone: ZoneInfo
) -> list[str]:
    said = []
    if moments:
        each = "; ".join(
            f"{get(account.platform).label} {short(moments[account.pk], zone)}" for account in chosen if account.pk in moments
        )
        said.append(_("Each account at its next free slot: %(times)s.") % {"times": each})
    if told:
        said.append(_("That is %(when)s, and follows the event when it moves.") % {"when": relative.parse(told).in_words()})
    if down:
        said.append(_("It comes down again %(when)s.") % {"when": short(down, zone)})
    return said + _paused(actor, chosen)


def _paused(actor: Actor, chosen: Sequence[Account]) -> list[str]:
    """What waits whatever the time: everything, or one of the chosen accounts."""
    pauses = Pause.objects.visible_to(actor).filter(ended_at=None).select_related("account")
    said = []
    for pause in pauses:
        if pause.account is None:
            return [_("Publishing is paused (%(why)s): it waits until somebody resumes it.") % {"why": pause.reason}]
        if pause.account in chosen:
            names = {"account": pause.account.name, "why": pause.reason}
            said.append(_("%(account)s is paused (%(why)s): it waits there.") % names)
    return said


def short(moment: datetime, zone: ZoneInfo) -> str:
    return dateformat.format(moment.astimezone(zone), pgettext("day and time in a sentence", "D j M, H:i"))
