"""Every rule that the database keeps is broken once by raw SQL, and the rule that was meant is the one that refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import Error, connection, transaction

from audit.record import seal
from tests import factories
from tests.domain import everything
from tests.domain.catalogue import links_that_cross, our_tables, rules
from tests.domain.violations import OWNERS, REFUSES

# These refuse nothing: they keep a column true (see the test at the end), and hold what is scheduled during a pause.
KEPT_OTHERWISE = {"posts_hold_tell", "posts_delivery_paused", "posts_delivery_paused_again"}


@pytest.fixture(scope="module")
def db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """One transaction for the whole module; each breach works in a part of it that is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def world(db: None) -> None:
    """Two libraries with everything; what is deferred was checked, so that only a breach can be refused."""
    first, other = everything.build(), everything.build()
    factories.scheduled(other.library, other.account, body="Without a link, so that one can be forged for it")
    everything.takedown_of(first.delivery)
    everything.correction_of(first.delivery)
    seal()
    everything.unsealed_entry()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def test_every_rule_of_the_database_is_broken_by_a_test(db: None) -> None:
    here = set(rules())
    proven = set(REFUSES) | KEPT_OTHERWISE
    assert not here - proven, f"rules without a breach in tests/domain/violations.py: {sorted(here - proven)}"
    assert not proven - here, f"breaches of rules that no longer exist: {sorted(proven - here)}"


def test_each_breach_names_the_table_of_its_rule(db: None) -> None:
    known = rules()
    wrong = {name: breach.table for name, breach in REFUSES.items() if name in known and known[name][0] != breach.table}
    assert not wrong


def test_no_row_can_point_into_another_library(db: None) -> None:
    """Between two tables that name their library, every link is held by a key over the library as well."""
    assert links_that_cross() == []
    with transaction.atomic(), connection.cursor() as cursor:
        for name in ("delivery_after_same_library", "reply_conversation_same_library"):
            cursor.execute(f"ALTER TABLE {OWNERS[name].table} DROP CONSTRAINT {name}")
        assert links_that_cross() == ["inbox_reply.conversation_id", "posts_delivery.after_id"]
        transaction.set_rollback(True)


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


def test_our_tables_are_found(db: None) -> None:
    assert {"posts_delivery", "audit_seal", "libraries_user", "core_worker"} <= set(our_tables())
