"""The few statements that run for every post: prepared once per connection, and read straight into models.

Django binds parameters on the client, so PostgreSQL plans each statement anew; on the path of a delivery that was 40 %
of its time. Behind a pooler that knows no prepared statements, `?prepare_threshold=0` at the end of DATABASE_URL turns
this off.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeVar

import psycopg
from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)
Words = Mapping[str, Any] | Sequence[Any]


@contextmanager
def asked(sql: str, words: Words) -> Iterator[psycopg.Cursor[tuple[Any, ...]]]:
    """A cursor that has run the statement; errors are Django's. Parameters need casts where their type is not plain."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(sql, words, prepare=True)
        yield cursor


@lru_cache
def columns(model: type[models.Model]) -> str:
    """The model's columns, in the order that `instances` reads them."""
    return ", ".join(str(connection.ops.quote_name(str(field.column))) for field in model._meta.concrete_fields)


def instances(model: type[Row], sql: str, words: Words) -> list[Row]:
    """Run a statement that returns `columns(model)`, in that order, and make models of its rows."""
    with asked(sql, words) as cursor:
        found = cursor.fetchall()
    names, as_json = _shape(model)
    return [model.from_db("default", names, _plain(values, as_json)) for values in found]


@lru_cache
def _shape(model: type[models.Model]) -> tuple[list[str], tuple[int, ...]]:
    fields = model._meta.concrete_fields
    as_json = tuple(n for n, field in enumerate(fields) if isinstance(field, models.JSONField))
    return [field.attname for field in fields], as_json


def _plain(values: Sequence[Any], as_json: tuple[int, ...]) -> Sequence[Any]:
    """JSON comes as text: Django reads it in a converter that is not in the way here."""
    if not as_json:
        return values
    plain = list(values)
    for n in as_json:
        plain[n] = json.loads(plain[n]) if isinstance(plain[n], str) else plain[n]
    return plain
