"""State graphs. One table of legal moves feeds the enum, the CHECK, the trigger, the diagram and the property test."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import migrations, models


@dataclass(frozen=True)
class Graph:
    """The states a row may be in and the moves between them.

    `moves` maps an old state to the states it may become. Raises ValueError at import when the table names a state
    that no move reaches and that is not the initial one.
    """

    name: str
    initial: str
    moves: dict[str, tuple[str, ...]]

    def __post_init__(self) -> None:
        reached = {self.initial} | {new for news in self.moves.values() for new in news}
        lost = set(self.moves) - reached
        unknown = reached - set(self.moves)
        if lost or unknown:
            raise ValueError(f"{self.name}: unreachable {sorted(lost)}, without a row {sorted(unknown)}")

    @property
    def states(self) -> tuple[str, ...]:
        return tuple(self.moves)

    def allows(self, old: str, new: str) -> bool:
        return new in self.moves.get(old, ())

    def pairs(self) -> Iterable[tuple[str, str]]:
        return ((old, new) for old, news in self.moves.items() for new in news)

    def check(self, name: str) -> models.CheckConstraint:
        """The CHECK that refuses an unknown state."""
        return models.CheckConstraint(condition=models.Q(state__in=self.states), name=name)

    def trigger(self, table: str) -> migrations.RunSQL:
        """The trigger that refuses an illegal move, from psql and the admin too.

        A CHECK cannot see the old row; a BEFORE UPDATE trigger's WHEN clause can.
        """
        legal = ", ".join(f"'{old}>{new}'" for old, new in self.pairs())
        return migrations.RunSQL(
            f"""
            CREATE FUNCTION {table}_moves() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              RAISE EXCEPTION '{self.name}: % may not become %', OLD.state, NEW.state
                USING ERRCODE = 'check_violation', CONSTRAINT = '{table}_moves';
            END $$;
            CREATE TRIGGER {table}_moves BEFORE UPDATE OF state ON {table} FOR EACH ROW
            WHEN (OLD.state IS DISTINCT FROM NEW.state AND (OLD.state || '>' || NEW.state) NOT IN ({legal}))
            EXECUTE FUNCTION {table}_moves();
            """,
            f"DROP TRIGGER {table}_moves ON {table}; DROP FUNCTION {table}_moves();",
        )


def born_in(table: str, initial: str) -> migrations.RunSQL:
    """A row starts in its first state, whoever inserts it."""
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION {table}_born() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION '{table}: a new row begins as {initial}, not %', NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = '{table}_born';
        END $$;
        CREATE TRIGGER {table}_born BEFORE INSERT ON {table} FOR EACH ROW
        WHEN (NEW.state <> '{initial}') EXECUTE FUNCTION {table}_born();
        """,
        f"DROP TRIGGER {table}_born ON {table}; DROP FUNCTION {table}_born();",
    )


def append_only(table: str, *, updates: str = "") -> migrations.RunSQL:
    """Refuse DELETE and TRUNCATE always, and UPDATE unless `updates` (an SQL condition on OLD and NEW) holds."""
    allowed = f"IF TG_OP = 'UPDATE' AND ({updates}) THEN RETURN NEW; END IF;" if updates else ""
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          {allowed}
          RAISE EXCEPTION '{table} is append-only: % refused', TG_OP
            USING ERRCODE = 'check_violation', CONSTRAINT = '{table}_append_only';
        END $$;
        CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW
        EXECUTE FUNCTION {table}_append_only();
        CREATE FUNCTION {table}_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION '{table} is append-only: % refused', TG_OP
            USING ERRCODE = 'check_violation', CONSTRAINT = '{table}_no_truncate';
        END $$;
        CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT
        EXECUTE FUNCTION {table}_no_truncate();
        """,
        f"""
        DROP TRIGGER {table}_append_only ON {table}; DROP FUNCTION {table}_append_only();
        DROP TRIGGER {table}_no_truncate ON {table}; DROP FUNCTION {table}_no_truncate();
        """,
    )


def same_owner(table: str, name: str, columns: dict[str, str], other: str) -> migrations.RunSQL:
    """A composite foreign key: `columns` (ours -> theirs) must name one row of `other`.

    Two libraries' rows, or a practice row and a live one, then cannot meet whatever code runs.
    """
    ours, theirs = ", ".join(columns), ", ".join(columns.values())
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({ours}) REFERENCES {other} ({theirs}) "
        "DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


def immutable(table: str, columns: Iterable[str]) -> migrations.RunSQL:
    """Refuse a change of columns that are set at birth."""
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION {table}_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION '{table}: a column set at birth may not change'
            USING ERRCODE = 'check_violation', CONSTRAINT = '{table}_immutable';
        END $$;
        CREATE TRIGGER {table}_immutable BEFORE UPDATE ON {table} FOR EACH ROW
        WHEN ({changed}) EXECUTE FUNCTION {table}_immutable();
        """,
        f"DROP TRIGGER {table}_immutable ON {table}; DROP FUNCTION {table}_immutable();",
    )
