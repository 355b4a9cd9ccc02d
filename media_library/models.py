"""Pictures and what was made of them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from libraries.models import Library, User
from libraries.permissions import OwnedQuerySet


class Asset(models.Model):
    """One picture, once per library, with its words and the right to use it."""

    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="assets")
    file = models.FileField(upload_to="originals/%Y/%m/", max_length=200)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    mime = models.CharField(max_length=40)
    kind = models.CharField(max_length=8, default="image")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    bytes = models.PositiveBigIntegerField()
    alt_text = models.TextField(blank=True)
    focal_x = models.FloatField(default=0.5)
    focal_y = models.FloatField(default=0.5)
    rights = models.CharField(max_length=300, blank=True)
    rights_until = models.DateField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)
    added_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["library", "sha256"], name="asset_once_per_library"),
            models.UniqueConstraint(fields=["id", "library"], name="asset_of_library"),
            models.CheckConstraint(
                condition=Q(focal_x__gte=0, focal_x__lte=1, focal_y__gte=0, focal_y__lte=1), name="asset_focal_inside"
            ),
            models.CheckConstraint(condition=Q(width__gt=0, height__gt=0, bytes__gt=0), name="asset_has_size"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="asset_sha256_shape"),
            models.CheckConstraint(condition=Q(kind__in=("image",)), name="asset_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ratio(self) -> float:
        return self.width / self.height


class Rendition(models.Model):
    """An asset made fit for one network: same asset, spec and crop give the same row."""

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="renditions")
    spec_key = models.CharField(max_length=64)
    focal_key = models.CharField(max_length=64)
    file = models.FileField(upload_to="renditions/%Y/%m/", max_length=200)
    mime = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    bytes = models.PositiveBigIntegerField()
    done = models.JSONField(default=list, help_text="what was done to it, in words")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["asset", "spec_key", "focal_key"], name="rendition_once"),
            models.CheckConstraint(
                condition=Q(width__gt=0, height__gt=0, bytes__gt=0), name="rendition_has_size"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.spec_key} of asset {self.asset_id}"


