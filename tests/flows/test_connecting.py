"""Where connecting leads: choosing among what a network offers, LinkedIn's two ways, and what is next."""

from __future__ import annotations

import json
import re
import urllib.parse
from dataclasses import asdict

import pytest
from django.utils import timezone

from libraries.models import Library, Role
from platforms import connect as connecting
from platforms import lines, vault
from platforms.base import Draft
from platforms.linkedin import LinkedIn
from platforms.models import Account, Credential, OAuthState
from tests import factories
from tests.contracts.practice import Notebook, Practice, running
from tests.flows.sign_ins import begin, connect, press

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


# --- where one lands, and what is next


def headings(page: str) -> list[str]:
    return re.findall(r"<h2>([^<]+)</h2>", page)


def test_after_one_account_one_sees_it_in_the_list_with_the_networks_that_are_left(client, library, alice):
    answer = connect(client, "twitter")
    assert answer.redirect_chain[-1][0] == "/accounts/"
    page, account = answer.content.decode(), Account.objects.get()
    assert "Fernhollow Public Library is connected." in page and "Works." in page
    assert answer.context["arrived"] == {account.pk}
    assert headings(page) == ["Next: connect these", "Connect another"]
    still = page[page.index("Next: connect these"):page.index("Connect another")]
    assert "/connect/facebook/" in still and "/connect/linkedin/" in still and "/connect/twitter/" not in still
    assert "Back to the first steps" in page
    assert client.get("/accounts/").context["arrived"] == set()


def test_the_last_network_leads_on_to_the_first_steps(client, library, alice):
    for platform in ("facebook", "instagram", "linkedin"):
        factories.account(library, platform)
    answer = connect(client, "twitter")
    assert answer.redirect_chain[-1][0] == "/accounts/" and "Go on with the first steps" in answer.content.decode()


def test_where_nothing_is_left_to_do_one_lands_on_the_account(client, library, alice):
    for platform in ("facebook", "instagram", "linkedin"):
        factories.account(library, platform)
    Library.objects.update(welcomed_at=timezone.now())
    answer = connect(client, "twitter")
    account = Account.objects.get(external_id="2244001")
    assert answer.redirect_chain[-1][0] == f"/accounts/{account.pk}/"


def test_a_reconnected_account_is_shown_itself(client, library, alice):
    connect(client, "twitter")
    account = Account.objects.get()
    answer = client.get(press(begin(client, "twitter", account=account.pk)), follow=True)
    assert answer.redirect_chain[-1][0] == f"/accounts/{account.pk}/"


# --- choosing


def boxes(page: str) -> dict[str, bool]:
    """value of each box to tick -> whether it is ticked."""
    found = re.findall(r'<input type="checkbox" name="chosen" value="([^"]+)"([^>]*)>', page)
    return {value: " checked" in rest for value, rest in found}


@pytest.mark.parametrize("platform", ["facebook", "linkedin"])
def test_where_several_are_offered_one_chooses(client, library, alice, platform):
    answer = connect(client, platform)
    offers = [row.offer for row in answer.context["rows"]]
    assert len(offers) > 1 and not Account.objects.exists() and all(offer.token.access == "" for offer in offers)
    path = answer.redirect_chain[-1][0]
    none = client.post(path, {})
    assert none.status_code == 422 and "Tick at least one of them, then press Connect" in none.content.decode()
    client.post(path, {"chosen": [offers[-1].external_id]})
    assert [a.external_id for a in Account.objects.all()] == [offers[-1].external_id]


def test_tokens_of_what_was_not_chosen_are_not_kept(client, library, alice):
    answer = connect(client, "facebook")
    path = answer.redirect_chain[-1][0]
    client.post(path, {"chosen": [answer.context["rows"][0].offer.external_id]})
    assert OAuthState.objects.get().offer is None
    assert "This sign-in is over" in client.get(path, follow=True).content.decode()


def test_what_was_not_offered_cannot_be_connected(client, library, alice):
    path = connect(client, "facebook").redirect_chain[-1][0]
    assert client.post(path, {"chosen": ["4711"]}).status_code == 422
    assert not Account.objects.exists()


def test_among_several_nothing_is_ticked_and_what_to_do_is_said_where_nothing_was(client, library, alice):
    answer = connect(client, "facebook")
    path, before = answer.redirect_chain[-1][0], boxes(answer.content.decode())
    assert len(before) == 2 and not any(before.values())
    none = client.post(path, {})
    page = none.content.decode()
    assert 'role="alert"' in page and 'href="#id_chosen"' in page and 'id="id_chosen" tabindex="-1"' in page
    assert page.count('aria-invalid="true"') == 2 and boxes(page) == before
    assert client.get(path).status_code == 200


