"""Every rule that the database keeps is broken once by raw SQL, and the rule that was meant is the one that refuses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import Error, connection, transaction
from django.utils import timezone

from audit.record import record, seal
from core.models import Worker
from inbox.models import Conversation, Message, Reply, ReplyAttempt
from libraries import notices
from libraries.models import Library, Role
from platforms.models import Cursor, DayCount, OAuthState
from posts.models import Attempt, Campaign, Hold, Takedown, TakedownAttempt
from programs.models import Feed, Preview
from tests import factories
from tests.domain.catalogue import our_tables, rules
from tests.domain.violations import REFUSES

KEPT_OTHERWISE = {"posts_hold_tell"}  # refuses nothing: it keeps one column true, see the test at the end


def _one_of_everything() -> Library:
    """A library with a row in every table that has a rule; its first rows are those that the breaches copy."""
    of = factories.library()
    author, manager = factories.actor(of, Role.STAFF), factories.actor(of, Role.MANAGER)
    account = factories.account(of)
    event = factories.event(of, external_uid="uid-1", source="feed:1")
    campaign = Campaign.objects.create(library=of, name="Summer reading", slug="summer")
    post = factories.draft(
        author, account, link="https://fernhollow.example/story", pictures=(factories.asset(of),), event=event
    )
    post.campaign = campaign
    post.save(update_fields=["campaign"])
    revision = factories.actions.submit_post(actor=author, post=post, planned_for=None)
    factories.actions.review_post(actor=manager, post=post, revision=revision, verdict="approve")
    delivery = factories.actions.schedule_post(actor=manager, post=post)[0]
    type(delivery).objects.filter(pk=delivery.pk).update(remote_id=f"seen-{of.pk}")
    now = timezone.now()
    Attempt.objects.create(delivery=delivery, number=1)
    Hold.objects.create(delivery=delivery, reason="paused")
    same = {"library": of, "realm": "practice", "account": account, "platform": "facebook", "due_at": now}
    talk = Conversation.objects.create(library=of, account=account, external_id="p1", delivery=delivery)
    Message.objects.create(conversation=talk, direction="in", external_id="m1", sent_at=now)
    for _second in range(2):
        reply = Reply.objects.create(**same, conversation=talk, author=author.user, body="Thank you")
        ReplyAttempt.objects.create(reply=reply, number=1)
    notices.raise_notice(of.pk, "key", title="Something")
    Cursor.objects.create(account=account, stream="comments:p1")
    DayCount.objects.create(account=account, day=now.date())
    OAuthState.objects.create(
        state=f"s-{of.pk}", verifier="v", platform="facebook", realm="practice", library=of, user=author.user
    )
    feed = Feed.objects.create(library=of, name="Events", url="https://fernhollow.example/feed", tz=of.tz)
    Preview.objects.create(library=of, feed=feed, name="Events", body=b"x", made_by=author.user)
    Worker.objects.create(name="w")
    return of


def _takedown_of_the_first() -> None:
    from posts.models import Delivery

    delivery = Delivery.objects.order_by("pk")[0]
    takedown = Takedown.objects.create(
        library=delivery.library, realm=delivery.realm, account=delivery.account, platform="facebook",
        due_at=timezone.now() + timedelta(hours=1), delivery=delivery,
    )  # fmt: skip
    TakedownAttempt.objects.create(takedown=takedown, number=1)


@pytest.fixture(scope="module")
def world(django_db_setup: Any, django_db_blocker: Any) -> Iterator[None]:
    """Two libraries with everything, in one transaction for the whole module."""
    with django_db_blocker.unblock(), transaction.atomic():
        _one_of_everything()
        other = _one_of_everything()
        factories.scheduled(other, other.accounts.get(), body="Without a link, so that one can be forged for it")
        _takedown_of_the_first()
        seal()
        record(None, "posts.post.edited", Worker.objects.first(), label="not sealed yet")
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        yield
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_every_rule_of_the_database_is_broken_by_a_test() -> None:
    here = set(rules())
    proven = set(REFUSES) | KEPT_OTHERWISE
    assert not here - proven, f"rules without a breach in tests/domain/violations.py: {sorted(here - proven)}"
    assert not proven - here, f"breaches of rules that no longer exist: {sorted(proven - here)}"


@pytest.mark.django_db
def test_each_breach_names_the_table_of_its_rule() -> None:
    known = rules()
    wrong = {name: breach.table for name, breach in REFUSES.items() if name in known and known[name][0] != breach.table}
    assert not wrong


@pytest.mark.parametrize("name", sorted(REFUSES))
def test_the_database_refuses(name: str, world: None) -> None:
    with pytest.raises(Error) as refused, transaction.atomic():
        REFUSES[name].run()
    assert refused.value.__cause__.diag.constraint_name == name, str(refused.value)


@pytest.mark.parametrize("table", ["audit_auditentry", "audit_auditcontent", "audit_seal", "posts_revision", "posts_review"])
def test_what_only_grows_cannot_be_deleted_either(table: str, world: None) -> None:
    with pytest.raises(Error) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")
    assert refused.value.__cause__.diag.constraint_name == f"{table}_append_only"


def test_erased_content_cannot_be_filled_again(world: None) -> None:
    with pytest.raises(Error) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE audit_auditcontent SET salt = NULL, content = NULL, erased_at = now()")
        cursor.execute("UPDATE audit_auditcontent SET salt = 'x', content = '{}', erased_at = NULL")
    assert refused.value.__cause__.diag.constraint_name == "audit_auditcontent_append_only"


def test_a_delivery_always_carries_its_reasons_to_wait(world: None) -> None:
    """posts_hold_tell: whoever writes holds, by whatever way, the claim sees it."""
    with transaction.atomic(), connection.cursor() as cursor:
        held = "SELECT hold FROM posts_delivery ORDER BY id LIMIT 1"
        cursor.execute(held)
        assert cursor.fetchone() == ("paused",)
        cursor.execute("INSERT INTO posts_hold (delivery_id, reason, detail) SELECT min(id), 'event', '' FROM posts_delivery")
        cursor.execute(held)
        assert cursor.fetchone() == ("event,paused",)
        cursor.execute("DELETE FROM posts_hold")
        cursor.execute(held)
        assert cursor.fetchone() == ("",)
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_our_tables_are_found() -> None:
    assert {"posts_delivery", "audit_seal", "libraries_user", "core_worker"} <= set(our_tables())
