"""Deliveries: one post to one account, and everything that happened on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Self, TypeVar

from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

import audit.record
from core.dispatch import SCHEDULED, SENT, Dispatch, DispatchQuerySet
from core.ledger import AttemptBase, attempt_constraints, dispatch_constraints
from core.settling import Verdict
from libraries import notices
from libraries.models import Library, User
from libraries.permissions import OwnedQuerySet
from platforms import registry
from platforms.models import Account
from posts.models.post import Post, Revision

Row = TypeVar("Row", bound="AccountDispatch")
ACCOUNT_READY = """
    AND EXISTS (SELECT 1 FROM platforms_account AS account WHERE account.id = row.account_id
                AND account.state = 'connected'
                AND (account.blocked_until IS NULL OR account.blocked_until <= now()))"""
# Our own budgets (so many posts a day, so many in a burst) keep nobody from asking what became of one.
ACCOUNT_ASKABLE = """
    AND EXISTS (SELECT 1 FROM platforms_account AS account WHERE account.id = row.account_id
                AND account.state = 'connected' AND (account.blocked_until IS NULL OR account.blocked_until <= now()
                     OR account.blocked_reason IN ('daily_limit', 'burst_limit')))"""
ACCOUNT_GONE = """
    AND EXISTS (SELECT 1 FROM platforms_account AS account WHERE account.id = row.account_id
                AND account.state <> 'connected')"""
# A part of a thread, or a first comment, waits for the part before it; no machine can answer what a person found.
# A value and not EXISTS: that one PostgreSQL may answer by reading all that was ever sent.
FIRST_BEFORE = """
    AND (row.after_id IS NULL OR (
        SELECT earlier.state = 'sent' AND earlier.remote_id NOT LIKE 'person:%%'
        FROM posts_delivery AS earlier WHERE earlier.id = row.after_id))"""


TROUBLE = {
    "attention": (
        _("We cannot tell whether a post is up on %(network)s."),
        _("Look at the page there and say whether it is up. Until then nothing is sent again."),
    ),
    "failed": (
        _("%(network)s did not take a post."),
        _("Nothing was published there. The post page says why and what to change."),
    ),
    "expired": (
        _("A post for %(network)s came too late and was not sent."),
        _("Its time passed while it waited. Give it a new time, or leave it."),
    ),
}


TWICE = (
    _("A post may be up twice on %(network)s."),
    _("An answer came after we had given up and sent it again. Look at the page there and delete one copy."),
)
STILL_UP = (
    _("A post could not be taken down from %(network)s."),
    _("It is still up there. Somebody must delete it on the network itself; the post page has its link."),
)
BY_HAND = "by_hand"  # why a takedown is dropped: it is up, and no machine may delete it
# Nobody comments in the first seconds, and X bills every read.
FIRST_READ = {"practice": timedelta(seconds=8), "live": timedelta(minutes=2)}
# What follows from a proof, as parts of the statement that takes it: it runs for every post that goes out.
SETTLED = """
    , settled AS (
        UPDATE libraries_notice SET resolved_at = now() FROM moved
        WHERE library_id = %(f_library)s AND key = %(f_notice)s AND resolved_at IS NULL)"""
# A thread's later parts and first comments are read and counted with the post that they hang on.
FOLLOWS = f"""{SETTLED}
    , counted AS (
        INSERT INTO platforms_daycount (account_id, day, published)
        SELECT %(f_account)s::bigint, (now() AT TIME ZONE 'UTC')::date, 1 FROM moved
        ON CONFLICT (account_id, day) DO UPDATE SET published = platforms_daycount.published + 1),
    heard AS (
        INSERT INTO platforms_cursor (account_id, stream, value, failures, next_at)
        SELECT %(f_account)s::bigint, %(f_stream)s::text, '', 0, now() + %(f_pause)s::interval FROM moved
        ON CONFLICT (account_id, stream) DO NOTHING)"""


class DeliveryQuerySet(DispatchQuerySet[Row], OwnedQuerySet[Row]):  # type: ignore[override]
    def open(self) -> Self:
        """Everything that is neither sent nor given up."""
        return self.exclude(state__in=["sent", "cancelled"])


class AccountDispatch(Dispatch):
    """A Dispatch that speaks through an account. `platform` is copied from it (a composite key holds it true)."""

    CLAIMABLE, LOOKABLE, ORPHANED = ACCOUNT_READY, ACCOUNT_ASKABLE, ACCOUNT_GONE

    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    platform = models.CharField(max_length=32)

    objects = DeliveryQuerySet.as_manager()  # type: ignore[misc]  # for the same reason

    class Meta:
        abstract = True


class Delivery(AccountDispatch):
    CLAIMABLE = ACCOUNT_READY + FIRST_BEFORE

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="deliveries")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="deliveries")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="deliveries")
    occurrence = models.CharField(max_length=40, default="", blank=True)
    part = models.PositiveSmallIntegerField(default=0)
    after = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="followers")
    payload = models.JSONField()
    payload_digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            *dispatch_constraints("delivery"),
            models.UniqueConstraint(fields=["post", "account", "occurrence", "part"], name="delivery_one_intention"),
            models.UniqueConstraint(
                fields=["account", "remote_id"], condition=~Q(remote_id=""), name="delivery_remote_id_once"
            ),
            models.UniqueConstraint(fields=["id", "library", "realm"], name="delivery_of_library"),
            models.UniqueConstraint(fields=["id", "library"], name="delivery_of_one_library"),
        ]
        indexes = [
            models.Index(
                fields=["platform", "due_at"], condition=Q(state="scheduled"), name="delivery_scheduled_due"
            ),
            models.Index(
                fields=["due_at"], condition=Q(state__in=["unconfirmed", "processing"]), name="delivery_look_due"
            ),
            models.Index(fields=["leased_until"], condition=Q(state="sending"), name="delivery_sending_lease"),
            models.Index(fields=["expires_at"], condition=Q(state="scheduled"), name="delivery_expiring"),
            models.Index(fields=["library", "due_at"], name="delivery_calendar"),
            models.Index(
                fields=["library", "post"], condition=Q(state__in=["attention", "failed", "expired"]), name="delivery_trouble"
            ),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk} to account {self.account_id}"

    @property
    def said(self) -> str:
        """The words that stand there as far as we know: those that were sent, or the last correction that went through."""
        through = [row.text for row in self.corrections.all() if row.state == SENT]
        return str(through[-1] if through else self.payload.get("text", ""))

    def when_sent(self) -> None:
        """Count it, listen for comments beneath it, and drop what was said about it."""
        with connection.cursor() as cursor:
            cursor.execute(f"WITH moved AS (SELECT 1) {self._following} SELECT 1", self._followed(self.remote_id))

    @property
    def _following(self) -> str:
        return SETTLED if self.part else FOLLOWS

    def _followed(self, remote_id: str) -> dict[str, Any]:
        return {
            "f_account": self.account_id, "f_library": self.library_id, "f_notice": f"delivery:{self.pk}",
            "f_stream": f"comments:{remote_id}", "f_pause": FIRST_READ[self.realm],
        }  # fmt: skip

    def follows(self, number: int, verdict: Verdict) -> tuple[str, dict[str, Any]] | None:
        """`when_sent` and `note` of a proof as parts of the statement that takes it."""
        entry = audit.record.part(
            "moved", f"posts.delivery.{verdict.outcome}", self, **self._told(
                number=number, code=verdict.code, remote_id=verdict.remote_id)
        )  # fmt: skip
        return (self._following + entry[0], self._followed(verdict.remote_id) | entry[1]) if entry else None

    def _told(self, **data: Any) -> dict[str, Any]:
        return {
            "label": f"delivery {self.pk} to {self.platform}", "post": self.post_id, "account": self.account_id,
            "digest": self.payload_digest, **data,
        }  # fmt: skip

    def note(self, event: str, **data: Any) -> None:
        """The record; and a notice where only a person can go on."""
        if self.state in TROUBLE:
            label = registry.get(self.platform).label
            title, text = TROUBLE[self.state]
            notices.raise_notice(
                self.library_id, f"delivery:{self.pk}", title=title % {"network": label}, text=str(text),
                path=f"/posts/{self.post_id}/", verb="post.resolve",
            )  # fmt: skip
        audit.record.record(None, f"posts.delivery.{event}", self, **self._told(**data))

    def late_proof(self, number: int, remote_id: str, remote_url: str) -> None:
        """The record, and people: where a newer attempt was opened there may be two copies."""
        self.note("late_proof", number=number, remote_id=remote_id, url=remote_url)
        if type(self).objects.filter(pk=self.pk, tries__gt=number).exists():
            title, text = TWICE
            notices.raise_notice(
                self.library_id, f"twice:{self.pk}", title=title % {"network": registry.get(self.platform).label},
                text=str(text), path=f"/posts/{self.post_id}/", verb="post.resolve",
            )  # fmt: skip


class Attempt(AttemptBase):
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="attempts")

    class Meta:
        ordering = ["number"]
        constraints = attempt_constraints("attempt", "delivery")

    def __str__(self) -> str:
        return f"attempt {self.number} of delivery {self.delivery_id}"


HOLD_REASONS = ("paused", "event", "moved", "edited", "media", "author", "approval", "account", "library", "before")


class Hold(models.Model):
    """Why a scheduled delivery must not go out now. Each reason is its own row; releasing one leaves the others.

    A trigger keeps `Delivery.hold` equal to the reasons, so that open_attempt's compare-and-set sees a hold that
    commits while it runs (a subquery over this table would not).
    """

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="holds")
    reason = models.CharField(max_length=20)
    detail = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["delivery", "reason"], name="hold_once_per_reason"),
            models.CheckConstraint(condition=Q(reason__in=HOLD_REASONS), name="hold_reason_known"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} holds delivery {self.delivery_id}"


class Takedown(AccountDispatch):
    """Taking one published post down: a remote effect of its own, with the same certainty."""

    delivery = models.OneToOneField(Delivery, on_delete=models.PROTECT, related_name="takedown")
    asked_by = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=300, blank=True)
    by_hand = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="who deleted it on the network itself"
    )

    class Meta:
        constraints = [
            *dispatch_constraints("takedown", proof=False),
            models.CheckConstraint(condition=Q(by_hand=None) | Q(state=SENT), name="takedown_by_hand_is_done"),
        ]
        indexes = [models.Index(fields=["due_at"], name="takedown_due")]

    def __str__(self) -> str:
        return f"takedown of delivery {self.delivery_id}"

    def when_sent(self) -> None:
        """What was said about it is dealt with; a first comment beneath the post went with it."""
        notices.close_notices(self.library_id, f"takedown:{self.pk}")
        beneath = self.delivery.followers.filter(state=SENT, payload__options__kind="comment", takedown=None)
        for comment in beneath:
            gone = Takedown.objects.create(
                delivery=comment, library_id=self.library_id, realm=self.realm, account_id=self.account_id,
                platform=self.platform, due_at=Now(), asked_by=self.asked_by, reason=self.reason,
            )  # fmt: skip
            Takedown.objects.filter(pk=gone.pk).move(SCHEDULED, SENT, sent_at=Now(), by_hand=self.by_hand)

    def note(self, event: str, **data: Any) -> None:
        """The record; and a notice where the post stays up until a person deletes it there."""
        if self.state in TROUBLE or data.get("reason") == BY_HAND:
            title, text = STILL_UP
            notices.raise_notice(
                self.library_id, f"takedown:{self.pk}", title=title % {"network": registry.get(self.platform).label},
                text=str(text), path=f"/posts/{self.delivery.post_id}/", verb="post.recall",
            )  # fmt: skip
        audit.record.record(
            None, f"posts.takedown.{event}", self, label=f"takedown of delivery {self.delivery_id}",
            delivery=self.delivery_id, account=self.account_id, **data,
        )  # fmt: skip


class TakedownAttempt(AttemptBase):
    takedown = models.ForeignKey(Takedown, on_delete=models.PROTECT, related_name="attempts")

    class Meta:
        ordering = ["number"]
        constraints = attempt_constraints("takedown_attempt", "takedown")


class TrackedLink(models.Model):
    """`/r/<slug>`: our short link in one delivery's text. It counts visits and finds a lost post again."""

    slug = models.CharField(max_length=16, unique=True)
    target = models.CharField(max_length=1000)
    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="+")
    realm = models.CharField(max_length=8)
    delivery = models.OneToOneField(Delivery, on_delete=models.PROTECT, related_name="link")
    visits = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(slug__regex=r"^[a-z0-9]{6,16}$"), name="link_slug_shape"),
            models.CheckConstraint(condition=Q(target__regex=r"^https?://"), name="link_target_is_web"),
        ]

    def __str__(self) -> str:
        return self.slug
