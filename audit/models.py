"""The record: entries that only grow, a chain over salted commitments, and the content beside the chain.

An entry holds ids and a commitment (SHA-256 of salt and content); the content and its salt lie in another table, so
that a text can be erased by law and the chain still verifies. Entries are appended unchained in the transaction of
what they record; a sealer chains committed entries within seconds (a chain inside the transaction would be one
global lock). Ids are plain numbers: the record knows nobody above it and outlives what it names.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from audit.actions import Action


class AuditEntryQuerySet(models.QuerySet):
    def of_library(self, library_id: int) -> AuditEntryQuerySet:
        return self.filter(library_id=library_id)

    def about(self, kind: str, pk: int) -> AuditEntryQuerySet:
        """Entries about one object, e.g. about("delivery", 7)."""
        return self.filter(object_type=kind, object_id=pk)

    def unsealed(self) -> AuditEntryQuerySet:
        return self.filter(seal=None).order_by("pk")


class AuditEntry(models.Model):
    at = models.DateTimeField(db_default=Now())
    actor_id = models.BigIntegerField(null=True, blank=True)
    library_id = models.BigIntegerField(null=True, blank=True)
    realm = models.CharField(max_length=8, default="", blank=True)
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40)
    object_id = models.BigIntegerField(null=True, blank=True)
    commitment = models.CharField(max_length=64)
    request_id = models.CharField(max_length=40, default="", blank=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["library_id", "-at"], name="audit_by_library"),
            models.Index(fields=["object_type", "object_id", "at"], name="audit_by_object"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(action__in=[a.value for a in Action]), name="audit_action_known"),
            models.CheckConstraint(condition=Q(commitment__regex=r"^[0-9a-f]{64}$"), name="audit_commitment_shape"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_type} {self.object_id}"


class AuditContent(models.Model):
    """What an entry says in words: actor and object labels and the data. Erasing empties it and keeps the entry."""

    entry = models.OneToOneField(AuditEntry, on_delete=models.PROTECT, related_name="content", primary_key=True)
    salt = models.BinaryField(null=True)
    content = models.JSONField(null=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(erased_at=None, salt__isnull=False, content__isnull=False)
                | Q(erased_at__isnull=False, salt=None, content=None),
                name="audit_content_erased_whole",
            )
        ]


class Seal(models.Model):
    """One link of the chain: number n holds the digest over link n-1 and the entry's fields and commitment."""

    number = models.BigIntegerField(unique=True)
    entry = models.OneToOneField(AuditEntry, on_delete=models.PROTECT, related_name="seal")
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)
    sealed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["previous"], name="seal_no_fork")]
