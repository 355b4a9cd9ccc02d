"""System checks at start: the database really holds what the models promise, and the settings fit the networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections, models

from core.dispatch import PROFILES, Dispatch
from library_social.config import BASE_DIR, NETWORK_APPS, NETWORK_URLS
from platforms import registry


@register()
def times_leave_no_gap(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """A call must be over before its lease is, and an absence is believed only after a pause."""
    return [
        Error(f"The times of “{realm}” leave a gap: deadline < lease and quiet > 0 must hold.", id="library_social.E001")
        for realm, times in PROFILES.items()
        if not (times.deadline < times.lease and times.quiet > 0)
    ]


@register()
def networks_can_be_configured(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Every name an adapter reads from the environment is one that config.py knows."""
    known = {*NETWORK_URLS, *(name for pair in NETWORK_APPS.values() for name in pair)}
    problems: list[CheckMessage] = []
    for name in registry.names():
        adapter = registry.get(name)
        unknown = sorted({*adapter.hosts, *adapter.settings} - known)
        if unknown:
            problems.append(Error(f"{name} wants settings nobody reads: {', '.join(unknown)}", id="library_social.E002"))
    return problems


def our_models() -> list[type[models.Model]]:
    """Models of our own apps that have a table."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and (BASE_DIR / model._meta.app_config.name).is_dir()
    ]


def promised() -> set[str]:
    """Names the database must hold: every constraint of our models, and the triggers that guard moves and the record."""
    names = {constraint.name for model in our_models() for constraint in model._meta.constraints}
    names |= {f"{model._meta.db_table}_moves" for model in our_models() if issubclass(model, Dispatch)}
    return names | {"audit_auditentry_append_only", "audit_auditentry_no_truncate"}


@register(Tags.database)
def the_database_keeps_its_promises(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Constraints and triggers are there and switched on: a restored dump or a kind hand may have left some out."""
    if "default" not in (databases or ()):
        return []
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE convalidated "
            "UNION SELECT relname FROM pg_class WHERE relkind = 'i' "
            "UNION SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'"
        )
        there = {name for (name,) in cursor.fetchall()}
    if not there & promised():
        return []  # nothing was migrated yet; `migrate` itself runs this check
    return [
        Error(
            f"The database lacks “{name}”.",
            hint="Run the migrations; if it was dropped by hand, put it back before anybody writes.",
            id="library_social.E003",
        )
        for name in sorted(promised() - there)
    ]
