"""The Instagram adapter against its twin by both sign-ins, over real HTTP: the container tells what happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core import errors, remote
from platforms import graph, instagram_container
from platforms.base import Absent, Accepted, CannotTell, Draft, Found, Identity, Published
from platforms.instagram import Instagram
from platforms.instagram_container import LOOK_AGAIN, Containers, at_publish
from platforms.instagram_login import InstagramLogin
from tests.contracts.practice import Notebook, Practice, kept, picture

BOTH = {"facebook": Instagram, "instagram": InstagramLogin}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch) -> list[float]:
    """Pauses between looks are noted, not slept."""
    paused: list[float] = []
    monkeypatch.setattr(instagram_container, "wait", paused.append)
    return paused


@pytest.fixture(params=BOTH)
def login(request) -> str:
    return request.param


@pytest.fixture
def adapter(twin: Practice, login: str) -> Instagram:
    return twin.adapter(BOTH[login])


@pytest.fixture
def who(twin: Practice, login: str) -> Identity:
    return twin.account("instagram", **({"path": "instagram_login"} if login == "instagram" else {}))


@pytest.fixture
def classic(twin: Practice) -> Instagram:
    return twin.adapter(Instagram)


@pytest.fixture
def owner(twin: Practice) -> Identity:
    return twin.account("instagram")


def ago(**time: float) -> datetime:
    return datetime.now(UTC) - timedelta(**time)


def told(twin: Practice, since: int) -> list[tuple[str, str]]:
    return [(entry["kind"], entry["path"].rpartition("/")[2]) for entry in twin.log(since)]


def look(adapter, who, draft, memory, bound=frozenset()):
    return adapter.find(who, draft, ago(minutes=1), memory, bound)


# --- publishing ----------------------------------------------------------------------------------------------------


def test_one_picture_appears_with_its_words(twin, adapter, who, shown) -> None:
    file, memory, since = shown(1, alt="A red door, “open”"), Notebook(), twin.mark()
    made = adapter.publish(who, Draft(text="Morning #library", media=(file,)), memory)
    [post] = twin.book("instagram", who.external_id)
    assert (post["id"], post["text"], post["url"]) == (made.remote_id, "Morning #library", made.url)
    assert post["media"] == [{"sha256": file.sha256, "alt": file.alt_text}]
    assert abs(made.at.timestamp() - post["at"]) < 2
    assert "Morning" in twin.page(made.url)
    assert [kind for kind, _ in told(twin, since)] == ["staging", "read", "visible", "read"]


def test_several_pictures_keep_their_order_and_their_words(twin, adapter, who, shown) -> None:
    files = tuple(shown(n, alt=f"Number {n}" if n != 2 else "") for n in (3, 1, 2, 1))
    adapter.publish(who, Draft(text="Doors", media=files), Notebook())
    [post] = twin.book("instagram", who.external_id)
    assert post["media"] == [{"sha256": file.sha256, "alt": file.alt_text} for file in files]


def test_the_container_is_remembered_before_anything_is_seen(twin, adapter, who, shown) -> None:
    class Torn(Notebook):
        def put(self, key, value) -> None:
            if key == "container":
                raise errors.Fenced("the attempt is another's")
            super().put(key, value)

    with pytest.raises(errors.Fenced):
        adapter.publish(who, Draft(text="x", media=(shown(1),)), Torn())
    assert twin.book("instagram", who.external_id) == []


def test_a_picture_in_the_works_is_accepted_and_published_later(twin, adapter, who, shown, no_waiting) -> None:
    twin.set(instagram_polls=6)
    memory, draft = Notebook(), Draft(text="Slow", media=(shown(1),))
    taken = adapter.publish(who, draft, memory)
    assert isinstance(taken, Accepted)
    assert taken.look_again == LOOK_AGAIN
    assert sum(no_waiting) <= 2
    assert isinstance(look(adapter, who, draft, memory), Absent)
    since = twin.mark()
    assert isinstance(adapter.publish(who, draft, memory), Published)
    assert ("staging", "media") not in told(twin, since), "never a second container"
    assert len(twin.book("instagram", who.external_id)) == 1


def test_a_carousel_waits_for_its_pictures(twin, adapter, who, shown) -> None:
    twin.set(instagram_polls=5)
    memory, draft = Notebook(), Draft(text="Slow", media=(shown(1), shown(2)))
    made = adapter.publish(who, draft, memory)
    for _ in range(8):
        if isinstance(made, Published):
            break
        made = adapter.publish(who, draft, memory)
    [post] = twin.book("instagram", who.external_id)
    assert post["id"] == made.remote_id
    assert len(post["media"]) == 2


def test_a_fresh_container_may_be_unknown_for_a_moment(twin, classic, owner, shown) -> None:
    twin.set(instagram_container_lag_s=30)
    memory, draft = Notebook(), Draft(text="x", media=(shown(1),))
    assert isinstance(classic.publish(owner, draft, memory), Accepted)
    assert isinstance(look(classic, owner, draft, memory), CannotTell)
    twin.set(instagram_container_lag_s=0)
    assert isinstance(classic.publish(owner, draft, memory), Published)


def test_a_picture_without_a_public_address_is_refused(adapter, who) -> None:
    with pytest.raises(errors.MediaRefused) as refused:
        adapter.publish(who, Draft(text="x", media=(picture(1),)), Notebook())
    assert refused.value.code == "no_public_address"


@pytest.mark.parametrize(("change", "code"), [
    ({"url": "http://127.0.0.1:9/nothing.jpg"}, "picture_unreachable"),
    ({"size": (400, 100)}, "picture_shape"),
])
def test_a_picture_that_cannot_be_taken_is_refused_unseen(twin, classic, owner, shown, change, code) -> None:
    file = shown(1, size=change.get("size", (400, 320)))
    file = replace(file, url=change.get("url", file.url))
    with pytest.raises(errors.MediaRefused) as refused:
        classic.publish(owner, Draft(text="x", media=(file,)), Notebook())
    assert refused.value.code == code
    assert twin.book("instagram", owner.external_id) == []


def test_the_limits_end_where_they_say(twin, adapter, who, shown) -> None:
    most = adapter.limits
    files = tuple(shown(n, alt="b" * most.alt_text_max) for n in range(most.media_max))
    adapter.publish(who, Draft(text="a" * most.text_max, media=files), Notebook())
    tags, people = " ".join(f"#tag{n}" for n in range(31)), " ".join(f"@reader{n}" for n in range(21))
    adapter.publish(who, Draft(text=f"{tags[:-6]} {people[:-9]}", media=files[:1]), Notebook())
    refused = {
        "text_too_long": Draft(text="a" * (most.text_max + 1), media=files[:1]),
        "too_many_pictures": Draft(text="", media=(*files, shown(99))),
        "alt_text_too_long": Draft(text="", media=(shown(1, alt="b" * (most.alt_text_max + 1)),)),
        "no_picture": Draft(text="words alone"),
        "too_many_hashtags": Draft(text=tags, media=files[:1]),
        "too_many_mentions": Draft(text=people, media=files[:1]),
    }
    for code, draft in refused.items():
        with pytest.raises(errors.Rejected) as error:
            adapter.publish(who, draft, Notebook())
        assert error.value.code == code
    assert len(twin.book("instagram", who.external_id)) == 2


@pytest.mark.parametrize("text", ["a" * 2201, " ".join(f"#tag{n}" for n in range(31)), " ".join(f"@r{n}" for n in range(21))])
def test_the_network_too_refuses_one_more(classic, owner, shown, text) -> None:
    asker = graph.Graph(classic.session, owner.token.access)
    with pytest.raises(errors.InvalidContent):
        asker.put(remote.Kind.STAGING, owner.external_id, "media", {"image_url": shown(1).url, "caption": text})


def test_a_day_has_an_end(twin, classic, owner, shown) -> None:
    twin.set(instagram_posts_per_day=1)
    classic.publish(owner, Draft(text="1", media=(shown(1),)), Notebook())
    with pytest.raises(errors.RateLimited) as limited:
        classic.publish(owner, Draft(text="2", media=(shown(2),)), Notebook())
    assert limited.value.code == "daily_limit"
    facts = classic.check(owner)
    assert (facts["publishes_per_day"], facts["published_today"]) == (1, 1)
    assert classic.capabilities(facts).limits.publishes_per_day == 1


# --- doubt ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["hang", "reset", "drop", "status", "garbage", "error"])
def test_a_post_whose_answer_was_lost_is_found(twin, login, who, shown, how) -> None:
    adapter = twin.adapter(BOTH[login], deadline=1.5)
    memory, draft = Notebook(), Draft(text="Evening", media=(shown(1),))
    twin.fault("instagram", "after", where="visible", how=how)
    with pytest.raises(errors.Ambiguous):
        adapter.publish(who, draft, memory)
    again = twin.adapter(BOTH[login])
    found = look(again, who, draft, memory)
    [post] = twin.book("instagram", who.external_id)
    assert isinstance(found, Found)
    assert (found.published.remote_id, found.published.url) == (post["id"], post["url"])
    with pytest.raises(errors.Ambiguous):
        again.publish(who, draft, memory)       # never published a second time, whoever asks
    assert len(twin.book("instagram", who.external_id)) == 1


@pytest.mark.parametrize("how", ["reset", "drop", "status"])
def test_a_post_that_never_was_is_absent_and_published_by_the_same_container(twin, adapter, who, shown, how) -> None:
    memory, draft = Notebook(), Draft(text="Evening", media=(shown(1), shown(2)))
    twin.fault("instagram", "before", where="visible", how=how)
    with pytest.raises(errors.Ambiguous):
        adapter.publish(who, draft, memory)
    assert isinstance(look(adapter, who, draft, memory), Absent)
    since = twin.mark()
    assert isinstance(adapter.publish(who, draft, memory), Published)
    assert [kind for kind, _ in told(twin, since)] == ["read", "visible", "read"]


def test_a_list_that_lags_is_no_absence(twin, adapter, who, shown) -> None:
    memory, draft = Notebook(), Draft(text="Evening", media=(shown(1),))
    twin.fault("instagram", "after", where="visible", how="drop")
    with pytest.raises(errors.Ambiguous):
        adapter.publish(who, draft, memory)
    twin.fault("instagram", "listing_lag", seconds=60, count=None)
    assert isinstance(look(adapter, who, draft, memory), CannotTell)
    twin.no_faults()
    assert isinstance(look(adapter, who, draft, memory), Found)


def test_equal_words_of_another_delivery_are_not_taken(twin, classic, owner, shown) -> None:
    memory, draft = Notebook(), Draft(text="Closed today", media=(shown(1),))
    other = classic.publish(owner, draft, Notebook())
    twin.fault("instagram", "after", where="visible", how="drop")
    with pytest.raises(errors.Ambiguous):
        classic.publish(owner, draft, memory)
    found = look(classic, owner, draft, memory, frozenset({other.remote_id}))
    assert isinstance(found, Found)
    assert found.published.remote_id != other.remote_id


def test_one_picture_is_not_taken_for_several(twin, classic, owner, shown) -> None:
    classic.publish(owner, Draft(text="Same", media=(shown(1), shown(2))), Notebook())
    memory, draft = Notebook(), Draft(text="Same", media=(shown(1),))
    memory.put("container", {"id": "17900000000000000", "at": ago(minutes=3).timestamp()})
    assert isinstance(look(classic, owner, draft, memory), CannotTell)


def test_an_expired_container_is_replaced_after_looking(twin, classic, owner, shown) -> None:
    twin.set(instagram_polls=9)
    memory, draft = Notebook(), Draft(text="Old", media=(shown(1),))
    assert isinstance(classic.publish(owner, draft, memory), Accepted)
    first = memory.get("container")["id"]
    twin.set(instagram_polls=0, clock_offset_s=25 * 3600)
    assert isinstance(classic.find(owner, draft, ago(days=1), memory, frozenset()), Absent)
    assert isinstance(classic.publish(owner, draft, memory), Published)
    assert memory.get("container")["id"] != first
    assert len(twin.book("instagram", owner.external_id)) == 1


def test_what_was_remembered_as_published_is_not_published_again(twin, classic, owner, shown) -> None:
    memory, draft = Notebook(), Draft(text="x", media=(shown(1),))
    made, since = classic.publish(owner, draft, memory), twin.mark()
    assert classic.publish(owner, draft, memory) == made
    assert [kind for kind, _ in told(twin, since)] == ["read"]


def test_a_failed_look_does_not_cost_the_proof(twin, classic, owner, shown) -> None:
    memory, draft = Notebook(), Draft(text="x", media=(shown(1),))
    made = classic.publish(owner, draft, memory)
    twin.fault("instagram", "status", where="read", status=500)
    blind = classic.publish(owner, draft, memory)
    assert blind.remote_id == made.remote_id
    assert blind.url.endswith(f"/{owner.handle}/")


class Answers:
    """A container whose state is a script; everything else fails, so nothing is asked beside it."""

    def __init__(self, *states: tuple[str, str]) -> None:
        self.states = list(states)

    def read(self, name: str, wanted: str) -> dict[str, str]:
        state, text = self.states.pop(0)
        return {"status_code": state, "status": text}

    def pages(self, *args: object, **options: object):
        yield [], False


@pytest.mark.parametrize(("text", "cls", "code"), [
    ("Error: media failed with 2207026 somehow", errors.MediaRefused, "picture_format"),
    ("Error: 2207009", errors.MediaRefused, "picture_shape"),
    ("Error: 2207003", errors.Unavailable, "picture_slow"),
    ("Error: unknown", errors.Unavailable, "container_failed"),
])
def test_a_failed_container_says_why_and_is_forgotten(text, cls, code) -> None:
    memory = Notebook()
    memory.put("container", {"id": "1", "at": datetime.now(UTC).timestamp()})
    box = Containers(Answers(("ERROR", text)), "2", memory, lambda: datetime.now(UTC))
    with pytest.raises(cls) as failed:
        box.ready(Draft(text="x", media=(picture(1),)))
    assert (type(failed.value), failed.value.code) == (cls, code)
    assert memory.get("container") is None


def test_a_container_that_is_published_is_never_replaced() -> None:
    memory = Notebook()
    memory.put("container", {"id": "1", "at": datetime.now(UTC).timestamp()})
    box = Containers(Answers(("PUBLISHED", "")), "2", memory, lambda: datetime.now(UTC))
    with pytest.raises(errors.Ambiguous):
        box.ready(Draft(text="x", media=(picture(1),)))
    assert memory.get("container")


@pytest.mark.parametrize(("status", "code", "subcode", "cls"), [
    (400, 4, 2207051, errors.Ambiguous), (400, 4, None, errors.Ambiguous), (400, 1, None, errors.Ambiguous),
    (400, 2, None, errors.Ambiguous), (400, -1, 2207001, errors.Ambiguous), (500, 24, 2207008, errors.Ambiguous),
    (503, 0, None, errors.Ambiguous), (400, 9, 2207042, errors.RateLimited), (400, 9007, 2207027, errors.Unavailable),
    (400, -2, 2207020, errors.Unavailable), (400, 24, 2207008, errors.Unavailable), (400, 25, 2207050, errors.Unauthorized),
    (400, 36004, 2207010, errors.InvalidContent), (400, 190, 463, errors.Unauthorized), (400, 10, None, errors.NotAllowed),
    (400, 80002, None, errors.RateLimited), (400, 24, 2207006, errors.Rejected),
])
def test_refusals_of_the_publishing_step(status, code, subcode, cls) -> None:
    answer = kept(status, {"error": {"code": code, "error_subcode": subcode}})
    assert type(at_publish(answer, remote.classify(answer))) is cls


PREPARING = [
    (-2, 2207003, errors.Unavailable), (-2, 2207020, errors.Unavailable), (-1, 2207001, errors.Unavailable),
    (-1, 2207032, errors.Unavailable), (-1, 2207053, errors.Unavailable), (4, 2207051, errors.RateLimited),
    (24, 2207008, errors.Unavailable), (100, 2207023, errors.MediaRefused), (100, 2207028, errors.MediaRefused),
    (100, 2207035, errors.InvalidContent), (100, 2207037, errors.InvalidContent), (100, 2207040, errors.InvalidContent),
    (352, 2207026, errors.MediaRefused), (9004, 2207052, errors.MediaRefused), (9007, 2207027, errors.Unavailable),
    (36000, 2207004, errors.MediaRefused), (36001, 2207005, errors.MediaRefused), (36003, 2207009, errors.MediaRefused),
    (36004, 2207010, errors.InvalidContent), (36003, None, errors.MediaRefused), (9, None, errors.RateLimited),
    (4, None, errors.RateLimited), (1, None, errors.Unavailable),
]


@pytest.mark.parametrize(("code", "subcode", "cls"), PREPARING)
def test_refusals_of_the_preparing_steps(code, subcode, cls) -> None:
    answer = kept(400, {"error": {"code": code, "error_subcode": subcode}}, kind=remote.Kind.STAGING)
    assert type(graph.refined(answer, remote.classify(answer))) is cls
