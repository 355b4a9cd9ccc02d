"""Corrections: when one may go out, and what speaking and looking mean for it."""

from __future__ import annotations

from datetime import datetime
from unicodedata import normalize

from django.utils import timezone

from core import remote
from core.dispatch import SENDING, UNCONFIRMED
from platforms.base import (
    Absent,
    Adapter,
    CannotTell,
    Feature,
    Found,
    Identity,
    Memory,
    Published,
    Rejected,
    Sighting,
)
from posts.actions.correcting import STILL_UP, can_correct
from posts.models import Correction, Takedown

NOT_YET = "not_yet"


def may_go(row: Correction) -> str:
    """Why a correction must not go out: a later one takes its place, or the post comes down. "" where it may."""
    others = Correction.objects.filter(delivery=row.delivery_id)
    if others.filter(number__gt=row.number).exists():
        return "superseded"
    if Takedown.objects.filter(delivery=row.delivery_id).exclude(state__in=STILL_UP).exists():
        return "taken_down"
    if others.filter(number__lt=row.number, state__in=[SENDING, UNCONFIRMED]).exists():
        return NOT_YET  # whatever becomes of the earlier words, ours must come after them
    return "" if can_correct(row.delivery) else "cannot_edit"


def put_right(adapter: Adapter, who: Identity, row: Correction, draft: None, memory: Memory) -> Published:
    """Say the new words. The same words twice are harmless."""
    with remote.saying(remote.Kind.VISIBLE):
        adapter.edit(who, row.delivery.remote_id, row.text)
    return _proof(row)


def stands_there(
    adapter: Adapter, who: Identity, row: Correction, draft: None, since: datetime, memory: Memory, bound: frozenset[str]
) -> Sighting:
    """For a correction, *found* means that the new words can be read there. A post that is gone holds no words."""
    if Feature.READ_BACK not in adapter.capabilities(who.facts).features:
        return CannotTell("this account cannot read its posts back")
    try:
        seen = adapter.read_back(who, row.delivery.remote_id)
    except Rejected as error:
        if error.code != "gone":
            raise
        return Absent()
    return Found(_proof(row)) if _plain(seen.text) == _plain(row.text) else Absent()


def _proof(row: Correction) -> Published:
    return Published(row.delivery.remote_id, row.delivery.remote_url, timezone.now())


def _plain(text: str) -> str:
    """Words with the form of accents and the amount of space taken out."""
    return " ".join(normalize("NFC", text).split())
