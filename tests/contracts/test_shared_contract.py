"""What every adapter owes the engine, over all that the registry finds: a new network is tested by being there.

A fault has one name, and looking tells the rest. The network's own book is asked for the truth.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Any

import pytest

from core import errors, remote
from platforms import base, registry
from platforms.base import Absent, Draft, Feature, Found, Identity, Published
from tests.contracts.practice import Notebook, Practice

NAMES = [name for name in registry.names(offered=False) if registry.has_twin(name)]
# Where the twin's world knows an account by another name than the adapter's.
WORLD: dict[str, tuple[str, dict[str, Any]]] = {"instagram_login": ("instagram", {"path": "instagram_login"})}
# Where the client library is to be seen on the stack. tweepy has no upload of API v2, so pictures go by its session;
# the LinkedIn library's entry points are overridden in a subclass of it.
SDK: dict[str, str | tuple[str, ...]] = {
    "facebook": "facebook", "instagram": "facebook", "instagram_login": "facebook",
    "twitter": ("tweepy", "platforms.twitter_sdk"), "linkedin": "platforms.linkedin_sdk",
}

FAULTS = {  # what the network does to one publish: rule, the class it must get, how many posts there are in truth
    "lost before, reset": ({"kind": "before", "where": "visible", "how": "reset"}, errors.Ambiguous, 0),
    "lost before, dropped": ({"kind": "before", "where": "visible", "how": "drop"}, errors.Ambiguous, 0),
    "lost before, 503": ({"kind": "before", "where": "visible", "how": "status"}, errors.Ambiguous, 0),
    "no answer": ({"kind": "hang", "where": "visible"}, errors.Ambiguous, 0),
    "done, reset": ({"kind": "after", "where": "visible", "how": "reset"}, errors.Ambiguous, 1),
    "done, dropped": ({"kind": "after", "where": "visible", "how": "drop"}, errors.Ambiguous, 1),
    "done, no answer": ({"kind": "after", "where": "visible", "how": "hang"}, errors.Ambiguous, 1),
    "done, 503": ({"kind": "after", "where": "visible", "how": "status"}, errors.Ambiguous, 1),
    "done, garbage": ({"kind": "garbage", "where": "visible"}, errors.Ambiguous, 1),
    "done, a false refusal": ({"kind": "after", "where": "visible", "how": "error"}, errors.Ambiguous, 1),
    "told to wait": ({"kind": "429", "where": "visible", "seconds": 60}, errors.RateLimited, 0),
    "token dead": ({"kind": "expired", "where": "any"}, errors.Unauthorized, 0),
    "preparing lost": ({"kind": "reset", "where": "staging"}, errors.Unavailable, 0),
    "preparing 503": ({"kind": "status", "where": "staging", "status": 503}, errors.Unavailable, 0),
    "preparing hangs": ({"kind": "black_hole", "where": "staging"}, errors.Unavailable, 0),
    "preparing garbage": ({"kind": "garbage", "where": "staging"}, errors.Unavailable, 0),
}
SHORT_S = 0.7                           # the deadline where nobody answers


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def network(name: str) -> str:
    return WORLD.get(name, (name, {}))[0]


@pytest.fixture
def who(twin: Practice, name: str) -> Identity:
    world, options = WORLD.get(name, (name, {}))
    return twin.account(world, **options)


@pytest.fixture
def adapter(twin: Practice, name: str) -> base.Adapter:
    return twin.adapter(registry.get(name))


@pytest.fixture
def draft(shown: Callable[..., base.MediaFile]) -> Draft:
    link = "https://library.example.org/r/Zx9Qp"
    return Draft(text=f"Story time {link}", link=link, marker="/r/Zx9Qp", media=(shown(1),))


def up(twin: Practice, network: str, who: Identity) -> list[dict[str, Any]]:
    return [post for post in twin.book(network, who.external_id) if post["visible"] and not post["deleted"]]


def a_minute_ago() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=1)


def test_every_network_that_is_offered_has_a_twin() -> None:
    assert [name for name in registry.names() if not registry.has_twin(name)] == []
    assert {"facebook", "instagram", "linkedin", "twitter"} <= set(NAMES)


def test_a_post_appears_once_and_is_found(twin, network, adapter, who, draft) -> None:
    memory = Notebook()
    made = adapter.publish(who, draft, memory)
    assert isinstance(made, Published)
    [post] = up(twin, network, who)
    assert (post["id"], post["media"][0]["sha256"]) == (made.remote_id, draft.media[0].sha256)
    assert post["media"][0]["alt"] == draft.media[0].alt_text
    found = adapter.find(who, draft, a_minute_ago(), memory, frozenset())
    assert isinstance(found, Found)
    assert found.published.remote_id == made.remote_id
    assert found.published.url == made.url
    assert made.at.tzinfo is not None


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_has_one_name_and_looking_tells_the_rest(twin, name, network, who, draft, fault) -> None:
    rule, expected, copies = FAULTS[fault]
    hangs = rule["kind"] in ("hang", "black_hole") or rule.get("how") == "hang"
    memory, adapter = Notebook(), twin.adapter(registry.get(name), deadline=SHORT_S if hangs else 5.0)
    twin.fault(network, **rule)
    with pytest.raises(errors.RemoteError) as failed:
        adapter.publish(who, draft, memory)
    assert type(failed.value) is expected, failed.value
    assert len(up(twin, network, who)) == copies
    twin.no_faults()
    again = twin.adapter(registry.get(name))
    found = again.find(who, draft, a_minute_ago(), memory, frozenset())
    assert isinstance(found, Found if copies else Absent)
    # What was not applied is sent again with the same memory, and then it is there once.
    made = found.published if isinstance(found, Found) else again.publish(who, draft, memory)
    assert [post["id"] for post in up(twin, network, who)] == [made.remote_id]


def test_waiting_is_as_long_as_the_network_says(twin, network, adapter, who, draft) -> None:
    twin.fault(network, "429", where="any", seconds=600)
    with pytest.raises(errors.RateLimited) as limited:
        adapter.publish(who, draft, Notebook())
    wait = limited.value.retry_after        # LinkedIn names none
    assert wait is None or timedelta(minutes=5) < wait <= timedelta(hours=24)


def test_the_greatest_text_is_taken_and_one_more_is_refused(twin, network, adapter, who, draft) -> None:
    most, count = adapter.limits.text_max, adapter.limits.count
    fits = "a" * most
    assert (count(fits), count(fits + "a")) == (most, most + 1)
    adapter.publish(who, Draft(text=fits, media=draft.media), Notebook())
    with pytest.raises(errors.InvalidContent):
        adapter.publish(who, Draft(text=fits + "a", media=draft.media), Notebook())
    assert len(up(twin, network, who)) == 1


def test_every_request_says_what_the_network_takes_it_for(twin, name, network, who, draft) -> None:
    said: list[str] = []
    adapter = twin.adapter(registry.get(name), fence=lambda kind: said.append(kind.value))
    since = twin.mark()
    made = adapter.publish(who, draft, Notebook())
    adapter.find(who, draft, a_minute_ago(), Notebook(), frozenset())
    adapter.comments(who, made.remote_id, None)
    assert said == [entry["kind"] for entry in twin.log(since)]


def test_a_fence_keeps_the_post_from_the_public(twin, name, network, who, draft) -> None:
    def fence(kind: remote.Kind) -> None:
        if kind is remote.Kind.VISIBLE:
            raise errors.Fenced("the attempt is another's")

    with pytest.raises(errors.Fenced):
        twin.adapter(registry.get(name), fence=fence).publish(who, draft, Notebook())
    assert up(twin, network, who) == []


def test_every_request_goes_through_the_client_library(twin, name, who, draft) -> None:
    stacks: list[set[str]] = []
    adapter = twin.adapter(registry.get(name), fence=lambda kind: stacks.append(modules_of(sys._getframe())))
    made = adapter.publish(who, draft, Notebook())
    adapter.find(who, draft, a_minute_ago(), Notebook(), frozenset())
    adapter.comments(who, made.remote_id, None)
    adapter.check(who)
    without = [stack for stack in stacks if not any(module.startswith(SDK[name]) for module in stack)]
    assert len(without) == 0


def modules_of(frame: FrameType | None) -> set[str]:
    names: set[str] = set()
    while frame:
        names.add(str(frame.f_globals.get("__name__")))
        frame = frame.f_back
    return names


CALLS: dict[Feature, Callable[[Any, Identity], object]] = {
    Feature.DELETE: lambda adapter, who: adapter.delete(who, "1"),
    Feature.EDIT: lambda adapter, who: adapter.edit(who, "1", "Other words."),
    Feature.COMMENTS: lambda adapter, who: adapter.comments(who, "1", None),
    Feature.REPLY: lambda adapter, who: adapter.reply(who, "1", None, "Yes."),
    Feature.METRICS: lambda adapter, who: adapter.metrics(who, ["1"]),
    Feature.READ_BACK: lambda adapter, who: adapter.read_back(who, "1"),
    Feature.OWN_POSTS: lambda adapter, who: list(adapter.own_posts(who, datetime.now(UTC) - timedelta(days=1))),
}


@pytest.mark.parametrize("feature", CALLS, ids=lambda feature: feature.name.lower())
@pytest.mark.parametrize("name", registry.names(offered=False))
def test_what_is_not_offered_says_so_and_what_is_offered_speaks(twin, name, feature) -> None:
    cls = registry.get(name)
    who = Identity("1", base.Token("nothing"), "nobody")
    unsupported = False
    try:
        CALLS[feature](twin.adapter(cls), who)
    except errors.Unsupported:
        unsupported = True
    except errors.RemoteError:
        pass                                # it speaks: that a token of nobody is refused is another matter
    assert unsupported == (feature not in cls.features)


@pytest.mark.parametrize("name", registry.names(offered=False))
def test_what_an_adapter_says_of_itself_is_whole(name) -> None:
    cls = registry.get(name)
    assert (cls.name, bool(cls.label)) == (name, True)
    assert all(real.startswith("https://") and not real.endswith("/") for real in cls.hosts.values())
    can = cls.capabilities({})
    assert can.features in cls.features
    assert can.limits.count("") == 0
    assert can.limits.image.formats
    assert can.limits.image.ratio_min < 1 < can.limits.image.ratio_max
    bases = registry.bases_for(name, dict.fromkeys(cls.hosts, "http://127.0.0.1:1/x/"))
    assert set(bases) == set(cls.hosts.values())
    assert set(bases.values()) == {"http://127.0.0.1:1/x"}
    assert registry.bases_for(name, {}) == {}
