"""Templates hold what the content security policy and the readers need, and every icon named is in the sprite."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from libraries.templatetags.looks import NETWORKS, PROBLEM_ICONS, STATES, TONES

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(p for p in ROOT.glob("**/templates/**/*.html") if ".venv" not in p.parts and "var" not in p.parts)
PAGES = [path for path in TEMPLATES if "email" not in path.parts]  # mail programs know no style sheet
SPRITE = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static/icons/sprite.svg").read_text()))
TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)


class Inline(HTMLParser):
    """Collects what a strict policy would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        if tag == "style" or (tag == "script" and "src" not in names and ("type", "application/json") not in attrs):
            self.found.append(f"<{tag}>")
        self.found += [name for name in names if name == "style" or name.startswith(("on", "hx-on"))]
        self.found += [f"{name}={value}" for name, value in attrs if (value or "").startswith("javascript:")]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_nothing_is_inline(path: Path) -> None:
    parser = Inline()
    parser.feed(TAG.sub("", path.read_text()))
    assert parser.found == []


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_icons_named_in_templates_exist(path: Path) -> None:
    text = path.read_text()
    named = set(re.findall(r"""\{% icon ["']([\w-]+)["']""", text))
    named |= set(re.findall(r"""\bicon(?:_name)?=["']([\w-]+)["']""", text))
    assert named - SPRITE == set()


def test_icons_named_in_the_table_of_looks_exist() -> None:
    named = {look.icon for look in STATES.values()} | {picture for picture, _ in NETWORKS.values()}
    named |= {picture for _, picture in TONES.values()} | set(PROBLEM_ICONS.values())
    assert named - SPRITE == set()


def test_every_state_has_a_colour_an_icon_and_a_word() -> None:
    css = (ROOT / "static/css/components.css").read_text()
    for code, look in STATES.items():
        assert re.search(rf"\.{look.tone} \{{ background", css), code
        assert str(look.word), code


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_no_request_leaves_the_server(path: Path) -> None:
    loads = re.findall(r"""<(?:script|link|img|iframe|use)\b[^>]*?(?:src|href)=["'](https?:|//)""", path.read_text())
    assert loads == []


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_pictures_have_alternative_text(path: Path) -> None:
    pictures = re.findall(r"<img\b[^>]*>", TAG.sub("x", path.read_text()))
    assert [one for one in pictures if " alt=" not in one] == []


def test_static_text_files_name_no_other_host() -> None:
    for path in [*(ROOT / "static/css").rglob("*.css"), *(ROOT / "static/js").rglob("*.js")]:
        assert re.findall(r"https?://(?!www\.w3\.org)[\w.]+", path.read_text()) == [], path.name
