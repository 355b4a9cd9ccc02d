"""Every address × every role × own and other library × signed out. An address that is not in the table fails."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from core import remote
from libraries.models import Role
from libraries.permissions import VERBS
from media_library import renditions
from platforms import vault
from platforms.base import Grant, Token
from platforms.registry import get
from tests.domain import everything
from tests.domain.everything import Everything

PUBLIC = ("", "")
# name -> (verb to read, verb to write); "" is for everybody
TABLE: dict[str, tuple[str, str]] = {
    "libraries:home": ("library.read", "library.read"),
    "libraries:healthz": PUBLIC,
    "libraries:address_probe": PUBLIC,
    "libraries:sign_in": PUBLIC,
    "libraries:sign_out": PUBLIC,
    "libraries:password": ("library.read", "library.read"),
    "libraries:switch_library": ("library.read", "library.read"),
    "libraries:welcome": ("settings.change", "settings.change"),
    "libraries:notices": ("notice.read", "notice.read"),
    "libraries:close_notice": ("notice.close", "notice.close"),
    "libraries:seen_notice": ("notice.read", "notice.read"),
    "libraries:settings": ("settings.change", "settings.change"),
    "libraries:mail_test": ("settings.change", "settings.change"),
    "libraries:address_check": ("settings.change", "settings.change"),
    "libraries:leave_practice": ("settings.change", "settings.change"),
    "libraries:branches": ("settings.change", "settings.change"),
    "libraries:people": ("people.manage", "people.manage"),
    "libraries:change_person": ("people.manage", "people.manage"),
    "audit:log": ("audit.read", "audit.read"),
    "audit:verify": ("audit.read", "audit.read"),
    "audit:entry": ("audit.read", "audit.read"),
    "audit:erase": ("audit.erase", "audit.erase"),
    "platforms:accounts": ("account.read", "account.read"),
    "platforms:connect": ("account.connect", "account.connect"),
    "platforms:return": ("account.connect", "account.connect"),
    "platforms:choose": ("account.connect", "account.connect"),
    "platforms:second_route": ("account.connect", "account.connect"),
    "platforms:account": ("account.read", "account.read"),
    "platforms:check": ("account.connect", "account.connect"),
    "platforms:disable": ("account.connect", "account.connect"),
    "platforms:change": ("account.connect", "account.connect"),
    "media_library:library": ("media.read", "media.read"),
    "media_library:upload": ("media.add", "media.add"),
    "media_library:picture": ("media.read", "media.add"),
    "media_library:withdraw": ("media.remove", "media.remove"),
    "media_library:many": ("media.add", "media.add"),
    "media_library:rights": ("media.add", "media.add"),
    "media_library:focus": ("media.add", "media.add"),
    "media_library:consent": ("media.add", "media.add"),
    "media_library:end_consent": ("media.add", "media.add"),
    "media_library:delete": ("media.remove", "media.remove"),
    "media_library:restore": ("media.remove", "media.remove"),
    "media_library:thumb": ("media.read", "media.read"),
    "media_library:public": PUBLIC,
    "posts:list": ("post.read", "post.read"),
    "posts:by_hand": ("post.read", "post.read"),
    "posts:import": ("post.draft", "post.draft"),
    "posts:import_template": ("post.draft", "post.draft"),
    "posts:card_picture": ("post.read", "post.read"),
    "posts:campaigns": ("post.read", "post.read"),
    "posts:campaign_new": ("campaign.edit", "campaign.edit"),
    "posts:campaign": ("post.read", "post.read"),
    "posts:campaign_edit": ("campaign.edit", "campaign.edit"),
    "posts:campaign_fill": ("campaign.edit", "campaign.edit"),
    "posts:campaign_close": ("campaign.edit", "campaign.edit"),
    "posts:campaign_delete": ("campaign.delete", "campaign.delete"),
    "posts:campaign_copy": ("campaign.edit", "campaign.edit"),
    "posts:import_look": ("post.draft", "post.draft"),
    "posts:export": ("post.read", "post.read"),
    "posts:duplicate": ("post.draft", "post.draft"),
    "posts:many": ("post.draft", "post.draft"),
    "posts:new": ("post.draft", "post.draft"),
    "posts:templates": ("post.draft", "post.edit_any"),
    "posts:starters": ("post.draft", "post.edit_any"),
    "posts:choices": ("post.draft", "post.draft"),
    "posts:template": ("post.draft", "post.edit_any"),
    "posts:snippet": ("post.draft", "post.edit_any"),
    "posts:hashtag_set": ("post.draft", "post.edit_any"),
    "posts:versions": ("post.draft", "post.draft"),
    "posts:restore": ("post.draft", "post.draft"),
    "posts:here": ("post.draft", "post.draft"),
    "posts:two_texts": ("post.draft", "post.draft"),
    "posts:check": ("post.draft", "post.draft"),
    "posts:queue": ("post.approve", "post.approve"),
    "posts:review_many": ("post.approve", "post.approve"),
    "posts:approve_many": ("post.approve", "post.approve"),
    "posts:rules": ("settings.change", "settings.change"),
    "posts:advice": ("settings.change", "settings.change"),
    "posts:mend": ("post.draft", "post.draft"),
    "posts:look": ("post.approve", "post.approve"),
    "posts:unreview": ("post.approve", "post.approve"),
    "posts:amend": ("post.approve", "post.approve"),
    "posts:send_link": ("post.approve", "post.approve"),
    "posts:revoke_link": ("post.approve", "post.approve"),
    "posts:comments": ("post.read", "post.comment"),
    "posts:settle": ("post.comment", "post.comment"),
    "posts:approve_by_link": PUBLIC,
    "posts:letter_card": PUBLIC,
    "posts:post": ("post.read", "post.read"),
    "posts:deliveries": ("post.read", "post.read"),
    "posts:edit": ("post.draft", "post.draft"),
    "posts:save": ("post.draft", "post.draft"),
    "posts:submit": ("post.draft", "post.draft"),
    "posts:review": ("post.approve", "post.approve"),
    "posts:schedule": ("post.schedule", "post.schedule"),
    "posts:move": ("post.read", "post.submit"),
    "posts:undo": ("post.schedule", "post.schedule"),
    "posts:follow_event": ("post.read", "post.schedule"),
    "posts:down_later": ("post.read", "post.recall"),
    "posts:slots": ("post.read", "post.read"),
    "posts:slot_add": ("post.schedule", "post.schedule"),
    "posts:slot_remove": ("post.schedule", "post.schedule"),
    "posts:pauses": ("post.read", "post.read"),
    "posts:pause_begin": ("post.schedule", "post.schedule"),
    "posts:pause_end": ("post.schedule", "post.schedule"),
    "posts:series_list": ("post.read", "post.read"),
    "posts:series_new": ("post.submit", "post.submit"),
    "posts:series": ("post.read", "post.read"),
    "posts:series_approve": ("post.approve", "post.approve"),
    "posts:series_stop": ("post.submit", "post.submit"),
    "posts:series_skip": ("post.submit", "post.submit"),
    "posts:pause": ("post.schedule", "post.schedule"),
    "posts:resume": ("post.schedule", "post.schedule"),
    "posts:archive": ("post.draft", "post.draft"),
    "posts:recall": ("post.recall", "post.recall"),
    "posts:correct": ("post.recall", "post.recall"),
    "posts:resolve": ("post.resolve", "post.resolve"),
    "posts:again": ("post.schedule", "post.schedule"),
    "posts:cancel": ("post.schedule", "post.schedule"),
    "posts:down": ("post.recall", "post.recall"),
    "posts:follow": PUBLIC,
    "programs:events": ("event.read", "event.read"),
    "programs:event": ("event.read", "event.read"),
    "programs:cancel": ("event.edit", "event.edit"),
    "programs:restore": ("event.edit", "event.edit"),
    "programs:import": ("event.read", "feed.manage"),
    "programs:preview": ("event.read", "feed.manage"),
    "programs:feed": ("event.read", "event.read"),
    "programs:look": ("feed.manage", "feed.manage"),
    "programs:switch": ("feed.manage", "feed.manage"),
    "inbox:inbox": ("inbox.read", "inbox.read"),
    "inbox:news": ("inbox.read", "inbox.read"),
    "inbox:talk": ("inbox.read", "inbox.read"),
    "inbox:thread": ("inbox.read", "inbox.read"),
    "inbox:reply": ("inbox.reply", "inbox.reply"),
    "inbox:close": ("inbox.reply", "inbox.reply"),
    "inbox:resolve_reply": ("inbox.reply", "inbox.reply"),
    "planner:calendar": ("post.read", "post.read"),
    "planner:week": ("post.read", "post.read"),
    "planner:agenda": ("post.read", "post.read"),
    "planner:day": ("post.read", "post.read"),
    "planner:move": ("post.read", "post.draft"),
    "planner:views": ("post.read", "post.read"),
    "planner:remove_view": ("post.read", "post.read"),
    "planner:address": ("post.draft", "post.draft"),
    "planner:feed": PUBLIC,
    "planner:almanac": ("post.read", "settings.change"),
    "planner:observance": ("post.read", "post.read"),
    "planner:local_day": ("post.read", "post.read"),
    "planner:remove_day": ("post.read", "settings.change"),
    "planner:begin": ("post.draft", "post.draft"),
    "planner:today": ("post.read", "post.read"),
}
# Which row an address with a number is about. Every address that takes one is here.
ABOUT = {
    "planner:remove_view": "view", "planner:address": "view", "planner:local_day": "local_day", "planner:remove_day": "local_day",
    "libraries:close_notice": "notice", "libraries:seen_notice": "notice", "posts:revoke_link": "letter",
    "posts:settle": "comment", "libraries:change_person": "membership", "audit:entry": "entry",
    "audit:erase": "entry", "platforms:choose": "began", "platforms:account": "account", "platforms:check": "account",
    "platforms:disable": "account", "platforms:change": "account", "media_library:picture": "asset",
    "media_library:withdraw": "asset", "media_library:thumb": "asset", "media_library:end_consent": "consent",
    **{f"media_library:{name}": "asset" for name in ("rights", "focus", "consent", "delete", "restore")}, "posts:resolve": "delivery",
    "posts:again": "delivery", "posts:cancel": "delivery", "posts:down": "delivery", "programs:event": "event", "programs:cancel": "event",
    "programs:restore": "event", "programs:preview": "preview", "programs:feed": "feed", "programs:look": "feed",
    "programs:switch": "feed", "inbox:talk": "talk", "inbox:thread": "talk", "inbox:reply": "talk",
    **{f"posts:campaign{name}": "campaign" for name in ("", "_edit", "_fill", "_close", "_delete", "_copy")},
    "posts:card_picture": "card", "posts:import_look": "bulk", "posts:duplicate": "post", "inbox:close": "talk", "inbox:resolve_reply": "reply", "planner:move": "post",
    "posts:series": "series", "posts:series_approve": "series", "posts:series_stop": "series", "posts:series_new": "post",
    "posts:series_skip": "post", "posts:slot_remove": "slot", "posts:pause_end": "pause",
    "posts:template": "template", "posts:snippet": "snippet", "posts:hashtag_set": "hashtags",
    **{f"posts:{name}": "post" for name in ("versions", "restore", "here", "two_texts")},
    **{f"posts:{name}": "post" for name in (
        "undo", "follow_event", "down_later",
        "post", "deliveries", "edit", "save", "submit", "review", "schedule", "move", "pause", "resume", "archive",
        "look", "unreview", "amend", "send_link", "comments",
        "recall", "correct")},
}  # fmt: skip
# The page opens to a role that may do this with drafts of its own; with a colleague's approved post it takes another.
NEEDS_MORE = {"posts:edit": {"post.edit_any"}, "posts:versions": {"post.edit_any"}}
WRITES_NEED_MORE = {
    **{f"posts:{name}": {"post.edit_any"} for name in ("versions", "restore", "here", "two_texts")},
    "posts:settle": {"post.edit_any"},
    "posts:edit": {"post.edit_any"}, "posts:save": {"post.edit_any"}, "posts:submit": {"post.edit_any"},
    "posts:archive": {"post.edit_any"}, "posts:move": {"post.schedule"}, "posts:series_skip": {"post.schedule"}, "posts:series_stop": {"post.schedule"},
}  # fmt: skip
SAID = {"reason": "asked for", "role": "staff", "is_active": "on", "answer": "up", "body": "Thank you", "act": "discard", "when": "now"}


def _addresses() -> Iterator[tuple[str, URLPattern]]:
    waiting: list[tuple[str, Any]] = [("", get_resolver())]
    while waiting:
        space, it = waiting.pop()
        for inner in it.url_patterns:
            if isinstance(inner, URLResolver):
                waiting.append((inner.namespace or space, inner))
            else:
                yield f"{space}:{inner.name}", inner


PATTERNS = dict(_addresses())


@dataclass
class Walk:
    """Two libraries, and one signed-in browser for each role of the first."""

    own: Everything
    other: Everything
    browsers: dict[str, Client]

    def address(self, name: str, of: Everything) -> str:
        if name in ABOUT:
            row = of.people[Role.VIEWER].membership if ABOUT[name] == "membership" else getattr(of, ABOUT[name])
            return reverse(name, args=[row.pk])
        plain = {
            "platforms:connect": ["facebook"], "platforms:return": ["facebook"], "posts:follow": [of.delivery.link.slug],
            "posts:approve_by_link": ["not-a-secret-of-ours"], "posts:letter_card": ["not-a-secret-of-ours"], "planner:feed": [f"view-{of.view.pk}"], "planner:observance": ["earth-day"],
        }  # fmt: skip
        if name == "media_library:public":
            return renditions.public_url(of.asset.renditions.first()).split("testserver", 1)[1]
        return reverse(name, args=plain.get(name, []))


@pytest.fixture(scope="module")
def db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """One transaction for the whole module; each request works in a part of it that is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def _sign_in_completed(of: Everything) -> None:
    """So that there is something to choose from."""
    grant = Grant("new", "New page", "new", "", Token("t"), {}, ())
    of.began.offer = vault.encrypt(json.dumps([asdict(grant)]).encode())
    of.began.used_at = timezone.now()
    of.began.save()


