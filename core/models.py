"""Worker: one process that works, and when it was last heard."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Worker(models.Model):
    """A process that claims work. Its heartbeat (database clock) decides whether its leases count."""

    SILENT_AFTER_S = 15   # leases of a worker not heard for this long are reaped early
    SPEAKS_WITHIN_S = 10  # a worker whose own heartbeat is older may not make a visible request

    name = models.CharField(max_length=120)
    started_at = models.DateTimeField(db_default=Now())
    beat_at = models.DateTimeField(db_default=Now())
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["beat_at"], name="worker_beat")]

    def __str__(self) -> str:
        return self.name
