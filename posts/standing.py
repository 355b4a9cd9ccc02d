"""How one post stands on each network: what the page of a post shows, account by account."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.dispatch import ATTENTION, CANCELLED, EXPIRED, FAILED, PROCESSING, SCHEDULED, SENDING, SENT, UNCONFIRMED
from libraries.permissions import Actor
from media_library.models import Asset
from platforms.models import Account
from posts import checking, diffing, ledger, parts
from posts.actions import can_delete, can_take_down
from posts.forms import ResolveForm
from posts.models import Attempt, Correction, Delivery, DeliveryReceipt, Hold, Post, Revision

# What a recall does with one account, and what became of it.
GOES, LATER, BY_HAND, STOPS, NOTHING = "goes", "later", "by_hand", "stops", "nothing"
IN_FLIGHT = (SENDING, PROCESSING, UNCONFIRMED, ATTENTION)


@dataclass
class Standing:
    """One delivery with everything a person may want to know or do about it."""

    delivery: Delivery
    media: list[dict[str, str]]
    state: str
    why: str
    holds: list[str]
    can_cancel: bool
    can_again: bool
    form: ResolveForm | None = None
    takedown: Any = None
    may_say_down: bool = False
    part: str = ""  # "Part 2 of 3", "First comment"; "" where the account says one piece

    @property
    def receipt(self) -> DeliveryReceipt | None:
        """What stands there by the network's own word; None while nobody has read it."""
        found: DeliveryReceipt | None = getattr(self.delivery, "receipt", None)
        if found is None or not found.is_whole or self.is_down:
            return None
        found.delivery = self.delivery
        return found

    @property
    def receipt_pieces(self) -> list[diffing.Piece]:
        """What was sent and what stands there, word by word."""
        return diffing.pieces(self.delivery.said, self.receipt.text) if self.receipt else []

    @property
    def correcting(self) -> str:
        """What became of the last correction that is not through: asked, doubt or failed; "" where there is nothing to say."""
        last = max(self.delivery.corrections.all(), key=lambda row: row.number, default=None)
        if last is None or self.is_down or last.state in (SENT, CANCELLED) or last.text == self.delivery.said:
            return ""
        if last.state in (SCHEDULED, SENDING):
            return "asked"
        return "doubt" if last.state in (PROCESSING, UNCONFIRMED) else "failed"

    @property
    def corrected(self) -> Correction | None:
        """The last correction that went through."""
        through = [row for row in self.delivery.corrections.all() if row.state == SENT]
        return through[-1] if through else None

    @property
    def corrected_pieces(self) -> list[diffing.Piece]:
        """What was first published and what stands there now, word by word."""
        return diffing.pieces(self.delivery.payload["text"], self.delivery.said)

    @property
    def in_doubt(self) -> bool:
        return self.delivery.state in (UNCONFIRMED, ATTENTION)

    @property
    def is_down(self) -> bool:
        return self.takedown is not None and self.takedown.state == SENT

    @property
    def recall(self) -> str:
        """What taking the post down means here."""
        if self.delivery.state == SCHEDULED:
            return STOPS
        if parts.is_comment(self.delivery.payload) and self.delivery.state != SCHEDULED:
            return NOTHING  # it goes with its post
        if self.delivery.state == SENT and not self.is_down:
            return GOES if can_take_down(self.delivery) else BY_HAND
        if self.delivery.state in IN_FLIGHT:
            return LATER if can_delete(self.delivery) else BY_HAND
        return NOTHING

    @property
    def recalled(self) -> str:
        """What became of a recall that is not through: later, asked or still_up; "" where there is nothing to say."""
        if self.takedown is None or self.is_down:
            return ""
        gave_up = self.takedown.state in (ATTENTION, FAILED, EXPIRED, CANCELLED)
        if self.delivery.state == SENT:
            return "still_up" if gave_up else "asked"
        return "later" if self.delivery.state in (*IN_FLIGHT, SCHEDULED) and not gave_up else ""


@dataclass
class Whole:
    """All accounts of one post, and the post in one sentence."""

    standings: list[Standing]
    words: str = ""
    hold_reasons: dict[str, str] = field(default_factory=dict)

    def any(self, *states: str) -> bool:
        return any(s.delivery.state in states for s in self.standings)

    @property
    def can_move(self) -> bool:
        return self.any(SCHEDULED)

    @property
    def can_recall(self) -> bool:
        return any(s.recall in (GOES, LATER, BY_HAND) for s in self.standings)

    @property
    def is_live(self) -> bool:
        """Whether the post has deliveries that still count, so that it is not scheduled a second time."""
        return any(s.delivery.state not in (CANCELLED, EXPIRED, FAILED) for s in self.standings)


def deliveries_of(post: Post) -> list[Delivery]:
    attempts = Prefetch("attempts", Attempt.objects.order_by("number"))
    rows = post.deliveries.prefetch_related("corrections").select_related("account", "link", "receipt", "takedown__by_hand", "revision", "post")
    return list(
        rows.prefetch_related(attempts, Prefetch("holds", Hold.objects.order_by("pk"))).order_by("platform", "account_id", "part", "pk")
    )


