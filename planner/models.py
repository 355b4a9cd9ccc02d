"""What people keep of the calendar: views with a name, addresses other calendars read, and the days of an almanac."""

from __future__ import annotations

import hashlib

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse

from libraries.models import Library, User
from libraries.permissions import OwnedQuerySet


class SavedView(models.Model):
    """A page of the calendar with its filter and layers, under a name. Without an owner it is everybody's."""

    PAGES = ("month", "week", "agenda")

    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="calendar_views")
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    page = models.CharField(max_length=8, default="month")
    query = models.CharField(max_length=500, blank=True, help_text="the filter as it stands in an address")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=Now())

    objects = OwnedQuerySet["SavedView"].as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["library", "owner", "name"], nulls_distinct=False, name="view_name_once"),
            models.UniqueConstraint(fields=["id", "library"], name="view_of_library"),
            models.CheckConstraint(condition=~Q(name=""), name="view_has_name"),
            models.CheckConstraint(condition=Q(page__in=("month", "week", "agenda")), name="view_page_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        """Where it is shown, on today's month or week."""
        name = {"month": "calendar"}.get(self.page, self.page)
        return reverse(f"planner:{name}") + (f"?{self.query}" if self.query else "")


class FeedAddress(models.Model):
    """A secret address at which other calendars read a view. Only a digest of the secret is kept; one is open at a time."""

    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="+")
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="addresses")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the secret in the address, in hex")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = OwnedQuerySet["FeedAddress"].as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="feed_address_digest_shape"),
            models.UniqueConstraint(fields=["view"], condition=Q(revoked_at=None), name="feed_address_one_open"),
        ]

    def __str__(self) -> str:
        return f"address of view {self.view_id}"

    @staticmethod
    def digest_of(secret: str) -> str:
        return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class AlmanacMark(models.Model):
    """What a library says of a row of the almanac: leave it out, or be careful with it, and why."""

    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=60, help_text="of the row in planner/data/almanac.csv")
    hidden = models.BooleanField(default=False)
    care = models.BooleanField(default=False)
    note = models.CharField(max_length=300, blank=True)

    objects = OwnedQuerySet["AlmanacMark"].as_manager()

    class Meta:
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["library", "key"], name="almanac_mark_once")]

    def __str__(self) -> str:
        return self.key


class LocalDay(models.Model):
    """A day of the library's own: a founder's birthday, the town's fair."""

    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="local_days")
    name = models.CharField(max_length=120)
    on = models.DateField()
    days = models.PositiveSmallIntegerField(default=1)
    yearly = models.BooleanField(default=True)
    care = models.BooleanField(default=False)
    note = models.CharField(max_length=300, blank=True)

    objects = OwnedQuerySet["LocalDay"].as_manager()

    class Meta:
        ordering = ["on", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="local_day_has_name"),
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=31), name="local_day_length"),
        ]

    def __str__(self) -> str:
        return self.name
