"""Posts, their working copy and their immutable revisions."""

from __future__ import annotations

import zoneinfo
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Count, Q, Value
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from core.states import Graph
from libraries.models import Library, User
from libraries.permissions import OwnedQuerySet
from media_library.models import Asset
from platforms.models import REALMS, Account
from posts.models.campaign import Campaign, Event
from posts.models.series import Series

RELATIVE = r"^([0-9]{1,3}d([01][0-9]|2[0-3]):[0-5][0-9]|[0-9]{1,4}m)$"
POST_GRAPH = Graph(
    "post",
    "draft",
    {
        "draft": ("in_review", "archived"),
        "in_review": ("draft", "changes_requested", "approved", "archived"),
        "changes_requested": ("draft", "in_review", "archived"),
        "approved": ("draft", "archived"),
        "archived": ("draft",),
    },
)


class PostQuerySet(OwnedQuerySet["Post"]):
    def with_progress(self) -> Self:
        """Annotates n_all, n_sent, n_waiting, n_trouble, n_working over the deliveries; nothing of it is stored."""

        def count(**kw: Any) -> Count:
            return Count("deliveries", filter=Q(**{f"deliveries__{k}": v for k, v in kw.items()}))

        return self.annotate(
            n_all=Count("deliveries"),
            n_sent=count(state="sent"),
            n_waiting=count(state="scheduled"),
            n_working=count(state__in=["sending", "processing"]),
            n_unconfirmed=count(state="unconfirmed"),
            n_trouble=count(state__in=["attention", "failed", "expired"]),
            n_held=Count("deliveries", filter=Q(deliveries__state="scheduled") & ~Q(deliveries__hold="")),
            n_cancelled=count(state="cancelled"),
        )


class Post(models.Model):
    """What we want to say. Its state is editorial only; what happened to it stands on its deliveries."""

    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="posts")
    realm = models.CharField(max_length=8)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="posts")
    title = models.CharField(max_length=200, blank=True, help_text="internal; the public never sees it")
    campaign = models.ForeignKey(Campaign, null=True, blank=True, on_delete=models.PROTECT, related_name="posts")
    event = models.ForeignKey(Event, null=True, blank=True, on_delete=models.PROTECT, related_name="posts")
    state = models.CharField(max_length=20, default="draft")
    current_revision = models.ForeignKey(
        "posts.Revision", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    planned_for = models.DateTimeField(null=True, blank=True)
    planned_tz = models.CharField(max_length=64, blank=True)
    born = models.CharField(
        max_length=40, blank=True, default="", db_default="", help_text="which opened page it came from; one post each"
    )
    moments = models.JSONField(
        default=dict, blank=True, db_default=Value({}, models.JSONField()),
        help_text="{account id: ISO instant} where accounts go at times of their own; planned_for is the first of them",
    )
    relative = models.CharField(
        max_length=12, blank=True, default="", db_default="",
        help_text="its time as told from its event: 3d10:00 (three days before, at ten) or 60m (sixty minutes before)",
    )
    take_down_at = models.DateTimeField(null=True, blank=True, help_text="when what is up comes down by itself")
    series = models.ForeignKey(Series, null=True, blank=True, on_delete=models.PROTECT, related_name="posts")
    series_on = models.DateField(null=True, blank=True, help_text="the day by the series' rule; it stays when it is moved")
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    objects = PostQuerySet.as_manager()

    # What `with_progress` counts; only there on rows that were asked for with it.
    n_all: int
    n_sent: int
    n_waiting: int
    n_working: int
    n_unconfirmed: int
    n_trouble: int
    n_held: int
    n_cancelled: int

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            POST_GRAPH.check("post_state_known"),
            models.CheckConstraint(condition=Q(realm__in=REALMS), name="post_realm_known"),
            models.UniqueConstraint(fields=["id", "library", "realm"], name="post_of_library"),
            models.UniqueConstraint(fields=["author", "born"], condition=~Q(born=""), name="post_born_once"),
            models.UniqueConstraint(fields=["series", "series_on"], name="post_once_per_occurrence"),
            models.CheckConstraint(
                condition=Q(series=None, series_on=None) | Q(series__isnull=False, series_on__isnull=False),
                name="post_occurrence_whole",
            ),
            models.CheckConstraint(
                condition=Q(relative="") | Q(relative__regex=RELATIVE, event__isnull=False), name="post_relative_shape"
            ),
        ]
        indexes = [
            models.Index(fields=["library", "planned_for"], name="post_by_plan"),
            models.Index(fields=["library", "realm", "-updated_at", "-id"], name="post_by_change"),
            models.Index(fields=["library", "planned_for"], condition=Q(state="in_review"), name="post_in_review"),
            models.Index(fields=["take_down_at"], condition=Q(take_down_at__isnull=False), name="post_comes_down"),
        ]

    def __str__(self) -> str:
        return self.title or f"Post {self.pk}"

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.planned_tz or self.library.tz)

    @property
    def tells_old_time(self) -> bool:
        """Whether its event was given another time after this was begun, and no version was handed in since."""
        if self.event is None or self.event.moved_at is None:
            return False
        written = self.current_revision.created_at if self.current_revision else self.created_at
        return self.event.moved_at > written


