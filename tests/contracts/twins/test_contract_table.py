"""CONTRACT.md names only tests that exist, and every file of twin tests stands in it."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
KEYS = {
    "fb": "facebook", "fb-login": "facebook_login", "ig": "instagram", "x": "x", "x-login": "x_login", "li": "linkedin",
    "li-login": "linkedin_login", "faults": "faults", "judge": "judge", "pages": "pages", "count": "counting",
}
NAME = re.compile(r"`([0-9a-z_]+)…?`")


def named_in(key: str) -> list[str]:
    found = [*HERE.glob(f"test_{KEYS[key]}_twin.py"), *HERE.glob(f"test_{KEYS[key]}.py")]
    return re.findall(r"^def test_(\w+)", found[0].read_text(), re.MULTILINE)


def test_every_named_test_exists() -> None:
    missing, seen = [], 0
    for line in (HERE / "CONTRACT.md").read_text().splitlines():
        cells = line.split("|")
        if len(cells) < 4:
            continue
        key = ""
        for piece in re.split(r"\s(?=(?:fb|ig|x|li|faults|judge|pages|count)(?:-login)? [`(])|,\s", " " + cells[2]):
            word = piece.strip().partition(" ")[0]
            key = word if word in KEYS else key
            for name in [name for name in NAME.findall(piece) if key and "_" in name]:
                seen += 1
                if not any(test.startswith(name) for test in named_in(key)):
                    missing.append(f"{key}: {name}")
    assert missing == [] and seen > 120


def test_every_file_is_named() -> None:
    text = (HERE / "CONTRACT.md").read_text()
    files = {file.stem for file in HERE.glob("test_*.py")} - {"test_contract_table"}
    assert [name for name in sorted(files) if name not in text] == []
