"""Reads the head of a picture: format and size, without decoding it."""

from __future__ import annotations

import functools
import io
import warnings
from dataclasses import dataclass

from PIL import Image

Image.MAX_IMAGE_PIXELS = None              # only heads are read here; size limits are each network's own


@dataclass(frozen=True, slots=True)
class Head:
    """What the first bytes of a picture say; sizes in pixels."""

    format: str                             # "JPEG", "PNG", …; "" where it is no picture
    width: int
    height: int
    frames: int


NO_PICTURE = Head("", 0, 0, 0)


def head_of(data: bytes, sha256: str) -> Head:
    """The head of a picture; `sha256` names the bytes so that the same picture is read once."""
    kept = _kept(sha256)
    if not kept:
        kept.append(_read(data))
    return kept[0]


@functools.lru_cache(maxsize=4096)
def _kept(sha256: str) -> list[Head]:
    return []


def _read(data: bytes) -> Head:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as image:
                frames = getattr(image, "n_frames", 1) if image.format in ("GIF", "WEBP", "PNG") else 1
                return Head(image.format or "", image.width, image.height, frames)
    except (OSError, ValueError, SyntaxError):
        return NO_PICTURE
