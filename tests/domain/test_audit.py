"""The record: it only grows, names every change in the same transaction, may be emptied, and tells when it was touched."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from audit.actions import Action
from audit.models import AuditContent, AuditEntry, Seal
from audit.record import erase, record, seal, verify
from libraries.models import Library, Role
from posts import actions
from posts.models import Delivery, Post
from tests import factories


@pytest.fixture
def chain(db: None) -> list[AuditEntry]:
    """Three sealed entries about one library."""
    of = factories.library()
    seal()
    entries = [record(None, Action.POST_EDITED, of, library_id=of.pk, text=f"words {n}") for n in range(3)]
    seal()
    return entries


def _broken(sql: str, *values: Any) -> list[str]:
    """What verify says after a change that got past the triggers."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, values)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    return [found.why for found in verify()]


def test_an_untouched_chain_verifies(chain: list[AuditEntry]) -> None:
    assert Seal.objects.count() == AuditEntry.objects.count()
    assert list(verify()) == []


def test_erased_words_are_gone_and_the_chain_still_verifies(chain: list[AuditEntry]) -> None:
    admin = factories.actor(Library.objects.get(), Role.ADMIN)
    erase(admin, chain[1], reason="asked for by law")
    content = AuditContent.objects.get(entry=chain[1])
    assert (content.content, content.salt) == (None, None)
    assert content.erased_at
    assert list(verify()) == []
    seal()
    assert list(verify()) == []
    said = AuditEntry.objects.get(action=Action.CONTENT_ERASED)
    assert said.object_id == chain[1].pk
    assert said.content.content["reason"] == "asked for by law"
    assert said.actor_id == admin.user_id


def test_erasing_twice_is_recorded_once(chain: list[AuditEntry]) -> None:
    for _twice in range(2):
        erase(None, chain[0], reason="once is enough")
    assert AuditEntry.objects.filter(action=Action.CONTENT_ERASED).count() == 1


FIELDS = {
    "at": "at = at + interval '1 second'", "actor_id": "actor_id = 999", "library_id": "library_id = 999",
    "realm": "realm = 'live'", "action": "action = 'posts.post.approved'", "object_type": "object_type = 'delivery'",
    "object_id": "object_id = 999", "commitment": "commitment = repeat('0', 64)", "request_id": "request_id = 'x'",
}  # fmt: skip


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_a_changed_entry_is_named(chain: list[AuditEntry], field: str) -> None:
    said = _broken(f"UPDATE audit_auditentry SET {FIELDS[field]} WHERE id = %s", chain[1].pk)
    assert "the entry or its place was changed" in said
    assert {found.entry_id for found in verify()} == {chain[1].pk}


def test_every_field_of_an_entry_is_covered() -> None:
    assert {f.column for f in AuditEntry._meta.concrete_fields} - {"id"} == set(FIELDS)


@pytest.mark.parametrize("change", ["content = '{\"text\": \"other\"}'", "salt = 'other'"])
def test_changed_words_are_named(chain: list[AuditEntry], change: str) -> None:
    assert _broken(f"UPDATE audit_auditcontent SET {change} WHERE entry_id = %s", chain[1].pk) == ["the content was changed"]


def test_words_that_are_gone_are_named(chain: list[AuditEntry]) -> None:
    assert _broken("DELETE FROM audit_auditcontent WHERE entry_id = %s", chain[1].pk) == ["the content row is gone"]


@pytest.mark.parametrize(("change", "why"), [
    ("UPDATE audit_seal SET digest = repeat('0', 64) WHERE entry_id = %s", "the entry or its place was changed"),
    ("UPDATE audit_seal SET previous = repeat('f', 64) WHERE entry_id = %s", "the entry or its place was changed"),
    ("UPDATE audit_seal SET number = 900 + number WHERE entry_id = %s", "link"),
    ("DELETE FROM audit_seal WHERE entry_id = %s", "is missing"),
])  # fmt: skip
def test_a_link_that_was_touched_is_named(chain: list[AuditEntry], change: str, why: str) -> None:
    assert any(why in said for said in _broken(change, chain[1].pk))


def test_an_action_that_is_not_in_the_list_is_a_bug(chain: list[AuditEntry]) -> None:
    with pytest.raises(ValueError, match="burnt"):
        record(None, "posts.post.burnt", Library.objects.get())


@pytest.mark.django_db(transaction=True)
def test_sealers_at_once_make_one_chain() -> None:
    of = factories.library()
    for n in range(200):
        record(None, Action.POST_EDITED, of, library_id=of.pk, n=n)
    start, sealed = threading.Barrier(6), []

    def work() -> None:
        start.wait(10)
        sealed.extend(seal(limit=50) for _again in range(3))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    [thread.start() for thread in threads]
    [thread.join(20) for thread in threads]
    while seal():
        pass
    numbers = list(Seal.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, AuditEntry.objects.count() + 1))
    assert list(verify()) == []


@pytest.mark.django_db(transaction=True)
def test_an_entry_that_commits_late_is_sealed_later_and_not_lost() -> None:
    of = factories.library()
    written, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            record(None, Action.POST_EDITED, of, library_id=of.pk, text="slow")
            written.set()
            go_on.wait(10)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(10)
    record(None, Action.POST_EDITED, of, library_id=of.pk, text="quick")
    seal()
    go_on.set()
    thread.join(10)
    assert seal() == 1
    assert list(verify()) == []


# -- every change and its entry share one fate


def _approved(of: Library) -> Post:
    return factories.approved(factories.actor(of, Role.STAFF), factories.actor(of, Role.MANAGER), factories.account(of))


def _delivery(of: Library) -> Delivery:
    return factories.scheduled(of, factories.account(of), when=timezone.now())[0]


CHANGES: dict[str, Callable[[Library, Any], Any]] = {
    "posts.post.created": lambda of, boss: actions.create_post(actor=boss),
    "posts.post.scheduled": lambda of, boss: actions.schedule_post(actor=boss, post=_approved(of)),
    "posts.post.approved": lambda of, boss: _approved(of),
    "posts.post.submitted": lambda of, boss: _approved(of),
    "posts.delivery.cancelled": lambda of, boss: actions.cancel_delivery(actor=boss, delivery=_delivery(of)),
    "posts.delivery.held": lambda of, boss: actions.pause_post(actor=boss, post=_delivery(of).post),
    "posts.event.cancelled": lambda of, boss: actions.cancel_event(actor=boss, event=factories.event(of)),
    "posts.post.archived": lambda of, boss: actions.archive_post(actor=boss, post=actions.create_post(actor=boss)),
}


@pytest.mark.django_db
@pytest.mark.parametrize("action", sorted(CHANGES))
def test_a_change_writes_its_entry_and_takes_it_back_with_it(action: str) -> None:
    of = factories.library()
    boss = factories.actor(of, Role.MANAGER)
    with transaction.atomic():
        CHANGES[action](of, boss)
        entry = AuditEntry.objects.filter(action=action, library_id=of.pk).first()
        assert entry is not None
        assert entry.content.content["actor"] or entry.actor_id is None
        transaction.set_rollback(True)
    assert not AuditEntry.objects.filter(action=action, library_id=of.pk).exists()
    assert not Post.objects.filter(library=of).exists()


@pytest.mark.django_db
def test_the_change_goes_where_the_entry_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    of = factories.library()
    boss, delivery = factories.actor(of, Role.MANAGER), _delivery(of)

    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("audit.record.record", full)
    with pytest.raises(OSError, match="full"):
        actions.cancel_delivery(actor=boss, delivery=delivery)
    delivery.refresh_from_db()
    assert delivery.state == "scheduled"
