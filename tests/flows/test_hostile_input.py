"""Whatever is typed into an address or a form gets an answer, never an error of ours."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from core import remote
from libraries.models import Role
from media_library import renditions
from platforms.registry import get
from tests.domain import everything
from tests.domain.everything import Everything
from tests.flows.test_permission_walk import ABOUT

HOSTILE = {
    "nothing": "",
    "nul": "a\0b",
    "superscript digit": "²",
    "arabic digits": "٣",
    "a number beyond any table": "9" * 30,
    "thousands of digits": "9" * 5000,
    "half of a pair": "\ud800",
    "minus": "-1",
    "markup": "<script>alert(1)</script>\"'>",
    "a year beyond": "9999-99",
    "a header": "x\r\nSet-Cookie: a=b",
    "braces": "{{ 7|add:7 }}%s%(who)s%c",
}


class Hostile:
    """A library, its admin's browser, and its addresses."""

    def __init__(self, own: Everything) -> None:
        self.own, self.browser = own, Client(raise_request_exception=True)
        self.browser.force_login(own.people[Role.ADMIN].user)

    def address(self, name: str) -> str:
        if name in ABOUT:
            row = self.own.people[Role.VIEWER].membership if ABOUT[name] == "membership" else getattr(self.own, ABOUT[name])
            return reverse(name, args=[row.pk])
        plain = {"platforms:connect": ["facebook"], "platforms:return": ["facebook"], "posts:follow": [self.own.delivery.link.slug]}
        if name == "media_library:public":
            return renditions.public_url(self.own.asset.renditions.first()).split("testserver", 1)[1]
        return reverse(name, args=plain.get(name, []))

    def ask(self, method: str, address: str, data: dict[str, Any]) -> Any:
        browser = Client(raise_request_exception=True)
        browser.cookies = copy.deepcopy(self.browser.cookies)
        with transaction.atomic():
            answer = getattr(browser, method)(address, data)
            transaction.set_rollback(True)
        return answer


@pytest.fixture(scope="module")
def db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def hostile(db: None) -> Hostile:
    made = Hostile(everything.build())
    renditions.rendition_for(made.own.asset, get("facebook").capabilities({}).limits.image)
    return made


@pytest.fixture(autouse=True)
def nobody_outside(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(remote, "before_send", [])
    settings.SANDBOX_URL = "http://127.0.0.1:9"


# Where each address once stumbled, or might: (address, names in it that a stranger may fill).
READS = {
    "posts:list": ("q", "page", "state", "platform", "person", "campaign"),
    "posts:new": ("event",), "posts:queue": ("post", "done", "undo"), "posts:review_many": ("open",),
    "planner:calendar": ("month", "platform", "branch", "campaign", "person", "state"),
    "planner:agenda": ("month",), "planner:week": ("day",), "planner:day": ("day",),
    "programs:events": ("month", "branch", "source", "q", "state"),
    "inbox:inbox": ("q", "platform", "show", "page"), "inbox:news": ("seen",), "inbox:talk": ("to",), "inbox:thread": ("seen",),
    "media_library:library": ("q", "page", "show"), "media_library:thumb": ("first", "as", "large"),
    "audit:log": ("person", "action", "kind", "number", "since", "until", "page"),
    "platforms:return": ("state", "code", "error"), "libraries:sign_in": ("next",),
}  # fmt: skip
WRITES = {
    "posts:new": ("title", "body", "link", "accounts", "media", "version", "event", "date", "time", "fold", "act", "born"),
    "posts:check": ("post", "event", "media", "title"), "posts:save": ("title", "version", "accounts", "media"),
    "posts:many": ("post", "act", "back"), "posts:review": ("revision", "verdict", "comment", "done"),
    "posts:amend": ("revision", "body", "comment"), "posts:comments": ("body", "parent"), "posts:send_link": ("address",),
    "posts:rules": ("scope", "place", "approver"), "posts:approve_many": ("post",), "posts:unreview": ("done",),
    "posts:pause": ("reason",), "posts:resume": ("reason",), "posts:recall": ("reason",),
    "posts:resolve": ("answer", "url"), "posts:move": ("when", "date", "time"), "planner:move": ("date", "time", "back"),
    "platforms:connect": ("account", "way"), "platforms:choose": ("chosen",), "libraries:switch_library": ("library",),
    "libraries:settings": ("name", "tz", "website"), "libraries:people": ("name", "email", "role"),
    "libraries:sign_in": ("email", "password", "next"), "libraries:password": ("old", "new"),
    "programs:import": ("url", "name"), "programs:cancel": ("reason",), "programs:preview": ("take", "rest"),
    "inbox:reply": ("body", "to"), "inbox:resolve_reply": ("answer",), "inbox:close": ("state",),
    "media_library:picture": ("alt_text",), "media_library:withdraw": ("reason",), "audit:erase": ("reason",),
}  # fmt: skip


BITES = ("nul", "superscript digit", "thousands of digits")


def stumbled(hostile: Hostile, method: str, name: str, said: dict[str, Any]) -> str:
    """What went wrong with us, "" where an answer came."""
    try:
        status = hostile.ask(method, hostile.address(name), said).status_code
    except Exception as error:
        return f"{type(error).__name__} {error}"[:160]
    return str(status) if status >= 500 else ""


@pytest.mark.parametrize("name", sorted(READS))
def test_no_address_stumbles(name: str, hostile: Hostile) -> None:
    found = {
        what: stumbled(hostile, "get", name, {field: value.encode("utf-8", "surrogatepass") for field in READS[name]})
        for what, value in HOSTILE.items()
    }
    assert not any(found.values()), found


@pytest.mark.parametrize("name", sorted(WRITES))
def test_no_form_stumbles(name: str, hostile: Hostile) -> None:
    own = hostile.own
    base = {
        "when": "at", "date": "2099-01-01", "time": "10:00", "act": "save", "accounts": own.account.pk, "body": "Hello",
        "version": "1", "answer": "up", "verdict": "approve", "revision": own.revision.pk, "post": own.post.pk,
        "email": "somebody@example.org", "password": "x", "name": "n", "role": "staff", "media": own.asset.pk,
    }  # fmt: skip
    found = {
        f"{field}, {what}": stumbled(hostile, "post", name, base | {field: HOSTILE[what]})
        for field in WRITES[name] for what in BITES
    }  # fmt: skip
    assert not any(found.values()), {key: said for key, said in found.items() if said}


@pytest.mark.parametrize("address", ["/record/?until=9999-12-31", "/record/?since=0001-01-01", "/calendar/day/?day=9999-12-31"])
def test_days_at_the_ends_of_the_calendar_are_days(address: str, hostile: Hostile) -> None:
    assert hostile.ask("get", address, {}).status_code == 200
