"""The Facebook adapter against its twin, over real HTTP: an invisible post first, then one step that names it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core import errors, remote
from platforms import graph
from platforms.base import Absent, CannotTell, Draft, Feature, Found, Identity
from platforms.facebook import Facebook
from tests.contracts.practice import REDIRECT, Notebook, Practice, picture, with_token

LINK = "https://library.example.org/r/Ab3dE"


@pytest.fixture
def who(twin: Practice) -> Identity:
    return twin.account("facebook")


@pytest.fixture
def adapter(twin: Practice) -> Facebook:
    return twin.adapter(Facebook)


def ago(**time: float) -> datetime:
    return datetime.now(UTC) - timedelta(**time)


def told(twin: Practice, since: int) -> list[tuple[str, str]]:
    """(kind, last part of the path) of each request since a mark."""
    return [(entry["kind"], entry["path"].rpartition("/")[2]) for entry in twin.log(since)]


# --- publishing ----------------------------------------------------------------------------------------------------


def test_words_and_a_link_appear_and_the_permalink_opens(twin, adapter, who) -> None:
    memory, since = Notebook(), twin.mark()
    made = adapter.publish(who, Draft(text=f"Story time <on> Saturday {LINK}", link=LINK), memory)
    [post] = twin.book("facebook", who.external_id)
    assert (post["id"], post["url"], post["visible"]) == (made.remote_id, made.url, True)
    assert abs(made.at.timestamp() - post["at"]) < 2
    assert "Story time &lt;on&gt; Saturday" in twin.page(made.url)
    number = made.remote_id
    assert told(twin, since) == [("staging", "feed"), ("visible", number), ("read", number)]
    assert memory.writes == 1


def test_pictures_keep_their_order_and_their_words(twin, adapter, who) -> None:
    files = tuple(picture(n, alt=f"Number {n}" if n != 2 else "") for n in (3, 1, 2, 1))
    adapter.publish(who, Draft(text="Doors", media=files), Notebook())
    [post] = twin.book("facebook", who.external_id)
    assert post["media"] == [{"sha256": file.sha256, "alt": file.alt_text} for file in files]


def test_nothing_is_seen_before_the_id_is_remembered(twin, adapter, who) -> None:
    class Torn(Notebook):
        def put(self, key, value) -> None:
            if key == "post":
                raise errors.Fenced("the attempt is another's")
            super().put(key, value)

    with pytest.raises(errors.Fenced):
        adapter.publish(who, Draft(text="Doors", media=(picture(1),)), Torn())
    assert [post for post in twin.book("facebook", who.external_id) if post["visible"]] == []


def test_a_second_try_goes_on_with_the_post_it_prepared(twin, adapter, who) -> None:
    memory, draft = Notebook(), Draft(text="Doors", media=(picture(1), picture(2)))
    twin.fault("facebook", "before", where="visible", how="status")
    with pytest.raises(errors.Ambiguous):
        adapter.publish(who, draft, memory)
    assert isinstance(adapter.find(who, draft, ago(minutes=1), memory, frozenset()), Absent)
    since = twin.mark()
    made = adapter.publish(who, draft, memory)
    assert [kind for kind, _ in told(twin, since)] == ["read", "visible", "read"]
    assert [post["id"] for post in twin.book("facebook", who.external_id)] == [made.remote_id]


def test_a_second_try_after_a_lost_answer_only_looks(twin, adapter, who) -> None:
    memory, draft = Notebook(), Draft(text="Doors")
    twin.fault("facebook", "after", where="visible", how="reset")
    with pytest.raises(errors.Ambiguous):
        adapter.publish(who, draft, memory)
    since = twin.mark()
    made = adapter.publish(who, draft, memory)
    assert [kind for kind, _ in told(twin, since)] == ["read"]
    [post] = twin.book("facebook", who.external_id)
    assert (post["id"], post["visible"]) == (made.remote_id, True)


def test_a_second_try_uploads_only_what_is_missing(twin, adapter, who) -> None:
    memory, draft = Notebook(), Draft(text="Doors", media=(picture(1), picture(2)))
    memory.put("photos", {f"0:{draft.media[0].sha256}": "1"})
    with pytest.raises(errors.Rejected):
        adapter.publish(who, draft, memory)     # photo 1 does not exist: the twin says so
    assert len(memory.get("photos")) == 2


def test_words_that_repeat_the_last_post_are_the_authors_matter(twin, adapter, who) -> None:
    twin.fault("facebook", "duplicate", where="visible")
    memory = Notebook()
    with pytest.raises(errors.InvalidContent) as repeated:
        adapter.publish(who, Draft(text="Doors"), memory)
    assert repeated.value.code == "repeated"
    assert [post["visible"] for post in twin.book("facebook", who.external_id)] == [False]


def test_pictures_that_stand_in_another_post_are_sent_anew(twin, adapter, who) -> None:
    memory, draft = Notebook(), Draft(text="Doors", media=(picture(1), picture(2)))
    adapter.publish(who, draft, memory)
    memory.put("post", "")
    with pytest.raises(errors.Unavailable):
        adapter.publish(who, draft, memory)
    assert adapter.publish(who, draft, memory).remote_id
    assert len([post for post in twin.book("facebook", who.external_id) if post["visible"]]) == 2


def test_a_failed_look_does_not_cost_the_proof(twin, adapter, who) -> None:
    twin.fault("facebook", "status", where="read", status=500)
    made = adapter.publish(who, Draft(text="Doors"), Notebook())
    [post] = twin.book("facebook", who.external_id)
    assert (made.remote_id, made.url) == (post["id"], post["url"])


def test_a_prepared_post_that_somebody_removed_is_not_made_again_unasked(twin, adapter, who) -> None:
    memory, draft = Notebook(), Draft(text="Doors")
    made = adapter.publish(who, draft, memory)
    adapter.delete(who, made.remote_id)
    assert isinstance(adapter.find(who, draft, ago(minutes=1), memory, frozenset()), CannotTell)
    with pytest.raises(errors.Rejected) as refused:
        adapter.publish(who, draft, memory)
    assert refused.value.code == "gone"
    assert memory.get("post") == ""             # a person who tries again gets a new post


def test_the_limits_end_where_they_say(twin, adapter, who) -> None:
    most = adapter.limits
    adapter.publish(who, Draft(text="a" * most.text_max), Notebook())
    files = tuple(picture(n, alt="b" * most.alt_text_max) for n in range(most.media_max))
    adapter.publish(who, Draft(text="", media=files), Notebook())
    refused = {
        "text_too_long": Draft(text="a" * (most.text_max + 1)),
        "too_many_pictures": Draft(text="", media=(*files, picture(99))),
        "alt_text_too_long": Draft(text="", media=(picture(1, alt="b" * (most.alt_text_max + 1)),)),
        "picture_too_large": Draft(text="", media=(replace(picture(1), bytes=most.image.max_bytes + 1),)),
        "empty": Draft(text="  "),
    }
    for code, draft in refused.items():
        with pytest.raises(errors.Rejected) as error:
            adapter.publish(who, draft, Notebook())
        assert error.value.code == code
    assert len(twin.book("facebook", who.external_id)) == 2


def test_the_network_too_refuses_a_text_one_longer(twin, adapter, who) -> None:
    asker = graph.Graph(adapter.session, who.token.access)
    with remote.saying(remote.Kind.STAGING), pytest.raises(errors.InvalidContent):
        asker.put(remote.Kind.STAGING, who.external_id, "feed", {"message": "a" * 63_207, "published": "false"})


def test_something_that_is_no_picture_is_refused_unseen(twin, adapter, who) -> None:
    broken = replace(picture(), read=lambda: b"<html>not a picture</html>")
    with pytest.raises(errors.MediaRefused):
        adapter.publish(who, Draft(text="x", media=(broken,)), Notebook())
    assert twin.book("facebook", who.external_id) == []


# --- looking, taking down ------------------------------------------------------------------------------------------


def test_a_post_that_was_never_prepared_is_nowhere(twin, adapter, who) -> None:
    since = twin.mark()
    assert isinstance(adapter.find(who, Draft(text="x"), ago(minutes=1), Notebook(), frozenset()), Absent)
    assert told(twin, since) == []


def test_two_posts_with_the_same_words_are_never_mistaken(twin, adapter, who) -> None:
    one, two, draft = Notebook(), Notebook(), Draft(text="Closed today", media=(picture(1),))
    first = adapter.publish(who, draft, one)
    second = adapter.publish(who, draft, two)
    for memory, made in ((one, first), (two, second)):
        found = adapter.find(who, draft, ago(minutes=1), memory, frozenset())
        assert isinstance(found, Found)
        assert found.published == made


def test_without_the_right_to_look_nobody_can_tell(twin, adapter, who) -> None:
    def refuse(*args: object) -> None:
        raise errors.NotAllowed("no", code="permission")

    class Blind(Facebook):
        def _graph(self, who):
            asker = super()._graph(who)
            asker.read = refuse
            return asker

    memory = Notebook()
    memory.put("post", "1_2")
    assert isinstance(twin.adapter(Blind).find(who, Draft(text="x"), ago(), memory, frozenset()), CannotTell)


def test_a_post_is_taken_down_once_and_twice(twin, adapter, who) -> None:
    made = adapter.publish(who, Draft(text="Oops"), Notebook())
    assert adapter.exists(who, made.remote_id)
    adapter.delete(who, made.remote_id)
    adapter.delete(who, made.remote_id)
    assert not adapter.exists(who, made.remote_id)
    assert [post["deleted"] for post in twin.book("facebook", who.external_id)] == [True]


def test_gone_is_not_believed_where_the_page_cannot_be_read_either(twin, adapter, who) -> None:
    stranger = replace(who, external_id="999999")
    with pytest.raises(errors.Rejected):
        adapter.exists(stranger, "999999_1")


# --- comments ------------------------------------------------------------------------------------------------------


def test_comments_come_with_their_answers_page_by_page_and_once(twin, adapter, who) -> None:
    post = adapter.publish(who, Draft(text="Ask us"), Notebook()).remote_id
    first = twin.comment("facebook", post, "Is it free?")
    ours = adapter.reply(who, post, first, "It is.")
    for number in range(120):
        twin.comment("facebook", post, f"Question {number}")
    page = adapter.comments(who, post, None)
    assert (len(page.items), page.more) == (100, True)
    assert [(c.text, c.parent, c.is_ours, c.author.name) for c in page.items[:2]] == [
        ("Is it free?", None, False, "Ada Reader"), ("It is.", first, True, page.items[1].author.name)]
    assert page.items[1].remote_id == ours.remote_id
    rest = adapter.comments(who, post, page.cursor)
    assert (len(rest.items), rest.more) == (22, False)
    late = twin.comment("facebook", post, "One more")
    assert [c.remote_id for c in adapter.comments(who, post, rest.cursor).items] == [late]
    assert adapter.comments(who, post, "bm9ib2R5").items[0].remote_id == first  # an unknown cursor begins anew


def test_an_answer_whose_answer_was_lost_is_found(twin, adapter, who) -> None:
    post = adapter.publish(who, Draft(text="Ask us"), Notebook()).remote_id
    question = twin.comment("facebook", post, "Is it free?")
    for to in (None, question):
        assert isinstance(adapter.find_reply(who, post, to, "It is.", ago(minutes=1), frozenset()), Absent)
        twin.fault("facebook", "after", where="visible", how="drop")
        with pytest.raises(errors.Ambiguous):
            adapter.reply(who, post, to, "It is.")
        found = adapter.find_reply(who, post, to, "It is.", ago(minutes=1), frozenset())
        assert isinstance(found, Found)
        mine = frozenset({found.published.remote_id})
        assert isinstance(adapter.find_reply(who, post, to, "It is.", ago(minutes=1), mine), Absent)


def test_an_answer_to_an_answer_is_found_at_its_root(twin, adapter, who) -> None:
    post = adapter.publish(who, Draft(text="Ask us"), Notebook()).remote_id
    question = twin.comment("facebook", post, "Is it free?")
    again = twin.comment("facebook", post, "Really?", parent=question)
    made = adapter.reply(who, post, again, "Really.")
    found = adapter.find_reply(who, post, again, "Really.", ago(minutes=1), frozenset())
    assert found == Found(made)


def test_somebody_elses_equal_words_are_not_ours(twin, adapter, who) -> None:
    post = adapter.publish(who, Draft(text="Ask us"), Notebook()).remote_id
    twin.comment("facebook", post, "It is.")
    assert isinstance(adapter.find_reply(who, post, None, "It is.", ago(minutes=1), frozenset()), Absent)


def test_figures_are_told_and_left_out_for_what_is_gone(twin, adapter, who) -> None:
    one = adapter.publish(who, Draft(text="One"), Notebook()).remote_id
    two = adapter.publish(who, Draft(text="Two"), Notebook()).remote_id
    twin.comment("facebook", one, "Nice")
    adapter.delete(who, two)
    seen = adapter.metrics(who, [one, two])
    assert set(seen) == {one}
    assert seen[one].comments == 1
    assert seen[one].impressions is not None


def test_one_unknown_figure_does_not_cost_the_others(twin, adapter, who) -> None:
    post = adapter.publish(who, Draft(text="One"), Notebook()).remote_id
    asker = graph.Graph(adapter.session, who.token.access)
    assert set(graph.insights(asker, post, ["post_media_view", "post_impressions"])) == {"post_media_view"}


# --- signing in ----------------------------------------------------------------------------------------------------


def test_signing_in_offers_the_chosen_pages_with_tokens_that_work(twin, adapter) -> None:
    back = twin.allow(adapter.authorize_url(REDIRECT, "state-1", "v" * 64))
    assert back["state"] == "state-1"
    grants = adapter.exchange(back["code"], REDIRECT, "v" * 64)
    assert [grant.name for grant in grants] == ["Fernhollow Public Library", "Fernhollow Children's Room"]
    first = grants[0]
    assert first.missing == ()
    assert first.token.expires_at is None
    who = Identity(first.external_id, first.token, first.handle, first.facts)
    assert adapter.publish(who, Draft(text="Hello"), Notebook()).remote_id
    facts = adapter.check(who)
    assert set(facts["scopes"]) == set(adapter.scopes)
    assert datetime.fromisoformat(facts["data_access_expires_at"]) > datetime.now(UTC) + timedelta(days=80)
    fresh = adapter.renew(first.token)
    assert fresh.access != first.token.access
    assert adapter.publish(replace(who, token=fresh), Draft(text="Hello again"), Notebook()).remote_id


def test_what_was_not_granted_is_said(twin, adapter) -> None:
    granted = {f"scope:{scope}": "on" for scope in adapter.scopes if scope != "pages_manage_engagement"}
    back = twin.allow(adapter.authorize_url(REDIRECT, "s", ""), chosen="1", **granted, **{"page:1000002": "on"})
    [grant] = adapter.exchange(back["code"], REDIRECT, "")
    assert (grant.external_id, grant.missing) == ("1000002", ("pages_manage_engagement",))
    assert Feature.REPLY not in adapter.capabilities(grant.facts).features
    assert Feature.DELETE in adapter.capabilities(grant.facts).features


def test_a_code_works_once_and_a_wrong_app_is_told_apart(twin, adapter) -> None:
    code = twin.allow(adapter.authorize_url(REDIRECT, "s", ""))["code"]
    adapter.exchange(code, REDIRECT, "")
    with pytest.raises(errors.Unauthorized):
        adapter.exchange(code, REDIRECT, "")
    wrong = twin.adapter(Facebook, app=type(adapter.app)("practice", "guess"))
    with pytest.raises(errors.NotAllowed) as refused:
        wrong.exchange(code, REDIRECT, "")
    assert refused.value.code == "app_refused"


def test_without_the_person_nothing_is_renewed(adapter, who) -> None:
    with pytest.raises(errors.Unauthorized):
        adapter.renew(who.token)


@pytest.mark.parametrize(("how", "code"), [
    ("460", "token_revoked"), ("458", "token_revoked"), ("492", "token_revoked"), ("463", "token_expired"),
    ("459", "person_must_act"),
])
def test_a_dead_token_says_why(twin, adapter, who, how, code) -> None:
    twin.door("POST", "/__expire", {"network": "facebook", "account": who.external_id, "how": how})
    with pytest.raises(errors.Unauthorized) as dead:
        adapter.publish(who, Draft(text="x"), Notebook())
    assert dead.value.code == code
    assert dead.value.request_id
    with pytest.raises(errors.Unauthorized):
        adapter.check(who)


def test_a_token_of_nobody_is_dead(adapter, who) -> None:
    with pytest.raises(errors.Unauthorized):
        adapter.publish(with_token(who, "EAAnothing"), Draft(text="x"), Notebook())


def test_a_hammered_page_is_left_alone(twin, adapter, who) -> None:
    twin.set(facebook_calls_per_day=3)
    with pytest.raises(errors.RateLimited) as limited:
        for number in range(4):
            adapter.publish(who, Draft(text=f"Number {number}"), Notebook())
    assert limited.value.retry_after == timedelta(minutes=13)


# --- correcting ----------------------------------------------------------------------------------------------------


def test_other_words_stand_in_the_same_post_and_the_same_again_is_harmless(twin, adapter, who) -> None:
    made = adapter.publish(who, Draft(text="At nine", media=(picture(),)), Notebook())
    adapter.edit(who, made.remote_id, "At ten")
    adapter.edit(who, made.remote_id, "At ten")
    [post] = twin.book("facebook", who.external_id)
    assert (post["id"], post["text"], len(post["media"])) == (made.remote_id, "At ten", 1)
    assert [earlier["text"] for earlier in post["edits"]] == ["At nine"]
    assert adapter.read_back(who, made.remote_id).text == "At ten"


def test_an_edit_whose_answer_was_lost_can_be_read(twin, adapter, who) -> None:
    made = adapter.publish(who, Draft(text="At nine"), Notebook())
    twin.fault("facebook", "after", how="reset", where="visible")
    with pytest.raises(errors.Ambiguous):
        adapter.edit(who, made.remote_id, "At ten")
    assert adapter.read_back(who, made.remote_id).text == "At ten"


def test_what_is_gone_or_too_long_is_not_edited(twin, adapter, who) -> None:
    made = adapter.publish(who, Draft(text="At nine"), Notebook())
    for words in ("x" * 63_207, ""):
        with pytest.raises(errors.InvalidContent):
            adapter.edit(who, made.remote_id, words)
    adapter.delete(who, made.remote_id)
    with pytest.raises(errors.Rejected) as met:
        adapter.edit(who, made.remote_id, "At ten")
    assert met.value.code == "gone"


def test_without_the_right_to_post_nothing_is_edited() -> None:
    can = Facebook.capabilities({"scopes": ["pages_read_engagement"]}).features
    assert Feature.EDIT not in can and Feature.EDIT in Facebook.capabilities({}).features
