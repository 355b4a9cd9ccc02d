"""The record: it only grows, names every change in the same transaction, may be emptied, and tells when it was touched."""

from __future__ import annotations

import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from audit import head
from audit.actions import Action
from audit.models import AuditContent, AuditEntry, Seal
from audit.record import Head, erase, record, seal, verify
from libraries.models import Library, Notice, Role
from posts import actions
from posts.models import Delivery, Post
from scheduler import housekeeping
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


# -- what was cut off at the end is known outside the database


@pytest.fixture(autouse=True)
def kept_here(settings: Any, tmp_path: Path) -> None:
    """Each test has its own chain, so also its own memory of it."""
    settings.VAR_DIR = tmp_path


def _cut(links: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM audit_seal WHERE number > (SELECT max(number) - %s FROM audit_seal)", [links])
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def test_every_sealing_leaves_its_newest_seal_beside_the_database(chain: list[AuditEntry]) -> None:
    assert head.read_head() is None
    assert housekeeping.keep_record() == 0
    last = Seal.objects.latest("number")
    assert head.read_head() == Head(last.number, last.digest)
    assert stat.S_IMODE(head.head_file().stat().st_mode) == 0o600
    record(None, Action.POST_EDITED, Library.objects.get(), text="one more")
    assert housekeeping.keep_record() == 1
    newest = Seal.objects.latest("number")
    assert newest.number == last.number + 1
    assert head.read_head() == Head(newest.number, newest.digest)
    assert list(verify(head.read_head())) == []
    assert [file.name for file in head.head_file().parent.iterdir()] == ["record-head.json"]


def test_a_chain_that_has_grown_since_still_holds(chain: list[AuditEntry]) -> None:
    earlier = Seal.objects.get(entry=chain[0])
    assert list(verify(Head(earlier.number, earlier.digest))) == []


@pytest.mark.parametrize("links", [1, 3, 1000])
def test_an_end_that_was_cut_off_is_named(chain: list[AuditEntry], links: int) -> None:
    housekeeping.keep_record()
    before = Seal.objects.count()
    _cut(links)
    assert list(verify()) == []
    left = max(before - links, 0)
    (found,) = verify(head.read_head())
    assert (found.number, found.entry_id) == (before, None)
    assert f"{before} links and {left} are left" in found.why


def test_new_seals_do_not_cover_up_a_cut(chain: list[AuditEntry]) -> None:
    housekeeping.keep_record()
    known = head.read_head()
    _cut(2)
    for n in range(2):  # one entry disappears, what followed it is sealed anew
        record(None, Action.POST_EDITED, Library.objects.get(), text=f"invented {n}")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM audit_auditcontent WHERE entry_id = %s", [chain[1].pk])
        cursor.execute("DELETE FROM audit_auditentry WHERE id = %s", [chain[1].pk])
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    assert housekeeping.keep_record() == 3
    assert list(verify()) == []
    assert head.read_head() == known
    assert [found.why for found in verify(known)] == ["the seal is another than the one kept outside the database"]


def test_people_are_told_of_a_cut_once(chain: list[AuditEntry]) -> None:
    housekeeping.keep_record()
    assert not Notice.objects.filter(key="record").exists()
    head.write_head(Head(900, "0" * 64))
    for _again in range(2):
        housekeeping.keep_record()
    told = Notice.objects.get(key="record")
    assert (told.verb, told.tone, told.times) == ("audit.read", "bad", 1)
    Notice.objects.update(resolved_at=timezone.now())
    housekeeping.keep_record()
    assert Notice.objects.filter(key="record").count() == 1


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"number": "many", "digest": ""}'])
def test_a_file_that_tells_nothing_is_not_taken_for_none(chain: list[AuditEntry], text: str) -> None:
    head.head_file().write_text(text)
    with pytest.raises(head.HeadUnreadable):
        head.read_head()
    housekeeping.keep_record()
    assert head.head_file().read_text() == text
    assert Notice.objects.filter(key="record").count() == 1


def test_a_full_disk_stops_no_sealing(chain: list[AuditEntry], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("audit.head.os.fsync", full)
    record(None, Action.POST_EDITED, Library.objects.get(), text="one more")
    assert housekeeping.keep_record() == 1
    assert list(head.head_file().parent.iterdir()) == []


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
