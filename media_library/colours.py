"""Brings any picture's colours to sRGB, the only ones networks and browsers agree on. Django-free."""

from __future__ import annotations

import io

from PIL import Image, ImageCms


def to_srgb(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, list[str]]:
    """The picture (mode L, RGB, RGBA or CMYK) in sRGB as L, RGB or RGBA, and what was done, in words.

    A profile that cannot be used is ignored: the colours may then be a little off, which is better than no picture.
    """
    if profile and not _is_srgb(profile):
        converted = _through(image, profile)
        if converted is not None:
            return converted, ["colours brought to sRGB"]
    if image.mode == "CMYK":
        return image.convert("RGB"), ["print colours (CMYK) brought to sRGB"]
    return image, []


def _through(image: Image.Image, profile: bytes) -> Image.Image | None:
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    inks = image.convert("RGB") if alpha is not None else image
    try:
        out = ImageCms.profileToProfile(
            inks, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC, outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    if out is not None and alpha is not None:
        out.putalpha(alpha)
    return out


def _is_srgb(profile: bytes) -> bool:
    try:
        return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile))).startswith("sRGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return False
