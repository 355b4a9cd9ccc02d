"""The order of the packages, read from where the import linter reads it, so that there is one list."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
_CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]

PACKAGES: list[str] = _CONFIG["root_packages"]
CONTRACTS: dict[str, dict] = {contract["name"]: contract for contract in _CONFIG["contracts"]}
_LAYERS: list[str] = CONTRACTS["Arrows point down"]["layers"]

# package -> height; siblings share one. The higher may know the lower.
HEIGHT: dict[str, int] = {
    name.strip(): len(_LAYERS) - number for number, line in enumerate(_LAYERS) for name in line.split("|")
}


def may_know(upper: str, lower: str) -> bool:
    """Whether the first package may name the second: itself, or one beneath it; never a sibling."""
    return upper == lower or HEIGHT[upper] > HEIGHT[lower]


def python_files() -> list[Path]:
    """Every Python file of the product and its tests that people write."""
    folders = [ROOT / name for name in [*PACKAGES, "tests", "bin"]]
    found = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts]
