"""Connecting accounts through the practice networks' own pages, their health in words, and who may do what."""

from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.actions import Action
from audit.models import AuditEntry
from libraries.models import LIVE, Library, Notice, Role
from platforms import accounts, granted, health, private_route, vault
from platforms.instagram_private import InstagramPrivate
from platforms.models import Account, Credential, OAuthState
from tests import factories
from tests.contracts.practice import Practice, running
from tests.flows.sign_ins import begin, connect, press, ticks

# The door refuses to speak inside a transaction, so these tests commit for real.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    with running(tmp_path_factory.mktemp("sandbox")) as practice:
        yield practice


@pytest.fixture(autouse=True)
def practice(network, settings) -> Practice:
    network.reset()
    settings.SANDBOX_URL, settings.PUBLIC_URL, settings.NETWORK_URLS = network.url, "http://127.0.0.1:9", {}
    return network


@pytest.fixture
def library():
    return factories.library()


@pytest.fixture
def alice(client, library):
    actor = factories.actor(library, Role.ADMIN)
    client.force_login(actor.user)
    return actor


def test_x_is_connected_by_its_own_page_and_shown_with_its_health(client, library, alice):
    connect(client, "twitter")
    account = Account.objects.get(library=library)
    page = client.get(f"/accounts/{account.pk}/").content.decode()
    assert (account.platform, account.realm, account.connected_by) == ("twitter", "practice", alice.user)
    assert "Works." in page and "renewed by itself" in page and "tweet.write" in page and "by Alice" in page
    assert AuditEntry.objects.of_library(library.pk).filter(action=Action.ACCOUNT_CONNECTED).count() == 1
    assert client.get("/welcome/").context["steps"][1].done


def test_a_no_at_the_network_connects_nothing_and_says_so(client, library, alice):
    answer = client.get(press(begin(client, "facebook"), "deny"))
    assert answer.status_code == 422 and "You chose not to allow it" in answer.content.decode()
    assert not Account.objects.exists()


def test_a_wrong_state_connects_nothing(client, library, alice):
    back = press(begin(client, "twitter"))
    answer = client.get(re.sub(r"state=[^&]+", "state=forged", back))
    assert answer.status_code == 422 and "was not begun here" in answer.content.decode()
    assert not Account.objects.exists()


def test_a_sign_in_counts_once(client, library, alice):
    back = press(begin(client, "twitter"))
    client.get(back)
    again = client.get(back)
    assert again.status_code == 422 and "already completed" in again.content.decode()
    assert Account.objects.count() == 1


def test_a_stale_sign_in_is_refused(client, library, alice):
    back = press(begin(client, "twitter"))
    OAuthState.objects.update(created_at=timezone.now() - timedelta(minutes=16))
    assert "too long ago" in client.get(back).content.decode()


def test_a_sign_in_that_somebody_else_began_is_refused(client, library, alice):
    back = press(begin(client, "twitter"))
    client.force_login(factories.person(library, Role.ADMIN, "Anna").user)
    assert client.get(back).status_code == 422 and not Account.objects.exists()


def test_with_a_right_missing_the_page_is_connected_and_says_what_will_not_work(client, practice, library, alice):
    url = begin(client, "facebook")
    answer = client.get(press(url, **ticks(practice, url, "pages_manage_engagement")), follow=True)
    client.post(answer.redirect_chain[-1][0], {"chosen": [answer.context["rows"][0].offer.external_id]})
    account = Account.objects.get()
    assert account.missing == ["pages_manage_engagement"]
    page = client.get(f"/accounts/{account.pk}/").content.decode()
    assert "Comments cannot be answered from here" in page and "not everything was granted" in page


def test_without_the_right_to_publish_nothing_can_be_connected(client, practice, library, alice):
    url = begin(client, "facebook")
    answer = client.get(press(url, **ticks(practice, url, "pages_manage_posts")), follow=True)
    page = answer.content.decode()
    assert "Cannot be connected" in page and "pages_manage_posts" in page
    offer = answer.context["rows"][0].offer.external_id
    assert client.post(answer.redirect_chain[-1][0], {"chosen": [offer]}).status_code == 422
    assert not Account.objects.exists()


def test_a_page_of_another_library_is_not_taken_over(client, library, alice):
    connect(client, "twitter")
    other = factories.library("Springwater Library")
    client.force_login(factories.actor(other, Role.ADMIN).user)
    answer = connect(client, "twitter")
    assert answer.status_code == 422 and "connected by another library" in answer.content.decode()
    assert Account.objects.get().library == library


def test_the_test_button_really_reads(client, practice, library, alice):
    connect(client, "twitter")
    mark = practice.mark()
    account = Account.objects.get()
    page = client.post(f"/accounts/{account.pk}/check/", follow=True).content.decode()
    assert "can be read just now" in page
    assert [entry for entry in practice.log(mark) if entry["network"] == "twitter" and entry["kind"] == "read"]


