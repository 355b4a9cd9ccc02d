"""What LinkedIn's answers mean, how accounts are connected, and what is heard from readers: against the twin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core import errors, remote
from platforms import linkedin_words as words
from platforms.base import Absent, AppCredentials, CannotTell, Draft, Feature, Found, Identity, Token
from platforms.linkedin import LinkedIn
from platforms.linkedin_account import MEMBER_SCOPES
from tests.contracts.practice import APP, REDIRECT, Notebook, Practice, kept, running

NOW = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
SELF_SERVE = AppCredentials("practice-self-serve", "practice-secret")


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


# --- what the answers mean -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [409, 500, 503, 504])
def test_a_server_error_or_conflict_leaves_a_post_in_doubt_and_nothing_else(li, adapter, who, status):
    li.fault("linkedin", "status", status=status, where="visible")
    with pytest.raises(errors.Ambiguous) as met:
        adapter.publish(who, Draft(text="x"), Notebook())
    assert met.value.http_status == status
    li.fault("linkedin", "status", status=status, where="read")
    with pytest.raises(errors.Unavailable):
        adapter.find(who, Draft(text="x"), datetime.now(UTC), Notebook(), frozenset())


def test_an_answer_without_an_id_leaves_a_doubt(li, adapter, who):
    li.fault("linkedin", "garbage", where="visible")
    with pytest.raises(errors.Ambiguous) as met:
        adapter.publish(who, Draft(text="x"), Notebook())
    assert met.value.code == "no_id"


def test_too_many_requests_in_a_day_and_in_a_moment(li, adapter, member):
    li.set(linkedin_member_calls_per_day=1)
    adapter.publish(member, Draft(text="one"), Notebook())
    with pytest.raises(errors.RateLimited):
        adapter.publish(member, Draft(text="two"), Notebook())

    def wait(message: str, headers: dict[str, str] | None = None) -> errors.RateLimited:
        answer = kept(429, {"status": 429, "code": "TOO_MANY_REQUESTS", "message": message}, headers)
        return words.refine(answer, remote.classify(answer, answer.kind), NOW)

    daily = wait("Resource level throttle APPLICATION DAY limit for calls to this resource is reached.")
    assert (daily.retry_after, daily.scope) == (timedelta(hours=1, minutes=30), "app")
    mine = wait("Resource level throttle APPLICATION_AND_MEMBER DAY limit for calls to this resource is reached.")
    assert (mine.retry_after, mine.scope) == (timedelta(hours=1, minutes=30), "account")
    assert wait("Resource level throttle limit for calls to this resource is reached.").retry_after is None
    assert wait("…", {"Retry-After": "7"}).retry_after == timedelta(seconds=7)


@pytest.mark.parametrize(("how", "code"), [("expire", "token_expired"), ("revoke", "token_revoked")])
def test_a_dead_token_is_the_accounts_matter(li, adapter, who, how, code):
    li.door("POST", "/__expire", {"network": "linkedin", "account": who.external_id, "how": how})
    with pytest.raises(errors.Unauthorized) as met:
        adapter.publish(who, Draft(text="x"), Notebook())
    assert met.value.code == code


def test_an_organisation_that_is_not_ours_and_an_old_version_are_refused(li, adapter, who, monkeypatch):
    other = li.account("linkedin")
    stranger = Identity(other.external_id, who.token, facts=who.facts)
    with pytest.raises(errors.NotAllowed) as met:
        adapter.publish(stranger, Draft(text="x"), Notebook())
    assert met.value.code == "permission"
    monkeypatch.setattr("platforms.linkedin_sdk.VERSION", "202401")
    with pytest.raises(errors.NotAllowed) as met:
        adapter.publish(who, Draft(text="x"), Notebook())
    assert met.value.code == "api_version"


def body(code: str = "", message: str = "", **more: object) -> dict[str, object]:
    return {"code": code, "message": message, **more}


@pytest.mark.parametrize(
    ("status", "said", "error", "code"),
    [
        (400, body("VERSION_MISSING"), errors.NotAllowed, "api_version"),
        (400, body("ILLEGAL_ARGUMENT"), errors.InvalidContent, "invalid_content"),
        (400, body("MISSING_FIELD"), errors.InvalidContent, "invalid_content"),
        (400, body("INVALID_VALUE_FOR_FIELD"), errors.InvalidContent, "invalid_content"),
        (400, body("INVALID_VALUE_FOR_FIELD", "ERROR :: /content/media/id"), errors.MediaRefused, "media_refused"),
        (400, body("FIELD_LENGTH_TOO_LONG"), errors.InvalidContent, "text_too_long"),
        (400, body("INVALID_IMAGE_ID"), errors.MediaRefused, "media_unknown"),
        (400, body("MEDIA_ASSET_WAITING_UPLOAD"), errors.Unavailable, "media_not_ready"),
        (400, body("MEDIA_ASSET_PROCESSING"), errors.Unavailable, "media_not_ready"),
        (400, body("MEDIA_ASSET_PROCESSING_FAILED"), errors.MediaRefused, "media_failed"),
        (400, body("EXPIRED_UPLOAD_URL"), errors.Unavailable, "media_not_ready"),
        (401, body("EXPIRED_ACCESS_TOKEN"), errors.Unauthorized, "token_expired"),
        (401, body("REVOKED_ACCESS_TOKEN", serviceErrorCode=65601), errors.Unauthorized, "token_revoked"),
        (401, body("INVALID_ACCESS_TOKEN", serviceErrorCode=65600), errors.Unauthorized, "token_expired"),
        (403, body("ACCESS_DENIED", "Not enough permissions to access: …"), errors.NotAllowed, "permission"),
        (404, body("RESOURCE_NOT_FOUND"), errors.Rejected, "gone"),
        (409, body("CONFLICT"), errors.Ambiguous, "conflict"),
        (413, b"", errors.MediaRefused, "media_too_large"),
        (415, b"", errors.MediaRefused, "media_refused"),
        (422, body("", "Content is a duplicate of urn:li:ugcPost:7100"), errors.Duplicate, "duplicate"),
        (422, body("DUPLICATE_POST"), errors.Duplicate, "duplicate"),
        (422, body("UNPROCESSABLE_ENTITY", "ERROR :: /commentary :: …"), errors.InvalidContent, "invalid_content"),
        (426, body("NONEXISTENT_VERSION"), errors.NotAllowed, "api_version"),
        (429, body("TOO_MANY_REQUESTS"), errors.RateLimited, "rate_limited"),
        (500, body("INTERNAL_SERVER_ERROR"), errors.Ambiguous, "server_error"),
        (504, body("GATEWAY_TIMEOUT"), errors.Ambiguous, "server_error"),
    ],
)
def test_each_refusal_of_the_contract_has_one_meaning(status, said, error, code):
    answer = kept(status, said, {"X-LI-Request-Id": "r1"})
    found = words.refine(answer, remote.classify(answer, answer.kind), NOW)
    assert type(found) is error and found.code == code and found.http_status == status
    assert found.detail and "urn:" not in found.detail
    if isinstance(found, errors.Duplicate):
        assert found.remote_id in ("urn:li:ugcPost:7100", "")
    if status < 500:
        assert found.request_id == "r1"


# --- connecting ----------------------------------------------------------------------------------------------------


def test_signing_in_offers_the_member_and_the_organisation(li, adapter):
    back = li.allow(adapter.authorize_url(REDIRECT, "state 1", ""))
    assert back["state"] == "state 1"
    library, person = adapter.exchange(back["code"], REDIRECT, "")
    assert (person.facts["kind"], person.missing) == ("member", ())
    assert library.external_id == "urn:li:organization:5005001"
    assert (library.name, library.handle) == ("Fernhollow Public Library", "fernhollow-public-library")
    assert library.missing == () and library.facts["app"] == "approved"
    assert library.url == f"{li.url}/www.linkedin.com/company/fernhollow-public-library"
    assert timedelta(days=59) < library.token.expires_at - datetime.now(UTC) <= timedelta(days=60)
    assert library.token.refresh_expires_at - datetime.now(UTC) > timedelta(days=364)
    who = Identity(library.external_id, library.token, library.handle, library.facts)
    assert adapter.check(who)["name"] == "Fernhollow Public Library"
    adapter.publish(who, Draft(text="Connected"), Notebook())


def test_a_self_serve_app_connects_the_member_alone(li):
    adapter = li.adapter(LinkedIn, app=SELF_SERVE)
    assert li.allow(adapter.authorize_url(REDIRECT, "s", ""))["error"] == "unauthorized_scope_error"
    adapter = li.adapter(LinkedIn, app=replace(SELF_SERVE, scopes=MEMBER_SCOPES))
    [person] = adapter.exchange(li.allow(adapter.authorize_url(REDIRECT, "s", ""))["code"], REDIRECT, "")
    able = LinkedIn.capabilities(person.facts)
    assert not able.features & (Feature.FIND | Feature.COMMENTS | Feature.REPLY | Feature.METRICS | Feature.RENEW)
    assert able.features & Feature.IMAGE and able.limits.publishes_per_day == 150
    with pytest.raises(errors.Unauthorized):
        adapter.renew(person.token)
    who = Identity(person.external_id, person.token, facts=person.facts)
    assert adapter.check(who)["kind"] == "member"


def test_a_code_works_once_and_a_wrong_app_is_told_apart(li, adapter):
    code = li.allow(adapter.authorize_url(REDIRECT, "s", ""))["code"]
    with pytest.raises(errors.NotAllowed) as met:
        li.adapter(LinkedIn, app=AppCredentials(APP.client_id, "wrong")).exchange(code, REDIRECT, "")
    assert met.value.code == "app_refused"
    adapter.exchange(code, REDIRECT, "")
    with pytest.raises(errors.Unauthorized):
        adapter.exchange(code, REDIRECT, "")
    assert li.allow(adapter.authorize_url(REDIRECT, "s", ""), decision="deny")["error"].startswith("user_cancelled")


def test_a_renewal_keeps_the_refresh_token_and_its_end(li, adapter, who):
    fresh = adapter.renew(who.token)
    assert fresh.access != who.token.access and fresh.refresh == who.token.refresh
    first_end = fresh.refresh_expires_at
    again = adapter.renew(fresh)
    assert abs(again.refresh_expires_at - first_end) < timedelta(seconds=5)
    adapter.publish(Identity(who.external_id, again, facts=who.facts), Draft(text="Renewed"), Notebook())
    li.fault("linkedin", "after", how="reset", where="staging")
    with pytest.raises(errors.Unavailable):
        adapter.renew(again)
    li.door("POST", "/__expire", {"network": "linkedin", "account": who.external_id, "how": "revoke"})
    with pytest.raises(errors.Unauthorized):
        adapter.renew(again)
    with pytest.raises(errors.Unauthorized):
        adapter.renew(Token(access="x"))


def test_capabilities_follow_what_was_granted():
    granted = {"kind": "organization", "app": "approved", "scopes": ["w_organization_social"]}
    able = LinkedIn.capabilities(granted).features
    assert Feature.TEXT in able and not able & (Feature.FIND | Feature.COMMENTS | Feature.METRICS | Feature.REPLY)
    assert LinkedIn.capabilities({"kind": "organization"}).features == LinkedIn.features


# --- answering and listening ---------------------------------------------------------------------------------------


def test_comments_come_with_the_answers_beneath_them_page_by_page(li, adapter, who):
    made = adapter.publish(who, Draft(text="Ask us"), Notebook())
    ids = [li.comment("linkedin", made.remote_id, f"Question {n} (really_)") for n in range(70)]
    nested = li.comment("linkedin", made.remote_id, "And when?", parent=ids[60])
    first = adapter.comments(who, made.remote_id, None)
    assert first.more and len(first.items) == 50
    second = adapter.comments(who, made.remote_id, first.cursor)
    assert not second.more and len(second.items) == 21
    below = next(item for item in second.items if item.remote_id.endswith(f",{nested})"))
    assert below.parent == f"urn:li:comment:({made.remote_id},{ids[60]})"
    assert first.items[0].text == "Question 0 (really_)" and first.items[0].author.name == "LinkedIn member"

    answer = adapter.reply(who, made.remote_id, first.items[0].remote_id, "Yes (until_six) #open")
    again = adapter.comments(who, made.remote_id, second.cursor)
    ours = next(item for item in again.items if item.remote_id == answer.remote_id)
    assert (ours.is_ours, ours.parent, ours.text) == (True, first.items[0].remote_id, "Yes (until_six) #open")
    assert ours.author.name == who.facts["name"]
    assert answer.url.startswith(made.url)


def test_an_answer_whose_confirmation_was_lost_is_found(li, adapter, who):
    made, began = adapter.publish(who, Draft(text="Ask"), Notebook()), datetime.now(UTC)
    li.comment("linkedin", made.remote_id, "When?")
    to = adapter.comments(who, made.remote_id, None).items[0].remote_id
    assert isinstance(adapter.find_reply(who, made.remote_id, to, "At ten.", began, frozenset()), Absent)
    for parent in (to, None):
        li.fault("linkedin", "after", how="drop")
        with pytest.raises(errors.Ambiguous):
            adapter.reply(who, made.remote_id, parent, "At ten.")
        found = adapter.find_reply(who, made.remote_id, parent, "At ten.", began, frozenset())
        assert isinstance(found, Found)
        bound = {found.published.remote_id}
        assert isinstance(adapter.find_reply(who, made.remote_id, parent, "At ten.", began, bound), Absent)


def test_an_answer_ends_where_the_limit_says(li, adapter, who):
    made, most = adapter.publish(who, Draft(text="Ask"), Notebook()), adapter.limits.reply_max
    adapter.reply(who, made.remote_id, None, "a" * most)
    with pytest.raises(errors.InvalidContent):
        adapter.reply(who, made.remote_id, None, "a" * (most + 1))


def test_a_member_may_neither_answer_nor_look(adapter, member):
    made = adapter.publish(member, Draft(text="Mine"), Notebook())
    with pytest.raises(errors.NotAllowed):
        adapter.reply(member, made.remote_id, None, "Hello")
    with pytest.raises(errors.NotAllowed):
        adapter.comments(member, made.remote_id, None)
    with pytest.raises(errors.NotAllowed):
        adapter.exists(member, made.remote_id)
    unsure = adapter.find_reply(member, made.remote_id, None, "Hello", made.at, frozenset())
    assert isinstance(unsure, CannotTell) and unsure.repeat_within is None
    adapter.delete(member, made.remote_id)


def test_a_post_is_taken_down_once_and_twice(li, adapter, who):
    made = adapter.publish(who, Draft(text="Down"), Notebook())
    assert adapter.exists(who, made.remote_id)
    li.fault("linkedin", "after", how="reset")
    with pytest.raises(errors.Ambiguous):
        adapter.delete(who, made.remote_id)
    assert not adapter.exists(who, made.remote_id)
    adapter.delete(who, made.remote_id)
    assert li.book("linkedin", who.external_id)[0]["deleted"]


def test_figures_are_told_and_left_out_where_nobody_has_been_yet(li, adapter, who):
    made = [adapter.publish(who, Draft(text=f"Number {n}"), Notebook()).remote_id for n in range(25)]
    li.comment("linkedin", made[0], "first")
    figures = adapter.metrics(who, made)
    assert figures[made[0]].comments == 1
    assert set(figures) <= set(made)
    assert words.figures({"impressionCount": 3, "shareCount": 0}).shares == 0
    assert words.figures({}).impressions is None
