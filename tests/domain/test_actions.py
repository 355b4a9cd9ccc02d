"""The rules of the house: who approves what, which version goes out, what holds it, and what two tabs come to."""

from __future__ import annotations

import threading
import zoneinfo
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.models import AuditEntry
from libraries.models import Library, Notice, Role
from libraries.permissions import Refused
from posts import actions
from posts.actions.holding import hold_deliveries, release_deliveries
from posts.models import Delivery, Hold, Post, Review, TrackedLink
from posts.times import instant, is_fold, is_gap, not_past
from scheduler.presence import me
from tests import factories

LINK = "https://fernhollow.example/story"


@pytest.fixture
def of(db: None) -> Library:
    return factories.library()


def _who(of: Library, role: Role) -> Any:
    return factories.actor(of, role)


def _refused(code: str, do: Any) -> None:
    with pytest.raises(Refused) as no:
        do()
    assert no.value.code == code
    assert no.value.text


def _submitted(of: Library, author: Any) -> tuple[Post, Any]:
    post = factories.draft(author, factories.account(of))
    return post, actions.submit_post(actor=author, post=post, planned_for=None)


# -- nobody approves their own


def test_an_author_does_not_approve_their_own_post(of: Library) -> None:
    manager = _who(of, Role.MANAGER)
    post, revision = _submitted(of, manager)
    _refused("own_post", lambda: actions.review_post(actor=manager, post=post, revision=revision, verdict=Review.APPROVE))


def test_nor_does_somebody_who_wrote_the_version(of: Library) -> None:
    staff, manager = _who(of, Role.STAFF), _who(of, Role.MANAGER)
    post = factories.draft(staff, factories.account(of))
    actions.save_copy(actor=manager, post=post, content={**post.working_copy.content, "body": "Mine now"}, version=1)
    post.refresh_from_db()
    revision = actions.submit_post(actor=manager, post=post, planned_for=None)
    _refused("own_post", lambda: actions.review_post(actor=manager, post=post, revision=revision, verdict=Review.APPROVE))


def test_a_library_of_one_may_and_it_is_recorded(of: Library) -> None:
    Library.objects.filter(pk=of.pk).update(self_review=True)
    of.refresh_from_db()
    manager = _who(of, Role.MANAGER)
    manager.library.refresh_from_db()
    post, revision = _submitted(of, manager)
    review = actions.review_post(actor=manager, post=post, revision=revision, verdict=Review.APPROVE)
    assert review.self_review
    assert AuditEntry.objects.get(action="posts.post.approved").content.content["self_review"] is True


def test_a_contributor_changes_own_drafts_and_no_others(of: Library) -> None:
    cora, staff = _who(of, Role.CONTRIBUTOR), _who(of, Role.STAFF)
    own, others = factories.draft(cora, factories.account(of)), factories.draft(staff, factories.account(of))
    actions.save_copy(actor=cora, post=own, content={"body": "Better"}, version=1)
    with pytest.raises(PermissionDenied):
        actions.save_copy(actor=cora, post=others, content={"body": "Better"}, version=1)
    with pytest.raises(PermissionDenied):
        actions.submit_post(actor=cora, post=own, planned_for=None)


# -- what was approved is what goes out


def _edit(actor: Any, post: Post, body: str) -> None:
    copy = post.working_copy
    copy.refresh_from_db()
    actions.save_copy(actor=actor, post=post, content={**copy.content, "body": body}, version=copy.version)
    post.refresh_from_db()


def test_an_edit_lapses_the_approval_and_holds_what_waits_at_once(of: Library) -> None:
    staff, manager = _who(of, Role.STAFF), _who(of, Role.MANAGER)
    delivery = factories.scheduled(of, factories.account(of), when=timezone.now() + timedelta(hours=1), link=LINK)[0]
    post, slug, frozen = delivery.post, delivery.link.slug, delivery.payload
    post.refresh_from_db()
    _edit(staff, post, "Story time moves to 11:00.")
    delivery.refresh_from_db()
    assert (post.state, delivery.hold, delivery.payload) == ("draft", "edited", frozen)
    _refused("not_approved", lambda: actions.schedule_post(actor=manager, post=post))
    revision = actions.submit_post(actor=staff, post=post, planned_for=None)
    post.refresh_from_db()
    actions.review_post(actor=manager, post=post, revision=revision, verdict=Review.APPROVE)
    post.refresh_from_db()
    again = actions.schedule_post(actor=manager, post=post, when=timezone.now() + timedelta(hours=2))[0]
    assert again.pk == delivery.pk
    again.refresh_from_db()
    assert again.hold == ""
    assert "11:00" in again.payload["text"]
    assert again.payload["marker"] == slug == TrackedLink.objects.get(delivery=again).slug
    assert Delivery.objects.filter(post=post).count() == 1