def test_a_revoked_token_is_found_by_the_test_and_mended_by_reconnecting(client, practice, library, alice):
    connect(client, "twitter")
    account = Account.objects.get()
    practice.door("POST", "/__expire", {"network": "twitter", "account": account.external_id, "how": "revoke"})
    page = client.post(f"/accounts/{account.pk}/check/", follow=True).content.decode()
    account.refresh_from_db()
    assert account.state == Account.RECONNECT and "no longer accepts our access" in page
    assert Notice.objects.filter(library=library, resolved_at=None).count() == 1
    assert "needs to be reconnected" in client.get("/notices/").content.decode()
    client.get(press(begin(client, "twitter", account=account.pk)), follow=True)
    account.refresh_from_db()
    assert account.state == Account.CONNECTED and Account.objects.count() == 1
    assert not Notice.objects.filter(library=library, resolved_at=None).exists()
    assert AuditEntry.objects.of_library(library.pk).filter(action=Action.ACCOUNT_RECONNECTED).exists()


def test_a_network_that_does_not_answer_changes_nothing(client, practice, library, alice):
    connect(client, "twitter")
    account = Account.objects.get()
    practice.fault("twitter", "status", where="read", status=503)
    page = client.post(f"/accounts/{account.pk}/check/", follow=True).content.decode()
    account.refresh_from_db()
    assert "did not give a usable answer" in page and account.state == Account.CONNECTED


def test_an_exchange_that_fails_is_said_in_words(client, practice, library, alice):
    back = press(begin(client, "twitter"))
    practice.fault("twitter", "status", where="any", status=503)
    answer = client.get(back)
    assert answer.status_code == 422 and "did not complete the sign-in" in answer.content.decode()


def test_switching_off_and_on_and_leaving_links_out(client, library, alice):
    account = factories.account(library, "twitter")
    assert "is switched off" in client.post(f"/accounts/{account.pk}/disable/", follow=True).content.decode()
    account.refresh_from_db()
    assert account.state == Account.DISABLED
    client.post(f"/accounts/{account.pk}/disable/", {"on": "1"})
    client.post(f"/accounts/{account.pk}/change/", {})
    account.refresh_from_db()
    assert account.state == Account.CONNECTED and account.carry_link is False
    client.post(f"/accounts/{account.pk}/change/", {"carry_link": "on"})
    account.refresh_from_db()
    assert account.carry_link is True


def test_a_dead_account_is_not_switched_on(client, library, alice):
    account = factories.account(library, "twitter")
    accounts.needs_reconnecting(account, "token_expired")
    page = client.post(f"/accounts/{account.pk}/disable/", {"on": "1"}, follow=True).content.decode()
    account.refresh_from_db()
    assert account.state == Account.RECONNECT and "reconnected first" in page and "Its access ended." in page


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CONTRIBUTOR, Role.STAFF, Role.MANAGER])
def test_others_see_the_health_and_may_change_nothing(client, library, role):
    account = factories.account(library, "twitter")
    client.force_login(factories.actor(library, role).user)
    page = client.get("/accounts/").content.decode() + client.get(f"/accounts/{account.pk}/").content.decode()
    assert "Works." in page and "/accounts/connect/" not in page and "Switch off" not in page
    for path in (f"{account.pk}/check/", f"{account.pk}/disable/", f"{account.pk}/change/", "connect/twitter/"):
        assert client.post(f"/accounts/{path}").status_code == 403
    assert client.get("/accounts/return/twitter/?state=x&code=y").status_code == 403


def test_forty_accounts_cost_no_more_questions_than_two(client, library, alice, django_assert_max_num_queries):
    for _n in range(2):
        factories.account(library, "twitter")
    with CaptureQueriesContext(connection) as two:
        client.get("/accounts/")
    for _n in range(38):
        factories.account(library, "linkedin")
    with django_assert_max_num_queries(len(two)):
        assert len(client.get("/accounts/").context["rows"]) == 40


def test_another_librarys_account_is_not_there(client, library, alice):
    account = factories.account(factories.library("Elsewhere"), "twitter")
    assert "Elsewhere" not in client.get("/accounts/").content.decode()
    assert client.get(f"/accounts/{account.pk}/").status_code == 404
    for path in ("check", "disable", "change"):
        assert client.post(f"/accounts/{account.pk}/{path}/").status_code == 404


def test_live_offers_only_what_is_set_up_and_names_what_is_missing(client, settings, library, alice):
    factories.account(library, "twitter")
    Library.objects.update(mode=LIVE)
    settings.NETWORK_APPS = {"linkedin": ("id", "secret")}
    page = client.get("/accounts/").content.decode()
    assert 'action="/accounts/connect/linkedin/"' in page and 'action="/accounts/connect/twitter/"' not in page
    assert "X_CLIENT_ID, X_CLIENT_SECRET" in page and "1 account of practice" in page
    refused = client.post("/accounts/connect/twitter/", follow=True).content.decode()
    assert "no client id and secret yet" in refused
    assert begin(client, "linkedin").startswith("https://www.linkedin.com/")


