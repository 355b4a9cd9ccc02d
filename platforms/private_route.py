"""Instagram by password (`instagram_private`): offered only where its package is installed and a library is live."""

from __future__ import annotations

from importlib.util import find_spec

from libraries.models import LIVE
from platforms import registry

NAME = "instagram_private"


def is_available(realm: str) -> bool:
    """There is no practice twin of it: what it does can only be tried on the real network."""
    return realm == LIVE and NAME in registry.names(offered=False) and find_spec("instagrapi") is not None
