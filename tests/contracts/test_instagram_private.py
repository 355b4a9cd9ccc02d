"""The second route to Instagram at the boundary of its client: which methods are called, and what their failures mean.

The package is optional, so a client with the same methods stands in; what Instagram itself does is not tested here.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core import errors, remote
from platforms import registry
from platforms.base import Absent, AppCredentials, CannotTell, Draft, Feature, Found, Identity, Token
from platforms.instagram_private import InstagramPrivate, understood
from tests.contracts.practice import Notebook, picture

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class Client:
    """instagrapi's methods as 3.2 names them; keeps what they were called with and under which kind of request."""

    def __init__(self) -> None:
        self.called: list[tuple[str, str]] = []
        self.captions: list[str] = []
        self.alt: list[str] = []
        self.feed: list[dict[str, Any]] = []
        self.pages = 1
        self.fails: Exception | None = None

    def _note(self, name: str) -> None:
        self.called.append((name, remote.kind_of("POST").value))
        if self.fails:
            raise self.fails

    def photo_rupload(self, path: Path, upload_id: str = "", to_album: bool = False) -> tuple[str, int, int]:
        self._note(f"photo_rupload{' to album' if to_album else ''}")
        assert path.read_bytes().startswith(b"\xff\xd8")
        return f"u{len(self.called)}", 64, 48

    def photo_configure(self, upload_id, width, height, caption, usertags, location, extra_data) -> dict[str, Any]:
        self._note(f"photo_configure {upload_id}")
        self.captions.append(caption)
        self.alt.append(extra_data.get("custom_accessibility_caption", ""))
        return {"media": {"pk": 77, "code": "Cabc", "taken_at": int(NOW.timestamp())}}

    def album_configure(self, childs, caption, usertags, location, extra_data) -> dict[str, Any]:
        self._note("album_configure")
        self.captions.append(caption)
        assert all(isinstance(json.loads(child["extra"]), dict) for child in childs)
        self.alt += [child["custom_accessibility_caption"] for child in childs]
        return {"media": {"pk": 78, "code": "Cdef", "taken_at": int(NOW.timestamp())}}

    def private_request(self, endpoint: str, params: dict[str, Any]) -> dict[str, Any]:
        self._note(endpoint)
        return {"items": self.feed, "more_available": self.pages > 1, "next_max_id": "next"}

    def login(self, username: str, password: str, verification_code: str = "") -> bool:
        self._note("login")
        return True

    def account_info(self) -> Any:
        self._note("account_info")
        return SimpleNamespace(pk=42, username="fernhollow", full_name="Fernhollow")

    def get_settings(self) -> dict[str, Any]:
        return {"cookies": {"sessionid": "s"}}


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def adapter(client) -> InstagramPrivate:
    class Tried(InstagramPrivate):
        def make_client(self, settings):
            return client

    return Tried(session=remote.open_session(), app=AppCredentials("", ""), now=lambda: NOW)


WHO = Identity("42", Token("session", extra={"settings": {"cookies": {}}}), "fernhollow")


def posted(text: str, pk: int = 90, kind: int = 1, at: datetime = NOW) -> dict[str, Any]:
    return {"pk": pk, "code": "Cx", "taken_at": int(at.timestamp()), "media_type": kind, "caption": {"text": text}}


def test_it_is_found_but_not_offered() -> None:
    assert "instagram_private" in registry.names(offered=False)
    assert "instagram_private" not in registry.names()
    assert not registry.has_twin("instagram_private")
    assert Feature.REPLY not in InstagramPrivate.features


def test_one_picture_is_uploaded_unseen_and_configured_once(adapter, client) -> None:
    memory = Notebook()
    made = adapter.publish(WHO, Draft(text="Doors", media=(picture(1),)), memory)
    assert client.called == [("photo_rupload", "staging"), ("photo_configure u1", "visible")]
    assert (client.captions, client.alt) == (["Doors"], ["A red door"])
    assert (made.remote_id, made.url, made.at) == ("77", "https://www.instagram.com/p/Cabc/", NOW)
    assert memory.get("uploads")["ids"]


def test_several_pictures_become_an_album_and_are_uploaded_once(adapter, client) -> None:
    memory, draft = Notebook(), Draft(text="Doors", media=(picture(1, "one"), picture(2, "two")))
    adapter.publish(WHO, draft, memory)
    client.called.clear()
    adapter.publish(WHO, draft, memory)
    assert client.called == [("album_configure", "visible")]
    assert client.alt == ["one", "two"] * 2