def empty_copy() -> dict[str, Any]:
    """The shape of a working copy: see `WorkingCopy.content`."""
    return {"body": "", "link": "", "accounts": [], "variants": {}, "media": [], "threads": {}, "first_comment": {}}


class WorkingCopy(models.Model):
    """The one mutable row that composing writes to; a Revision is made of it when it is submitted.

    content: {"body": str, "link": str, "accounts": [account id, …], "variants": {account id: text},
    "media": [{"asset": id, "alt_text": str, "decorative": bool, "focal": [x, y],
               "crop": {network or "": [left, top, width, height]}}],  (crop: only where somebody cropped)
    "threads": {account id: [text of each part]}, "first_comment": {} or {"text": str, "accounts": [account id, …]}}
    """

    post = models.OneToOneField(Post, on_delete=models.CASCADE, related_name="working_copy")
    content = models.JSONField(default=empty_copy)
    version = models.PositiveIntegerField(default=1)
    saved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"working copy of post {self.post_id}"


class Revision(models.Model):
    """What was said, for good. `digest` covers text, variants, pictures, crops and words."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="revisions")
    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="+")
    realm = models.CharField(max_length=8)
    number = models.PositiveIntegerField()
    body = models.TextField(blank=True)
    link = models.CharField(max_length=1000, blank=True)
    utm = models.JSONField(
        default=dict, blank=True, db_default=Value({}, models.JSONField()),
        help_text="campaign parameters behind the link: {source, medium, campaign, visible}",
    )  # fmt: skip
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    digest = models.CharField(max_length=64)
    small_edit_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        help_text="the version that a reviewer mended while judging it; they had not written any of it before",
    )  # fmt: skip

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["post", "number"], name="revision_numbered"),
            models.UniqueConstraint(fields=["id", "post"], name="revision_of_post"),
            models.UniqueConstraint(fields=["id", "library", "realm"], name="revision_of_library"),
            models.UniqueConstraint(fields=["id", "library"], name="revision_of_one_library"),
            models.CheckConstraint(condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="revision_digest_shape"),
        ]

    def __str__(self) -> str:
        return f"revision {self.number} of post {self.post_id}"


class Variant(models.Model):
    """One account's share in a revision. `body` None inherits the common text."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="variants")
    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="+")
    realm = models.CharField(max_length=8)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="variants")
    platform = models.CharField(max_length=32)
    body = models.TextField(null=True, blank=True)
    options = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["revision", "account"], name="variant_once_per_account")]

    def __str__(self) -> str:
        return f"variant for account {self.account_id}"

    @property
    def text(self) -> str:
        return self.revision.body if self.body is None else self.body


class RevisionMedia(models.Model):
    """One picture of a revision, with its words, as approved."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="media")
    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="+")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="uses")
    position = models.PositiveSmallIntegerField()
    alt_text = models.TextField(blank=True)
    decorative = models.BooleanField(default=False)
    focal = ArrayField(models.FloatField(), size=2, default=list)
    crop = models.JSONField(
        default=dict, blank=True, db_default=Value({}, models.JSONField()),
        help_text='{network, or "" for all: [left, top, width, height] as shares of the upright picture}',
    )

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["revision", "position"], name="media_position_once"),
            models.UniqueConstraint(fields=["revision", "asset"], name="media_asset_once"),
            models.CheckConstraint(condition=Q(decorative=True) | ~Q(alt_text=""), name="media_has_alt_text"),
        ]

    def __str__(self) -> str:
        return f"picture {self.position} of revision {self.revision_id}"


class Review(models.Model):
    """One person's word on one revision. `author` is copied, so that the database can refuse approving one's own.

    `link` instead of `reviewer`: somebody without an account, who was sent the post by e-mail.
    """

    APPROVE, CHANGES = "approve", "request_changes"

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    link = models.OneToOneField(
        "posts.ApprovalLink", null=True, blank=True, on_delete=models.PROTECT, related_name="review"
    )
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=16)
    self_review = models.BooleanField(default=False)
    comment = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["revision", "reviewer"], name="review_once_per_person"),
            models.CheckConstraint(
                condition=Q(self_review=True) | ~Q(reviewer=models.F("author")), name="review_not_author"
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=("approve", "request_changes")), name="review_verdict_known"
            ),
            models.CheckConstraint(
                condition=Q(reviewer__isnull=False, link=None) | Q(reviewer=None, link__isnull=False, self_review=False),
                name="review_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} of revision {self.revision_id}"

    @property
    def who(self) -> str:
        """Whose word it is, for people."""
        return str(self.reviewer) if self.link is None else _("%(name)s (by e-mail)") % {"name": self.link.used_by}
