"""Pauses of an account or of a whole library: nothing goes out until somebody ends them."""

from __future__ import annotations

from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import Now

from libraries.models import Library, User
from libraries.permissions import OwnedQuerySet
from platforms.models import Account


def stand_in_line(library_id: int, *, alone: bool = False) -> None:
    """Before anything is locked: who schedules lets who is just pausing (`alone`) finish, and the other way round.

    A trigger takes the same lock where a delivery becomes scheduled, so that nothing slips in unseen; taking it first
    keeps the two from waiting for each other's rows. Until the end of the transaction.
    """
    kind = "" if alone else "_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock{kind}(hashtextextended('posts_pause', %s))", [library_id])


class Pause(models.Model):
    """Who stopped what, why and since when. A trigger holds what is scheduled while it lasts, whoever schedules it."""

    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="pauses")
    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.PROTECT, related_name="pauses", help_text="none: everything"
    )
    reason = models.CharField(max_length=300)
    begun_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField(db_default=Now())
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = OwnedQuerySet["Pause"].as_manager()

    class Meta:
        ordering = ["-begun_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["library"], condition=Q(ended_at=None, account=None), name="pause_one_of_everything"
            ),
            models.UniqueConstraint(
                fields=["account"], condition=Q(ended_at=None, account__isnull=False), name="pause_one_of_an_account"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="pause_has_a_reason"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None) | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="pause_ended_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"pause {self.pk} of {'everything' if self.account_id is None else f'account {self.account_id}'}"

    @property
    def hold(self) -> str:
        """The reason that its holds carry."""
        return "library" if self.account_id is None else "account"
