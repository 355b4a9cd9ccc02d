"""Pausing an account or everything: a reason on every page, nothing slips through, and late posts wait for a word."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from core.models import Worker
from libraries.models import Role
from libraries.permissions import Refused
from posts import actions
from posts.actions.pausing import CANCEL, MOVE, SEND, Choice, late_of
from posts.models import Delivery, Pause
from scheduler import housekeeping
from tests import factories

pytestmark = pytest.mark.django_db
TOMORROW = timedelta(days=1)


@pytest.fixture
def library() -> Any:
    made = factories.library()
    Worker.objects.create(name="here")
    return made


@pytest.fixture
def manager(client: Client, library: Any) -> Any:
    actor = factories.actor(library, Role.MANAGER)
    client.force_login(actor.user)
    return actor


def scheduled(library: Any, *accounts: Any, late: bool = False) -> list[Delivery]:
    made = factories.scheduled(library, *(accounts or [factories.account(library)]), when=timezone.now() + TOMORROW)
    if late:
        Delivery.objects.filter(pk__in=[d.pk for d in made]).update(due_at=timezone.now() - timedelta(hours=1))
    return made


def holds(delivery: Delivery) -> str:
    return Delivery.objects.values_list("hold", flat=True).get(pk=delivery.pk)


def test_pausing_everything_holds_what_is_scheduled_and_what_is_scheduled_meanwhile(library: Any, manager: Any) -> None:
    [before] = scheduled(library)
    pause = actions.pause_publishing(actor=manager, reason="A storm")
    [meanwhile] = scheduled(library)
    assert [holds(before), holds(meanwhile)] == ["library", "library"]
    actions.end_pause(actor=manager, pause=pause)
    [after] = scheduled(library)
    assert [holds(row) for row in (before, meanwhile, after)] == ["", "", ""]


def test_pausing_one_account_leaves_the_others_alone(library: Any, manager: Any) -> None:
    quiet, loud = factories.account(library), factories.account(library, "twitter")
    first, second = scheduled(library, quiet, loud)
    actions.pause_publishing(actor=manager, reason="Its page moves", account=quiet)
    assert {d.account_id: holds(d) for d in (first, second)} == {quiet.pk: "account", loud.pk: ""}


def test_another_librarys_posts_go_on(library: Any, manager: Any) -> None:
    elsewhere = factories.library("Elsewhere")
    [theirs] = scheduled(elsewhere)
    actions.pause_publishing(actor=manager, reason="A storm")
    assert holds(theirs) == "" and holds(scheduled(elsewhere)[0]) == ""


def test_what_was_cancelled_and_is_sent_again_during_a_pause_is_held_too(library: Any, manager: Any) -> None:
    [row] = scheduled(library)
    actions.cancel_delivery(actor=manager, delivery=row)
    actions.pause_publishing(actor=manager, reason="A storm")
    actions.send_again(actor=manager, delivery=row)
    assert holds(row) == "library"


def test_a_pause_needs_a_reason_and_is_one(client: Client, library: Any, manager: Any) -> None:
    page = client.post("/pauses/begin/", {"reason": "  "})
    assert page.status_code == 422 and "Say why" in page.content.decode()
    client.post("/pauses/begin/", {"reason": "A storm"})
    page = client.post("/pauses/begin/", {"reason": "Another"})
    assert page.status_code == 422 and "It is paused already" in page.content.decode()
    assert Pause.objects.count() == 1


def test_every_page_says_why_who_and_since_when_and_who_may_is_led_to_resume(client: Client, library: Any, manager: Any) -> None:
    pause = actions.pause_publishing(actor=manager, reason="Bad news in town")
    for address in ("/calendar/", "/posts/", "/media/", "/inbox/"):
        page = client.get(address).content.decode()
        assert "Publishing is paused: Bad news in town" in page and f"{manager.user}, since" in page
        assert f'href="/pauses/{pause.pk}/"' in page
    client.force_login(factories.actor(library, Role.VIEWER).user)
    page = client.get("/posts/").content.decode()
    assert "Bad news in town" in page and f'href="/pauses/{pause.pk}/"' not in page


def test_resuming_asks_about_each_late_post_and_does_as_it_is_told(client: Client, library: Any, manager: Any) -> None:
    late = [scheduled(library, late=True)[0] for _ in range(4)]
    [later] = scheduled(library)
    pause = actions.pause_publishing(actor=manager, reason="A storm")
    page = client.get(f"/pauses/{pause.pk}/").content.decode()
    assert "4 posts are past their time" in page and "1 more goes out at its time." in page
    now_, new, never, waits = late
    day = f"{timezone.localtime(timezone.now() + timedelta(days=3), library.zone):%Y-%m-%d}"
    client.post(f"/pauses/{pause.pk}/", {
        f"d{now_.pk}-what": "send", f"d{new.pk}-what": "move", f"d{new.pk}-date": day, f"d{new.pk}-time": "09:00",
        f"d{never.pk}-what": "cancel", f"d{waits.pk}-what": "wait",
    })  # fmt: skip
    for row in (*late, later):
        row.refresh_from_db()
    assert [row.state for row in (*late, later)] == ["scheduled", "scheduled", "cancelled", "scheduled", "scheduled"]
    assert [row.hold for row in (now_, new, waits, later)] == ["", "", "paused", ""]
    assert now_.due_at <= timezone.now() and now_.expires_at > timezone.now()
    assert f"{timezone.localtime(new.due_at, library.zone):%Y-%m-%d %H:%M}" == f"{day} 09:00"


def test_a_new_time_that_is_none_is_said_and_nothing_is_resumed(client: Client, library: Any, manager: Any) -> None:
    [row] = scheduled(library, late=True)
    pause = actions.pause_publishing(actor=manager, reason="A storm")
    page = client.post(f"/pauses/{pause.pk}/", {f"d{row.pk}-what": "move", f"d{row.pk}-date": "2020-01-01", f"d{row.pk}-time": "09:00"})
    assert page.status_code == 422 and "That time has passed" in page.content.decode()
    pause.refresh_from_db()
    assert pause.ended_at is None and holds(row) == "library"


def test_what_was_given_up_as_too_late_during_a_pause_is_asked_about_as_well(library: Any, manager: Any) -> None:
    [gone], [left] = scheduled(library, late=True), scheduled(library, late=True)
    pause = actions.pause_publishing(actor=manager, reason="A storm")
    for row in (gone, left):
        assert Delivery.objects.filter(pk=row.pk).move("scheduled", "expired")
    assert {row.pk for row in late_of(pause)} == {gone.pk, left.pk}
    actions.end_pause(actor=manager, pause=pause, choices={gone.pk: Choice(SEND), left.pk: Choice(CANCEL)})
    gone.refresh_from_db()
    left.refresh_from_db()
    assert (gone.state, gone.hold, left.state) == ("scheduled", "", "expired")


def test_a_post_that_changed_during_the_pause_still_waits_for_its_own_reason(library: Any, manager: Any) -> None:
    [row] = scheduled(library, late=True)
    pause = actions.pause_publishing(actor=manager, reason="A storm")
    actions.hold_deliveries(manager, Delivery.objects.filter(pk=row.pk), "edited")
    actions.end_pause(actor=manager, pause=pause, choices={row.pk: Choice(MOVE, timezone.now() + TOMORROW)})
    assert holds(row) == "edited"


def test_a_single_post_does_not_slip_out_of_a_pause(client: Client, library: Any, manager: Any) -> None:
    [row] = scheduled(library)
    actions.pause_publishing(actor=manager, reason="A storm")
    page = client.post(f"/posts/{row.post_id}/resume/", {"reason": "library"}, follow=True).content.decode()
    assert "Resume that pause instead" in page and holds(row) == "library"
    assert "To the pause" in client.get(f"/posts/{row.post_id}/").content.decode()


def test_late_posts_of_a_pause_send_no_notice_each(library: Any, manager: Any) -> None:
    actions.pause_publishing(actor=manager, reason="A storm")
    scheduled(library, late=True)
    assert housekeeping.watch_held() == 0


def test_two_who_resume_at_once_resume_once(library: Any, manager: Any) -> None:
    pause = actions.pause_publishing(actor=manager, reason="A storm")
    actions.end_pause(actor=manager, pause=pause)
    with pytest.raises(Refused, match="resumed it already"):
        actions.end_pause(actor=manager, pause=pause)


@pytest.mark.django_db(transaction=True)
def test_nothing_slips_through_between_scheduling_and_pausing() -> None:
    """The one who schedules has stored its rows but not committed when somebody pauses: the pause waits, then sees them."""
    library = factories.library()
    manager = factories.actor(library, Role.MANAGER)
    inside, paused = threading.Event(), threading.Event()

    def pause() -> None:
        inside.wait(10)
        try:
            actions.pause_publishing(actor=manager, reason="A storm")
        finally:
            paused.set()
            connection.close()

    other = threading.Thread(target=pause)
    other.start()
    with transaction.atomic():
        [row] = scheduled(library)
        inside.set()
        assert not paused.wait(0.5)
    other.join(10)
    assert paused.is_set() and holds(row) == "library"


@pytest.mark.django_db(transaction=True)
def test_who_schedules_again_and_who_pauses_do_not_wait_for_each_others_rows() -> None:
    """One account is scheduled already and locked by the one who schedules again; the second is new and waits in line."""
    library = factories.library()
    staff, manager = factories.actor(library, Role.STAFF), factories.actor(library, Role.MANAGER)
    first, second = factories.account(library), factories.account(library, "twitter")
    post = factories.approved(staff, manager, first)
    actions.schedule_post(actor=manager, post=post, when=timezone.now() + TOMORROW)
    content = {**post.working_copy.content, "accounts": [first.pk, second.pk]}
    actions.save_copy(actor=staff, post=post, content=content, version=post.working_copy.version)
    revision = actions.submit_post(actor=staff, post=post, planned_for=None)
    actions.review_post(actor=manager, post=post, revision=revision, verdict="approve")
    failed: list[BaseException] = []

    def run(what: Any) -> threading.Thread:
        def inside() -> None:
            try:
                what()
            except BaseException as error:
                failed.append(error)
            finally:
                connection.close()

        thread = threading.Thread(target=inside)
        thread.start()
        return thread

    threads = [
        run(lambda: actions.schedule_post(actor=manager, post=post, when=timezone.now() + TOMORROW)),
        run(lambda: actions.pause_publishing(actor=manager, reason="A storm")),
    ]
    for thread in threads:
        thread.join(20)
    assert not failed
    assert set(Delivery.objects.values_list("hold", flat=True)) == {"library"}
