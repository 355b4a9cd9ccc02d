"""Campaigns and events: what posts are for."""

from __future__ import annotations

import zoneinfo
from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import dateformat
from django.utils.translation import pgettext

from core.states import Graph
from libraries.models import Branch, Library, known_zone
from libraries.permissions import OwnedQuerySet

EVENT_GRAPH = Graph(
    "event",
    "planned",
    {
        "planned": ("announced", "cancelled", "held"),
        "announced": ("planned", "cancelled", "held"),
        "cancelled": ("planned",),
        "held": (),
    },
)


COLOURS = ("accent", "ok", "wait", "ask", "bad", "quiet")  # names of tokens


class Campaign(models.Model):
    """Posts and events with one aim. `colour` names one of the tokens, "" the first of them."""

    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="campaigns")
    name = models.CharField(max_length=120)
    slug = models.SlugField()
    goal = models.CharField(max_length=300, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    colour = models.CharField(max_length=12, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True, help_text="when it was put away; it takes nothing new")

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["library", "slug"], name="campaign_slug_once"),
            models.UniqueConstraint(fields=["id", "library"], name="campaign_of_library"),
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="campaign_ends_after_start",
            ),
            models.CheckConstraint(condition=Q(colour__in=("", *COLOURS)), name="campaign_colour_known"),
        ]

    def __str__(self) -> str:
        return self.name


class Event(models.Model):
    """Something that happens at the library. `tz` keeps the wall-clock promise; `source` and uid where it came from."""

    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="events")
    title = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    all_day = models.BooleanField(default=False)
    tz = models.CharField(max_length=64, validators=[known_zone])
    branch = models.ForeignKey(Branch, null=True, blank=True, on_delete=models.PROTECT)
    place = models.CharField(max_length=300, blank=True)
    campaign = models.ForeignKey(Campaign, null=True, blank=True, on_delete=models.PROTECT, related_name="events")
    audience = models.CharField(max_length=200, blank=True)
    categories = models.JSONField(default=list, blank=True)
    capacity = models.PositiveIntegerField(null=True, blank=True)
    registration_url = models.URLField(max_length=500, blank=True)
    registration_required = models.BooleanField(null=True, blank=True)
    url = models.URLField(max_length=500, blank=True)
    access_notes = models.TextField(blank=True)
    state = models.CharField(max_length=12, default="planned")
    listing = models.CharField(max_length=12, default="scheduled", help_text="what the source says")
    source = models.CharField(max_length=80, blank=True)
    external_uid = models.CharField(max_length=300, blank=True)
    occurrence = models.CharField(max_length=40, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    first_seen_at = models.DateTimeField(db_default=Now())
    last_seen_at = models.DateTimeField(null=True, blank=True)
    missed_polls = models.PositiveSmallIntegerField(default=0)
    moved_at = models.DateTimeField(null=True, blank=True, help_text="when its calendar last gave it another time")
    moved_from = models.DateTimeField(null=True, blank=True, help_text="when it was to begin before that")
    last_change = models.JSONField(null=True, blank=True, help_text="what its calendar last changed: {name: [was, is]}")

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            EVENT_GRAPH.check("event_state_known"),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), name="event_ends_after_start"
            ),
            models.CheckConstraint(condition=Q(capacity=None) | Q(capacity__gt=0), name="event_capacity_positive"),
            models.CheckConstraint(
                condition=Q(listing__in=("scheduled", "cancelled", "full", "closed", "postponed", "withdrawn")),
                name="event_listing_known",
            ),
            models.CheckConstraint(
                condition=Q(moved_at=None, moved_from=None) | Q(moved_at__isnull=False, moved_from__isnull=False),
                name="event_moved_whole",
            ),
            models.UniqueConstraint(
                fields=["library", "source", "external_uid", "occurrence"],
                condition=~Q(external_uid=""),
                name="event_imported_once",
            ),
            models.UniqueConstraint(fields=["id", "library"], name="event_of_library"),
        ]
        indexes = [models.Index(fields=["library", "starts_at"], name="event_by_start")]

    def __str__(self) -> str:
        return self.title

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.tz)

    def told(self, at: datetime) -> str:
        """A time (aware) of this event as people there say it."""
        shape = pgettext("day of an event", "l j F Y") if self.all_day else pgettext("time of an event", "l j F Y, H:i")
        return dateformat.format(at.astimezone(self.zone), shape)

    @property
    def start_told(self) -> str:
        return self.told(self.starts_at)

    @property
    def old_start_told(self) -> str:
        """When it was to begin before its calendar moved it, "" where it never did."""
        return self.told(self.moved_from) if self.moved_from else ""

    @property
    def may_be_announced(self) -> bool:
        """False once it is cancelled, postponed, closed or gone from its source."""
        return self.state != "cancelled" and self.listing in ("scheduled", "full")
