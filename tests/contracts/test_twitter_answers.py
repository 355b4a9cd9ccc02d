"""What X's answers mean, how an account is connected, and what is heard from readers: against the twin, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from core import errors, remote
from platforms import twitter_words as words
from platforms.base import Absent, AppCredentials, Draft, Found, Identity, Token
from platforms.twitter import Twitter
from tests.contracts.practice import APP, REDIRECT, Notebook, Practice, kept, picture, running

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


# --- what the answers mean -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "error"), [(500, errors.Ambiguous), (502, errors.Ambiguous),
                                               (503, errors.Ambiguous), (504, errors.Ambiguous)])
def test_a_server_error_leaves_a_post_in_doubt_and_nothing_else(x, adapter, who, status, error):
    x.fault("twitter", "status", status=status, where="visible")
    with pytest.raises(error) as met:
        adapter.publish(who, Draft(text="x"), Notebook())
    assert met.value.http_status == status
    for where in ("staging", "read"):
        x.fault("twitter", "status", status=status, where=where)
    with pytest.raises(errors.Unavailable):
        adapter.publish(who, Draft(text="x", media=(picture(),)), Notebook())
    with pytest.raises(errors.Unavailable):
        adapter.find(who, Draft(text="x"), datetime.now(UTC), Notebook(), frozenset())


@pytest.mark.parametrize("shape", ["problem", "legacy"])
def test_too_many_requests_names_the_time_in_both_shapes(x, adapter, who, shape):
    x.fault("twitter", "429", where="visible", seconds=90, shape=shape)
    with pytest.raises(errors.RateLimited) as met:
        adapter.publish(who, Draft(text="x"), Notebook())
    assert 80 < met.value.retry_after.total_seconds() < 95
    assert met.value.scope == "account"


def test_the_days_budget_of_the_app_is_told_apart_and_waits_for_the_day(x, adapter, who):
    x.set(x_app_posts_per_day=1)
    adapter.publish(who, Draft(text="one"), Notebook())
    with pytest.raises(errors.RateLimited) as met:
        adapter.publish(who, Draft(text="two"), Notebook())
    assert met.value.scope == "app" and met.value.retry_after > timedelta(hours=20)


def test_fifteen_minutes_are_waited_for_where_the_window_is_spent(x, adapter, who):
    x.set(x_limits={"tweets.create": 1})
    adapter.publish(who, Draft(text="one"), Notebook())
    with pytest.raises(errors.RateLimited) as met:
        adapter.publish(who, Draft(text="two"), Notebook())
    assert timedelta(minutes=10) < met.value.retry_after < timedelta(minutes=16)


@pytest.mark.parametrize("how", ["expire", "revoke"])
def test_a_dead_token_is_the_accounts_matter(x, adapter, who, how):
    x.door("POST", "/__expire", {"network": "twitter", "account": who.external_id, "how": how})
    with pytest.raises(errors.Unauthorized):
        adapter.publish(who, Draft(text="x"), Notebook())
    with pytest.raises(errors.Unauthorized):
        adapter.check(who)


def test_spent_credits_are_the_operators_matter(x, adapter, who):
    x.set(x_credits_usd=0.01)
    with pytest.raises(errors.NotAllowed) as met:
        adapter.publish(who, Draft(text="see https://library.example.org/"), Notebook())
    assert met.value.code == "credits"


def test_the_same_words_again_are_a_hint_to_look(x, adapter, who):
    adapter.publish(who, Draft(text="Twice"), Notebook())
    with pytest.raises(errors.Duplicate):
        adapter.publish(who, Draft(text="Twice"), Notebook())
    assert len(x.book("twitter", who.external_id)) == 1


def test_two_cashtags_and_a_missing_scope_are_refused(x, adapter, who):
    with pytest.raises(errors.InvalidContent):
        adapter.publish(who, Draft(text="$AB and $CD"), Notebook())
    with pytest.raises(errors.InvalidContent):
        adapter.publish(who, Draft(text="no\ufffethanks"), Notebook())


PROBLEM = "https://api.twitter.com/2/problems/"


@pytest.mark.parametrize(
    ("status", "body", "error", "code"),
    [
        (400, {"detail": "Your Tweet text is too long. For more …"}, errors.InvalidContent, "text_too_long"),
        (400, {"detail": "Your media IDs are invalid."}, errors.MediaRefused, "media_unknown"),
        (400, {"errors": [{"message": "Tweet text or media is required."}]}, errors.InvalidContent, "empty"),
        (400, {"type": PROBLEM + "invalid-request"}, errors.InvalidContent, "invalid_content"),
        (401, {"title": "Unauthorized", "status": 401}, errors.Unauthorized, "token_expired"),
        (401, {"errors": [{"code": 89, "message": "Invalid or expired token."}]}, errors.Unauthorized, "token_expired"),
        (402, {"title": "CreditsDepleted"}, errors.NotAllowed, "credits"),
        (403, {"errors": [{"code": 187, "message": "Status is a duplicate."}]}, errors.Duplicate, "duplicate"),
        (403, {"detail": "You are not permitted to perform this action."}, errors.NotAllowed, "permission"),
        (403, {"type": PROBLEM + "unsupported-authentication"}, errors.NotAllowed, "permission"),
        (403, {"type": PROBLEM + "client-forbidden"}, errors.NotAllowed, "permission"),
        (403, {"detail": "Reply to this conversation is not allowed …"}, errors.NotAllowed, "reply_not_allowed"),
        (403, {"errors": [{"code": 64, "message": "…"}]}, errors.Unauthorized, "person_must_act"),
        (403, {"errors": [{"code": 326, "message": "…"}]}, errors.Unauthorized, "person_must_act"),
        (403, {"errors": [{"code": 226, "message": "…"}]}, errors.RateLimited, "rate_limited"),
        (403, {"errors": [{"code": 185, "message": "…"}]}, errors.RateLimited, "rate_limited"),
        (403, {"type": PROBLEM + "usage-capped", "title": "UsageCapExceeded"}, errors.RateLimited, "rate_limited"),
        (403, {"detail": "Your Tweet text is too long."}, errors.InvalidContent, "text_too_long"),
        (404, {"type": PROBLEM + "resource-not-found"}, errors.Rejected, "gone"),
        (413, b"<html>Request Entity Too Large</html>", errors.MediaRefused, "media_too_large"),
        (429, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, errors.RateLimited, "rate_limited"),
        (503, {"title": "Service Unavailable", "status": 503}, errors.Ambiguous, "server_error"),
    ],
)
def test_each_refusal_of_the_contract_has_one_meaning(status, body, error, code):
    answer = kept(status, body)
    found = words.refine(answer, remote.classify(answer, answer.kind), NOW)
    assert type(found) is error and found.code == code and found.http_status == status
    assert found.detail and "twitter.com" not in found.detail


def test_the_latest_of_the_spent_windows_counts():
    soon, late = int(NOW.timestamp()) + 60, int(NOW.timestamp()) + 7200
    headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(soon), "x-user-limit-24hour-remaining": "5",
               "x-user-limit-24hour-reset": str(late), "X-App-Limit-24hour-Remaining": "0",
               "X-App-Limit-24hour-Reset": str(late)}
    answer = kept(429, {}, headers)
    found = words.refine(answer, remote.classify(answer, answer.kind), NOW)
    assert (found.retry_after, found.scope) == (timedelta(hours=2), "app")
    bare = kept(429, {})
    assert words.refine(bare, remote.classify(bare, bare.kind), NOW).retry_after == timedelta(minutes=15)


def test_an_answer_without_an_id_leaves_a_doubt(x, adapter, who):
    x.fault("twitter", "garbage", where="visible")
    with pytest.raises(errors.Ambiguous):
        adapter.publish(who, Draft(text="Unreadable"), Notebook())
    assert isinstance(adapter.find(who, Draft(text="Unreadable"), datetime.now(UTC), Notebook(), frozenset()), Found)


# --- connecting ----------------------------------------------------------------------------------------------------


def test_signing_in_yields_the_account_and_a_pair_that_renews_once(x, adapter):
    back = x.allow(adapter.authorize_url(REDIRECT, "state-1", VERIFIER))
    assert back["state"] == "state-1"
    [grant] = adapter.exchange(back["code"], REDIRECT, VERIFIER)
    assert (grant.handle, grant.missing, grant.facts["premium"]) == ("fernhollowlib", (), False)
    assert grant.url == f"{x.url}/x.com/fernhollowlib"
    assert set(grant.token.scopes) == set(Twitter.scopes)
    assert timedelta(minutes=110) < grant.token.expires_at - datetime.now(UTC) <= timedelta(hours=2)

    fresh = adapter.renew(grant.token)
    assert fresh.access != grant.token.access and fresh.refresh not in ("", grant.token.refresh)
    assert adapter.check(Identity(grant.external_id, fresh))["username"] == "fernhollowlib"
    with pytest.raises(errors.Unauthorized):
        adapter.renew(grant.token)


def test_a_code_works_once_and_only_with_its_verifier(x, adapter):
    back = x.allow(adapter.authorize_url(REDIRECT, "s", VERIFIER))
    with pytest.raises(errors.Unauthorized):
        adapter.exchange(back["code"], REDIRECT, "w" * 64)
    back = x.allow(adapter.authorize_url(REDIRECT, "s", VERIFIER))
    adapter.exchange(back["code"], REDIRECT, VERIFIER)
    with pytest.raises(errors.Unauthorized):
        adapter.exchange(back["code"], REDIRECT, VERIFIER)


def test_a_refused_sign_in_comes_back_with_its_reason(x, adapter):
    assert x.allow(adapter.authorize_url(REDIRECT, "s", VERIFIER), decision="deny")["error"] == "access_denied"


def test_a_scope_that_was_not_granted_is_named(x, adapter):
    url = adapter.authorize_url(REDIRECT, "s", VERIFIER).replace("+media.write", "").replace("%20media.write", "")
    [grant] = adapter.exchange(x.allow(url)["code"], REDIRECT, VERIFIER)
    assert grant.missing == ("media.write",)
    who = Identity(grant.external_id, grant.token, grant.handle, grant.facts)
    with pytest.raises(errors.NotAllowed):
        adapter.publish(who, Draft(text="x", media=(picture(),)), Notebook())


def test_a_public_client_signs_in_and_renews_without_a_secret(x):
    adapter = x.adapter(Twitter, app=AppCredentials("practice-public", ""))
    [grant] = adapter.exchange(x.allow(adapter.authorize_url(REDIRECT, "s", VERIFIER))["code"], REDIRECT, VERIFIER)
    assert adapter.renew(grant.token).access != grant.token.access


def test_a_wrong_app_is_not_the_accounts_fault(x, who):
    adapter = x.adapter(Twitter, app=AppCredentials(APP.client_id, "wrong"))
    with pytest.raises(errors.NotAllowed) as met:
        adapter.renew(who.token)
    assert met.value.code == "app_refused"


def test_a_lost_renewal_is_tried_with_the_old_pair_and_then_asks_for_the_person(x, adapter, who):
    x.fault("twitter", "after", how="reset", where="staging")
    with pytest.raises(errors.Unavailable):
        adapter.renew(who.token)
    with pytest.raises(errors.Unauthorized):
        adapter.renew(who.token)
    with pytest.raises(errors.Unauthorized):
        adapter.renew(Token(access="x"))


# --- answering and listening ---------------------------------------------------------------------------------------


def test_comments_come_with_their_answers_page_by_page(x, adapter, who):
    made = adapter.publish(who, Draft(text="Ask us"), Notebook())
    ids = [
        x.comment("twitter", made.remote_id, f"@{who.handle} question {n} &c", author=f"Reader {n % 3}")
        for n in range(120)
    ]
    first = adapter.comments(who, made.remote_id, None)
    assert first.more and len(first.items) == 100
    second = adapter.comments(who, made.remote_id, first.cursor)
    assert not second.more
    assert {item.remote_id for item in (*first.items, *second.items)} == set(ids)
    assert {item.author.name for item in first.items} == {"Reader 0", "Reader 1", "Reader 2"}
    assert first.items[0].text == f"@{who.handle} question 119 &c" and first.items[0].parent is None

    answer = adapter.reply(who, made.remote_id, ids[0], "Yes, until six.")
    again = adapter.comments(who, made.remote_id, second.cursor)
    ours = next(item for item in again.items if item.remote_id == answer.remote_id)
    assert (ours.is_ours, ours.parent, ours.thread) == (True, ids[0], made.remote_id)
    assert answer.url.endswith(f"/{who.handle}/status/{answer.remote_id}")


def test_a_round_without_comments_keeps_its_place(x, adapter, who):
    made = adapter.publish(who, Draft(text="Quiet"), Notebook())
    assert adapter.comments(who, made.remote_id, None).items == ()
    x.comment("twitter", made.remote_id, "hello")
    page = adapter.comments(who, made.remote_id, None)
    assert len(page.items) == 1 and page.cursor
    assert [item.text for item in adapter.comments(who, made.remote_id, page.cursor).items] == ["hello"]


def test_an_answer_whose_confirmation_was_lost_is_found(x, adapter, who):
    made, began = adapter.publish(who, Draft(text="Ask"), Notebook()), datetime.now(UTC)
    comment = x.comment("twitter", made.remote_id, f"@{who.handle} when?")
    assert isinstance(adapter.find_reply(who, made.remote_id, comment, "At ten.", began, frozenset()), Absent)
    x.fault("twitter", "after", how="drop")
    with pytest.raises(errors.Ambiguous):
        adapter.reply(who, made.remote_id, comment, "At ten.")
    found = adapter.find_reply(who, made.remote_id, comment, "At ten.", began, frozenset())
    assert isinstance(found, Found)
    bound = {found.published.remote_id}
    assert isinstance(adapter.find_reply(who, made.remote_id, comment, "At ten.", began, bound), Absent)
    assert isinstance(adapter.find_reply(who, made.remote_id, None, "At ten.", began, frozenset()), Absent)


def test_an_app_answers_only_who_asked(x, adapter, who):
    other = x.account("twitter")
    made = adapter.publish(other, Draft(text="Somebody else's"), Notebook())
    with pytest.raises(errors.NotAllowed) as met:
        adapter.reply(who, made.remote_id, None, "Hello")
    assert met.value.code == "reply_not_allowed"


def test_a_post_is_taken_down_once_and_twice(x, adapter, who):
    made = adapter.publish(who, Draft(text="Down"), Notebook())
    assert adapter.exists(who, made.remote_id)
    adapter.delete(who, made.remote_id)
    adapter.delete(who, made.remote_id)
    assert not adapter.exists(who, made.remote_id)
    assert x.book("twitter", who.external_id)[0]["deleted"]
    with pytest.raises(errors.Rejected) as met:
        adapter.reply(who, made.remote_id, None, "Hello")
    assert met.value.code == "gone"


def test_a_takedown_whose_answer_was_lost_can_be_checked(x, adapter, who):
    made = adapter.publish(who, Draft(text="Down"), Notebook())
    x.fault("twitter", "after", how="reset")
    with pytest.raises(errors.Ambiguous):
        adapter.delete(who, made.remote_id)
    assert not adapter.exists(who, made.remote_id)


def test_figures_are_told_for_many_posts_and_left_out_for_those_that_are_gone(x, adapter, who):
    x.set(x_limits={"tweets.create": 1000})
    made = [adapter.publish(who, Draft(text=f"Number {n}"), Notebook()).remote_id for n in range(103)]
    x.comment("twitter", made[0], "first")
    adapter.delete(who, made[1])
    figures = adapter.metrics(who, made)
    assert len(figures) == 102 and made[1] not in figures
    assert figures[made[0]].comments == 1 and figures[made[0]].impressions is not None
    assert words.figures({"repost_count": 2, "quote_count": 1}).shares == 3
