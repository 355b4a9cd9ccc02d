"""Attempts, the ledger beneath every Dispatch, and the CHECKs that both kinds of table carry."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.dispatch import GRAPH, PROFILES, SENDING, SENT


class AttemptBase(models.Model):
    """One time that we touched the outside world for a row. `outcome` is "" while it is open."""

    OUTCOMES = ("", "published", "accepted", "not_applied", "rejected", "unknown", "released")

    number = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, default="", blank=True)
    code = models.CharField(max_length=40, default="", blank=True)
    detail = models.TextField(default="", blank=True)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        abstract = True


def dispatch_constraints(name: str, *, proof: bool = True) -> list[models.BaseConstraint]:
    """The CHECKs of every Dispatch table, named after it.

    `proof`: whether `sent` needs a remote id (a takedown's proof is that nothing is there any more).
    """
    sent = ~Q(state=SENT) | Q(sent_at__isnull=False) & (~Q(remote_id="") if proof else Q())
    return [
        GRAPH.check(f"{name}_state_known"),
        models.CheckConstraint(condition=Q(realm__in=tuple(PROFILES)), name=f"{name}_realm_known"),
        models.CheckConstraint(condition=sent, name=f"{name}_sent_has_proof"),
        models.CheckConstraint(
            condition=Q(lease_token=None, leased_until=None, leased_by=None)
            | Q(lease_token__isnull=False, leased_until__isnull=False, leased_by__isnull=False),
            name=f"{name}_lease_whole",
        ),
        models.CheckConstraint(
            condition=~Q(state=SENDING) | Q(lease_token__isnull=False), name=f"{name}_sending_is_leased"
        ),
    ]


def attempt_constraints(name: str, fk: str) -> list[models.BaseConstraint]:
    """The constraints of every attempt table: numbered, never two open, ended exactly when it has an outcome."""
    return [
        models.UniqueConstraint(fields=[fk, "number"], name=f"{name}_numbered"),
        models.UniqueConstraint(fields=[fk], condition=Q(outcome=""), name=f"{name}_one_open"),
        models.CheckConstraint(
            condition=Q(outcome="", ended_at=None) | (~Q(outcome="") & Q(ended_at__isnull=False)),
            name=f"{name}_ended_with_outcome",
        ),
        models.CheckConstraint(condition=Q(outcome__in=AttemptBase.OUTCOMES), name=f"{name}_outcome_known"),
    ]
