"""Each Graph call really goes through the entry point of facebook-sdk that docs/platforms.md names."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from types import FrameType

import pytest

from core import errors
from platforms.base import Draft
from platforms.facebook import Facebook
from platforms.instagram import Instagram
from platforms.instagram_login import InstagramLogin
from tests.contracts.practice import REDIRECT, Notebook, picture, with_token

Stacks = list[set[str]]


def sdk_calls(frame: FrameType | None) -> set[str]:
    """The functions of facebook-sdk on the stack."""
    names: set[str] = set()
    while frame:
        if frame.f_globals.get("__name__") == "facebook":
            names.add(frame.f_code.co_name)
        frame = frame.f_back
    return names


def through(stacks: Stacks, call: Callable[[], object], *entries: str) -> None:
    """`call` makes exactly as many requests as entry points are named, each through its own and the SDK's `request`."""
    stacks.clear()
    call()
    assert [sorted(stack - {"request"}) for stack in stacks] == [[entry] if entry else [] for entry in entries]
    assert all("request" in stack for stack in stacks)


@pytest.fixture
def stacks() -> Stacks:
    return []


def test_facebook(twin, stacks) -> None:
    who = twin.account("facebook")
    adapter = twin.adapter(Facebook, fence=lambda kind: stacks.append(sdk_calls(sys._getframe())))
    memory = Notebook()
    made = adapter.publish(who, Draft(text="x"), memory)
    comment = twin.comment("facebook", made.remote_id, "hi")
    now = datetime.now(UTC)
    # "" is the SDK's general `request`: it has no name of its own for changing an object.
    through(stacks, lambda: adapter.publish(who, Draft(text="1", media=(picture(1),)), Notebook()),
            "put_photo", "put_object", "", "get_object")
    through(stacks, lambda: adapter.find(who, Draft(text="x"), now, memory, frozenset()), "get_object")
    through(stacks, lambda: adapter.find_reply(who, made.remote_id, None, "x", now, frozenset()), "get_connections")
    through(stacks, lambda: adapter.comments(who, made.remote_id, None), "get_connections")
    through(stacks, lambda: adapter.metrics(who, [made.remote_id]), "get_objects", "get_connections")
    through(stacks, lambda: adapter.exists(who, made.remote_id), "get_object")
    through(stacks, lambda: adapter.check(who), "get_object", "debug_access_token")
    through(stacks, lambda: adapter.delete(who, made.remote_id), "delete_object")
    through(stacks, lambda: adapter.delete(who, made.remote_id), "delete_object")
    stacks.clear()
    code = twin.allow(adapter.authorize_url(REDIRECT, "s", ""))["code"]
    through(stacks, lambda: adapter.exchange(code, REDIRECT, ""), "", "", "get_permissions", "get_connections")
    del comment


def test_facebook_answers_through_put_comment(twin, stacks) -> None:
    who = twin.account("facebook")
    adapter = twin.adapter(Facebook, fence=lambda kind: stacks.append(sdk_calls(sys._getframe())))
    post = adapter.publish(who, Draft(text="x"), Notebook()).remote_id
    comment = twin.comment("facebook", post, "hi")
    stacks.clear()
    adapter.reply(who, post, comment, "yes")
    assert [stack - {"request"} for stack in stacks] == [{"put_comment", "put_object"}, {"get_object"}]


def test_instagram(twin, stacks, shown) -> None:
    who = twin.account("instagram")
    adapter = twin.adapter(Instagram, fence=lambda kind: stacks.append(sdk_calls(sys._getframe())))
    now, memory = datetime.now(UTC), Notebook()
    made = adapter.publish(who, Draft(text="x", media=(shown(1),)), memory)
    comment = twin.comment("instagram", made.remote_id, "hi")
    through(stacks, lambda: adapter.publish(who, Draft(text="1", media=(shown(1),)), Notebook()),
            "put_object", "get_object", "put_object", "get_object")
    through(stacks, lambda: adapter.publish(who, Draft(text="2", media=(shown(1), shown(2))), Notebook()),
            "put_object", "put_object", "put_object", "get_object", "put_object", "get_object")
    memory.put("media", None)
    through(stacks, lambda: adapter.find(who, Draft(text="x", media=(shown(1),)), now, memory, frozenset()),
            "get_object", "get_connections")
    through(stacks, lambda: adapter.reply(who, made.remote_id, comment, "yes"), "put_object", "get_object")
    through(stacks, lambda: adapter.comments(who, made.remote_id, None), "get_connections")
    through(stacks, lambda: adapter.metrics(who, [made.remote_id]), "get_connections")
    through(stacks, lambda: adapter.check(who), "get_object", "get_connections", "debug_access_token")
    through(stacks, lambda: adapter.delete(who, made.remote_id), "delete_object")


def test_instagram_by_its_own_login(twin, stacks) -> None:
    adapter = twin.adapter(InstagramLogin, fence=lambda kind: stacks.append(sdk_calls(sys._getframe())))
    code = twin.allow(adapter.authorize_url(REDIRECT, "s", ""))["code"]
    stacks.clear()
    adapter.exchange(code, REDIRECT, "")
    # The code is exchanged on a host that the SDK cannot ask.
    assert [sorted(stack) for stack in stacks] == [[], ["request"], ["get_object", "request"]]


def test_no_token_is_logged(twin, shown, caplog) -> None:
    with caplog.at_level("DEBUG"):
        for cls, network in ((Facebook, "facebook"), (Instagram, "instagram")):
            who, adapter = twin.account(network), twin.adapter(cls)
            adapter.publish(who, Draft(text="Quiet", media=(shown(1),)), Notebook())
            adapter.check(who)
            assert who.token.access not in adapter.session.door.last.url
            with pytest.raises(errors.Unauthorized) as met:
                adapter.publish(with_token(who, "dead-secret-token"), Draft(text="x", media=(shown(1),)), Notebook())
            assert who.token.access not in caplog.text
            assert "dead-secret-token" not in caplog.text + repr(met.value)
            assert "practice-secret" not in caplog.text
