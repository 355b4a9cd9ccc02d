"""Review: who may, mending, taking back, several at once, and the posts that nobody approved in time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEntry
from core.models import Worker
from libraries.models import Library, Membership, Notice, Role
from libraries.permissions import Refused
from posts import actions
from posts.actions.warning import warn_of_unapproved
from posts.models import Campaign, Delivery, Post, ReviewRule, ReviewWarning
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def library() -> Any:
    return factories.library()


@pytest.fixture
def account(library: Any) -> Any:
    return factories.account(library, "twitter")


@pytest.fixture
def staff(library: Any) -> Any:
    return factories.actor(library, Role.STAFF)


@pytest.fixture
def manager(client: Client, library: Any) -> Any:
    actor = factories.actor(library, Role.MANAGER)
    client.force_login(actor.user)
    return actor


def waiting(staff: Any, account: Any, *, hours: float = 72, **fields: Any) -> Post:
    post = factories.draft(staff, account, **fields)
    actions.submit_post(actor=staff, post=post, planned_for=timezone.now() + timedelta(hours=hours))
    return post


def yes(post: Post, **fields: Any) -> dict[str, Any]:
    return {"verdict": "approve", "revision": post.current_revision_id, "when": "at", **when(post), **fields}


def when(post: Post) -> dict[str, str]:
    local = post.planned_for.astimezone(post.zone)
    return {"date": f"{local:%Y-%m-%d}", "time": f"{local:%H:%M}"}


def as_it_is(actor: Any) -> Any:
    actor.library.refresh_from_db()
    return actor


# --- one step or none


def test_a_library_without_review_lets_staff_schedule_and_says_so_in_the_record(client: Client, account: Any, library: Any, staff: Any) -> None:
    Library.objects.filter(pk=library.pk).update(review="none")
    client.force_login(staff.user)
    page = client.get(reverse("posts:new")).content.decode()
    assert "Your library has no review" in page
    post = factories.draft(as_it_is(staff), account)
    sent = {"act": "next", "version": 1, "body": "Closed on Monday.", "accounts": [account.pk], "when": "at", "date": "2030-05-01", "time": "09:00"}
    assert client.post(reverse("posts:submit", args=[post.pk]), sent).status_code == 302
    assert Delivery.objects.get(post=post).state == "scheduled"
    said = AuditEntry.objects.get(action="posts.post.approved", object_id=post.pk).content.content
    assert said["no_review"] is True


def test_with_review_staff_cannot_approve_what_they_hand_in(account: Any, staff: Any) -> None:
    post = waiting(staff, account)
    with pytest.raises(PermissionDenied):
        actions.approve_own(actor=staff, post=post, revision=post.current_revision)


def test_the_admin_switches_review_off_and_the_record_names_the_change(client: Client, library: Any) -> None:
    admin = factories.actor(library, Role.ADMIN)
    client.force_login(admin.user)
    sent = {"name": library.name, "tz": library.tz, "website": "", "review": "none", "small_edits": "on"}
    assert client.post(reverse("libraries:settings"), sent).status_code == 302
    library.refresh_from_db()
    assert (library.review, library.small_edits) == ("none", True)
    assert AuditEntry.objects.get(action="libraries.library.changed").content.content["changes"]["review"] == ["one", "none"]


# --- who may


def test_where_a_rule_names_somebody_nobody_else_approves(client: Client, library: Any, account: Any, staff: Any, manager: Any) -> None:
    mona = factories.person(library, Role.MANAGER, "Mona")
    admin = factories.actor(library, Role.ADMIN)
    actions.set_approvers(actor=admin, place=account, approvers=[mona.user_id])
    post = waiting(staff, account)
    page = client.get(reverse("posts:queue")).content.decode()
    assert "1 post waits for somebody else" in page
    assert client.post(reverse("posts:review", args=[post.pk]), yes(post)).status_code == 403
    client.force_login(mona.user)
    page = client.get(reverse("posts:queue")).content.decode()
    assert "May be approved by Mona." in page
    assert client.post(reverse("posts:review", args=[post.pk]), yes(post)).status_code == 302
    post.refresh_from_db()
    assert post.state == "approved"


def test_several_rules_take_somebody_whom_all_of_them_name(library: Any, account: Any, staff: Any, manager: Any) -> None:
    mona, admin = factories.person(library, Role.MANAGER, "Mona"), factories.actor(library, Role.ADMIN)
    campaign = Campaign.objects.create(library=library, name="Summer", slug="summer")
    post = waiting(staff, account)
    Post.objects.filter(pk=post.pk).update(campaign=campaign)
    post.refresh_from_db()
    actions.set_approvers(actor=admin, place=account, approvers=[mona.user_id, manager.user_id])
    actions.set_approvers(actor=admin, place=campaign, approvers=[manager.user_id, admin.user_id])
    assert [actor.may("post.approve", post) for actor in (manager, mona, admin)] == [True, False, False]
    actions.set_approvers(actor=admin, place=campaign, approvers=[admin.user_id])
    assert [actor.may("post.approve", post) for actor in (manager, mona, admin)] == [True, True, True]


def test_a_rule_about_the_branch_of_the_event_counts(library: Any, account: Any, staff: Any, manager: Any) -> None:
    mona, admin = factories.person(library, Role.MANAGER, "Mona"), factories.actor(library, Role.ADMIN)
    branch = library.branches.get()
    event = factories.event(library, branch=branch)
    actions.set_approvers(actor=admin, place=branch, approvers=[mona.user_id])
    post = waiting(staff, account, event=event)
    assert [actor.may("post.approve", post) for actor in (manager, mona)] == [False, True]


def test_whoever_leaves_is_named_in_vain_so_that_no_post_waits_for_ever(library: Any, account: Any, staff: Any, manager: Any) -> None:
    mona, admin = factories.person(library, Role.MANAGER, "Mona"), factories.actor(library, Role.ADMIN)
    actions.set_approvers(actor=admin, place=account, approvers=[mona.user_id])
    post = waiting(staff, account)
    assert not manager.may("post.approve", post)
    Membership.objects.filter(user=mona.user).update(is_active=False)
    assert manager.may("post.approve", post)


def test_only_who_can_approve_is_named_and_only_admins_name(client: Client, library: Any, account: Any, staff: Any) -> None:
    admin = factories.actor(library, Role.ADMIN)
    with pytest.raises(Refused, match="Only managers"):
        actions.set_approvers(actor=admin, place=account, approvers=[staff.user_id])
    client.force_login(admin.user)
    client.post(reverse("posts:rules"), {"scope": "account", "place": account.pk, "approver": [admin.user_id]})
    assert ReviewRule.objects.get().approver == admin.user
    assert "checked" in client.get(reverse("posts:rules")).content.decode()
    client.post(reverse("posts:rules"), {"scope": "account", "place": account.pk})
    assert not ReviewRule.objects.exists()


def test_rules_cannot_be_made_for_another_librarys_account(client: Client, library: Any) -> None:
    elsewhere = factories.account(factories.library("Another"), "twitter")
    client.force_login(factories.actor(library, Role.ADMIN).user)
    assert client.post(reverse("posts:rules"), {"scope": "account", "place": elsewhere.pk}).status_code == 404


# --- mending while judging


def test_a_manager_mends_and_approves_as_they_had_written_none_of_it(client: Client, account: Any, staff: Any, manager: Any) -> None:
    post = waiting(staff, account, body="Story time at tne.")
    old = post.current_revision
    client.post(reverse("posts:amend", args=[post.pk]), {"revision": old.pk, "body": "Story time at ten."})
    post.refresh_from_db()
    assert post.state == "in_review"
    assert post.current_revision.created_by == manager.user
    assert post.current_revision.small_edit_of == old
    page = client.get(reverse("posts:queue")).content.decode()
    assert "Mended by Marta" in page
    assert "Changed since version 1" in page
    assert Notice.objects.get(person=staff.user).title == "Marta mended your post while reviewing it."
    author = Client()
    author.force_login(staff.user)
    theirs = author.get(reverse("posts:post", args=[post.pk])).content.decode()
    assert "Marta mended it while reviewing." in theirs
    assert "<ins>" in theirs
    client.post(reverse("posts:review", args=[post.pk]), yes(post))
    post.refresh_from_db()
    assert post.state == "approved"
    assert Delivery.objects.get(post=post).payload["text"].startswith("Story time at ten.")
    assert AuditEntry.objects.get(action="posts.post.amended").content.content["small_edit"] is True


def test_where_the_library_wants_a_second_look_the_mender_does_not_approve(client: Client, library: Any, account: Any, staff: Any, manager: Any) -> None:
    Library.objects.filter(pk=library.pk).update(small_edits=False)
    post = waiting(staff, account)
    client.post(reverse("posts:amend", args=[post.pk]), {"revision": post.current_revision_id, "body": "Other words."})
    post.refresh_from_db()
    told = client.post(reverse("posts:review", args=[post.pk]), yes(post))
    assert told.status_code == 422
    assert "You wrote this" in told.content.decode()


def test_mending_never_lets_the_author_approve_their_own(library: Any, account: Any) -> None:
    author, mona = factories.actor(library, Role.MANAGER), factories.person(library, Role.MANAGER, "Mona")
    post = waiting(author, account)
    new = actions.amend_post(actor=mona, post=post, revision=post.current_revision, body="Mended.", variants={}, alts={})
    with pytest.raises(Refused, match="You wrote this"):
        actions.review_post(actor=author, post=post, revision=new, verdict="approve")


def test_whoever_wrote_the_text_before_makes_no_small_edit_of_it(library: Any, account: Any, staff: Any, manager: Any) -> None:
    post = factories.draft(staff, account)
    content = {**post.working_copy.content, "body": "The manager's words."}
    actions.save_copy(actor=manager, post=post, content=content, version=1)
    actions.submit_post(actor=staff, post=post, planned_for=None)
    new = actions.amend_post(actor=manager, post=post, revision=post.current_revision, body="More words.", variants={}, alts={})
    with pytest.raises(Refused, match="You wrote this"):
        actions.review_post(actor=manager, post=post, revision=new, verdict="approve")


def test_a_mended_text_that_cannot_be_sent_is_not_kept_and_stays_typed(client: Client, account: Any, staff: Any, manager: Any) -> None:
    post = waiting(staff, account)
    told = client.post(reverse("posts:amend", args=[post.pk]), {"revision": post.current_revision_id, "body": "word " * 200})
    assert told.status_code == 422
    assert "word word" in told.content.decode()
    assert post.revisions.count() == 1


def test_mending_what_its_author_changes_right_now_is_refused_in_words(client: Client, account: Any, staff: Any, manager: Any) -> None:
    post = waiting(staff, account)
    old = post.current_revision_id
    actions.save_copy(actor=staff, post=post, content={**post.working_copy.content, "body": "New."}, version=1)
    told = client.post(reverse("posts:amend", args=[post.pk]), {"revision": old, "body": "Mine."})
    assert told.status_code == 422
    assert "not waiting for review any more" in told.content.decode()
    told = client.post(reverse("posts:review", args=[post.pk]), {"verdict": "approve", "revision": old, "when": "now"})
    assert "Its author is changing it right now" in told.content.decode()


def test_parts_of_a_thread_and_a_first_comment_are_mended_where_they_stand(client: Client, account: Any, staff: Any, manager: Any) -> None:
    post = factories.draft(staff, account)
    held = {
        **post.working_copy.content, "threads": {str(account.pk): ["First prat 1/2", "Second part 2/2"]},
        "first_comment": {"text": "Sign up hree.", "accounts": [account.pk]},
    }  # fmt: skip
    actions.save_copy(actor=staff, post=post, content=held, version=1)
    actions.submit_post(actor=staff, post=post, planned_for=timezone.now() + timedelta(days=2))
    page = client.get(reverse("posts:queue")).content.decode()
    assert "part 1" in page
    sent = {"revision": post.current_revision_id, f"thread-{account.pk}-0": "First part 1/2", "comment": "Sign up here."}
    assert client.post(reverse("posts:amend", args=[post.pk]), sent).status_code == 302
    post.refresh_from_db()
    options = post.current_revision.variants.get().options
    assert options == {"thread": ["First part 1/2", "Second part 2/2"], "first_comment": "Sign up here."}


# --- taking back


def test_an_approval_is_taken_back_and_nothing_of_it_goes_out(client: Client, account: Any, staff: Any, manager: Any) -> None:
    post = waiting(staff, account)
    gone_on = client.post(reverse("posts:review", args=[post.pk]), yes(post), follow=True)
    assert "Undo" in gone_on.content.decode()
    client.post(reverse("posts:unreview", args=[post.pk]), {"done": 1})
    post.refresh_from_db()
    assert post.state == "in_review"
    assert Delivery.objects.get(post=post).hold == "approval"
    assert post.current_revision.number == 2
    assert "Changed since" not in client.get(reverse("posts:queue")).content.decode()
    assert "Marta" in client.get(reverse("posts:post", args=[post.pk])).content.decode().split("May be approved by")[1][:60]
    client.post(reverse("posts:review", args=[post.pk]), yes(post))
    post.refresh_from_db()
    assert post.state == "approved"
    assert Delivery.objects.get(post=post).hold == ""


def test_what_is_on_its_way_or_a_colleagues_is_not_taken_back(library: Any, account: Any, staff: Any, manager: Any) -> None:
    post = waiting(staff, account)
    review = actions.review_post(actor=manager, post=post, revision=post.current_revision, verdict="approve")
    with pytest.raises(Refused, match="Only the person"):
        actions.undo_review(actor=factories.person(library, Role.MANAGER, "Mona"), review=review)
    actions.schedule_post(actor=manager, post=post, when=None)
    Delivery.objects.filter(post=post).update(state="sending", lease_token="0" * 32, leased_until=timezone.now(), leased_by=Worker.objects.create(name="w").pk)
    with pytest.raises(Refused, match="going out already"):
        actions.undo_review(actor=manager, review=review)


def test_htmx_gets_the_next_post_with_the_count_and_a_way_back(client: Client, account: Any, staff: Any, manager: Any) -> None:
    first, second = waiting(staff, account, body="First one"), waiting(staff, account, hours=96, body="Second one")
    answer = client.post(reverse("posts:review", args=[first.pk]), yes(first, done=0), HTTP_HX_REQUEST="true")
    text = answer.content.decode()
    assert text.lstrip().startswith('<div class="judging"')
    assert "Second one" in text
    assert "2 of 2" in text
    assert reverse("posts:unreview", args=[first.pk]) in text
    assert answer["HX-Push-Url"].endswith(f"?done=1&undo={first.pk}")
    assert second.pk


# --- several at once


def seen(client: Client, post: Post) -> dict[str, str]:
    page = client.get(reverse("posts:look", args=[post.pk]))
    return {f"seen-{post.pk}": page.context["mark"]}


def test_only_what_was_opened_is_approved_and_each_failure_is_named(client: Client, account: Any, staff: Any, manager: Any) -> None:
    good, unseen, late, changed = (waiting(staff, account, body=f"Post {n}") for n in range(4))
    sent: dict[str, Any] = {"post": [p.pk for p in (good, unseen, late, changed)]}
    sent |= {**seen(client, good), **seen(client, late), **seen(client, changed)}
    Post.objects.filter(pk=late.pk).update(planned_for=timezone.now() - timedelta(minutes=1))
    actions.amend_post(actor=manager, post=changed, revision=changed.current_revision, body="Mended.", variants={}, alts={})
    answer = client.post(reverse("posts:approve_many"), sent)
    text = answer.content.decode()
    assert [r.good for r in answer.context["results"]].count(True) == 1
    assert "Its time has passed" in text or "its time has passed" in text
    assert text.count("you did not open this version") == 2
    states = {p.pk: Post.objects.get(pk=p.pk).state for p in (good, unseen, late, changed)}
    assert list(states.values()) == ["approved", "in_review", "in_review", "in_review"]
    assert Delivery.objects.get(post=good).due_at == good.planned_for


def test_a_mark_of_somebody_else_does_not_count(client: Client, library: Any, account: Any, staff: Any, manager: Any) -> None:
    post = waiting(staff, account)
    mark = seen(client, post)
    client.force_login(factories.person(library, Role.MANAGER, "Mona").user)
    client.post(reverse("posts:approve_many"), {"post": [post.pk], **mark})
    post.refresh_from_db()
    assert post.state == "in_review"


def test_without_a_script_a_post_is_opened_by_its_address(client: Client, account: Any, staff: Any, manager: Any) -> None:
    post = waiting(staff, account, body="Look at me")
    page = client.get(reverse("posts:review_many"), {"open": post.pk}).content.decode()
    assert f'name="seen-{post.pk}"' in page
    assert client.post(reverse("posts:approve_many"), {}).status_code == 422


# --- not approved in time


def titles(user: Any) -> list[str]:
    return list(Notice.objects.filter(person=user, resolved_at=None).values_list("title", flat=True))


def test_author_and_reviewers_are_told_a_day_and_two_hours_before_and_after_once_each(account: Any, staff: Any, manager: Any) -> None:
    post = waiting(staff, account, hours=30, body="Closed on Monday")
    assert warn_of_unapproved() == 0
    due = post.planned_for
    for before, words in ((23, "within 24 hours"), (1.5, "within two hours"), (-0.1, "nobody approved it in time")):
        now = due - timedelta(hours=before)
        assert [warn_of_unapproved(now), warn_of_unapproved(now)] == [1, 0]
        assert [words in one for one in titles(staff.user)] == [True]
        assert [words in one for one in titles(manager.user)] == [True]
    assert ReviewWarning.objects.filter(post=post).count() == 3
    assert AuditEntry.objects.filter(action="posts.post.not_approved_in_time", object_id=post.pk).count() == 1
    assert not Delivery.objects.filter(post=post).exists()


def test_an_approval_puts_the_warnings_away(account: Any, staff: Any, manager: Any) -> None:
    post = waiting(staff, account, hours=1)
    assert warn_of_unapproved() == 1
    actions.review_post(actor=manager, post=post, revision=post.current_revision, verdict="approve")
    assert titles(staff.user) == titles(manager.user) == []
    assert warn_of_unapproved() == 0


def test_an_edit_after_approval_is_warned_of_to_its_author_alone(account: Any, staff: Any, manager: Any) -> None:
    post = waiting(staff, account, hours=1)
    actions.review_post(actor=manager, post=post, revision=post.current_revision, verdict="approve")
    actions.schedule_post(actor=manager, post=post, when=post.planned_for)
    actions.save_copy(actor=staff, post=post, content={**post.working_copy.content, "body": "New."}, version=1)
    assert warn_of_unapproved() == 1
    assert len(titles(staff.user)) == 1
    assert titles(manager.user) == []


def test_the_list_and_the_page_say_too_late(client: Client, account: Any, staff: Any, manager: Any) -> None:
    post = waiting(staff, account)
    Post.objects.filter(pk=post.pk).update(planned_for=timezone.now() - timedelta(minutes=5))
    assert "too late" in client.get(reverse("posts:list")).content.decode()
    assert "Too late." in client.get(reverse("posts:post", args=[post.pk])).content.decode()


def test_what_concerns_one_person_is_shown_to_them_alone_and_put_away_by_them(client: Client, account: Any, staff: Any, manager: Any) -> None:
    waiting(staff, account, hours=1)
    warn_of_unapproved()
    mine = Notice.objects.get(person=manager.user)
    theirs = Notice.objects.get(person=staff.user)
    page = client.get(reverse("libraries:notices")).content.decode()
    assert reverse("libraries:seen_notice", args=[mine.pk]) in page
    assert reverse("libraries:seen_notice", args=[theirs.pk]) not in page
    for notice in (mine, theirs):
        client.post(reverse("libraries:seen_notice", args=[notice.pk]))
    mine.refresh_from_db(), theirs.refresh_from_db()
    assert mine.resolved_at
    assert theirs.resolved_at is None
