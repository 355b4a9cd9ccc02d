"""What stands on the network, read back once after publishing: what a screen reader will get."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from libraries.models import Library
from libraries.permissions import OwnedQuerySet
from platforms.models import REALMS
from posts.models.delivery import Delivery


class DeliveryReceipt(models.Model):
    """One delivery as its network shows it. `alts`: the words of each picture in order, None where there are none.

    `error_code` instead of a text where it could not be read; then it is tried again, three times in all.
    """

    TRIES = 3

    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="+")
    realm = models.CharField(max_length=8)
    delivery = models.OneToOneField(Delivery, on_delete=models.PROTECT, related_name="receipt")
    text = models.TextField(blank=True)
    alts = models.JSONField(default=list, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    tries = models.PositiveSmallIntegerField(default=1)
    read_at = models.DateTimeField(db_default=Now())

    objects = OwnedQuerySet["DeliveryReceipt"].as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(realm__in=REALMS), name="receipt_realm_known")]

    def __str__(self) -> str:
        return f"receipt of delivery {self.delivery_id}"

    @property
    def is_whole(self) -> bool:
        return not self.error_code

    @property
    def may_try_again(self) -> bool:
        return bool(self.error_code) and self.tries < self.TRIES

    @property
    def pictures(self) -> list[dict[str, Any]]:
        """Each picture with the words that were sent and those that stand there; `same` where they are equal."""
        sent = [row["alt_text"] for row in self.delivery.payload.get("media", [])]
        shown = [*self.alts, *[None] * (len(sent) - len(self.alts))]
        return [{"sent": was, "shown": now or "", "same": was == (now or "")} for was, now in zip(sent, shown, strict=False)]

    @property
    def same_text(self) -> bool:
        """Whether the words are those that were last sent, whatever the network does to spaces."""
        return self.text.split() == self.delivery.said.split()

    @property
    def is_as_sent(self) -> bool:
        return self.same_text and all(one["same"] for one in self.pictures)