def whole(actor: Actor, post: Post, deliveries: list[Delivery], forms: dict[int, ResolveForm] | None = None) -> Whole:
    """Look at every delivery of a post. `forms` are resolve forms that had something wrong, by delivery."""
    schedules = actor.may("post.schedule", post)
    standings = [_stand(actor, delivery, schedules, (forms or {}).get(delivery.pk)) for delivery in deliveries]
    for standing in standings:
        standing.part = _part(standing.delivery, deliveries)
    reasons = {
        hold.reason: ledger.hold_words(hold.reason)
        for d in deliveries
        if d.state == SCHEDULED
        for hold in d.holds.all()
    }
    return Whole(standings, in_words(deliveries), reasons)


def _stand(actor: Actor, delivery: Delivery, schedules: bool, form: ResolveForm | None) -> Standing:
    takedown = getattr(delivery, "takedown", None)
    state = "held" if delivery.state == SCHEDULED and delivery.hold else delivery.state
    if takedown is not None and takedown.state == SENT:
        state = "taken_down"
    if delivery.state in (UNCONFIRMED, ATTENTION) and actor.may("post.resolve", delivery):
        form = form or ResolveForm(auto_id=f"id_{delivery.pk}_%s")
    return Standing(
        delivery=delivery, state=state, media=_media(delivery), why=ledger.code_words(delivery.error_code),
        holds=[_hold(hold) for hold in delivery.holds.all()], takedown=takedown, form=form,
        may_say_down=actor.may("post.recall", delivery),
        can_cancel=schedules and delivery.state in (SCHEDULED, FAILED),
        can_again=schedules and delivery.state in (FAILED, EXPIRED, CANCELLED) and delivery.post.state == "approved",
    )  # fmt: skip


def _part(delivery: Delivery, deliveries: list[Delivery]) -> str:
    """Which part of what its account says this is."""
    if parts.is_comment(delivery.payload):
        return _("First comment")
    whole = [d for d in deliveries if d.account_id == delivery.account_id and not parts.is_comment(d.payload)]
    return _("Part %(n)s of %(all)s") % {"n": delivery.part + 1, "all": len(whole)} if len(whole) > 1 else ""


def _hold(hold: Hold) -> str:
    words = ledger.hold_words(hold.reason)
    return f"{words} ({hold.detail})" if hold.detail and hold.reason in ("paused", "media", "account", "moved") else words


def _media(delivery: Delivery) -> list[dict[str, str]]:
    rows = delivery.payload.get("media", [])
    assets = Asset.objects.filter(library=delivery.library_id).in_bulk([row["asset"] for row in rows])
    cut = dict(delivery.revision.media.values_list("asset_id", "crop")) if rows else {}
    shots = [
        checking.Shot(assets[r["asset"]], r["alt_text"], not r["alt_text"], crop=cut.get(r["asset"]) or {})
        for r in rows
        if r["asset"] in assets
    ]
    return checking.pictures_as(shots, delivery.platform)


def in_words(deliveries: list[Delivery]) -> str:
    """Where the post stands, for the line that readers of the screen hear when it changes."""
    down = [d for d in deliveries if getattr(d, "takedown", None) is not None and d.takedown.state == SENT]
    deliveries, everything = [d for d in deliveries if d not in down], deliveries
    counts = {
        _("published"): [SENT], _("under way"): [SENDING, PROCESSING], _("scheduled"): [SCHEDULED],
        _("unconfirmed"): [UNCONFIRMED], _("in need of a person"): [ATTENTION], _("failed"): [FAILED],
        _("too late"): [EXPIRED], _("cancelled"): [CANCELLED],
    }  # fmt: skip
    said = [(sum(d.state in states for d in deliveries), word) for word, states in counts.items()]
    parts_said = ", ".join(f"{n} {word}" for n, word in [*said, (len(down), _("taken down"))] if n)
    n = len({d.account_id for d in everything})
    if n < len(everything):
        return ngettext("%(n)s account, all its parts: %(parts)s.", "%(n)s accounts, all their parts: %(parts)s.", n) % {"n": n, "parts": parts_said}
    return (
        ngettext("%(n)s account: %(parts)s.", "%(n)s accounts: %(parts)s.", n) % {"n": n, "parts": parts_said} if n else ""
    )


def content_of(revision: Revision) -> dict[str, Any]:
    """A revision in the shape of a working copy's content."""
    variants = list(revision.variants.all())
    return {
        "body": revision.body, "link": revision.link, "utm": revision.utm, "accounts": [v.account_id for v in variants],
        "variants": {str(v.account_id): v.body for v in variants if v.body is not None},
        "media": [
            {"asset": m.asset_id, "alt_text": m.alt_text, "decorative": m.decorative, "focal": m.focal, **({"crop": m.crop} if m.crop else {})}
            for m in revision.media.all()
        ],
        **parts.content_of({v.account_id: v.options for v in variants}),
    }  # fmt: skip


def looks_of(actor: Actor, post: Post, content: dict[str, Any]) -> checking.Checked:
    """A post that is not out yet, as it will look."""
    ids = content.get("accounts", [])
    accounts = list(Account.objects.visible_to(actor).filter(pk__in=ids, realm=post.realm).order_by("platform", "pk"))
    return checking.check(actor, post, content, accounts)
