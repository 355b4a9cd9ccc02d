"""What a request claims about its letters never breaks a page: forms are UTF-8, anything else is refused in words."""

from __future__ import annotations

import pytest
from django.test import Client

from libraries.models import Role
from tests import factories

pytestmark = pytest.mark.django_db
ODD = ["utf-7", "utf-16", "latin-1", "base64", "hex", "rot13", "idna", "undefined", "unknown-99", "x" * 3000, "\"utf-7\"", "a\\0b"]
KINDS = ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"]


@pytest.fixture(params=["signed in", "signed out"])
def browser(request: pytest.FixtureRequest) -> Client:
    made = Client(raise_request_exception=False, enforce_csrf_checks=True)
    if request.param == "signed in":
        made.force_login(factories.actor(factories.library(), Role.ADMIN).user)
    return made


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("charset", ODD)
def test_a_form_in_another_charset_is_refused_in_plain_words(browser: Client, charset: str, kind: str) -> None:
    for path in ("/sign-in/", "/posts/new/"):
        answer = browser.generic("POST", path, b"email=a%40b.c&body=Hello", content_type=f"{kind}; charset={charset}")
        assert answer.status_code == 400
        assert "We could not read that request" in answer.content.decode()


@pytest.mark.parametrize("charset", ["", "utf-8", "UTF-8", "utf8", "us-ascii"])
def test_what_reads_the_same_is_read(charset: str) -> None:
    browser = Client()
    browser.force_login(factories.actor(factories.library(), Role.STAFF).user)
    kind = "application/x-www-form-urlencoded" + (f"; charset={charset}" if charset else "")
    answer = browser.generic("POST", "/posts/new/", b"body=Caf%C3%A9+today&act=save", content_type=kind)
    assert answer.status_code == 422 and "Café today" in answer.content.decode()  # it lacks a time, and shows what was typed


@pytest.mark.parametrize("charset", ODD)
def test_a_page_that_is_only_read_is_shown(browser: Client, charset: str) -> None:
    answer = browser.generic("GET", "/sign-in/?next=/posts/%C3%A9", content_type=f"text/html; charset={charset}")
    assert answer.status_code in (200, 302)
