"""The calendar: what stands on which day, for whom, and how a post gets another time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from libraries.models import Branch, Role
from planner import month, queries
from posts import actions
from posts.models import Delivery, Post
from tests import factories

pytestmark = pytest.mark.django_db
TORONTO, DUBLIN = ZoneInfo("America/Toronto"), ZoneInfo("Europe/Dublin")


@pytest.fixture
def library():
    return factories.library()


def as_role(client, library, role):
    actor = factories.actor(library, role)
    client.force_login(actor.user)
    return actor


def planned(library, when, body="Story time moves", role=Role.STAFF, **rest):
    actor = factories.actor(library, role)
    post = factories.draft(actor, factories.account(library, "twitter"), body=body, **rest)
    return actions.plan_post(actor=actor, post=post, when=when)


def local(days=7, hour=9, minute=0):
    """A time some days from now in Toronto."""
    there = timezone.now().astimezone(TORONTO) + timedelta(days=days)
    return there.replace(hour=hour, minute=minute, second=0, microsecond=0)


def page_of(client, when, view=""):
    key = f"?day={when:%Y-%m-%d}" if view in ("week/", "day/") else f"?month={when:%Y-%m}"
    return client.get(f"/calendar/{view}{key}")


# --- days and zones


def test_a_month_is_shown_in_whole_weeks_from_the_locales_first_day():
    span = month.of_month(date(2026, 12, 1), 0)
    assert (span.first, span.last, len(span.days)) == (date(2026, 11, 30), date(2027, 1, 3), 35)
    assert month.of_month(date(2026, 12, 1), 6).first == date(2026, 11, 29)
    assert len(month.of_month(date(2027, 2, 1), 0).days) == 28


@pytest.mark.parametrize(("day", "hours"), [(date(2027, 3, 28), 23), (date(2026, 10, 25), 25), (date(2026, 12, 8), 24)])
def test_a_day_is_as_long_as_the_clocks_make_it(day, hours):
    begins, ends = month.Span(day, day).between(DUBLIN)
    assert ends.astimezone(UTC) - begins.astimezone(UTC) == timedelta(hours=hours)


def test_the_calendar_ends_where_dates_do():
    assert month.step(date(2100, 12, 1), 1) is None and month.step(date(2026, 12, 1), 1) == date(2027, 1, 1)
    assert month.read_month("9999-12", date(2026, 11, 24)) == date(2026, 11, 1)
    assert month.read_day("nonsense", date(2026, 11, 24)) == date(2026, 11, 24)


@pytest.mark.parametrize("query", ["?month=2100-12", "?month=2000-01", "?month=x", "?month=0000-00", "?month=2026-13"])
def test_an_odd_address_still_shows_a_month(client, library, query):
    as_role(client, library, Role.VIEWER)
    assert client.get(f"/calendar/{query}").status_code == 200


def test_a_post_stands_on_its_day_in_the_librarys_zone(library):
    actor = factories.actor(library, Role.STAFF)
    late = local(hour=23, minute=30)      # already the next day in UTC
    planned(library, late)
    days = queries.days(actor, month.week_of(late.date()), {}, timezone.now())
    assert [day.date for day in days if day.entries] == [late.date()]
    next_day = month.Span(late.date() + timedelta(days=1), late.date() + timedelta(days=1))
    assert [day.entries for day in queries.days(actor, next_day, {}, timezone.now())] == [[]]


# --- what is shown


def test_deliveries_of_one_post_are_one_chip_with_their_networks(client, library):
    factories.scheduled(library, factories.account(library, "facebook"), factories.account(library, "linkedin"), when=local(), body="Seed swap")
    as_role(client, library, Role.VIEWER)
    page = page_of(client, local()).content.decode()
    assert page.count('class="chip') == 1 and "09:00, Seed swap, Facebook, LinkedIn, Scheduled" in page
    assert "1 post on 2 networks" in page and page.count("America/Toronto") == 1


@pytest.mark.parametrize("view", ["", "week/", "agenda/", "day/"])
def test_every_view_shows_a_draft_at_the_time_it_is_meant_for(client, library, view):
    post = planned(library, local())
    as_role(client, library, Role.VIEWER)
    page = page_of(client, local(), view).content.decode()
    assert f"/posts/{post.pk}/" in page and "09:00, Story time moves, X (Twitter), Draft" in page


def test_another_librarys_posts_and_events_are_not_there(client, library):
    other = factories.library("Elsewhere")
    planned(other, local(), body="Not yours")
    factories.event(other, "Not yours either")
    as_role(client, library, Role.ADMIN)
    assert "Not yours" not in page_of(client, local()).content.decode()


def test_practice_posts_are_not_on_the_live_calendar(client, library):
    planned(library, local(), body="Only practice")
    type(library).objects.filter(pk=library.pk).update(mode="live")
    as_role(client, library, Role.ADMIN)
    assert "Only practice" not in page_of(client, local()).content.decode()


def test_a_full_day_shows_three_and_leads_to_the_rest(client, library):
    for hour in range(8, 13):
        planned(library, local(hour=hour), body=f"Post at {hour}")
    as_role(client, library, Role.VIEWER)
    page = page_of(client, local()).content.decode()
    assert "Post at 10" in page and "Post at 11" not in page and "+2 more" in page
    assert page_of(client, local(), "day/").content.decode().count('class="chip') == 5


def test_events_are_a_layer_that_can_be_switched_off(client, library):
    event = factories.event(library, "Repair café", timedelta(days=1), listing="cancelled")
    as_role(client, library, Role.VIEWER)
    page = page_of(client, event.starts_at.astimezone(TORONTO)).content.decode()
    assert "Repair café" in page and "layer off" in page and f"/events/{event.pk}/" in page
    assert "Repair café" not in client.get(f"/calendar/?month={event.starts_at.astimezone(TORONTO):%Y-%m}&events=off").content.decode()


def test_a_long_event_is_named_once_and_an_evening_past_midnight_too(library):
    actor = factories.actor(library, Role.STAFF)
    start = local(hour=19)
    factories.event(library, "Quilts", starts_at=start, ends_at=start + timedelta(days=9))
    factories.event(library, "Games night", starts_at=start, ends_at=start + timedelta(hours=6))
    factories.event(library, "Two days", starts_at=start.replace(hour=0), ends_at=start.replace(hour=0) + timedelta(days=2), all_day=True)
    days = queries.days(actor, month.Span(start.date(), start.date() + timedelta(days=5)), {}, timezone.now())
    titles = [[one.event.title for one in day.events] for day in days]
    assert titles[0] == ["Two days", "Quilts", "Games night"] and titles[1] == ["Two days"] and titles[2] == []
    assert days[0].events[1].until == start.date() + timedelta(days=9)


@pytest.mark.parametrize(("query", "seen"), [
    ("", True), ("platform=twitter", True), ("platform=facebook", False), ("state=draft", True), ("state=sent", False),
    ("person=0", False), ("platform=no-such", False), ("branch=x", True),
])  # fmt: skip
def test_a_filter_in_the_address_narrows_what_is_shown(client, library, query, seen):
    planned(library, local())
    as_role(client, library, Role.VIEWER)
    page = client.get(f"/calendar/?month={local():%Y-%m}&{query}").content.decode()
    assert ("Story time moves" in page) is seen
    if query.startswith("platform"):
        assert f"&amp;{query}" in page      # the links to other times and views keep it


def test_a_branch_shows_the_posts_about_its_events(client, library):
    mill = Branch.objects.create(library=library, name="Mill Lane", slug="mill-lane")
    planned(library, local(), body="About Mill Lane", event=factories.event(library, branch=mill))
    planned(library, local(), body="About nothing")
    as_role(client, library, Role.VIEWER)
    page = client.get(f"/calendar/?month={local():%Y-%m}&branch={mill.pk}").content.decode()
    assert "About Mill Lane" in page and "About nothing" not in page


def test_an_empty_month_says_so_and_offers_a_post_to_those_who_may_write(client, library):
    as_role(client, library, Role.CONTRIBUTOR)
    assert "Write a post" in client.get("/calendar/").content.decode()
    as_role(client, library, Role.VIEWER)
    page = client.get("/calendar/").content.decode()
    assert "No posts here" in page and "Write a post" not in page


# --- moving


def move(client, post, when, **more):
    return client.post(f"/calendar/move/{post.pk}/", {"date": f"{when:%Y-%m-%d}", "time": f"{when:%H:%M}", **more})


def test_a_post_moves_and_can_be_put_back(client, library):
    post = planned(library, local())
    as_role(client, library, Role.STAFF)
    answer = move(client, post, local(9, 16), back="/calendar/?month=2026-12&platform=twitter")
    assert (answer.status_code, answer.url) == (302, "/calendar/?month=2026-12&platform=twitter")
    post.refresh_from_db()
    assert post.planned_for == local(9, 16)
    page = client.get("/calendar/").content.decode()
    assert "Put it back" in page and 'value="09:00"' in page
    assert "Put it back" not in client.get("/calendar/").content.decode()
    move(client, post, local(), undo="1", fold="0")
    post.refresh_from_db()
    assert post.planned_for == local()
    assert "Put it back" not in client.get("/calendar/").content.decode()


def test_every_waiting_delivery_moves_with_its_post(client, library):
    deliveries = factories.scheduled(library, factories.account(library, "facebook"), factories.account(library, "twitter"), when=local())
    as_role(client, library, Role.MANAGER)
    assert move(client, deliveries[0].post, local(10)).status_code == 302
    assert {d.due_at for d in Delivery.objects.all()} == {local(10)}


@pytest.mark.parametrize(("role", "status"), [
    (Role.VIEWER, 403), (Role.CONTRIBUTOR, 422), (Role.STAFF, 422), (Role.MANAGER, 302), (Role.ADMIN, 302),
])  # fmt: skip
def test_only_managers_move_what_is_scheduled(client, library, role, status):
    [delivery] = factories.scheduled(library, factories.account(library, "twitter"), when=local())
    as_role(client, library, role)
    assert move(client, delivery.post, local(10)).status_code == status
    delivery.refresh_from_db()
    assert (delivery.due_at == local(10)) is (status == 302)


def test_a_contributor_moves_own_drafts_alone(client, library):
    own, other = planned(library, local(), role=Role.CONTRIBUTOR), planned(library, local())
    as_role(client, library, Role.CONTRIBUTOR)
    assert move(client, own, local(8)).status_code == 302
    answer = move(client, other, local(8))
    assert answer.status_code == 422 and "a colleague&#x27;s draft" in answer.content.decode()


def test_what_is_out_stays_and_says_why(client, library):
    [delivery] = factories.scheduled(library, factories.account(library, "twitter"), when=local())
    Delivery.objects.filter(pk=delivery.pk).update(state="sent", remote_id="1", sent_at=timezone.now())
    as_role(client, library, Role.MANAGER)
    assert 'data-fixed="It is out already."' in page_of(client, local()).content.decode()
    assert "It is out already." in move(client, delivery.post, local(8)).content.decode()


def test_a_time_that_passed_keeps_what_was_typed(client, library):
    post = planned(library, local())
    as_role(client, library, Role.STAFF)
    answer = move(client, post, local(-2, 10))
    page = answer.content.decode()
    assert answer.status_code == 422 and "That time has passed" in page and f'value="{local(-2):%Y-%m-%d}"' in page
    assert Post.objects.get(pk=post.pk).planned_for == local()


@pytest.mark.parametrize(("wall", "words"), [
    (datetime(2027, 3, 14, 2, 30), "does not exist on that day"), (datetime(2027, 11, 7, 1, 30), "happens twice on that day"),
])  # fmt: skip
def test_a_time_the_clocks_jump_over_or_repeat_is_asked_about(client, library, wall, words):
    post = planned(library, local())
    as_role(client, library, Role.STAFF)
    assert words in move(client, post, wall).content.decode()


def test_the_second_of_two_equal_times_can_be_chosen(client, library):
    post = planned(library, local())
    as_role(client, library, Role.STAFF)
    assert move(client, post, datetime(2027, 11, 7, 1, 30), fold="1").status_code == 302
    assert Post.objects.get(pk=post.pk).planned_for == datetime(2027, 11, 7, 6, 30, tzinfo=UTC)


def test_the_dialog_gets_the_form_alone_and_leads_back(client, library):
    post = planned(library, local())
    as_role(client, library, Role.STAFF)
    form = client.get(f"/calendar/move/{post.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in form and 'type="date"' in form
    answer = client.post(
        f"/calendar/move/{post.pk}/", {"date": f"{local(8):%Y-%m-%d}", "time": "10:00", "back": "https://elsewhere.example/"},
        headers={"HX-Request": "true"},
    )  # fmt: skip
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/calendar/")


def test_another_librarys_post_cannot_be_moved(client, library):
    post = planned(factories.library("Elsewhere"), local())
    as_role(client, library, Role.ADMIN)
    assert move(client, post, local(8)).status_code == 404


def test_the_month_needs_the_same_few_queries_however_full_it_is(client, library, django_assert_max_num_queries):
    as_role(client, library, Role.MANAGER)
    for hour in range(8, 14):
        planned(library, local(hour=hour))
    with django_assert_max_num_queries(26):
        page_of(client, local())
