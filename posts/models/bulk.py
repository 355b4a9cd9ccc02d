"""A table of posts that waits for a person's yes."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from libraries.models import Library, User
from libraries.permissions import OwnedQuerySet
from platforms.models import REALMS


class BulkImport(models.Model):
    """What was read from a file, row by row, with its verdicts. Nothing is created before it is confirmed, and once."""

    library = models.ForeignKey(Library, on_delete=models.CASCADE, related_name="+")
    realm = models.CharField(max_length=8)
    name = models.CharField(max_length=200)
    rows = models.JSONField(help_text="see posts.bulk.verdicts.Verdict.stored")
    notes = models.JSONField(default=list, help_text="how the file was read, in words")
    made_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True, blank=True)
    made = models.JSONField(default=list, blank=True, help_text="ids of the posts that came of it")

    objects = OwnedQuerySet["BulkImport"].as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(realm__in=REALMS), name="bulk_realm_known")]

    def __str__(self) -> str:
        return self.name
