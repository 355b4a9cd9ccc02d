"""Every action × every role × own and other library. An action that is not in the table fails the test."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from datetime import time, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

import inbox.actions
import libraries.actions
import media_library.actions
import media_library.consenting
import planner.actions
import platforms.accounts
import platforms.actions
import platforms.connect
import platforms.private_route
import posts.actions
import programs.actions
from core import remote
from libraries.models import Role
from libraries.permissions import VERBS, Actor, OwnedQuerySet, Refused, require
from platforms.base import Grant, Token
from posts.bulk.sheet import Row, Sheet
from posts.recurrence import Rule
from posts.versions import Side
from tests import factories
from tests.domain import everything
from tests.domain.everything import Everything

MODULES = (
    posts.actions, inbox.actions, programs.actions, planner.actions, platforms.accounts, platforms.actions, platforms.connect,
    platforms.private_route, media_library.actions, media_library.consenting, libraries.actions,
)  # fmt: skip
# Steps that actions and the machine are made of: they take no person, or None for the machine, and no page calls them.
STEPS = {
    "posts.hold_deliveries", "posts.release_deliveries", "posts.hold_posts_of", "posts.keep_event", "posts.make_revision",
    "posts.may_edit", "posts.first_day", "posts.wrote", "programs.import_body", "connect.way_of",
}  # fmt: skip
# These act on the actor's own library by themselves and are handed no row of any other.
ABOUT_NOTHING_YET = {
    "posts.create_post", "posts.choose_advice", "posts.take_starters", "posts.hold_import", "programs.make_preview", "planner.save_view", "planner.mark_row", "planner.add_local_day",
    "accounts.connect_account", "platforms.begin", "connect.begin",
    "connect.finish", "private_route.connect", "media_library.add_asset", "libraries.change_library",
    "libraries.finish_welcome", "libraries.add_person", "libraries.change_password", "libraries.go_live",
    "libraries.test_mail", "libraries.check_address",
}  # fmt: skip
LATER = timezone.now() + timedelta(days=3)


def _grant() -> Grant:
    return Grant(external_id="new", name="New page", handle="new", url="", facts={}, missing=(), token=Token("t"))


Asked = Callable[[Everything], dict[str, Any]]
# action -> (verb, what it is asked with)
TABLE: dict[str, tuple[str, Asked]] = {
    "posts.create_post": ("post.draft", lambda e: {"title": "A title"}),
    "posts.save_copy": ("post.edit_any", lambda e: {"post": e.post, "content": {"body": "other"}, "version": 1}),
    "posts.plan_post": ("post.edit_any", lambda e: {"post": e.post, "when": LATER}),
    "posts.hold_import": ("post.draft", lambda e: {"name": "posts.csv", "sheet": Sheet((Row(2, {"text": "Hello"}),), "utf-8", ",")}),
    "posts.confirm_import": ("post.draft", lambda e: {"held": e.bulk}),
    "posts.discard_import": ("post.draft", lambda e: {"held": e.bulk}),
    "posts.duplicate_post": ("post.draft", lambda e: {"post": e.post}),
    "posts.shift_post": ("post.schedule", lambda e: {"post": e.post, "days": 1}),
    "posts.hand_over": ("post.edit_any", lambda e: {"post": e.post, "to": e.people[Role.STAFF].user}),
    "posts.archive_post": ("post.edit_any", lambda e: {"post": e.post}),
    "posts.unarchive_post": ("post.edit_any", lambda e: {"post": e.post}),
    "posts.submit_post": ("post.submit", lambda e: {"post": e.post, "planned_for": None}),
    "posts.review_post": ("post.approve", lambda e: {"post": e.post, "revision": e.revision, "verdict": "approve"}),
    "posts.amend_post": (
        "post.approve",
        lambda e: {"post": e.post, "revision": e.revision, "body": "other", "variants": {}, "alts": {}},
    ),
    "posts.approve_own": ("post.approve", lambda e: {"post": e.post, "revision": e.revision}),
    "posts.undo_review": ("post.approve", lambda e: {"review": e.review}),
    "posts.send_link": ("post.approve", lambda e: {"post": e.post, "address": "somebody@example.org"}),
    "posts.revoke_link": ("post.approve", lambda e: {"link": e.letter}),
    "posts.comment_post": ("post.comment", lambda e: {"post": e.post, "body": "Is ten right?"}),
    "posts.settle_comment": ("post.edit_any", lambda e: {"comment": e.comment}),
    "posts.choose_advice": ("settings.change", lambda e: {"blocking": ["capitals"]}),
    "posts.set_approvers": ("settings.change", lambda e: {"place": e.account, "approvers": []}),
    "posts.schedule_post": ("post.schedule", lambda e: {"post": e.post}),
    "posts.move_post": ("post.schedule", lambda e: {"post": e.post, "when": LATER}),
    "posts.cancel_delivery": ("post.schedule", lambda e: {"delivery": e.delivery}),
    "posts.send_again": ("post.schedule", lambda e: {"delivery": e.delivery}),
    "posts.resolve_delivery": ("post.resolve", lambda e: {"delivery": e.delivery, "answer": "up"}),
    "posts.recall_post": ("post.recall", lambda e: {"post": e.post}),
    "posts.correct_post": ("post.recall", lambda e: {"post": e.post, "revision": e.revision, "body": "other"}),
    "posts.post_again": ("post.recall", lambda e: {"post": e.post, "deliveries": [e.delivery]}),
    "posts.took_down": ("post.recall", lambda e: {"delivery": e.delivery}),
    "posts.pause_post": ("post.schedule", lambda e: {"post": e.post}),
    "posts.undo_publish": ("post.schedule", lambda e: {"post": e.post}),
    "posts.plan_by_slots": ("post.edit_any", lambda e: {"post": e.post}),
    "posts.plan_by_event": ("post.edit_any", lambda e: {"post": e.post, "when": "1d10:00"}),
    "posts.set_take_down": ("post.recall", lambda e: {"post": e.post, "at": LATER}),
    "posts.add_slots": ("post.schedule", lambda e: {"account": e.account, "weekdays": [2], "at": time(9), "tz": "UTC"}),
    "posts.remove_slot": ("post.schedule", lambda e: {"slot": e.slot}),
    "posts.pause_publishing": ("post.schedule", lambda e: {"reason": "A storm", "account": e.account}),
    "posts.end_pause": ("post.schedule", lambda e: {"pause": e.pause}),
    "posts.begin_series": ("post.submit", lambda e: {
        "post": e.post, "rule": Rule("WEEKLY"), "starts_on": LATER.date(), "at": time(9), "tz": "UTC"}),
    "posts.approve_series": ("post.approve", lambda e: {"series": e.series}),
    "posts.stop_series": ("post.schedule", lambda e: {"series": e.series}),
    "posts.skip_occurrence": ("post.schedule", lambda e: {"post": e.post}),
    "posts.resume_post": ("post.schedule", lambda e: {"post": e.post}),
    "posts.save_template": ("post.edit_any", lambda e: {"template": e.template, "name": "New name", "body": "Songs!"}),
    "posts.save_snippet": ("post.edit_any", lambda e: {"snippet": e.snippet, "shortcut": "phone", "text": "Call us"}),
    "posts.save_hashtags": ("post.edit_any", lambda e: {"hashtags": e.hashtags, "name": "Often", "tags": "Books"}),
    "posts.remove_phrase": ("post.edit_any", lambda e: {"phrase": e.template}),
    "posts.put_back_phrase": ("post.edit_any", lambda e: {"phrase": e.snippet}),
    "posts.take_starters": ("post.edit_any", lambda e: {"audience": "public"}),
    "posts.keep_version": ("post.edit_any", lambda e: {"post": e.post, "name": "Short"}),
    "posts.restore_version": ("post.edit_any", lambda e: {"post": e.post, "version": e.kept}),
    "posts.settle_conflict": ("post.edit_any", lambda e: {
        "post": e.post, "mine": Side("Mine", {"body": "Mine"}), "choice": "theirs", "seen": 1}),
    "posts.save_campaign": ("campaign.edit", lambda e: {"name": "Winter reading", "campaign": e.campaign}),
    "posts.put_post": ("post.edit_any", lambda e: {"post": e.post, "campaign": e.campaign}),
    "posts.put_event": ("campaign.edit", lambda e: {"event": e.event, "campaign": e.campaign}),
    "posts.close_campaign": ("campaign.edit", lambda e: {"campaign": e.campaign}),
    "posts.reopen_campaign": ("campaign.edit", lambda e: {"campaign": e.campaign}),
    "posts.delete_campaign": ("campaign.delete", lambda e: {"campaign": e.campaign}),
    "posts.copy_plan": ("campaign.edit", lambda e: {"campaign": e.campaign, "starts_on": LATER.date()}),
    "posts.copy_campaign": ("campaign.edit", lambda e: {"campaign": e.campaign, "name": "Again", "starts_on": LATER.date()}),
    "posts.cancel_event": ("event.edit", lambda e: {"event": e.event}),
    "posts.restore_event": ("event.edit", lambda e: {"event": e.event}),
    "inbox.reply": ("inbox.reply", lambda e: {"conversation": e.talk, "body": "Thank you"}),
    "inbox.resolve_reply": ("inbox.reply", lambda e: {"row": e.reply, "answer": "drop"}),
    "inbox.close_conversation": ("inbox.reply", lambda e: {"conversation": e.talk}),
    "planner.save_view": ("post.edit_any", lambda e: {"name": "Branch", "page": "month", "query": "", "shared": True}),
    "planner.remove_view": ("post.edit_any", lambda e: {"view": e.view}),
    "planner.make_address": ("post.edit_any", lambda e: {"view": e.view}),
    "planner.revoke_address": ("post.edit_any", lambda e: {"view": e.view}),
    "planner.mark_row": ("settings.change", lambda e: {"key": "earth-day", "hidden": True, "care": False, "note": ""}),
    "planner.add_local_day": (
        "settings.change",
        lambda e: {"name": "Town fair", "on": LATER.date(), "days": 1, "yearly": True, "care": False, "note": ""},
    ),
    "planner.remove_local_day": ("settings.change", lambda e: {"day": e.local_day}),
    "programs.make_preview": ("feed.manage", lambda e: {"body": everything.CALENDAR, "content_type": "text/calendar"}),
    "programs.confirm_preview": ("feed.manage", lambda e: {"preview": e.preview}),
    "programs.discard_preview": ("feed.manage", lambda e: {"preview": e.preview}),
    "programs.switch_feed": ("feed.manage", lambda e: {"feed": e.feed, "on": False}),
    "accounts.connect_account": ("account.connect", lambda e: {"platform": "facebook", "realm": "practice", "grant": _grant()}),
    "accounts.set_state": ("account.connect", lambda e: {"account": e.account, "disabled": True}),
    "accounts.change_account": ("account.connect", lambda e: {"account": e.account, "carry_link": False}),
    "platforms.begin": ("account.connect", lambda e: {"platform": "facebook", "realm": "practice"}),
    "platforms.connect_offered": ("account.connect", lambda e: {"began": e.began, "external_id": "x"}),
    "platforms.check_account": ("account.connect", lambda e: {"account": e.account}),
    "platforms.switch": ("account.connect", lambda e: {"account": e.account, "on": False}),
    "connect.begin": ("account.connect", lambda e: {"platform": "facebook", "realm": "practice"}),
    "connect.finish": ("account.connect", lambda e: {"platform": "facebook", "state": "no", "code": "c", "error": ""}),
    "private_route.connect": ("account.connect", lambda e: {"username": "u", "password": "p", "code": "", "signature": ""}),
    "media_library.add_asset": ("media.add", lambda e: {"data": factories.picture_bytes(), "name": "new.jpg"}),
    "media_library.describe_asset": ("media.add", lambda e: {"asset": e.asset, "alt_text": "A card"}),
    "media_library.tag_asset": ("media.add", lambda e: {"asset": e.asset, "tags": ["story time"]}),
    "media_library.focus_asset": ("media.add", lambda e: {"asset": e.asset, "x": 0.2, "y": 0.8}),
    "media_library.state_rights": ("media.add", lambda e: {"asset": e.asset, "licence": "own"}),
    "media_library.delete_asset": ("media.remove", lambda e: {"asset": e.asset}),
    "media_library.restore_asset": ("media.remove", lambda e: {"asset": e.asset}),
    "consenting.record_consent": ("media.add", lambda e: {"asset": e.asset, "who": "Pat"}),
    "consenting.withdraw_consent": ("media.add", lambda e: {"consent": e.consent}),
    "consenting.forget_consent": ("media.remove", lambda e: {"consent": e.consent}),
    "media_library.withdraw_asset": ("media.remove", lambda e: {"asset": e.asset, "reason": "asked for"}),
    "libraries.change_library": ("settings.change", lambda e: {"name": "New name"}),
    "libraries.save_branch": ("settings.change", lambda e: {"branch": e.library.branches.first(), "phone": "555 0100"}),
    "libraries.finish_welcome": ("settings.change", lambda e: {}),
    "libraries.add_person": ("people.manage", lambda e: {"name": "Nell", "email": "nell@example.org", "role": "viewer"}),
    "libraries.change_membership": ("people.manage", lambda e: {
        "membership": e.people[Role.VIEWER].membership, "role": "staff", "is_active": True}),
    "libraries.change_password": ("library.read", lambda e: {"new": "another good long password"}),
    "libraries.go_live": ("settings.change", lambda e: {"staying": {}}),
    "libraries.test_mail": ("settings.change", lambda e: {}),
    "libraries.check_address": ("settings.change", lambda e: {}),
    "libraries.close_notice": ("notice.close", lambda e: {"notice": e.notice}),
    "libraries.erase_entry": ("audit.erase", lambda e: {"entry": e.entry, "reason": "asked for"}),
}  # fmt: skip


def _name(module: Any, name: str) -> str:
    parts = module.__name__.split(".")
    return f"{parts[0] if parts[-1] == 'actions' else parts[-1]}.{name}"


def _found() -> dict[str, Callable[..., Any]]:
    """Every public function of the modules that takes an actor."""
    return {
        _name(module, name): it
        for module in MODULES
        for name, it in vars(module).items()
        if inspect.isfunction(it) and not name.startswith("_") and "actor" in inspect.signature(it).parameters
        and it.__module__.startswith(module.__name__) and it.__module__ != "libraries.permissions"
    }  # fmt: skip


ACTIONS = _found()


@pytest.fixture(scope="module")
def db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """One transaction for the whole module; each test works in a part of it that is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def two(db: None) -> tuple[Everything, Everything]:
    return everything.build(), everything.build()


