"""Crops that people choose: {network, or "" for all: [left, top, width, height]}, shares of the upright picture."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from media_library.pipeline import Box
from platforms import registry

LEAST = 0.05  # less than a twentieth of a side is a slip of the mouse
RATIOS = {"1:1": 1.0, "4:5": 0.8, "1.91:1": 1.91, "16:9": 16 / 9}  # beside the picture's own

Crops = dict[str, list[float]]


def read(raw: str) -> Crops:
    """What a page sends: JSON. Whatever is no crop of a network we know is left out, and the rest is held inside."""
    if not raw or len(raw) > 2000:
        return {}
    try:
        said = json.loads(raw)
    except ValueError:
        return {}
    known = {"", *registry.names(offered=False)}
    found = {name: box(sides) for name, sides in said.items() if name in known} if isinstance(said, dict) else {}
    return {name: list(kept) for name, kept in sorted(found.items()) if kept is not None}


def box(sides: Any) -> Box | None:
    """Four numbers as a Box of the picture, rounded as it is stored; None where they are none, or keep everything."""
    if not isinstance(sides, list) or len(sides) != 4 or not all(type(n) in (int, float) and 0 <= n <= 1 for n in sides):
        return None
    left, top, wide, high = sides
    wide, high = max(wide, LEAST), max(high, LEAST)
    left, top = min(left, 1 - wide), min(top, 1 - high)
    kept = Box(*(round(n, 4) for n in (left, top, wide, high)))
    return None if kept.width > 0.999 and kept.height > 0.999 else kept


def for_network(crops: Mapping[str, Sequence[float]] | None, platform: str) -> Box | None:
    """The crop that counts on `platform`: its own, else the one for all, else none."""
    sides = (crops or {}).get(platform) or (crops or {}).get("")
    return Box(*sides) if sides else None


def ratio(crop: Box | None, width: int, height: int) -> float:
    """Width divided by height of what stays of a picture of `width` × `height` pixels."""
    return width / height if crop is None else crop.width * width / (crop.height * height)