@pytest.fixture(scope="module")
def walk(db: None) -> Walk:
    made = Walk(everything.build(), everything.build(), {})
    for of in (made.own, made.other):
        renditions.rendition_for(of.asset, get("facebook").capabilities({}).limits.image)
    _sign_in_completed(made.own)
    for role, actor in made.own.people.items():
        made.browsers[str(role)] = Client(raise_request_exception=False)
        made.browsers[str(role)].force_login(actor.user)
    made.browsers["nobody"] = Client(raise_request_exception=False)
    return made


@pytest.fixture(autouse=True)
def nobody_outside(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """The walk runs in a transaction that is rolled back, so the guard against that is off; nothing answers anyway."""
    monkeypatch.setattr(remote, "before_send", [])
    settings.SANDBOX_URL = "http://127.0.0.1:9"


def _ask(browser: Client, method: str, address: str, **headers: str) -> Any:
    """The answer, and everything that it changed undone, the browser's cookies too."""
    cookies = copy.deepcopy(browser.cookies)
    try:
        with transaction.atomic():
            answer = getattr(browser, method)(address, SAID if method == "post" else {}, **headers)
            transaction.set_rollback(True)
    finally:
        browser.cookies = cookies
    return answer


def test_every_address_is_in_the_table_and_its_page_says_the_same() -> None:
    said = {
        name: (getattr(p.callback, "verb", "not said"), getattr(p.callback, "write_verb", "not said"))
        for name, p in PATTERNS.items()
    }
    assert said == TABLE


def test_every_address_with_a_row_is_asked_for_another_librarys() -> None:
    numbered = {name for name, p in PATTERNS.items() if "pk" in p.pattern.converters}
    assert numbered == set(ABOUT)


@pytest.mark.parametrize("name", sorted(n for n, verbs in TABLE.items() if verbs != PUBLIC))
@pytest.mark.parametrize("method", ["get", "post"])
def test_signed_out_leads_to_the_sign_in_page(name: str, method: str, walk: Walk) -> None:
    address = walk.address(name, walk.own)
    answer = _ask(walk.browsers["nobody"], method, address)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/?next=")
    htmx = _ask(walk.browsers["nobody"], method, address, HTTP_HX_REQUEST="true")
    assert htmx.status_code == 401
    assert htmx["HX-Redirect"].startswith("/sign-in/")


@pytest.mark.parametrize("name", sorted(n for n, verbs in TABLE.items() if verbs == PUBLIC))
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_public_answers_everybody(name: str, method: str, walk: Walk) -> None:
    for who, browser in walk.browsers.items():
        answer = _ask(browser, method, walk.address(name, walk.own))
        allowed = (200, 302, 400, 405, 422, 429, *((404,) if name == "posts:letter_card" else ()))  # a picture or nothing
        assert answer.status_code in allowed, (who, answer.status_code)


@pytest.mark.parametrize("name", sorted(n for n, verbs in TABLE.items() if verbs != PUBLIC))
@pytest.mark.parametrize("method", ["get", "post"])
def test_the_role_opens_the_page_or_does_not(name: str, method: str, walk: Walk) -> None:
    came = {}
    for role in Role:
        answer = _ask(walk.browsers[str(role)], method, walk.address(name, walk.own))
        assert answer.status_code < 500, (role, answer.status_code)
        came[role] = answer.status_code
    needed = set(TABLE[name] if method == "post" else TABLE[name][:1])
    if 405 not in came.values():  # a page that does not know the method is asked for no more than its own verb
        needed |= NEEDS_MORE.get(name, set()) if method == "get" else WRITES_NEED_MORE.get(name, set())
    opened = {role for role, status in came.items() if status != 403}
    assert opened == {role for role in Role if all(role in VERBS[verb] for verb in needed)}, came
    assert 404 not in came.values() or name in ABOUT_NOTHING_HERE, came


ABOUT_NOTHING_HERE = {"platforms:second_route", "libraries:switch_library"}  # not installed; a library that is not theirs


@pytest.mark.parametrize("name", sorted(ABOUT))
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_librarys_rows_are_not_there(name: str, method: str, walk: Walk) -> None:
    for role in (Role.ADMIN, Role.VIEWER):
        answer = _ask(walk.browsers[str(role)], method, walk.address(name, walk.other))
        allowed = all(role in VERBS[verb] for verb in TABLE[name][: 2 if method == "post" else 1])
        assert answer.status_code in ((404, 405) if allowed else (403,)), (role, answer.status_code)
        assert walk.other.library.name not in answer.content.decode() or walk.own.library.name == walk.other.library.name


def test_a_post_with_a_foreign_row_in_its_form_does_not_take_it(walk: Walk) -> None:
    """Numbers that come inside a form are looked up in one's own library too."""
    from posts.models import Post

    before = Post.objects.filter(library=walk.other.library).values_list("state", flat=True)[0]
    with transaction.atomic():
        walk.browsers["admin"].post(
            "/posts/new/",
            {"body": "Hello", "accounts": [walk.other.account.pk], "media": [walk.other.asset.pk], "event": walk.other.event.pk},
        )
        walk.browsers["admin"].post("/posts/many/", {"act": "archive", "post": [walk.other.post.pk]})
        made = Post.objects.filter(library=walk.own.library).latest("pk")
        content = made.working_copy.content
        assert walk.other.account.pk not in content["accounts"]
        assert walk.other.asset.pk not in [row["asset"] for row in content["media"]]
        assert made.event_id != walk.other.event.pk
        assert Post.objects.get(pk=walk.other.post.pk).state == before
        transaction.set_rollback(True)


def test_somebody_without_a_library_is_told_so(walk: Walk) -> None:
    from libraries.models import User

    browser = Client(raise_request_exception=False)
    browser.force_login(User.objects.create_user(email="new@example.org", password="x", name="New"))
    for name in ("libraries:home", "posts:list", "inbox:inbox", "planner:calendar"):
        assert _ask(browser, "get", reverse(name)).status_code == 403