@pytest.fixture(autouse=True)
def inside_one_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests run in a transaction that they roll back, so the guard against that is off; nothing answers anyway."""
    monkeypatch.setattr(remote, "before_send", [])


def _fresh(value: Any) -> Any:
    """The row as it stands, so that what an earlier action changed on the object is not carried on."""
    if isinstance(value, Model):
        return type(value)._base_manager.get(pk=value.pk)
    if isinstance(value, Actor):
        return Actor(_fresh(value.user), _fresh(value.membership), _fresh(value.library))
    return value


def _do(name: str, actor: Actor, asked: dict[str, Any]) -> str:
    """What came of it: denied, or allowed (where a rule may still refuse it in words)."""
    asked = {key: _fresh(value) for key, value in asked.items()}
    try:
        with transaction.atomic():
            try:
                ACTIONS[name](actor=actor, **asked)
            finally:
                transaction.set_rollback(True)
    except PermissionDenied:
        return "denied"
    except Refused:
        return "allowed"
    return "allowed"


def test_every_action_is_in_the_table() -> None:
    assert set(ACTIONS) - STEPS == set(TABLE)
    assert not STEPS & set(TABLE)
    assert {verb for verb, _asked in TABLE.values()} <= set(VERBS)


@pytest.mark.parametrize("name", sorted(STEPS))
def test_steps_of_the_machine_are_called_by_no_page(name: str) -> None:
    """They trust their caller, so only actions, tasks and each other may be that; `may_edit`, `wrote` and `way_of` only ask."""
    import pathlib

    function = name.split(".")[1]
    if function in ("may_edit", "wrote", "way_of"):
        return
    root = pathlib.Path(posts.actions.__file__).resolve().parents[2]
    views = [p for app in ("posts", "programs", "inbox", "planner", "platforms", "libraries", "media_library")
             for p in (root / app).rglob("*.py") if "views" in p.parts or p.name in ("views.py", "importing.py")]  # fmt: skip
    assert views
    assert not [p.name for p in views if f"{function}(" in p.read_text()]


@pytest.mark.parametrize("name", sorted(TABLE))
def test_the_role_decides(name: str, two: tuple[Everything, Everything], settings: Any) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:9"
    own, _other = two
    verb, asked = TABLE[name]
    came = {str(role): _do(name, _fresh(own.people[role]), asked(own)) for role in Role}
    expected = {str(role): "allowed" if role in VERBS[verb] else "denied" for role in Role}
    assert came == expected


@pytest.mark.parametrize("name", sorted(set(TABLE) - ABOUT_NOTHING_YET))
def test_another_librarys_admin_gets_nowhere(name: str, two: tuple[Everything, Everything]) -> None:
    own, other = two
    assert _do(name, _fresh(other.people[Role.ADMIN]), TABLE[name][1](own)) == "denied"


def test_only_what_names_no_row_is_left_out_of_that(two: tuple[Everything, Everything]) -> None:
    named = {n for n, (_verb, asked) in TABLE.items() if any(isinstance(v, Model) for v in asked(two[0]).values())}
    assert set(TABLE) - named == ABOUT_NOTHING_YET


@pytest.mark.parametrize("why", ["person", "membership"])
def test_nobody_acts_who_has_left(why: str, two: tuple[Everything, Everything]) -> None:
    own, _other = two
    admin = _fresh(own.people[Role.ADMIN])
    held = admin.user if why == "person" else admin.membership
    held.is_active = False
    for name, (_verb, asked) in TABLE.items():
        assert _do(name, admin, asked(own)) == "denied", name


def test_nobody_is_refused_everything(two: tuple[Everything, Everything]) -> None:
    for verb in VERBS:
        with pytest.raises(PermissionDenied):
            require(None, verb)


def test_an_unknown_verb_is_a_bug_and_not_a_refusal(two: tuple[Everything, Everything]) -> None:
    with pytest.raises(KeyError):
        two[0].people[Role.ADMIN].may("post.fly")


def test_rows_of_another_library_are_invisible_in_every_table(two: tuple[Everything, Everything]) -> None:
    from django.apps import apps

    own, other = two
    seen = 0
    for model in apps.get_models():
        if not isinstance(model._default_manager.all(), OwnedQuerySet):
            continue
        mine = model._default_manager.visible_to(own.people[Role.ADMIN])
        assert not mine.exclude(library=own.library).exists(), model
        assert not model._default_manager.visible_to(None).exists(), model
        seen += model._default_manager.filter(library=other.library).exists()
    assert seen > 8


def test_stronger_roles_may_all_that_weaker_ones_may() -> None:
    ladder = list(Role)
    for weaker, stronger in zip(ladder, ladder[1:], strict=False):
        assert {v for v, roles in VERBS.items() if weaker in roles} <= {v for v, roles in VERBS.items() if stronger in roles}
