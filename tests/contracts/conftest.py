"""One sandbox process for the contract tests of a run, and a shelf of pictures that a network can fetch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from platforms.base import MediaFile
from tests.contracts import servers
from tests.contracts.practice import Practice, picture, running


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    with running(tmp_path_factory.mktemp("sandbox")) as practice:
        yield practice


@pytest.fixture
def twin(sandbox: Practice) -> Practice:
    """The practice networks, empty of posts and faults."""
    sandbox.reset()
    return sandbox


@pytest.fixture(scope="session")
def shelf() -> Iterator[Callable[[bytes], str]]:
    with servers.pictures() as put:
        yield put


@pytest.fixture
def shown(shelf: Callable[[bytes], str]) -> Callable[..., MediaFile]:
    """`shown(number, alt, size)`: a picture that also has a public address."""

    def make(number: int = 0, alt: str = "A red door", size: tuple[int, int] = (400, 320)) -> MediaFile:
        file = picture(number, alt, size)
        return replace(file, url=shelf(file.read()))

    return make
