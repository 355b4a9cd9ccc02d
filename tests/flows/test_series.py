"""Series: one approval for what says the same, each date a post of its own, right across changes of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.test import Client

from libraries.models import Membership, Role
from libraries.permissions import Refused
from platforms.models import Account
from posts import actions
from posts.actions.series import make_due
from posts.models import Delivery, Post, Series
from posts.recurrence import Rule
from tests import factories

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 20, 12, 0, tzinfo=UTC)
RULE = Rule("WEEKLY", days=(1,))  # Tuesdays


@pytest.fixture(autouse=True)
def october() -> Any:
    with time_machine.travel(NOW, tick=True) as clock:
        yield clock


@pytest.fixture
def library() -> Any:
    return factories.library()


@pytest.fixture
def staff(library: Any) -> Any:
    return factories.actor(library, Role.STAFF)


@pytest.fixture
def manager(client: Client, library: Any) -> Any:
    actor = factories.actor(library, Role.MANAGER)
    client.force_login(actor.user)
    return actor


def begun(library: Any, staff: Any, rule: Rule = RULE, starts_on: date = date(2026, 10, 20), at: time = time(10)) -> Series:
    post = factories.draft(staff, factories.account(library), factories.account(library, "twitter"), body="Story time at ten.")
    return actions.begin_series(actor=staff, post=post, rule=rule, starts_on=starts_on, at=at, tz=library.tz)


def times_of(series: Series) -> list[str]:
    return [f"{p.planned_for.astimezone(series.zone):%m-%d %H:%M}" for p in series.posts.order_by("series_on")]


def test_sixty_days_of_drafts_are_made_at_once_and_each_keeps_its_wall_time_over_the_clock_change(
    library: Any, staff: Any
) -> None:
    series = begun(library, staff)
    assert times_of(series) == [
        "10-20 10:00", "10-27 10:00", "11-03 10:00", "11-10 10:00", "11-17 10:00", "11-24 10:00", "12-01 10:00",
        "12-08 10:00", "12-15 10:00",
    ]  # fmt: skip
    hours = {p.planned_for.hour for p in series.posts.all()}
    assert hours == {14, 15}  # UTC: summer and winter
    assert set(series.posts.values_list("state", flat=True)) == {"draft"}


def test_making_again_makes_nothing_twice_and_time_makes_the_next(library: Any, staff: Any, october: Any) -> None:
    series = begun(library, staff)
    assert make_due() == 0
    october.move_to(NOW + timedelta(days=15))
    assert make_due() == 2
    assert make_due() == 0
    assert times_of(series)[-1] == "12-29 10:00"


def test_one_approval_schedules_what_says_the_same_and_an_edited_one_asks_again(library: Any, staff: Any, manager: Any) -> None:
    series = begun(library, staff)
    changed = series.posts.order_by("series_on")[1]
    actions.save_copy(
        actor=staff, post=changed, content={**series.content, "body": "Story time at eleven."}, version=changed.working_copy.version
    )
    actions.approve_series(actor=manager, series=series)
    states = dict(series.posts.values_list("series_on", "state"))
    assert states.pop(changed.series_on) == "draft"
    assert set(states.values()) == {"approved"} and len(states) == 8
    assert Delivery.objects.filter(post__series=series, state="scheduled").count() == 16
    with pytest.raises(Refused):
        actions.schedule_post(actor=manager, post=changed)


def test_what_is_made_later_goes_out_under_the_same_approval(library: Any, staff: Any, manager: Any, october: Any) -> None:
    series = begun(library, staff)
    actions.approve_series(actor=manager, series=series)
    october.move_to(NOW + timedelta(days=8))
    make_due()
    newest = series.posts.latest("series_on")
    assert newest.series_on == date(2026, 12, 22) and newest.state == "approved"
    delivery = newest.deliveries.first()
    assert delivery is not None and delivery.due_at == newest.planned_for
    review = newest.current_revision.reviews.get()
    assert (review.reviewer, review.author) == (manager.user, staff.user)


def test_an_occurrence_that_is_edited_after_it_was_scheduled_waits_for_its_own_approval(library: Any, staff: Any, manager: Any) -> None:
    series = begun(library, staff)
    actions.approve_series(actor=manager, series=series)
    post = series.posts.order_by("series_on")[2]
    actions.save_copy(actor=staff, post=post, content={**series.content, "body": "Another"}, version=post.working_copy.version)
    make_due()
    post.refresh_from_db()
    assert post.state == "draft" and set(post.deliveries.values_list("hold", flat=True)) == {"edited"}


def test_nobody_approves_their_own_series_and_nothing_of_it_goes_out_before(library: Any, manager: Any) -> None:
    series = begun(library, manager)
    with pytest.raises(Refused, match="You wrote this"):
        actions.approve_series(actor=manager, series=series)
    assert not Delivery.objects.filter(post__series=series).exists()


def test_who_approves_an_account_approves_its_series(library: Any, staff: Any, manager: Any) -> None:
    series = begun(library, staff)
    named = factories.person(library, Role.MANAGER, "Noor")
    place = Account.objects.get(pk=series.content["accounts"][0])
    actions.set_approvers(actor=factories.actor(library, Role.ADMIN), place=place, approvers=[named.user_id])
    with pytest.raises(PermissionDenied):
        actions.approve_series(actor=manager, series=series)
    actions.approve_series(actor=named, series=series)
    assert set(series.posts.values_list("state", flat=True)) == {"approved"}


def test_the_approval_of_one_who_left_covers_nothing_new(library: Any, staff: Any, manager: Any, october: Any) -> None:
    series = begun(library, staff)
    actions.approve_series(actor=manager, series=series)
    Membership.objects.filter(user=manager.user).update(is_active=False)
    october.move_to(NOW + timedelta(days=8))
    make_due()
    assert series.posts.latest("series_on").state == "draft"


def test_one_is_left_out_and_stays_out_while_the_others_go_on(client: Client, library: Any, staff: Any, manager: Any) -> None:
    series = begun(library, staff)
    actions.approve_series(actor=manager, series=series)
    post = series.posts.order_by("series_on")[1]
    client.post(f"/series/post/{post.pk}/skip/")
    post.refresh_from_db()
    assert post.state == "archived" and set(post.deliveries.values_list("state", flat=True)) == {"cancelled"}
    assert make_due() == 0
    assert series.posts.filter(state="approved").count() == 8


def test_stopping_from_a_day_leaves_what_is_before_it(client: Client, library: Any, staff: Any, manager: Any, october: Any) -> None:
    series = begun(library, staff)
    actions.approve_series(actor=manager, series=series)
    page = client.post(f"/series/{series.pk}/stop/", {"on": "2026-11-10"}, follow=True).content.decode()
    assert "6 posts were left out" in page
    kept = series.posts.filter(state="approved").order_by("series_on")
    assert [str(p.series_on) for p in kept] == ["2026-10-20", "2026-10-27", "2026-11-03"]
    october.move_to(NOW + timedelta(days=20))
    assert make_due() == 0


def test_what_is_on_its_way_is_not_left_out(library: Any, staff: Any, manager: Any) -> None:
    series = begun(library, staff)
    actions.approve_series(actor=manager, series=series)
    post = series.posts.order_by("series_on")[0]
    Delivery.objects.filter(post=post).update(due_at=NOW)
    from core.models import Worker

    claimed = Delivery.objects.claim(Worker.objects.create(name="here").pk, limit=1)
    Delivery.objects.filter(pk=claimed[0].pk).move("scheduled", "sending")
    with pytest.raises(Refused, match="being published"):
        actions.skip_occurrence(actor=manager, post=post)


@pytest.mark.parametrize(
    ("rule", "starts", "at", "expected"),
    [
        (Rule("MONTHLY"), date(2026, 10, 31), time(9), ["10-31 09:00"]),
        (Rule("MONTHLY", last_day=True), date(2026, 10, 31), time(9), ["10-31 09:00", "11-30 09:00"]),
        (Rule("DAILY", count=3), date(2026, 10, 31), time(1, 30), ["10-31 01:30", "11-01 01:30", "11-02 01:30"]),
    ],
)
def test_short_months_and_doubled_hours(library: Any, staff: Any, rule: Rule, starts: date, at: time, expected: list[str]) -> None:
    series = begun(library, staff, rule, starts, at)
    assert times_of(series) == expected
    fold = series.posts.filter(series_on=date(2026, 11, 1)).first()
    if fold is not None and at == time(1, 30):
        assert fold.planned_for == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_a_time_that_the_clocks_jump_over_becomes_the_next_that_exists_and_the_page_says_so(
    client: Client, library: Any, staff: Any, manager: Any, october: Any
) -> None:
    october.move_to(datetime(2027, 3, 1, 12, tzinfo=UTC))
    client.force_login(manager.user)
    series = begun(library, staff, Rule("WEEKLY", days=(6,), count=3), date(2027, 3, 7), time(2, 30))
    assert times_of(series) == ["03-07 02:30", "03-14 03:30", "03-21 02:30"]
    post = factories.draft(staff, factories.account(library))
    page = client.post(f"/series/new/{post.pk}/", form(act="look", days="6", starts_on="2027-03-07", at="02:30"))
    assert "03:30, because 02:30 does not exist on that day" in page.content.decode()
    assert Series.objects.count() == 1


def form(**more: str) -> dict[str, str]:
    return {
        "title": "Story time", "freq": "WEEKLY", "every": "1", "days": "1", "by": "date", "short": "skip",
        "starts_on": "2026-10-20", "at": "10:00", "ends": "never", "tz": "America/Toronto", "act": "begin", **more,
    }  # fmt: skip


def test_from_a_post_to_a_series_by_the_pages(client: Client, library: Any, staff: Any, manager: Any) -> None:
    client.force_login(staff.user)
    post = factories.draft(staff, factories.account(library), body="Story time at ten.")
    assert "Repeat it as a series" in client.get(f"/posts/{post.pk}/").content.decode()
    page = client.post(f"/series/new/{post.pk}/", form(), follow=True).content.decode()
    assert "Every week on Tuesday" in page and "It waits for a manager" in page
    series = Series.objects.get()
    client.force_login(manager.user)
    assert "Every week on Tuesday" in client.get("/series/").content.decode()
    page = client.post(f"/series/{series.pk}/approve/", follow=True).content.decode()
    assert "Its posts are scheduled" in page and "Stop from here" in page
    assert "Part of a series" in client.get(f"/posts/{series.posts.first().pk}/").content.decode()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"ends": "until"}, "Choose the last day."),
        ({"ends": "until", "until": "2026-10-01"}, "The last day comes before the first."),
        ({"ends": "count"}, "Say how many."),
        ({"ends": "count", "count": "201"}, "less than or equal to 200"),
        ({"ends": "until", "until": "2036-10-01", "freq": "DAILY"}, "more than 200 posts"),
        ({"freq": "MONTHLY", "by": "weekday", "starts_on": "2026-10-29"}, "Not every month has a fifth one."),
        ({"starts_on": "2020-01-01", "ends": "count", "count": "3"}, "No day fits that rule."),
        ({"every": "0"}, "greater than or equal to 1"),
        ({"tz": "Mars/Olympus"}, "Select a valid choice"),
        ({"starts_on": "9999-12-31"}, "That day is out of reach."),
        ({"starts_on": "0001-01-01"}, "That day is out of reach."),
        ({"starts_on": "2026-02-30"}, "Enter a valid date."),
        ({"days": "7"}, "Select a valid choice"),
    ],
)
def test_a_rule_that_comes_to_nothing_is_said_beside_it(
    client: Client, library: Any, staff: Any, more: dict[str, str], words: str
) -> None:
    client.force_login(staff.user)
    post = factories.draft(staff, factories.account(library))
    page = client.post(f"/series/new/{post.pk}/", form(**more))
    assert page.status_code == 422 and words in page.content.decode()
    assert not Series.objects.exists() and Post.objects.count() == 1
