"""Coming in and going out: what a person sees when it works, when it does not, and when somebody guesses."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.test import Client, override_settings

from audit.actions import Action
from audit.models import AuditEntry
from libraries import throttling
from libraries.models import Role, User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_guessed_before():
    cache.clear()


@pytest.fixture
def alice():
    return factories.actor(factories.library(), Role.ADMIN)


def sign_in(client: Client, email: str, password: str = factories.PASSWORD, **more: str):
    return client.post("/sign-in/", {"email": email, "password": password, **more})


def test_the_right_password_leads_to_the_page_that_was_asked_for(client, alice):
    asked = client.get("/notices/")
    assert asked.status_code == 302 and asked.url == "/sign-in/?next=%2Fnotices%2F"
    answer = sign_in(client, alice.user.email, next="/notices/")
    assert (answer.status_code, answer.url) == (302, "/notices/")
    assert client.get("/notices/").status_code == 200


def test_the_address_is_read_in_any_case(client, alice):
    assert sign_in(client, alice.user.email.upper()).status_code == 302


def test_nobody_is_sent_to_a_foreign_page_after_signing_in(client, alice):
    assert sign_in(client, alice.user.email, next="https://evil.example/").url == "/"


def test_a_wrong_password_is_said_in_words_and_the_address_stays(client, alice):
    answer = sign_in(client, alice.user.email, "not it")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "do not belong together" in page
    assert f'value="{alice.user.email}"' in page and "not it" not in page


def test_a_wrong_password_stands_in_the_record_of_the_library(client, alice):
    sign_in(client, alice.user.email, "not it")
    entry = AuditEntry.objects.of_library(alice.library.pk).get(action=Action.PERSON_REFUSED)
    assert entry.object_id == alice.user_id and entry.actor_id is None


def test_an_unknown_address_is_refused_in_the_same_words_and_not_kept(client, alice):
    known, unknown = sign_in(client, alice.user.email, "x"), sign_in(client, "my secret@example.org", "x")
    other = sign_in(client, "who@example.org", "x")
    assert "do not belong together" in other.content.decode() and "do not belong together" in known.content.decode()
    assert unknown.status_code == 422
    entry = AuditEntry.objects.filter(action=Action.PERSON_REFUSED).latest("pk")
    assert "who@example.org" not in str(entry.content.content)


def test_signing_in_is_recorded(client, alice):
    sign_in(client, alice.user.email)
    assert AuditEntry.objects.of_library(alice.library.pk).filter(action=Action.PERSON_SIGNED_IN).count() == 1


def test_after_ten_wrong_tries_even_the_right_password_waits_a_minute(client, alice):
    for _try in range(throttling.TRIES):
        assert sign_in(client, alice.user.email, "guess").status_code == 422
    answer = sign_in(client, alice.user.email)
    assert answer.status_code == 429 and answer["Retry-After"] == "60"
    assert "Wait a minute" in answer.content.decode()


def test_a_guesser_elsewhere_does_not_lock_the_person_out(client, alice):
    for _try in range(throttling.TRIES):
        Client(REMOTE_ADDR="192.0.2.7").post("/sign-in/", {"email": alice.user.email, "password": "guess"})
    assert sign_in(client, alice.user.email).status_code == 302


# --- many addresses from one place


def spray(tries: int, client: Client | None = None, **place: str) -> set[int]:
    """Try a word at each of many doors once; the answers that came."""
    client = client or Client()
    return {
        client.post("/sign-in/", {"email": f"person{n}@example.org", "password": "Spring2026!"}, **place).status_code
        for n in range(tries)
    }


def test_a_place_that_tries_many_addresses_waits_even_with_the_right_password(client, alice):
    assert spray(throttling.PLACE_TRIES) == {422}
    answer = sign_in(client, alice.user.email)
    assert answer.status_code == 429 and 0 < int(answer["Retry-After"]) <= throttling.PLACE_WAIT_S
    page = answer.content.decode()
    assert "Wait 15 minutes, then try again." in page and f'value="{alice.user.email}"' in page
    assert Client(REMOTE_ADDR="192.0.2.7").post(
        "/sign-in/", {"email": alice.user.email, "password": factories.PASSWORD}).status_code == 302  # fmt: skip


def test_who_is_signed_in_goes_on_working_while_the_place_waits(client, alice):
    client.force_login(alice.user)
    spray(throttling.PLACE_TRIES)
    assert client.get("/notices/").status_code == 200


def test_the_right_password_in_between_does_not_start_the_place_anew(client, alice):
    spray(throttling.PLACE_TRIES - 1)
    assert sign_in(client, alice.user.email).status_code == 302
    assert spray(1) == {422}
    assert spray(1) == {429}


def test_a_wait_that_is_over_is_over(client, alice, monkeypatch):
    spray(throttling.PLACE_TRIES)
    later = throttling.time.time() + throttling.PLACE_WAIT_S + 1
    monkeypatch.setattr(throttling.time, "time", lambda: later)
    assert sign_in(client, alice.user.email).status_code == 302


def test_a_place_is_not_what_a_visitor_says_it_is(alice):
    for n in range(throttling.PLACE_TRIES):
        spray(1, HTTP_X_FORWARDED_FOR=f"198.51.100.{n}")
    assert spray(1, HTTP_X_FORWARDED_FOR="198.51.100.200") == {429}


@override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"))
def test_behind_our_proxy_the_last_address_it_names_is_the_place(alice):
    for n in range(throttling.PLACE_TRIES):
        spray(1, HTTP_X_FORWARDED_FOR=f"198.51.100.{n}, 192.0.2.9")
    assert spray(1, HTTP_X_FORWARDED_FOR="203.0.113.5, 192.0.2.9") == {429}
    assert spray(1, HTTP_X_FORWARDED_FOR="192.0.2.9, 203.0.113.5") == {422}


def test_one_house_of_ipv6_is_one_place(alice):
    for n in range(throttling.PLACE_TRIES):
        spray(1, REMOTE_ADDR=f"2001:db8:1:2::{n + 1:x}")
    assert spray(1, REMOTE_ADDR="2001:db8:1:2:ffff::1") == {429}
    assert spray(1, REMOTE_ADDR="2001:db8:1:3::1") == {422}
    assert spray(1, REMOTE_ADDR="::ffff:192.0.2.7") == {422}


# --- nobody learns from us who works here


class CountingHasher(MD5PasswordHasher):
    """Counts how often the slow work of a password is done: that is what a clock outside would measure."""

    done = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).done += 1
        return super().encode(password, salt)


@override_settings(PASSWORD_HASHERS=["tests.flows.test_sign_in.CountingHasher"])
def test_a_known_an_unknown_and_a_closed_address_get_the_same_answer_for_the_same_work(alice):
    closed = factories.person(alice.library, Role.STAFF, "Gone").user
    User.objects.filter(pk=closed.pk).update(is_active=False)
    work, pages = [], []
    for email in (alice.user.email, "nobody@example.org", closed.email):
        CountingHasher.done = 0
        answer = sign_in(Client(), email, "guess")
        work.append((answer.status_code, CountingHasher.done))
        pages.append(re.sub(r'value="[^"]*"', "", answer.content.decode().replace(email, "")))
    assert work == [(422, 1)] * 3
    assert _same(pages)


def _same(pages: list[str]) -> bool:
    """Apart from what is new in each answer anyway (the form's token, the nonce)."""
    plain = {re.sub(r'(nonce|content|hx-headers)=(?:"[^"]*"|\'[^\']*\')', "", page) for page in pages}
    return len(plain) == 1


def test_an_unknown_address_waits_like_a_known_one(client, alice):
    for _try in range(throttling.TRIES):
        sign_in(client, "nobody@example.org", "guess")
    assert sign_in(client, "nobody@example.org", "guess").status_code == 429


@override_settings(CACHES={"default": {
    "BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:9/0"}})  # fmt: skip
def test_a_silent_cache_locks_nobody_out(alice):
    client = Client()
    assert sign_in(client, alice.user.email, "guess").status_code == 422
    assert sign_in(client, alice.user.email).status_code == 302


def test_a_person_whose_access_was_closed_is_told_whom_to_ask(client, alice):
    gone = factories.person(alice.library, Role.STAFF, active=False)
    sign_in(client, gone.user.email)
    answer = client.get("/notices/")
    assert answer.status_code == 403 and "Ask an admin" in answer.content.decode()


def test_signing_out_needs_a_form_and_ends_the_session(client, alice):
    client.force_login(alice.user)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").url == "/sign-in/"
    assert client.get("/notices/").status_code == 302


def test_a_form_without_its_token_is_refused(alice):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/sign-in/", {"email": alice.user.email, "password": factories.PASSWORD}).status_code == 403


def test_htmx_of_somebody_signed_out_gets_the_whole_sign_in_page(client):
    answer = client.get("/notices/", HTTP_HX_REQUEST="true")
    assert answer.status_code == 401 and answer["HX-Redirect"].startswith("/sign-in/")


def test_a_new_password_ends_other_sessions_and_keeps_this_one(client, alice):
    elsewhere = Client()
    client.force_login(alice.user)
    elsewhere.force_login(alice.user)
    answer = client.post("/password/", {"old": factories.PASSWORD, "new": "a quiet reading room at dusk"})
    assert answer.status_code == 302
    assert client.get("/notices/").status_code == 200 and elsewhere.get("/notices/").status_code == 302


@pytest.mark.parametrize(("old", "new", "said"), [
    ("wrong", "a quiet reading room at dusk", "not your password"),
    (factories.PASSWORD, "short", "at least 12"),
])  # fmt: skip
def test_a_password_that_cannot_be_taken_is_said_by_its_field(client, alice, old, new, said):
    client.force_login(alice.user)
    answer = client.post("/password/", {"old": old, "new": new})
    assert answer.status_code == 422 and said in answer.content.decode()


def test_somebody_of_two_libraries_chooses_where_to_work(client, alice):
    other = factories.library("Springwater Library")
    from libraries.models import Membership

    Membership.objects.create(library=other, user=alice.user, role=Role.VIEWER)
    client.force_login(alice.user)
    assert "Work for Springwater Library" in client.get("/notices/").content.decode()
    client.post("/switch-library/", {"library": other.pk})
    assert "Springwater Library" in client.get("/notices/").content.decode()
    assert client.get("/settings/").status_code == 403


def test_nobody_switches_to_a_library_that_is_not_theirs(client, alice):
    other = factories.library("Springwater Library")
    client.force_login(alice.user)
    assert client.post("/switch-library/", {"library": other.pk}).status_code == 404
