"""Pictures: what is refused and in which words, and what a network is given. No database, no Django."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from library_social.practice.pictures import pictures
from media_library.inspect import PictureRefused, inspect
from media_library.pipeline import Box, cut_out, fitted, problems, ratio_words, render
from platforms.base import ImageSpec

ROOT = Path(__file__).resolve().parents[2]
INSTAGRAM = ImageSpec(("JPEG",), 8_000_000, 0.8, 1.91, 320, 1440, 36_000_000)
WIDE_OPEN = ImageSpec(("JPEG", "PNG"), 5_000_000, 0.01, 100.0, 1, 4096, 36_000_000)
PNG_FIRST = ImageSpec(("PNG", "JPEG"), 5_000_000, 0.01, 100.0, 1, 4096, 36_000_000)


def saved(image: Image.Image, format: str, **options) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def quarters(width: int = 800, height: int = 600) -> Image.Image:
    """Red, green, blue and yellow, clockwise from the top left: shows turning and cropping."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("green", (width // 2, 0, width, height // 2))
    image.paste("blue", (width // 2, height // 2, width, height))
    image.paste("yellow", (0, height // 2, width // 2, height))
    return image


def seen(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def colour_at(data: bytes, x: float, y: float) -> str:
    """The nearest plain colour at a place told in fractions."""
    image = seen(data).convert("RGB")
    red, green, blue = image.getpixel((int(x * image.width), int(y * image.height)))
    names = {"red": (255, 0, 0), "green": (0, 128, 0), "blue": (0, 0, 255), "yellow": (255, 255, 0),
             "white": (255, 255, 255), "black": (0, 0, 0)}  # fmt: skip
    return min(names, key=lambda name: sum((a - b) ** 2 for a, b in zip(names[name], (red, green, blue), strict=True)))


def refusal(data: bytes | Path, **told) -> PictureRefused:
    with pytest.raises(PictureRefused) as caught:
        inspect(data, **told)
    return caught.value


def bomb_png(width: int, height: int) -> bytes:
    """A well-formed black PNG of that many pixels in few bytes, made without unfolding it."""
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    packer, row = zlib.compressobj(9), bytes(1 + (width + 7) // 8)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", body) + chunk(b"IEND", b"")


class TestWhatIsRefused:
    def test_a_bomb_is_refused_before_it_is_unfolded_and_memory_stays_small(self, tmp_path):
        file = tmp_path / "bomb.png"
        file.write_bytes(bomb_png(13_300, 13_300))
        code = (
            "import json, re, sys\n"
            "from media_library.inspect import PictureRefused, inspect\n"
            "try: inspect(sys.argv[1])\n"
            "except PictureRefused as refused:\n"
            # Not getrusage: a child begins with the peak of the process it was forked from.
            "    status = open('/proc/self/status').read()\n"
            "    peak = int(re.search(r'VmHWM:\\s+(\\d+)', status)[1]) / 1024\n"
            "    print(json.dumps([refused.code, refused.text, peak]))\n"
        )
        told = [sys.executable, "-c", code, str(file)]
        ran = subprocess.run(told, cwd=ROOT, capture_output=True, text=True, check=True)
        refused_as, text, peak_mib = json.loads(ran.stdout)
        assert refused_as == "too_many_pixels"
        assert "13,300 × 13,300 pixels" in text and "36 million" in text
        assert peak_mib < 200

    @pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "WEBP"])
    def test_a_picture_that_breaks_off_is_refused(self, format):
        whole = saved(quarters(), format)
        assert inspect(whole).format == format
        for part in (len(whole) // 2, len(whole) - 3, 30):
            assert refusal(whole[:part]).code in {"cut_short", "damaged"}
        assert "breaks off" in refusal(whole[: len(whole) // 2]).text

    def test_a_png_with_a_flipped_bit_is_damaged(self):
        spoilt = bytearray(saved(quarters(), "PNG"))
        spoilt[len(spoilt) // 2] ^= 1
        assert refusal(bytes(spoilt)).code == "damaged"

    def test_a_picture_whose_pixels_do_not_unfold_is_refused_when_it_is_rendered(self):
        body = b"\x89PNG\r\n\x1a\n"
        header = struct.pack(">IIBBBBB", 50, 50, 8, 2, 0, 0, 0)
        for name, part in ((b"IHDR", header), (b"IDAT", b"none"), (b"IEND", b"")):
            body += struct.pack(">I", len(part)) + name + part + struct.pack(">I", zlib.crc32(name + part))
        with pytest.raises(PictureRefused) as caught:
            render(body, WIDE_OPEN)
        assert caught.value.code == "damaged"

    def test_a_web_page_called_png_is_told_apart(self):
        refused = refusal(b"<!DOCTYPE html><html><body>Sign in</body></html>", name="poster.png")
        assert refused.code == "not_a_picture"
        assert refused.text.startswith("poster.png holds a web page, not a picture.")

    def test_the_ending_must_fit_what_is_inside(self, tmp_path):
        refused = refusal(saved(quarters(), "JPEG"), name="Poster.PNG")
        assert refused.code == "wrong_ending"
        assert "ends in .png, but inside is a JPEG picture" in refused.text and "Poster.jpg" in refused.text
        file = tmp_path / "poster.gif"
        file.write_bytes(saved(quarters(), "PNG"))
        assert refusal(file).code == "wrong_ending"
        assert inspect(saved(quarters(), "JPEG"), name="photo.JPEG").format == "JPEG"
        assert inspect(saved(quarters(), "JPEG"), name="photo").format == "JPEG"

    def test_more_than_40_mb_is_refused_without_reading_the_file(self, tmp_path):
        file = tmp_path / "huge.jpg"
        with file.open("wb") as out:
            out.truncate(41 * 1024 * 1024)
        refused = refusal(file)
        assert refused.code == "too_many_bytes" and "41 MB" in refused.text and "40 MB" in refused.text

    def test_an_empty_file_is_refused(self):
        assert refusal(b"").code == "empty"

    @pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
    def test_a_moving_picture_is_refused_and_its_first_frame_offered(self, format):
        frames = [quarters(), Image.new("RGB", (800, 600), "black"), Image.new("RGB", (800, 600), "white")]
        moving = saved(frames[0], format, save_all=True, append_images=frames[1:], duration=100)
        refused = refusal(moving)
        assert refused.code == "animated" and "3 frames" in refused.text and "first frame" in refused.text
        found = inspect(moving, first_frame=True)
        assert (found.animated, found.frames) == (True, 3)
        made = render(moving, WIDE_OPEN)
        assert "first frame taken" in made.done and made.mime == "image/jpeg"
        assert colour_at(made.bytes, 0.1, 0.1) == "red"

    @pytest.mark.parametrize(
        ("data", "word"),
        [
            (b"%PDF-1.7\n", "PDF"), (b"II*\0" + bytes(20), "TIFF"), (b"PK\x03\x04" + bytes(20), "ZIP"),
            (b"\0\0\0\x18ftypisom" + bytes(20), "video"), (b"BM" + bytes(60), "bitmap"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        ],
    )  # fmt: skip
    def test_other_files_are_called_by_their_name(self, data, word):
        refused = refusal(data)
        assert refused.code == "unsupported_format" and word in refused.text

    @settings(max_examples=200, deadline=None)
    @given(
        start=st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\x20\0\0\0WEBPVP8X"]),
        rest=st.binary(max_size=200),
    )
    def test_garbage_raises_nothing_but_a_refusal(self, start, rest):
        try:
            inspect(start + rest, first_frame=True)
        except PictureRefused as refused:
            assert refused.text

    @settings(max_examples=60, deadline=None)
    @given(data=st.data(), format=st.sampled_from(["JPEG", "PNG", "GIF", "WEBP"]))
    def test_a_spoilt_picture_is_refused_or_rendered_never_a_crash(self, data, format):
        spoilt = bytearray(saved(quarters(64, 48), format))
        for _ in range(data.draw(st.integers(1, 6))):
            spoilt[data.draw(st.integers(0, len(spoilt) - 1))] = data.draw(st.integers(0, 255))
        try:
            made = render(bytes(spoilt), WIDE_OPEN)
        except PictureRefused:
            return
        assert made.bytes


class TestWhatIsSeen:
    def test_a_phone_photo_is_described_as_people_see_it(self):
        found = inspect(phone_photo(400, 300))
        assert (found.kind, found.format, found.width, found.height) == ("image", "JPEG", 300, 400)
        assert (found.orientation, found.has_gps, found.mode, found.frames) == (6, True, "RGB", 1)
        assert len(found.sha256) == 64 and found.bytes == len(phone_photo(400, 300))

    def test_transparency_and_depth_are_seen(self):
        assert inspect(saved(Image.new("RGBA", (9, 9), (0, 0, 0, 0)), "PNG")).transparent
        assert not inspect(saved(quarters(), "PNG")).transparent
        assert inspect(saved(Image.new("I;16", (9, 9), 40_000), "PNG")).depth == 16


class TestWhatIsMade:
    def test_a_turned_photo_comes_out_upright_and_bare(self):
        source = phone_photo(4032, 3024)
        made = render(source, INSTAGRAM)
        assert (made.mime, made.width, made.height) == ("image/jpeg", 1440, 1800)
        # Stored red, green / yellow, blue; tag 6 turns it a quarter clockwise.
        corners = [colour_at(made.bytes, x, y) for x, y in ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9))]
        assert corners == ["yellow", "red", "green", "blue"]
        assert made.done[:2] == ("turned upright", "place where it was taken removed")
        out = seen(made.bytes)
        assert not out.getexif()
        assert all(key.startswith(("jfif", "progress")) for key in out.info)
        for secret in (b"Exif", b"GPS", b"Phone", b"http://ns.adobe.com/xap", b"a comment"):
            assert secret in source or secret == b"GPS"
            assert secret not in made.bytes

    @pytest.mark.parametrize("tag", range(1, 9))
    def test_all_eight_orientations_show_the_same_picture(self, tag):
        upright, backwards = quarters(400, 300), {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
        stored = upright if backwards[tag] is None else upright.transpose(Image.Transpose(backwards[tag]))
        exif = Image.Exif()
        exif[0x0112] = tag
        made = render(saved(stored, "JPEG", exif=exif), WIDE_OPEN)
        assert (made.width, made.height) == (400, 300)
        assert [colour_at(made.bytes, x, y) for x, y in ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9))] == [
            "red", "green", "blue", "yellow",
        ]  # fmt: skip

    def test_a_banner_is_cropped_around_the_focal_point(self):
        banner = Image.new("RGB", (3000, 1000), "red")
        banner.paste("blue", (2000, 0, 3000, 1000))
        made = render(saved(banner, "PNG"), INSTAGRAM, focal=(0.95, 0.5))
        assert made.width / made.height <= 1.91 and made.width / made.height == pytest.approx(1.91, abs=0.01)
        assert colour_at(made.bytes, 0.9, 0.5) == "blue" and colour_at(made.bytes, 0.02, 0.5) == "red"
        assert colour_at(render(saved(banner, "PNG"), INSTAGRAM, focal=(0, 0.5)).bytes, 0.98, 0.5) == "red"
        assert "cropped to 1.91:1" in made.done

    def test_what_a_person_chose_to_keep_is_kept(self):
        made = render(saved(quarters(), "PNG"), WIDE_OPEN, crop=Box(0.5, 0.5, 0.5, 0.5))
        assert (made.width, made.height) == (400, 300)
        assert {colour_at(made.bytes, x, y) for x in (0.05, 0.95) for y in (0.05, 0.95)} == {"blue"}

    def test_clear_parts_turn_white_in_jpeg_and_stay_clear_in_png(self):
        sticker = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
        sticker.paste((255, 0, 0, 255), (100, 100, 300, 300))
        data = saved(sticker, "PNG")
        made = render(data, WIDE_OPEN)
        assert colour_at(made.bytes, 0.02, 0.02) == "white" and colour_at(made.bytes, 0.5, 0.5) == "red"
        assert "transparent parts made white" in made.done
        kept = seen(render(data, PNG_FIRST).bytes)
        assert kept.mode == "RGBA" and kept.getpixel((5, 5))[3] == 0

    def test_a_palette_with_a_clear_colour_is_understood(self):
        palette = quarters().quantize(4)
        data = saved(palette, "PNG", transparency=palette.getpixel((10, 10)))
        assert inspect(data).mode == "P"
        assert colour_at(render(data, WIDE_OPEN).bytes, 0.1, 0.1) == "white"
        assert colour_at(render(data, WIDE_OPEN).bytes, 0.9, 0.1) == "green"

    def test_sixteen_bits_of_grey_keep_their_middle(self):
        made = render(saved(Image.new("I;16", (200, 100), 0x8000), "PNG"), WIDE_OPEN)
        assert seen(made.bytes).convert("L").getpixel((50, 50)) == pytest.approx(128, abs=2)
        assert "16-bit colours brought to 8 bits" in made.done

    def test_print_colours_become_screen_colours(self):
        made = render(saved(quarters().convert("CMYK"), "JPEG", quality=95), WIDE_OPEN)
        assert seen(made.bytes).mode == "RGB" and colour_at(made.bytes, 0.1, 0.1) == "red"
        assert "print colours (CMYK) brought to sRGB" in made.done

    def test_a_colour_profile_is_honoured_and_left_out(self):
        """A profile that calls the red channel green: what is stored as red must come out green."""
        srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        swapped = srgb.replace(b"rXYZ", b"????").replace(b"gXYZ", b"rXYZ").replace(b"????", b"gXYZ")
        swapped = swapped.replace("sRGB".encode("utf-16-be"), "test".encode("utf-16-be"))
        for mode in ("RGB", "RGBA"):
            made = render(saved(Image.new(mode, (60, 60), "red"), "PNG", icc_profile=swapped), PNG_FIRST)
            assert "icc_profile" not in seen(made.bytes).info and made.done == ("colours brought to sRGB",)
            red, green, blue = seen(made.bytes).convert("RGB").getpixel((9, 9))
            assert green > 250 and red < 5 and blue < 5
        plain = Image.new("RGB", (60, 60), (128, 128, 128))
        same = render(saved(plain, "PNG", icc_profile=srgb), PNG_FIRST)
        assert same.done == () and seen(same.bytes).getpixel((9, 9)) == (128, 128, 128)

    def test_a_broken_profile_is_no_reason_to_refuse(self):
        assert render(saved(quarters(), "JPEG", icc_profile=b"not a profile"), WIDE_OPEN).done == ()

    def test_texts_in_a_png_are_left_out(self):
        told = PngImagePlugin.PngInfo()
        told.add_text("Author", "Somebody's name")
        assert b"Somebody" not in render(saved(quarters(), "PNG", pnginfo=told), PNG_FIRST).bytes

    def test_a_small_picture_is_never_made_larger(self):
        made = render(saved(quarters(200, 160), "PNG"), INSTAGRAM)
        assert (made.width, made.height) == (200, 160)
        assert "left at 200 pixels wide, below the 320 the network asks for" in made.done

    def test_quality_and_then_size_give_way_to_fit_the_bytes(self):
        noisy = saved(Image.effect_noise((1200, 900), 90).convert("RGB"), "PNG")
        roomy = render(noisy, WIDE_OPEN)
        limit = len(roomy.bytes) * 3 // 4
        tight = render(noisy, ImageSpec(("JPEG",), limit, 0.01, 100, 1, 4096, 36_000_000))
        assert len(tight.bytes) <= limit and (tight.width, tight.height) == (1200, 900)
        assert any(said.startswith("saved at quality") for said in tight.done)
        tiny = render(noisy, ImageSpec(("JPEG",), 60_000, 0.01, 100, 1, 4096, 36_000_000))
        assert len(tiny.bytes) <= 60_000 and tiny.width < 1200
        with pytest.raises(PictureRefused) as caught:
            render(noisy, ImageSpec(("JPEG",), 60_000, 0.01, 100, 1000, 4096, 36_000_000))
        assert caught.value.code == "too_many_bytes"

    def test_a_png_that_stays_too_big_becomes_a_jpeg_where_that_is_taken(self):
        noisy = saved(Image.effect_noise((600, 400), 90).convert("RGB"), "PNG")
        made = render(noisy, ImageSpec(("PNG", "JPEG"), 180_000, 0.01, 100, 1, 4096, 36_000_000))
        assert made.mime == "image/jpeg" and (made.width, made.height) == (600, 400)
        assert "saved as JPEG to stay under 180 KB" in made.done

    def test_the_same_picture_gives_the_same_bytes(self):
        source = phone_photo(800, 600)
        once, again = render(source, INSTAGRAM), render(source, INSTAGRAM)
        assert once == again and inspect(once.bytes).sha256 == once.sha256

    @settings(max_examples=300, deadline=None)
    @given(
        width=st.integers(1, 12_000), height=st.integers(1, 12_000), low=st.sampled_from([0.5, 0.75, 0.8, 1.0]),
        high=st.sampled_from([1.0, 1.78, 1.91, 3.0]), focal=st.tuples(st.floats(0, 1), st.floats(0, 1)),
        most=st.integers(64, 4096), pixels=st.integers(10_000, 36_000_000),
    )  # fmt: skip
    def test_sizes_are_inside_every_limit(self, width, height, low, high, focal, most, pixels):
        spec = ImageSpec(("JPEG",), 1, low, high, 1, most, pixels)
        cut = cut_out(width, height, spec, None, focal)
        assert -1e-6 <= cut.left < cut.right <= width + 1e-6 and -1e-6 <= cut.top < cut.bottom <= height + 1e-6
        made = fitted(cut, spec)
        assert made[0] <= min(width, most) and made[0] * made[1] <= pixels
        if min(made) >= 10 and low < high:
            assert low <= made[0] / made[1] <= high
            assert made[1] <= height + 1


class TestWhatIsSaid:
    def test_a_banner_for_instagram_is_explained(self):
        said = problems(inspect(saved(quarters(1200, 400), "JPEG")), INSTAGRAM, "Instagram")
        assert [str(each) for each in said] == [
            "Instagram needs a picture between 4:5 and 1.91:1; this one is 3:1. "
            "It will be cropped to 1.91:1; choose what stays.",
        ]
        assert not said[0].blocks

    def test_a_small_picture_blocks(self):
        (said,) = problems(inspect(saved(quarters(200, 200), "JPEG")), INSTAGRAM, "Instagram")
        assert said.blocks and said.code == "too_small"
        assert "at least 320 pixels wide; this one has 200" in said.text

    def test_format_size_and_weight_are_told_but_do_not_block(self):
        spec = ImageSpec(("JPEG",), 1000, 0.1, 10, 1, 500, 36_000_000)
        said = problems(inspect(saved(quarters(), "PNG")), spec, "It")
        assert [each.code for each in said] == ["too_large", "too_many_bytes", "format"]
        assert not any(each.blocks for each in said)

    def test_a_good_picture_has_no_problems(self):
        assert problems(inspect(saved(quarters(1080, 1080), "JPEG")), INSTAGRAM) == []

    @pytest.mark.parametrize(
        ("ratio", "words"),
        [(0.8, "4:5"), (1.91, "1.91:1"), (3, "3:1"), (16 / 9, "16:9"), (1, "1:1"), (0.75, "3:4"), (0.4545, "1:2.2")],
    )
    def test_ratios_are_told_as_people_say_them(self, ratio, words):
        assert ratio_words(ratio) == words


class TestThePracticePictures:
    def test_they_are_what_people_upload_and_fit_every_network(self):
        photo, sticker, banner = pictures()
        seen_ = [inspect(each.data, name=each.name) for each in (photo, sticker, banner)]
        assert [(each.width, each.height) for each in seen_] == [(3024, 4032), (1400, 1400), (2400, 800)]
        assert (seen_[0].orientation, seen_[0].has_gps, seen_[1].transparent) == (6, True, True)
        for each in (photo, sticker, banner):
            made = render(each.data, INSTAGRAM)
            assert 0.8 <= made.width / made.height <= 1.91 and made.width >= 320 and each.alt_text
        assert pictures() == (photo, sticker, banner)


def phone_photo(width: int, height: int) -> bytes:
    """A photo as a phone stores it: lying on its side, with tag 6, a place, a maker, XMP and a comment."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Phone"
    exif.get_ifd(0x8825).update({1: "N", 2: (44.0, 18.0, 30.0), 3: "W", 4: (80.0, 6.0, 10.0)})
    return saved(
        quarters(width, height), "JPEG", quality=90, exif=exif, comment=b"a comment",
        xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>",
    )  # fmt: skip
