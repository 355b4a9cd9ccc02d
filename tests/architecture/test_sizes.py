"""Files and functions stay small. The present maxima are written down and may only fall."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.order import ROOT, python_files

FILE_MAX = 400
FUNCTION_MAX = 60
TEMPLATE_MAX = 150
REASON = "# long:"  # on the line of the def, with the reason behind it

# How many functions may be longer than 40 lines. Lower it when it falls; never raise it.
LONGISH_MAX = 0


def functions() -> Iterator[tuple[Path, str, int, str]]:
    """(file, name, lines, its first line) of every function of the product; docstrings are not counted."""
    for path in python_files():
        if "tests" in path.parts:
            continue
        text = path.read_text()
        lines = text.splitlines()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[0]
                is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
                spared = first.end_lineno - first.lineno + 1 if is_docstring else 0
                yield path, node.name, node.end_lineno - node.lineno + 1 - spared, lines[node.lineno - 1]


def test_no_file_is_longer_than_can_be_read_at_a_sitting():
    long = [f"{p.relative_to(ROOT)}: {n}" for p in python_files() if (n := len(p.read_text().splitlines())) > FILE_MAX]
    assert long == []


def test_no_function_is_longer_than_a_screen():
    long = [
        f"{path.relative_to(ROOT)}: {name} has {size} lines"
        for path, name, size, line in functions()
        if size > FUNCTION_MAX and REASON not in line
    ]
    assert long == []


def test_few_functions_are_longish_and_they_become_fewer():
    longish = [f"{path.relative_to(ROOT)}: {name} {size}" for path, name, size, _line in functions() if size > 40]
    assert len(longish) <= LONGISH_MAX, longish


def test_no_template_is_longer_than_its_page():
    templates = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "sandbox").rglob("*.html")]
    long = [f"{p.relative_to(ROOT)}: {n}" for p in templates if (n := len(p.read_text().splitlines())) > TEMPLATE_MAX]
    assert long == []
