"""Which advice blocks in one library, where it differs from what we think best."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from libraries.models import Library
from libraries.permissions import OwnedQuerySet

CODES = (
    "fancy_letters", "capitals", "click_here", "many_links", "hashtags_many", "hashtags_inside", "hashtags_flat", "emoji_many",
    "emoji_run", "emoji_bullets", "jargon", "hard_to_read", "weekday_wrong", "date_past", "alt_says_picture", "alt_file_name",
    "alt_caption", "alt_short", "alt_long", "said_before", "close_by", "event_over", "event_begun",
)  # fmt: skip


class AdviceChoice(models.Model):
    """One piece of advice (posts.advice.RULES) that an admin lets block, or lets pass."""

    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=20)
    blocks = models.BooleanField()

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["library", "code"], name="advice_choice_once"),
            models.CheckConstraint(condition=Q(code__in=CODES), name="advice_choice_code_known"),
        ]

    def __str__(self) -> str:
        return self.code
