"""The outside of HEIC and AVIF files, which are trees of boxes. No pixel is decoded.

Sources: ISO/IEC 14496-12 (boxes, ftyp, stsz), ISO/IEC 23008-12 (meta, iprp, ipco, ispe, pixi, iloc). Django-free.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

BOXES_MAX = 20_000
STILL = {b"heic": "HEIF", b"heix": "HEIF", b"heim": "HEIF", b"heis": "HEIF", b"avif": "AVIF"}
MOVING = {b"hevc": "HEIF", b"hevx": "HEIF", b"msf1": "HEIF", b"avis": "AVIF"}
NEUTRAL = (b"mif1", b"mif2", b"miaf")  # says that it is a picture; the other brands say of which kind


class Broken(ValueError):
    """The boxes contradict themselves."""


class Short(Broken):
    """A box reaches beyond the end of the file."""


@dataclass(frozen=True, slots=True)
class Found:
    """`width` and `height`: the largest picture inside, before it is turned (its tiles and thumbnails are smaller)."""

    width: int
    height: int
    depth: int
    frames: int


def format_of(data: bytes) -> str:
    """"HEIF" or "AVIF" by the brands in the first box, "" where it is another file."""
    if data[4:8] != b"ftyp" or len(data) < 16:
        return ""
    size = min(int.from_bytes(data[:4], "big"), 256)
    brands = [data[8:12], *(data[at:at + 4] for at in range(16, size - 3, 4))]
    known = STILL | MOVING
    return known.get(brands[0]) or (next((known[b] for b in brands if b in known), "") if brands[0] in NEUTRAL else "")


def read(data: bytes) -> Found:
    """Walk the boxes. Raises Short or Broken; struct.error where a header ends too early."""
    sizes: list[tuple[int, int]] = []
    depth, frames, seen = 8, 1, set()
    moving = data[8:12] in MOVING
    for name, at, end in _walk(data, 0, len(data)):
        seen.add(name)
        if name == b"ispe":
            sizes.append(struct.unpack_from(">II", data, at + 4))
        elif name == b"pixi":
            depth = max([depth, *data[at + 5:min(end, at + 5 + data[at + 4])]])
        elif name == b"stsz" and moving:
            frames = max(frames, struct.unpack_from(">I", data, at + 8)[0])
        elif name == b"iloc":
            _check_places(data, at, end)
    if b"meta" not in seen or not sizes:
        raise Broken("no picture inside")
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    return Found(width, height, depth, max(frames, 2 if moving and b"moov" in seen else 1))


# Boxes that hold boxes -> bytes of their own before the first one.
NESTS = {b"meta": 4, b"iprp": 0, b"ipco": 0, b"moov": 0, b"trak": 0, b"mdia": 0, b"minf": 0, b"stbl": 0}


def _walk(data: bytes, at: int, end: int, depth: int = 0) -> Iterator[tuple[bytes, int, int]]:
    """Each box: its name, where its content begins, and where it ends."""
    for _ in range(BOXES_MAX):
        if at >= end:
            return
        size, name = struct.unpack_from(">I4s", data, at)
        inner = at + 8
        if size == 1:
            size, inner = struct.unpack_from(">Q", data, inner)[0], at + 16
        elif size == 0:
            size = end - at
        if size < inner - at:
            raise Broken("a box smaller than its own header")
        if at + size > end:
            raise Short("a box reaches beyond the end")
        yield name, inner, at + size
        if name in NESTS and depth < 8:
            yield from _walk(data, inner + NESTS[name], at + size, depth + 1)
        at += size
    raise Broken("too many boxes")


def _check_places(data: bytes, at: int, end: int) -> None:
    """Every part that iloc names by its place in the file must be there; the last picture of a short file is not."""
    version, sizes = data[at], struct.unpack_from(">H", data, at + 4)[0]
    offset, length, base, index = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15, sizes & 15 if version else 0
    wide = 4 if version == 2 else 2
    items, at = int.from_bytes(data[at + 6:at + 6 + wide], "big"), at + 6 + wide

    def number(size: int) -> int:
        nonlocal at
        at += size
        if at > end:
            raise Short("the list of places ends too early")
        return int.from_bytes(data[at - size:at], "big")

    for _ in range(items):
        number(wide)
        inside = bool(version and number(2) & 15)  # told from another box, not from the file's beginning
        number(2)
        start = number(base)
        for _extent in range(number(2)):
            number(index)
            begin = start + number(offset)
            if begin + number(length) > len(data) and not inside:
                raise Short("a part lies beyond the end")
