"""When an account usually speaks: weekly slots, in wall time."""

from __future__ import annotations

import zoneinfo

from django.db import models
from django.db.models import Q

from libraries.models import Library
from libraries.permissions import OwnedQuerySet
from platforms.models import Account

FIRST_DAY, LAST_DAY = 0, 6  # Monday and Sunday, as Python counts


class PostingSlot(models.Model):
    """Each week on `weekday` at `at`, as the clocks of `tz` show it."""

    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="slots")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="slots")
    weekday = models.SmallIntegerField(help_text="0 is Monday")
    at = models.TimeField()
    tz = models.CharField(max_length=64)

    objects = OwnedQuerySet["PostingSlot"].as_manager()

    class Meta:
        ordering = ["account", "weekday", "at"]
        constraints = [
            models.UniqueConstraint(fields=["account", "weekday", "at", "tz"], name="slot_once"),
            models.CheckConstraint(condition=Q(weekday__gte=FIRST_DAY, weekday__lte=LAST_DAY), name="slot_weekday_known"),
        ]

    def __str__(self) -> str:
        return f"weekday {self.weekday} at {self.at:%H:%M} {self.tz}"

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.tz)
