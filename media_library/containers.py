"""The outside of picture files: what their own headers say, read without decoding a single pixel.

Sources: ITU T.81 annex B (JPEG segments), W3C PNG 3rd edition (chunks, acTL), GIF89a specification, RFC 9649 (WebP),
ISO/IEC 14496-12 and 23008-12 (boxes of HEIC and AVIF, in `boxes`).
Django-free and Pillow-free; costs no memory beyond the file itself.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from media_library import boxes

CHUNKS_MAX = 100_000        # a real picture has a few hundred; more is somebody testing us


class Damaged(ValueError):
    """The file breaks its own format. The text is for operators."""


class CutShort(Damaged):
    """The file ends before its format says it may."""


@dataclass(frozen=True, slots=True)
class Outline:
    """`width` and `height` in stored pixels, before any orientation tag; `depth` in bits per colour channel."""

    format: str                 # "JPEG", "PNG", "GIF", "WEBP", "HEIF", "AVIF"
    width: int
    height: int
    depth: int = 8
    frames: int = 1


def outline(data: bytes) -> Outline | None:
    """Read the headers of a JPEG, PNG, GIF, WebP, HEIC or AVIF; None where it is none of these.

    Raises CutShort or Damaged where the file contradicts itself.
    """
    reader = _reader(data)
    if reader is None:
        return None
    try:
        return reader(data)
    except (struct.error, IndexError) as error:
        raise CutShort("the file ends inside a header") from error


def _reader(data: bytes):
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png
    if data.startswith((b"GIF87a", b"GIF89a")):
        return _gif
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp
    return _boxed if boxes.format_of(data) else None


_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def _jpeg(data: bytes) -> Outline:
    """Walk the segments to the first scan; a whole file has an end mark after it."""
    at, size = 2, None
    for _ in range(CHUNKS_MAX):
        while data[at] == 0xFF and data[at + 1] == 0xFF:
            at += 1
        if data[at] != 0xFF:
            raise Damaged("a segment does not begin where it should")
        marker = data[at + 1]
        if marker in (0x01, 0xD8) or 0xD0 <= marker <= 0xD7:
            at += 2
            continue
        length = struct.unpack_from(">H", data, at + 2)[0]
        if marker in _SOF:
            size = struct.unpack_from(">BHH", data, at + 4)
        if marker == 0xDA:
            break
        at += 2 + length
    if size is None:
        raise Damaged("no frame header before the first scan")
    if data.find(b"\xff\xd9", at) < 0:
        raise CutShort("no end mark after the first scan")
    depth, height, width = size
    return _checked(Outline("JPEG", width, height, depth))


def _png(data: bytes) -> Outline:
    """Walk the chunks with their check sums, from IHDR to IEND."""
    width, height, depth = struct.unpack_from(">IIB", data, 16)
    frames, at = 1, 8
    if data[12:16] != b"IHDR":
        raise Damaged("the first chunk is not IHDR")
    view = memoryview(data)
    for _ in range(CHUNKS_MAX):
        length, name = struct.unpack_from(">I4s", data, at)
        if at + 12 + length > len(data):
            raise CutShort("the last chunk is not whole")
        if zlib.crc32(view[at + 4:at + 8 + length]) != struct.unpack_from(">I", data, at + 8 + length)[0]:
            raise Damaged("a check sum is wrong")
        if name == b"acTL":
            frames = struct.unpack_from(">I", data, at + 8)[0]
        if name == b"IEND":
            return _checked(Outline("PNG", width, height, depth, max(1, frames)))
        at += 12 + length
    raise Damaged("too many chunks")


def _gif(data: bytes) -> Outline:
    """Walk the blocks and count pictures up to the trailer."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at, frames = 13 + _table(flags), 0
    while data[at] != 0x3B:
        if data[at] == 0x2C:
            frames += 1
            at += 11 + _table(data[at + 9])
        elif data[at] == 0x21:
            at += 2
        else:
            raise Damaged("a block of no known kind")
        while data[at]:
            at += 1 + data[at]
        at += 1
    if not frames:
        raise Damaged("no picture inside")
    return _checked(Outline("GIF", width, height, 8, frames))


def _table(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _webp(data: bytes) -> Outline:
    """Read the first chunk for the size; animations list their frames as ANMF chunks."""
    if struct.unpack_from("<I", data, 4)[0] + 8 > len(data):
        raise CutShort("shorter than its own header says")
    kind = data[12:16]
    if kind == b"VP8X":
        width = 1 + int.from_bytes(data[24:27], "little")
        height = 1 + int.from_bytes(data[27:30], "little")
        return _checked(Outline("WEBP", width, height, 8, _webp_frames(data) if data[20] & 2 else 1))
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return _checked(Outline("WEBP", 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)))
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return _checked(Outline("WEBP", width & 0x3FFF, height & 0x3FFF))
    raise Damaged("no picture chunk first")


def _webp_frames(data: bytes) -> int:
    at, frames = 12, 0
    for _ in range(CHUNKS_MAX):
        if at + 8 > len(data):
            break
        name, length = struct.unpack_from("<4sI", data, at)
        frames += name == b"ANMF"
        at += 8 + length + (length & 1)
    return max(1, frames)


def _boxed(data: bytes) -> Outline:
    try:
        found = boxes.read(data)
    except boxes.Short as error:
        raise CutShort(str(error)) from error
    except boxes.Broken as error:
        raise Damaged(str(error)) from error
    return _checked(Outline(boxes.format_of(data), found.width, found.height, found.depth, found.frames))


def _checked(found: Outline) -> Outline:
    if found.width < 1 or found.height < 1:
        raise Damaged("a side of no pixels")
    return found
