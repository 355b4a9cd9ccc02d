"""The Instagram adapter against its twin by both sign-ins: signing in, taking down, comments and figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core import errors
from platforms.base import Absent, CannotTell, Draft, Feature, Found, Identity, Published
from platforms.instagram import Instagram
from platforms.instagram_login import InstagramLogin
from tests.contracts.practice import REDIRECT, Notebook, Practice

BOTH = {"facebook": Instagram, "instagram": InstagramLogin}


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


# --- looking, taking down ------------------------------------------------------------------------------------------


def test_a_post_is_taken_down_once_and_twice_by_facebook_login(twin, classic, owner, shown) -> None:
    made = classic.publish(owner, Draft(text="Oops", media=(shown(1),)), Notebook())
    assert classic.exists(owner, made.remote_id)
    classic.delete(owner, made.remote_id)
    classic.delete(owner, made.remote_id)
    assert not classic.exists(owner, made.remote_id)


def test_by_its_own_login_instagram_takes_nothing_down(twin) -> None:
    who = twin.account("instagram", path="instagram_login")
    with pytest.raises(errors.Unsupported):
        twin.adapter(InstagramLogin).delete(who, "18000")
    assert Feature.DELETE not in InstagramLogin.features
    assert Feature.DELETE in Instagram.capabilities({"scopes": ["instagram_manage_contents"]}).features
    assert Feature.DELETE not in Instagram.capabilities({"scopes": ["instagram_basic"]}).features
    assert Feature.COMMENTS not in Instagram.capabilities({"scopes": []}).features


# --- comments ------------------------------------------------------------------------------------------------------


def test_comments_come_with_their_answers_page_by_page(twin, adapter, who, shown) -> None:
    post = adapter.publish(who, Draft(text="Ask", media=(shown(1),)), Notebook()).remote_id
    question = twin.comment("instagram", post, "Is it free?")
    ours = adapter.reply(who, post, question, "It is.")
    for number in range(55):
        twin.comment("instagram", post, f"Question {number}")
    page = adapter.comments(who, post, None)
    assert (len(page.items), page.more) == (50, True)
    rest = adapter.comments(who, post, page.cursor)
    assert (rest.more, rest.cursor) == (False, None)
    last = {comment.remote_id: comment for comment in rest.items}
    assert last[question].author.handle == "ada.reader"
    assert (last[ours.remote_id].parent, last[ours.remote_id].is_ours, last[question].is_ours) == (question, True, False)
    assert len(page.items) + len(rest.items) == 57


def test_an_answer_whose_answer_was_lost_is_found(twin, adapter, who, shown) -> None:
    post = adapter.publish(who, Draft(text="Ask", media=(shown(1),)), Notebook()).remote_id
    question = twin.comment("instagram", post, "Is it free?")
    again = twin.comment("instagram", post, "Really?", parent=question)
    for to, text in ((None, "It is."), (question, "Yes."), (again, "Really.")):
        assert isinstance(adapter.find_reply(who, post, to, text, ago(minutes=1), frozenset()), Absent)
        twin.fault("instagram", "after", where="visible", how="drop")
        with pytest.raises(errors.Ambiguous):
            adapter.reply(who, post, to, text)
        found = adapter.find_reply(who, post, to, text, ago(minutes=1), frozenset())
        assert isinstance(found, Found)
        mine = frozenset({found.published.remote_id})
        assert isinstance(adapter.find_reply(who, post, to, text, ago(minutes=1), mine), Absent)


def test_an_answer_to_a_removed_comment_cannot_be_told(twin, classic, owner, shown) -> None:
    post = classic.publish(owner, Draft(text="Ask", media=(shown(1),)), Notebook()).remote_id
    assert isinstance(classic.find_reply(owner, post, "1820", "x", ago(minutes=1), frozenset()), CannotTell)


def test_figures_are_told_and_left_out_for_what_is_gone(twin, classic, owner, shown) -> None:
    one = classic.publish(owner, Draft(text="1", media=(shown(1),)), Notebook()).remote_id
    twin.comment("instagram", one, "Nice")
    seen = classic.metrics(owner, [one, "18000"])
    assert set(seen) == {one}
    assert (seen[one].comments, seen[one].clicks) == (1, None)


# --- signing in ----------------------------------------------------------------------------------------------------


def test_signing_in_with_facebook_offers_the_accounts_behind_the_pages(twin, classic, shown) -> None:
    back = twin.allow(classic.authorize_url(REDIRECT, "s", ""))
    grants = classic.exchange(back["code"], REDIRECT, "")
    assert [grant.handle for grant in grants] == ["fernhollow.library", "fernhollow.kids"]
    first = grants[0]
    assert (first.missing, first.facts["instagram_page_id"], first.token.expires_at) == ((), "1000001", None)
    who = Identity(first.external_id, first.token, first.handle, first.facts)
    assert isinstance(classic.publish(who, Draft(text="Hello", media=(shown(1),)), Notebook()), Published)
    assert classic.renew(first.token).access != first.token.access


@pytest.mark.parametrize("flat", [True, False])
def test_signing_in_with_instagram_climbs_its_own_ladder(twin, shown, flat) -> None:
    adapter = twin.adapter(InstagramLogin)
    twin.set(instagram_flat_token=flat)
    back = twin.allow(adapter.authorize_url(REDIRECT, "s", ""))
    [grant] = adapter.exchange(back["code"] + "#_", REDIRECT, "")
    assert (grant.handle, grant.missing) == ("fernhollow.library", ())
    assert grant.token.expires_at > datetime.now(UTC) + timedelta(days=59)
    who = Identity(grant.external_id, grant.token, grant.handle, grant.facts)
    assert isinstance(adapter.publish(who, Draft(text="Hello", media=(shown(1),)), Notebook()), Published)
    assert adapter.check(who)["username"] == "fernhollow.library"
    with pytest.raises(errors.Unauthorized):
        adapter.exchange(back["code"], REDIRECT, "")


def test_a_token_of_instagram_is_lengthened_once_it_is_a_day_old(twin) -> None:
    adapter = twin.adapter(InstagramLogin)
    who = twin.account("instagram", path="instagram_login")
    young = replace(who.token, expires_at=datetime.now(UTC) + timedelta(days=59, hours=12))
    assert adapter.renew(young) is young
    twin.set(clock_offset_s=2 * 86_400)
    old = replace(who.token, expires_at=datetime.now(UTC) + timedelta(days=10))
    fresh = adapter.renew(old)
    assert fresh.access != old.access
    assert fresh.expires_at > old.expires_at


def test_a_wrong_app_is_told_apart(twin) -> None:
    wrong = twin.adapter(InstagramLogin, app=type(twin.adapter(InstagramLogin).app)("practice", "guess"))
    with pytest.raises(errors.NotAllowed):
        wrong.exchange("x", REDIRECT, "")


def test_a_dead_token_says_why(twin, adapter, who, shown) -> None:
    twin.door("POST", "/__expire", {"network": "instagram", "account": who.external_id, "how": "revoke"})
    with pytest.raises(errors.Unauthorized) as dead:
        adapter.publish(who, Draft(text="x", media=(shown(1),)), Notebook())
    assert dead.value.code == "token_revoked"
