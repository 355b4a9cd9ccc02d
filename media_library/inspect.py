"""Looks at a picture before anything trusts it, and refuses in words. Django-free.

Nothing here decodes pixels: size, frames and completeness come from the file's own headers (`containers`), colour mode
and tags from Pillow, which reads lazily. So a picture of 177 million pixels costs no more than its bytes.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from media_library import boxes
from media_library.containers import CutShort, Damaged, Outline, outline

BYTES_MAX = 40 * 1024 * 1024
# JPEGs shrink while they are read, so the 48 and 50 megapixel pictures of current phones are no burden. The others must
# be unfolded whole at four bytes a pixel: 36 megapixels (an A4 page scanned at 600 dpi has 34.8) are 144 MB; the WebP
# decoder holds several copies. Peaks measured while rendering: 50 MP JPEG 75 MiB, progressive 202; 35 MP PNG 250.
# HEIC photos become JPEGs before they come here (`foreign`). The AVIF decoder unfolds the whole picture too.
PIXELS_MAX = {"JPEG": 60_000_000, "PNG": 36_000_000, "GIF": 36_000_000, "WEBP": 16_000_000, "AVIF": 24_000_000}
MIME = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp", "AVIF": "image/avif"}
ENDINGS = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"), "PNG": (".png", ".apng"), "GIF": (".gif",), "WEBP": (".webp",),
    "AVIF": (".avif",),
}
_ORIENTATION, _GPS = 0x0112, 0x8825


class PictureRefused(ValueError):
    """A picture we do not take. `code` is stable (snake_case); `text` is for the person who chose the file.

    Codes: empty, too_many_bytes, too_many_pixels, cut_short, damaged, animated, wrong_ending, not_a_picture,
    unsupported_format.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Inspected:
    """What a picture is. `width` and `height` in pixels as people see it, that is with `orientation` applied.

    `orientation` is the EXIF value 1 to 8 (1: upright). `mode` is Pillow's name of the colour mode, `depth` the bits
    per channel in the file, `bytes` its size, `sha256` the hash of the file as it came (lower-case hex).
    """

    kind: str                   # "image"
    format: str                 # "JPEG", "PNG", "GIF", "WEBP", "AVIF"
    width: int
    height: int
    mode: str
    animated: bool
    frames: int
    orientation: int
    has_gps: bool
    sha256: str
    bytes: int
    transparent: bool = False
    depth: int = 8

    @property
    def ratio(self) -> float:
        """Width divided by height, as seen."""
        return self.width / self.height

    @property
    def mime(self) -> str:
        return MIME[self.format]


def inspect(source: bytes | Path | str, *, name: str = "", first_frame: bool = False) -> Inspected:
    """Describe the picture in `source` (bytes, or the path of a file), or raise PictureRefused.

    `name` is what the person called it (a path brings its own); its ending must fit what is inside.
    A picture that moves is refused with code "animated" unless `first_frame` says that its first frame will do.
    """
    data, name = read(source, name)
    found = _outlined(data, name)
    _refuse_ending(found.format, name)
    if not first_frame:
        refuse_moving(found.frames)
    with opened(data, found.format) as image:
        _refuse_size(found.format, *image.size)
        orientation, has_gps = _tags(image)
        size = image.size if orientation < 5 else image.size[::-1]
        return Inspected(
            "image", found.format, *size, image.mode, found.frames > 1, found.frames, orientation, has_gps,
            hashlib.sha256(data).hexdigest(), len(data), image.has_transparency_data, found.depth,
        )


def read(source: bytes | Path | str, name: str = "") -> tuple[bytes, str]:
    """The bytes and the name of a source; refuses what is empty or over 40 MB, a file before it is read."""
    size = len(source) if isinstance(source, bytes) else Path(source).stat().st_size
    if size > BYTES_MAX:
        raise PictureRefused(
            "too_many_bytes",
            f"This file has {size / 1_048_576:.0f} MB; we take pictures up to {BYTES_MAX // 1_048_576} MB. "
            "Save it smaller and choose it again.",
        )
    if not size:
        raise PictureRefused("empty", "This file is empty. Choose it again, or look whether it was copied whole.")
    if isinstance(source, bytes):
        return source, name
    return Path(source).read_bytes(), name or Path(source).name


def opened(data: bytes, format: str) -> Image.Image:
    """Pillow's lazy view of the picture, by the decoder of that one format; raises PictureRefused."""
    try:
        return Image.open(io.BytesIO(data), formats=[format])
    except Image.DecompressionBombError as error:
        raise too_many_pixels(0, 0, PIXELS_MAX[format]) from error
    except Exception as error:  # Pillow's readers raise what they like on broken headers
        raise damaged() from error


