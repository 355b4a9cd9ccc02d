"""The LinkedIn adapter against its twin: what is sent, what is remembered before it, and how a lost answer is found."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import FrameType

import pytest

from core import errors, remote
from platforms import linkedin_words as words
from platforms.base import Absent, CannotTell, Draft, Feature, Found, Identity
from platforms.counting import little_length
from platforms.linkedin import LinkedIn
from tests.contracts.practice import REDIRECT, Notebook, Practice, picture, running

MEMBER_ONLY = Feature.FIND | Feature.COMMENTS | Feature.REPLY | Feature.METRICS


@pytest.fixture(scope="module")
def network(tmp_path_factory) -> Iterator[Practice]:
    with running(tmp_path_factory.mktemp("linkedin")) as practice:
        yield practice


@pytest.fixture
def li(network: Practice) -> Practice:
    network.reset()
    return network


@pytest.fixture
def who(li: Practice) -> Identity:
    return li.account("linkedin")


@pytest.fixture
def member(li: Practice) -> Identity:
    return li.account("linkedin", kind="member")


@pytest.fixture
def adapter(li: Practice) -> LinkedIn:
    return li.adapter(LinkedIn)


def visible(li: Practice, since: int) -> list[str]:
    return [entry["path"] for entry in li.log(since) if entry["kind"] == "visible"]


# --- publishing ----------------------------------------------------------------------------------------------------


def test_words_are_shown_exactly_as_written_and_the_permalink_opens(li, adapter, who):
    text = "Story time (ages 3-5) @ the *old* mill_house: <bring> {a} [cushion] | ~free~ \\o/ #storytime\nC# & 1 < 2"
    made = adapter.publish(who, Draft(text=text), Notebook())
    [post] = li.book("linkedin", who.external_id)
    assert (post["id"], post["text"], post["url"], post["visible"]) == (made.remote_id, text, made.url, True)
    assert "Story time" in li.page(made.url)


def test_a_link_with_reserved_characters_survives(li, adapter, who):
    link = "https://library.example.org/r/Ab_3(x)?a=[1]&b=~2#top"
    adapter.publish(who, Draft(text=f"See {link} now", link=link), Notebook())
    assert li.book("linkedin", who.external_id)[0]["text"] == f"See {link} now"


def test_a_link_with_a_title_becomes_a_card(li, adapter, who):
    link = "https://library.example.org/r/Ab3"
    options = {"link_title": "Story time", "link_description": "Saturdays at ten"}
    adapter.publish(who, Draft(text=f"Come: {link}", link=link, options=options), Notebook())
    assert li.book("linkedin", who.external_id)[0]["text"] == f"Come: {link}"


@pytest.mark.parametrize("count", [1, 2, 20])
def test_pictures_keep_their_order_and_their_words(li, adapter, who, count):
    files = tuple(picture(n, alt=f"Number {n}" if n != 3 else "") for n in range(count))
    memory = Notebook()
    made = adapter.publish(who, Draft(text="Doors", media=files), memory)
    [post] = li.book("linkedin", who.external_id)
    assert post["media"] == [{"sha256": file.sha256, "alt": file.alt_text} for file in files]
    assert made.remote_id == post["id"] and memory.writes == 1
    assert (":ugcPost:" in made.remote_id) == (count > 1)


def test_a_member_publishes_too(li, adapter, member):
    adapter.publish(member, Draft(text="Mine", media=(picture(),)), Notebook())
    assert li.book("linkedin", member.external_id)[0]["text"] == "Mine"


@pytest.mark.parametrize("letter", ["a", "_", "本"])
def test_a_text_of_the_greatest_length_is_taken_and_one_more_is_refused(li, adapter, who, letter):
    fits = letter * adapter.limits.text_max
    assert adapter.limits.count(fits) == 3000
    assert (little_length(fits) > 3000) == (letter == "_")
    adapter.publish(who, Draft(text=fits), Notebook())
    with pytest.raises(errors.InvalidContent) as refused:
        adapter.publish(who, Draft(text=fits + "a"), Notebook())
    assert refused.value.code == "text_too_long"
    assert len(li.book("linkedin", who.external_id)) == 1


def test_alt_text_and_number_of_pictures_end_where_the_limits_say(li, adapter, who):
    most = adapter.limits
    adapter.publish(who, Draft(text="1", media=(picture(1, alt="a" * most.alt_text_max),)), Notebook())
    with pytest.raises(errors.Rejected):
        adapter.publish(who, Draft(text="2", media=(picture(2, alt="a" * (most.alt_text_max + 1)),)), Notebook())
    many = tuple(picture(n) for n in range(most.media_max + 1))
    with pytest.raises(errors.MediaRefused):
        adapter.publish(who, Draft(text="3", media=many), Notebook())
    assert [post["text"] for post in li.book("linkedin", who.external_id)] == ["1"]


def test_something_that_is_no_picture_is_refused_and_forgotten(li, adapter, who):
    broken, memory = replace(picture(), read=lambda: b"<html>not a picture</html>"), Notebook()
    with pytest.raises(errors.MediaRefused) as met:
        adapter.publish(who, Draft(text="x", media=(broken,)), memory)
    assert met.value.code == "media_failed" and memory.get("post")["images"] == {}
    adapter.publish(who, Draft(text="x", media=(picture(),)), memory)
    assert len(li.book("linkedin", who.external_id)) == 1


def test_pictures_the_network_forgot_are_uploaded_once_more_and_not_for_ever(li, adapter, who):
    draft, memory = Draft(text="Gone", media=(picture(),)), Notebook()
    for expected in (errors.Unavailable, errors.MediaRefused):
        post = memory.get("post") or {}
        memory.put("post", {**post, "images": {picture().sha256: "urn:li:image:none"}})
        with pytest.raises(expected):
            adapter.publish(who, draft, memory)
    assert li.book("linkedin", who.external_id) == []


def test_every_request_says_what_the_network_takes_it_for(li, who):
    seen: list[remote.Kind] = []
    adapter, since = li.adapter(LinkedIn, fence=seen.append), li.mark()
    made = adapter.publish(who, Draft(text="Kinds", media=(picture(),)), Notebook())
    adapter.find(who, Draft(text="Kinds"), made.at, Notebook(), frozenset())
    adapter.exists(who, made.remote_id)
    adapter.reply(who, made.remote_id, None, "first")
    adapter.comments(who, made.remote_id, None)
    adapter.metrics(who, [made.remote_id])
    adapter.renew(who.token)
    adapter.delete(who, made.remote_id)
    assert [kind.name.lower() for kind in seen] == [entry["kind"] for entry in li.log(since)]


def test_a_fenced_worker_leaves_pictures_but_no_post_and_the_next_sends_the_same_body(li, who):
    def fence(kind: remote.Kind) -> None:
        if kind is remote.Kind.VISIBLE:
            raise errors.Fenced("not ours any more")

    draft, memory, since = Draft(text="Once", media=(picture(), picture(2))), Notebook(), li.mark()
    with pytest.raises(errors.Fenced):
        li.adapter(LinkedIn, fence=fence).publish(who, draft, memory)
    assert li.book("linkedin", who.external_id) == []
    body = memory.get("post")["body"]
    made = li.adapter(LinkedIn).publish(who, draft, memory)
    assert memory.get("post")["body"] == body
    assert len([entry for entry in li.log(since) if entry["method"] == "PUT"]) == 2
    assert [post["id"] for post in li.book("linkedin", who.external_id)] == [made.remote_id]


def test_changed_words_make_a_new_body_with_the_same_pictures(li, adapter, who):
    memory, since = Notebook(), li.mark()
    li.fault("linkedin", "429", where="visible")
    with pytest.raises(errors.RateLimited):
        adapter.publish(who, Draft(text="Old", media=(picture(),)), memory)
    adapter.publish(who, Draft(text="New", media=(picture(),)), memory)
    assert [post["text"] for post in li.book("linkedin", who.external_id)] == ["New"]
    assert json.loads(memory.get("post")["body"])["commentary"] == "New"
    assert len([entry for entry in li.log(since) if entry["method"] == "PUT"]) == 1


# --- finding what was lost -----------------------------------------------------------------------------------------

HOWS = ["hang", "reset", "drop", "status", "error", "garbage"]


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("media", [(), (picture(5),), (picture(5), picture(6))], ids=["words", "picture", "pictures"])
def test_a_post_whose_answer_was_lost_is_found(li, who, how, media):
    adapter, memory, began = li.adapter(LinkedIn, deadline=2.0 if how == "hang" else 5), Notebook(), datetime.now(UTC)
    draft = Draft(text="Ça & là (tous): https://library.example.org/r/Z_9 #fête_2026", media=media)
    li.fault("linkedin", "after", how=how)
    with pytest.raises(errors.Ambiguous):
        adapter.publish(who, draft, memory)
    found = li.adapter(LinkedIn).find(who, draft, began, memory, frozenset())
    [post] = li.book("linkedin", who.external_id)
    assert isinstance(found, Found)
    assert (found.published.remote_id, found.published.url) == (post["id"], post["url"])


@pytest.mark.parametrize("how", ["hang", "reset", "drop", "status"])
def test_a_post_that_was_never_applied_is_absent(li, who, how):
    adapter, memory, began = li.adapter(LinkedIn, deadline=2.0 if how == "hang" else 5), Notebook(), datetime.now(UTC)
    draft = Draft(text="Never", media=(picture(),))
    li.fault("linkedin", "before", how=how)
    with pytest.raises(errors.Ambiguous):
        adapter.publish(who, draft, memory)
    assert isinstance(li.adapter(LinkedIn).find(who, draft, began, memory, frozenset()), Absent)
    assert li.book("linkedin", who.external_id) == []


@pytest.mark.parametrize("media", [(), (picture(3),)], ids=["words", "picture"])
def test_a_members_lost_post_is_learnt_by_the_identical_body(li, adapter, member, media):
    draft, memory, began = Draft(text="Only me", media=media), Notebook(), datetime.now(UTC)
    li.fault("linkedin", "after", how="drop")
    with pytest.raises(errors.Ambiguous):
        adapter.publish(member, draft, memory)
    unsure = adapter.find(member, draft, began, memory, frozenset())
    assert isinstance(unsure, CannotTell) and unsure.repeat_within == timedelta(minutes=8)
    memory.put("unresolved", True)
    made = adapter.publish(member, draft, memory)
    [post] = li.book("linkedin", member.external_id)
    assert (made.remote_id, made.url) == (post["id"], post["url"])


def test_a_members_post_that_never_landed_is_made_by_the_same_repetition(li, adapter, member):
    draft, memory = Draft(text="Only me"), Notebook()
    li.fault("linkedin", "before", how="reset")
    with pytest.raises(errors.Ambiguous):
        adapter.publish(member, draft, memory)
    memory.put("unresolved", True)
    made = adapter.publish(member, draft, memory)
    assert [post["id"] for post in li.book("linkedin", member.external_id)] == [made.remote_id]


def test_a_duplicate_without_an_open_doubt_is_not_adopted(li, adapter, who):
    first = adapter.publish(who, Draft(text="Twice"), Notebook())
    with pytest.raises(errors.Duplicate) as met:
        adapter.publish(who, Draft(text="Twice"), Notebook())
    assert met.value.remote_id == first.remote_id
    assert len(li.book("linkedin", who.external_id)) == 1


def test_the_same_words_with_other_pictures_are_told_apart(li, adapter, who):
    first, second, began = Notebook(), Notebook(), datetime.now(UTC)
    drafts = [Draft(text="Open today", media=(picture(n),)) for n in (1, 2)]
    made = [adapter.publish(who, draft, memory) for draft, memory in zip(drafts, (first, second), strict=True)]
    for draft, memory, post in zip(drafts, (first, second), made, strict=True):
        assert adapter.find(who, draft, began, memory, frozenset()).published.remote_id == post.remote_id
    other = Notebook({"post": '{"seen": ["urn:li:image:other"]}'})
    assert isinstance(adapter.find(who, drafts[0], began, other, frozenset()), Absent)
    assert isinstance(adapter.find(who, drafts[0], began, Notebook(), frozenset()), CannotTell)


def test_a_post_of_another_delivery_and_an_old_one_are_not_taken(li, adapter, who):
    made = adapter.publish(who, Draft(text="Mine"), Notebook())
    assert isinstance(adapter.find(who, Draft(text="Mine"), made.at, Notebook(), {made.remote_id}), Absent)
    later = made.at + timedelta(minutes=5)
    assert isinstance(adapter.find(who, Draft(text="Mine"), later, Notebook(), frozenset()), Absent)


def test_a_fresh_post_may_be_missing_from_the_list_and_a_broken_list_says_nothing(li, adapter, who):
    made = adapter.publish(who, Draft(text="Lag"), Notebook())
    li.fault("linkedin", "listing_lag", seconds=30)
    assert isinstance(adapter.find(who, Draft(text="Lag"), made.at, Notebook(), frozenset()), Absent)
    for kind in ("garbage", "reset", "status"):
        li.fault("linkedin", kind, where="read")
        with pytest.raises(errors.Unavailable):
            adapter.find(who, Draft(text="Lag"), made.at, Notebook(), frozenset())


def test_a_long_list_is_read_to_its_end_and_one_too_long_says_so(li, adapter, who):
    began = datetime.now(UTC)
    first = adapter.publish(who, Draft(text="The first"), Notebook())
    for number in range(150):
        adapter.publish(who, Draft(text=f"Number {number}"), Notebook())
    li.fault("linkedin", "shift", count=3)
    found = adapter.find(who, Draft(text="The first"), began, Notebook(), frozenset())
    assert isinstance(found, Found) and found.published.remote_id == first.remote_id
    for number in range(80):
        adapter.publish(who, Draft(text=f"More {number}"), Notebook())
    assert isinstance(adapter.find(who, Draft(text="The first"), began, Notebook(), frozenset()), CannotTell)


def test_only_a_list_in_order_may_be_left_before_its_end():
    start = datetime(2026, 11, 24, tzinfo=UTC)
    new, old = ({"createdAt": (start.timestamp() + seconds) * 1000} for seconds in (5, -5))
    assert words.reaches_back([new, old], start)
    assert not words.reaches_back([old, new, old], start)
    assert not words.reaches_back([new, {}], start) and not words.reaches_back([], start)


@pytest.mark.parametrize(
    ("commentary", "draft", "same"),
    [
        (r"Hiring \(remote\) {hashtag|\#|jobs}", Draft(text="Hiring (remote) #jobs"), True),
        ("Come:  https://lnkd.in/abc", Draft(text="Come: https://library.example.org/long"), None),
        ("Go: https://lnkd.in/abc", Draft(text="Come: https://library.example.org/long"), False),
        ("Changed https://library.example.org/r/Q7", Draft(text="x", marker="/r/Q7"), True),
        ("Cafe\u0301", Draft(text="Café"), True),
    ],
)
def test_words_are_compared_as_a_reader_sees_them(commentary, draft, same):
    assert words.is_post({"commentary": commentary}, draft, set()) is same


# --- the client library --------------------------------------------------------------------------------------------


def on_the_stack(frame: FrameType | None) -> set[str]:
    names = set()
    while frame:
        names.add(f"{frame.f_globals.get('__name__')}.{frame.f_code.co_qualname}")
        frame = frame.f_back
    return names


def test_each_call_goes_through_the_librarys_entry_points(li, who):
    seen: list[set[str]] = []
    adapter = li.adapter(LinkedIn, fence=lambda kind: seen.append(on_the_stack(sys._getframe())))
    request = "platforms.linkedin_sdk.Application.make_request"

    def through(call, entry: str) -> None:
        seen.clear()
        call()
        assert seen and all(entry in names for names in seen)

    made = adapter.publish(who, Draft(text="Through"), Notebook())
    calls = [
        lambda: adapter.publish(who, Draft(text="1", media=(picture(),)), Notebook()),
        lambda: adapter.find(who, Draft(text="1"), made.at, Notebook(), frozenset()),
        lambda: adapter.reply(who, made.remote_id, None, "yes"),
        lambda: adapter.find_reply(who, made.remote_id, None, "yes", made.at, frozenset()),
        lambda: adapter.comments(who, made.remote_id, None),
        lambda: adapter.metrics(who, [made.remote_id]),
        lambda: adapter.exists(who, made.remote_id),
        lambda: adapter.check(who),
        lambda: adapter.delete(who, made.remote_id),
    ]
    for call in calls:
        through(call, request)
    through(lambda: adapter.renew(who.token), "platforms.linkedin_sdk.Authentication.refresh_access_token")
    code = li.allow(adapter.authorize_url(REDIRECT, "s", ""))["code"]
    seen.clear()
    adapter.exchange(code, REDIRECT, "")
    assert "platforms.linkedin_sdk.Authentication.get_access_token" in seen[0]
    assert all(request in names for names in seen[1:])


def test_no_token_travels_in_an_address_or_is_logged(li, adapter, who, caplog):
    since = li.mark()
    with caplog.at_level("DEBUG"):
        adapter.publish(who, Draft(text="Quiet", media=(picture(),)), Notebook())
        fresh = adapter.renew(who.token)
    assert who.token.access not in json.dumps(li.log(since))
    for secret in (who.token.access, who.token.refresh, fresh.access):
        assert secret not in caplog.text


def test_other_words_stand_in_the_same_post_exactly_as_written(li, adapter, who):
    made = adapter.publish(who, Draft(text="At nine (sharp)", media=(picture(),)), Notebook())
    for _twice in range(2):
        adapter.edit(who, made.remote_id, "At ten (sharp) #library *free*")
    [post] = li.book("linkedin", who.external_id)
    assert (post["id"], post["text"], len(post["media"])) == (made.remote_id, "At ten (sharp) #library *free*", 1)
    assert [earlier["text"] for earlier in post["edits"]] == ["At nine (sharp)"]
    assert adapter.read_back(who, made.remote_id).text == "At ten (sharp) #library *free*"


def test_an_edit_whose_answer_was_lost_can_be_read_and_one_too_long_changes_nothing(li, adapter, who):
    made = adapter.publish(who, Draft(text="At nine"), Notebook())
    with pytest.raises(errors.InvalidContent):
        adapter.edit(who, made.remote_id, "x" * 3001)
    assert adapter.read_back(who, made.remote_id).text == "At nine"
    li.fault("linkedin", "after", how="reset", where="visible")
    with pytest.raises(errors.Ambiguous):
        adapter.edit(who, made.remote_id, "At ten")
    assert adapter.read_back(who, made.remote_id).text == "At ten"


def test_a_member_and_a_page_without_the_right_edit_nothing():
    granted = {"kind": "organization", "scopes": ["r_organization_social"]}
    assert Feature.EDIT not in LinkedIn.capabilities({"kind": "member"}).features
    assert Feature.EDIT not in LinkedIn.capabilities(granted).features
    assert Feature.EDIT in LinkedIn.capabilities({"kind": "organization"}).features
