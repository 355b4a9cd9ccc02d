"""What a network would refuse is said beforehand, by the same function for form, API and worker."""

from __future__ import annotations

import pytest

from platforms import counting
from platforms.registry import get, names
from posts import validation
from tests import factories

pytestmark = pytest.mark.django_db


def said(text: str, platform: str = "twitter") -> dict[str, str]:
    account = factories.account(factories.library(), platform)
    found = validation.problems(text=text, link="", pictures=[], account=account)
    return {problem.code: problem.text for problem in validation.blocking(found)}


@pytest.mark.parametrize(("text", "tags"), [
    ("$ABC", ("ABC",)),
    ("Shares of $ABC and $brk.b, then $TEST_A!", ("ABC", "brk.b", "TEST_A")),
    ("$ABC $ABC", ("ABC", "ABC")),
    ("It costs $5, or US$ABC, or $$ABC; not $TOOLONGNAME, $A1 nor a$B", ()),
    ("", ()),
])  # fmt: skip
def test_what_is_a_cashtag(text, tags):
    assert counting.cashtags(text) == tags


def test_x_takes_one_cashtag_and_is_told_which_there_are():
    assert said("A talk about $ABC") == {}
    problems = said("A talk about $ABC and $XYZ")
    assert set(problems) == {"too_many_cashtags"}
    assert "takes one cashtag a post; there are 2: $ABC, $XYZ." in problems["too_many_cashtags"]


@pytest.mark.parametrize("letter", counting.X_REFUSED)
@pytest.mark.parametrize(("before", "where"), [("", "at the very beginning"), ("Come and see it ", "right after “and see it”")])
def test_a_character_that_x_refuses_is_named_with_its_place(letter, before, where):
    problems = said(f"{before}{letter}the snake{letter}")
    assert set(problems) == {"character_refused"}
    assert f"U+{ord(letter):04X}" in problems["character_refused"] and where in problems["character_refused"]


def test_each_refused_character_is_said_once():
    account = factories.account(factories.library(), "twitter")
    found = validation.problems(text="a\ufeffb\ufffec\ufeff", link="", pictures=[], account=account)
    assert [p.code for p in found] == ["character_refused"] * 2


def test_other_networks_take_both():
    for platform in set(names()) - {"twitter", "instagram"}:
        assert get(platform).limits.cashtags_max is None
        assert said("$ABC and $XYZ \ufeff", platform) == {}
