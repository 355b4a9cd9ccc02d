"""What one attempt came to, and the statement that writes it down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models


@dataclass(frozen=True)
class Verdict:
    """What one attempt came to. `outcome` is written on the attempt, `state` on the row."""

    state: str
    outcome: str
    remote_id: str = ""
    remote_url: str = ""
    at: datetime | None = None
    wait: timedelta = timedelta(0)
    code: str = ""
    detail: str = ""
    http_status: int | None = None
    strikes: int = 0


def web_address(url: str) -> str:
    """A network's own word for where a post stands, if it is a web address; "" else: it becomes a link on our pages."""
    return url[:500] if url.startswith(("https://", "http://")) else ""


def sql(
    model: type[models.Model], attempts: type[models.Model], fk: str, *, sent: bool, parts: str = ""
) -> str:
    """Row and attempt in one round trip. Compare-and-set on the attempt's number and the states it may come from.

    `parts`: further common table expressions, each after a comma, that may read from `moved`. The answer's first
    column is 1 where the row was moved.
    """
    proof = "remote_id = %(remote_id)s, remote_url = %(remote_url)s, sent_at = %(sent_at)s" if sent else (
        "due_at = now() + %(wait)s"
    )  # fmt: skip
    return f"""
        WITH moved AS (
            UPDATE {model._meta.db_table} SET state = %(state)s, lease_token = NULL, leased_by = NULL,
                leased_until = NULL, absences = 0, strikes = strikes + %(strikes)s, error_code = %(code)s,
                error_detail = %(detail)s, updated_at = now(), {proof}
            WHERE id = %(id)s AND tries = %(number)s AND state = ANY(%(from_states)s) RETURNING id),
        closed AS (
            UPDATE {attempts._meta.db_table} SET outcome = %(outcome)s, ended_at = now(), code = %(code)s,
                detail = %(detail)s, http_status = %(http_status)s
            WHERE {fk}_id = %(id)s AND number = %(number)s AND outcome = ANY(%(from_outcomes)s) RETURNING id)
        {parts}
        SELECT (SELECT count(*) FROM moved), (SELECT count(*) FROM closed)"""


def words(pk: int, number: int, verdict: Verdict, from_states: tuple[str, ...]) -> dict[str, Any]:
    """The parameters of `sql`."""
    return {
        "id": pk, "number": number, "state": verdict.state, "outcome": verdict.outcome, "sent_at": verdict.at,
        "remote_id": verdict.remote_id, "remote_url": web_address(verdict.remote_url), "wait": verdict.wait,
        "strikes": verdict.strikes, "code": verdict.code, "detail": verdict.detail,
        "http_status": verdict.http_status, "from_states": list(from_states),
        "from_outcomes": ["", "unknown"] if verdict.state == "sent" else [""],
    }  # fmt: skip
