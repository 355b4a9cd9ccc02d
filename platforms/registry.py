"""Finds the adapters by walking this package: a module with `ADAPTER` is one. There is no list to edit."""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache
from types import MappingProxyType

import platforms
from platforms.base import Adapter

NOT_ADAPTERS = frozenset({"accounts", "apps", "base", "connect", "lines", "models", "registry", "urls", "vault", "views", "forms"})


@lru_cache(maxsize=1)
def _found() -> MappingProxyType[str, type[Adapter]]:
    found: dict[str, type[Adapter]] = {}
    for module in pkgutil.iter_modules(platforms.__path__):
        if module.ispkg or module.name in NOT_ADAPTERS:
            continue
        adapter = getattr(importlib.import_module(f"platforms.{module.name}"), "ADAPTER", None)
        if adapter is not None:
            found[adapter.name] = adapter
    return MappingProxyType(dict(sorted(found.items())))


def names(*, offered: bool = True) -> tuple[str, ...]:
    """The networks we speak to; `offered` leaves out routes that an admin must switch on first."""
    return tuple(name for name, adapter in _found().items() if not offered or getattr(adapter, "offered", True))


def get(name: str) -> type[Adapter]:
    """The adapter class of a network. Raises KeyError for a name that no module claims."""
    return _found()[name]
