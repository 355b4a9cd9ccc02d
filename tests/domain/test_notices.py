"""Nothing fails in silence: one notice per cause, to those who can act, mailed once, gone with its cause."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from libraries import notices
from libraries.models import Library, Membership, Notice, Role
from platforms import accounts
from posts.models import Delivery
from scheduler import housekeeping
from tests import factories


@pytest.fixture
def of(db: None) -> Library:
    made = factories.library()
    for role in Role:
        factories.actor(made, role)
    return made


def test_the_same_cause_is_one_notice_that_counts(of: Library) -> None:
    for title in ("First words", "Newer words"):
        notices.raise_notice(of.pk, "delivery:1", title=title)
    notice = Notice.objects.get()
    assert (notice.times, notice.title) == (2, "Newer words")
    notices.close_notices(of.pk, "delivery:1")
    notices.raise_notice(of.pk, "delivery:1", title="Again")
    assert Notice.objects.count() == 2


@pytest.mark.parametrize(("verb", "who"), [
    ("post.resolve", {"manager", "admin"}), ("account.connect", {"admin"}), ("inbox.reply", {"staff", "manager", "admin"}),
])  # fmt: skip
def test_those_who_can_act_see_it_and_are_mailed_once(of: Library, verb: str, who: set[str]) -> None:
    notices.raise_notice(of.pk, "k", title="Something", text="Words", path="/posts/1/", verb=verb)
    assert {str(r) for r in Role if notices.open_for(factories.actor(of, r)).exists()} == who
    assert notices.mail_new("https://library.example") == 1
    assert {to.split("-")[0] for letter in mail.outbox for to in letter.to} == who
    assert all("https://library.example/posts/1/" in letter.body for letter in mail.outbox)
    assert notices.mail_new("https://library.example") == 0
    assert len(mail.outbox) == len(who)


def test_another_library_sees_and_hears_nothing(of: Library) -> None:
    other = factories.library("Another library")
    notices.raise_notice(of.pk, "k", title="Something", verb="post.resolve")
    assert not notices.open_for(factories.actor(other, Role.ADMIN)).exists()
    notices.mail_new("")
    addresses = {to for letter in mail.outbox for to in letter.to}
    assert not addresses & set(Membership.objects.filter(library=other).values_list("user__email", flat=True))


def test_who_left_is_not_mailed(of: Library) -> None:
    Membership.objects.filter(library=of, role="manager").update(is_active=False)
    notices.raise_notice(of.pk, "k", title="Something", verb="post.resolve")
    notices.mail_new("")
    assert not [to for letter in mail.outbox for to in letter.to if to.startswith("manager")]


def test_a_mail_server_that_fails_is_itself_a_notice_and_only_one(of: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*args: Any, **kwargs: Any) -> None:
        raise ConnectionRefusedError("nobody there")

    monkeypatch.setattr(notices, "send_mail", down)
    for n in range(2):
        notices.raise_notice(of.pk, f"k{n}", title="Something", verb="post.resolve")
        assert housekeeping.mail_notices() == 0
    assert Notice.objects.filter(key="mail", resolved_at=None).count() == 1


def test_an_account_that_was_lost_is_said_once(of: Library) -> None:
    account = factories.account(of)
    for _again in range(3):
        accounts.needs_reconnecting(account, "revoked")
    notice = Notice.objects.get(key=f"account:{account.pk}")
    assert (notice.verb, notice.times) == ("account.connect", 1)


def test_posts_that_are_due_and_do_not_go_out_are_said_until_they_go(of: Library) -> None:
    delivery = factories.scheduled(of, factories.account(of))[0]
    assert housekeeping.watch_overdue() == 0
    Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now() - timedelta(minutes=5))
    assert housekeeping.watch_overdue() == 1
    assert Notice.objects.filter(key="worker", resolved_at=None).count() == 1
    Delivery.objects.filter(pk=delivery.pk).update(hold="paused")
    assert housekeeping.watch_overdue() == 0
    assert not Notice.objects.filter(key="worker", resolved_at=None).exists()
