"""What the page behind a link says of itself, so that a post can be shown as a network will show it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from libraries.models import Library
from libraries.permissions import OwnedQuerySet

WAITING, SHOWN, PLAIN, FAILED = "waiting", "shown", "plain", "failed"
CARD_STATES = (WAITING, SHOWN, PLAIN, FAILED)
PICTURE_MAX = 120_000  # bytes of the small copy


class LinkCard(models.Model):
    """Title, words and a small picture of a web page, as last read. `plain`: it was read and says nothing of itself.

    `digest` is the SHA-256 of the address. `why` says, for people, what went wrong where nothing could be read.
    """

    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    url = models.CharField(max_length=1000)
    state = models.CharField(max_length=8, default=WAITING)
    asked_at = models.DateTimeField(db_default=Now())
    taken_at = models.DateTimeField(null=True, blank=True, help_text="since when somebody is reading it")
    fetched_at = models.DateTimeField(null=True, blank=True)
    title = models.CharField(max_length=300, blank=True)
    description = models.CharField(max_length=500, blank=True)
    picture = models.BinaryField(null=True, blank=True, help_text="a small WebP of our own making")
    why = models.CharField(max_length=200, blank=True)

    objects = OwnedQuerySet["LinkCard"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["library", "digest"], name="card_once_per_address"),
            models.CheckConstraint(condition=Q(state__in=CARD_STATES), name="card_state_known"),
            models.CheckConstraint(condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="card_digest_shape"),
            models.CheckConstraint(
                condition=Q(state=WAITING) | Q(fetched_at__isnull=False), name="card_read_before_it_is_shown"
            ),
        ]
        indexes = [models.Index(fields=["asked_at"], condition=Q(state=WAITING), name="card_waits")]

    def __str__(self) -> str:
        return self.title or self.url
