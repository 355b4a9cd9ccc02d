"""How posts did, as the networks tell it: one row a delivery and day."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from libraries.models import Library
from libraries.permissions import OwnedQuerySet
from platforms.models import REALMS
from posts.models.delivery import Delivery


class FigureSnapshot(models.Model):
    """The figures of one delivery as they were when last read on a day (UTC). None: the network does not tell it."""

    NAMES = ("impressions", "reach", "likes", "comments", "shares", "clicks")

    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="+")
    realm = models.CharField(max_length=8)
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="figures")
    day = models.DateField()
    impressions = models.PositiveBigIntegerField(null=True, blank=True)
    reach = models.PositiveBigIntegerField(null=True, blank=True)
    likes = models.PositiveBigIntegerField(null=True, blank=True)
    comments = models.PositiveBigIntegerField(null=True, blank=True)
    shares = models.PositiveBigIntegerField(null=True, blank=True)
    clicks = models.PositiveBigIntegerField(null=True, blank=True)
    read_at = models.DateTimeField(db_default=Now())

    objects = OwnedQuerySet["FigureSnapshot"].as_manager()

    class Meta:
        ordering = ["-day", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["delivery", "day"], name="figures_once_a_day"),
            models.CheckConstraint(condition=Q(realm__in=REALMS), name="figures_realm_known"),
        ]
        indexes = [models.Index(fields=["library", "day"], name="figures_by_day")]

    def __str__(self) -> str:
        return f"figures of delivery {self.delivery_id} on {self.day}"
