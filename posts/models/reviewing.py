"""What surrounds a review: who may approve what, talk about a post, letters to people without an account, warnings."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from libraries.models import Branch, Library, User
from libraries.permissions import OwnedQuerySet
from platforms.models import REALMS, Account
from posts.models.campaign import Campaign
from posts.models.post import Post, Revision


class ReviewRule(models.Model):
    """One person who approves the posts of one branch, campaign or account. Where none is named, every manager may."""

    BRANCH, CAMPAIGN, ACCOUNT = "branch", "campaign", "account"
    SCOPES = (BRANCH, CAMPAIGN, ACCOUNT)

    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="review_rules")
    scope = models.CharField(max_length=8)
    branch = models.ForeignKey(Branch, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    campaign = models.ForeignKey(Campaign, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    approver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(scope="branch", branch__isnull=False, campaign=None, account=None)
                | Q(scope="campaign", branch=None, campaign__isnull=False, account=None)
                | Q(scope="account", branch=None, campaign=None, account__isnull=False),
                name="review_rule_one_scope",
            ),
            models.UniqueConstraint(
                fields=["scope", "branch", "campaign", "account", "approver"], nulls_distinct=False,
                name="review_rule_once",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.approver} for {self.place}"

    @property
    def place(self) -> Branch | Campaign | Account | None:
        """What the rule is about."""
        return self.branch or self.campaign or self.account


class PostComment(models.Model):
    """A word between colleagues about a post; an answer hangs on the first of its thread. The public never sees it."""

    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="+")
    realm = models.CharField(max_length=8)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="comments")
    revision = models.ForeignKey(Revision, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="answers")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    body = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(body=""), name="comment_says_something"),
            models.CheckConstraint(condition=Q(realm__in=REALMS), name="comment_realm_known"),
            models.CheckConstraint(
                condition=Q(resolved_at=None, resolved_by=None)
                | Q(resolved_at__isnull=False, resolved_by__isnull=False, parent=None),
                name="comment_resolved_whole",
            ),
            models.UniqueConstraint(fields=["id", "post"], name="comment_of_post"),
        ]

    def __str__(self) -> str:
        return f"comment of {self.author} on post {self.post_id}"


class ApprovalLink(models.Model):
    """A letter that lets somebody without an account judge one revision, once. Only a digest of its secret is kept."""

    KEEPS_FOR_DAYS = 7

    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="+")
    realm = models.CharField(max_length=8)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="approval_links")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the secret in the link, in hex")
    address = models.EmailField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    used_by = models.CharField(max_length=120, blank=True, help_text="the name that was typed")
    used_from = models.CharField(max_length=64, blank=True, help_text="the network address it was used from")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="approval_link_digest_shape"),
            models.CheckConstraint(condition=Q(realm__in=REALMS), name="approval_link_realm_known"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="approval_link_ends_after_start"),
            models.CheckConstraint(
                condition=Q(used_at=None, used_by="", used_from="") | (Q(used_at__isnull=False) & ~Q(used_by="")),
                name="approval_link_used_whole",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False, used_at=None),
                name="approval_link_revoked_whole",
            ),
            models.UniqueConstraint(fields=["id", "revision"], name="approval_link_of_revision"),
        ]

    def __str__(self) -> str:
        return f"approval link {self.pk} of post {self.post_id}"

    def state(self, now: datetime) -> str:
        """used, revoked, over (its time), stale (another version stands) or open."""
        if self.used_at:
            return "used"
        if self.revoked_at:
            return "revoked"
        if self.expires_at <= now:
            return "over"
        waits = self.post.state == "in_review" and self.post.current_revision_id == self.revision_id
        return "open" if waits else "stale"


class ReviewWarning(models.Model):
    """That people were told: the time of this post comes near (or passed) and nobody approved it. Once for each."""

    STAGES = ("day", "hours", "late")

    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="+")
    realm = models.CharField(max_length=8)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+")
    planned_for = models.DateTimeField(help_text="the time it is about; another time is warned of anew")
    stage = models.CharField(max_length=5)
    told_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post", "planned_for", "stage"], name="review_warning_once"),
            models.CheckConstraint(condition=Q(stage__in=("day", "hours", "late")), name="review_warning_stage_known"),
        ]

    def __str__(self) -> str:
        return f"{self.stage} warning of post {self.post_id}"
