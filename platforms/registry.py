"""Finds the adapters by walking this package: a module that says `ADAPTER = …` is one. There is no list to edit.

The package also holds pages and tables, which must not be imported from here, so a module's text is looked at first.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import requests

import platforms
from platforms.base import Adapter, AppCredentials, Way

_SAYS_SO = re.compile(r"^ADAPTER\b[^=\n]*=", re.MULTILINE)


@lru_cache(maxsize=1)
def _found() -> Mapping[str, type[Adapter]]:
    found: dict[str, type[Adapter]] = {}
    for module in pkgutil.iter_modules(platforms.__path__):
        source = Path(platforms.__path__[0]) / f"{module.name}.py"
        if module.ispkg or not _SAYS_SO.search(source.read_text(encoding="utf-8")):
            continue
        adapter = importlib.import_module(f"platforms.{module.name}").ADAPTER
        found[adapter.name] = adapter
    return MappingProxyType(dict(sorted(found.items())))


def names(*, offered: bool = True) -> tuple[str, ...]:
    """The networks we speak to; `offered` leaves out routes that an admin must switch on first."""
    return tuple(name for name, adapter in _found().items() if not offered or getattr(adapter, "offered", True))


def get(name: str) -> type[Adapter]:
    """The adapter class of a network. Raises KeyError for a name that no module claims."""
    return _found()[name]


def adapter_for(
    name: str, *, session: requests.Session, app: AppCredentials, now: Callable[[], datetime]
) -> Adapter:
    """An adapter of a network on a session of `core.remote`. Raises KeyError for an unknown name."""
    return get(name)(session=session, app=app, now=now)


def bases_for(name: str, overrides: Mapping[str, str]) -> dict[str, str]:
    """Real base address -> the one in use, for each of the network's hosts whose setting is in `overrides`."""
    return {
        real: overrides[setting].rstrip("/") for setting, real in get(name).hosts.items() if overrides.get(setting)
    }


def ways(name: str) -> tuple[Way, ...]:
    """The ways to connect accounts of a network, the widest first; () where there is just one."""
    found: tuple[Way, ...] = getattr(get(name), "ways", ())
    return found


def has_twin(name: str) -> bool:
    """Whether the practice networks hold a twin of it, so that it can be tried and tested without credentials."""
    return bool(getattr(get(name), "twin", True))
