"""The sandbox's own counting of X's length, against the configuration as published and the examples of x.md section 5."""

from __future__ import annotations

import pytest

from sandbox import counting


@pytest.mark.parametrize(("text", "length"), [
    ("", 0), ("Hi http://test.co", 26), ("http://test.co", 23), ("H🐱☺👨‍👩‍👧‍👦", 7), ("🙋🏽👨‍🎤", 4), ("故" * 160, 320), ("a" * 280, 280),
    ("A\u0301", 1), ("🇮🇪", 2), ("1️⃣", 2), ("❤️", 2), ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 2), ("©️", 2), ("©", 1), ("“quoted”", 8), ("한국", 4), ("café", 4),
    ("test.co test.co", 47), ("ann@example.org", 15), ("see example.org.", 28), ("(https://example.org/a_(b))", 25),
    ("http://example.org:8080/x?y=1#z", 23), ("v1.2.3", 6), ("no.such", 7), ("@example.org", 12), ("#example.org", 12),
    ("https://münchen.de/", 23), ("http://127.0.0.1:8000/r/abc", 27), ("https://localhost/x", 19), ("例えばexample.comです", 33)])
def test_the_weighted_length(text: str, length: int) -> None:
    assert counting.weighted_length(text) == length


def test_where_links_are() -> None:
    text = "Read https://example.org/a?b=c, then example.com!"
    assert [text[a:b] for a, b in counting.links(text)] == ["https://example.org/a?b=c", "example.com"]


@pytest.mark.parametrize("letter", ["\ufffe", "\ufeff", "\uffff"])
def test_letters_x_refuses(letter: str) -> None:
    assert not counting.is_valid(f"a{letter}") and counting.is_valid("a")


def test_a_label_longer_than_a_name_may_have_makes_no_link() -> None:
    assert counting.links(f"http://{'a' * 64}.com") == () and len(counting.links(f"http://{'a' * 63}.com")) == 1
