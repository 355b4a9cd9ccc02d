"""Posts that somebody made on a network by hand: read in, so that the calendar tells the whole truth."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from libraries.models import Library
from libraries.permissions import OwnedQuerySet
from platforms.models import REALMS, Account


class OutsidePost(models.Model):
    """One post on one account that is none of our deliveries. Only read: what stands there is the network's."""

    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="+")
    realm = models.CharField(max_length=8)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    platform = models.CharField(max_length=32)
    remote_id = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    url = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    seen_at = models.DateTimeField(db_default=Now())

    objects = OwnedQuerySet["OutsidePost"].as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(realm__in=REALMS), name="outside_realm_known"),
            models.CheckConstraint(condition=~Q(remote_id=""), name="outside_is_named"),
            models.UniqueConstraint(fields=["account", "remote_id"], name="outside_post_once"),
        ]
        indexes = [models.Index(fields=["library", "at"], name="outside_by_time")]

    def __str__(self) -> str:
        return f"post {self.remote_id} made by hand"
