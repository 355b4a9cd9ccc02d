"""Notices and the bands across the top: who sees what needs somebody, and who may put it away."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import AuditEntry
from core.dispatch import Verdict
from core.models import Worker
from libraries.models import Notice, Role
from libraries.notices import raise_notice
from library_social import bands
from platforms.accounts import needs_reconnecting
from platforms.models import Credential
from posts import actions
from posts.models import Delivery
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def library():
    made = factories.library()
    Worker.objects.create(name="here")
    return made


def as_role(client, library, role):
    actor = factories.actor(library, role)
    client.force_login(actor.user)
    return actor


def words_of(found) -> str:
    return " ".join(f"{band['strong']} {band['text']} {band['action']}" for band in found)


def test_a_notice_stands_with_those_who_may_act_until_it_is_put_away(client, library):
    notice = raise_notice(library.pk, "delivery:1", title="A post needs a decision.", path="/posts/1/")
    as_role(client, library, Role.MANAGER)
    page = client.get("/notices/").content.decode()
    assert "A post needs a decision." in page and 'aria-label="1 notice"' in page
    assert client.post(f"/notices/{notice.pk}/close/").status_code == 302
    notice.refresh_from_db()
    assert notice.resolved_at is not None
    assert "Nothing needs you" in client.get("/notices/").content.decode()


def test_putting_a_notice_away_is_in_the_record_once(client, library):
    notice = raise_notice(library.pk, "delivery:1", title="A post needs a decision.", path="/posts/1/")
    marta = as_role(client, library, Role.MANAGER)
    for _twice in range(2):
        client.post(f"/notices/{notice.pk}/close/")
    entry = AuditEntry.objects.get(action="libraries.notice.closed")
    assert (entry.actor_id, entry.library_id, entry.object_id) == (marta.user_id, library.pk, notice.pk)
    assert entry.content.content["object"] == "A post needs a decision." and entry.content.content["key"] == "delivery:1"


def test_others_see_it_with_the_names_of_those_who_may_act(client, library):
    factories.actor(library, Role.MANAGER)
    raise_notice(library.pk, "delivery:1", title="A post needs a decision.")
    as_role(client, library, Role.VIEWER)
    page = client.get("/notices/").content.decode()
    assert "Nothing needs you" in page and "A post needs a decision." in page
    assert "can be dealt with by Alice, Marta" in page and "Put away" not in page


@pytest.mark.parametrize(("role", "verb", "status"), [
    (Role.STAFF, "post.resolve", 403), (Role.MANAGER, "account.connect", 403), (Role.ADMIN, "account.connect", 302),
])  # fmt: skip
def test_only_who_may_act_puts_a_notice_away(client, library, role, verb, status):
    notice = raise_notice(library.pk, "k", title="Look here", verb=verb)
    as_role(client, library, role)
    assert client.post(f"/notices/{notice.pk}/close/").status_code == status
    assert Notice.objects.filter(pk=notice.pk, resolved_at=None).exists() == (status == 403)


def test_another_librarys_notice_is_not_there(client, library):
    notice = raise_notice(factories.library().pk, "k", title="Not yours")
    as_role(client, library, Role.ADMIN)
    assert "Not yours" not in client.get("/notices/").content.decode()
    assert client.post(f"/notices/{notice.pk}/close/").status_code == 404


def test_a_good_day_has_no_band(library):
    assert bands.of(factories.actor(library, Role.ADMIN)) == []


def test_a_lost_account_shows_the_admin_the_way_and_others_whom_to_ask(library):
    account = factories.account(library, "twitter")
    needs_reconnecting(account, "token_revoked")
    admin = bands.of(factories.actor(library, Role.ADMIN))
    assert (admin[0]["url"], admin[0]["action"], admin[0]["tone"]) == (f"/accounts/{account.pk}/", "Reconnect", "bad")
    assert "An admin can reconnect it" in words_of(bands.of(factories.actor(library, Role.STAFF)))


def test_an_access_that_ends_and_cannot_be_renewed_is_said_a_week_before(library):
    account = factories.account(library, "linkedin", facts={"kind": "organization", "app": "self_serve"})
    renewable = factories.account(library, "twitter")
    for days, told in ((30, False), (6, True)):
        ends = timezone.now() + timedelta(days=days)
        Credential.objects.filter(account__in=[account, renewable]).update(expires_at=ends)
        found = bands.of(factories.actor(library, Role.ADMIN))
        assert [band["url"] for band in found] == ([f"/accounts/{account.pk}/"] if told else [])
    assert bands.of(factories.actor(library, Role.MANAGER)) == []


def test_a_silent_worker_is_red_only_when_something_is_due(library):
    manager = factories.actor(library, Role.MANAGER)
    Worker.objects.update(beat_at=timezone.now() - timedelta(seconds=Worker.SILENT_AFTER_S + 1))
    band = bands.worker_silent(manager)
    assert band["tone"] == "ask" and "since" in band["strong"]
    factories.scheduled(library, factories.account(library, "twitter"))
    band = bands.worker_silent(manager)
    assert band["tone"] == "bad" and "1 post is waiting" in band["text"]


def test_a_post_that_needs_a_decision_is_shown_to_those_who_decide(library):
    [delivery] = factories.scheduled(library, factories.account(library, "twitter"))
    Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now() - timedelta(minutes=1))
    [row] = Delivery.objects.claim(Worker.objects.create(name="the one that tries").pk)
    row.settle(row.open_attempt(), Verdict("failed", "rejected", code="invalid_content"))
    found = bands.of(factories.actor(library, Role.MANAGER))
    assert found[0]["url"] == f"/posts/{delivery.post_id}/" and "1 post needs a decision" in found[0]["strong"]
    assert bands.of(factories.actor(library, Role.STAFF)) == []


def test_a_paused_post_stays_in_sight(library):
    [delivery] = factories.scheduled(
        library, factories.account(library, "twitter"), when=timezone.now() + timedelta(days=1)
    )
    manager = factories.actor(library, Role.MANAGER)
    actions.pause_post(actor=manager, post=delivery.post)
    assert "1 post is paused" in words_of(bands.of(manager))
    actions.resume_post(actor=manager, post=delivery.post)
    assert bands.of(manager) == []


@pytest.mark.parametrize(("role", "there", "missing"), [
    (Role.VIEWER, ["Accounts"], ["People", "Record", "/posts/new/"]),
    (Role.MANAGER, ["Accounts", "Record"], ["People"]),
    (Role.ADMIN, ["Accounts", "Record", "People", "Library"], []),
])  # fmt: skip
def test_what_a_role_cannot_use_is_not_shown(client, library, role, there, missing):
    as_role(client, library, role)
    page = client.get("/accounts/").content.decode()
    for word in there[1:]:
        assert f">{word}</a>" in page
    for word in missing:
        assert f">{word}</a>" not in page and f'href="{word}"' not in page
