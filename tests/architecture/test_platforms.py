"""Whoever adds a network must add its twin, its tests and its page of documentation, or this fails."""

from __future__ import annotations

import pytest

from platforms import registry
from tests.architecture.order import CONTRACTS, ROOT

NAMES = sorted(registry.names())
PURE = CONTRACTS["An adapter is pure: neither Django nor Celery, also not by a detour"]["source_modules"]
STRANGERS = CONTRACTS["Adapters are strangers; what the Graph networks share lives in platforms.graph"]["modules"]


def has_twin(name: str) -> bool:
    return getattr(registry.get(name), "twin", True)


def test_the_four_networks_are_there():
    assert {"facebook", "instagram", "linkedin", "twitter"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_an_adapter_has_a_twin(name):
    assert (ROOT / "sandbox" / f"{name}.py").exists() or not has_twin(name)


@pytest.mark.parametrize("name", NAMES)
def test_the_contracts_of_pyproject_know_the_adapter(name):
    assert f"platforms.{name}" in PURE
    assert f"platforms.{name}" in STRANGERS


@pytest.mark.parametrize("name", NAMES)
def test_an_adapter_has_contract_tests(name):
    assert list((ROOT / "tests" / "contracts").glob(f"test_{name}*.py")), f"no tests/contracts/test_{name}*.py"


@pytest.mark.parametrize("name", NAMES)
def test_the_documentation_says_how_the_network_is_spoken_to(name):
    text = (ROOT / "docs" / "platforms.md").read_text()
    label = registry.get(name).label
    assert any(line.startswith("## ") and label.split(" (")[0] in line for line in text.splitlines())