def test_a_review_of_a_version_that_is_not_the_newest_is_refused(of: Library) -> None:
    staff, manager = _who(of, Role.STAFF), _who(of, Role.MANAGER)
    post, old = _submitted(of, staff)
    post.refresh_from_db()
    _edit(staff, post, "Another text")
    actions.submit_post(actor=staff, post=post, planned_for=None)
    _refused("stale", lambda: actions.review_post(actor=manager, post=post, revision=old, verdict=Review.APPROVE))


def test_changes_are_asked_for_with_words(of: Library) -> None:
    post, revision = _submitted(of, _who(of, Role.STAFF))
    ask = lambda words: actions.review_post(
        actor=_who(of, Role.MANAGER), post=post, revision=revision, verdict=Review.CHANGES, comment=words
    )
    _refused("comment_needed", lambda: ask(" "))
    ask("Say which room.")
    post.refresh_from_db()
    assert post.state == "changes_requested"


# -- two tabs


def test_two_tabs_saving_the_second_is_told_and_nothing_is_overwritten(of: Library) -> None:
    staff = _who(of, Role.STAFF)
    post = factories.draft(staff, factories.account(of))
    actions.save_copy(actor=staff, post=post, content={"body": "first tab"}, version=1)
    _refused("saved_elsewhere", lambda: actions.save_copy(actor=staff, post=post, content={"body": "second"}, version=1))
    post.working_copy.refresh_from_db()
    assert post.working_copy.content["body"] == "first tab"


def test_two_tabs_submitting_the_second_is_told(of: Library) -> None:
    staff = _who(of, Role.STAFF)
    post = factories.draft(staff, factories.account(of))
    tabs = [Post.objects.get(pk=post.pk) for _ in range(2)]
    actions.submit_post(actor=staff, post=tabs[0], planned_for=None)
    with pytest.raises(Refused):
        actions.submit_post(actor=staff, post=tabs[1], planned_for=None)
    assert post.revisions.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_tabs_scheduling_at_the_same_moment_make_one_delivery() -> None:
    of = factories.library()
    manager = _who(of, Role.MANAGER)
    post = factories.approved(_who(of, Role.STAFF), manager, factories.account(of), link=LINK)
    start, came = threading.Barrier(4), []

    def tab() -> None:
        mine = Post.objects.get(pk=post.pk)
        start.wait(10)
        try:
            actions.schedule_post(actor=manager, post=mine, first=True)
            came.append("done")
        except Refused as no:
            came.append(no.code)
        connection.close()

    tabs = [threading.Thread(target=tab) for _ in range(4)]
    [thread.start() for thread in tabs]
    [thread.join(30) for thread in tabs]
    assert sorted(came) == ["already_scheduled"] * 3 + ["done"]
    assert Delivery.objects.filter(post=post).count() == TrackedLink.objects.count() == 1


# -- times


ZONES = st.sampled_from(sorted(z for z in zoneinfo.available_timezones() if "/" in z))
WALLS = st.datetimes(datetime(1990, 1, 1), datetime(2036, 12, 31)).map(lambda d: d.replace(second=0, microsecond=0))


@settings(max_examples=400, deadline=None)
@given(wall=WALLS, zone=ZONES, fold=st.sampled_from([None, 0, 1]))
def test_a_wall_time_comes_back_as_it_was_typed_or_is_refused(wall: datetime, zone: str, fold: int | None) -> None:
    there = zoneinfo.ZoneInfo(zone)
    try:
        moment = instant(wall, there, fold=fold)
    except Refused as no:
        assert no.code == ("time_in_gap" if is_gap(wall, there) else "time_twice")
        assert is_gap(wall, there) or (is_fold(wall, there) and fold is None)
        return
    assert moment.tzinfo is UTC
    assert moment.astimezone(there).replace(tzinfo=None) == wall
    if is_fold(wall, there):
        assert moment.astimezone(there).fold == fold


