"""Series: one text that goes out again and again by a rule; every occurrence is a post of its own."""

from __future__ import annotations

import zoneinfo

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from libraries.models import Library, User
from libraries.permissions import OwnedQuerySet
from platforms.models import REALMS


class Series(models.Model):
    """What is said and how often. Set at birth: another text or rule is another series, begun where this one stops.

    rule: an RFC 5545 recurrence rule of the subset in posts/recurrence.py, over days. `at` and `tz` say when on such a
    day, in wall time. content: as in a working copy. An approval covers every occurrence that still says exactly this.
    """

    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="series")
    realm = models.CharField(max_length=8)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    content = models.JSONField()
    rule = models.CharField(max_length=200)
    starts_on = models.DateField()
    at = models.TimeField()
    tz = models.CharField(max_length=64)
    made_until = models.DateField(null=True, blank=True, help_text="the last day whose occurrences are posts already")
    stopped_on = models.DateField(null=True, blank=True, help_text="the first day that is not posted about any more")
    approved_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    self_review = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    objects = OwnedQuerySet["Series"].as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name_plural = "series"
        constraints = [
            models.UniqueConstraint(fields=["id", "library", "realm"], name="series_of_library"),
            models.CheckConstraint(condition=Q(realm__in=REALMS), name="series_realm_known"),
            models.CheckConstraint(
                condition=Q(approved_at=None, approved_by=None) | Q(approved_at__isnull=False, approved_by__isnull=False),
                name="series_approved_whole",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | Q(self_review=True) | ~Q(approved_by=models.F("author")),
                name="series_not_approved_by_its_author",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.tz)
