"""Accounts on the networks, their credentials, how far we have read, and what their budgets are."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from libraries.models import LIVE, PRACTICE, Library, User
from libraries.permissions import OwnedQuerySet

REALMS = (PRACTICE, LIVE)


class Account(models.Model):
    """A page or profile on a network that a library speaks through. One page, one owner; its realm never changes."""

    CONNECTED, RECONNECT, DISABLED = "connected", "reconnect", "disabled"
    STATES = (CONNECTED, RECONNECT, DISABLED)

    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="accounts")
    realm = models.CharField(max_length=8)
    platform = models.CharField(max_length=32)
    external_id = models.CharField(max_length=120)
    name = models.CharField(max_length=200)
    handle = models.CharField(max_length=120, blank=True)
    url = models.CharField(max_length=500, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    missing = models.JSONField(default=list, blank=True)
    carry_link = models.BooleanField(default=True, help_text="whether posts to this account carry their link")
    state = models.CharField(max_length=12, default=CONNECTED)
    state_reason = models.CharField(max_length=300, blank=True)
    blocked_until = models.DateTimeField(null=True, blank=True)
    blocked_reason = models.CharField(max_length=300, blank=True)
    connected_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    connected_at = models.DateTimeField(db_default=Now())
    checked_at = models.DateTimeField(null=True, blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["realm", "platform", "external_id"], name="account_one_owner"),
            models.UniqueConstraint(fields=["id", "library", "realm", "platform"], name="account_of_library"),
            models.UniqueConstraint(fields=["id", "library"], name="account_of_one_library"),
            models.CheckConstraint(condition=Q(realm__in=REALMS), name="account_realm_known"),
            models.CheckConstraint(
                condition=Q(state__in=("connected", "reconnect", "disabled")), name="account_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.platform})"


class Credential(models.Model):
    """The encrypted token of an account; at most one that is not revoked. Renewal is a lease."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="credentials")
    ciphertext = models.BinaryField()
    key_id = models.CharField(max_length=16)
    scopes = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    issued_at = models.DateTimeField(db_default=Now(), help_text="when this pair was handed out or last renewed")
    renewing_until = models.DateTimeField(null=True, blank=True)
    renewing_by = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(revoked_at=None), name="credential_one_in_force"
            ),
            models.CheckConstraint(
                condition=Q(renewing_until=None, renewing_by=None)
                | Q(renewing_until__isnull=False, renewing_by__isnull=False),
                name="credential_renewal_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"credential {self.pk} of account {self.account_id}"


class Cursor(models.Model):
    """How far one stream of one account was read, and when to look next."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="cursors")
    stream = models.CharField(max_length=120)
    value = models.TextField(blank=True)
    next_at = models.DateTimeField(db_default=Now())
    leased_until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "stream"], name="cursor_once")]
        indexes = [models.Index(fields=["next_at"], name="cursor_next")]

    def __str__(self) -> str:
        return f"{self.stream} of account {self.account_id}"


class DayCount(models.Model):
    """How much of a daily budget an account has used. In PostgreSQL, so that it survives the broker."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="day_counts")
    day = models.DateField()
    published = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "day"], name="day_count_once")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.day}: {self.published}"


class OAuthState(models.Model):
    """One sign-in under way: single use, short-lived, bound to the person and the library that began it."""

    state = models.CharField(max_length=64, unique=True)
    verifier = models.CharField(max_length=128)
    platform = models.CharField(max_length=32)
    realm = models.CharField(max_length=8)
    way = models.CharField(max_length=16, blank=True, default="", help_text="which of the network's ways was begun")
    library = models.ForeignKey(Library, on_delete=models.CASCADE)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    created_at = models.DateTimeField(db_default=Now())
    used_at = models.DateTimeField(null=True, blank=True)
    offer = models.BinaryField(null=True, help_text="the grants to choose from, encrypted")

    objects = OwnedQuerySet.as_manager()

    def facts(self) -> dict[str, Any]:
        return {"platform": self.platform, "realm": self.realm}