TORONTO = zoneinfo.ZoneInfo("America/Toronto")


def test_the_hour_that_clocks_jump_over_is_refused_with_the_next_one() -> None:
    with pytest.raises(Refused, match="03:30") as no:
        instant(datetime(2027, 3, 14, 2, 30), TORONTO)
    assert no.value.code == "time_in_gap"


def test_the_hour_that_comes_twice_is_asked_about() -> None:
    wall = datetime(2026, 11, 1, 1, 30)
    _refused("time_twice", lambda: instant(wall, TORONTO))
    assert instant(wall, TORONTO, fold=1) - instant(wall, TORONTO, fold=0) == timedelta(hours=1)


def test_a_time_that_has_passed_is_refused(of: Library) -> None:
    past = timezone.now() - timedelta(hours=1)
    delivery = factories.scheduled(of, factories.account(of), when=timezone.now() + timedelta(hours=1))[0]
    _refused("time_past", lambda: not_past(past, timezone.now()))
    _refused("time_past", lambda: actions.move_post(actor=_who(of, Role.MANAGER), post=delivery.post, when=past))
    draft = factories.draft(_who(of, Role.STAFF), factories.account(of))
    _refused("time_past", lambda: actions.plan_post(actor=_who(of, Role.STAFF), post=draft, when=past))


def test_it_is_too_late_at_the_events_start_else_a_day_after_due(of: Library) -> None:
    event = factories.event(of, starts_in=timedelta(hours=5))
    due = timezone.now() + timedelta(hours=1)
    announcing = factories.scheduled(of, factories.account(of), when=due, event=event)[0]
    plain = factories.scheduled(of, factories.account(of), when=due)[0]
    assert announcing.expires_at == event.starts_at
    assert plain.expires_at == due + timedelta(hours=24)


# -- practice and live


def test_practice_and_live_never_meet(of: Library) -> None:
    staff = _who(of, Role.STAFF)
    live = factories.account(of, realm="live")
    practice = factories.account(of)
    post = factories.draft(staff, practice, live)
    revision = actions.submit_post(actor=staff, post=post, planned_for=None)
    assert [v.account_id for v in revision.variants.all()] == [practice.pk]
    delivery = factories.scheduled(of, practice)[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.create(
            library=of, realm="practice", account=live, platform="facebook", post=delivery.post, part=3,
            revision=delivery.revision, payload={}, payload_digest="", due_at=timezone.now(),
        )  # fmt: skip
        connection.check_constraints()


# -- events and holds


def test_a_cancelled_event_holds_its_posts_and_says_so(of: Library) -> None:
    event, staff = factories.event(of), _who(of, Role.STAFF)
    delivery = factories.scheduled(of, factories.account(of), event=event)[0]
    hold_deliveries(None, Delivery.objects.filter(pk=delivery.pk), "paused")
    actions.cancel_event(actor=staff, event=event)
    delivery.refresh_from_db()
    assert delivery.hold == "event,paused"
    assert Notice.objects.filter(key=f"event:{event.pk}", resolved_at=None).exists()
    Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now() - timedelta(minutes=1))
    assert Delivery.objects.claim(me.id) == []
    event.refresh_from_db()
    actions.restore_event(actor=staff, event=event)
    delivery.refresh_from_db()
    assert delivery.hold == "paused"


def test_a_post_about_a_cancelled_event_is_not_scheduled(of: Library) -> None:
    event, staff, manager = factories.event(of), _who(of, Role.STAFF), _who(of, Role.MANAGER)
    post = factories.approved(staff, manager, factories.account(of), event=event)
    actions.cancel_event(actor=staff, event=event)
    post = Post.objects.get(pk=post.pk)
    _refused("event_off", lambda: actions.schedule_post(actor=manager, post=post))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])  # rolled back
