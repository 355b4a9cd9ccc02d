"""Views hold nothing and see only what their person may see. A grep is enough to notice most slips."""

from __future__ import annotations

import re

import pytest

from tests.architecture.order import PACKAGES, ROOT

VIEWS = sorted(
    path
    for package in PACKAGES
    if package != "sandbox"
    for pattern in ("views.py", "views/*.py", "admin.py", "*/views.py")
    for path in (ROOT / package).glob(pattern)
)
SLIPS = {
    r"\.objects\.all\(\)": "reads every library's rows; use .objects.visible_to(actor)",
    r"\.objects\.get\(": "finds another library's row; use get_object_or_404(….visible_to(actor), …)",
    # Public addresses are found by a secret of their own; everything else by a person's sight or library.
    r"get_object_or_404\(\s*[A-Z]\w+\s*,(?!.*(library=|slug=|token))": "finds another library's row; pass ….visible_to(actor)",
    r"\.save\(\)": "changes state; call an action",
    r"\.delete\(\)": "changes state; call an action",
    r"csrf_exempt": "opens a form to every page of the world",
    r"mark_safe|\|safe": "prints markup unescaped",
}


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: str(path.relative_to(ROOT)))
def test_views_neither_reach_past_permissions_nor_change_state(path):
    text = path.read_text()
    found = [f"{pattern}: {why}" for pattern, why in SLIPS.items() if re.search(pattern, text)]
    assert found == []


def test_templates_print_nothing_unescaped():
    wrong = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*.html")
        if re.search(r"\|\s*safe\b|autoescape off", path.read_text())
    ]
    assert wrong == []


def test_nothing_reads_the_environment_but_the_configuration():
    allowed = {"library_social", "sandbox"}  # the sandbox stands apart and has its own
    wrong = [
        f"{path.relative_to(ROOT)}"
        for package in set(PACKAGES) - allowed
        for path in (ROOT / package).rglob("*.py")
        # Setting one is another matter: client libraries are told things that way.
        if re.search(r"os\.environ(?!\.setdefault)|getenv", path.read_text())
    ]
    assert wrong == []
