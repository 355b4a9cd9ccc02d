"""Makes a picture fit for one network, the same bytes each time. Django-free.

What leaves here is upright, in sRGB, without any metadata, inside the network's ratio and size, never larger than what
came in. The bytes are the same for the same source, spec, crop and focal point under one version of Pillow and its
libraries; `Rendered.sha256` is what an approval binds to.
"""

from __future__ import annotations

import hashlib
import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from media_library.colours import to_srgb
from media_library.inspect import (
    MIME,
    Inspected,
    PictureRefused,
    damaged,
    inspect,
    opened,
    read,
)
from platforms.base import ImageSpec

CENTRE = (0.5, 0.5)
QUALITIES = (88, 82, 76, 68, 60)
SHRINK = 0.8                # once the lowest quality is too big, sides get this much shorter
SIDE_LEAST = 64             # below this no further shrinking is tried
_WRITABLE = ("JPEG", "PNG", "WEBP")


class Box(NamedTuple):
    """A crop as fractions (0 to 1) of the upright picture, so it holds at every size."""

    left: float
    top: float
    width: float
    height: float


class Cut(NamedTuple):
    """A crop in pixels of the upright picture; edges need not be whole."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Rendered:
    """The picture as it will be sent. `done` says in words what was changed, for the person who chose it."""

    bytes: bytes
    mime: str
    width: int
    height: int
    sha256: str
    done: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """What a network would not take as it is. `blocks` is False where `render` sees to it by itself."""

    code: str                   # ratio, too_small, too_large, too_many_bytes, format, animated
    text: str
    blocks: bool = False

    def __str__(self) -> str:
        return self.text


def problems(found: Inspected, spec: ImageSpec, label: str = "This network") -> list[Problem]:
    """What must change before the network called `label` takes this picture, in words."""
    said = []
    cut = cut_out(found.width, found.height, spec, None, CENTRE)
    left = int(cut.right - cut.left)
    if left < spec.width_min:
        said.append(Problem(
            "too_small",
            f"{label} needs a picture at least {spec.width_min:,} pixels wide; this one has {left:,}"
            f"{' once cropped' if left < found.width else ''}. "
            "Choose a larger one: making it bigger would only blur it.",
            blocks=True,
        ))
    kept = min(max(found.ratio, spec.ratio_min), spec.ratio_max)
    if not _inside(found.ratio, spec):
        said.append(Problem(
            "ratio",
            f"{label} needs a picture between {ratio_words(spec.ratio_min)} and {ratio_words(spec.ratio_max)}; "
            f"this one is {ratio_words(found.ratio)}. It will be cropped to {ratio_words(kept)}; choose what stays.",
        ))
    if found.width > spec.width_max or found.width * found.height > spec.pixels_max:
        said.append(Problem("too_large", f"This picture is larger than {label} shows. It will be scaled down."))
    if found.bytes > spec.max_bytes:
        said.append(Problem(
            "too_many_bytes",
            f"{label} takes up to {_megabytes(spec.max_bytes)}; this file has {_megabytes(found.bytes)}. "
            "It will be saved smaller.",
        ))
    if found.format not in spec.formats:
        said.append(Problem(
            "format", f"{label} takes no {found.format} pictures. It will be saved as {_target(spec)}."
        ))
    if found.animated:
        said.append(Problem("animated", f"This picture moves ({found.frames} frames). Its first frame will be used."))
    return said


def ratio_words(ratio: float) -> str:
    """A ratio as people say it: "4:5", "16:9", "1.91:1", "1:2.2"."""
    for below in range(1, 10):
        above = round(ratio * below)
        if 1 <= above <= 16 and abs(above / below - ratio) < 0.004 * ratio:
            return f"{above}:{below}"
    if ratio >= 1:
        return f"{ratio:.2f}".rstrip("0").rstrip(".") + ":1"
    return "1:" + f"{1 / ratio:.2f}".rstrip("0").rstrip(".")


def render(
    source: bytes | Path | str, spec: ImageSpec, crop: Box | None = None, focal: tuple[float, float] = CENTRE
) -> Rendered:
    """Make the picture fit `spec`: upright, cropped, scaled down, sRGB, bare of metadata, small enough.

    `crop` is what a person chose to keep; where that is outside the ratio the network takes, it is narrowed around
    `focal` (fractions of the upright picture). A picture below the spec's least width is left at its size and
    `Rendered.done` says so. Raises PictureRefused where the file cannot be read or cannot be made small enough.
    """
    data, _ = read(source)
    found = inspect(data, first_frame=True)
    done = _said_of(found)
    cut = cut_out(found.width, found.height, spec, crop, focal)
    if (cut.right - cut.left, cut.bottom - cut.top) != (found.width, found.height):
        done.append(f"cropped to {ratio_words((cut.right - cut.left) / (cut.bottom - cut.top))}")
    size = fitted(cut, spec)
    image, told = _developed(data, found, cut, size)
    done += told
    if size[0] < int(cut.right - cut.left):
        done.append(f"scaled down to {size[0]:,} × {size[1]:,} pixels")
    body, format, size, told = _packed(image, spec)
    done += told
    if size[0] < spec.width_min:
        done.append(f"left at {size[0]:,} pixels wide, below the {spec.width_min:,} the network asks for")
    return Rendered(body, MIME[format], *size, hashlib.sha256(body).hexdigest(), tuple(done))


def cut_out(width: int, height: int, spec: ImageSpec, crop: Box | None, focal: tuple[float, float]) -> Cut:
    """The part that stays, in pixels of the upright picture: the person's crop, narrowed to the network's ratio."""
    left, top, right, bottom = _chosen(width, height, crop)
    wide, high = right - left, bottom - top
    if wide / high > spec.ratio_max * 1.0005:
        keep = high * spec.ratio_max
        left = min(max(focal[0] * width - keep / 2, left), right - keep)
        right = left + keep
    elif wide / high < spec.ratio_min / 1.0005:
        keep = wide / spec.ratio_min
        top = min(max(focal[1] * height - keep / 2, top), bottom - keep)
        bottom = top + keep
    return Cut(left, top, right, bottom)


def _chosen(width: int, height: int, crop: Box | None) -> Cut:
    """The crop in pixels, held inside the picture and at least one pixel each way."""
    if crop is None:
        return Cut(0, 0, width, height)
    left = min(max(crop.left, 0.0), 1.0) * width
    top = min(max(crop.top, 0.0), 1.0) * height
    right = min(left + max(crop.width, 0.0) * width, width)
    bottom = min(top + max(crop.height, 0.0) * height, height)
    left, top = min(left, width - 1), min(top, height - 1)
    return Cut(left, top, max(right, left + 1), max(bottom, top + 1))


def fitted(cut: Cut, spec: ImageSpec) -> tuple[int, int]:
    """Width and height in pixels the part is given: scaled down where too large, inside the ratio after rounding."""
    wide, high = cut.right - cut.left, cut.bottom - cut.top
    scale = min(1.0, spec.width_max / wide, math.sqrt(spec.pixels_max / (wide * high)))
    width = max(1, math.floor(wide * scale + 1e-6))
    while True:
        height = max(1, round(width * high / wide))
        least, most = math.ceil(width / spec.ratio_max - 1e-9), math.floor(width / spec.ratio_min + 1e-9)
        if least <= most:
            height = max(1, min(max(height, least), most))
        if width * height <= spec.pixels_max or width == 1:
            return width, height
        width -= 1


def _developed(data: bytes, found: Inspected, cut: Cut, size: tuple[int, int]) -> tuple[Image.Image, list[str]]:
    """Decode no more than needed, turn, cut and scale in one step, then bring the colours to sRGB."""
    with opened(data, found.format) as image:
        profile = image.info.get("icc_profile")
        if found.format == "JPEG":
            _draft(image, found, cut, size)
        try:
            image.load()
            upright = _upright(_plain(image, found), found.orientation)
        except PictureRefused:
            raise
        except Exception as error:  # decoders raise OSError, ValueError, SyntaxError, struct.error …
            raise damaged() from error
    # The draft may have made it smaller: the cut is told in full size.
    across, down = upright.width / found.width, upright.height / found.height
    box = (cut.left * across, cut.top * down, cut.right * across, cut.bottom * down)
    box = (box[0], box[1], min(box[2], upright.width), min(box[3], upright.height))
    return to_srgb(upright.resize(size, Image.Resampling.LANCZOS, box=box, reducing_gap=3.0), profile)


def _draft(image: Image.Image, found: Inspected, cut: Cut, size: tuple[int, int]) -> None:
    """Let the JPEG decoder shrink by 2, 4 or 8 while reading, never below what the result needs."""
    scale = size[0] / (cut.right - cut.left)
    wanted = (math.ceil(found.width * scale), math.ceil(found.height * scale))
    image.draft(None, wanted if found.orientation < 5 else wanted[::-1])


def _plain(image: Image.Image, found: Inspected) -> Image.Image:
    """One of L, RGB, RGBA or CMYK with eight bits, which is all that resizing and colour conversion know."""
    if image.mode.startswith("I"):
        # Sixteen bits of grey: divide, because a plain conversion would clip everything bright to white.
        return image.convert("I").point(lambda grey: grey / 256).convert("L")
    if found.transparent:
        return image.convert("RGBA")
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def _said_of(found: Inspected) -> list[str]:
    """What happens to this picture whatever the network is."""
    said = []
    if found.animated:
        said.append("first frame taken")
    if found.orientation != 1:
        said.append("turned upright")
    if found.has_gps:
        said.append("place where it was taken removed")
    if found.depth > 8:
        said.append(f"{found.depth}-bit colours brought to 8 bits")
    return said


def _target(spec: ImageSpec) -> str:
    """The format we send: the first one the network prefers among those we write."""
    for format in spec.formats:
        if format in _WRITABLE:
            return format
    raise ValueError(f"no format we can write among {spec.formats}")


def _packed(image: Image.Image, spec: ImageSpec) -> tuple[bytes, str, tuple[int, int], list[str]]:
    """Encode, and where it is too big lower the quality, then the size, until it fits."""
    format, told = _target(spec), []
    if format == "JPEG" and image.mode == "RGBA":
        image, told = _on_white(image), ["transparent parts made white"]
    began = image.size
    while True:
        for quality in QUALITIES if format != "PNG" else QUALITIES[:1]:
            body = _encoded(image, format, quality)
            if len(body) <= spec.max_bytes:
                if quality != QUALITIES[0]:
                    told.append(f"saved at quality {quality} to stay under {_megabytes(spec.max_bytes)}")
                if image.size != began:
                    told.append(f"scaled down to {image.width:,} × {image.height:,} pixels to stay under it")
                return body, format, image.size, told
        if format == "PNG" and "JPEG" in spec.formats:
            return _packed_as_jpeg(image, spec)
        image = _smaller(image, spec)


def _packed_as_jpeg(image: Image.Image, spec: ImageSpec) -> tuple[bytes, str, tuple[int, int], list[str]]:
    only = ImageSpec(("JPEG",), spec.max_bytes, spec.ratio_min, spec.ratio_max, spec.width_min, spec.width_max,
                     spec.pixels_max)
    body, format, size, told = _packed(image, only)
    return body, format, size, [*told, f"saved as JPEG to stay under {_megabytes(spec.max_bytes)}"]


def _smaller(image: Image.Image, spec: ImageSpec) -> Image.Image:
    cut = Cut(0, 0, image.width, image.height)
    small = ImageSpec(spec.formats, spec.max_bytes, spec.ratio_min, spec.ratio_max, spec.width_min,
                      max(1, int(image.width * SHRINK)), spec.pixels_max)
    size = fitted(cut, small)
    if min(size) < SIDE_LEAST or size[0] < min(spec.width_min, image.width):
        raise PictureRefused(
            "too_many_bytes",
            f"This picture cannot be made smaller than {_megabytes(spec.max_bytes)} without spoiling it. "
            "Choose a simpler one.",
        )
    return image.resize(size, Image.Resampling.LANCZOS)


def _on_white(image: Image.Image) -> Image.Image:
    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image)
    return ground.convert("RGB")


def _encoded(image: Image.Image, format: str, quality: int) -> bytes:
    """The bytes, with nothing said beside the pixels: Pillow would carry comments and profiles over from `info`."""
    bare = image.copy()
    bare.info.clear()
    out = io.BytesIO()
    if format == "JPEG":
        bare.save(out, "JPEG", quality=quality, optimize=True, progressive=True, subsampling="4:2:0")
    elif format == "WEBP":
        bare.save(out, "WEBP", quality=quality, method=4, exact=False)
    else:
        bare.save(out, "PNG", optimize=True)
    return out.getvalue()


def _inside(ratio: float, spec: ImageSpec) -> bool:
    return spec.ratio_min / 1.0005 <= ratio <= spec.ratio_max * 1.0005


def _megabytes(count: int) -> str:
    if count < 1_000_000:
        return f"{max(1, count // 1000)} KB"
    return f"{count / 1_000_000:.1f}".removesuffix(".0") + " MB"
