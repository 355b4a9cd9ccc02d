"""What a library keeps of its calendar, in one statement: named views, marks on the almanac, days of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection

from libraries.permissions import Actor
from planner.models import AlmanacMark, LocalDay, SavedView

ASK = """
    SELECT 'view', to_jsonb(v) FROM planner_savedview v
    WHERE v.library_id = %(library)s AND (v.owner_id IS NULL OR v.owner_id = %(person)s)
    UNION ALL SELECT 'mark', to_jsonb(m) FROM planner_almanacmark m WHERE m.library_id = %(library)s
    UNION ALL SELECT 'day', to_jsonb(d) FROM planner_localday d WHERE d.library_id = %(library)s"""


@dataclass
class Kept:
    views: list[SavedView] = field(default_factory=list)
    marks: dict[str, AlmanacMark] = field(default_factory=dict)
    days: list[LocalDay] = field(default_factory=list)


def of(actor: Actor) -> Kept:
    """Everything the calendar shows of it, the person's own views and the shared ones by name."""
    kept = Kept()
    with connection.cursor() as cursor:
        cursor.execute(ASK, {"library": actor.library.pk, "person": actor.user_id})
        for kind, row in cursor.fetchall():
            _keep(kept, kind, json.loads(row) if isinstance(row, str) else row)
    kept.views.sort(key=lambda view: (view.name.lower(), view.pk))
    return kept


def _keep(kept: Kept, kind: str, row: dict[str, Any]) -> None:
    if kind == "view":
        kept.views.append(SavedView(**row))
    elif kind == "mark":
        kept.marks[row["key"]] = AlmanacMark(**row)
    else:
        kept.days.append(LocalDay(**{**row, "on": date.fromisoformat(row["on"])}))
