"""HEIC and AVIF: what phones and new programs store, whole, broken, too large, moving."""

from __future__ import annotations

import contextlib
import io
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from media_library import boxes, foreign
from media_library.inspect import PictureRefused, inspect
from media_library.pipeline import render
from platforms.base import ImageSpec

HEIC = (Path(__file__).parents[1] / "data" / "turned.heic").read_bytes()  # 320 × 240, red upper left, turned, with a place
SPEC = ImageSpec(
    formats=("JPEG",), max_bytes=300_000, ratio_min=0.05, ratio_max=20, width_min=1, width_max=640, pixels_max=1_000_000
)


def _avif(mode: str = "RGB", size: tuple[int, int] = (400, 300), **kept: object) -> bytes:
    out = io.BytesIO()
    image = Image.new(mode, size, "teal" if mode == "RGB" else (0, 128, 128, 90))
    image.paste("red", (0, 0, 100, 100))
    image.save(out, "AVIF", **kept)
    return out.getvalue()


AVIF = _avif()


def test_a_phones_photo_becomes_an_upright_jpeg_without_its_place() -> None:
    body, told_its_place = foreign.unfolded(HEIC, "IMG_0001.HEIC")
    assert told_its_place
    made = inspect(body)
    assert (made.format, made.width, made.height, made.has_gps, made.orientation) == ("JPEG", 240, 320, False, 1)
    assert Image.open(io.BytesIO(body)).getpixel((230, 10))[0] > 240  # turned: what was left is now right


def test_a_phones_photo_is_never_decoded_in_this_process() -> None:
    with pytest.raises(PictureRefused) as no:
        inspect(HEIC)
    assert no.value.code == "unsupported_format"


@pytest.mark.parametrize("upto", [20, 100, len(HEIC) // 2, len(HEIC) - 40])
def test_a_phones_photo_that_breaks_off_is_said_so(upto: int) -> None:
    with pytest.raises(PictureRefused) as no:
        foreign.unfolded(HEIC[:upto])
    assert no.value.code in ("cut_short", "damaged")


def test_a_decoder_that_dies_is_a_damaged_picture_and_no_more(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    child = tmp_path / "dies.py"
    child.write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    monkeypatch.setattr(foreign, "CHILD", child)
    with pytest.raises(PictureRefused) as no:
        foreign.unfolded(HEIC)
    assert no.value.code == "damaged"


def test_the_name_must_fit_a_phones_photo() -> None:
    with pytest.raises(PictureRefused) as no:
        foreign.unfolded(HEIC, "holiday.png")
    assert no.value.code == "wrong_ending" and "holiday.heic" in no.value.text


def _sized(data: bytes, width: int, height: int) -> bytes:
    at = data.index(b"ispe") + 8
    return data[:at] + struct.pack(">II", width, height) + data[at + 8:]


def test_a_bomb_is_refused_by_what_its_header_says() -> None:
    for refuse in (lambda: foreign.unfolded(_sized(HEIC, 60_000, 60_000)), lambda: inspect(_sized(AVIF, 60_000, 60_000))):
        with pytest.raises(PictureRefused) as no:
            refuse()
        assert no.value.code == "too_many_pixels"


def test_an_avif_picture_is_taken_turned_and_sent_as_jpeg() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = _avif(exif=exif.tobytes())
    seen = inspect(turned, name="poster.avif")
    assert (seen.format, seen.width, seen.height) == ("AVIF", 300, 400)
    made = render(turned, SPEC)
    assert (made.mime, made.width, made.height) == ("image/jpeg", 300, 400)
    assert "turned upright" in made.done


def test_an_avif_picture_that_lets_light_through_stands_on_white() -> None:
    assert "transparent parts made white" in render(_avif("RGBA"), SPEC).done


def test_an_avif_picture_that_moves_is_refused_and_its_first_frame_can_be_used() -> None:
    moving = _avif(size=(64, 64), save_all=True, append_images=[Image.new("RGB", (64, 64), "red")] * 3)
    with pytest.raises(PictureRefused) as no:
        inspect(moving)
    assert no.value.code == "animated" and "4 frames" in no.value.text
    assert render(moving, SPEC).done[0] == "first frame taken"


def test_the_depth_of_an_avif_is_read_from_its_boxes() -> None:
    assert inspect(AVIF).depth == 8
    at = AVIF.index(b"pixi") + 9
    assert boxes.read(AVIF[:at] + b"\x0c" + AVIF[at + 1:]).depth == 12


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(AVIF) - 1), st.integers(0, 255)), min_size=1, max_size=8), st.integers(0, 60))
def test_no_broken_avif_does_more_than_be_refused(changes: list[tuple[int, int]], less: int) -> None:
    data = bytearray(AVIF)
    for at, byte in changes:
        data[at] = byte
    try:
        inspect(bytes(data[: len(data) - less]))
        render(bytes(data[: len(data) - less]), SPEC)
    except PictureRefused as no:
        assert no.text


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_the_walk_over_boxes_ends_whatever_it_is_fed(tail: bytes) -> None:
    data = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + tail
    with contextlib.suppress(boxes.Broken, struct.error, IndexError):
        boxes.read(data)
