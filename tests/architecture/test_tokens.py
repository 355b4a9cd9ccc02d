"""The tokens keep their promises: enough contrast in both themes, and no colour or size invented elsewhere."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CSS = ROOT / "static" / "css"
SHEETS = sorted(CSS.rglob("*.css"))
TOKENS = (CSS / "tokens.css").read_text()
PAIR = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")
COLOURS = {name: {"light": light, "dark": dark} for name, light, dark in PAIR.findall(TOKENS)}
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)

GROUNDS = ["paper", "surface", "sunken"]
STATES = ["ok", "wait", "ask", "bad", "quiet"]
TEXT = [  # (ink, ground) as the sheets put them together: WCAG 1.4.3 wants 4.5
    *itertools.product(["ink", "ink-2", "accent", "accent-strong", "bad"], GROUNDS),
    *itertools.product(["ink", "accent", "accent-strong", "ink-2"], ["accent-soft"]),
    *itertools.product(["ink"], ["line", *(f"{state}-soft" for state in STATES)]),
    *((state, f"{state}-soft") for state in STATES),
    *itertools.product(["ok", "wait", "ask", "quiet"], ["surface", "paper"]),
    ("accent-ink", "accent"),
    ("accent-ink", "accent-strong"),
    ("bad-ink", "bad"),
]
SHAPES = [  # edges of controls, the focus ring and icons: WCAG 1.4.11 wants 3
    *itertools.product(["line-strong", "accent", "bad"], GROUNDS),
    *itertools.product(STATES, GROUNDS),
    *((state, f"{state}-soft") for state in STATES),
    ("accent", "accent-soft"),
    ("accent", "line"),
]


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` (WCAG 2.2, definition of the term)."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_ratio_is_computed_as_the_standard_does() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (SHAPES, 3.0)], ids=["text", "shapes"])
def test_every_pair_can_be_read(pairs: list[tuple[str, str]], least: float, theme: str) -> None:
    ratios = {pair: contrast(COLOURS[pair[0]][theme], COLOURS[pair[1]][theme]) for pair in pairs}
    assert {pair: round(ratio, 2) for pair, ratio in ratios.items() if ratio < least} == {}


def test_every_state_colour_is_in_a_tested_pair() -> None:
    named = {name for pair in TEXT + SHAPES for name in pair}
    assert set(COLOURS) - named == set()


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_no_sheet_invents_a_colour_or_a_size(sheet: Path) -> None:
    if sheet.name == "tokens.css":
        return
    text = COMMENT.sub("", sheet.read_text())
    rules = re.sub(r"@media[^{]*\{", "{", text)  # a media query cannot read a custom property
    literal = re.findall(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|oklch)a?\([^)]*\)", rules)
    assert literal == []
    # One pixel hides an element from sight alone; two draw the outlines of forced colours.
    assert set(re.findall(r"(?<![\w.])-?\d*\.?\d+px", rules)) <= {"1px", "-1px", "2px", "-2px"}


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_every_token_that_is_used_exists(sheet: Path) -> None:
    here = set(re.findall(r"(--[\w-]+):", sheet.read_text() + TOKENS))
    local = {"--tone", "--gap"}  # set by a class, with a fallback where none is
    assert set(re.findall(r"var\((--[\w-]+)", sheet.read_text())) <= here | local


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_sheets_are_layered_and_short(sheet: Path) -> None:
    assert "@layer" in sheet.read_text()
    assert len(sheet.read_text().splitlines()) < 400
