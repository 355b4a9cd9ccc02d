"""Dispatch: one promise, one remote effect, one row.

*Lease* says who is working; *state* says what the world may already know. They are separate columns. The five steps
(claim, open_attempt, the call, settle, reconcile) are each a short transaction of their own, and none is open during
the call. All clocks are the database's. docs/adr/0003 says why.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, TypeVar

from django.db import connection, models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from core import settling
from core.database import hot
from core.models import Worker
from core.profiles import PROFILES, Profile, by_realm
from core.settling import Verdict, web_address
from core.states import Graph

Row = TypeVar("Row", bound="Dispatch")
SCHEDULED, SENDING, SENT, PROCESSING = "scheduled", "sending", "sent", "processing"
UNCONFIRMED, ATTENTION, FAILED = "unconfirmed", "attention", "failed"
EXPIRED, CANCELLED = "expired", "cancelled"

GRAPH = Graph(
    "dispatch",
    SCHEDULED,
    {
        SCHEDULED: (SENDING, CANCELLED, EXPIRED, SENT),
        SENDING: (SENT, PROCESSING, SCHEDULED, FAILED, UNCONFIRMED),
        PROCESSING: (SENT, FAILED, UNCONFIRMED),
        UNCONFIRMED: (SENT, SCHEDULED, ATTENTION),
        ATTENTION: (SENT, SCHEDULED, UNCONFIRMED, CANCELLED),
        FAILED: (SCHEDULED, CANCELLED),
        EXPIRED: (SENT, SCHEDULED),
        CANCELLED: (SENT, SCHEDULED),
        SENT: (),
    },
)
# A late proof is accepted from these: the truth has no lease (rulings b.0.1).
PROVABLE = (SENDING, PROCESSING, UNCONFIRMED, SCHEDULED, ATTENTION, EXPIRED, CANCELLED)
MAX_STRIKES = 12  # unknown and rejected outcomes; the others are bounded by expires_at alone


class LostClaim(Exception):
    """Somebody else holds the row now, or a person stopped it first. Nothing was sent."""


class DispatchQuerySet(models.QuerySet[Row]):
    """Reads and the compare-and-set moves. Nothing here talks to the outside world."""

    def due(self) -> Self:
        """Rows whose moment has come and that nobody holds."""
        return self.filter(Q(leased_until=None) | Q(leased_until__lt=Now()), due_at__lte=Now(), hold="")

    def claim(
        self, worker: int, *, states: tuple[str, ...] = (SCHEDULED,), limit: int = 1, orphaned: bool = False, **only: Any
    ) -> list[Row]:
        """Lease up to `limit` due rows for `worker` (its id), oldest first; rows others have locked are skipped.

        `only` narrows by column (platform="facebook"). Returns instances carrying their lease; [] where none is due.
        A hold stops sending, never looking. `orphaned`: rows whose account nobody may ask any more.
        """
        table, model = self.model._meta.db_table, self.model
        ready = f"AND hold = '' {model.CLAIMABLE}" if SCHEDULED in states else model.LOOKABLE
        ready = model.ORPHANED if orphaned else ready
        extra = "".join(f" AND {connection.ops.quote_name(name)} = %s" for name in only)
        token = uuid.uuid4()
        sql = f"""
            UPDATE {table} SET lease_token = %s, leased_by = %s, leased_until = now() + {by_realm("lease")}
            WHERE id IN (
                SELECT id FROM {table} AS row
                WHERE state IN ({", ".join(f"'{state}'" for state in states)})
                  AND due_at <= now() AND (leased_until IS NULL OR leased_until < now())
                  {extra} {ready}
                ORDER BY due_at, id LIMIT %s FOR UPDATE SKIP LOCKED)
            RETURNING {hot.columns(self.model)}"""
        rows: list[Any] = hot.instances(self.model, sql, [token, worker, *only.values(), limit])
        return sorted(rows, key=lambda row: (row.due_at, row.pk))

    def open_attempts(self, rows: Sequence[Dispatch]) -> dict[int, int]:
        """The only door to the outside world: compare-and-set on state, lease and hold, and the attempts with it.

        Returns the number of each attempt that was opened, by row. A row that is not among them was somebody else's
        or a person's first; nothing may be sent for it.
        """
        attempt, fk = self.model._attempts()
        sql = f"""
            WITH moved AS (
                UPDATE {self.model._meta.db_table} SET state = 'sending', tries = tries + 1, updated_at = now(),
                       leased_until = now() + {by_realm("lease")}
                WHERE (id, lease_token) IN (SELECT * FROM unnest(%s::bigint[], %s::uuid[]))
                  AND state = 'scheduled' AND leased_until > now() AND hold = ''
                  AND (expires_at IS NULL OR expires_at > now())
                RETURNING id, tries)
            INSERT INTO {attempt._meta.db_table} ({fk}_id, number, started_at, outcome, detail, code)
            SELECT id, tries, now(), '', '', '' FROM moved RETURNING {fk}_id, number"""
        with hot.asked(sql, [[row.pk for row in rows], [row.lease_token for row in rows]]) as cursor:
            opened = dict(cursor.fetchall())
        for row in rows:
            if row.pk in opened:
                row.state, row.tries = SENDING, opened[row.pk]
        return opened

    def move(self, old: str | Iterable[str], new: str, **columns: Any) -> bool:
        """Compare-and-set of the state. True where exactly that happened."""
        olds = (old,) if isinstance(old, str) else tuple(old)
        return bool(self.filter(state__in=olds).update(state=new, updated_at=Now(), **columns))

    def reap(self) -> list[Row]:
        """Rows in `sending` whose worker fell silent become `unconfirmed`: exactly what we know.

        A worker counts as silent when its lease ran out, or when it was not heard for SILENT_AFTER_S seconds (quiet
        plus the fence of core.remote cover one that was merely frozen). Leases on rows that were not being sent are
        dropped. Returns the rows that became unconfirmed.
        """
        silent = Worker.objects.filter(
            Q(beat_at__lt=Now() - timedelta(seconds=Worker.SILENT_AFTER_S)) | Q(stopped_at__isnull=False)
        )
        gone = Q(leased_until__lt=Now()) | Q(leased_by__in=silent.values("pk"))
        idle = self.filter(leased_by__in=silent.values("pk")).exclude(state=SENDING)
        idle.update(lease_token=None, leased_by=None, leased_until=None)
        with transaction.atomic():
            rows = list(self.filter(gone, state=SENDING).select_for_update(skip_locked=True, of=("self",))[:200])
            for row in rows:
                row._fall_silent()
        return rows

    def expire(self) -> list[Row]:
        """Rows that are due, free and too late become `expired`. Too late is worse than never."""
        with transaction.atomic():
            late = self.filter(
                Q(leased_until=None) | Q(leased_until__lt=Now()), state=SCHEDULED, expires_at__lte=Now()
            ).select_for_update(skip_locked=True, of=("self",))
            rows = list(late[:200])
            for row in rows:
                row._come_too_late()
        return rows


class Dispatch(models.Model):
    """Abstract. Subclasses have `attempts` (a reverse FK to an `AttemptBase`) and override `note`."""

    # SQL appended to a claim's WHERE, about the columns of `row`: to send it, to look for it, and where nobody can look.
    CLAIMABLE: ClassVar[str] = ""
    LOOKABLE: ClassVar[str] = ""
    ORPHANED: ClassVar[str] = "AND false"

    realm = models.CharField(max_length=8)
    state = models.CharField(max_length=12, default=SCHEDULED)
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    leased_by = models.BigIntegerField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    strikes = models.PositiveSmallIntegerField(default=0)
    absences = models.PositiveSmallIntegerField(default=0)
    hold = models.CharField(max_length=200, default="", blank=True)
    checkpoint = models.JSONField(default=dict, blank=True)
    remote_id = models.CharField(max_length=200, default="", blank=True)
    remote_url = models.CharField(max_length=500, default="", blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=40, default="", blank=True)
    error_detail = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    objects = DispatchQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def profile(self) -> Profile:
        return PROFILES[self.realm]

    def note(self, event: str, **data: Any) -> None:
        """Write the event to the audit log; runs inside the transaction of the move. Subclasses must override."""
        raise TypeError(f"{type(self).__name__} does not say how it is audited ({event}, {data})")

    def when_sent(self) -> None:
        """Called in the transaction that records the proof; subclasses add what follows from it."""

    def late_proof(self, number: int, remote_id: str, remote_url: str) -> None:
        """An attempt that was given up succeeded after a newer one began. Subclasses tell people where it matters."""

    def drop(self, reason: str) -> bool:
        """Not to be sent any more, found out just before sending. True where it was still scheduled."""
        with transaction.atomic():
            free = {"lease_token": None, "leased_by": None, "leased_until": None}
            moved = type(self).objects.filter(pk=self.pk).move(SCHEDULED, CANCELLED, **free)
            if moved:
                self.state = CANCELLED
                self.note("resolved", answer="drop", reason=reason)
        return moved

    def release(self, wait: timedelta) -> None:
        """Give the claim back unopened; due again after `wait`."""
        type(self).objects.filter(pk=self.pk, state=SCHEDULED, lease_token=self.lease_token).update(
            due_at=Now() + wait, lease_token=None, leased_by=None, leased_until=None, updated_at=Now()
        )

    @classmethod
    def _attempts(cls) -> tuple[Any, str]:
        relation: Any = cls._meta.get_field("attempts")
        return relation.related_model, relation.field.name

    def open_attempt(self) -> int:
        """Write down that we are about to touch the outside world. Returns the attempt's number.

        Raises LostClaim when a person or another worker was first; then nothing may be sent.
        """
        if self.pk not in type(self).objects.open_attempts([self]):
            raise LostClaim(self.pk)
        return self.tries

    def remember(self, key: str, value: Any) -> None:
        """Commit one platform handle. Raises LostClaim when this attempt is no longer the open one."""
        sql = f"""
            UPDATE {self._meta.db_table} SET checkpoint = checkpoint || %s::jsonb, updated_at = now()
            WHERE id = %s AND state = 'sending' AND tries = %s AND lease_token = %s"""
        with hot.asked(sql, [json.dumps({key: value}), self.pk, self.tries, self.lease_token]) as cursor:
            if not cursor.rowcount:
                raise LostClaim(self.pk)
        self.checkpoint = {**self.checkpoint, key: value}

    def still_mine(self) -> bool:
        """Whether the attempt that this process opened is still open. One indexed read."""
        return (
            type(self)
            .objects.filter(pk=self.pk, state=SENDING, tries=self.tries, lease_token=self.lease_token)
            .filter(leased_until__gt=Now())
            .exists()
        )

    def settle(self, number: int, verdict: Verdict) -> bool:
        """Record what attempt `number` came to. False where a newer attempt or a final state stood in the way.

        A late *success* is accepted while no newer attempt exists; every other verdict only from `sending`.
        """
        words = settling.words(self.pk, number, verdict, PROVABLE if verdict.state == SENT else (SENDING,))
        if verdict.state == SENT and (what := self.follows(number, verdict)):
            return self._settle_at_once(words, verdict, *what)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(settling.sql(type(self), *self._attempts(), sent=verdict.state == SENT), words)
            moved = bool(cursor.fetchone()[0])
            if moved:
                self.state = verdict.state
                self._take_proof(words)
                self.note(verdict.outcome, number=number, code=verdict.code, remote_id=verdict.remote_id)
        return moved

    def follows(self, number: int, verdict: Verdict) -> tuple[str, dict[str, Any]] | None:
        """What `when_sent` and `note` would do for this proof, as further parts of the same statement.

        They begin with a comma, read from `moved` (one row where the proof was taken) and come with their parameters.
        None: the subclass has nothing to say that way, and the two methods are called.
        """
        return None

    def _settle_at_once(self, words: dict[str, Any], verdict: Verdict, parts: str, more: dict[str, Any]) -> bool:
        """A proof and all that follows from it in one statement: half of all that is written for a post."""
        sql = settling.sql(type(self), *self._attempts(), sent=True, parts=parts)
        with hot.asked(sql, {**words, **more}) as cursor:
            moved = bool(next(cursor)[0])
        if moved:
            self.state = SENT
            self.remote_id, self.remote_url, self.sent_at = verdict.remote_id, words["remote_url"], verdict.at
        return moved

    def _take_proof(self, columns: dict[str, Any]) -> None:
        if self.state == SENT:
            self.remote_id, self.remote_url, self.sent_at = (
                columns["remote_id"], columns["remote_url"], columns["sent_at"],
            )  # fmt: skip
            self.when_sent()

    def _come_too_late(self) -> None:
        """Not sent any more; one that was to be repeated to learn of its first copy is in doubt instead."""
        mine = type(self).objects.filter(pk=self.pk)
        if self.unresolved:
            mine.move(SCHEDULED, SENDING, lease_token=uuid.uuid4(), leased_by=0, leased_until=Now())
            self._fall_silent("repeat_too_late")
            return
        mine.move(SCHEDULED, EXPIRED, lease_token=None, leased_by=None, leased_until=None)
        self.state = EXPIRED
        self.note("expired")

    @property
    def unresolved(self) -> float:
        """Seconds after the doubtful attempt within which the identical body may be sent again; 0 where none waits."""
        return float(self.checkpoint.get("unresolved") or 0)

    def _fall_silent(self, code: str = "worker_silent") -> None:
        quiet = timedelta(seconds=self.profile.quiet)
        type(self).objects.filter(pk=self.pk).move(
            SENDING, UNCONFIRMED, lease_token=None, leased_by=None, leased_until=None, absences=0,
            strikes=F("strikes") + 1, due_at=Now() + quiet, error_code=code,
        )  # fmt: skip
        self.state = UNCONFIRMED
        model, fk = self._attempts()
        model.objects.filter(**{fk: self.pk}, number=self.tries, outcome="").update(
            outcome="unknown", ended_at=Now(), code=code
        )
        self.note("unknown", number=self.tries, code=code)

    # -- reconciling: only rows in `unconfirmed` that this worker has leased

    def _reconciled(self, new: str, event: str, **columns: Any) -> bool:
        with transaction.atomic():
            mine = type(self).objects.filter(pk=self.pk, lease_token=self.lease_token)
            moved = mine.move(UNCONFIRMED, new, lease_token=None, leased_by=None, leased_until=None, **columns)
            if moved:
                self.state = new
                self.note(event, number=self.tries)
        return moved

    def found(self, remote_id: str, remote_url: str, at: datetime) -> bool:
        """The network has it: sent, with proof. Accepted while no newer attempt was opened, whatever people clicked."""
        proof = {"remote_id": remote_id, "remote_url": web_address(remote_url), "sent_at": at}
        with transaction.atomic():
            mine = type(self).objects.filter(pk=self.pk, tries=self.tries)
            free = {"lease_token": None, "leased_by": None, "leased_until": None, "error_code": "", "error_detail": ""}
            moved = mine.move(set(PROVABLE) - {SENDING}, SENT, **proof, **free)
            if moved:
                self.state = SENT
                self._take_proof(proof)
                self.note("found", number=self.tries, remote_id=remote_id)
        return moved

    def absent(self, quiet: float | None = None) -> bool:
        """The network's complete list does not hold it. Believed only the second time, `quiet` seconds apart.

        True where the row was released to be sent again.
        """
        if self.absences == 0:
            wait = timedelta(seconds=quiet if quiet is not None else self.profile.quiet)
            type(self).objects.filter(pk=self.pk, state=UNCONFIRMED, lease_token=self.lease_token).update(
                absences=1, due_at=Now() + wait, lease_token=None, leased_by=None, leased_until=None, updated_at=Now()
            )
            return False
        if self.strikes >= MAX_STRIKES:
            self._reconciled(ATTENTION, "attention", error_code="tries_used_up")
            return False
        return self._reconciled(SCHEDULED, "absent", due_at=Now(), absences=0)

    def look_later(self, wait: timedelta, code: str = "") -> None:
        """The look itself failed; look again after `wait`."""
        type(self).objects.filter(pk=self.pk, state=UNCONFIRMED, lease_token=self.lease_token).update(
            due_at=Now() + wait, lease_token=None, leased_by=None, leased_until=None, error_code=code, updated_at=Now()
        )

    def repeat(self, within: timedelta) -> bool:
        """Only the identical body sent again would tell (LinkedIn): release it for a new attempt that knows so.

        `within`: how long after the doubtful attempt that holds; later the same body would be a second post.
        """
        merged = {**self.checkpoint, "unresolved": within.total_seconds()}
        return self._reconciled(SCHEDULED, "repeat", due_at=Now(), checkpoint=merged)

    def ask_a_person(self, code: str, detail: str = "") -> bool:
        """No machine can tell."""
        return self._reconciled(ATTENTION, "attention", error_code=code, error_detail=detail)
