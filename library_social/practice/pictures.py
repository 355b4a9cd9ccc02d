"""Three pictures for the practice library, painted by code each time so that no binary lies in the repository."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter

INK, CREAM, SUN, FERN, TEAL, BRICK, PLUM = (
    (35, 41, 54), (250, 243, 230), (245, 184, 75), (74, 124, 89), (46, 110, 122), (186, 82, 61), (110, 68, 106),
)  # fmt: skip
CLOTH = (BRICK, TEAL, SUN, FERN, PLUM, (214, 132, 92), (62, 84, 128), (222, 205, 170), (150, 164, 120), (60, 60, 72))
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class PracticePicture:
    """A picture as somebody would upload it: file name, bytes, and words for those who cannot see it."""

    name: str
    data: bytes
    alt_text: str


def pictures() -> tuple[PracticePicture, PracticePicture, PracticePicture]:
    """A phone photo (12 megapixels, on its side, with a place in it), a sticker with clear parts, a 3:1 banner."""
    return (
        PracticePicture(
            "IMG_4021.jpg", phone_photo(),
            "Shelves of cloth-bound books in red, teal, yellow and green beneath a round window with the evening sun.",
        ),
        PracticePicture(
            "reading-owl.png", sticker(), "A drawn owl with large round eyes sitting on an open book.",
        ),
        PracticePicture(
            "harbour-banner.png", banner(),
            "A harbour at dusk: three sails and a lighthouse before layered blue hills and an orange sky.",
        ),
    )  # fmt: skip


def phone_photo() -> bytes:
    """JPEG of 4032 × 3024 stored pixels with orientation tag 6, so 3024 × 4032 as seen, and a GPS tag (in the lake)."""
    upright = _shelf(1512, 2016).resize((3024, 4032), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0110] = 6, "Practice", "Pocket 12"
    exif.get_ifd(0x8825).update({1: "N", 2: (43.0, 36.0, 0.0), 3: "W", 4: (78.0, 0.0, 0.0)})
    out = io.BytesIO()
    upright.transpose(Image.Transpose.ROTATE_90).save(out, "JPEG", quality=88, exif=exif)
    return out.getvalue()


def sticker() -> bytes:
    """PNG of 1400 × 1400 pixels; everything around the owl is clear."""
    big = Image.new("RGBA", (1400, 1400), (0, 0, 0, 0))
    draw = ImageDraw.Draw(big)
    for side in (-1, 1):
        edge = 700 + side * 560
        draw.polygon([(700, 1120), (edge, 1010), (edge, 1250), (700, 1340)], fill=CREAM, outline=INK, width=10)
        for row in range(3):
            y = 1090 + row * 62
            draw.line([(700 + side * 60, y + 75), (700 + side * 500, y)], fill=(200, 188, 168), width=9)
        draw.polygon([(700 + side * 120, 330), (700 + side * 330, 170), (700 + side * 320, 430)], fill=PLUM)
    draw.ellipse((340, 260, 1060, 1180), fill=PLUM)
    draw.ellipse((450, 560, 950, 1150), fill=(196, 160, 188))
    for row in range(4):
        for column in range(5 - row % 2):
            x, y = 520 + column * 80 + row % 2 * 40, 720 + row * 90
            draw.arc((x, y, x + 80, y + 70), 10, 170, fill=PLUM, width=10)
    for x in (550, 850):
        draw.ellipse((x - 150, 340, x + 150, 640), fill=CREAM, outline=INK, width=12)
        draw.ellipse((x - 78, 412, x + 78, 568), fill=SUN)
        draw.ellipse((x - 50, 440, x + 50, 540), fill=INK)
        draw.ellipse((x - 30, 450, x, 480), fill="white")
    draw.polygon([(660, 590), (740, 590), (700, 690)], fill=SUN, outline=INK, width=6)
    out = io.BytesIO()
    big.save(out, "PNG", optimize=True)
    return out.getvalue()


def banner() -> bytes:
    """PNG of 2400 × 800 pixels (3:1)."""
    image = _gradient(2400, 800, [(52, 58, 108), (186, 96, 108), (246, 168, 96), (252, 214, 150)])
    draw = ImageDraw.Draw(image)
    draw.ellipse((1380, 330, 1620, 570), fill=(255, 236, 190))
    dice = random.Random(11)  # noqa: S311  (paint, not secrets)
    for layer, colour in enumerate([(128, 92, 132), (88, 82, 128), (58, 68, 112)]):
        points, x, y = [(0, 800)], 0, 420 + layer * 55
        while x <= 2400:
            points.append((x, y + dice.randint(-46, 46)))
            x += dice.randint(90, 190)
        draw.polygon([*points, (2400, 600), (2400, 800)], fill=colour)
    image.paste(_gradient(2400, 210, [(74, 92, 138), (34, 48, 84)]), (0, 590))
    draw = ImageDraw.Draw(image)
    for _ in range(90):
        x, y = dice.randint(0, 2400), dice.randint(605, 790)
        glint = (246, 178, 120) if 1200 < x < 1750 else (104, 122, 164)
        draw.line([(x, y), (x + dice.randint(30, 130), y)], fill=glint, width=4)
    for x, y, size in ((560, 640, 150), (860, 690, 230), (1330, 655, 130)):
        _boat(draw, x, y, size)
    _lighthouse(draw, 1760)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _lighthouse(draw: ImageDraw.ImageDraw, x: int) -> None:
    draw.polygon([(x - 60, 640), (x - 30, 300), (x + 30, 300), (x + 60, 640)], fill=CREAM)
    for y in (380, 500):
        lean = (y - 380) // 11
        draw.rectangle((x - 40 - lean, y, x + 40 + lean, y + 50), fill=BRICK)
    draw.rectangle((x - 38, 250, x + 38, 300), fill=SUN, outline=INK, width=6)
    draw.polygon([(x - 50, 250), (x, 200), (x + 50, 250)], fill=INK)
    draw.ellipse((x - 150, 620, x + 150, 700), fill=(40, 48, 74))


def _boat(draw: ImageDraw.ImageDraw, x: int, y: int, size: int) -> None:
    draw.polygon([(x, y), (x, y - size), (x + size * 0.6, y)], fill=CREAM)
    draw.polygon([(x - 8, y), (x - 8, y - size * 0.8), (x - size * 0.4, y)], fill=(232, 214, 190))
    hull = [(x - size * 0.45, y + 8), (x + size * 0.65, y + 8), (x + size * 0.45, y + 44), (x - size * 0.3, y + 44)]
    draw.polygon(hull, fill=BRICK)


def _gradient(width: int, height: int, colours: list[Colour]) -> Image.Image:
    """Colours from the top down, blended smoothly."""
    strip = Image.new("RGB", (1, len(colours)))
    for row, colour in enumerate(colours):
        strip.putpixel((0, row), colour)
    return strip.resize((width, height), Image.Resampling.BICUBIC)


def _shelf(width: int, height: int) -> Image.Image:
    """A bookshelf beneath a round window."""
    dice = random.Random(7)  # noqa: S311  (paint, not secrets)
    image = _gradient(width, height, [(236, 224, 204), (222, 196, 166), (170, 128, 104)])
    glow = Image.new("RGB", (width, height))
    ImageDraw.Draw(glow).ellipse((width // 2 - 520, -80, width // 2 + 520, 960), fill=(120, 84, 30))
    soft = glow.convert("L").filter(ImageFilter.GaussianBlur(120))
    lit = Image.composite(Image.new("RGB", image.size, (255, 214, 140)), image, soft)
    image = Image.blend(image, lit, 0.8)
    draw = ImageDraw.Draw(image)
    draw.ellipse((width // 2 - 300, 120, width // 2 + 300, 720), fill=(96, 66, 52))
    sky = _gradient(540, 540, [(96, 130, 160), (240, 170, 110), (250, 206, 140)])
    ImageDraw.Draw(sky).ellipse((180, 250, 360, 430), fill=(255, 240, 200))
    hills = [(0, 540), (0, 430), (150, 370), (300, 440), (420, 390), (540, 440), (540, 540)]
    ImageDraw.Draw(sky).polygon(hills, fill=(72, 92, 92))
    round_ = Image.new("L", (540, 540))
    ImageDraw.Draw(round_).ellipse((0, 0, 539, 539), fill=255)
    image.paste(sky, (width // 2 - 270, 150), round_)
    draw.line([(width // 2, 150), (width // 2, 690)], fill=(96, 66, 52), width=16)
    draw.line([(width // 2 - 270, 420), (width // 2 + 270, 420)], fill=(96, 66, 52), width=16)
    for board in (1230, 1640, 2040):
        _row_of_books(draw, dice, board, width)
    return image


def _row_of_books(draw: ImageDraw.ImageDraw, dice: random.Random, board: int, width: int) -> None:
    """Spines side by side on one board, with bands and a label here and there."""
    draw.rectangle((60, board - 380, width - 60, board), fill=(84, 58, 48))
    x = 84
    while x < width - 150:
        thick, tall, cloth = dice.randint(38, 84), dice.randint(240, 350), dice.choice(CLOTH)
        top, dark = board - tall, tuple(part * 3 // 4 for part in cloth)
        draw.rectangle((x, top, x + thick, board), fill=cloth)
        draw.rectangle((x, top, x + 7, board), fill=tuple(min(255, part + 26) for part in cloth))
        draw.rectangle((x + thick - 7, top, x + thick, board), fill=dark)
        for band in (top + 26, board - 50):
            draw.rectangle((x, band, x + thick, band + 9), fill=SUN if cloth != SUN else BRICK)
        if thick > 56:
            draw.rectangle((x + 14, top + 70, x + thick - 14, top + 150), fill=CREAM)
            draw.line([(x + 22, top + 95), (x + thick - 22, top + 95)], fill=INK, width=4)
            draw.line([(x + 22, top + 118), (x + thick - 22, top + 118)], fill=INK, width=4)
        x += thick + (dice.randint(18, 46) if dice.random() < 0.12 else 2)
    draw.rectangle((40, board, width - 40, board + 30), fill=(124, 86, 64))
