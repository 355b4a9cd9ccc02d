"""Writing the record, sealing it, verifying it, erasing from it."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now
from django.dispatch import Signal

from audit.actions import Action
from audit.models import AuditContent, AuditEntry, Seal

recorded = Signal()  # the only domain signal: fired inside the transaction, with `entry` and `content`
request_id: ContextVar[str] = ContextVar("request_id", default="")
START = "0" * 64


def commitment(salt: bytes, content: dict[str, Any]) -> str:
    """SHA-256 over the salt and the content as canonical JSON; 64 hex digits."""
    plain = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(salt + plain.encode()).hexdigest()


def record(
    actor: Any, action: str, obj: Any, *, library_id: int | None = None, realm: str = "", label: str = "", **data: Any
) -> AuditEntry:
    """Append one entry, in the caller's transaction. `actor` is None for the machine.

    `obj` is the model instance it is about; `data` must be JSON. Raises ValueError for an action not in the enum.
    """
    entry, salt, content = _made(actor, action, obj, library_id, realm, label, data)
    with connection.cursor() as cursor:
        cursor.execute(f"WITH one AS (SELECT 1) {APPEND.format(source='one')} SELECT id, at FROM entry",
                       _words(entry, salt, content))
        entry.pk, entry.at = cursor.fetchone()
    entry._state.adding = False
    recorded.send(sender=AuditEntry, entry=entry, content=content)
    return entry


def part(source: str, action: str, obj: Any, *, label: str = "", **data: Any) -> tuple[str, dict[str, Any]] | None:
    """The machine's entry as parts of a larger statement, written once for each row of the expression `source`.

    Returns the parts, beginning with a comma, and their parameters; None where somebody listens to `recorded` and
    must be told, which only `record` does.
    """
    if recorded.has_listeners():
        return None
    return APPEND.format(source=source), _words(*_made(None, action, obj, None, "", label, data))


def _made(
    actor: Any, action: str, obj: Any, library_id: int | None, realm: str, label: str, data: dict[str, Any]
) -> tuple[AuditEntry, bytes, dict[str, Any]]:
    content = json.loads(
        json.dumps({"actor": str(actor) if actor else "", "object": label or str(obj), **data}, default=str)
    )
    salt = secrets.token_bytes(16)
    entry = AuditEntry(
        actor_id=getattr(actor, "user_id", None) or getattr(actor, "pk", None),
        library_id=library_id or getattr(obj, "library_id", None),
        realm=realm or getattr(obj, "realm", "") or "",
        action=Action(action).value,
        object_type=obj._meta.model_name,
        object_id=obj.pk,
        commitment=commitment(salt, content),
        request_id=request_id.get(),
    )
    return entry, salt, content


# Both rows in one round trip: this runs for every state change there is. `source` has one row for each entry.
APPEND = """
    , entry AS (
        INSERT INTO audit_auditentry
            (actor_id, library_id, realm, action, object_type, object_id, commitment, request_id)
        SELECT %(a_actor)s::bigint, %(a_library)s::bigint, %(a_realm)s::text, %(a_action)s::text, %(a_type)s::text,
               %(a_object)s::bigint, %(a_commitment)s::text, %(a_request)s::text FROM {source} RETURNING id, at),
    content AS (
        INSERT INTO audit_auditcontent (entry_id, salt, content)
        SELECT id, %(a_salt)s::bytea, %(a_content)s::jsonb FROM entry)"""


def _words(entry: AuditEntry, salt: bytes, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "a_actor": entry.actor_id, "a_library": entry.library_id, "a_realm": entry.realm, "a_action": entry.action,
        "a_type": entry.object_type, "a_object": entry.object_id, "a_commitment": entry.commitment,
        "a_request": entry.request_id, "a_salt": salt, "a_content": json.dumps(content, ensure_ascii=False),
    }  # fmt: skip


def link_digest(number: int, previous: str, entry: AuditEntry) -> str:
    """The digest of link `number`: over the link before and every field of the entry that is not its content."""
    fields = [
        number, previous, entry.pk, entry.at.isoformat(), entry.actor_id, entry.library_id, entry.realm, entry.action,
        entry.object_type, entry.object_id, entry.commitment, entry.request_id,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(fields, separators=(",", ":")).encode()).hexdigest()


def seal(limit: int = 2000) -> int:
    """Chain committed entries that are not sealed yet, in order of their ids. Returns how many.

    One sealer at a time (an advisory lock); a second one returns 0. An entry that commits late gets a later number
    than entries with higher ids: the chain's order is the order of sealing, and that is what is verified.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('audit.seal'))")
            if not cursor.fetchone()[0]:
                return 0
        last = Seal.objects.order_by("-number").first()
        number, previous = (last.number, last.digest) if last else (0, START)
        links = []
        for entry in AuditEntry.objects.unsealed()[:limit]:
            number += 1
            digest = link_digest(number, previous, entry)
            links.append(Seal(number=number, entry=entry, previous=previous, digest=digest))
            previous = digest
        Seal.objects.bulk_create(links)
    return len(links)


@dataclass(frozen=True)
class Break:
    """Where the chain does not hold, and why in words. `entry_id` is None where the link itself is gone."""

    number: int
    entry_id: int | None
    why: str


@dataclass(frozen=True)
class Head:
    """How far the chain is known to have reached, from outside the database (see audit/head.py)."""

    number: int
    digest: str


def verify(head: Head | None = None) -> Iterator[Break]:
    """Walk the whole chain; yields every break. Erased content is not a break: its commitment stands.

    `head` must have been read before: a seal that is younger than this walk would look like one that was cut off.
    """
    expected, previous = 1, START
    for link in Seal.objects.select_related("entry", "entry__content").order_by("number").iterator(2000):
        if link.number != expected:
            yield Break(link.number, link.entry_id, f"link {expected} is missing")
        if link.previous != previous or link.digest != link_digest(link.number, previous, link.entry):
            yield Break(link.number, link.entry_id, "the entry or its place was changed")
        if head and link.number == head.number and link.digest != head.digest:
            yield Break(link.number, link.entry_id, "the seal is another than the one kept outside the database")
        content = getattr(link.entry, "content", None)
        if content is None:
            yield Break(link.number, link.entry_id, "the content row is gone")
        elif not content.erased_at and commitment(bytes(content.salt), content.content) != link.entry.commitment:
            yield Break(link.number, link.entry_id, "the content was changed")
        expected, previous = link.number + 1, link.digest
    if head and expected <= head.number:
        yield Break(head.number, None, f"the end was cut off: there were {head.number} links and {expected - 1} are left")


def erase(actor: Any, entry: AuditEntry, *, reason: str) -> None:
    """Empty one entry's content for good. The chain still verifies; that it was erased is itself recorded."""
    with transaction.atomic():
        changed = AuditContent.objects.filter(entry=entry, erased_at=None).update(
            salt=None, content=None, erased_at=Now()
        )
        if changed:
            record(actor, Action.CONTENT_ERASED, entry, label=f"entry {entry.pk}", reason=reason)