def test_a_network_nobody_knows_is_not_there(client, library, alice):
    assert client.post("/accounts/connect/myspace/").status_code == 404


@pytest.mark.parametrize(("columns", "expires", "state"), [
    ({}, None, "connected"),
    ({"state": "disabled"}, None, "disconnected"),
    ({"state": "reconnect", "state_reason": "token_revoked"}, None, "reconnect"),
    ({"blocked_until": timedelta(hours=1)}, None, "blocked"),
    ({"blocked_until": timedelta(hours=-1)}, None, "connected"),
    ({"facts": {"kind": "organization", "app": "self_serve"}}, timedelta(days=3), "expiring"),
    ({"facts": {"kind": "organization", "app": "self_serve"}}, timedelta(days=30), "connected"),
])  # fmt: skip
def test_health_says_what_is_so(library, columns, expires, state):
    if "blocked_until" in columns:
        columns = {"blocked_until": timezone.now() + columns["blocked_until"]}
    account = factories.account(library, "linkedin", **columns)
    if expires:
        Credential.objects.filter(account=account).update(expires_at=timezone.now() + expires)
    assert health.of(account).state == state


def test_every_right_that_a_network_is_asked_for_has_words_or_is_harmless():
    from platforms import registry

    harmless = {"openid", "profile"}
    unsaid = {
        (name, scope) for name in registry.names() for scope in registry.get(name).scopes
        if scope not in harmless and scope not in granted._TABLE.get(name, {})
    }  # fmt: skip
    assert unsaid == set()


# --- Instagram's second route


class Phone:
    """Stands at the boundary of the optional package's client: what its methods are asked, and what it answers."""

    def __init__(self, trouble: Exception | None = None) -> None:
        self.trouble, self.asked = trouble, []

    def login(self, username: str, password: str, verification_code: str = "") -> bool:
        self.asked.append((username, verification_code))
        if self.trouble:
            raise self.trouble
        return True

    def account_info(self) -> SimpleNamespace:
        return SimpleNamespace(pk=77, username="fernhollow.reads", full_name="Fernhollow reads")

    def get_settings(self) -> dict[str, str]:
        return {"cookies": "kept"}


@pytest.fixture
def live(library, monkeypatch):
    Library.objects.update(mode=LIVE)
    monkeypatch.setattr(private_route, "is_installed", lambda: True)


def by_password(monkeypatch, phone: Phone) -> None:
    monkeypatch.setattr(InstagramPrivate, "make_client", lambda self, settings: phone)


SIGNED = {"username": "fernhollow.reads", "password": "pa55", "signature": "alice"}


def test_the_second_route_is_off_in_practice_and_where_its_package_is_missing(client, monkeypatch, library, alice):
    monkeypatch.setattr(private_route, "is_installed", lambda: True)
    assert client.get("/accounts/second-route/").status_code == 404
    monkeypatch.setattr(private_route, "is_installed", lambda: False)
    Library.objects.update(mode=LIVE)
    assert client.get("/accounts/second-route/").status_code == 404
    assert "second route" not in client.get("/accounts/").content.decode()


def test_the_second_route_says_what_it_breaks_and_needs_a_signature(client, monkeypatch, alice, live):
    by_password(monkeypatch, phone := Phone())
    page = client.get("/accounts/second-route/").content.decode()
    assert "It breaks Instagram" in page and "It needs the password." in page
    answer = client.post("/accounts/second-route/", {**SIGNED, "signature": "somebody"})
    assert answer.status_code == 422 and "Sign with your name" in answer.content.decode() and phone.asked == []


def test_a_signed_warning_stands_in_the_record_and_the_password_nowhere(client, monkeypatch, library, alice, live):
    by_password(monkeypatch, Phone())
    page = client.post("/accounts/second-route/", SIGNED, follow=True).content.decode()
    account = Account.objects.get()
    assert "connected by the second route" in page and account.facts["warning_signed_by"] == "alice"
    record = [entry.content.content for entry in AuditEntry.objects.of_library(library.pk)]
    assert any(content.get("warning_signed") == "alice" for content in record)
    assert "pa55" not in page + str(record) + str(account.facts)
    assert b"pa55" not in vault.decrypt(Credential.objects.get().ciphertext)


def test_a_proof_that_instagram_wants_is_said_in_words(client, monkeypatch, alice, live):
    by_password(monkeypatch, Phone(type("ChallengeRequired", (type("ChallengeError", (Exception,), {}),), {})()))
    answer = client.post("/accounts/second-route/", SIGNED)
    page = answer.content.decode()
    assert answer.status_code == 422 and "it wants a proof first" in page and not Account.objects.exists()
    assert "fernhollow.reads" in page and "pa55" not in page
