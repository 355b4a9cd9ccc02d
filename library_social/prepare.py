"""Bring the database up to date and, in practice, make the practice library once: `python -m library_social.prepare`."""

from __future__ import annotations

import io
import os
import sys

import django
from django.core.management import call_command, get_commands
from django.core.management.base import CommandError, SystemCheckError


def main() -> int:
    """0 when the product may start; else 1, and the reason on the standard error."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "library_social.settings")
    os.environ.setdefault("PROCESS_ROLE", "other")
    django.setup()
    from django.conf import settings

    try:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("check", databases=["default"], deploy=settings.CONFIG.is_production, stdout=io.StringIO())
        if not settings.CONFIG.is_production and "seed_practice" in get_commands():
            call_command("seed_practice", stdout=io.StringIO())  # it prints what supervise shows later
    except (CommandError, SystemCheckError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
