"""The sign-ins of the practice library: made at random per installation, kept in VAR_DIR/sign-ins.json, mode 600."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from library_social.config import write_private

FILE = "sign-ins.json"


def write(var: Path, people: Iterable[tuple[str, str, str]]) -> None:
    """Keep (role, e-mail address, password) of each person, readable by this account alone from the first byte."""
    rows = [{"role": role, "email": email, "password": password} for role, email, password in people]
    write_private(var / FILE, json.dumps(rows, indent=1))


def read(var: Path) -> list[dict[str, str]]:
    """What `write` kept; [] before the practice library was made."""
    try:
        return json.loads((var / FILE).read_text())
    except FileNotFoundError:
        return []