def test_a_wrong_choice_keeps_what_was_ticked(client, library, alice):
    answer = connect(client, "facebook")
    first = answer.context["rows"][0].offer.external_id
    again = client.post(answer.redirect_chain[-1][0], {"chosen": [first, "4711"]})
    page = again.content.decode()
    assert again.status_code == 422 and "not offered any more" in page and boxes(page)[first]


def test_a_single_page_that_can_be_connected_is_ticked(client, library, alice, practice):
    url = begin(client, "linkedin")
    path = client.get(press(url), follow=True).redirect_chain[-1][0]
    state = OAuthState.objects.get()
    page, _member = connecting.offered(state)
    alone = [{**asdict(page), "missing": ()}]
    state.offer = vault.encrypt(json.dumps(alone, default=lambda value: value.isoformat()).encode())
    state.save()
    assert boxes(client.get(path).content.decode()) == {page.external_id: True}


# --- LinkedIn: a page, or a person


def test_linkedin_asks_which_of_the_two_and_says_what_each_needs(client, library, alice):
    page = client.get("/accounts/").content.decode()
    assert "Organisation page" in page and "A person&#x27;s own profile" in page
    assert 'value="organization"' in page and "comments cannot be read" in page


def scopes_of(url: str) -> set[str]:
    return set(urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["scope"][0].split())


def test_each_way_asks_for_its_own_rights(client, library, alice):
    assert scopes_of(begin(client, "linkedin")) == set(LinkedIn.scopes)
    assert scopes_of(begin(client, "linkedin", way="organization")) == set(LinkedIn.scopes)
    assert scopes_of(begin(client, "linkedin", way="person")) == {"openid", "profile", "w_member_social"}
    assert client.post("/accounts/connect/linkedin/", {"way": "everything"}).status_code == 404


def test_a_person_is_connected_with_an_app_that_was_not_approved(client, practice, library, alice):
    answer = client.get(press(begin(client, "linkedin", way="person")), follow=True)
    account = Account.objects.get()
    assert answer.redirect_chain[-1][0] == "/accounts/" and "Robin Vale is connected." in answer.content.decode()
    assert (account.facts["kind"], account.facts["way"], account.missing) == ("member", "person", [])
    assert Credential.objects.get().scopes == ["openid", "profile", "w_member_social"]
    assert "comments under its posts cannot be read here" in answer.content.decode()
    page = client.get(f"/accounts/{account.pk}/").content.decode()
    assert "Read and answer them there" in page and "renewed by itself" not in page
    sent = lines.adapter("linkedin", "practice").publish(lines.fresh_identity(account), Draft(text="By me"), Notebook())
    assert [post["id"] for post in practice.book("linkedin", account.external_id)] == [sent.remote_id]


def test_a_person_is_reconnected_by_the_way_they_came(client, library, alice):
    client.get(press(begin(client, "linkedin", way="person")))
    account = Account.objects.get()
    url = begin(client, "linkedin", account=account.pk)
    assert scopes_of(url) == {"openid", "profile", "w_member_social"}
    assert client.get(press(url), follow=True).redirect_chain[-1][0] == f"/accounts/{account.pk}/"


def test_a_page_that_was_asked_for_and_did_not_come_is_said_and_the_person_is_not_taken_instead(client, library, alice):
    url = begin(client, "linkedin", way="organization")
    fewer = urllib.parse.quote("openid profile w_member_social")
    answer = client.get(press(re.sub(r"scope=[^&]+", f"scope={fewer}", url)), follow=True)
    page = answer.content.decode()
    assert not Account.objects.exists() and "offered no organisation page" in page
    assert "<code>w_organization_social</code>" in page and boxes(page) == {"urn:li:person:rV8fernH1": False}


def test_an_app_that_is_not_approved_is_said_with_the_other_way(client, library, alice):
    url = begin(client, "linkedin", way="organization").replace("client_id=practice", "client_id=practice-self-serve")
    answer = client.get(press(url))
    page = answer.content.decode()
    assert answer.status_code == 422 and "has not approved" in page and "You chose not to" not in page
    assert "Connect this instead" in page and 'name="way" value="person"' in page
    assert 'name="way" value="organization"' in page and not Account.objects.exists()


def test_trouble_of_the_network_is_not_taken_for_a_no(client, library, alice):
    state = urllib.parse.parse_qs(urllib.parse.urlsplit(begin(client, "twitter")).query)["state"][0]
    page = client.get("/accounts/return/twitter/", {"state": state, "error": "server_error"}).content.decode()
    assert "did not complete the sign-in" in page and "You chose not to" not in page
