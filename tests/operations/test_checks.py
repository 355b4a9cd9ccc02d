"""A database that lost a constraint does not go unnoticed."""

from __future__ import annotations

import pytest
from django.core import checks
from django.db import connection

from core.dispatch import PROFILES, Profile
from library_social import checks as ours


def database_errors() -> list[str]:
    return [error.msg for error in ours.the_database_keeps_its_promises(None, databases=["default"])]


@pytest.mark.django_db
def test_a_migrated_database_keeps_every_promise():
    assert checks.run_checks(databases=["default"]) == []
    assert len(ours.promised()) > 30


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("ALTER TABLE audit_auditentry DISABLE TRIGGER audit_auditentry_append_only", "audit_auditentry_append_only"),
        ("DROP TRIGGER posts_delivery_moves ON posts_delivery", "posts_delivery_moves"),
        ("DROP INDEX attempt_one_open", "attempt_one_open"),
    ],
)
def test_a_guard_that_is_gone_stops_the_start(sql, name):
    with connection.cursor() as cursor:
        cursor.execute(sql)
    assert [message for message in database_errors() if name in message]


def test_a_deadline_beyond_its_lease_stops_the_start(monkeypatch):
    monkeypatch.setitem(PROFILES, "practice", Profile(12, 12, 3, 8, 180))
    assert [error.id for error in ours.times_leave_no_gap(None)] == ["library_social.E001"]
