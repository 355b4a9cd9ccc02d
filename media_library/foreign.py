"""Photos as iPhones store them (HEIC) become a JPEG, or a PNG where they let light through, before anything else sees them.

The work is done by a program of its own (`heif_child`), because a broken file can kill whoever decodes it.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

from media_library import boxes
from media_library.containers import CutShort, Damaged, outline
from media_library.inspect import PictureRefused, cut_short, damaged, read, refuse_moving, too_many_pixels

log = logging.getLogger(__name__)
CHILD = Path(__file__).with_name("heif_child.py")
PIXELS_MAX = 50_000_000  # phones take 12 or 24 megapixels, and 48 where they are asked to
PATIENCE_S = 45
ENDINGS = (".heic", ".heif", ".hif")


def is_heic(data: bytes) -> bool:
    return boxes.format_of(data) == "HEIF"


def unfolded(data: bytes, name: str = "") -> tuple[bytes, bool]:
    """The photo as JPEG or PNG, upright and with its colour profile, and whether it told where it was taken.

    Raises PictureRefused, in words, where it is too large, moves, breaks off, has the wrong ending or cannot be read.
    """
    data, name = read(data, name)
    _look(data, name)
    try:
        child = subprocess.run(  # our own program, without a shell
            [sys.executable, "-I", str(CHILD)], input=data, capture_output=True, timeout=PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise damaged() from error
    told, _, body = child.stdout.partition(b"\n")
    if child.returncode or not body:
        log.info("A HEIC photo could not be read (%s): %s", child.returncode, child.stderr[-300:].decode(errors="replace"))
        raise damaged()
    return body, bool(json.loads(told)["gps"])


def _look(data: bytes, name: str) -> None:
    """What its own headers tell, before anything is decoded."""
    try:
        found = outline(data)
    except CutShort as error:
        raise cut_short() from error
    except Damaged as error:
        raise damaged() from error
    if found is None or found.format != "HEIF":
        raise damaged()
    if found.width * found.height > PIXELS_MAX:
        raise too_many_pixels(found.width, found.height, PIXELS_MAX)
    refuse_moving(found.frames)
    ending = Path(name).suffix.lower()
    if ending and ending not in ENDINGS:
        raise PictureRefused(
            "wrong_ending",
            f"The name of this file ends in {ending}, but inside is a HEIC photo. Rename it to {Path(name).stem}.heic and "
            "choose it once more.",
        )
