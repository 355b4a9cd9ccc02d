"""Reading back what patrons write: one stream per published post, upserted by the network's own id."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from core.dispatch import PROFILES
from inbox import receiving
from inbox.models import Conversation
from platforms import accounts, lines, registry, vault
from platforms.base import Feature, RateLimited, RemoteError, Unauthorized
from platforms.models import Account, Cursor
from posts.models import Delivery
from scheduler import receipts
from scheduler.presence import me, slots

log = logging.getLogger(__name__)
PREFIX = "comments:"
LEASE_S = 150  # longer than the longest reading: two deadlines of a minute
PAGES_AT_ONCE = 10
# Where a network lists only what is new to us, a second look from the first comment on shows edits and what is gone.
# It costs a call for each hundred comments: none beyond the usual one while a talk is shorter than this,
SHORT = 90
# and for longer talks it is made this rarely, while they are young.
SECOND_LOOK = ((timedelta(days=2), timedelta(hours=1)), (timedelta(days=30), timedelta(days=1)))
SLOTS = 2


def pace(delivery: Delivery, realm: str) -> timedelta:
    """How soon to look again: often while a post is young, ever less later, so that reads (X bills them) stay few."""
    age = timezone.now() - (delivery.sent_at or timezone.now())
    if realm == "practice":
        return timedelta(seconds=5) if age < timedelta(hours=1) else timedelta(minutes=2)
    if age < timedelta(hours=2):
        return timedelta(minutes=5)
    if age < timedelta(days=2):
        return timedelta(minutes=30)
    return timedelta(hours=6) if age < timedelta(days=30) else timedelta(days=7)


def wants_second_look(talk: Conversation | None, delivery: Delivery) -> bool:
    """Whether this reading should begin at the first comment again. Not in the middle of a round."""
    if talk is None or talk.round_at:
        return False
    if talk.messages.count() < SHORT:
        return True
    now = timezone.now()
    age = now - (delivery.sent_at or now)
    rest = next((rest for young, rest in SECOND_LOOK if age < young), None)
    return rest is not None and (talk.whole_at is None or talk.whole_at <= now - rest)


def claim_cursor(platform: str) -> Cursor | None:
    """Lease one stream of a network that is due, of an account that can be asked."""
    sql = """
        UPDATE platforms_cursor SET leased_until = now() + make_interval(secs => %s) WHERE id = (
            SELECT c.id FROM platforms_cursor c JOIN platforms_account a ON a.id = c.account_id
            WHERE c.next_at <= now() AND (c.leased_until IS NULL OR c.leased_until < now()) AND a.state = 'connected'
              AND (a.blocked_until IS NULL OR a.blocked_until <= now()) AND c.stream LIKE 'comments:%%'
              AND a.platform = %s
            ORDER BY c.next_at LIMIT 1 FOR UPDATE OF c SKIP LOCKED) RETURNING *"""
    rows = list(Cursor.objects.raw(sql, [LEASE_S, platform]))
    return rows[0] if rows else None


def collect(limit: int = 40) -> int:
    """Read streams that are due, in this thread, network by network. Returns how many were read.

    A network that never answers holds SLOTS threads of this process; the others are read by those who find it taken.
    """
    done = 0
    for platform in registry.names(offered=False):
        with slots.take(f"collect:{platform}", SLOTS) as free:
            done += _collect_from(platform, limit) if free else 0
    return done


def _collect_from(platform: str, limit: int) -> int:
    done = 0
    while done < limit and not me.stopping.is_set() and (cursor := claim_cursor(platform)):
        try:
            _read(cursor)
        except Exception as error:
            if not isinstance(error, RemoteError | vault.NoToken | DatabaseError):
                log.exception("A bug while reading the comments of stream %s.", cursor.pk)
            _failed(cursor, error)
        finally:
            connection.close()
        done += 1
    return done


def _read(cursor: Cursor) -> None:
    account = Account.objects.select_related("library").get(pk=cursor.account_id)
    remote_id = cursor.stream.removeprefix(PREFIX)
    delivery = Delivery.objects.filter(account=account, remote_id=remote_id).first()
    abilities = lines.capabilities(account)
    taken_down = delivery is not None and getattr(delivery, "takedown", None) and delivery.takedown.state == "sent"
    if delivery is None or taken_down or Feature.COMMENTS not in abilities.features:
        Cursor.objects.filter(pk=cursor.pk).update(next_at=Now() + timedelta(days=3650), leased_until=None)
        return
    deadline = PROFILES[account.realm].deadline
    who = lines.fresh_identity(account, deadline=deadline)
    adapter = lines.adapter(account.platform, account.realm, deadline=deadline)
    value = _begin(cursor, account, delivery, Feature.REREAD in abilities.features)
    for _page in range(PAGES_AT_ONCE):
        page = adapter.comments(who, remote_id, value)
        with transaction.atomic():  # the comments and how far we read, together
            receiving.receive(account, delivery, page.items, whole=page.whole, last=not page.more)
            value = page.cursor  # None: the next reading begins at the first again
            Cursor.objects.filter(pk=cursor.pk).update(
                value=value or "", read_at=Now(), failures=0,
                next_at=Now() + (timedelta(0) if page.more else pace(delivery, account.realm)),
            )  # fmt: skip
        if not page.more:
            break
    receipts.take(adapter, who, delivery)
    Cursor.objects.filter(pk=cursor.pk).update(leased_until=None)


def _begin(cursor: Cursor, account: Account, delivery: Delivery, may_reread: bool) -> str | None:
    """Where this reading starts. Both that a round begins and that it begins at the first is stored before it does:
    a round that breaks off is taken up again or begun anew, never taken for one that saw everything."""
    again = may_reread and wants_second_look(receiving.talk_beneath(account, delivery), delivery)
    if cursor.value and not again:
        return cursor.value
    with transaction.atomic():
        Cursor.objects.filter(pk=cursor.pk).update(value="")
        receiving.begin_round(account, delivery)
    return None


def _failed(cursor: Cursor, error: Exception) -> None:
    if isinstance(error, vault.NoToken | Unauthorized):
        accounts.needs_reconnecting(cursor.account, getattr(error, "code", "no_token"))
    if isinstance(error, RateLimited):
        accounts.block(cursor.account_id, error.retry_after or timedelta(minutes=1), error.code)
    wait = min(timedelta(hours=1), timedelta(seconds=5 * 2 ** min(cursor.failures, 10)))
    Cursor.objects.filter(pk=cursor.pk).update(
        next_at=Now() + max(wait, getattr(error, "retry_after", None) or timedelta(0)),
        failures=cursor.failures + 1, leased_until=None,
    )  # fmt: skip
    log.info("Comments of account %s could not be read: %s", cursor.account_id, getattr(error, "code", error))