@given(order=st.permutations(["paused", "event", "media", "author"]))
def test_each_reason_is_released_by_itself(holds_world: Delivery, order: list[str]) -> None:
    delivery = holds_world
    mine = Delivery.objects.filter(pk=delivery.pk)
    with transaction.atomic():
        for reason in order:
            assert hold_deliveries(None, mine, reason) == 1
            assert hold_deliveries(None, mine, reason) == 0
        for n, reason in enumerate(order):
            delivery.refresh_from_db()
            assert set(filter(None, delivery.hold.split(","))) == set(order[n:])
            release_deliveries(None, mine, reason)
        delivery.refresh_from_db()
        assert delivery.hold == ""
        transaction.set_rollback(True)


@pytest.fixture
def holds_world(of: Library) -> Delivery:
    return factories.scheduled(of, factories.account(of))[0]


# -- people and deliveries


def _in(state: str, of: Library, **columns: Any) -> Delivery:
    """A delivery that is straight in this state."""
    delivery = factories.scheduled(of, factories.account(of))[0]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    Delivery.objects.filter(pk=delivery.pk).update(state=state, **columns)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    delivery.refresh_from_db()
    return delivery


@pytest.mark.parametrize(("answer", "state"), [
    ("up", "sent"), ("not_up", "scheduled"), ("drop", "cancelled"), ("look", "unconfirmed"),
])  # fmt: skip
def test_a_person_who_looked_settles_what_no_machine_can_tell(of: Library, answer: str, state: str) -> None:
    manager, delivery = _who(of, Role.MANAGER), _in("attention", of)
    settled = actions.resolve_delivery(actor=manager, delivery=delivery, answer=answer, url="https://network.example/1")
    assert settled.state == state
    said = AuditEntry.objects.get(action="posts.delivery.resolved")
    assert (said.actor_id, said.content.content["answer"]) == (manager.user_id, answer)


def test_a_person_is_told_when_the_machine_found_out_first(of: Library) -> None:
    delivery = _in("sent", of, remote_id="r1", sent_at=timezone.now())
    _refused("settled", lambda: actions.resolve_delivery(actor=_who(of, Role.MANAGER), delivery=delivery, answer="not_up"))


@pytest.mark.parametrize("state", ["failed", "expired", "cancelled"])
def test_sending_again_is_the_same_row(of: Library, state: str) -> None:
    delivery = _in(state, of, strikes=5, error_code="text_too_long")
    again = actions.send_again(actor=_who(of, Role.MANAGER), delivery=delivery)
    assert (again.pk, again.state, again.strikes, again.error_code) == (delivery.pk, "scheduled", 0, "")


@pytest.mark.parametrize("state", ["sent", "unconfirmed", "attention", "sending"])
def test_what_may_be_up_is_never_just_sent_again(of: Library, state: str) -> None:
    proof = {"remote_id": "r1", "sent_at": timezone.now()} if state == "sent" else {}
    lease = {"lease_token": "0" * 32, "leased_until": timezone.now(), "leased_by": 1} if state == "sending" else {}
    delivery = _in(state, of, **proof, **lease)
    with pytest.raises(Refused):
        actions.send_again(actor=_who(of, Role.MANAGER), delivery=delivery)


def test_recall_of_a_post_that_is_out_here_and_waiting_there(of: Library) -> None:
    accounts = [factories.account(of, name) for name in ("facebook", "linkedin", "twitter")]
    up, by_hand, waiting = factories.scheduled(of, *accounts)
    for row, remote in ((up, "1_2"), (by_hand, f"person:1:{by_hand.pk}")):
        Delivery.objects.filter(pk=row.pk).update(state="sent", remote_id=remote, sent_at=timezone.now())
    outcome = actions.recall_post(actor=_who(of, Role.MANAGER), post=Post.objects.get(pk=up.post_id), reason="wrong day")
    assert [d.pk for d in outcome["asked"]] == [up.pk]
    assert [d.pk for d in outcome["by_hand"]] == [by_hand.pk]
    assert [d.pk for d in outcome["stopped"]] == [waiting.pk]
    up.refresh_from_db()
    assert (up.state, up.takedown.state, up.takedown.reason) == ("sent", "scheduled", "wrong day")
    waiting.refresh_from_db()
    assert waiting.state == "cancelled"
    assert not Hold.objects.exists()