def test_a_lost_answer_is_looked_for_in_the_feed(adapter, client) -> None:
    memory, draft = Notebook(), Draft(text="Doors", media=(picture(1),))
    since = NOW - timedelta(minutes=1)
    assert isinstance(adapter.find(WHO, draft, since, memory, frozenset()), Absent)
    assert client.called == [], "nothing was uploaded, so nothing can be up"
    adapter.publish(WHO, draft, memory)
    client.feed = [posted("Other"), posted("Doors", kind=8), posted("Doors", pk=91, at=NOW - timedelta(hours=1))]
    assert isinstance(adapter.find(WHO, draft, since, memory, frozenset()), Absent)
    client.feed.insert(0, posted("Doors\n"))
    found = adapter.find(WHO, draft, since, memory, frozenset())
    assert isinstance(found, Found)
    assert found.published.remote_id == "90"
    assert isinstance(adapter.find(WHO, draft, since, memory, frozenset({"90"})), Absent)


def test_a_feed_without_end_cannot_tell(adapter, client) -> None:
    memory = Notebook()
    memory.put("uploads", {"at": 0, "ids": {}})
    client.pages, client.feed = 2, [posted("Other")]
    draft = Draft(text="Doors", media=(picture(1),))
    assert isinstance(adapter.find(WHO, draft, NOW - timedelta(minutes=1), memory, frozenset()), CannotTell)


def test_signing_in_keeps_the_session_and_not_the_password(adapter, client) -> None:
    grant = adapter.sign_in("fernhollow", "pass-word", "123456")
    assert (grant.external_id, grant.handle) == ("42", "fernhollow")
    assert "pass-word" not in repr(grant.token.extra)
    assert client.called == [("login", "staging"), ("account_info", "read")]


def test_without_the_package_it_says_so(monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "instagrapi", None)
    plain = InstagramPrivate(session=remote.open_session(), app=AppCredentials("", ""), now=lambda: NOW)
    with pytest.raises(errors.Unavailable) as missing:
        plain.check(WHO)
    assert missing.value.code == "not_set_up"


def raised(*lineage: str) -> Exception:
    """An exception whose classes have these names, the most special first, as instagrapi derives them."""
    cls: type[Exception] = Exception
    for name in reversed(lineage):
        cls = type(name, (cls,), {})
    return cls("VENDOR WORDS")


MEANINGS = [  # lineage, at the visible step, before it
    (("ChallengeRequired", "ChallengeError", "PrivateError", "ClientError"), errors.Unauthorized, errors.Unauthorized),
    (("TwoFactorRequired", "PrivateError", "ClientError"), errors.Unauthorized, errors.Unauthorized),
    (("BadPassword", "PrivateError", "ClientError"), errors.Unauthorized, errors.Unauthorized),
    (("AccountSuspended", "ClientError"), errors.Unauthorized, errors.Unauthorized),
    (("SentryBlock", "PrivateError", "ClientError"), errors.Unauthorized, errors.Unauthorized),
    (("LoginRequired", "PrivateError", "ClientError"), errors.Unauthorized, errors.Unauthorized),
    (("PleaseWaitFewMinutes", "PrivateError", "ClientError"), errors.RateLimited, errors.RateLimited),
    (("ClientThrottledError", "ClientError"), errors.RateLimited, errors.RateLimited),
    (("FeedbackRequired", "PrivateError", "ClientError"), errors.Ambiguous, errors.RateLimited),
    (("PhotoNotUpload", "PrivateError", "ClientError"), errors.Ambiguous, errors.MediaRefused),
    (("ClientBadRequestError", "ClientError"), errors.Rejected, errors.Rejected),
    (("ClientConnectionError", "ClientError"), errors.Ambiguous, errors.Unavailable),
    (("ClientJSONDecodeError", "ClientError"), errors.Ambiguous, errors.Unavailable),
    (("ClientRequestTimeout", "ClientError"), errors.Ambiguous, errors.Unavailable),
    (("KeyError",), errors.Ambiguous, errors.Unavailable),
]


@pytest.mark.parametrize(("lineage", "visible", "before"), MEANINGS, ids=lambda value: value[0] if isinstance(value, tuple) else "")
def test_each_failure_of_the_client_has_one_meaning(lineage, visible, before) -> None:
    assert type(understood(raised(*lineage), remote.Kind.VISIBLE)) is visible
    assert type(understood(raised(*lineage), remote.Kind.STAGING)) is before
    assert "VENDOR" not in str(understood(raised(*lineage), remote.Kind.READ))


def test_a_challenge_in_the_middle_asks_for_the_person(adapter, client) -> None:
    client.fails = raised("ChallengeRequired", "ChallengeError", "PrivateError", "ClientError")
    with pytest.raises(errors.Unauthorized) as challenged:
        adapter.publish(WHO, Draft(text="x", media=(picture(1),)), Notebook())
    assert challenged.value.code == "person_must_act"


def test_errors_of_the_door_pass_through_untouched(adapter, client) -> None:
    client.fails = errors.Fenced("another's")
    with pytest.raises(errors.Fenced):
        adapter.publish(WHO, Draft(text="x", media=(picture(1),)), Notebook())
