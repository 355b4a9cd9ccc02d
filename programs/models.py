"""Feeds: where a library's events come from."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from libraries.models import Library, User
from libraries.permissions import OwnedQuerySet


class Feed(models.Model):
    """One calendar that is read again and again, or one file that was uploaded. Its health is in words."""

    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="feeds")
    name = models.CharField(max_length=200)
    url = models.CharField(max_length=1000, blank=True, help_text="empty for an uploaded file")
    tz = models.CharField(max_length=64)
    etag = models.CharField(max_length=300, blank=True)
    last_modified = models.CharField(max_length=100, blank=True)
    is_active = models.BooleanField(default=True)
    read_at = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    health = models.CharField(max_length=300, blank=True)
    problems = models.JSONField(default=list, blank=True)
    left_out = models.JSONField(default=list, blank=True, help_text="keys of events that a person does not want here")
    added_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["library", "url"], condition=~Q(url=""), name="feed_address_once"),
            models.UniqueConstraint(fields=["id", "library"], name="feed_of_library"),
            models.CheckConstraint(condition=Q(url="") | Q(url__regex=r"^https?://"), name="feed_address_is_web"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def source(self) -> str:
        """What `Event.source` holds for events of this feed."""
        return f"feed:{self.pk}"


class Preview(models.Model):
    """A parsed feed that waits for a person's yes: nothing is created before."""

    library = models.ForeignKey(Library, on_delete=models.CASCADE, related_name="+")
    feed = models.ForeignKey(Feed, null=True, blank=True, on_delete=models.CASCADE, related_name="previews")
    name = models.CharField(max_length=200)
    url = models.CharField(max_length=1000, blank=True)
    body = models.BinaryField()
    content_type = models.CharField(max_length=100, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    objects = OwnedQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
