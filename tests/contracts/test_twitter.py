"""The X adapter against its twin, over real HTTP: what is sent, what is understood, and how a lost answer is found."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import FrameType

import pytest

from core import errors, remote
from platforms import twitter_words as words
from platforms.base import Absent, CannotTell, Draft, Feature, Found, Identity
from platforms.twitter import Twitter
from tests.contracts.practice import REDIRECT, Notebook, Practice, picture, running, with_token

VERIFIER = "v" * 64
NOW = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def network(tmp_path_factory) -> Iterator[Practice]:
    with running(tmp_path_factory.mktemp("x")) as practice:
        yield practice


@pytest.fixture
def x(network: Practice) -> Practice:
    network.reset()
    return network


@pytest.fixture
def who(x: Practice) -> Identity:
    return x.account("twitter")


@pytest.fixture
def adapter(x: Practice) -> Twitter:
    return x.adapter(Twitter)


def visible(x: Practice, since: int) -> list[str]:
    return [entry["path"] for entry in x.log(since) if entry["kind"] == "visible"]


# --- publishing ----------------------------------------------------------------------------------------------------


def test_words_and_a_link_appear_and_the_permalink_opens(x, adapter, who):
    text = "Story time <on> Saturday & Sunday: https://library.example.org/r/Ab3dE"
    made = adapter.publish(who, Draft(text=text, link="https://library.example.org/r/Ab3dE"), Notebook())
    [post] = x.book("twitter", who.external_id)
    assert (post["id"], post["text"], post["url"], post["visible"]) == (made.remote_id, text, made.url, True)
    assert abs(made.at.timestamp() - post["at"]) < 2
    assert "Story time" in x.page(made.url)


def test_one_picture_travels_with_its_words(x, adapter, who):
    file, memory = picture(1, alt="A red door, “open” & wide"), Notebook()
    made = adapter.publish(who, Draft(text="Doors", media=(file,)), memory)
    [post] = x.book("twitter", who.external_id)
    assert post["media"] == [{"sha256": file.sha256, "alt": file.alt_text}]
    assert memory.writes == 1
    assert post["id"] == made.remote_id


def test_four_pictures_keep_their_order_and_one_may_be_decorative(x, adapter, who):
    files = tuple(picture(n, alt=f"Number {n}" if n != 2 else "") for n in range(4))
    adapter.publish(who, Draft(text="", media=files), Notebook())
    [post] = x.book("twitter", who.external_id)
    assert post["media"] == [{"sha256": file.sha256, "alt": file.alt_text} for file in files]


@pytest.mark.parametrize("letter", ["a", "本", "é", "👩\u200d👧"])
def test_a_text_of_the_greatest_weight_is_taken_and_one_more_is_refused(x, adapter, who, letter):
    count, most = adapter.limits.count, adapter.limits.text_max
    fits = letter * (most // count(letter))
    assert count(fits) == most
    adapter.publish(who, Draft(text=fits), Notebook())
    with pytest.raises(errors.InvalidContent) as refused:
        adapter.publish(who, Draft(text=fits + "."), Notebook())
    assert refused.value.code == "text_too_long"
    assert len(x.book("twitter", who.external_id)) == 1


def test_a_link_weighs_what_the_network_says(x, adapter, who):
    link = " https://library.example.org/" + "x" * 200
    fits = "a" * (280 - 24) + link
    assert adapter.limits.count(fits) == 280
    adapter.publish(who, Draft(text=fits), Notebook())
    with pytest.raises(errors.InvalidContent):
        adapter.publish(who, Draft(text="a" + fits), Notebook())


def test_alt_text_and_number_of_pictures_end_where_the_limits_say(x, adapter, who):
    most = adapter.limits
    adapter.publish(who, Draft(text="1", media=(picture(1, alt="a" * most.alt_text_max),)), Notebook())
    with pytest.raises(errors.Rejected):
        adapter.publish(who, Draft(text="2", media=(picture(2, alt="a" * (most.alt_text_max + 1)),)), Notebook())
    many = tuple(picture(n) for n in range(most.media_max + 1))
    with pytest.raises(errors.MediaRefused):
        adapter.publish(who, Draft(text="3", media=many), Notebook())
    assert [post["text"] for post in x.book("twitter", who.external_id)] == ["1"]


def test_something_that_is_no_picture_is_refused_before_anything_is_visible(x, adapter, who):
    since = x.mark()
    broken = replace(picture(), read=lambda: b"<html>not a picture</html>")
    with pytest.raises(errors.MediaRefused):
        adapter.publish(who, Draft(text="x", media=(broken,)), Notebook())
    assert visible(x, since) == []


def test_a_gif_goes_alone(adapter, who):
    gif = replace(picture(), mime="image/gif")
    with pytest.raises(errors.MediaRefused):
        adapter.publish(who, Draft(text="x", media=(gif, picture(2))), Notebook())


def test_an_account_that_pays_may_write_at_length():
    assert Twitter.capabilities({"premium": True}).limits.text_max == 25_000
    assert Twitter.capabilities({"text_max": 4000}).limits.reply_max == 4000
    assert Twitter.capabilities({}).limits.text_max == 280


def test_without_the_scope_for_pictures_none_are_offered():
    able = Twitter.capabilities({"scopes": ["tweet.read", "tweet.write"]}).features
    assert Feature.IMAGE not in able and Feature.TEXT in able


def test_every_request_says_what_the_network_takes_it_for(x, who):
    seen: list[remote.Kind] = []
    adapter, since = x.adapter(Twitter, fence=seen.append), x.mark()
    made = adapter.publish(who, Draft(text="Kinds", media=(picture(),)), Notebook())
    adapter.find(who, Draft(text="Kinds"), made.at, Notebook(), frozenset())
    adapter.exists(who, made.remote_id)
    adapter.comments(who, made.remote_id, None)
    adapter.metrics(who, [made.remote_id])
    adapter.renew(who.token)
    adapter.delete(who, made.remote_id)
    assert [kind.name.lower() for kind in seen] == [entry["kind"] for entry in x.log(since)]


def test_a_fenced_worker_leaves_pictures_but_no_post_and_the_next_goes_on_from_there(x, who):
    def fence(kind: remote.Kind) -> None:
        if kind is remote.Kind.VISIBLE:
            raise errors.Fenced("not ours any more")

    draft, memory, since = Draft(text="Once", media=(picture(), picture(2))), Notebook(), x.mark()
    with pytest.raises(errors.Fenced):
        x.adapter(Twitter, fence=fence).publish(who, draft, memory)
    assert x.book("twitter", who.external_id) == []
    assert len(memory.get("pictures")["keys"]) == 2
    x.adapter(Twitter).publish(who, draft, memory)
    assert len([entry for entry in x.log(since) if entry["path"].endswith("/media/upload")]) == 2
    assert len(x.book("twitter", who.external_id)) == 1


def test_pictures_uploaded_a_day_ago_are_uploaded_again_and_their_keys_still_known(x, who):
    draft, memory = Draft(text="Late", media=(picture(),)), Notebook()
    later = x.adapter(Twitter, now=lambda: datetime.now(UTC) + timedelta(hours=21))
    x.fault("twitter", "before", how="reset")
    with pytest.raises(errors.Ambiguous):
        x.adapter(Twitter).publish(who, draft, memory)
    old = memory.get("pictures")["keys"]
    later.publish(who, draft, memory)
    assert memory.get("pictures")["keys"][:1] == old and len(memory.get("pictures")["keys"]) == 2


def test_pictures_the_network_forgot_are_uploaded_once_more_and_not_for_ever(x, adapter, who):
    draft, memory = Draft(text="Gone", media=(picture(),)), Notebook()
    x.fault("twitter", "before", how="reset")
    with pytest.raises(errors.Ambiguous):
        adapter.publish(who, draft, memory)
    for expected in (errors.Unavailable, errors.MediaRefused):
        pictures = memory.get("pictures")
        memory.put("pictures", {**pictures, "ready": [
            {"sha256": picture().sha256, "id": "123", "key": "3_123", "at": datetime.now(UTC).timestamp()}]})
        with pytest.raises(expected):
            adapter.publish(who, draft, memory)
    assert x.book("twitter", who.external_id) == []


# --- finding what was lost -----------------------------------------------------------------------------------------

HOWS = ["hang", "reset", "drop", "status", "error", "garbage"]


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("media", [(), (picture(5),)], ids=["words", "picture"])
def test_a_post_whose_answer_was_lost_is_found(x, who, how, media):
    adapter, memory, began = x.adapter(Twitter, deadline=2.0 if how == "hang" else 5), Notebook(), datetime.now(UTC)
    draft = Draft(text="Ça & là: https://Library.example.org/r/Zz9 and library.org", media=media)
    x.fault("twitter", "after", how=how)
    with pytest.raises(errors.Ambiguous):
        adapter.publish(who, draft, memory)
    found = x.adapter(Twitter).find(who, draft, began, memory, frozenset())
    [post] = x.book("twitter", who.external_id)
    assert isinstance(found, Found)
    assert (found.published.remote_id, found.published.url) == (post["id"], post["url"])


@pytest.mark.parametrize("how", ["hang", "reset", "drop", "status"])
def test_a_post_that_was_never_applied_is_absent(x, who, how):
    adapter, memory, began = x.adapter(Twitter, deadline=2.0 if how == "hang" else 5), Notebook(), datetime.now(UTC)
    draft = Draft(text="Never", media=(picture(),))
    x.fault("twitter", "before", how=how)
    with pytest.raises(errors.Ambiguous):
        adapter.publish(who, draft, memory)
    assert isinstance(x.adapter(Twitter).find(who, draft, began, memory, frozenset()), Absent)
    assert x.book("twitter", who.external_id) == []


def test_the_same_words_with_other_pictures_are_told_apart_by_the_media_key(x, adapter, who):
    x.set(x_duplicate_s=0)
    first, second, began = Notebook(), Notebook(), datetime.now(UTC)
    drafts = [Draft(text="Open today", media=(picture(n),)) for n in (1, 2)]
    made = [adapter.publish(who, draft, memory) for draft, memory in zip(drafts, (first, second), strict=True)]
    for draft, memory, post in zip(drafts, (first, second), made, strict=True):
        assert adapter.find(who, draft, began, memory, frozenset()).published.remote_id == post.remote_id
    third = Notebook({"pictures": '{"ready": [], "keys": ["3_1"]}'})
    assert isinstance(adapter.find(who, replace(drafts[0], media=(picture(3),)), began, third, frozenset()), Absent)


def test_pictures_that_cannot_be_compared_are_left_to_a_person(x, adapter, who):
    began, draft = datetime.now(UTC), Draft(text="Open today", media=(picture(),))
    adapter.publish(who, draft, Notebook())
    assert isinstance(adapter.find(who, draft, began, Notebook(), frozenset()), CannotTell)


def test_a_post_of_another_delivery_and_an_old_one_are_not_taken(x, adapter, who):
    made = adapter.publish(who, Draft(text="Mine"), Notebook())
    assert isinstance(adapter.find(who, Draft(text="Mine"), made.at, Notebook(), {made.remote_id}), Absent)
    later = made.at + timedelta(minutes=5)
    assert isinstance(adapter.find(who, Draft(text="Mine"), later, Notebook(), frozenset()), Absent)


def test_the_marker_is_enough_where_the_words_came_back_changed(x, adapter, who):
    made = adapter.publish(who, Draft(text="New words https://library.example.org/r/Qq7"), Notebook())
    draft = Draft(text="Old words https://library.example.org/r/Qq7", marker="/r/Qq7")
    assert adapter.find(who, draft, made.at, Notebook(), frozenset()).published.remote_id == made.remote_id
    assert isinstance(adapter.find(who, replace(draft, marker="/r/None"), made.at, Notebook(), frozenset()), Absent)


def test_a_fresh_post_may_be_missing_from_the_list_and_a_broken_list_says_nothing(x, adapter, who):
    made = adapter.publish(who, Draft(text="Lag"), Notebook())
    x.fault("twitter", "listing_lag", seconds=30)
    assert isinstance(adapter.find(who, Draft(text="Lag"), made.at, Notebook(), frozenset()), Absent)
    x.fault("twitter", "garbage", where="read")
    with pytest.raises(errors.Unavailable):
        adapter.find(who, Draft(text="Lag"), made.at, Notebook(), frozenset())


def test_a_long_list_is_read_to_its_end_and_one_too_long_says_so(x, adapter, who):
    x.set(x_limits={"tweets.create": 1000})
    began = datetime.now(UTC)
    first = adapter.publish(who, Draft(text="The first"), Notebook())
    for number in range(250):
        adapter.publish(who, Draft(text=f"Number {number}"), Notebook())
    found = adapter.find(who, Draft(text="The first"), began, Notebook(), frozenset())
    assert isinstance(found, Found) and found.published.remote_id == first.remote_id
    for number in range(60):
        adapter.publish(who, Draft(text=f"More {number}"), Notebook())
    assert isinstance(adapter.find(who, Draft(text="The first"), began, Notebook(), frozenset()), CannotTell)


def test_words_come_back_as_they_went():
    tweet = {
        "id": "1", "text": "A &lt;b&gt; &amp;amp; https://t.co/aaa, more https://t.co/bbb",
        "attachments": {"media_keys": ["3_1"]},
        "entities": {"urls": [{"url": "https://t.co/aaa", "expanded_url": "https://Library.example.org/"}]},
    }
    assert words.readable(tweet) == "A <b> &amp; https://Library.example.org/, more"
    assert words.comparable(words.readable(tweet)) == words.comparable("A <b> &amp;  library.example.org, more")
    assert words.comparable("see http://brand.newesttld/x") == words.comparable("see brand.newesttld/x")
    long = {**tweet, "note_tweet": {"text": "All of it https://t.co/ccc", "entities": {"urls": [
        {"url": "https://t.co/ccc", "expanded_url": "https://example.org/x"}]}}}
    assert words.readable(long) == "All of it https://example.org/x"


# --- the client library --------------------------------------------------------------------------------------------


def modules_on_the_stack(frame: FrameType | None) -> set[str]:
    names = set()
    while frame:
        names.add(f"{frame.f_globals.get('__name__')}.{frame.f_code.co_name}")
        frame = frame.f_back
    return names


def test_each_call_goes_through_tweepy(x, who):
    seen: list[set[str]] = []
    adapter = x.adapter(Twitter, fence=lambda kind: seen.append(modules_on_the_stack(sys._getframe())))

    def through(call, *entries: str) -> None:
        seen.clear()
        call()
        assert seen and [entry for entry in entries if not any(entry in names for names in seen)] == []

    made = adapter.publish(who, Draft(text="Through"), Notebook())
    comment = x.comment("twitter", made.remote_id, f"@{who.handle} hi")
    sdk = "tweepy.client."
    through(lambda: adapter.publish(who, Draft(text="1", media=(picture(),)), Notebook()),
            sdk + "create_tweet", sdk + "request")
    through(lambda: adapter.find(who, Draft(text="1"), made.at, Notebook(), frozenset()), sdk + "get_users_tweets")
    through(lambda: adapter.comments(who, made.remote_id, None), sdk + "search_recent_tweets")
    through(lambda: adapter.reply(who, made.remote_id, comment, "yes"), sdk + "create_tweet")
    through(lambda: adapter.metrics(who, [made.remote_id]), sdk + "get_tweets")
    through(lambda: adapter.exists(who, made.remote_id), sdk + "get_tweet")
    through(lambda: adapter.check(who), sdk + "get_me")
    through(lambda: adapter.delete(who, made.remote_id), sdk + "delete_tweet")
    through(lambda: adapter.renew(who.token), "requests_oauthlib.oauth2_session.refresh_token")
    code = x.allow(adapter.authorize_url(REDIRECT, "s", VERIFIER))["code"]
    through(lambda: adapter.exchange(code, REDIRECT, VERIFIER), "tweepy.auth.fetch_token", sdk + "get_me")


def test_no_token_is_logged(x, adapter, who, caplog):
    with caplog.at_level("DEBUG"):
        adapter.publish(who, Draft(text="Quiet", media=(picture(),)), Notebook())
        fresh = adapter.renew(who.token)
        with pytest.raises(errors.Unauthorized) as met:
            adapter.publish(with_token(who, "dead-secret-token"), Draft(text="x"), Notebook())
    for secret in (who.token.access, who.token.refresh, fresh.access, fresh.refresh, "dead-secret-token"):
        assert secret not in caplog.text and secret not in repr(met.value)