def refuse_moving(frames: int) -> None:
    if frames > 1:
        raise PictureRefused(
            "animated",
            f"This picture moves (it has {frames} frames). We publish still pictures only: "
            "use its first frame, or choose another picture.",
        )


def cut_short() -> PictureRefused:
    """The refusal for a file that ends too early."""
    return PictureRefused(
        "cut_short", "This picture breaks off before its end; it was probably not copied whole. Choose it again."
    )


def damaged() -> PictureRefused:
    """The refusal for a file that breaks off or contradicts itself while it is read."""
    return PictureRefused("damaged", "This picture is damaged and cannot be read. Save or export it once more.")


def _outlined(data: bytes, name: str) -> Outline:
    try:
        found = outline(data)
    except CutShort as error:
        raise cut_short() from error
    except Damaged as error:
        raise damaged() from error
    if found is None or found.format not in MIME:
        raise _stranger(data, name)
    _refuse_size(found.format, found.width, found.height)
    return found


def _refuse_size(format: str, width: int, height: int) -> None:
    if width * height > PIXELS_MAX[format]:
        raise too_many_pixels(width, height, PIXELS_MAX[format])


def too_many_pixels(width: int, height: int, most: int) -> PictureRefused:
    """The refusal for a picture of more than `most` pixels; 0 × 0 where nobody could tell how many it has."""
    found = f"This picture has {width:,} × {height:,} pixels" if width else "This picture has too many pixels"
    return PictureRefused(
        "too_many_pixels",
        f"{found}; we take up to {most // 1_000_000} million in all. "
        "Save it smaller: 4,000 pixels on the long side are plenty for every network.",
    )


def _refuse_ending(format: str, name: str) -> None:
    ending = Path(name).suffix.lower()
    if ending and ending not in ENDINGS[format]:
        raise PictureRefused(
            "wrong_ending",
            f"The name of this file ends in {ending}, but inside is a {format} picture. "
            f"Rename it to {Path(name).stem}{ENDINGS[format][0]}, or save it again, and choose it once more.",
        )


# How other files begin, and what to tell the person who chose one.
_STRANGERS = (
    ((b"%PDF",), "a PDF document", "Export the page as a JPEG or PNG picture."),
    ((b"II*\0", b"MM\0*"), "a TIFF scan", "Save it as JPEG or PNG."),
    ((b"BM",), "a Windows bitmap", "Save it as JPEG or PNG."),
    ((b"8BPS",), "a Photoshop document", "Export it as JPEG or PNG."),
    ((b"PK\x03\x04",), "a ZIP archive or an Office document", "Export the picture itself as JPEG or PNG."),
    ((b"\0\0\0\x0cJXL ", b"\xff\x0a"), "a JPEG XL picture", "Save it as JPEG or PNG."),
)


def _stranger(data: bytes, name: str) -> PictureRefused:
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    called = f"{name} " if name else "This file "
    if b"<svg" in head:
        return PictureRefused("unsupported_format", f"{called}is an SVG drawing. Export it as PNG.")
    if head.startswith((b"<!doctype", b"<html", b"<head", b"<?xml", b"<")):
        return PictureRefused(
            "not_a_picture",
            f"{called}holds a web page, not a picture. "
            "Open the picture itself in the browser, save it from there and choose that file.",
        )
    if data[4:8] == b"ftyp":
        what = "an HEIC photo" if boxes.format_of(data) else "a video"
        return PictureRefused("unsupported_format", f"{called}is {what}. Save it as JPEG or PNG.")
    for starts, what, then in _STRANGERS:
        if data.startswith(starts):
            return PictureRefused("unsupported_format", f"{called}is {what}. {then}")
    return PictureRefused("not_a_picture", f"{called}is not a picture we can read. We take JPEG, PNG, WebP, GIF, HEIC and AVIF.")


def _tags(image: Image.Image) -> tuple[int, bool]:
    """Orientation and whether a place is told, in EXIF or XMP. Unreadable tags count as absent.

    Read from what stands before the pixels: `Image.getexif` would decode a whole PNG to look behind them.
    """
    exif = Image.Exif()
    try:
        exif.load(image.info.get("exif", b""))
        orientation = exif.get(_ORIENTATION, 1)
        has_gps = bool(exif.get_ifd(_GPS))
    except Exception:  # broken tags are common and no reason to refuse a good picture
        orientation, has_gps = 1, False
    xmp = image.info.get("xmp", b"")
    xmp = xmp if isinstance(xmp, bytes) else str(xmp).encode()
    return (orientation if orientation in range(1, 9) else 1), has_gps or b"exif:GPSLatitude" in xmp
