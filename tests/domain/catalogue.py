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

# A link between two tables that both name a library, without a composite key over it: one with the library in it, or
# with a row that is itself held to its library (the post that a revision is of).
CROSSING = """
    SELECT f.conrelid::regclass::text || '.' || a.attname FROM pg_constraint AS f
    JOIN pg_attribute AS a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[1]
    WHERE f.contype = 'f' AND array_length(f.conkey, 1) = 1 AND f.conrelid::regclass::text = ANY(%(tables)s)
      AND (SELECT count(*) FROM pg_attribute AS l WHERE l.attrelid IN (f.conrelid, f.confrelid)
           AND l.attname = 'library_id' AND NOT l.attisdropped) = CASE WHEN f.conrelid = f.confrelid THEN 1 ELSE 2 END
      AND NOT EXISTS (SELECT 1 FROM pg_constraint AS k WHERE k.contype = 'f' AND k.conrelid = f.conrelid
           AND k.confrelid = f.confrelid AND array_length(k.conkey, 1) > 1 AND f.conkey[1] = ANY(k.conkey))
    ORDER BY 1"""


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


def links_that_cross() -> list[str]:
    """table.column of every foreign key by which a row of one library could name a row of another."""
    with connection.cursor() as cursor:
        cursor.execute(CROSSING, {"tables": our_tables()})
        return [link for (link,) in cursor.fetchall()]
