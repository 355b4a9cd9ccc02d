"""One sandbox process for all twin tests, emptied before each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contracts.twins.support import Account, Net, Shelf, own_sandbox


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Net]:
    with own_sandbox(tmp_path_factory.mktemp("sandbox")) as (net, _):
        yield net


@pytest.fixture
def net(running: Net) -> Net:
    running.reset()
    return running


@pytest.fixture(scope="session")
def shelf() -> Iterator[Shelf]:
    place = Shelf()
    yield place
    place.close()


@pytest.fixture
def page(net: Net) -> Account:
    return net.account("facebook")


@pytest.fixture
def ig(net: Net) -> Account:
    return net.account("instagram")


@pytest.fixture
def x(net: Net) -> Account:
    return net.account("twitter")


@pytest.fixture
def org(net: Net) -> Account:
    return net.account("linkedin")


@pytest.fixture
def member(net: Net) -> Account:
    return net.account("linkedin", kind="member")
