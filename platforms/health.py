"""How an account is, in words: its state, how long its access lasts, what it has left for today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from platforms import granted, lines, registry
from platforms.base import Feature
from platforms.models import Account, Credential, DayCount

SOON = timedelta(days=7)
REASONS = {
    "token_expired": lazy("Its access ended."),
    "token_revoked": lazy("Its access was taken back at the network."),
    "person_must_act": lazy("The network wants a person to sign in there first and confirm something."),
    "no_token": lazy("Its access cannot be read here any more."),
    "token_unreadable": lazy("Its access cannot be read here any more."),
}
KINDS = {
    "page": lazy("Page"), "organization": lazy("Organisation page"), "member": lazy("A person's own profile"),
    "user": lazy("Profile"), "business": lazy("Professional account"), "creator": lazy("Creator account"),
}  # fmt: skip


@dataclass(frozen=True)
class Health:
    """`state` is a name of the table of looks (badge); `words` is one sentence for people."""

    state: str
    words: str
    label: str
    kind: str
    ends_at: datetime | None
    renews: bool
    missing: list[granted.Missing] = field(default_factory=list)
    granted: list[str] = field(default_factory=list)
    used_today: int = 0
    per_day: int | None = None
    can_alt_text: bool = True
    can_look: bool = True
    can_comments: bool = True


def of(account: Account) -> Health:
    """The health of one account, from the database alone; nothing is asked at the network."""
    return of_all([account])[0]


def of_all(accounts: Sequence[Account]) -> list[Health]:
    """The health of each, in their order, by two questions to the database however many there are."""
    credentials = {c.account_id: c for c in Credential.objects.filter(account__in=accounts, revoked_at=None)}
    # The networks count a day in UTC or by their own clock; ours counts in UTC.
    today = DayCount.objects.filter(account__in=accounts, day=timezone.now().date())
    used = dict(today.values_list("account_id", "published"))
    return [_health(one, credentials.get(one.pk), used.get(one.pk, 0)) for one in accounts]


def _health(account: Account, credential: Credential | None, used_today: int) -> Health:
    able = lines.capabilities(account)
    ends_at, renews = credential.expires_at if credential else None, Feature.RENEW in able.features
    state, words = _state(account, ends_at, renews)
    return Health(
        state=state, words=words, label=registry.get(account.platform).label,
        kind=str(KINDS.get(account.facts.get("kind", ""), "")), ends_at=ends_at, renews=renews,
        missing=granted.in_words(account.platform, account.missing),
        granted=list(credential.scopes) if credential else [],
        used_today=used_today, per_day=able.limits.publishes_per_day,
        can_alt_text=Feature.ALT_TEXT in able.features, can_look=Feature.FIND in able.features,
        can_comments=Feature.COMMENTS in able.features,
    )  # fmt: skip


def _state(account: Account, ends_at: datetime | None, renews: bool) -> tuple[str, str]:
    now = timezone.now()
    if account.state == Account.DISABLED:
        return "disconnected", _("Switched off here. Nothing is sent to it until somebody switches it on.")
    if account.state == Account.RECONNECT:
        why = REASONS.get(account.state_reason, _("The network no longer lets us post."))
        return "reconnect", _("%(why)s Posts to it wait; nothing is lost.") % {"why": why}
    if account.blocked_until and account.blocked_until > now:
        return "blocked", _("The network asks us to wait. Posts go out afterwards by themselves.")
    if ends_at and not renews and ends_at < now + SOON:
        return "expiring", _("Its access ends soon and cannot be renewed by us. Reconnect it before then.")
    if account.missing:
        return "connected", _("Works, but not everything was granted.")
    return "connected", _("Works.")
