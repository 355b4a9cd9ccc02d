"""Plain log lines: when, how bad, who says it, for which request, what. One line each, on the standard error."""

from __future__ import annotations

import logging
from typing import Any

FORMAT = "{asctime} {levelname:<7} {name} {request} {message}"


class WithRequest(logging.Filter):
    """Adds the id of the request or task in progress, the same that stands in the record."""

    def filter(self, record: logging.LogRecord) -> bool:
        from audit.record import request_id

        record.request = request_id.get() or "-"
        return True


def logging_for(level: str) -> dict[str, Any]:
    """A `logging.config` dictionary; `level` is for our own packages, others speak from WARNING on."""
    quiet = {"level": "WARNING"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request": {"()": "library_social.logs.WithRequest"}},
        "formatters": {"plain": {"format": FORMAT, "style": "{"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["request"]}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Its own handlers mail the admins and colour the console; ours is enough.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": quiet,
            "celery": {"level": "INFO"},
            "celery.worker.request": quiet,  # it reports every ring that came too late to matter
            "celery.worker.strategy": quiet,
            "celery.app.trace": quiet,
            "kombu": quiet,
            "urllib3": {"level": "ERROR"},
            "psycopg.pool": {"level": "ERROR"},
            "PIL": quiet,
        },
    }
