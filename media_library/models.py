"""Pictures and what was made of them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from libraries.models import Library, User
from libraries.permissions import OwnedQuerySet

TAGS_MAX, TAG_LENGTH = 20, 40
OWN, UNKNOWN, OTHER = "own", "unknown", "other"
LICENCES = {
    OWN: _("Our own photo"),
    "publisher": _("With the publisher’s or owner’s permission"),
    "cc0": _("CC0 or out of copyright: free for all"),
    "cc_by": _("CC BY: free, with credit"),
    "cc_by_sa": _("CC BY-SA: free, with credit, same terms"),
    OTHER: _("Something else"),
    UNKNOWN: _("Not known yet"),
}
NEED_CREDIT = frozenset({"cc_by", "cc_by_sa"})
PEOPLE = {
    "": _("Not said yet"),
    "none": _("Nobody who could be recognised"),
    "some": _("Yes: each with consent, written down here"),
}


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
    tags = ArrayField(models.CharField(max_length=TAG_LENGTH), default=list, blank=True, db_default=[])
    licence = models.CharField(max_length=12, default=OWN, db_default=OWN)
    credit = models.CharField(max_length=200, blank=True, default="", db_default="", help_text="the line that names its maker")
    rights = models.CharField(max_length=300, blank=True, help_text="what was agreed, in words")
    rights_until = models.DateField(null=True, blank=True, help_text="the last day on which it may be shown")
    people = models.CharField(max_length=4, blank=True, default="", db_default="")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)
    added_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    prepared_at = models.DateTimeField(null=True, blank=True, help_text="when somebody last set about making its renditions")
    deleted_at = models.DateTimeField(null=True, blank=True, help_text="thrown away; the files go a day later")

    objects = OwnedQuerySet.as_manager()
    known = False  # true on what was added once more

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
            models.CheckConstraint(condition=Q(licence__in=tuple(LICENCES)), name="asset_licence_known"),
            models.CheckConstraint(condition=Q(people__in=tuple(PEOPLE)), name="asset_people_known"),
        ]
        indexes = [
            GinIndex(fields=["tags"], name="asset_by_tag"),
            models.Index(fields=["library", "-created_at", "-id"], name="asset_newest"),
            models.Index(fields=["created_at"], condition=Q(prepared_at=None), name="asset_to_prepare"),
            models.Index(fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="asset_deleted"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ratio(self) -> float:
        return self.width / self.height


class Consent(models.Model):
    """What one recognisable person allowed, or their guardian for them.

    Rows are never rewritten, except that they end: `withdrawn_at` where the person took it back, `replaced_at` where a
    newer row about the same person counts (or it was written down by mistake).
    """

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="consents")
    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="+")
    who = models.CharField(max_length=120, help_text="a name, or words that colleagues know the person by")
    minor = models.BooleanField(default=False)
    guardian = models.CharField(max_length=120, blank=True, help_text="who consented for a minor")
    networks = ArrayField(models.CharField(max_length=32), default=list, blank=True, help_text="only these; empty: all")
    note = models.CharField(max_length=300, blank=True, help_text="what was agreed, and where the signed sheet is")
    until = models.DateField(null=True, blank=True, help_text="the last day on which it counts")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    replaced_at = models.DateTimeField(null=True, blank=True)
    added_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["who", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["asset", "who"], condition=Q(replaced_at=None), name="consent_one_per_person"),
            models.CheckConstraint(condition=~Q(who=""), name="consent_names_somebody"),
            models.CheckConstraint(condition=Q(minor=False) | ~Q(guardian=""), name="consent_minor_has_guardian"),
        ]

    def __str__(self) -> str:
        return self.who


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


