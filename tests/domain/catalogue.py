"""What the database itself refuses, read from its catalogue: every CHECK, unique, composite key and trigger of ours."""

from __future__ import annotations

from django.apps import apps
from django.db import connection

OURS = ("core", "audit", "libraries", "platforms", "media_library", "posts", "inbox", "programs", "planner", "scheduler")
# Primary keys, NOT NULL and Django's single-column foreign keys (named `…_fk_…`) are the ORM's own and left out.
RULES = """
    SELECT table_name, name, kind FROM (
        SELECT conrelid::regclass::text AS table_name, conname::text AS name,
               CASE contype WHEN 'c' THEN 'check' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'owner' WHEN 'x' THEN 'exclude'
                    WHEN 't' THEN 'trigger' END AS kind
        FROM pg_constraint WHERE contype IN ('c', 'u', 'f', 'x', 't') AND conname !~ '_fk_'
        UNION
        SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, 'unique' FROM pg_index AS i
        WHERE i.indisunique AND NOT i.indisprimary
          AND NOT EXISTS (SELECT 1 FROM pg_constraint AS c WHERE c.conindid = i.indexrelid AND c.contype IN ('u', 'x'))
        UNION
        SELECT tgrelid::regclass::text, tgname::text, 'trigger' FROM pg_trigger WHERE NOT tgisinternal
    ) AS every_rule WHERE table_name = ANY(%s) ORDER BY table_name, kind, name"""


def our_tables() -> list[str]:
    """Every table that our apps own, those that Django makes for many-to-many fields included."""
    return sorted(
        model._meta.db_table
        for label in OURS
        if apps.is_installed(label)
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    )


def rules() -> dict[str, tuple[str, str]]:
    """Name of the rule -> (table, kind). Fails where two rules share a name: an error could not say which it was."""
    with connection.cursor() as cursor:
        cursor.execute(RULES, [our_tables()])
        rows = cursor.fetchall()
    named = {name: (table, kind) for table, name, kind in rows}
    assert len(named) == len(rows), "two rules share a name"
    return named
